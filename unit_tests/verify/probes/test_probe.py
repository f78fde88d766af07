"""A probe, and the beliefs that all of them settle."""

from __future__ import annotations

from collections import Counter

from source_pinterest.api.beliefs import beliefs
from source_pinterest.verify.findings import Finding, holds
from source_pinterest.verify.probes import PROBES
from source_pinterest.verify.probes.probe import settles
from source_pinterest.verify.subject import Subject
from unit_tests.verify.account import Account


def test_a_function_becomes_a_probe_of_its_beliefs():
    @settles("first", "second")
    def probe(subject: Subject) -> list[Finding]:
        return [holds("first", f"On {subject.today}.")]

    assert probe.beliefs == ("first", "second")
    assert probe.find(Account({}).subject()) == [holds("first", "On 2026-11-24.")]


def test_each_belief_that_can_be_verified_is_settled_by_one_probe():
    settled = Counter(name for probe in PROBES for name in probe.beliefs)

    assert settled == Counter(belief.name for belief in beliefs() if not belief.unverifiable)
