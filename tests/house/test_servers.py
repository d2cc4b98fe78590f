"""The tests' own servers: they go with the run, however it ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.processes import BASE, belonging_to, clean_environment, wait_for

pytestmark = pytest.mark.processes
ONE_TEST = """
import os, time
from django.conf import settings

def test_wait():
    print("SERVERS", settings.DATABASES["default"]["HOST"], flush=True)
    time.sleep({seconds})
"""


def started(folder: Path, seconds: int) -> tuple[subprocess.Popen[str], Path]:
    """A pytest run of one test that lasts `seconds`, and the folder of its servers."""
    test = folder / "test_wait.py"
    test.write_text(ONE_TEST.format(seconds=seconds), encoding="utf-8")
    words = ["-m", "pytest", "-s", "-q", "-p", "no:cacheprovider", "-c", str(BASE / "pyproject.toml"), str(test)]
    process = subprocess.Popen(
        [sys.executable, *words], cwd=BASE, env=clean_environment(), stdout=subprocess.PIPE, text=True
    )
    line = ""
    while "SERVERS" not in line:
        line = process.stdout.readline()
        assert line, "the run ended before its test began"
    return process, Path(line.split("SERVERS")[1].strip())


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_is_ended_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    process, servers = started(tmp_path, 120)
    assert (servers / "redis.sock").is_socket()
    assert belonging_to(servers)
    process.send_signal(number)
    process.communicate(timeout=60)
    wait_for(lambda: not servers.exists() and not belonging_to(servers), seconds=30, what=f"{servers} left")


def test_a_run_that_finishes_leaves_nothing(tmp_path: Path) -> None:
    process, servers = started(tmp_path, 0)
    output, _ = process.communicate(timeout=60)
    assert (process.returncode, "1 passed" in output) == (0, True)
    assert not servers.exists()


def test_this_very_run_uses_its_own_servers() -> None:
    assert "host=" in os.environ["TEST_DATABASE_URL"]
    assert os.environ["TEST_REDIS_URL"].startswith("redis+socket://")


def test_what_starts_processes_stays_on_one_worker(request: pytest.FixtureRequest) -> None:
    """A release of pytest once made xdist forget its groups without a word: two plants then starve each other."""
    is_grouped = request.config.getoption("loadgroup", default=False)
    assert request.node.nodeid.endswith("@processes") is is_grouped
