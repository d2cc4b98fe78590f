"""The scanner's conversation, with a real server on a socket: clean, infected, down, silent, hanging up."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.files.base import ContentFile

from apps.transfers.errors import Refused
from apps.transfers.models import Application, Attachment
from apps.transfers.services.attaching import attach
from apps.transfers.services.drafts import create_draft
from tests.transfers.office import PDF
from tests.transfers.world import World, at

NOW = at("2026-01-05")


class Clamd:
    """Speaks INSTREAM to whoever connects; ``answer`` is what it says of the stream."""

    def __init__(self, listening: socket.socket) -> None:
        self.listening = listening
        self.answer: bytes | None = b"stream: OK\0"
        self.streams: list[bytes] = []
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as heard:
                assert heard.read(10) == b"zINSTREAM\0"
                if self.answer is None:
                    continue
                stream = b""
                while length := struct.unpack("!I", heard.read(4))[0]:
                    stream += heard.read(length)
                self.streams.append(stream)
                connection.sendall(self.answer)

    def stop(self) -> None:
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        self.thread.join(timeout=5)
        assert not self.thread.is_alive()


@pytest.fixture
def clamd(settings, tmp_path: Path) -> Iterator[Clamd]:
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(str(tmp_path / "c.sock"))
    listening.listen()
    settings.CLAMD_URL, settings.CLAMD_SECONDS = f"unix:{tmp_path / 'c.sock'}", 5
    server = Clamd(listening)
    yield server
    server.stop()


@pytest.fixture
def draft(world: World) -> Application:
    return create_draft(generator_id=world.enterprise("G-CQ1").pk, by=world.user("dazu.filer"), now=NOW)


@pytest.fixture
def put(world: World, draft: Application) -> Callable[..., Attachment]:
    def put(content: bytes = PDF) -> Attachment:
        return attach(
            application_id=draft.pk,
            by=world.user("dazu.filer"),
            now=NOW,
            material="contract",
            name="合同.pdf",
            content=ContentFile(content),
        )

    return put


def test_a_clean_file_comes_in_and_says_when_it_was_looked_at(clamd: Clamd, put) -> None:
    content = PDF + bytes(200_000)
    attachment = put(content)
    assert attachment.scanned_at == NOW
    assert clamd.streams == [content]


def test_without_a_scanner_a_file_was_not_looked_at(settings, put) -> None:
    settings.CLAMD_URL = ""
    assert put().scanned_at is None


def test_a_virus_is_named_and_nothing_is_kept(clamd: Clamd, put) -> None:
    clamd.answer = b"stream: Win.Test.EICAR_HDB-1 FOUND\0"
    with pytest.raises(Refused, match=r"含有病毒（Win\.Test\.EICAR_HDB-1），没有保存") as refused:
        put()
    assert refused.value.code == "file.virus"
    assert not Attachment.objects.exists()


@pytest.mark.parametrize(
    "answer", [None, b"", b"INSTREAM size limit exceeded. ERROR\0", b"stream: Can't allocate memory ERROR\0"]
)
def test_a_scanner_that_does_not_say_ok_lets_nothing_in(clamd: Clamd, put, answer) -> None:
    clamd.answer = answer
    with pytest.raises(Refused, match="病毒扫描服务暂时不可用") as refused:
        put()
    assert refused.value.code == "file.scanner_down"
    assert not Attachment.objects.exists()


def test_a_scanner_that_is_down_lets_nothing_in(settings, tmp_path: Path, put) -> None:
    settings.CLAMD_URL = f"unix:{tmp_path / 'nobody.sock'}"
    with pytest.raises(Refused, match="没有保存，请稍后再试"):
        put()
    assert not Attachment.objects.exists()


def test_a_scanner_over_tcp(settings, put) -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    settings.CLAMD_URL, settings.CLAMD_SECONDS = f"tcp://127.0.0.1:{port}", 5
    server = Clamd(listening)
    assert put().scanned_at == NOW
    server.stop()
    with pytest.raises(Refused) as refused:
        put()
    assert refused.value.code == "file.scanner_down"


def test_a_scanner_that_never_answers_is_down(settings, tmp_path: Path, put) -> None:
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(str(tmp_path / "mute.sock"))
    listening.listen()
    settings.CLAMD_URL, settings.CLAMD_SECONDS = f"unix:{tmp_path / 'mute.sock'}", 0.2
    with listening, pytest.raises(Refused) as refused:
        put()
    assert refused.value.code == "file.scanner_down"
