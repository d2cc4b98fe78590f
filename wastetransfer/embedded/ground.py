"""What the demo stands on: the folder var/, its lock, the port, the key."""

import fcntl
import hashlib
import os
import secrets
import socket
import tempfile
import time
from pathlib import Path

from wastetransfer.embedded.errors import EmbeddedError
from wastetransfer.embedded.processes import give_to_server

# A Unix socket's path has at most 107 bytes, `/.s.PGSQL.5432.lock` included.
LONGEST_FOLDER = 85
PORTS = range(1, 65536)
# How long the last run's web server may still be shutting down after its supervisor was killed.
PORT_FREED_WITHIN = 12.0


class Ground:
    """The folder var/ of one checkout, taken by one supervisor at a time."""

    def __init__(self, var: Path) -> None:
        """`var` need not exist yet."""
        self.var = var
        self.logs = var / "log"
        self.run = var / "run"
        self._lock: int | None = None
        self._is_ours = False

    def take(self) -> None:
        """Make the folders and take the lock (the kernel frees it when we die); raises EmbeddedError."""
        if self.var.exists() and not self.var.is_dir():
            message = f"{self.var} 应为目录，现为文件：请移走或改名后重试。"
            raise EmbeddedError(message)
        try:
            for folder in (self.var, self.logs, self.run):
                folder.mkdir(exist_ok=True)
            self._lock = os.open(self.var / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._test_writing()
        except OSError as error:
            message = f"目录 {error.filename or self.var} 不可用（{error.strerror}）：请检查权限和磁盘空间。"
            raise EmbeddedError(message) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            message = "演示系统已在运行（另一个 make demo）：请直接使用，或先在那个终端按 Ctrl-C 停止。"
            raise EmbeddedError(message) from error
        self._is_ours = True

    def _test_writing(self) -> None:
        for folder in (self.var, self.logs, self.run):
            with tempfile.TemporaryFile(dir=folder):
                pass

    def sockets(self) -> Path:
        """A folder for sockets whose path is short enough; the same at every start."""
        folder = self.run
        if len(os.fsencode(folder)) > LONGEST_FOLDER:
            name = hashlib.sha256(os.fsencode(self.var)).hexdigest()[:10]
            folder = Path(tempfile.gettempdir()) / f"wt-{os.getuid()}-{name}"
            folder.mkdir(mode=0o700, exist_ok=True)
            if folder.is_symlink() or folder.stat().st_uid not in {os.getuid(), _server_user()}:
                message = f"目录 {folder} 属于其他用户，不能用于套接字：请删除后重试。"
                raise EmbeddedError(message)
        give_to_server(folder)
        return folder

    def leave(self, sockets: Path | None) -> None:
        """Remove the folder of sockets when it lies outside var/; touches nothing of another supervisor's."""
        if not self._is_ours:
            return
        if sockets is not None and sockets != self.run:
            for left in sockets.iterdir():
                left.unlink()
            sockets.rmdir()
        (self.run / "supervisor.pid").unlink(missing_ok=True)

    def reserve_port(self, host: str, text: str) -> int:
        """The port `text` asks for, seen to be free; raises EmbeddedError."""
        if not text.isdecimal() or int(text) not in PORTS:
            message = f"端口 {text!r} 无效：PORT 应为 1 到 65535 的整数，例如 make demo PORT=8001。"
            raise EmbeddedError(message)
        # After a `kill -9` the note is still there and the old web server may need a moment to go.
        note = self.run / "supervisor.pid"
        give_up = time.monotonic() + (PORT_FREED_WITHIN if note.exists() else 0)
        while (reason := _why_taken(host, int(text))) and time.monotonic() < give_up:
            time.sleep(0.2)
        if reason:
            message = f"端口 {host}:{text} 不可用（{reason}）：请停止占用它的程序，或换一个，例如 make demo PORT={_other(text)}。"
            raise EmbeddedError(message)
        note.write_text(f"{os.getpid()}\n", encoding="utf-8")
        return int(text)

    def secret_key(self) -> str:
        """This checkout's own signing key, made at the first start."""
        file = self.var / "secret_key"
        if not file.is_file() or not file.read_text(encoding="utf-8").strip():
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
                opened.write(secrets.token_urlsafe(60))
        return file.read_text(encoding="utf-8").strip()


def _server_user() -> int:
    return 65534 if os.getuid() == 0 else os.getuid()


def _why_taken(host: str, port: int) -> str:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            return "没有权限，1024 以下的端口需要 root"
        except OSError as error:
            return "已被其他程序占用" if error.errno == 98 else str(error.strerror)  # noqa: PLR2004 - EADDRINUSE
    return ""


def _other(text: str) -> int:
    return 8001 if int(text) != 8001 else 8002  # noqa: PLR2004 - two everyday ports
