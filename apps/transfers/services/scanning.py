"""The virus scanner at the door: clamd over a socket, asked with INSTREAM before anything is stored.

``CLAMD_URL`` is ``unix:/path/of/clamd.ctl`` or ``tcp://host:3310``; empty where no scanner is set up. Set up and
silent means that nothing comes in: a file that nobody looked at is worse than one that comes later.
"""

import socket
import struct
from collections.abc import Iterable
from urllib.parse import urlsplit

from django.conf import settings

from apps.transfers.errors import Refused

DOWN = "病毒扫描服务暂时不可用，文件“{name}”没有保存，请稍后再试；持续不能上传的，请联系系统管理员。"
ANSWER_BYTES = 4096
CLAMD_PORT = 3310


def has_scanner() -> bool:
    return bool(settings.CLAMD_URL)


def scan(*, name: str, chunks: Iterable[bytes]) -> None:
    """Have the content looked at. Raises Refused ``file.virus``, ``file.scanner_down``."""
    try:
        verdict = _ask(chunks)
    except OSError as error:
        raise Refused("file.scanner_down", DOWN.format(name=name), field="file") from error
    if verdict.endswith("FOUND"):
        found = verdict.removeprefix("stream:").removesuffix("FOUND").strip()
        raise Refused("file.virus", f"文件“{name}”含有病毒（{found}），没有保存。请杀毒后重新上传。", field="file")
    if not verdict.endswith("OK"):
        raise Refused("file.scanner_down", DOWN.format(name=name), field="file")


def _ask(chunks: Iterable[bytes]) -> str:
    """The scanner's one line. Raises OSError when it can't be reached or breaks off."""
    with _connected() as connection:
        connection.sendall(b"zINSTREAM\0")
        try:
            for chunk in chunks:
                connection.sendall(struct.pack("!I", len(chunk)) + chunk)
            connection.sendall(struct.pack("!I", 0))
        except BrokenPipeError:
            # It hangs up on a stream that is too long, after saying so.
            pass
        return _line(connection)


def _line(connection: socket.socket) -> str:
    answer = b""
    while b"\0" not in answer and len(answer) < ANSWER_BYTES:
        part = connection.recv(ANSWER_BYTES)
        if not part:
            break
        answer += part
    return answer.split(b"\0", 1)[0].decode("utf-8", "replace").strip()


def _connected() -> socket.socket:
    address = urlsplit(settings.CLAMD_URL)
    if address.scheme == "unix":
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(settings.CLAMD_SECONDS)
        try:
            connection.connect(address.path)
        except OSError:
            connection.close()
            raise
        return connection
    return socket.create_connection((address.hostname, address.port or CLAMD_PORT), timeout=settings.CLAMD_SECONDS)
