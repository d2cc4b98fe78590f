"""`make demo`: one start after another on one var/, each ended in another way; and every refusal a sentence."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psycopg
import pytest

from tests.house.processes import BASE, belonging_to, clean_environment, finished, free_port, status_of, wait_for

pytestmark = pytest.mark.processes
READY = "✓ 已就绪"
STEP_AFTER_TABLES = "[2/"
COMMAND = [sys.executable, "-m", "wastetransfer.embedded.demo"]
# Bounds for a machine that runs other tests beside; the promises (180 s, 10 s) are measured on an idle one.
COLD, WARM, MIGRATED = 240, 90, 180


class Run:
    """A demo on a folder and a port of its own, what it prints in a file."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.port = free_port()
        self.output = var.parent / "output.txt"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *, seconds: float, until: str = READY, command: Sequence[str] = COMMAND, **given: str) -> float:
        """Seconds until it said `until`: by default, that the page answers."""
        started = time.monotonic()
        environment = clean_environment(VAR_DIR=str(self.var), PORT=str(self.port), DEMO_LEAVE_OUT="load_demo", **given)
        with self.output.open("wb") as file:
            self.process = subprocess.Popen(command, cwd=BASE, env=environment, stdout=file, stderr=file)
        wait_for(lambda: until in self.said() or self.process.poll() is not None, seconds=seconds, what=until)
        assert self.process.poll() is None, self.said()
        return time.monotonic() - started

    def said(self) -> str:
        return self.output.read_text(encoding="utf-8")

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    one = Run(tmp_path / "var")
    yield one
    if one.process is not None and one.process.poll() is None:
        one.end(signal.SIGTERM)
    wait_for(lambda: not belonging_to(one.var), seconds=30, what=f"left behind: {belonging_to(one.var)}")


def refused(var: Path, **environment: str) -> str:
    done = finished(COMMAND, seconds=60, VAR_DIR=str(var), **{"PORT": str(free_port()), **environment})
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    sentence = done.stderr.strip().splitlines()[-1]
    assert sentence.startswith("✗ ")
    assert belonging_to(var) == []
    return sentence


def pid_of(var: Path, words: str) -> int:
    return next(int(line.split()[0]) for line in belonging_to(var) if words in line)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that a first start has filled and left; the slowest part, done once."""
    one = Run(tmp_path_factory.mktemp("filled") / "var")
    try:
        one.start(seconds=COLD)
    finally:
        code = one.end(signal.SIGTERM)
    assert code == 0
    return one.var


def test_every_way_to_end_it_leaves_no_process_and_the_next_start_recovers(run: Run, filled: Path) -> None:
    subprocess.run(["cp", "-a", str(filled), str(run.var)], check=True)
    run.start(seconds=WARM)
    assert status_of(run.port) == 200
    again = finished(COMMAND, seconds=30, VAR_DIR=str(run.var), PORT=str(free_port()))
    assert (again.returncode, "已在运行" in again.stderr) == (1, True)
    reset = finished([sys.executable, "wastetransfer/reset.py"], seconds=30, VAR_DIR=str(run.var))
    assert (reset.returncode, "正在运行" in reset.stderr) == (1, True)
    assert run.end(signal.SIGINT) == 0
    assert belonging_to(run.var) == []

    warm = run.start(seconds=WARM)
    (key := run.var / "secret_key").read_text(encoding="utf-8")
    run.end(signal.SIGKILL)
    wait_for(lambda: not belonging_to(run.var), seconds=30, what="children of a killed supervisor")

    before = key.read_text(encoding="utf-8")
    run.start(seconds=WARM)
    assert (status_of(run.port), key.read_text(encoding="utf-8")) == (200, before)
    assert run.end(signal.SIGTERM) == 0
    assert belonging_to(run.var) == []
    # The promise is 10 s on a machine with nothing else to do; this one may run other tests beside.
    assert warm < 30

    reset = finished([sys.executable, "wastetransfer/reset.py"], seconds=30, VAR_DIR=str(run.var))
    assert reset.returncode == 0, reset.stderr
    assert {entry.name for entry in run.var.iterdir()} <= {".lock", "vendor"}


def test_a_child_that_dies_is_named_and_started_again(run: Run, filled: Path) -> None:
    subprocess.run(["cp", "-a", str(filled), str(run.var)], check=True)
    run.start(seconds=WARM)
    for words, name in (("gunicorn", "web"), ("bin/postgres -D", "postgres")):
        os.kill(pid_of(run.var, words), signal.SIGKILL)
        wait_for(lambda name=name: f"! {name} 意外退出" in run.said(), seconds=20, what=f"{name} dead, said")
        wait_for(lambda: status_of(run.port) == 200, seconds=40, what="answers again")
    assert run.end(signal.SIGINT) == 0


def test_a_killed_make_takes_the_demo_with_it(run: Run) -> None:
    make = ["make", "--no-print-directory", "-o", "bootstrap-demo", "demo", f"PORT={run.port}"]
    run.start(seconds=MIGRATED, until=STEP_AFTER_TABLES, command=make)
    assert any("embedded.demo" in line for line in belonging_to(run.var))
    run.end(signal.SIGKILL)
    wait_for(lambda: not belonging_to(run.var), seconds=30, what="children of a killed make")


def test_killed_right_away_starts_again(run: Run) -> None:
    """A supervisor killed while it still makes its database leaves nothing that the next start stumbles over."""
    environment = clean_environment(VAR_DIR=str(run.var), PORT=str(run.port), DEMO_LEAVE_OUT="load_demo")
    for pause in (0.6, 1.2, 2.5):
        with subprocess.Popen(COMMAND, cwd=BASE, env=environment, stdout=subprocess.DEVNULL) as process:
            time.sleep(pause)
            process.kill()
    run.start(seconds=MIGRATED, until=STEP_AFTER_TABLES)
    assert run.end(signal.SIGTERM) == 0


def test_a_taken_port_is_a_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert f"127.0.0.1:{port} 不可用" in refused(tmp_path / "var", PORT=port)


@pytest.mark.parametrize("port", ["0", "65536", "eight", "-1"])
def test_a_port_that_is_none_is_a_sentence(tmp_path: Path, port: str) -> None:
    assert "PORT 应为 1 到 65535" in refused(tmp_path / "var", PORT=port)


def test_var_that_is_a_file_is_a_sentence(tmp_path: Path) -> None:
    var = tmp_path / "var"
    var.write_text("mine")
    assert "应为目录" in refused(var)
    assert var.read_text() == "mine"


def test_var_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    var = tmp_path / "var"
    var.mkdir()
    (var / "log").write_text("a file where a folder belongs")
    assert "不可用" in refused(var)


def test_a_damaged_cluster_is_a_sentence(tmp_path: Path) -> None:
    var = tmp_path / "var"
    cluster = var / "postgres"
    cluster.mkdir(parents=True)
    (cluster / "base").mkdir()
    assert "已损坏" in refused(var)
    (cluster / "PG_VERSION").write_text("18\n")
    sentence = refused(var)
    assert "PostgreSQL 无法启动" in sentence
    assert "make reset" in sentence


def test_servers_that_do_not_answer_are_a_sentence(tmp_path: Path) -> None:
    nowhere = "postgresql://someone@127.0.0.1:1/none"
    assert "无法连接 DATABASE_URL" in refused(tmp_path / "var", DATABASE_URL=nowhere)
    assert "无法连接 REDIS_URL" in refused(tmp_path / "var", REDIS_URL="redis://127.0.0.1:1/0")


def test_given_servers_are_used_instead_of_embedded_ones(run: Run) -> None:
    """DATABASE_URL and REDIS_URL: this run's own test servers play the person's."""
    with psycopg.connect(
        os.environ["TEST_DATABASE_URL"].replace("/wastetransfer?", "/postgres?"), autocommit=True
    ) as own:
        own.execute("DROP DATABASE IF EXISTS given")
        own.execute("CREATE DATABASE given")
    given = os.environ["TEST_DATABASE_URL"].replace("/wastetransfer?", "/given?")
    servers = {"DATABASE_URL": given, "REDIS_URL": os.environ["TEST_REDIS_URL"]}
    run.start(seconds=MIGRATED, until=STEP_AFTER_TABLES, **servers)
    assert not (run.var / "postgres").exists()
    with psycopg.connect(given) as own:
        assert own.execute("SELECT count(*) FROM django_migrations").fetchone()[0] > 0
    assert run.end(signal.SIGINT) == 0
