"""Keeps a handful of children running together, and ends them together."""

import os
import re
import signal
import subprocess
import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from wastetransfer.embedded.console import say
from wastetransfer.embedded.errors import EmbeddedError
from wastetransfer.embedded.processes import stop, tied

STOPPED_WITHIN = 20.0
PAUSE = 0.25
DEATHS_ALLOWED = 3
DEATHS_COUNTED_FOR = 60.0
LOG_KEPT = 5 * 1024 * 1024
# Redis asks for a setting of the kernel that matters only to those who keep its data.
WORTH_SHOWING = re.compile(r"^(?!.*overcommit).*(\b(WARNING|ERROR|CRITICAL|FATAL|PANIC)\b|Traceback|^✗)")


class Stopping(BaseException):
    """Somebody pressed Ctrl-C or sent SIGTERM; not an Exception, so that no `except` on the way swallows it."""


class Child(Protocol):
    """What the supervisor needs of a server or a service."""

    name: str
    log: Path
    child: "subprocess.Popen[bytes] | None"

    def start(self) -> None:
        """Start; raises EmbeddedError when that fails."""

    def stop(self) -> None:
        """Stop and wait; nothing happens when it does not run."""


class Service:
    """A Python service (web, worker, beat) in a session of its own, its output in a log file."""

    def __init__(
        self, name: str, command: Sequence[str], *, environment: Mapping[str, str], log: Path, folder: Path
    ) -> None:
        """`command` starts it in `folder`; `log` takes what it prints."""
        self.name = name
        self.command = list(command)
        self.environment = dict(environment)
        self.log = log
        self.folder = folder
        self.child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; the kernel sends it SIGTERM when this process dies, however."""
        with self.log.open("ab") as log:
            self.child = subprocess.Popen(
                [*tied("TERM"), *self.command],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def stop(self) -> None:
        """SIGTERM, wait, then SIGKILL for whatever of its session is left."""
        if self.child is None:
            return
        stop(self.child, signal.SIGTERM, seconds=STOPPED_WITHIN)
        try:
            os.killpg(self.child.pid, signal.SIGKILL)
        except ProcessLookupError:
            return


class Errand(Service):
    """Something that runs once beside the services and ends by itself: nobody starts it again."""

    def start(self) -> None:
        """Start it; for the supervisor it has no child that could die."""
        super().start()
        self._running, self.child = self.child, None

    def stop(self) -> None:
        """As a service, if it still runs."""
        self.child, self._running = self._running, None
        super().stop()
        self.child = None


class Supervisor:
    """Starts children in order, watches them, restarts one that dies, stops all in the opposite order."""

    def __init__(self) -> None:
        """Nothing runs yet."""
        self.children: list[Child] = []
        self.deaths: deque[float] = deque()
        self.read_to: dict[Path, int] = {}

    def listen(self) -> None:
        """From now on SIGINT, SIGTERM and SIGHUP raise Stopping, once."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stopping)

    def add(self, child: Child) -> None:
        """Start `child` and keep it."""
        keep_log_small(child.log)
        self.read_to[child.log] = child.log.stat().st_size if child.log.exists() else 0
        self.children.append(child)
        child.start()

    def watch(self) -> None:
        """Until Stopping is raised: show warnings, restart what died; raises EmbeddedError when that is hopeless."""
        while True:
            self.look_after()
            time.sleep(PAUSE)

    def look_after(self) -> None:
        """One round: show what is worth showing and restart what died."""
        for child in self.children:
            self._show_warnings(child)
            if child.child is not None and (code := child.child.poll()) is not None:
                self._revive(child, code)

    def stop(self) -> None:
        """Stop everything, the youngest first."""
        for child in reversed(self.children):
            child.stop()
        self.children.clear()

    def _stopping(self, *_: object) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        raise Stopping

    def _revive(self, child: Child, code: int) -> None:
        now = time.monotonic()
        self.deaths.append(now)
        while self.deaths and now - self.deaths[0] > DEATHS_COUNTED_FOR:
            self.deaths.popleft()
        if len(self.deaths) > DEATHS_ALLOWED:
            message = f"{child.name} 反复退出（代码 {code}），全部停止。日志见 {child.log}。"
            raise EmbeddedError(message)
        say(f"! {child.name} 意外退出（代码 {code}），正在重启；日志见 {child.log}")
        child.stop()
        child.start()

    def _show_warnings(self, child: Child) -> None:
        for line in self._new_lines(child.log):
            if WORTH_SHOWING.search(line):
                say(f"{child.name:>8} | {line[:200]}")

    def _new_lines(self, log: Path) -> Iterable[str]:
        try:
            with log.open("rb") as file:
                file.seek(self.read_to.get(log, 0))
                fresh = file.read()
        except OSError:
            return []
        whole, newline, _ = fresh.rpartition(b"\n")
        self.read_to[log] = self.read_to.get(log, 0) + len(whole) + len(newline)
        return whole.decode(errors="replace").splitlines()


def keep_log_small(log: Path) -> None:
    """Put a log that has grown aside under `.1`, over the one put aside before."""
    if log.exists() and log.stat().st_size > LOG_KEPT:
        log.replace(log.with_name(log.name + ".1"))
