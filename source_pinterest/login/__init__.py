"""`source-pinterest login`: logs in with the Pinterest user name and password, in the browser.

The user types the password on Pinterest's own page. Pinterest returns a code, which the command exchanges for a login.
It writes that into a configuration file for `source-pinterest`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from source_pinterest.login.command import run

__all__ = ["run"]


def __getattr__(name: str) -> Any:
    """Imports the command on first use, since `load` needs only other modules of this folder."""
    if name == "run":
        from source_pinterest.startup import skip_attribute_docs

        skip_attribute_docs()  # `source-pinterest-login` does not come through `source-pinterest`
        from source_pinterest.login.command import run

        return run
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
