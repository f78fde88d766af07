"""SIGTERM ends a command through its `finally`, and nothing stays behind."""

import signal

import pytest

from source_pinterest.signals import ended_by_sigterm
from source_pinterest.threads import submit


def test_sigterm_ends_the_process_with_143_behind_every_finally():
    former, cleaned = signal.getsignal(signal.SIGTERM), []

    def command():
        with ended_by_sigterm():
            try:
                signal.raise_signal(signal.SIGTERM)
            finally:
                cleaned.append(True)

    with pytest.raises(SystemExit) as ended:
        command()

    assert (ended.value.code, cleaned) == (143, [True])
    assert signal.getsignal(signal.SIGTERM) is former


def test_in_another_thread_the_handler_stays_as_it_is():
    former = signal.getsignal(signal.SIGTERM)

    def within():
        with ended_by_sigterm():
            return signal.getsignal(signal.SIGTERM)

    assert submit(within).result(timeout=60) is former
