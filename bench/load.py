"""A small load generator: keeps connections open, counts answers, notes each answer's time. Loopback only, bounded in time."""

import asyncio
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BufferedReader
from itertools import cycle
from math import ceil
from urllib.parse import urlsplit


@dataclass
class Result:
    """What one run saw."""

    seconds: float
    times: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    cpu: float = 0.0
    """Processor seconds of server, database and client together, where they were counted."""

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.times) / self.seconds

    @property
    def cpu_ms(self) -> float:
        """Processor milliseconds an answer."""
        return self.cpu / len(self.times) * 1000 if self.times else 0.0

    def percentile(self, share: float) -> float:
        """Milliseconds that this share of the answers did not pass."""
        return percentile(self.times, share) * 1000 if self.times else 0.0


def percentile(taken: Sequence[float], share: float) -> float:
    """The least of the values that this share of them does not pass (nearest rank): of 100 the 99th is the last but one."""
    return sorted(taken)[max(0, ceil(len(taken) * share) - 1)]


def request_bytes(url: str, *, cookie: str = "", form: str | None = None) -> bytes:
    """One HTTP request as it goes over the wire."""
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    head = [f"{'POST' if form is not None else 'GET'} {target} HTTP/1.1", f"Host: {parts.netloc}", "Accept: text/html"]
    if cookie:
        head.append(f"Cookie: {cookie}")
    if form is not None:
        head += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(form)}"]
    return ("\r\n".join(head) + "\r\n\r\n" + (form or "")).encode()


async def _read_answer(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    if b"transfer-encoding: chunked" in head.lower():
        while size := int(await reader.readline() or b"0", 16):
            await reader.readexactly(size + 2)
        await reader.readline()
    elif length:
        await reader.readexactly(length)
    return status


async def _one(address: tuple[str, int], requests: Iterator[bytes], until: float, result: Result) -> None:
    reader, writer = await asyncio.open_connection(*address, limit=4 * 1024 * 1024)
    while time.perf_counter() < until:
        began = time.perf_counter()
        writer.write(next(requests))
        status = await _read_answer(reader)
        result.times.append(time.perf_counter() - began)
        result.statuses[status] = result.statuses.get(status, 0) + 1
    writer.close()


def run(base: str, requests: Sequence[bytes], *, seconds: float, connections: int = 8) -> Result:
    """Send the requests in turn, each over the connection that is free first, for some seconds; from the beginning when all were sent."""
    parts = urlsplit(base)
    if parts.hostname not in ("127.0.0.1", "localhost"):
        raise ValueError("loopback only")
    address = (parts.hostname, parts.port or 80)

    async def everything() -> Result:
        result, in_turn = Result(seconds), cycle(requests)
        until = time.perf_counter() + seconds
        await asyncio.gather(*(_one(address, in_turn, until, result) for _ in range(connections)))
        return result

    return asyncio.run(everything())


def paced(base: str, requests: Sequence[bytes], *, seconds: float, per_second: float) -> Result:
    """Send one request after another at a steady rate, as readers do who come by themselves.

    By a plain socket: between two requests everything gets cold, an event loop too, and its waking would be counted as the server's.
    """
    parts = urlsplit(base)
    if parts.hostname not in ("127.0.0.1", "localhost"):
        raise ValueError("loopback only")
    result = Result(seconds)
    with socket.create_connection((parts.hostname, parts.port or 80)) as connection, connection.makefile("rb") as reader:
        first = time.perf_counter()
        for number in range(int(seconds * per_second)):
            time.sleep(max(0.0, first + number / per_second - time.perf_counter()))
            began = time.perf_counter()
            connection.sendall(requests[number % len(requests)])
            status = _status_of(reader)
            result.times.append(time.perf_counter() - began)
            result.statuses[status] = result.statuses.get(status, 0) + 1
    return result


def _status_of(reader: BufferedReader) -> int:
    """Read an answer that states its length, as our pages do, to its end. Raises: KeyError for another."""
    status = int(reader.readline()[9:12])
    head = {}
    while (line := reader.readline()) not in (b"\r\n", b""):
        name, _, value = line.partition(b":")
        head[name.lower()] = value
    reader.read(int(head[b"content-length"]))
    return status
