"""The image, as a platform runs it: through the Docker engine, against a fake Pinterest.

Where no engine answers, these tests are skipped; where CI=true, that is a failure. The image is
built on BASE_IMAGE, or on what `.ci/engine` has made, or else on the Dockerfile's own base.
"""

from __future__ import annotations

import gc
import json
import os
import warnings
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import docker
import pytest
import yaml
from airbyte_cdk.test.standard_tests.docker_base import DockerConnectorTestSuite
from docker.utils.socket import frames_iter

from integration_tests.connector import ROOT, Connector, Message, Output, configured, documented
from integration_tests.expected.keys import KEYS
from integration_tests.expected.reports import compare, rows
from integration_tests.fake_pinterest import FakePinterest, World

TAG = "source-pinterest:test"
MADE_BY_CI_ENGINE = "local/python-base:bookworm"
METADATA = yaml.safe_load((ROOT / "metadata.yaml").read_text())["data"]
MEGABYTE = 1_000_000

TODAY = datetime.now(timezone.utc).date()
"""The clock of a container is the machine's."""


def day(days_ago: int) -> date:
    return TODAY - timedelta(days=days_ago)


WINDOW = {"today": TODAY, "start": day(89), "end": day(1)}


def not_here(why: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(f"The image tests need an engine: {why}")
    pytest.skip(f"the image is not tested: {why}")


@pytest.fixture(scope="session")
def engine() -> Iterator[docker.DockerClient]:
    client = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # of a socket that the SDK leaves open
        with suppress(docker.errors.DockerException):
            client = docker.from_env(timeout=300)  # asks the engine for its version
        gc.collect()
    if client is None:
        not_here("no Docker engine answers")
    yield client
    client.close()


@pytest.fixture(scope="session")
def base(engine: docker.DockerClient) -> str | None:
    """The base image that is built on; None: the Dockerfile's own."""
    if named := os.environ.get("BASE_IMAGE"):
        return named
    return MADE_BY_CI_ENGINE if engine.images.list(MADE_BY_CI_ENGINE) else None


@pytest.fixture(scope="session")
def image(engine: docker.DockerClient, base: str | None) -> docker.models.images.Image:
    arguments = {"BASE_IMAGE": base} if base else {}
    try:
        built, _ = engine.images.build(
            path=str(ROOT), tag=TAG, buildargs=arguments, network_mode="host", rm=True
        )
    except (docker.errors.BuildError, docker.errors.APIError) as error:
        if base:
            raise
        not_here(f"its base image cannot be had ({error}); BASE_IMAGE= names another")
    return built


@dataclass
class Container:
    """A container of the image, with the files of one command in /config."""

    image: docker.models.images.Image
    folder: Path
    config: Any = None
    options: dict[str, Any] = field(default_factory=dict)
    """Of docker run: network_mode, mem_limit, read_only, entrypoint …"""
    mount: str = "ro"

    def run(self, command: str, *, timeout: float = 120, **files: Any) -> Output:
        """The output of one command, and its exit code."""
        with self.started(command, **files) as running:
            text = b"".join(running.output).decode()
            status = running.container.wait(timeout=timeout)["StatusCode"]
        return Output(text.splitlines(), status)

    @contextmanager
    def started(self, command: str, **files: Any) -> Iterator[Running]:
        contents = {name: value for name, value in files.items() if value is not None}
        if self.config is not None:
            contents["config"] = self.config
        self.folder.mkdir(exist_ok=True)
        self.folder.chmod(0o755)  # the container's user is not root
        for name, content in contents.items():
            text = content if isinstance(content, str) else json.dumps(content)
            (self.folder / f"{name}.json").write_text(text)
        arguments = [part for name in contents for part in (f"--{name}", f"/config/{name}.json")]
        container = self.image.client.containers.create(
            self.image.id,
            command.split() + arguments if "entrypoint" not in self.options else [command],
            volumes={str(self.folder): {"bind": "/config", "mode": self.mount}},
            **{"network_mode": "host", **self.options},
        )
        stdout = container.attach_socket(params={"stdout": True, "stream": True})
        try:
            container.start()
            yield Running(container, (piece for _, piece in frames_iter(stdout, tty=False)))
        finally:
            # first, since the engine waits for the reader of a killed container's output
            stdout._sock.close()
            stdout._response.close()
            stdout.close()
            container.remove(force=True)


@dataclass
class Running:
    container: docker.models.containers.Container
    output: Iterable[bytes]
    """What is printed, in pieces, as it is printed."""

    def stop(self, signal: str) -> bytes:
        """Sends a signal. What is printed until the end.

        The engine answers to SIGKILL when the container has ended and its output is read.
        """
        with ThreadPoolExecutor(1) as beside:
            stopped = beside.submit(self.container.kill, signal)
            rest = b"".join(self.output)
            stopped.result()
        return rest


@pytest.fixture(scope="session")
def world() -> World:
    return World(epoch=TODAY)


@pytest.fixture(scope="session")
def server(world: World) -> Iterator[FakePinterest]:
    with FakePinterest(world, today=TODAY) as pinterest:
        yield pinterest


@pytest.fixture
def config(server: FakePinterest) -> dict[str, Any]:
    return config_for(server)


def config_for(pinterest: FakePinterest) -> dict[str, Any]:
    credentials = {"auth_method": "access_token", "access_token": pinterest.access_token}
    return {"credentials": credentials, "base_url": pinterest.url}


@pytest.fixture
def container(
    image: docker.models.images.Image, tmp_path: Path, config: dict[str, Any]
) -> Container:
    return Container(image, tmp_path / "files", config)


@pytest.fixture(scope="session")
def catalog() -> Message:
    """All 16 streams, incremental where they can be."""
    return configured(documented(Connector({}).discover().catalog))


def assert_same(output: Output, world: World, streams: Iterable[str], **window: Any) -> None:
    for stream in streams:
        comparison = compare(rows(world, stream, **window), output.records(stream), KEYS[stream])
        assert comparison.same, f"{stream}: {comparison}"


# --- What is in it ---


def test_the_image_says_what_it_is(image):
    attributes = image.attrs["Config"]

    assert attributes["Labels"]["io.airbyte.version"] == METADATA["dockerImageTag"]
    assert attributes["Labels"]["io.airbyte.name"] == METADATA["dockerRepository"]
    assert attributes["Entrypoint"] == ["/airbyte/venv/bin/source-pinterest"]
    assert "AIRBYTE_ENTRYPOINT=/airbyte/venv/bin/source-pinterest" in attributes["Env"]
    assert attributes["User"] == "airbyte"


def test_the_image_holds_the_connector_and_what_it_imports_and_nothing_else(container):
    container.options = {"entrypoint": ["sh", "-c"]}
    look = "id -u; ls -d /airbyte/* /airbyte/venv/bin/pip* /build /package; ls /airbyte/venv/lib/python3*/site-packages"

    user, *found = container.run(look).lines

    assert user != "0"
    assert [each for each in found if each.startswith("/")] == ["/airbyte/venv"]
    assert "source_pinterest" in found
    assert f"source_pinterest-{METADATA['dockerImageTag']}.dist-info" in found
    for absent in ("integration_tests", "unit_tests", "pytest", "docker", "flask", "poetry", "pip"):
        assert absent not in found


def test_the_image_adds_less_than_300_megabytes_to_its_base(engine, base, image):
    if base is None:
        base = next(
            line.partition("=")[2]
            for line in (ROOT / "Dockerfile").read_text().splitlines()
            if line.startswith("ARG BASE_IMAGE")
        )

    added = image.attrs["Size"] - engine.images.get(base).attrs["Size"]

    assert added < 300 * MEGABYTE, f"{added / MEGABYTE:.0f} MB"


# --- spec, check, discover ---


class Standard(DockerConnectorTestSuite):
    """The CDK's standard tests of an image. All but `spec` would need 127.0.0.1."""


def test_the_image_passes_the_cdks_own_test_of_spec(image):
    Standard().test_docker_image_build_and_spec(image.id, None)


def test_spec_is_the_form(container):
    container.config = None

    output = container.run("spec")

    form = json.loads((ROOT / "source_pinterest" / "spec.json").read_text())
    (spec,) = output.of_type("SPEC")
    assert spec["connectionSpecification"] == form["connectionSpecification"]
    assert output.exit_code == 0


@pytest.mark.parametrize("mount", ["ro", "rw"])
def test_check_succeeds_with_a_good_login_however_its_files_are_mounted(container, mount):
    container.mount = mount

    output = container.run("check")

    assert output.connection_status["status"] == "SUCCEEDED"
    assert output.exit_code == 0


def test_check_says_that_a_wrong_token_is_not_accepted(container, config):
    config["credentials"]["access_token"] = "pina_wrong_token"

    output = container.run("check")

    assert output.connection_status["status"] == "FAILED"
    assert "does not accept the access token" in output.connection_status["message"]
    assert "pina_wrong_token" not in "".join(output.lines)
    assert output.exit_code == 0


def test_check_without_a_network_says_that_pinterest_gave_no_answer(container, config):
    del config["base_url"]  # production, which cannot be reached from a container without network
    container.options = {"network_mode": "none"}

    output = container.run("check")

    assert output.connection_status["status"] == "FAILED"
    assert "no usable answer for /user_account" in output.connection_status["message"]
    assert output.exit_code == 0


def test_discover_finds_the_same_streams_as_the_code_here(container):
    output = container.run("discover")

    assert output.catalog == Connector({}).discover().catalog
    assert [stream["name"] for stream in documented(output.catalog)] == list(KEYS)
    assert output.exit_code == 0


# --- read ---


@pytest.fixture(scope="session")
def first_sync(image, tmp_path_factory, server, catalog) -> Output:
    folder = tmp_path_factory.mktemp("first_sync")
    return Container(image, folder, config_for(server)).run("read", catalog=catalog)


def test_a_read_has_every_row_of_all_streams_once(first_sync, world):
    assert first_sync.exit_code == 0
    assert first_sync.statuses == dict.fromkeys(KEYS, "COMPLETE")
    assert_same(first_sync, world, KEYS, **WINDOW)


def test_with_its_state_the_daily_reports_read_the_lookback_and_the_totals_the_whole_window(
    container, catalog, first_sync, world
):
    output = container.run("read", catalog=catalog, state=first_sync.last_states)

    assert output.exit_code == 0
    # 30 days of lookback, and the days that were not final: Pinterest's data_status says so
    first = {"ad_analytics_daily": day(30), "user_account_analytics": day(32)}
    first["pin_analytics"] = day(33)
    for stream in KEYS:
        start = first.get(stream, WINDOW["start"])
        assert_same(output, world, [stream], **WINDOW | {"start": start})


def test_a_read_works_with_a_read_only_root_and_nothing_writable_but_tmp(container, catalog, world):
    container.options = {"read_only": True, "tmpfs": {"/tmp": ""}, "cap_drop": ["ALL"]}  # noqa: S108

    output = container.run("read", catalog=catalog)

    assert output.exit_code == 0
    assert_same(output, world, KEYS, **WINDOW)


@pytest.mark.parametrize(
    ("files", "fact"),
    [
        ({"catalog": "{"}, "The configured catalog"),
        ({"catalog": {"streams": []}, "state": "[1"}, "The state"),
        ({"catalog": {"streams": []}, "config": "no JSON"}, "The configuration"),
    ],
)
def test_whatever_is_wrong_with_its_files_stdout_carries_messages_only(container, files, fact):
    container.config = files.get("config", container.config)

    output = container.run("read", **{k: v for k, v in files.items() if k != "config"})

    assert output.exit_code == 1
    assert [error["failure_type"] for error in output.errors] == ["config_error"]
    assert fact in output.errors[0]["message"]


# --- What a container must survive ---


def until(states: int, pieces: Iterable[bytes]) -> bytes:
    """The output until so many states have come."""
    read = b""
    for piece in pieces:
        read += piece
        if read.count(b'"type":"STATE"') >= states:
            return read
    raise AssertionError("the read ended before it was stopped")


@pytest.mark.parametrize("signal", ["SIGKILL", "SIGTERM"])
def test_what_a_stopped_read_has_not_delivered_the_next_one_does(signal, container, catalog, world):
    with FakePinterest(world, today=TODAY) as pinterest:
        container.config = config_for(pinterest)
        with (
            pinterest.going_silent(after=20),
            container.started("read", catalog=catalog) as running,
        ):
            printed = until(4, running.output)
            printed += running.stop(signal)
            status = running.container.wait(timeout=60)["StatusCode"]
        *whole, rest = printed.decode().split("\n")
        cut_off = Output(whole, status)

        resumed = container.run("read", catalog=catalog, state=cut_off.last_states)

    assert status == {"SIGKILL": 137, "SIGTERM": 143}[signal]
    assert signal == "SIGKILL" or not rest, "SIGTERM cuts no message off"
    assert resumed.exit_code == 0
    assert len(resumed.records("ad_analytics_daily")) > 0
    for stream, key in KEYS.items():
        table = {
            tuple(record[name] for name in key): record
            for record in cut_off.records(stream) + resumed.records(stream)
        }
        comparison = compare(rows(world, stream, **WINDOW), table.values(), key)
        assert comparison.same, f"{stream}: {comparison}"


def test_a_reader_that_goes_away_does_not_keep_a_read_alive(container, catalog):
    container.options = {"entrypoint": ["sh", "-c"]}
    read = "source-pinterest read --config /config/config.json --catalog /config/catalog.json"

    output = container.run(
        f'{{ {read}; echo "status $?" >/tmp/status; }} | head -n 3; cat /tmp/status',
        catalog=catalog,
    )

    *messages, status = output.lines
    assert all(json.loads(message) for message in messages)
    assert status == "status 1"


def test_a_large_account_with_all_columns_fits_into_512_megabytes(container, catalog):
    world = World(
        epoch=TODAY,
        ad_accounts=1,
        campaigns=25,
        ad_groups=10,
        ads=10,
        pins=300,
        different_ads=10,  # which are computed sooner than read
    )
    # those of the largest answers; lists, Pins and ads reports are read side by side
    wanted = {"ads", "ad_analytics_daily", "pin_analytics", "campaign_targeting_analytics"}
    streams = [each for each in catalog["streams"] if each["stream"]["name"] in wanted]
    container.options = {"mem_limit": "512m", "memswap_limit": "512m"}
    record = b'"type":"RECORD"'
    records, rest = 0, b""

    with FakePinterest(world, today=TODAY) as pinterest:
        container.config = config_for(pinterest)
        with container.started("read", catalog={"streams": streams}) as running:
            for piece in running.output:
                rest += piece
                records += rest.count(record)
                rest = rest[1 - len(record) :]
            status = running.container.wait(timeout=60)["StatusCode"]

    assert status == 0
    assert records > 150_000
