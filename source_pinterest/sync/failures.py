"""Collects the failures of a stream while it reads the rest."""

from __future__ import annotations

import logging
import threading
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from itertools import islice

from airbyte_cdk.models import (  # type: ignore[attr-defined]
    FailureType,
)
from airbyte_cdk.utils import AirbyteTracedException

from source_pinterest.http.errors import LoginRefused, PinterestError
from source_pinterest.records.errors import UnusableAnswer
from source_pinterest.text import cut, printable

logger = logging.getLogger("airbyte.source_pinterest")

SHOWN_PER_KIND = 3
"""The most failures of one kind that an error names. It counts the others."""


KINDS_SHOWN = 20
"""The most kinds of failures in an error. Pinterest has fewer, but a proxy may invent codes."""


ASKED_AGAIN = "Each sync asks again for what was left out."


LOGGED = 100
"""The most failures of a stream that have a line each in the log."""


@dataclass
class _Kind:
    """Failures with the same type of error, status and code."""

    sentences: list[str] = field(default_factory=list)
    """The first ones."""
    count: int = 0
    elements: dict[str, dict[str, None]] = field(default_factory=dict)
    """The ids that are left out, in order, by the plural that names them."""
    summary: str = ""
    """What Pinterest said."""

    def lines(self) -> list[str]:
        """The lines about these failures in an error."""
        shown = list(self.sentences)
        for whole, elements in islice(self.elements.items(), SHOWN_PER_KIND):
            first = ", ".join(
                cut(printable(element), 100) for element in islice(elements, SHOWN_PER_KIND)
            )
            more = len(elements) - SHOWN_PER_KIND
            were = (
                f"{len(elements):,} {whole} were" if len(elements) > 1 else f"1 of the {whole} was"
            )
            rest = f" and {more:,} more" if more > 0 else ""
            shown.append(f"{cut(printable(were))} left out ({self.summary}): {first}{rest}")
        hidden = self.count - len(self.sentences)
        hidden += sum(map(len, islice(self.elements.values(), SHOWN_PER_KIND, None)))
        return [*shown, f"and {hidden:,} more like these"] if hidden else shown


class Failures:
    """The failures of one stream, which continues with the rest. Thread-safe.

    The resulting error is short, however many failures there are: it names the first of each kind and
    counts the others. The log has a line for each of the first hundred.
    """

    def __init__(self) -> None:
        self._kinds: dict[Hashable, _Kind] = {}
        self._types: set[FailureType] = set()
        self._count = 0
        self._lock = threading.Lock()
        self.failed_accounts: set[str] = set()
        """The incomplete ad accounts (or the user). Their state must not move."""

    def add(self, account: str, what: str, error: PinterestError) -> None:
        """Notes that an account is incomplete: its state must not move. `what`: the missing part, in words.

        Raises the error again if it is LoginRefused, since nothing can be read after it.
        """
        self._keep(what, error)
        self.failed_accounts.add(account)

    def note(self, what: str, error: PinterestError, element: str | None = None) -> None:
        """Notes that something is missing: the stream is incomplete, but the state moves. `what`: the missing
        part, in words.

        `element`: an id that is left out. Then `what` is a plural, such as "ads of ad account 549755885175", and
        the elements that fail for the same reason share a sentence.
        """
        self._keep(what, error, element)

    def _keep(self, what: str, error: PinterestError, element: str | None = None) -> None:
        if isinstance(error, LoginRefused):
            raise error
        and_element = "" if element is None else f", {cut(element)}"
        sentence = cut(printable(f"{cut(what)}{and_element}: {cut(str(error))}"))
        with self._lock:
            kind = self._kinds.setdefault(error.reason, _Kind(summary=cut(error.error_summary)))
            self._types.add(error.failure_type)
            if element is None:
                kind.count += 1
                if len(kind.sentences) < SHOWN_PER_KIND:
                    kind.sentences.append(sentence)
            else:
                elements = kind.elements.setdefault(what, {})
                if element in elements:  # for another day or another breakdown
                    return
                elements[element] = None
            self._count += 1
            if self._count <= LOGGED:
                logger.error(f"Missing: {sentence}")

    def raise_if_any(self, stream: str) -> None:
        """Raises an AirbyteTracedException that says what is missing, if anything is."""
        if not self._kinds:
            return
        if self._count > LOGGED:
            logger.error(f"{stream}: {self._count - LOGGED:,} more failures are not in the log.")
        lines = [
            line for kind in islice(self._kinds.values(), KINDS_SHOWN) for line in kind.lines()
        ]
        if (others := len(self._kinds) - KINDS_SHOWN) > 0:
            lines.append(f"and failures of {others:,} more kinds")
        if any(kind.elements for kind in self._kinds.values()):
            lines.append(ASKED_AGAIN)
        missing = "\n".join(lines)
        raise AirbyteTracedException(
            message=f"{stream} is incomplete. Missing: {missing}",
            internal_message=missing,
            failure_type=most_severe(self._types),
        )


def unusable(error: UnusableAnswer) -> PinterestError:
    """The same error as one that a stream reports, with the request to report it."""
    return PinterestError(f"{error}. Please report this.")


def most_severe(types: Iterable[FailureType]) -> FailureType:
    """The failure type to report for several failures. It says who has to act.

    A bug of ours comes first, then transient errors, since the next sync reports the user's mistakes again.
    """
    found = set(types)
    order = (FailureType.system_error, FailureType.transient_error, FailureType.config_error)
    return next((kind for kind in order if kind in found), FailureType.system_error)
