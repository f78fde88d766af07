"""How many examples the property tests try: 100, and 15 in `script/test --quick`."""

import gc

from hypothesis import settings

settings.register_profile("quick", max_examples=15)


def pytest_collection_finish() -> None:
    """Thousands of tests are no garbage: looking through them takes longer than most of them."""
    gc.collect()
    gc.freeze()
