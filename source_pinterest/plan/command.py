"""The command `source-pinterest plan`."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from airbyte_cdk.models import (  # type: ignore[attr-defined]
    AirbyteMessage,
    AirbyteMessageSerializer,
    AirbyteStateMessage,
    ConfiguredAirbyteCatalogSerializer,
    Type,
)
from airbyte_cdk.utils import AirbyteTracedException
from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets

from source_pinterest.api.limits import Limits
from source_pinterest.catalog import (
    CatalogError,
    add_arguments,
    check_arguments,
    comma_separated,
    configured_catalog,
)
from source_pinterest.clock import utc_now
from source_pinterest.config.config import Config, OAuthCredentials, check_start_date
from source_pinterest.http.auth import parse_expiry_date
from source_pinterest.http.errors import PinterestError
from source_pinterest.http.settings import SETTINGS, Settings
from source_pinterest.load.command import dataset_of
from source_pinterest.login.config_file import ConfigFile
from source_pinterest.login.errors import LoginError
from source_pinterest.logs import logs_on_stderr, tell
from source_pinterest.plan.counts import CountedLists, countable
from source_pinterest.plan.estimate import Plan, plan_of, plan_of_counts
from source_pinterest.plan.rehearsal import Expected, Rehearsal, requests_by_account
from source_pinterest.plan.shards import (
    NotSplit,
    Shard,
    catalog_of,
    config_of,
    join_states,
    shards_as_json,
    split,
    split_by_minutes,
    states_of,
)
from source_pinterest.plan.table import as_text, shards_as_text
from source_pinterest.plan.tally import Tally
from source_pinterest.plan.wiring import rehearsal_context
from source_pinterest.selection import Selection, select
from source_pinterest.signals import ended_by_sigterm
from source_pinterest.source import SourcePinterest, hide_secrets
from source_pinterest.streams.base import PinterestStream
from source_pinterest.streams.registry import streams_of
from source_pinterest.sync.context import SyncContext
from source_pinterest.text import counted, cut, nearest_to, printable
from source_pinterest.verify.login_file import LoginFile, LoginNotSaved

DESCRIPTION = """\
Say how many requests, minutes and rows a sync takes, before you run it. The command asks Pinterest for the
lists that the sync would read, but for no report; with --counts, it asks for nothing."""

EPILOG = """\
The requests are those of a sync in which Pinterest answers each one at once. Reports may have fewer rows:
Pinterest has none for a day without activity. The minutes follow from Pinterest's rate limits.

Exit codes: 0, planned; 1, nothing could be planned; 2, wrong use; 130, Ctrl-C; 143, SIGTERM."""


class NotPlanned(Exception):
    """Nothing could be planned. `str()` says why."""


@dataclass(frozen=True)
class Options:
    """The validated command line."""

    config: Path
    catalog: Path | None = None
    state: Path | None = None
    streams: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    """By list stream: how many items its lists have. Empty: Pinterest is asked."""
    shards: int | None = None
    minutes: int | None = None
    own_logins: bool = False
    into: Path | None = None
    join_states: tuple[Path, ...] = ()
    json: bool = False
    save_login: Path | None = None


def run(
    args: Sequence[str],
    now: Callable[[], datetime] = utc_now,
    settings: Settings | None = None,
) -> None:
    """Runs the command. EPILOG lists the exit codes."""
    options = _options(list(args))
    # warnings about lists that are made up would mislead
    level = logging.CRITICAL if options.counts else logging.WARNING
    try:
        with logs_on_stderr(level), ended_by_sigterm():
            if options.join_states:
                _join(options.join_states)
            else:
                _plan(options, now, settings)
    except (CatalogError, LoginError, LoginNotSaved, NotPlanned, NotSplit, PinterestError) as error:
        sys.exit(f"Not planned. {filter_secrets(str(error))}")
    except AirbyteTracedException as error:
        sys.exit(f"Not planned. {filter_secrets(str(error.message))}")
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the reader has gone
        sys.exit(1)
    except Exception:  # noqa: BLE001  no traceback may show a secret
        sys.exit(
            "Not planned, because of a bug in the connector:\n"
            f"{filter_secrets(traceback.format_exc())}"
        )


def _plan(options: Options, now: Callable[[], datetime], settings: Settings | None) -> None:
    raw = SourcePinterest.read_config(str(options.config))
    config = Config.parse(raw)
    check_start_date(config, now().astimezone(timezone.utc).date())
    hide_secrets(raw)
    catalog = configured_catalog(options.catalog, options.streams, options.columns, raw, now)
    state = SourcePinterest.read_state(str(options.state)) if options.state else []
    lists = None
    if options.counts:
        config = config.model_copy(update={"ad_account_ids": ()})
        lists = CountedLists({"ad_accounts": 1, **options.counts})
    if options.into:
        config = _without_expiring_token(config, now())
    tally = Tally()
    file = LoginFile(raw, options.config, options.save_login, tell)
    context = rehearsal_context(config, tally, file, lists, now, settings)
    found, selection = _rehearsed(context, tally, catalog, state)
    for warning in selection.warnings:
        tell(warning)
    problems = [stream.problem for stream in found.values() if stream.problem]
    for problem in problems:
        tell(f"Incomplete: {problem}")
    if found and all(expected.problem and not expected.entities for expected in found.values()):
        raise NotPlanned("No stream could be planned: see above.")
    plan = _estimate(found, selection, context, options)
    limits = (settings or SETTINGS).limits
    shards = _shards(found, context, limits, options)
    if options.json:
        print(json.dumps({**plan.as_json(), **shards_as_json(shards, limits)}, indent=2))
    else:
        print(as_text(plan, context.today))
        if shards:
            print(f"\n{shards_as_text(shards, limits)}")
    sys.stdout.flush()
    if shards and options.into:
        streams = {stream.name: stream for stream in streams_of(config.custom_reports)}
        shares_login = len(shards) > 1 and not options.own_logins
        for shard in shards:
            folder = options.into / shard.name
            _write(folder, shard, file.config, catalog, state, streams, shares_login=shares_login)
        _write_dbt_variables(options.into, shards)
        _tell_empty_shards(shards)
        tell(f"Written: {counted(len(shards), 'configuration')} into {options.into}.")


def _without_expiring_token(config: Config, now: datetime) -> Config:
    """The configuration without an access token that expires within a day, so that it is renewed now: the syncs of a
    split may begin later and take long, and if they share a login, they cannot renew it."""
    credentials = config.credentials
    if not isinstance(credentials, OAuthCredentials):
        return config
    ends = parse_expiry_date(credentials.token_expiry_date)
    if ends is None or ends > now + timedelta(days=1):
        return config
    without = credentials.model_copy(update={"access_token": None})
    return config.model_copy(update={"credentials": without})


def _rehearsed(
    context: SyncContext,
    tally: Tally,
    catalog: Mapping[str, Any],
    state: list[AirbyteStateMessage],
) -> tuple[dict[str, Expected], Selection]:
    """By stream of the catalog: what it is expected to do. Also the selection of streams that can be read."""
    configured = ConfiguredAirbyteCatalogSerializer.load(catalog).streams
    selection = select(configured, context, state)
    found = Rehearsal(context, tally, selection.states).expectations(selection.streams)
    found |= {entry.stream.name: Expected(problem=text) for entry, text in selection.problems}
    return found, selection


def _estimate(
    found: Mapping[str, Expected], selection: Selection, context: SyncContext, options: Options
) -> Plan:
    limits = context.client.limits
    if not options.counts:
        return plan_of(found, limits)
    fields = dict.fromkeys(found, 0)
    for stream, configured in selection.streams:
        schema = configured.stream.json_schema.get("properties") or stream.get_json_schema()
        fields[stream.name] = len(schema.get("properties", schema))
    return plan_of_counts(found, limits, options.counts.get("ad_accounts", 1), fields)


def _shards(
    found: Mapping[str, Expected], context: SyncContext, limits: Limits, options: Options
) -> list[Shard]:
    """The shards that the user asks for; none without `--shards` and `--minutes`. Raises NotSplit."""
    if not options.shards and not options.minutes:
        return []
    accounts = [account.id for account in context.ad_accounts() if account.id.isdigit()]
    of_accounts = requests_by_account(found)
    how: dict[str, Any] = {
        "is_one_login": not options.own_logins,
        "share": context.config.rate_limit_share,
    }
    former = _former(options.into)
    if options.shards:
        return split(of_accounts, accounts, options.shards, limits, **how, former=former)
    if former:
        raise NotSplit(
            f"This folder already has {len(former)} connections, which have states and tables. Use "
            f"--shards {len(former)}, or name another folder."
        )
    return split_by_minutes(of_accounts, accounts, options.minutes or 0, limits, **how)


def _former(into: Path | None) -> dict[str, list[str]]:
    """By name of a connection: the ad accounts that an earlier plan has given it."""
    found = {}
    for path in sorted(into.glob("shard_*/config.json")) if into else ():
        config = ConfigFile(path).content()
        found[path.parent.name] = list(config.get("ad_account_ids") or ())
    return found


def _write(
    folder: Path,
    shard: Shard,
    config: Mapping[str, Any],
    catalog: Mapping[str, Any],
    state: list[AirbyteStateMessage],
    streams: Mapping[str, PinterestStream],
    *,
    shares_login: bool,
) -> None:
    """Writes the files of a shard, readable only for their owner. Raises NotPlanned."""
    contents: dict[str, Any] = {
        "config": config_of(shard, config, shares_login=shares_login),
        "catalog": catalog_of(shard, catalog, streams),
    }
    if state:
        contents["state"] = states_of(shard, _as_json(state), streams)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise NotPlanned(f"{folder} cannot be made: {error.strerror}.") from None
    for name, content in contents.items():
        ConfigFile(folder / f"{name}.json").write(content, may_replace=True)


def _write_dbt_variables(folder: Path, shards: Sequence[Shard]) -> None:
    """Writes the variables with which the dbt package unites the tables of all shards: the schemas that `load` uses."""
    names = [dataset_of(folder / shard.name / "config.json") for shard in shards]
    file = ConfigFile(folder / "dbt_vars.json")
    file.write({"pinterest_shards": names}, may_replace=True)


def _join(paths: Sequence[Path]) -> None:
    """Prints the states of several shards as those of one connection."""
    states = []
    for path in paths:
        state = SourcePinterest.read_state(str(path))
        if not all(message.stream for message in state):
            raise NotPlanned(
                f"{path} does not hold the states of streams. Name a file of states that `read` "
                "printed or `load` kept."
            )
        states.append(_as_json(state))
    print(json.dumps(join_states(states), indent=2), flush=True)


def _as_json(state: Sequence[AirbyteStateMessage]) -> list[dict[str, Any]]:
    """The states of streams, as parsed JSON. This connector writes no others."""
    messages = [
        AirbyteMessage(type=Type.STATE, state=message) for message in state if message.stream
    ]
    return [AirbyteMessageSerializer.dump(message)["state"] for message in messages]


def _tell_empty_shards(shards: Iterable[Shard]) -> None:
    """Tells the user about connections without ad accounts."""
    for shard in shards:
        if not shard.ad_accounts and shard.reads_ad_accounts:
            tell("This login sees no ad account that it may read, so there is nothing to split.")
        elif not shard.ad_accounts:
            tell(
                f"{shard.name} has no ad account any more, so it reads none. The next new ad account goes to it."
            )


# --- The command line ---


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="source-pinterest plan",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--config", type=Path, help="the configuration file")
    add_arguments(parser)
    parser.add_argument(
        "--state",
        type=Path,
        metavar="FILE",
        help="the states of the last sync; without it: a first sync",
    )
    parser.add_argument(
        "--counts",
        type=_counts,
        default={},
        metavar="LIST=NUMBER,…",
        help="plan without asking Pinterest: the number of ad_accounts, and of campaigns, "
        "ad_groups, ads, ... in each; lists that you do not name are empty",
    )
    parser.add_argument(
        "--shards",
        type=_positive_integer,
        metavar="NUMBER",
        help="split the ad accounts over this number of connections, by work",
    )
    parser.add_argument(
        "--minutes",
        type=_positive_integer,
        metavar="NUMBER",
        help="split them so that, by the rate limits alone, each connection takes at most so many minutes",
    )
    parser.add_argument(
        "--own-logins",
        action="store_true",
        help="each connection has a login of its own; otherwise they share the rate limits of one "
        "login",
    )
    parser.add_argument(
        "--into",
        type=Path,
        metavar="FOLDER",
        help="write the configuration, catalog and states of each connection into a subfolder of "
        "this folder",
    )
    parser.add_argument(
        "--join-states",
        type=Path,
        nargs="+",
        default=(),
        metavar="FILE",
        help="do not plan: print the states of the connections of one split as those of one "
        "connection",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--save-login",
        type=Path,
        metavar="FILE",
        help="where to write a renewed login, instead of the configuration file",
    )
    return parser


def _options(args: list[str]) -> Options:
    parser = _parser()
    given = parser.parse_args(args)
    if given.join_states:
        return Options(Path(), join_states=tuple(given.join_states))
    if not given.config:
        parser.error("the following arguments are required: --config")
    if given.shards and given.minutes:
        parser.error("give either --shards or --minutes")
    if bool(given.into) != bool(given.shards or given.minutes):
        parser.error("give --into together with --shards or --minutes")
    if given.into and given.counts:
        parser.error(
            "--counts does not know your ad accounts, so there is nothing to split: leave it out"
        )
    check_arguments(parser, given)
    if given.counts and given.state:
        parser.error("--counts does not know the ad accounts of --state: leave out one of them")
    return Options(**vars(given))


def _positive_integer(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError("give a whole number, 1 or more")
    return int(text)


def _counts(text: str) -> dict[str, int]:
    """The numbers in the value of --counts, by list.

    >>> _counts("ad_accounts=500, ads=200")
    {'ad_accounts': 500, 'ads': 200}
    """
    known = countable()
    found = {}
    for part in comma_separated(text):
        name, _, number = (text.strip() for text in part.partition("="))
        if name not in known:
            nearest = nearest_to(name, known)
            hint = f" Did you mean {nearest}?" if nearest else ""
            raise argparse.ArgumentTypeError(f"{cut(printable(name), 100)} is not a list.{hint}")
        if not number.isascii() or not number.isdigit():
            raise argparse.ArgumentTypeError(f"{name}: give a whole number, as in {name}=200")
        found[name] = int(number)
    return found
