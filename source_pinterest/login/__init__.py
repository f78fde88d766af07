"""`source-pinterest login`: log in with the Pinterest user name and password, in the browser.

The user types the password on Pinterest's own page. Pinterest returns a code, and the command exchanges it
for a login and writes a configuration file for `source-pinterest`.
"""

from source_pinterest.login.command import run

__all__ = ["run"]
