"""What Pythons that tests start as clients of the connector have on their path."""

from pathlib import Path

PATH = str(Path(__file__).resolve().parent)
"""With it, they look for garbage less often: see sitecustomize.py."""
