"""`make bench`: own servers, a database copied from a kept template, the figures, one table; then everything stops.

1. take var/bench; 2. start PostgreSQL and Redis; 3. build the template of these migrations and this generator, when
there is none; 4. copy it; 5. start the site as the demo runs it, and the bare view beside it; 6. measure.
"""

import fcntl
import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

import psycopg
from psycopg import sql

from benchmarks.options import Options, read_options
from wastetransfer.embedded.console import say
from wastetransfer.embedded.errors import EmbeddedError
from wastetransfer.embedded.ground import Ground
from wastetransfer.embedded.postgres import Postgres
from wastetransfer.embedded.processes import stop, tied
from wastetransfer.embedded.redis import Redis
from wastetransfer.embedded.supervisor import Service, Stopping, Supervisor

BASE = Path(__file__).resolve().parent.parent
VAR = BASE / "var" / "bench"
RUN = "bench_run"
FRESH = "bench_new"
# As `make demo` and docker-compose.yml start it.
WORKERS = ("--workers", "2", "--threads", "4", "--graceful-timeout", "5", "--no-control-socket")
POOL = "8"
# What the data depend on; a change of these builds the template anew.
SOURCES = (
    "apps/*/migrations/*.py",
    "fixtures/**/*.csv",
    "benchmarks/world.py",
    "benchmarks/copying.py",
    "benchmarks/moulds.py",
)
READY_WITHIN = 60.0


class Bench:
    """One run."""

    def __init__(self, options: Options) -> None:
        """Nothing runs yet."""
        self.options = options
        self.ground = Ground(VAR)
        self.supervisor = Supervisor()
        self.sockets: Path | None = None
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
            "DATABASE_POOL": POOL,
            "DEBUG": "0",
            "VAR_DIR": str(VAR),
            "PYTHONUNBUFFERED": "1",
        }

    def run(self) -> int:
        """0: measured; 1: said what failed; 130: stopped by somebody."""
        self.supervisor.listen()
        try:
            return self._run()
        except Stopping:
            say("\n· 正在停止 ……")
            return 130
        except (EmbeddedError, psycopg.Error) as error:
            say(f"✗ {str(error).strip()}", is_failure=True)
            return 1
        except OSError as error:
            say(f"✗ {error.filename or VAR} 不可用：{error.strerror}。", is_failure=True)
            return 1
        finally:
            self.supervisor.stop()
            self.ground.leave(self.sockets)

    def _run(self) -> int:
        VAR.mkdir(parents=True, exist_ok=True)
        with (VAR / ".run").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise EmbeddedError("另一个 make bench 正在运行：请等它结束。") from error
            self.ground.take()
            return self._measured()

    def _measured(self) -> int:
        self.environment["SECRET_KEY"] = self.ground.secret_key()
        server = self._servers()
        template = self._template(server)
        say("· 复制数据 ……")
        _ask(server, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(RUN)))
        _ask(server, _copy(RUN, template))
        self.environment["DATABASE_URL"] = server.url(RUN)
        try:
            site = self._serve("site", "wastetransfer.settings.development")
            bare = self._serve("bare", "benchmarks.bare_settings")
            report = VAR / "last.txt"
            words = [f"--site={site}", f"--bare={bare}", f"--sockets={self.sockets}", f"--report={report}"]
            return self._django("bench_measure", *words, f"--server=gunicorn {' '.join(WORKERS[:4])}，连接池 {POOL}")
        finally:
            _ask(server, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(RUN)))

    def _servers(self) -> Postgres:
        say("· 启动 PostgreSQL 和 Redis ……")
        self.sockets = self.ground.sockets()
        log = self.ground.logs / "postgres.log"
        # Beside the servers' pools there are 64 who file at once; nothing else differs from the defaults.
        server = Postgres(folder=VAR / "postgres", sockets=self.sockets, log=log, options={"max_connections": "200"})
        self.supervisor.add(server)
        queue = Redis(sockets=self.sockets, log=self.ground.logs / "redis.log")
        self.supervisor.add(queue)
        self.environment["REDIS_URL"] = queue.url
        return server

    def _template(self, server: Postgres) -> str:
        """The database to copy; built under another name, so that half of one is never taken for it."""
        stem = f"bench_{self.options.rows}_{self.options.drafts}_"
        name = stem + _digest()
        present = _databases(server)
        if name in present:
            return name
        for old in present:
            if old.startswith(stem) or old == FRESH:
                _ask(server, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(old)))
        say(f"· 建立数据：{self.options.rows} 件申请、{self.options.drafts} 件草稿（只在首次或者数据结构改变后）……")
        started = time.monotonic()
        server.ensure_database(FRESH)
        self.environment["DATABASE_URL"] = server.url(FRESH)
        sizes = (f"--rows={self.options.rows}", f"--drafts={self.options.drafts}")
        for words in (("migrate", "--verbosity=0", "--no-input"), ("bench_build", *sizes)):
            if code := self._django(*words):
                raise EmbeddedError(f"{words[0]} 没有完成（代码 {code}）。")
        _ask(server, sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(FRESH), sql.Identifier(name)))
        say(f"· 数据已建立（{time.monotonic() - started:.0f} 秒），保留供以后使用。")
        return name

    def _django(self, *words: str) -> int:
        command = [*tied("TERM"), sys.executable, "-m", "django", *words]
        child = subprocess.Popen(command, cwd=BASE, env=self.environment, start_new_session=True)
        try:
            return child.wait()
        finally:
            stop(child, signal.SIGTERM, seconds=10)

    def _serve(self, name: str, settings: str) -> int:
        port = _free_port()
        command = [sys.executable, "-m", "gunicorn", "wastetransfer.wsgi:application", "--bind", f"127.0.0.1:{port}"]
        environment = {**self.environment, "DJANGO_SETTINGS_MODULE": settings}
        log = self.ground.logs / f"{name}.log"
        self.supervisor.add(Service(name, [*command, *WORKERS], environment=environment, log=log, folder=BASE))
        give_up = time.monotonic() + READY_WITHIN
        while not _answers(port):
            self.supervisor.look_after()
            if time.monotonic() > give_up:
                raise EmbeddedError(f"{name} 在 {READY_WITHIN:.0f} 秒内没有就绪。日志见 {log}。")
            time.sleep(0.2)
        return port


def _digest() -> str:
    digest = hashlib.sha256()
    for file in sorted({file for pattern in SOURCES for file in BASE.glob(pattern)}):
        digest.update(file.relative_to(BASE).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]


def _ask(server: Postgres, statement: sql.Composable) -> None:
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(statement)


def _copy(name: str, template: str) -> sql.Composed:
    return sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
        sql.Identifier(name), sql.Identifier(template)
    )


def _databases(server: Postgres) -> Sequence[str]:
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        rows = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'bench%'").fetchall()
    return [row[0] for row in rows]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


if __name__ == "__main__":
    try:
        sys.exit(Bench(read_options(os.environ)).run())
    except EmbeddedError as refused:
        say(f"✗ {refused}", is_failure=True)
        sys.exit(2)
