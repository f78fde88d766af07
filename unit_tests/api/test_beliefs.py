"""The beliefs are whole: each says what it rests on, what happens otherwise, and what shows it."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from source_pinterest.api.beliefs import KINDS, STRENGTHS, beliefs
from source_pinterest.verify.probes import PROBES

ROOT = Path(__file__).parents[2]
BELIEFS = {each.name: each for each in beliefs()}


@cache
def functions_of(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_each_belief_has_a_name_of_its_own_that_can_be_an_anchor():
    assert len(BELIEFS) == len(beliefs())
    assert [name for name in BELIEFS if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)] == []


@pytest.mark.parametrize("name", BELIEFS)
def test_a_belief_says_what_it_rests_on_and_what_happens_otherwise(name):
    belief = BELIEFS[name]

    assert belief.kind in KINDS
    assert belief.evidence
    assert belief.evidence.keys() <= STRENGTHS.keys()
    for sentence in (belief.belief, belief.otherwise, *belief.evidence.values()):
        assert re.fullmatch(r".{10,}[.]", sentence, re.DOTALL), sentence


@pytest.mark.parametrize("name", [name for name in BELIEFS if BELIEFS[name].kind == "silent"])
def test_a_silent_belief_names_its_proof_in_each_sync(name):
    assert BELIEFS[name].proof


def test_a_belief_is_put_to_the_test_or_says_why_not():
    settled = [name for probe in PROBES for name in probe.beliefs]

    assert sorted(settled) == sorted(name for name in BELIEFS if BELIEFS[name].verify)
    assert [
        name for name in BELIEFS if bool(BELIEFS[name].verify) == bool(BELIEFS[name].unverifiable)
    ] == []


@pytest.mark.parametrize("test", sorted({test for each in beliefs() for test in each.tests}))
def test_a_test_that_is_named_exists(test):
    path, function, case = re.fullmatch(r"(.+?)::(test_\w+)(?:\[(.+)\])?", test).groups()

    assert (ROOT / path).is_file(), f"{path} does not exist"
    assert function in functions_of(path), f"{path} has no {function}"
    assert f'"{case or ""}' in (ROOT / path).read_text(encoding="utf-8")


def test_every_belief_names_a_test_or_says_why_none_can():
    without = [name for name, each in BELIEFS.items() if not each.tests and not each.untestable]

    assert without == [], f"beliefs without a test: {', '.join(without)}"
