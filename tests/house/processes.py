"""Looks at the machine's processes, for tests that promise to leave none behind."""

import http.client
import os
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent.parent


def wait_for(condition: Callable[[], bool], *, seconds: float, what: str) -> None:
    give_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up, f"not within {seconds} s: {what}"
        time.sleep(0.1)


def belonging_to(var: Path) -> list[str]:
    """Every living process that was started for `var`, or works in it (PostgreSQL overwrites its environment)."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            names_it = f"VAR_DIR={var}".encode() in (entry / "environ").read_bytes().split(b"\0")
            works_in_it = str((entry / "cwd").readlink()).startswith(str(var))
            zombie = (entry / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
            words = (entry / "cmdline").read_bytes().replace(bytes(1), b" ").decode(errors="replace")
        except OSError:  # it ended while it was looked at, or is nobody's to look at
            continue
        if (names_it or works_in_it) and not zombie:
            found.append(f"{entry.name} {words[:120]}")
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def status_of(port: int, path: str = "/health/live") -> int | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()


def clean_environment(**extra: str) -> dict[str, str]:
    """Only what a fresh login has, so that nothing of the test run leaks into what is tested."""
    kept = ("PATH", "HOME", "LANG", "TMPDIR")
    return {name: os.environ[name] for name in kept if name in os.environ} | extra


def finished(command: list[str], *, seconds: float, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=BASE,
        env=clean_environment(**environment),
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
        stdin=subprocess.DEVNULL,
    )
