"""A Pinterest API v5 on 127.0.0.1: deterministic data, strict about requests.

with FakePinterest(World(), today=date(2026, 11, 24)) as pinterest:
    requests.get(f"{pinterest.url}/user_account", headers={"Authorization": f"Bearer {pinterest.access_token}"})
"""

from .server import FakePinterest, Request
from .world import SIZES, World

__all__ = ["SIZES", "FakePinterest", "Request", "World"]
