"""An import of the package changes nothing of the importer's, and a verb imports only what it needs."""

import json
import subprocess
import sys

import pytest


def printed_by(program: str, *arguments: str) -> str:
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, capture_output=True, check=True).stdout.decode().strip()  # noqa: S603  our own words


@pytest.mark.parametrize("before", ["enable", "disable"])
def test_an_import_leaves_the_garbage_collector_and_the_signals_of_the_importer_alone(before):
    program = f"""
import attributes_doc, gc, json, signal, sys
attributes_doc.get_attributes_doc = lambda _: {{}}  # the CDK is imported in half of the time
gc.{before}()

def state():
    signals = [str(signal.getsignal(number)) for number in (signal.SIGTERM, signal.SIGINT)]
    return [gc.isenabled(), gc.get_freeze_count(), sys.stdout is sys.__stdout__, *signals]

states = [state()]
import source_pinterest
states.append(state())
import source_pinterest.run
states.append(state())
import source_pinterest.source
from source_pinterest import SourcePinterest
states.append(state())
print(json.dumps(states))
"""
    former, *latter = json.loads(printed_by(program))

    assert former[0] == (before == "enable")
    assert latter == [former] * 3


def test_the_form_is_printed_without_the_rest_of_the_connector_and_without_reading_sources():
    program = """
import linecache, sys
from source_pinterest.run import main
sys.argv = ["source-pinterest", "spec"]
main()
print(sorted(name for name in sys.modules if name.startswith("source_pinterest.")))
print([name for name in linecache.cache if name.endswith(".py")])
"""
    *messages, modules, sources = printed_by(program).splitlines()

    (form,) = (message for message in map(json.loads, messages) if message["type"] == "SPEC")
    assert form["spec"]["connectionSpecification"]["title"]
    needed = ("clock", "entrypoint", "run", "startup", "stdout", "text")
    assert modules == str([f"source_pinterest.{name}" for name in needed])
    assert sources == "[]"


def test_the_command_ends_with_a_collector_that_works_and_looks_at_no_module():
    program = """
import gc, sys
from source_pinterest.run import main
sys.argv = ["source-pinterest", "--help"]
main()
print(gc.isenabled(), gc.get_freeze_count() > 0)
"""
    assert printed_by(program).splitlines()[-1] == "True True"
