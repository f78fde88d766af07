"""`source-pinterest plan`: how many requests, minutes and rows a sync takes.

The streams are read as in a sync, with a client that counts (`client.py`): it sends the requests of lists,
and answers those of reports itself. So the plan has the slices of a sync, because the same code makes them.
"""

from source_pinterest.plan.command import run

__all__ = ["run"]
