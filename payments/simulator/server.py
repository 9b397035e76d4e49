"""The HTTP side: one thread per connection, loopback only, head and body in one write."""

import contextlib
import json
import socket
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from payments.simulator.api import API, Answer, Request
from payments.simulator.control import Control
from payments.simulator.pages import Pages

_LARGEST_BODY = 1 << 20
_LOCAL_NAMES = ("127.0.0.1", "localhost", "[::1]")


class Server(ThreadingHTTPServer):
    """Listens on 127.0.0.1 and nowhere else."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        # Set once the port is known, since addresses in answers contain it.
        self.api: API
        self.control: Control
        self.pages: Pages

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no news; anything else is."""
        error = sys.exc_info()[1]
        if not isinstance(error, ConnectionError | TimeoutError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    # A kept-alive connection that says nothing gives its thread back.
    timeout = 120
    disable_nagle_algorithm = True

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > _LARGEST_BODY:
            self.close_connection = True
            self._send(Answer(413, b"", {}))
            return
        body = self.rfile.read(length)
        parts = urlsplit(self.path)
        if parts.path.startswith("/_sim/"):
            self._send(self._control(parts.path.removeprefix("/_sim/"), body))
        elif parts.path.startswith(("/v1/", "/v2/")):
            headers = {name.lower(): value for name, value in self.headers.items()}
            self._send(self.server.api.answer(Request(self.command, parts.path, parts.query, headers, body)))
        elif parts.path == "/simulator.css":
            self._send(Answer(200, self.server.pages.style, {"Content-Type": "text/css; charset=utf-8", "Cache-Control": "max-age=60"}))
        else:
            page = self.server.pages.answer("GET" if self.command == "HEAD" else self.command, parts.path, body)
            self._send(Answer(page.status, page.html.encode(), page.headers))

    def _control(self, name: str, body: bytes) -> Answer:
        """Controls need no key. A web page in a browser cannot reach them: it cannot send JSON or this host name without asking."""
        host = (self.headers.get("Host") or "").rsplit(":", 1)[0]
        kind = (self.headers.get("Content-Type") or "").split(";")[0].strip()
        if host not in _LOCAL_NAMES or (self.command == "POST" and kind != "application/json"):
            return Answer(
                403, b'{"error": "controls are for this machine: Host 127.0.0.1, and JSON"}', {"Content-Type": "application/json"}
            )
        status, made = self.server.control.answer(self.command, name, body)
        return Answer(status, json.dumps(made).encode(), {"Content-Type": "application/json"})

    do_GET = do_POST = do_DELETE = do_HEAD = _answer  # noqa: N815 - names of the standard library

    def _send(self, answer: Answer) -> None:
        if answer.lost:
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
            return
        lines = [f"HTTP/1.1 {answer.status} {_REASONS.get(answer.status, 'Status')}", f"Content-Length: {len(answer.body)}"]
        lines += [f"{name}: {value}" for name, value in answer.headers.items()]
        if self.close_connection:
            lines.append("Connection: close")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
        # Two writes would wait for the other side's delayed acknowledgement: 22 instead of hundreds of requests a second.
        self.wfile.write(head if self.command == "HEAD" else head + answer.body)

    def log_message(self, *args: object) -> None:
        """No access log."""


_REASONS = {status.value: status.phrase for status in HTTPStatus}
