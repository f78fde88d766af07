"""`source-pinterest-login`: log in with the Pinterest user name and password, in the browser.

The password is typed on Pinterest's own page. What comes back is a code, which becomes a
configuration file for `source-pinterest`.
"""

from source_pinterest.login.command import run

__all__ = ["run"]
