"""pytest plugin: one PostgreSQL and one Redis for the whole run, started before Django reads its settings."""

import json
import os
import subprocess
import sys
from collections.abc import Generator

import pytest

WITHOUT_SERVERS = frozenset({"--collect-only", "--co", "--pure", "--help", "-h", "--version", "--fixtures"})

_guard: "subprocess.Popen[str] | None" = None


def _start() -> None:
    global _guard  # noqa: PLW0603 - one pair of servers per process, ended by pytest_unconfigure
    _guard = subprocess.Popen(
        [sys.executable, "-m", "wastetransfer.embedded.guard"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert _guard.stdout is not None  # noqa: S101 - for the type checker
    answer = json.loads(_guard.stdout.readline() or '{"error": "测试服务器没有启动。"}')
    if "error" in answer:
        _stop()
        pytest.exit(answer["error"], returncode=1)
    # Worker processes of xdist inherit these and start nothing.
    os.environ["TEST_DATABASE_URL"] = answer["database"]
    os.environ["TEST_REDIS_URL"] = answer["redis"]
    os.environ["TEST_SERVERS_OF"] = str(os.getpid())


def _stop() -> None:
    global _guard  # noqa: PLW0603 - see _start
    if _guard is not None:
        _guard.communicate(timeout=60)
        _guard = None


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(args: list[str]) -> Generator[None]:
    """Start the servers ahead of pytest-django, which reads the settings in this very hook."""
    if "PYTEST_XDIST_WORKER" not in os.environ and not WITHOUT_SERVERS & set(args):
        _start()
    return (yield)


def pytest_unconfigure() -> None:
    """Close the pipe: the servers stop and their folder goes."""
    _stop()
