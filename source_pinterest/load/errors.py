"""Why a load cannot start or go on."""


class LoadError(Exception):
    """The load cannot go on. `str()` is a sentence for the user, without secrets."""
