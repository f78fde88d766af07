"""Dagster's command line, for many commands: each has a process of its own, forked from this one, which has imported
Dagster and done nothing else, since the import takes longer than most commands. Runs in the environment of script/dagster.

    python server.py SOCKET

`client.py` sends commands to the socket, and says of what one consists.
"""

from __future__ import annotations

import gc
import json
import os
import socket
import sys
from importlib import import_module


def answer(asked: socket.socket) -> None:
    """Becomes a command. Its exit code is the answer."""
    _, descriptors, _, _ = socket.recv_fds(asked, 1, 3)
    with asked.makefile() as lines:
        command = json.loads(lines.readline())
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.chdir(command["folder"])
    os.environ.clear()
    os.environ.update(command["environment"])
    sys.argv = ["dagster", *command["arguments"]]
    from dagster._cli import main

    try:
        main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    sys.stdout.flush()
    sys.stderr.flush()
    asked.sendall(str(code).encode())


def serve(path: str) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()
        print("listening", flush=True)  # noqa: T201  to the test, which waits for it
        import_what_commands_do()
        while True:
            asked, _ = listening.accept()
            with asked:
                if not os.fork():
                    try:
                        listening.close()
                        answer(asked)
                    finally:
                        os._exit(1)
            reap()


def import_what_commands_do() -> None:
    for module in (
        "dagster._cli",
        "dagster._core.executor.in_process",
        "dagster._core.storage.local_compute_log_manager",
        "dagster._core.storage.sqlite_storage",
        "upath",
    ):
        import_module(module)
    gc.freeze()  # it is no garbage: no process looks through it


def reap() -> None:
    """Of the commands that have ended."""
    while True:
        try:
            ended, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not ended:
            return


if __name__ == "__main__":
    serve(sys.argv[1])
