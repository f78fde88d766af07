"""Configurations, catalogs and states as files may hold them: each is read, or refused in one sentence.

No traceback, no secret, no line that is no message; `check` always gives its status.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from integration_tests.conftest import connector
from integration_tests.connector import Connector, Message, Output, configured
from integration_tests.fake_pinterest import Request
from integration_tests.test_foreign_streams_and_states import (
    GREEN,
    RED,
    descriptor,
    errors_of,
    statuses,
)

TOKEN = "odd-access-1"


@pytest.fixture
def files(pinterest, discovered, tmp_path) -> dict[str, Path]:
    """A configuration, a catalog and a state that are right."""
    pinterest.access_token = TOKEN
    pinterest.access_tokens = {TOKEN}
    contents: dict[str, Any] = {
        "config": connector(pinterest, backfill_days=15).config,
        "catalog": configured(discovered, ["boards", "user_account_analytics"]),
        "state": [],
    }
    paths = {name: tmp_path / f"{name}.json" for name in contents}
    for name, path in paths.items():
        path.write_text(json.dumps(contents[name]))
    return paths


def nested(levels: int) -> str:
    return "[" * levels + "]" * levels


def run(command: str, files: dict[str, Path]) -> Output:
    names = ["config", "catalog", "state"] if command == "read" else ["config"]
    return Connector(None).run(command, **{name: files[name] for name in names})


def assert_it_is_plain(output: Output) -> None:
    everything = "\n".join(output.lines)
    assert output.messages  # every line is one
    assert "Traceback" not in everything
    assert 'File \\"' not in everything
    assert TOKEN not in everything
    assert max(map(len, output.lines)) < 1_000_000


def assert_refused(output: Output, command: str, *parts: str) -> None:
    assert_it_is_plain(output)
    if command == "check":
        assert output.connection_status["status"] == "FAILED"
        message = output.connection_status["message"]
        assert output.exit_code == 0
    else:
        (error,) = output.errors
        assert error["failure_type"] == "config_error"
        message = error["message"]
        assert output.exit_code == 1
    for part in parts:
        assert part in message
    assert len(message) < 1_000


WRONG_FILES: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "is empty. It must contain JSON."),
    "blanks": (b" \n\t ", "is empty. It must contain JSON."),
    "a mark and nothing": (b"\xef\xbb\xbf", "is empty. It must contain JSON."),
    "an image": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "is not text: byte 0 is not UTF-8."),
    "zeros": (b"\0" * 64, "is not valid JSON"),
    "noise": (bytes(range(256)) * 4, "is not valid JSON"),
    "Latin-1": ('{"credentials": "ä"}'.encode("latin-1"), "byte 17 is not UTF-8."),
    "YAML": (b"credentials:\n  a: x\n", "is not valid JSON: Expecting value: line 1 column"),
    "half a file": (
        b'{"credentials": {"auth_',
        "is not valid JSON: Unterminated string starting at",
    ),
    "two values": (b"{}{}", "is not valid JSON: Extra data"),
    "10,000 levels": (nested(10_000).encode(), "too deeply"),
    "a million levels": (b'{"a":' * 1_000_000, "too deeply"),
}


@pytest.mark.parametrize("command", ["check", "discover", "read"])
@pytest.mark.parametrize("name", WRONG_FILES)
def test_a_configuration_that_is_no_json_is_refused(files, command, name):
    content, said = WRONG_FILES[name]
    files["config"].write_bytes(content)

    assert_refused(
        run(command, files), command, f"The configuration: the file {files['config']}", said
    )


@pytest.mark.parametrize(("what", "words"), [("catalog", "configured catalog"), ("state", "state")])
@pytest.mark.parametrize("name", WRONG_FILES)
def test_a_catalog_or_state_that_is_no_json_is_refused(files, what, words, name):
    content, said = WRONG_FILES[name]
    files[what].write_bytes(content)

    assert_refused(run("read", files), "read", f"The {words}: the file {files[what]}", said)


@pytest.mark.parametrize("what", ["config", "catalog", "state"])
def test_a_file_that_cannot_be_opened_is_refused(files, what, tmp_path):
    for place, said in (
        (tmp_path, "cannot be opened (Is a directory)."),
        (tmp_path / "none.json", "cannot be opened (No such file or directory)."),
        (files[what] / "below", "cannot be opened (Not a directory)."),
        (tmp_path / ("x" * 300), "cannot be opened (File name too long)."),
        (tmp_path / "half \udc80", "cannot be opened (No such file or directory)."),
    ):
        assert_refused(run("read", {**files, what: place}), "read", said)
        if what == "config":
            assert_refused(run("check", {**files, what: place}), "check", said)


# --- What is read all the same ---


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("what", ["config", "catalog", "state"])
def test_a_file_in_an_encoding_of_an_editor_is_read(files, what, encoding):
    files[what].write_bytes(files[what].read_text().encode(encoding))

    checked, output = run("check", files), run("read", files)

    assert checked.connection_status["status"] == "SUCCEEDED"
    assert statuses(output) == {"boards": GREEN, "user_account_analytics": GREEN}


def test_half_an_emoji_where_nobody_looks_does_no_harm(files):
    config = json.loads(files["config"].read_text())
    config |= {"note \ud83d": "\udc00", "\udfff": {"\ud83d": ["\ud83d"]}}
    config["credentials"]["\ud83d"] = "\ud83d"
    files["config"].write_text(json.dumps(config))
    catalog = json.loads(files["catalog"].read_text())
    catalog["note \ud83d"] = "\ud83d"
    catalog["streams"][0]["stream"]["json_schema"]["title"] = "half \ud83d"
    files["catalog"].write_text(json.dumps(catalog))
    files["state"].write_text(json.dumps([{"type": "STREAM", "stream": descriptor("x\ud83d")}]))

    checked, found, output = (run(command, files) for command in ("check", "discover", "read"))

    assert checked.connection_status["status"] == "SUCCEEDED"
    assert len(found.catalog) > 16
    assert statuses(output) == {"boards": GREEN, "user_account_analytics": GREEN}
    for each in (checked, found, output):
        assert_it_is_plain(each)
    assert checked.logs.count("An unknown key") == 3


@pytest.mark.parametrize("field", ["backfill_days", "ad_account_ids", "base_url", "custom_reports"])
def test_half_an_emoji_in_a_value_is_reported_like_any_other(files, field):
    config = json.loads(files["config"].read_text())
    files["config"].write_text(json.dumps({**config, field: ["half \ud83d"]}))

    for command in ("check", "read"):
        assert_refused(run(command, files), command, f"`{field}")


def test_half_an_emoji_in_the_name_of_a_stream_costs_that_stream(files):
    catalog = json.loads(files["catalog"].read_text())
    catalog["streams"][0]["stream"]["name"] = "boards \ud83d"
    files["catalog"].write_text(json.dumps(catalog))

    output = run("read", files)

    assert statuses(output) == {"boards \ufffd": RED, "user_account_analytics": GREEN}
    assert_it_is_plain(output)


def test_half_an_emoji_in_a_state_fails_only_its_stream(files):
    state = {"2783136121146311751 \ud83d": {"since": "\ud83d"}}
    files["state"].write_text(
        json.dumps([{"type": "STREAM", "stream": descriptor("user_account_analytics", state)}])
    )

    output = run("read", files)

    assert statuses(output) == {"boards": GREEN, "user_account_analytics": RED}
    assert (
        "was not written by this connector"
        in errors_of(output)["user_account_analytics"]["message"]
    )
    assert_it_is_plain(output)


def test_a_whole_emoji_stays_one(files):
    config = json.loads(files["config"].read_text())
    files["config"].write_text(json.dumps({**config, "backfill_days": "\U0001f600 \ud83d"}))

    assert_refused(run("check", files), "check", '`backfill_days`: "\U0001f600 \ufffd" is not')


# --- Depth ---


@pytest.mark.parametrize("levels", [101, 300, 900, 5_000, 50_000])
@pytest.mark.parametrize("command", ["check", "discover", "read"])
@pytest.mark.parametrize("place", ["", '"a": ', '"custom_reports": ', '"ad_account_ids": '])
def test_a_configuration_that_is_nested_too_deeply_is_refused(files, levels, command, place):
    config = files["config"].read_text().strip()
    deep = nested(levels) if not place else f"{config[:-1]}, {place}{nested(levels)}}}"
    files["config"].write_text(deep)

    assert_refused(run(command, files), command, "The configuration: ", "nested")


def test_what_is_nested_a_little_less_is_an_unknown_key(files):
    config = json.loads(files["config"].read_text())
    files["config"].write_text(
        json.dumps({**config, "other": json.loads(nested(99))} | {"more": 1})
    )

    output = run("read", files)

    assert statuses(output) == {"boards": GREEN, "user_account_analytics": GREEN}


@pytest.mark.parametrize("levels", [101, 300, 900])
@pytest.mark.parametrize("part", ["stream_state", "account", "sweep", "unknown"])
def test_a_state_that_is_nested_too_deeply_fails_only_its_stream(files, levels, part):
    deep = f'{{"a": {nested(levels)}}}'
    account = {
        "account": deep,
        "sweep": f'{{"since": "2026-11-01", "date": "2026-11-20", "sweep": {deep}}}',
        "unknown": f'{{"since": "2026-11-01", "date": "2026-11-20", "x": {deep}}}',
    }
    state = account.get(part, deep)
    state = state if part == "stream_state" else f'{{"2783136121146311751": {state}}}'
    files["state"].write_text(
        '[{"type": "STREAM", "stream": {"stream_descriptor": {"name": "user_account_analytics"}, '
        f'"stream_state": {state}}}}}]'
    )

    output = run("read", files)

    assert statuses(output) == {"boards": GREEN, "user_account_analytics": RED}
    assert (
        "was not written by this connector"
        in errors_of(output)["user_account_analytics"]["message"]
    )
    assert_it_is_plain(output)


@pytest.mark.parametrize("levels", [101, 300, 900])
def test_an_entry_of_a_catalog_that_is_nested_too_deeply_fails_only_its_stream(files, levels):
    catalog = json.loads(files["catalog"].read_text())
    catalog["streams"][0]["stream"]["json_schema"] = {"properties": {"x": "DEEP"}}
    files["catalog"].write_text(json.dumps(catalog).replace('"DEEP"', nested(levels)))

    output = run("read", files)

    assert statuses(output) == {"boards": RED, "user_account_analytics": GREEN}
    assert "nested more than 100 levels deep" in errors_of(output)["boards"]["message"]
    assert_it_is_plain(output)


# --- Numbers ---

NUMBERS = [
    "9" * 19,
    "9" * 20,
    "9" * 400,
    "-" + "9" * 5_000,
    "1e400",
    "-1e400",
    "NaN",
    "-Infinity",
    "1e-400",
]


@pytest.mark.parametrize("number", range(len(NUMBERS)))
@pytest.mark.parametrize("field", ["backfill_days", "click_window_days", "reconcile", "start_date"])
def test_a_number_beyond_all_bounds_is_a_wrong_value(files, field, number):
    config = files["config"].read_text().strip().replace('"backfill_days": 15', '"x": 1')
    files["config"].write_text(f'{config[:-1]}, "{field}": {NUMBERS[number]}}}')

    for command in ("check", "read"):
        assert_refused(run(command, files), command, f"`{field}`: ")


@pytest.mark.parametrize("number", range(len(NUMBERS)))
def test_a_number_beyond_all_bounds_in_an_unknown_key_does_no_harm(files, pinterest, number):
    """A login that is renewed hands the configuration on, whatever else is in it."""

    def fault(request: Request) -> Any:
        if request.operation != "POST /oauth/token":
            return None
        return 200, pinterest.grant({name: each[0] for name, each in request.params.items()}), {}

    pinterest.fault = fault
    pinterest.refresh_token, pinterest.refresh_tokens = "odd-refresh-1", {"odd-refresh-1"}
    config = {
        "credentials": {
            "auth_method": "oauth2.0",
            "client_id": pinterest.client_id,
            "client_secret": pinterest.client_secret,
            "refresh_token": "odd-refresh-1",
        },
        "base_url": pinterest.url,
        "note \ud83d": "NUMBER",
    }
    files["config"].write_text(json.dumps(config).replace('"NUMBER"', NUMBERS[number]))

    output = run("read", files)

    (control,) = output.of_type("CONTROL")
    assert control["connectorConfig"]["config"]["credentials"]["refresh_token"] != "odd-refresh-1"
    assert control["connectorConfig"]["config"].keys() == {"credentials", "base_url", "note \ufffd"}


@pytest.mark.parametrize("number", range(len(NUMBERS)))
def test_a_number_beyond_all_bounds_in_a_state_is_kept_or_fails_only_its_stream(files, number):
    entry = f'{{"since": "2026-11-01", "date": "2026-11-20", "x": {NUMBERS[number]}}}'
    foreign = f'{{"since": "2026-11-01", "date": {NUMBERS[number]}}}'
    for text, ends in ((entry, GREEN), (foreign, RED)):
        files["state"].write_text(
            '[{"type": "STREAM", "stream": {"stream_descriptor": {"name": "user_account_analytics"}, '
            f'"stream_state": {{"2783136121146311751": {text}}}}}}}]'
        )

        output = run("read", files)

        assert statuses(output) == {"boards": GREEN, "user_account_analytics": ends}
        assert_it_is_plain(output)


# --- Keys that stand twice ---


@pytest.mark.parametrize("command", ["check", "discover", "read"])
def test_a_key_that_stands_twice_in_the_configuration_is_refused(files, command):
    config = files["config"].read_text().strip()
    files["config"].write_text(f'{config[:-1]}, "backfill_days": 15}}')

    assert_refused(
        run(command, files),
        command,
        f"The configuration: the file {files['config']} has the key `backfill_days` twice in the same "
        "object. Keep one of them.",
    )


def test_a_secret_that_stands_twice_in_place_of_a_key_is_not_shown(files):
    config = files["config"].read_text().strip()
    files["config"].write_text(f'{config[:-1]}, "{TOKEN}": 1, "{TOKEN}": 2}}')

    assert_refused(run("check", files), "check", "has one key twice in the same object.")


@pytest.mark.parametrize("what", ["catalog", "state"])
def test_a_key_that_stands_twice_elsewhere_is_a_warning(files, what):
    text = '"x": 1, "x": 2'
    files["state"].write_text(json.dumps([{"type": "STREAM", "stream": descriptor("boards")}]))
    content = files[what].read_text().strip()
    place = content.rindex("}")
    files[what].write_text(f"{content[:place]}, {text}{content[place:]}")

    output = run("read", files)

    assert statuses(output) == {"boards": GREEN, "user_account_analytics": GREEN}
    assert "has the key `x` twice in the same object; the last one counts." in output.logs


# --- Other types ---


@pytest.mark.parametrize(
    "content", ["[]", "{}", "7", '"x"', "null", "true", '{"streams": {}}', '{"streams": null}']
)
def test_a_catalog_of_another_type_is_refused(files, content):
    files["catalog"].write_text(content)

    assert_refused(run("read", files), "read", "has no list `streams`.")


@pytest.mark.parametrize(
    "entry",
    [
        *(
            None,
            7,
            "boards",
            [],
            {},
            {"stream": None},
            {"stream": "boards"},
            {"stream": ["boards"]},
        ),
        *({"stream": {"name": 7}}, {"stream": {"name": ""}}),
    ],
)
def test_an_entry_of_a_catalog_without_a_name_is_refused_with_its_place(files, entry):
    catalog = json.loads(files["catalog"].read_text())
    files["catalog"].write_text(json.dumps({"streams": [*catalog["streams"], entry]}))

    assert_refused(run("read", files), "read", "an entry without a name: `streams[2].stream.name`.")


@pytest.mark.parametrize("content", ["7", '"x"', "true", "1e400"])
def test_a_state_of_another_type_is_refused(files, content):
    files["state"].write_text(content)

    assert_refused(run("read", files), "read", "holds ", "not a list.")


@pytest.mark.parametrize(
    "entry",
    [
        None,
        7,
        "x",
        [],
        {},
        {"type": "STREAM"},
        {"type": "STREAM", "stream": None},
        {"type": "STREAM", "stream": {"stream_state": {}}},
        {"type": "STREAM", "stream": descriptor("")},
        {"type": "STREAM", "stream": {"stream_descriptor": {"name": ["x"]}}},
        {"type": "NEWER", "stream": descriptor("boards")},
        {"type": ["STREAM"], "stream": descriptor("boards")},
        {"type": "LEGACY"},
        {"type": "LEGACY", "data": []},
        {"type": "STATE", "state": {"type": "STREAM", "stream": descriptor("boards")}},
    ],
)
def test_an_entry_of_a_state_that_is_of_no_stream_is_refused_with_its_place(files, entry):
    right: Message = {"type": "STREAM", "stream": descriptor("boards")}
    files["state"].write_text(json.dumps([right, entry]))

    assert_refused(
        run("read", files), "read", "that is not the state of a stream (number 1, counted from 0)."
    )


@pytest.mark.parametrize(
    "credentials",
    [
        *(None, 7, True, "x", [], ["x"], [{"access_token": TOKEN}], {}, {"auth_method": None}),
        {"auth_method": ["access_token"]},
        {"auth_method": "access_token", "access_token": [TOKEN]},
        {"auth_method": "access_token", "access_token": {"a": TOKEN}},
        {"auth_method": "oauth2.0", "client_id": 7, "client_secret": [], "refresh_token": {"": ""}},
    ],
)
@pytest.mark.parametrize("command", ["check", "read"])
def test_credentials_of_another_type_are_refused(files, credentials, command):
    config = json.loads(files["config"].read_text())
    files["config"].write_text(json.dumps({**config, "credentials": credentials}))

    assert_refused(run(command, files), command, "`credentials")


@pytest.mark.parametrize("content", ["[]", "7", '"x"', "null", "true", "[{}]", "NaN"])
@pytest.mark.parametrize("command", ["check", "read"])
def test_a_configuration_of_another_type_is_refused(files, content, command):
    files["config"].write_text(content)

    assert_refused(run(command, files), command, "The configuration: it is ", "not a JSON object.")


# --- What a terminal obeys ---

COMMANDS = "seen\x9b2J\u202e\x7f\u200b\x1b[2J\r\x00"
OBEYED = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069]")


def obeyed(output: Output) -> list[str]:
    """Texts for people that would move a terminal: logs, errors and the status of a check."""
    shown = [each["message"] for each in output.of_type("LOG")]
    shown += [each.get("message") or "" for each in output.of_type("CONNECTION_STATUS")]
    for error in output.errors:
        shown += [error["message"], error.get("internal_message") or "", error["stack_trace"]]
    assert any("seen" in text for text in shown)
    return [text for text in shown if OBEYED.search(text)]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("backfill_days", COMMANDS),
        ("ad_account_ids", [COMMANDS]),
        ("targeting_types", [COMMANDS]),
        ("conversion_report_time", COMMANDS),
        ("start_date", COMMANDS),
        ("custom_reports", [{"name": COMMANDS, "level": COMMANDS, "columns": [COMMANDS]}]),
    ],
    ids=lambda each: each if isinstance(each, str) and each.isidentifier() else "",
)
def test_no_value_of_a_configuration_moves_a_terminal(files, field, value):
    config = json.loads(files["config"].read_text())
    files["config"].write_text(json.dumps({**config, field: value}))

    assert obeyed(run("check", files)) == []
    assert obeyed(run("read", files)) == []


def test_no_name_in_a_catalog_or_a_state_moves_a_terminal(files):
    catalog = json.loads(files["catalog"].read_text())
    strangers = [json.loads(json.dumps(catalog["streams"][0])) for _ in range(2)]
    for number, stranger in enumerate(strangers):
        stranger["stream"]["name"] = f"{number} {COMMANDS}"
    strangers[1]["sync_mode"] = COMMANDS
    files["catalog"].write_text(
        json.dumps({"streams": [*catalog["streams"], *strangers], COMMANDS: 1})[:-1]
        + f", {json.dumps(COMMANDS)}: 2}}"
    )
    state = descriptor("user_account_analytics", {f"7{COMMANDS}": {}})
    files["state"].write_text(json.dumps([{"type": "STREAM", "stream": state}]))

    output = run("read", files)

    assert list(statuses(output).values()).count(RED) == 3
    assert obeyed(output) == []
