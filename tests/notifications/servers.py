"""Servers that take letters, in threads of their own: a mail server that behaves, refuses, hangs or dies, a gateway."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class MailServer:
    """Speaks as much SMTP as a sender needs.

    ``mood``: ``well``; ``refuses`` (550 to every recipient), ``later`` (451 to every recipient), ``hangs`` (takes the
    connection and says nothing), ``dies`` (takes a letter whole and goes before it answers; once, then well).
    """

    def __init__(self) -> None:
        self.mood = "well"
        self.mails: list[EmailMessage] = []
        self.connections = 0
        self.released = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        self.released.set()
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            if self.mood == "hangs":
                self.released.wait(30)
                return
            lines = client.makefile("rb")
            client.sendall(b"220 here\r\n")
            while line := lines.readline():
                word = line.split()[0].upper() if line.split() else b""
                if word == b"QUIT":
                    client.sendall(b"221 bye\r\n")
                    return
                if word == b"DATA" and not self._take(client, lines):
                    return
                if word != b"DATA":
                    client.sendall(self._answer(word))

    def _answer(self, word: bytes) -> bytes:
        if word == b"RCPT" and self.mood in {"refuses", "later"}:
            return b"550 no such box\r\n" if self.mood == "refuses" else b"451 not now\r\n"
        return b"250 ok\r\n"

    def _take(self, client: socket.socket, lines) -> bool:
        client.sendall(b"354 go on\r\n")
        text = b""
        while (line := lines.readline()) != b".\r\n":
            if not line:  # the sender went away in the middle
                return False
            text += line.removeprefix(b".") if line.startswith(b"..") else line
        self.mails.append(message_from_bytes(text, policy=policy.default))
        if self.mood == "dies":
            self.mood = "well"
            return False
        client.sendall(b"250 taken\r\n")
        return True


@contextmanager
def mail_server(settings) -> Iterator[MailServer]:
    server = MailServer()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_TIMEOUT = 30
    try:
        yield server
    finally:
        server.stop()


class Gateway:
    """Remembers what was posted; answers with ``status``."""

    def __init__(self) -> None:
        self.status = 200
        self.posted: list[tuple[dict[str, str], bytes, str]] = []
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                gateway.posted.append((json.loads(body), body, self.headers["X-Signature"]))
                self.send_response(gateway.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.block_on_close = False
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@contextmanager
def gateway(settings) -> Iterator[Gateway]:
    made = Gateway()
    settings.NOTICE_CHANNELS = {
        **settings.NOTICE_CHANNELS,
        "text": "apps.notifications.channels.webhook.WebhookChannel",
    }
    settings.NOTICE_WEBHOOK_URL = f"http://127.0.0.1:{made.server.server_address[1]}/send?tenant=1"
    settings.NOTICE_WEBHOOK_SECRET, settings.NOTICE_WEBHOOK_SECONDS = "secret", 5
    try:
        yield made
    finally:
        made.server.shutdown()
        made.server.server_close()
