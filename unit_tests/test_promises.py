"""Each promise in the docs names a test that exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/what-a-sync-promises.md").read_text()
TESTS = re.findall(r"`([\w/]+\.py)::(\w+)`", PAGE)


@pytest.mark.parametrize(("path", "name"), TESTS)
def test_a_promise_names_a_test_that_exists(path, name):
    assert f"\ndef {name}(" in (ROOT / path).read_text()


def test_every_row_of_the_tables_of_promises_names_a_test():
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and line.count("|") == 3]
    of_waits = PAGE.split("### How long")[1].split("## Faults on")[0]

    promises = [row for row in rows if row not in of_waits and "Promise" not in row]

    assert promises
    assert [row for row in promises if "::test_" not in row] == []
