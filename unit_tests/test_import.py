"""What an import of the package leaves as it was."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("before", ["enable", "disable"])
def test_whether_garbage_is_collected_stays_as_it_was(before):
    program = f"import gc; gc.{before}(); import source_pinterest; print(gc.isenabled())"

    command = [sys.executable, "-c", program]
    printed = subprocess.run(command, capture_output=True, check=True)  # noqa: S603  our own words

    assert printed.stdout.decode().strip() == str(before == "enable")
