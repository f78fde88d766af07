"""The command `source-pinterest verify`."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import textwrap
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from airbyte_cdk.utils import AirbyteTracedException
from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets

from source_pinterest.api.beliefs import beliefs
from source_pinterest.clock import utc_now
from source_pinterest.config.config import Config
from source_pinterest.http.errors import PinterestError
from source_pinterest.login.config_file import ConfigFile
from source_pinterest.login.errors import LoginError
from source_pinterest.logs import logs_on_stderr, tell
from source_pinterest.signals import ended_by_sigterm
from source_pinterest.source import SourcePinterest
from source_pinterest.verify.allowance import REQUESTS, SECONDS, Allowance
from source_pinterest.verify.findings import Finding, Result
from source_pinterest.verify.login_file import LoginFile, LoginNotSaved
from source_pinterest.verify.recording import NotAnonymous, recording
from source_pinterest.verify.subject import CannotVerify, Subject
from source_pinterest.verify.verification import findings
from source_pinterest.verify.wiring import make_subject

DESCRIPTION = f"""\
Test the connector's assumptions about Pinterest's API with your account, and say what the connector
does where they are wrong. The command only reads: at most {REQUESTS} requests, in {SECONDS / 60:.0f} minutes."""

EPILOG = """\
If your access token has to be renewed, the command writes the new login into the configuration file, or
into that of --save-login. The recording is anonymized: ids, names, texts, addresses and amounts are
replaced by invented ones, and tokens are left out. Read it before you share it."""

WORDS = {
    Result.HOLDS: "holds",
    Result.DIFFERS: "does not hold",
    Result.UNKNOWN: "unknown",
}

NARROWEST, WIDEST = 80, 120
"""The bounds of the table's width, in characters."""


@dataclass(frozen=True)
class Options:
    """The validated command line."""

    config: Path
    json: bool
    record: Path | None
    save_login: Path | None


def run(
    args: Sequence[str],
    now: Callable[[], datetime] = utc_now,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Runs the command. Exits with 1 (nothing could be verified), 2 (wrong use), 130 (Ctrl-C) or 143 (SIGTERM); with 0
    otherwise, even if beliefs do not hold."""
    try:
        with logs_on_stderr(), ended_by_sigterm():
            _verify(_options(list(args)), now, Allowance(clock, sleep))
    except (LoginError, CannotVerify, LoginNotSaved, PinterestError) as error:
        sys.exit(f"Not verified. {filter_secrets(str(error))}")
    except AirbyteTracedException as error:
        sys.exit(f"Not verified. {filter_secrets(str(error.message))}")
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the reader has gone
        sys.exit(1)
    except Exception:  # noqa: BLE001  whatever it is, it must not show a secret
        sys.exit(
            "Not verified, because of a bug in the connector:\n"
            f"{filter_secrets(traceback.format_exc())}"
        )


def _verify(options: Options, now: Callable[[], datetime], allowance: Allowance) -> None:
    raw = SourcePinterest.read_config(str(options.config))
    config = Config.parse(raw)
    if options.record:
        ConfigFile(options.record).check_writable()
    file = LoginFile(raw, options.config, options.save_login, tell)
    subject = make_subject(config, allowance, file, now)
    found = findings(subject)
    _say(filter_secrets(_as_json(found) if options.json else _as_text(found, subject)))
    if options.record:
        try:
            made = recording(subject.exchanges, file.secrets, now())
        except NotAnonymous:
            raise LoginError(
                "The recording would have contained something of yours, because of a bug in the "
                "connector, so none was written. Please report this."
            ) from None
        _record(options.record, made)


def _record(path: Path, content: dict[str, Any]) -> None:
    try:
        written = ConfigFile(path).write(content, may_replace=False)
    except LoginError:
        raise LoginError(f"The recording could not be written to {path}.") from None
    tell(
        f"Written: {written}, which only you can read. Ids, names, texts, addresses and "
        "amounts in it are invented; read it before you share it."
    )


# --- Output ---


def _say(text: str) -> None:
    print(text, flush=True)


def _as_json(found: Iterable[Finding]) -> str:
    return json.dumps(
        [
            {"belief": finding.belief, "result": finding.result.value, "detail": _detail(finding)}
            for finding in found
        ],
        indent=2,
        ensure_ascii=False,
    )


def _detail(finding: Finding) -> str:
    """The details of a finding. If the belief does not hold, also what the connector then does."""
    if finding.result is not Result.DIFFERS:
        return finding.detail
    (belief,) = (belief for belief in beliefs() if belief.name == finding.belief)
    return f"{finding.detail} {belief.otherwise}"


def _as_text(found: list[Finding], subject: Subject) -> str:
    who = subject.user.get("username") or "the login"
    account = f" and ad account {subject.ad_account}" if subject.ad_account else ""
    counts = Counter(finding.result for finding in found)
    return "\n".join(
        [
            f"Verified for {who}{account} on {subject.today}: {subject.allowance.requests} requests, "
            f"{subject.allowance.elapsed:.0f} s.",
            "",
            *_table(found),
            "",
            f"{counts[Result.HOLDS]} hold, {counts[Result.DIFFERS]} do not hold, "
            f"{counts[Result.UNKNOWN]} are unknown.",
        ]
    )


def _table(found: list[Finding]) -> Iterator[str]:
    width = min(WIDEST, max(NARROWEST, shutil.get_terminal_size((WIDEST, 24)).columns))
    names = max(len(finding.belief) for finding in found)
    results = max(map(len, WORDS.values()))
    left = names + results + 4
    yield f"{'Belief':<{names}}  {'Result':<{results}}  Detail"
    yield f"{'-' * names}  {'-' * results}  {'-' * (width - left)}"
    for finding in found:
        first, *rest = textwrap.wrap(_detail(finding), width - left) or [""]
        yield f"{finding.belief:<{names}}  {WORDS[finding.result]:<{results}}  {first}".rstrip()
        yield from (" " * left + line for line in rest)


# --- The command line ---


def _options(args: list[str]) -> Options:
    parser = argparse.ArgumentParser(
        prog="source-pinterest verify",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--config", type=Path, required=True, help="the configuration file")
    parser.add_argument(
        "--json", action="store_true", help="print a list of objects, and nothing else"
    )
    parser.add_argument(
        "--record", type=Path, metavar="FILE", help="also write what was seen, anonymized"
    )
    parser.add_argument(
        "--save-login",
        type=Path,
        metavar="FILE",
        help="where to write a renewed login, instead of the configuration file",
    )
    return Options(**vars(parser.parse_args(args)))
