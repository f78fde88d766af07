"""How a login ends early."""


class Stop(Exception):
    """The login cannot go on. `str()` is for the person in front of it, and holds no secret."""
