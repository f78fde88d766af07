"""The property tests try 100 examples, and 15 in `script/test --quick`, however long they take, since a time says
nothing on a machine that does other things. Thousands of tests are collected faster without looking for garbage, and for
texts in sources."""

import gc
import signal
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

from source_pinterest.startup import skip_attribute_docs

for name, examples in (("all", 100), ("quick", 15)):
    settings.register_profile(
        name,
        max_examples=examples,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
settings.load_profile("all")
skip_attribute_docs()
# What a shell runs in the background ignores Ctrl-C, and so would the processes that tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What the many examples of a property reach, others reach as well: counting it takes as long as running them."""
    for item in items:
        if item.get_closest_marker("hypothesis"):
            item.add_marker("no_cover")


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
