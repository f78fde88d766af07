"""How many examples the property tests try: 100, and 15 in `script/test --quick`. Thousands of tests are
collected without what takes longer than most of them: looking for garbage, and in sources for texts."""

import gc
from collections.abc import Generator

import pytest
from hypothesis import settings

from source_pinterest.startup import leave_sources_unread

settings.register_profile("quick", max_examples=15)
leave_sources_unread()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Imported modules and collected tests are no garbage, and stay."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()
