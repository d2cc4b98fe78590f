"""What a container's health check runs: `python -m wastetransfer.probe web|worker|beat`; 0 when all is well."""

import http.client
import os
import socket
import sys
import time
from pathlib import Path

from kombu.exceptions import KombuError

from wastetransfer.celery import app

TIMEOUT = 8.0
# Beat writes its schedule down every three minutes and at its start.
SCHEDULE_FRESH_FOR = 600.0


def main(arguments: list[str]) -> int:
    """Print one sentence; 0: healthy, 1: not, 2: called wrongly."""
    probes = {"web": web, "worker": worker, "beat": beat}
    if len(arguments) != 1 or arguments[0] not in probes:
        print("usage: python -m wastetransfer.probe web|worker|beat", file=sys.stderr)
        return 2
    healthy, words = probes[arguments[0]]()
    print(words)
    return 0 if healthy else 1


def web() -> tuple[bool, str]:
    """Whether the web server of this container answers; what it needs of others `/health/ready` tells."""
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ.get("PORT", "8000")), timeout=TIMEOUT)
    try:
        # A host that the settings allow: the check must not be turned away as a stranger.
        host = os.environ.get("ALLOWED_HOSTS", "localhost").replace(",", " ").split()[0].lstrip(".*") or "localhost"
        connection.request("GET", "/health/live", headers={"Host": host})
        status = connection.getresponse().status
    except OSError as error:
        return False, f"no answer: {error}"
    finally:
        connection.close()
    return status == http.HTTPStatus.OK, f"answered {status}"


def worker() -> tuple[bool, str]:
    """Whether the worker of this container answers through the queue."""
    name = f"celery@{socket.gethostname()}"
    try:
        answers = app.control.inspect(destination=[name], timeout=TIMEOUT).ping() or {}
    except (OSError, KombuError) as error:
        return False, f"no queue: {error}"
    return name in answers, f"{name} {'answered' if name in answers else 'did not answer'}"


def beat() -> tuple[bool, str]:
    """Whether beat has written its schedule down lately."""
    files = list(Path(os.environ.get("VAR_DIR", "var")).glob("celerybeat-schedule*"))
    if not files:
        return False, "no schedule written yet"
    age = time.time() - max(file.stat().st_mtime for file in files)
    return age < SCHEDULE_FRESH_FOR, f"schedule written {age:.0f} s ago"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
