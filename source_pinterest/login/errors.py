"""How a login fails."""


class LoginError(Exception):
    """The login cannot go on. `str()` is for the person in front of it, and holds no secret."""
