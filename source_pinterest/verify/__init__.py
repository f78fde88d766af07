"""`source-pinterest verify`: which of our beliefs about Pinterest hold for an account.

It reads only, with at most 60 requests and in two minutes (`allowance.py`), and says of each belief of
`beliefs.yaml` whether it holds. With `--record` it writes down what it saw, anonymised (`recording.py`).
"""

from source_pinterest.verify.command import run

__all__ = ["run"]
