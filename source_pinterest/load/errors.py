"""The error that ends a load early."""


class LoadError(Exception):
    """The load cannot continue. `str()` is a sentence for the user, without secrets."""
