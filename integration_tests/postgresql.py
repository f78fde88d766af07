"""A PostgreSQL server of a test session: on 127.0.0.1, as a user of its own, its data in a temporary folder.

Needs Debian's package `postgresql` (.ci/postgresql installs it); a server refuses to run as root, so as
root it runs as that package's user.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

USER = "postgres"


SEPARATOR = "\x1f"


@dataclass(frozen=True)
class Postgresql:
    """Where the server is; `environment` is what psql, libpq and dbt read."""

    port: int
    password: str
    programs: Path
    database: str = USER

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.port),
            "PGUSER": USER,
            "PGPASSWORD": self.password,
            "PGDATABASE": self.database,
        }

    @property
    def url(self) -> str:
        return f"postgresql://{USER}:{self.password}@127.0.0.1:{self.port}/{self.database}"

    def run(self, sql: str) -> str:
        """The output of psql, without heads and alignment; an error of the server is one of ours.

        Between two values there is a `SEPARATOR`, which is in no name.
        """
        command = [str(self.programs / "psql"), "--no-psqlrc", "--tuples-only", "--no-align"]
        done = subprocess.run(
            [*command, f"--field-separator={SEPARATOR}", "--set=ON_ERROR_STOP=1", "--file=-"],
            input=sql,
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def programs() -> Path | None:
    """The folder of the newest installed server."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(found, key=lambda path: float(path.parent.name), default=None)


@contextmanager
def postgresql() -> Iterator[Postgresql]:
    """Starts a server, and ends it."""
    folder = programs()
    assert folder, "PostgreSQL is not installed: .ci/postgresql does it"
    identity: dict[str, Any] = {}
    home = Path(tempfile.mkdtemp(prefix="postgresql-"))
    if os.getuid() == 0:
        user = pwd.getpwnam(USER)
        os.chown(home, user.pw_uid, user.pw_gid)
        identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    server = Postgresql(free_port(), secrets.token_hex(16), folder)
    password = home / "password"
    password.write_text(server.password)
    if identity:
        os.chown(password, identity["user"], identity["group"])
    try:
        made = subprocess.run(
            [
                *(str(folder / "initdb"), f"--pgdata={home / 'data'}", f"--username={USER}"),
                # dbt makes hundreds of connections, and for each SCRAM hashes a password 4,096 times
                *("--auth=md5", f"--pwfile={password}", "--encoding=UTF8", "--no-sync"),
                "--locale=C.UTF-8",
            ],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            cwd=home,
            **identity,
        )
        assert made.returncode == 0, made.stderr
        with serving(server, home, identity):
            yield server
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def serving(server: Postgresql, home: Path, identity: dict[str, Any]) -> Iterator[None]:
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": str(server.port),
        "unix_socket_directories": "''",
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "TimeZone": "UTC",
    }
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    control = [str(server.programs / "pg_ctl"), "--pgdata", str(home / "data"), "--wait"]
    log = home / "log"
    started = subprocess.run(
        [*control, "start", "--silent", f"--log={log}", "--options", options],
        stdout=subprocess.DEVNULL,
        timeout=120,
        check=False,
        cwd=home,
        **identity,
    )
    assert started.returncode == 0, log.read_text() if log.exists() else "no log"
    try:
        yield
    finally:
        subprocess.run(
            [*control, "stop", "--silent", "--mode=immediate"],
            stdout=subprocess.DEVNULL,
            timeout=120,
            check=True,
            cwd=home,
            **identity,
        )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
