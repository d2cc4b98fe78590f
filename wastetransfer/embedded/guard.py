"""Runs a throw-away PostgreSQL and Redis for as long as its standard input stays open.

The tests start it with a pipe. However they end, even by `kill -9`, the kernel closes the pipe; then the
servers stop and their folder goes. A clean-up inside the tests could not promise that.
"""

import json
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from wastetransfer.embedded.errors import EmbeddedError
from wastetransfer.embedded.postgres import Postgres
from wastetransfer.embedded.processes import give_to_server
from wastetransfer.embedded.redis import Redis

# Nothing of a test has to survive a power cut.
CARELESS = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "max_connections": "200"}
# Nor may what one test left open keep the next one waiting for ever.
BOUNDED = {"lock_timeout": "120s", "idle_in_transaction_session_timeout": "300s"}


def main() -> int:
    """Start both servers, print their addresses as one line of JSON, wait for the pipe to close, clean up."""
    # The terminal's Ctrl-C is for pytest; it closes the pipe once it has finished its own clean-up.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: os.close(sys.stdin.fileno()))
    folder = Path(tempfile.mkdtemp(prefix="wt-"))
    give_to_server(folder)
    database = Postgres(folder=folder / "pg", sockets=folder, log=folder / "pg.log", options=CARELESS | BOUNDED)
    queue = Redis(sockets=folder, log=folder / "redis.log")
    try:
        database.start()
        queue.start()
        print(json.dumps({"database": database.url("wastetransfer"), "redis": queue.url}), flush=True)
        _wait_for_the_end()
    except EmbeddedError as error:
        print(json.dumps({"error": str(error)}), flush=True)
        return 1
    finally:
        queue.stop()
        database.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def _wait_for_the_end() -> None:
    try:
        while os.read(0, 1024):
            pass
    except OSError:
        return


if __name__ == "__main__":
    sys.exit(main())
