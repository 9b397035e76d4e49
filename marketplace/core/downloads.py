"""Files of any length, written while they are asked for."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from tempfile import TemporaryFile
from typing import IO

from flask import Response

from marketplace.core import sheets
from marketplace.core.web import download

PIECE_BYTES = 1 << 16


def download_csv(head: Sequence[str], rows: Iterable[Sequence[object]], name: str) -> Response:
    """A table of any length as CSV."""
    return download_lines(sheets.csv_lines(head, rows), name, "text/csv")


def download_xlsx(head: Sequence[str], rows: Iterable[Sequence[object]], name: str) -> Response:
    """A table of any length as a workbook of one sheet."""
    return _download(lambda kept: sheets.write_xlsx(kept, head, rows), name, sheets.XLSX)


def download_lines(lines: Iterable[str], name: str, mimetype: str) -> Response:
    """A text of any length."""
    return _download(lambda kept: kept.writelines(line.encode() for line in lines), name, mimetype)


def _download(write: Callable[[IO[bytes]], object], name: str, mimetype: str) -> Response:
    """A file that the reader keeps, in constant memory. All of it is on disk first: a slow reader would hold the transaction open."""
    pieces = _from_disk(write)
    next(pieces)
    response = download(b"", name, mimetype)
    response.response = pieces
    del response.headers["Content-Length"]
    return response


def _from_disk(write: Callable[[IO[bytes]], object]) -> Iterator[bytes]:
    with TemporaryFile() as kept:
        write(kept)
        kept.seek(0)
        yield b""  # it is written, nothing is read yet
        yield from iter(partial(kept.read, PIECE_BYTES), b"")
