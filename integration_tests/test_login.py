"""Logging in as a new user would: the command, the browser, Pinterest's page, the file, the sync."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import pty
import re
import select
import signal
import socket
import stat
import subprocess
import sys
import termios
import threading
import webbrowser
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from airbyte_cdk.utils.airbyte_secrets_utils import update_secrets

from integration_tests import browser, settings
from integration_tests.conftest import connector
from integration_tests.connector import ROOT, Connector, configured
from integration_tests.fake_pinterest import FakePinterest
from integration_tests.forked import logging_in
from source_pinterest.login import run
from source_pinterest.streams.registry import SUGGESTED

SECRET = "app-secret"
SCREENSHOTS = os.environ.get("SCREENSHOTS")
"""A folder for pictures of the pages, to look at."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Person:
    """Somebody with a browser that is no browser: it sends the form and follows the way back."""

    def __init__(self, **form: str) -> None:
        self.form = {"username": "a_pinner", "password": "correct horse", "decision": "allow"}
        self.form.update(form)
        self.change: Callable[[str], str] = lambda address: address
        self.landed: list[requests.Response] = []
        self._threads: list[threading.Thread] = []

    def open(self, address: str) -> bool:
        self._threads.append(threading.Thread(target=self.log_in, args=[address]))
        self._threads[-1].start()
        return True

    def log_in(self, address: str) -> None:
        self.landed.append(requests.get(self.change(self.answer_to(address)), timeout=60))

    def answer_to(self, address: str) -> str:
        """The address that Pinterest sends the browser to."""
        page = requests.get(address, timeout=60)
        assert page.status_code == 200, page.text
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))
        posted = requests.post(
            address.partition("?")[0],
            data={**hidden, **self.form},
            timeout=30,
            allow_redirects=False,
        )
        assert posted.status_code == 302, posted.text
        return posted.headers["Location"]

    def leave(self) -> None:
        for thread in self._threads:
            thread.join(30)


class Login:
    """`source-pinterest-login` in this process, beside a person."""

    def __init__(self, pinterest: FakePinterest, folder: Path, monkeypatch: Any, capsys: Any):
        self.pinterest = pinterest
        self.config = folder / "my.json"
        self.port = free_port()
        self.person = Person()
        self._capsys = capsys
        pinterest.authorization.redirect_uris = {f"http://localhost:{self.port}/"}
        update_secrets([])  # what other tests have hidden, such as the app id
        monkeypatch.setenv("PINTEREST_CLIENT_SECRET", SECRET)
        monkeypatch.setenv("DISPLAY", ":0")
        monkeypatch.setattr(webbrowser, "open", lambda address: self.person.open(address))

    def run(self, *more: str) -> tuple[int, str]:
        """The exit code, and everything that was said."""
        code, last_word = 0, ""
        try:
            run(
                [
                    *("--config", str(self.config)),
                    *("--client-id", self.pinterest.client_id),
                    *("--port", str(self.port)),
                    *("--base-url", self.pinterest.url),
                    *more,
                ],
                settings.in_use().interactive,
            )
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
            last_word = str(end.code)
        self.person.leave()
        return code, self.said() + last_word

    def said(self) -> str:
        """The words since it was called last."""
        said = self._capsys.readouterr()
        return str(said.out + said.err)

    @property
    def left_behind(self) -> list[str]:
        return sorted(path.name for path in self.config.parent.iterdir())


@pytest.fixture
def login(pinterest, tmp_path, monkeypatch, capsys) -> Login:
    return Login(pinterest, tmp_path, monkeypatch, capsys)


# --- In a real browser ---


@pytest.fixture(scope="module")
def chromium() -> Iterator[browser.Browser]:
    browser.needed()
    with browser.Browser() as window:
        yield window


class Command:
    """`source-pinterest-login` in a process of its own, whose browser only notes the address."""

    def __init__(
        self, pinterest: FakePinterest, folder: Path, *more: str, encoding: str = "utf-8"
    ) -> None:
        self.port = free_port()
        self.config = folder / "my.json"
        pinterest.authorization.redirect_uris = {f"http://localhost:{self.port}/"}
        opened = folder / "opened"
        opener = folder / "opener"
        opener.write_text(
            f'#!/bin/sh\nprintf "%s" "$1" > "{opened}.part"\nmv "{opened}.part" "{opened}"\n'
        )
        opener.chmod(0o700)
        self._opened = opened
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "source_pinterest.login"),
                *("--config", str(self.config), "--client-id", pinterest.client_id),
                *("--port", str(self.port), "--base-url", pinterest.url),
                *more,
            ],
            env={
                **os.environ,
                "BROWSER": f"{opener} %s",
                "PINTEREST_CLIENT_SECRET": SECRET,
                "PYTHONWARNINGS": "",
                "PYTHONIOENCODING": encoding,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            # tests that run in a shell's background would hand on that Ctrl-C is ignored
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    def address(self) -> str:
        """The address that the browser was opened at."""
        for _ in range(3_000):
            if self._opened.exists():
                return self._opened.read_text()
            assert self.process.poll() is None, self.process.communicate()
            threading.Event().wait(0.02)
        raise AssertionError("no browser was opened within a minute")

    def end(self) -> tuple[int, str, str]:
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err


@pytest.fixture
def command(pinterest, tmp_path) -> Iterator[Command]:
    login = Command(pinterest, tmp_path)
    yield login
    login.process.kill()
    login.process.communicate()


def test_a_new_user_logs_in_with_chromium_and_then_checks_and_reads(
    command, chromium, tmp_path, discovered
):
    folder = Path(SCREENSHOTS or tmp_path)
    chromium.open(command.address())
    chromium.type("[name=username]", "a_pinner")
    chromium.type("[name=password]", "wrong horse")
    chromium.screenshot(folder / "form.png")
    chromium.click("[value=allow]")
    chromium.seen("User name or password is wrong.")

    chromium.type("[name=username]", "a_pinner")
    chromium.type("[name=password]", "correct horse")
    chromium.click("[value=allow]")
    page = chromium.seen("Hello a_pinner, you are logged in")
    chromium.screenshot(folder / "landing.png")
    code, out, err = command.end()

    assert (code, err) == (0, "")
    assert "549755885175, Ad account 1 (USD), USD" in page
    assert f"source-pinterest check --config {command.config}" in page
    assert chromium.loaded == []
    assert "Hello a_pinner, you are logged in." in out
    assert stat.S_IMODE(command.config.stat().st_mode) == 0o600
    config = json.loads(command.config.read_text())
    source = Connector(config)
    checked = source.check()
    assert checked.connection_status["status"] == "SUCCEEDED"
    assert f"This login may read all {len(SUGGESTED)} reports" in checked.logs
    output = source.read(configured(discovered, sync_mode="full_refresh"))
    assert set(output.statuses.values()) == {"COMPLETE"}
    assert output.statuses.keys() == {stream().name for stream in SUGGESTED}
    assert output.of_type("CONTROL") == []


def test_a_user_who_cancels_in_chromium_reads_that_nothing_was_saved(command, chromium, tmp_path):
    chromium.open(command.address())

    chromium.click("[value=deny]")
    page = chromium.seen("You are not logged in")
    chromium.screenshot(Path(SCREENSHOTS or tmp_path) / "refused.png")
    code, _, err = command.end()

    assert "The login was refused on Pinterest's page." in page
    assert code == 1
    assert "The login was refused on Pinterest's page." in err
    assert not command.config.exists()


# --- What is asked for, and what is written ---


def test_the_login_asks_for_what_the_reports_need_and_writes_a_ready_file(login):
    asked: list[str] = []
    opens = login.person.open
    login.person.open = lambda address: asked.append(address) or opens(address)

    code, said = login.run()

    assert code == 0, said
    query = {name: values[0] for name, values in parse_qs(urlsplit(asked[0]).query).items()}
    state = query.pop("state")
    assert len(state) >= 32
    assert query == {
        "client_id": "1234567",
        "redirect_uri": f"http://localhost:{login.port}/",
        "response_type": "code",
        "scope": "ads:read,boards:read,boards:read_secret,catalogs:read,pins:read,"
        "pins:read_secret,user_accounts:read",
    }
    config = json.loads(login.config.read_text())
    expiry = config["credentials"].pop("token_expiry_date")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00", expiry)
    assert config == {
        "credentials": {
            "auth_method": "oauth2.0",
            "client_id": "1234567",
            "client_secret": "app-secret",
            "refresh_token": "pinr_test_refresh_2",
            "access_token": "pina_test_token_2",
        },
        "base_url": login.pinterest.url,
    }
    exchange = next(each for each in login.pinterest.requests if each.method == "POST")
    assert exchange.params["continuous_refresh"] == ["true"]
    assert login.left_behind == ["my.json"]


def test_the_page_is_complete_in_itself_and_not_kept(login):
    login.run()

    (page,) = login.person.landed
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert not re.search(r"<script|https?://|url\(", page.text)


def test_a_new_login_keeps_what_else_the_file_has(login):
    login.config.write_text(json.dumps({"ad_account_ids": ["549755885175"], "backfill_days": 15}))
    login.config.chmod(0o644)

    refused, said = login.run()
    code, _ = login.run("--force")

    assert refused == 1
    assert (
        "To replace the login in it, use --force. Its other fields stay: `ad_account_ids`, " in said
    )
    assert code == 0
    config = json.loads(login.config.read_text())
    assert config["ad_account_ids"] == ["549755885175"]
    assert config["backfill_days"] == 15
    assert config["credentials"]["refresh_token"] == "pinr_test_refresh_2"
    assert stat.S_IMODE(login.config.stat().st_mode) == 0o600


def test_a_file_that_came_into_being_meanwhile_is_left_and_the_login_saved_beside_it(login):
    def change(address: str) -> str:
        login.config.write_text("mine")
        return address

    login.person.change = change

    code, said = login.run()

    assert code == 0
    assert login.config.read_text() == "mine"
    assert f"Written: {login.config.with_name('my-2.json')}" in said
    assert login.left_behind == ["my-2.json", "my.json"]


def test_without_a_browser_the_address_is_printed_and_the_answer_pasted(login, monkeypatch):
    shown: list[str] = []

    def paste(prompt: str) -> str:
        assert prompt == "Paste that address here: "
        shown.append(login.said())
        if len(shown) == 1:
            return "no address"
        address = re.search(r"http://127\S+/oauth/\S+", shown[0])
        assert address
        return Person().answer_to(address[0])

    monkeypatch.setattr("builtins.input", paste)

    code, said = login.run("--no-browser")

    assert code == 0
    assert "That is not it: the address contains `code=`" in shown[1]
    assert "Hello a_pinner, you are logged in." in said
    assert login.left_behind == ["my.json"]


class Terminal:
    """A terminal that a process of its own believes to be in, and somebody who answers there."""

    def __init__(self, arguments: list[str], *, at_once: bool = False) -> None:
        """`at_once`: in a process that does not start, but is forked."""
        self._ours, theirs = pty.openpty()
        without = {"PINTEREST_CLIENT_SECRET", "PINTEREST_CLIENT_ID", "BROWSER", "DISPLAY"}
        environment = {name: value for name, value in os.environ.items() if name not in without}
        if at_once:
            self.process: Any = logging_in(theirs, arguments, environment)
        else:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "source_pinterest.login", *arguments],
                env=environment,
                stdin=theirs,
                stdout=theirs,
                stderr=theirs,
                cwd=ROOT,
                start_new_session=True,
                preexec_fn=self._at_home,
            )
        os.close(theirs)
        self.said = ""

    @staticmethod
    def _at_home() -> None:
        """Has Ctrl-C at this terminal go to the process, as a shell in front of it would."""
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    def wait_for(self, words: str) -> str:
        """Everything that stands there, once the words do."""
        while words not in self.said and self._more(60):
            pass
        assert words in self.said, self.said
        return self.said

    def _more(self, seconds: float) -> bool:
        """Whether more was said in time."""
        if not select.select([self._ours], [], [], seconds)[0]:
            return False
        try:
            more = os.read(self._ours, 4096).decode()
        except OSError:  # the process has ended
            return False
        self.said += more
        return bool(more)

    def answer(self, words: str, text: str) -> None:
        self.wait_for(words)
        os.write(self._ours, f"{text}\n".encode())

    def press(self, key: str, words: str) -> str:
        """Again where nothing comes of it: what comes between a question and its reading is lost."""
        for _ in range(30):
            os.write(self._ours, key.encode())
            while words not in self.said and self._more(2):
                pass
            if words in self.said or self.process.poll() is not None:
                break
        return self.wait_for(words)

    def close(self) -> int:
        code = self.process.wait(60)
        os.close(self._ours)
        return code


def test_in_a_terminal_what_is_needed_is_asked_for_and_the_secret_not_shown(login):
    login.config.write_text('{"backfill_days": 15}')
    terminal = Terminal(
        [
            *("--config", str(login.config), "--port", str(login.port)),
            *("--base-url", login.pinterest.url, "--no-browser"),
        ],
        at_once=True,
    )
    terminal.answer("Its other fields stay: `backfill_days`.", "")
    terminal.wait_for("was not changed")
    refused = terminal.close()
    terminal = Terminal(
        [
            *("--config", str(login.config), "--port", str(login.port)),
            *("--base-url", login.pinterest.url, "--no-browser"),
        ]
    )
    terminal.answer("Replace the login in it? [y/N] ", "y")
    terminal.answer("The app id (developers.pinterest.com/apps): ", "1234567")
    terminal.answer("The app secret key (nothing is shown): ", SECRET)
    address = re.search(r"http://127\S+/oauth/\S+", terminal.wait_for("Paste that address here: "))
    assert address
    terminal.answer("Paste that address here: ", Person().answer_to(address[0]))
    said = terminal.wait_for("Hello a_pinner, you are logged in.")
    code = terminal.close()

    assert (refused, code) == (1, 0)
    assert SECRET not in said
    config = json.loads(login.config.read_text())
    assert config["credentials"]["client_secret"] == SECRET
    assert config["backfill_days"] == 15


def test_a_second_login_needs_no_more_than_the_file_of_the_first(login, monkeypatch):
    login.run()
    monkeypatch.delenv("PINTEREST_CLIENT_SECRET")

    code, said = login.run("--force")

    assert code == 0, said
    credentials = json.loads(login.config.read_text())["credentials"]
    assert credentials["client_secret"] == SECRET
    assert credentials["refresh_token"] == "pinr_test_refresh_3"


def test_the_secret_may_stand_in_a_file(login, monkeypatch):
    monkeypatch.delenv("PINTEREST_CLIENT_SECRET")
    secret = login.config.with_name("secret.txt")
    secret.write_text(f"{SECRET}\n")

    code, said = login.run("--client-secret-file", str(secret))

    assert code == 0, said


# --- How it fails ---


def assert_it_failed(login: Login, outcome: tuple[int, str], *words: str) -> None:
    code, said = outcome
    assert code == 1
    for each in words:
        assert each in said
    assert "Traceback" not in said
    assert SECRET not in said
    assert login.left_behind == []


def listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family)
    try:
        if family == socket.AF_INET6:
            found.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        found.bind((host, port))
        found.listen()
    except OSError:
        found.close()
        raise
    return found


def is_here(host: str) -> bool:
    try:
        listening(host, 0).close()
    except OSError:
        return False
    return True


LOOPBACKS = [host for host in ("127.0.0.1", "::1") if is_here(host)]
"""What localhost may mean on this machine."""


@pytest.mark.parametrize("host", LOOPBACKS)
def test_a_port_that_is_taken_is_reported_and_nothing_is_left_listening(host, login):
    with listening(host, login.port):
        outcome = login.run()

    assert_it_failed(
        login, outcome, f"Another program uses port {login.port}.", "choose another port"
    )
    for each in LOOPBACKS:  # and nothing is left behind
        listening(each, login.port).close()


def test_a_login_that_the_user_denies_is_reported_in_terminal_and_browser(login):
    login.person = Person(decision="deny")

    outcome = login.run()

    assert_it_failed(login, outcome, "The login was refused on Pinterest's page.")
    assert "You are not logged in" in login.person.landed[0].text


def test_an_answer_with_another_state_is_ignored_and_counted(login):
    login.pinterest.authorization.answers_with_state = "another"

    outcome = login.run("--timeout", "2")

    assert_it_failed(
        login,
        outcome,
        "Nobody logged in within 2 seconds. 1 answer with another `state` did not belong to this login",
    )
    assert login.person.landed[0].status_code == 400
    assert "The answer does not belong to this login" in login.person.landed[0].text
    assert "The login goes on waiting for its own." in login.person.landed[0].text
    assert login.pinterest.requests == []


def test_a_wrong_secret_is_reported_and_not_shown(login, monkeypatch):
    monkeypatch.setenv("PINTEREST_CLIENT_SECRET", "not-the-secret")

    outcome = login.run()

    assert_it_failed(
        login,
        outcome,
        "Pinterest does not accept the app secret key for the app 1234567 (Pinterest: 401",
    )
    assert "not-the-secret" not in outcome[1] + login.person.landed[0].text


def test_a_code_that_was_used_already_is_reported_with_the_next_step(login):
    def change(address: str) -> str:
        login.pinterest.authorization.codes.clear()
        return address

    login.person.change = change

    assert_it_failed(
        login, login.run(), "does not accept the code of this login", "Run the login again"
    )


def test_a_missing_scope_is_named_with_the_reports_that_it_costs(login):
    login.pinterest.authorization.withheld = {"ads:read", "boards:read_secret"}

    code, said = login.run()

    assert code == 0
    assert "The scope ads:read is missing: campaigns, ad_groups, ads, campaign_analytics," in said
    assert "The scope boards:read_secret is missing: secret boards are left out." in said
    assert "The scope ads:read is missing" in login.person.landed[0].text
    assert json.loads(login.config.read_text())["credentials"]["refresh_token"]


def test_waiting_for_a_login_ends_after_the_time_out(login):
    login.person.open = lambda _: True

    outcome = login.run("--timeout", "0.2")

    assert_it_failed(login, outcome, "Nobody logged in within 0.2 seconds.", "is not registered")


def test_an_outage_after_the_login_is_reported(login):
    login.pinterest.fault = lambda _: (503, "<html>", {})

    assert_it_failed(
        login, login.run(), "Pinterest's login endpoint gave no usable answer in 2 tries"
    )


def test_a_file_that_cannot_be_written_is_found_out_before_anybody_logs_in(login):
    login.config = login.config.parent / "nowhere" / "my.json"

    code, said = login.run()

    assert code == 1
    assert "there is no folder" in said
    assert login.person.landed == []


def test_ctrl_c_leaves_nothing_behind(command, tmp_path):
    command.address()

    command.process.send_signal(signal.SIGINT)
    code, _, err = command.end()

    assert code == 130
    assert err == "\nStopped. Nothing was saved.\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["opened", "opener"]
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", command.port))


# --- An enemy at the door ---

LIE = "Your account is locked. Call 555-0100"


def test_no_page_but_pinterests_can_end_the_login_or_speak_in_its_name(login):
    """Any web page can send the browser to the listener, with whatever it likes."""
    answers = [
        "?error=access_denied",
        f"?error=locked&error_description={LIE}",
        f"?error=locked&error_description={LIE}&state=",
        "?code=of-somebody-else&state=guessed",
        "?code=of-somebody-else",
        "?code=c&state=%ff%00",
    ]
    knocks: list[requests.Response] = []

    def change(address: str) -> str:
        hosts = [f"http://{host}:{login.port}/" for host in ("localhost", "127.0.0.1")]
        knocks.extend(
            requests.get(host + answer, timeout=60) for host in hosts for answer in answers
        )
        return address

    login.person.change = change

    code, said = login.run()

    assert code == 0, said
    assert [each.status_code for each in knocks] == [400] * len(knocks)
    assert "555-0100" not in said + "".join(each.text for each in knocks)
    codes = [each.params["code"] for each in login.pinterest.requests if each.method == "POST"]
    assert len(codes) == 1
    assert codes != [["of-somebody-else"]]


def test_an_error_of_pinterests_is_shown_without_what_a_terminal_obeys(login):
    login.person = Person(decision="deny")
    login.person.change = lambda address: address.replace(
        "access_denied", "invalid_scope&error_description=a%1B%5D0%3Bowned%07b%E2%80%AE%0Ac"
    )

    outcome = login.run()

    assert_it_failed(login, outcome, "Pinterest refuses the login: invalid_scope a]0;ownedb c.")
    assert not set("\x1b\x07\u202e") & set(outcome[1] + login.person.landed[0].text)


def test_a_pasted_answer_of_another_login_is_refused_and_asked_for_again(login, monkeypatch):
    shown: list[str] = []

    def paste(_: str) -> str:
        shown.append(login.said())
        if len(shown) == 1:
            return f"http://localhost:{login.port}/?error=locked&error_description={LIE}"
        address = re.search(r"http://127\S+/oauth/\S+", shown[0])
        assert address
        return Person().answer_to(address[0])

    monkeypatch.setattr("builtins.input", paste)

    code, said = login.run("--no-browser")

    assert code == 0
    assert "The answer does not belong to this login" in shown[1]
    assert "555-0100" not in "".join(shown) + said


def test_every_address_of_localhost_is_held_and_answers(login):
    """A browser may take either, and somebody else must not have the other one."""
    heard: list[int] = []
    held: list[str] = []

    def change(address: str) -> str:
        for host in LOOPBACKS:
            name = f"[{host}]" if ":" in host else host
            strange = address.replace("localhost", name).replace("state=", "state=x")
            heard.append(requests.get(strange, timeout=60).status_code)
            with pytest.raises(OSError, match="in use"):
                listening(host, login.port)
            held.append(host)
        return address.replace("localhost", name)

    login.person.change = change

    code, said = login.run()

    assert code == 0, said
    assert heard == [400] * len(LOOPBACKS)
    assert held == LOOPBACKS


def test_a_machine_without_ipv6_listens_on_what_it_has(login, monkeypatch):
    bind = socket.socket.bind

    def without(self: socket.socket, address: Any) -> None:
        if self.family == socket.AF_INET6:
            raise OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address")
        bind(self, address)

    monkeypatch.setattr(socket.socket, "bind", without)

    assert login.run()[0] == 0


def test_the_base_url_of_a_file_that_is_there_does_not_decide_where_one_logs_in(login, monkeypatch):
    """It may be somebody else's file: at that address, the app's secret and the code would end."""
    login.config.write_text(
        json.dumps({"base_url": "http://127.0.0.1:1/v5", "backfill_days": 15, "credentials": {}})
    )
    shown: list[str] = []

    def paste(_: str) -> str:
        shown.append(login.said())
        raise EOFError

    monkeypatch.setattr("builtins.input", paste)

    with pytest.raises(SystemExit):
        run(["--config", str(login.config), "--client-id", "1234567", "--no-browser", "--force"])

    assert "https://www.pinterest.com/oauth/?client_id=1234567" in shown[0]
    assert "127.0.0.1:1" not in shown[0]
    assert "`base_url` in " in shown[0]


def test_a_base_url_that_was_not_logged_in_at_is_not_kept(login):
    login.config.write_text(
        json.dumps({"base_url": "http://127.0.0.1:1/v5", "backfill_days": 15, "credentials": {}})
    )

    code, said = login.run("--force")

    assert code == 0, said
    assert "is ignored and removed" in said
    config = json.loads(login.config.read_text())
    assert config["base_url"] == login.pinterest.url
    assert config["backfill_days"] == 15


NASTY = "\x1b]0;owned\x07Shop\u202e\x9b2J\n\r\u2028one"
OBEYED = set("\x1b\x07\u202e\x9b\r\u2028")


def nasty_names(request: Any) -> Any:
    """As Pinterest may have them of users and of ad accounts that were shared with this one."""
    if request.operation == "GET /user_account":
        return 200, {"id": "1", "username": NASTY}, {}
    if request.operation == "GET /ad_accounts":
        item = {"id": "549755885175", "name": NASTY, "currency": "EUR\x1b[2J"}
        other = {"id": "549755885176", "name": NASTY, "permissions": ["\x1b[31mNONE\u202e"]}
        return 200, {"items": [item, other], "bookmark": None}, {}
    return None


def test_names_move_neither_the_terminal_nor_the_page(login):
    login.pinterest.fault = nasty_names

    code, said = login.run()

    page = login.person.landed[0].text
    assert code == 0, said
    assert "Hello ]0;ownedShop2J one, you are logged in." in said
    assert "  ad account 549755885175, ]0;ownedShop2J one, EUR[2J\n" in said
    assert not OBEYED & set(said + page)


def test_names_move_no_log_line_and_no_status(pinterest, discovered):
    pinterest.fault = nasty_names

    checked = connector(pinterest).check()
    read = connector(pinterest).read(configured(discovered, ["boards", "campaigns"]))

    assert checked.connection_status["message"].startswith("Logged in as ]0;ownedShop2J one: ")
    logs = checked.logs + read.logs
    assert "]0;ownedShop2J one" in logs
    assert not OBEYED & set(logs + checked.connection_status["message"])
    assert not OBEYED & set("".join(checked.lines + read.lines))


def test_the_text_of_an_error_moves_no_log_line_and_no_error(pinterest, discovered):
    pinterest.fault = lambda request: (
        (403, {"code": 29, "message": NASTY}, {}) if request.path == "/boards" else None
    )

    checked = connector(pinterest).check()
    read = connector(pinterest).read(configured(discovered, ["boards"]))

    assert "code 29, ]0;ownedShop2J one" in read.errors[0]["message"]
    texts = [
        checked.logs,
        read.logs,
        *(json.dumps(each, ensure_ascii=False) for each in read.errors),
    ]
    assert not OBEYED & set("".join(texts))


# --- Ctrl-C and Ctrl-D ---

PROMPTS = [
    "Replace the login in it? [y/N] ",
    "The app id (developers.pinterest.com/apps): ",
    "The app secret key (nothing is shown): ",
    "Paste that address here: ",
]
ANSWERS = ["y", "1234567", SECRET]


@pytest.mark.parametrize(
    ("key", "words", "status"),
    [
        ("\x03", "Stopped. Nothing was saved.", 130),
        ("\x04", "Stopped: the input ended. Nothing was saved.", 1),
    ],
    ids=["Ctrl-C", "Ctrl-D"],
)
@pytest.mark.parametrize("prompt", PROMPTS)
def test_ctrl_c_and_ctrl_d_end_every_question_with_a_sentence(login, prompt, key, words, status):
    login.config.write_text('{"backfill_days": 15}')
    terminal = Terminal(
        [
            *("--config", str(login.config), "--port", str(login.port)),
            *("--base-url", login.pinterest.url, "--no-browser"),
        ],
        at_once=True,
    )
    for question, answer in zip(PROMPTS, ANSWERS, strict=False):
        if question == prompt:
            break
        terminal.answer(question, answer)
    terminal.wait_for(prompt)

    said = terminal.press(key, words)
    assert terminal.close() == status
    assert "Traceback" not in said
    assert login.config.read_text() == '{"backfill_days": 15}'


def test_ctrl_c_after_the_login_was_saved_says_so(login, monkeypatch):
    monkeypatch.setattr("source_pinterest.login.command.Success.say", interrupted)

    code, said = login.run()

    assert code == 130
    assert f"Stopped. The login was saved before: {login.config}" in said
    assert login.left_behind == ["my.json"]


def interrupted(_: Any) -> None:
    raise KeyboardInterrupt


def test_a_terminal_that_does_not_know_every_letter_shows_what_it_can(login, tmp_path):
    login.pinterest.fault = lambda request: (
        (200, {"id": "1", "username": "Ünï 🏖"}, {})
        if request.operation == "GET /user_account"
        else None
    )
    command = Command(login.pinterest, tmp_path, encoding="ascii")

    Person().log_in(command.address())
    code, out, err = command.end()

    assert (code, err) == (0, "")
    assert "Hello ?n? ?, you are logged in." in out


# --- What else knocks ---


def test_only_pinterests_answer_to_this_machine_counts(login):
    knocks: list[int] = []

    def change(address: str) -> str:
        here = f"http://localhost:{login.port}"
        idle = socket.create_connection(("127.0.0.1", login.port))  # as browsers do
        paths = ("/favicon.ico", "/", "/?state=x")
        knocks.extend(requests.get(here + path, timeout=60).status_code for path in paths)
        elsewhere = {"Host": f"example.com:{login.port}"}
        knocks.append(requests.get(address, headers=elsewhere, timeout=60).status_code)
        idle.close()
        return address

    login.person.change = change

    code, _ = login.run()

    assert code == 0
    assert knocks == [404, 400, 400, 404]
