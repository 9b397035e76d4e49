"""Files of any length, written while they are asked for."""

from collections.abc import Iterable, Iterator
from functools import partial
from tempfile import TemporaryFile

from flask import Response

from marketplace.core.web import download

PIECE_BYTES = 1 << 16


def download_lines(lines: Iterable[str], name: str, mimetype: str = "text/csv") -> Response:
    """A file that the reader keeps, in constant memory. All of it is on disk first: a slow reader would hold the transaction open."""
    pieces = _from_disk(lines)
    next(pieces)
    response = download(b"", name, mimetype)
    response.response = pieces
    del response.headers["Content-Length"]
    return response


def _from_disk(lines: Iterable[str]) -> Iterator[bytes]:
    with TemporaryFile() as kept:
        kept.writelines(line.encode() for line in lines)
        kept.seek(0)
        yield b""  # it is written, nothing is read yet
        yield from iter(partial(kept.read, PIECE_BYTES), b"")
