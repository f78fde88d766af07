"""`python -m source_pinterest.login` is `source-pinterest-login`."""

from source_pinterest.login import run

run()
