"""Dependencies that are away, silent or wrong, as real addresses; and the parts of the application that keep a memory of them."""

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from elasticsearch import Elasticsearch
from flask import Flask

from search.engines.elasticsearch import ElasticsearchEngine
from search.index import EXTENSION
from tests.payments.conftest import provider, shop
from tests.search.conftest import index_now

__all__ = ["index_now", "provider", "shop"]  # fixtures of the rooms
REMEMBERED = ("payments.breakers", "mail.breaker", "object_store", "object_store.breaker", EXTENSION)


@pytest.fixture(autouse=True)
def _forgetting(app: Flask) -> Iterator[None]:
    """Nothing that a test's faults taught the application outlives it."""
    kept = {name: app.extensions.pop(name) for name in REMEMBERED if name in app.extensions}
    yield
    for name in REMEMBERED:
        app.extensions.pop(name, None)
    app.extensions.update(kept)


@pytest.fixture
def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


@pytest.fixture
def silence() -> Iterator[socket.socket]:
    """Takes connections and never says a word."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    listener.setblocking(False)
    yield listener
    listener.close()


@pytest.fixture
def silent_port(silence: socket.socket) -> int:
    """The port of `silence`."""
    port: int = silence.getsockname()[1]
    return port


def asked(silence: socket.socket) -> int:
    """How often it was called since the last look. Clocks say little: a busy machine takes long for what asks nobody."""
    calls = 0
    while True:
        try:
            silence.accept()[0].close()
        except BlockingIOError:
            return calls
        calls += 1


class _Babbler(BaseHTTPRequestHandler):
    """Answers whatever it is asked with a friendly page."""

    status, kind, body = 200, "text/html", b"<html><p>Welcome to nginx!</p></html>"

    def _answer(self) -> None:
        self.send_response(self.status)
        self.send_header("Content-Type", self.kind)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(self.body)

    do_GET = do_POST = do_HEAD = do_PUT = _answer  # noqa: N815 - names that the library asks for

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class _Refuser(_Babbler):
    """A search server whose password has changed."""

    status, kind, body = 401, "application/json", b'{"error": {"type": "security_exception"}, "status": 401}'


@pytest.fixture
def babbling_port() -> Iterator[int]:
    """A port on which another program answers: 200, and not what was asked for."""
    yield from _served(_Babbler)


@pytest.fixture
def refusing_port() -> Iterator[int]:
    """A port on which a search server refuses whatever it is asked."""
    yield from _served(_Refuser)


def _served(answering: type[BaseHTTPRequestHandler]) -> Iterator[int]:
    server = HTTPServer(("127.0.0.1", 0), answering)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def search_at(app: Flask) -> Iterator[Callable[[int], None]]:
    """Point the application at a search server."""
    made: list[ElasticsearchEngine] = []

    def point(port: int) -> None:
        engine = ElasticsearchEngine(Elasticsearch(f"http://127.0.0.1:{port}"), query_seconds=0.3)
        app.extensions[EXTENSION] = engine
        made.append(engine)

    yield point
    for engine in made:
        engine.close()


@pytest.fixture
def provider_at(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Point the application at a payment provider."""

    def point(url: str) -> None:
        monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], stripe_api_base=url))

    return point


@pytest.fixture
def unforgiving(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Faults become pages, as for people."""
    monkeypatch.setitem(app.config, "PROPAGATE_FAULTS", False)
