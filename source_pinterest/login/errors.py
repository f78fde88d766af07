"""The error that ends a login early."""


class LoginError(Exception):
    """The login cannot continue. `str()` is a sentence for the user, without secrets."""
