"""`dagster`, for a test: a command is sent to `server.py`, whose socket and executable the environment names.

The marts are built by Dagster's own executable, as whoever follows the docs builds them.
"""

import json
import os
import socket
import sys

if "build_marts" in sys.argv:
    dagster = os.environ["DAGSTER_EXECUTABLE"]
    os.execv(dagster, [dagster, *sys.argv[1:]])  # noqa: S606
with socket.socket(socket.AF_UNIX) as server:
    server.connect(os.environ["DAGSTER_SERVER"])
    command = {
        "arguments": sys.argv[1:],
        "folder": os.getcwd(),  # noqa: PTH109  pathlib takes longer to import than this takes
        "environment": dict(os.environ),
    }
    socket.send_fds(server, [b"\n"], [0, 1, 2])
    server.sendall(json.dumps(command).encode() + b"\n")
    answer = server.recv(10)
sys.exit(int(answer or 1))  # no answer: the process has died
