"""`make demo`: servers, data, web, worker and beat under one supervisor, until Ctrl-C.

1. take var/ and the port; 2. start PostgreSQL and Redis, or look whether the given ones answer;
3. bring the data up to date; 4. start web, worker and beat; 5. when web answers, print address and accounts;
6. watch. Whatever ends it, everything that was started is stopped, and what `kill -9` prevents us from
stopping the kernel stops (see processes.tied).
"""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import kombu
import kombu.exceptions
import psycopg

from wastetransfer.embedded.console import say
from wastetransfer.embedded.errors import EmbeddedError
from wastetransfer.embedded.ground import Ground
from wastetransfer.embedded.postgres import Postgres
from wastetransfer.embedded.processes import stop, tied
from wastetransfer.embedded.redis import Redis
from wastetransfer.embedded.supervisor import Errand, Service, Stopping, Supervisor

BASE = Path(__file__).resolve().parent.parent.parent
DATABASE = "wastetransfer"
READY_WITHIN = 90.0
# The server takes 100; two web processes and two worker processes with a pool of 8 each stay far below.
POOL = "8"


class Demo:
    """One run of the demo in one checkout."""

    def __init__(self, base: Path, environment: dict[str, str]) -> None:
        """`environment` may name DATABASE_URL, REDIS_URL, SECRET_KEY, VAR_DIR, PORT and HOST."""
        self.base = base
        self.environment = {**environment, "DJANGO_SETTINGS_MODULE": "wastetransfer.settings.development"}
        self.environment["PYTHONUNBUFFERED"] = "1"
        self.ground = Ground(Path(environment.get("VAR_DIR") or base / "var").absolute())
        self.supervisor = Supervisor()
        self.sockets: Path | None = None

    def run(self) -> int:
        """Everything, until a signal (0) or a failure that has been said (1)."""
        self.supervisor.listen()
        try:
            self._run()
        except Stopping:
            say("\n· 正在停止 ……")
            self._stop()
            say("· 已停止；数据保留在 var/，下次 make demo 继续使用。")
            return 0
        except EmbeddedError as error:
            self._stop()
            say(f"✗ {error}", is_failure=True)
            return 1
        except OSError as error:
            self._stop()
            say(f"✗ {error.filename or self.ground.var} 不可用：{error.strerror}。", is_failure=True)
            return 1
        return 0

    def _run(self) -> None:
        started = time.monotonic()
        self.ground.take()
        host = self.environment.get("HOST") or "127.0.0.1"
        port = self.ground.reserve_port(host, self.environment.get("PORT") or "8000")
        self.environment["SECRET_KEY"] = self.environment.get("SECRET_KEY") or self.ground.secret_key()
        self.environment.setdefault("DATABASE_POOL", POOL)
        # Printed as QR code on every paper.
        self.environment.setdefault("SITE_URL", f"http://{_reachable(host)}:{port}")
        self._database()
        self._queue()
        self._prepare()
        self._services(host, port)
        self._wait_for_web(host, port)
        self._welcome(host, port, time.monotonic() - started)
        self._fonts()
        self.supervisor.watch()

    def _database(self) -> None:
        if url := self.environment.get("DATABASE_URL"):
            say("· 使用 DATABASE_URL 指定的 PostgreSQL")
            try:
                psycopg.connect(url, connect_timeout=10).close()
            except psycopg.Error as error:
                message = f"无法连接 DATABASE_URL 指定的数据库：{_first_line(error)}"
                raise EmbeddedError(message) from error
            return
        say("· 启动 PostgreSQL ……")
        self.sockets = self.sockets or self.ground.sockets()
        log = self.ground.logs / "postgres.log"
        server = Postgres(folder=self.ground.var / "postgres", sockets=self.sockets, log=log)
        self.supervisor.add(server)
        server.ensure_database(DATABASE)
        self.environment["DATABASE_URL"] = server.url(DATABASE)

    def _queue(self) -> None:
        if url := self.environment.get("REDIS_URL"):
            say("· 使用 REDIS_URL 指定的消息队列")
            try:
                with kombu.Connection(url, connect_timeout=5) as connection:
                    connection.ensure_connection(max_retries=1, interval_start=1)
            except (OSError, kombu.exceptions.KombuError, KeyError, ValueError) as error:
                message = f"无法连接 REDIS_URL 指定的消息队列：{_first_line(error)}"
                raise EmbeddedError(message) from error
            return
        say("· 启动 Redis ……")
        self.sockets = self.sockets or self.ground.sockets()
        server = Redis(sockets=self.sockets, log=self.ground.logs / "redis.log")
        self.supervisor.add(server)
        self.environment["REDIS_URL"] = server.url

    def _prepare(self) -> None:
        log = self.ground.logs / "prepare.log"
        words = ["-m", "wastetransfer.embedded.prepare", str(log), str(self._accounts)]
        command = [*tied("TERM"), sys.executable, *words]
        child = subprocess.Popen(command, cwd=self.base, env=self.environment, start_new_session=True)
        try:
            code = child.wait()
        finally:
            stop(child, signal.SIGTERM, seconds=10)
        if code:
            message = f"数据准备没有完成（代码 {code}），演示未启动。日志见 {log}。"
            raise EmbeddedError(message)

    @property
    def _accounts(self) -> Path:
        return self.ground.run / "accounts.txt"

    def _services(self, host: str, port: int) -> None:
        say("· 启动网页、后台任务和定时任务 ……")
        python = [sys.executable, "-m"]
        workers = ["--workers", "2", "--threads", "4", "--graceful-timeout", "5", "--no-control-socket"]
        address = f"{host}:{port}"
        celery = [*python, "celery", "--app", "wastetransfer"]
        alone = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        schedule = str(self.ground.var / "celerybeat-schedule")
        commands = {
            "web": [*python, "gunicorn", "wastetransfer.wsgi:application", "--bind", address, *workers],
            "worker": [*celery, "worker", "--loglevel", "INFO", "--concurrency", "2", *alone],
            "beat": [*celery, "beat", "--loglevel", "INFO", "--pidfile", "", "--schedule", schedule],
        }
        for name, command in commands.items():
            log = self.ground.logs / f"{name}.log"
            self.supervisor.add(Service(name, command, environment=self.environment, log=log, folder=self.base))

    def _wait_for_web(self, host: str, port: int) -> None:
        give_up = time.monotonic() + READY_WITHIN
        while not _answers(f"http://{_reachable(host)}:{port}/health/live"):
            self.supervisor.look_after()
            if time.monotonic() > give_up:
                message = f"网页在 {READY_WITHIN:.0f} 秒内没有就绪。日志见 {self.ground.logs / 'web.log'}。"
                raise EmbeddedError(message)
            time.sleep(0.2)

    def _welcome(self, host: str, port: int, seconds: float) -> None:
        accounts = self._accounts.read_text(encoding="utf-8").rstrip()
        say(f"\n✓ 已就绪（{seconds:.1f} 秒）：http://{_reachable(host)}:{port}/\n")
        if accounts:
            say(f"{accounts}\n")
        say(f"  日志在 {self.ground.logs}；按 Ctrl-C 停止，make reset 清空数据。")

    def _fonts(self) -> None:
        """Fetched when the first page stands: 69 MB that only PDFs need. Until then papers are read as pages."""
        if (self.base / "var" / "fonts" / ".installed").is_file():
            return
        say("· 正在后台下载文书字体（约 69 MB）：完成之前文书先在网页上看，PDF 随后自动补排。")
        command = [sys.executable, str(self.base / "wastetransfer" / "bootstrap.py"), "fonts"]
        log = self.ground.logs / "fonts.log"
        self.supervisor.add(Errand("fonts", command, environment=self.environment, log=log, folder=self.base))

    def _stop(self) -> None:
        self.supervisor.stop()
        self.ground.leave(self.sockets)


def _reachable(host: str) -> str:
    return "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - compares, binds nothing


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)  # noqa: PLR2004 - OK
    except (OSError, urllib.error.URLError):
        return False


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


if __name__ == "__main__":
    sys.exit(Demo(BASE, dict(os.environ)).run())
