"""`source-pinterest verify`: tests the connector's beliefs about Pinterest on the user's account.

It only reads, with at most 90 requests in two minutes (`allowance.py`), and reports whether each belief of
`beliefs.yaml` holds. With `--record` it writes an anonymised recording (`recording.py`).
"""

from source_pinterest.verify.command import run

__all__ = ["run"]
