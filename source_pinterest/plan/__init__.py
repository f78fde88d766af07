"""`source-pinterest plan`: says how many requests, minutes and rows a sync takes.

It rehearses the sync: streams are read as usual, with a client that counts (`client.py`). The client sends the requests
of lists, and answers those of reports itself. So the plan has the slices of a sync, made by the same code.
"""

from source_pinterest.plan.command import run

__all__ = ["run"]
