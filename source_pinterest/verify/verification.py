"""Runs a verification: makes a finding for every belief."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from source_pinterest.api.beliefs import beliefs
from source_pinterest.http.errors import LoginRefused
from source_pinterest.verify.allowance import AllowanceUsedUp
from source_pinterest.verify.findings import Finding, unknown
from source_pinterest.verify.login_file import LoginNotSaved
from source_pinterest.verify.probes import PROBES, Probe
from source_pinterest.verify.subject import CannotVerify, NotAsked, Subject

logger = logging.getLogger("airbyte.source_pinterest")

NOTHING_SHOWN = "Pinterest's answers did not show it."


def findings(subject: Subject, probes: Sequence[Probe] = PROBES) -> list[Finding]:
    """A finding for each belief, in the order of the beliefs.

    Raises CannotVerify, LoginRefused or LoginNotSaved if nothing can be verified.
    """
    try:
        subject.open()
    except AllowanceUsedUp as error:
        raise CannotVerify(f"Pinterest is too slow: {error}. Try again later.") from None
    except NotAsked as error:
        raise CannotVerify(str(error)) from None
    found: dict[str, Finding] = {}
    for probe in probes:
        reason = NOTHING_SHOWN
        try:
            for finding in probe.find(subject):
                found[finding.belief] = finding
        except AllowanceUsedUp as error:
            reason = f"Not asked: {error}."
        except NotAsked as error:
            reason = str(error)
        except (LoginRefused, LoginNotSaved, CannotVerify):
            raise
        except Exception as error:
            reason = f"Unknown, because of a bug in the connector ({type(error).__name__})."
            logger.debug("A probe failed", exc_info=True)
        for name in probe.beliefs:
            found.setdefault(name, unknown(name, reason))
    return [
        found.get(belief.name)
        or unknown(belief.name, f"Not asked: {_decapitalized(belief.unverifiable)}")
        for belief in beliefs()
    ]


def _decapitalized(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
