"""Rows of a CSV or JSON lines file, plain or gzipped, one at a time: a hundred thousand rows take no more memory than one."""

import csv
import gzip
import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from marketplace.core.i18n import gettext, lazy

LINE_LIMIT = 1_000_000
CELL_LIMIT = 200_000
GZIP = b"\x1f\x8b"
SEPARATORS = (",", ";", "\t", "|")
TOO_LONG = lazy("This line is longer than %(limit)s characters.")
NOT_TEXT = lazy("This line is not UTF-8 text.")
NOT_JSON = lazy("This line is not JSON.")
NOT_A_ROW = lazy("This line is no JSON object.")
UNSTORABLE = lazy("This holds characters that cannot be stored.")
TOO_MANY_CELLS = lazy("This row has more cells than the heading.")


class Unreadable(Exception):
    """The file as a whole cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the file: its values, or what is wrong with it."""

    line: int
    values: Mapping[str, Any] | None = None
    fault: str = ""


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    with path.open("rb") as plain:
        start = plain.read(2)
        plain.seek(0)
        if start == GZIP:
            with gzip.GzipFile(fileobj=plain) as unpacked:
                yield io.BufferedReader(unpacked)
        else:
            yield plain


def read_rows(path: Path) -> Iterator[Row]:
    """The rows of a file in their order; its format is told by its content. Raises: Unreadable."""
    try:
        with _opened(path) as source:
            start = source.peek(4096) if isinstance(source, io.BufferedReader) else b""
            first = start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
            if not first:
                raise Unreadable(gettext("The file is empty."))
            yield from _json_lines(source) if first == b"{" else _csv(source)
    except (OSError, EOFError) as error:
        raise Unreadable(gettext("The file cannot be read: %(why)s", why=str(error))) from error


def _json_lines(source: IO[bytes]) -> Iterator[Row]:
    number = 0
    while raw := source.readline(LINE_LIMIT + 1):
        number += 1
        if len(raw) > LINE_LIMIT:
            while not raw.endswith(b"\n") and (raw := source.readline(LINE_LIMIT)):
                pass
            yield Row(number, fault=gettext(TOO_LONG, limit=LINE_LIMIT))
            continue
        if number == 1:
            raw = raw.removeprefix(b"\xef\xbb\xbf")
        if raw.strip():
            yield _json_row(number, raw)


def _json_row(number: int, raw: bytes) -> Row:
    try:
        values = json.loads(raw.decode("utf-8"), parse_constant=_no_constant)
    except UnicodeDecodeError:
        return Row(number, fault=gettext(NOT_TEXT))
    except (ValueError, RecursionError):
        return Row(number, fault=gettext(NOT_JSON))
    if not isinstance(values, dict):
        return Row(number, fault=gettext(NOT_A_ROW))
    # Only an escape can hold what UTF-8 cannot, so the others need no look.
    if (b"\\u0000" in raw or b"\\ud" in raw.lower() or b"\0" in raw) and _is_unstorable(json.dumps(values, ensure_ascii=False)):
        return Row(number, fault=gettext(UNSTORABLE))
    return Row(number, values)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def _is_unstorable(text: str) -> bool:
    return "\0" in text or "\\u0000" in text or any(0xD800 <= ord(c) <= 0xDFFF for c in text)


def _csv(source: IO[bytes]) -> Iterator[Row]:
    text = io.TextIOWrapper(source, encoding="utf-8-sig", errors="surrogateescape", newline="")
    try:
        yield from _csv_rows(text)
    finally:
        text.detach()  # the file is closed by the one who opened it


def _csv_rows(text: io.TextIOWrapper) -> Iterator[Row]:
    csv.field_size_limit(CELL_LIMIT)
    head_line = text.readline(LINE_LIMIT)
    separator = max(SEPARATORS, key=head_line.count)
    heads = [head.strip().lower() for head in next(csv.reader([head_line], delimiter=separator), [])]
    if not any(heads) or len(set(heads)) != len(heads):
        raise Unreadable(gettext("The first row has to name each column once."))
    reader = csv.reader(text, delimiter=separator)
    while True:
        line = reader.line_num + 2
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield Row(line, fault=gettext(TOO_LONG, limit=CELL_LIMIT))
            continue
        if any(0xDC80 <= ord(c) <= 0xDCFF for cell in cells for c in cell if not c.isascii()):
            yield Row(line, fault=gettext(NOT_TEXT))
        elif any("\0" in cell for cell in cells):
            yield Row(line, fault=gettext(UNSTORABLE))
        elif len(cells) > len(heads):
            yield Row(line, fault=gettext(TOO_MANY_CELLS))
        elif any(cell.strip() for cell in cells):
            yield Row(line, dict(zip(heads, cells, strict=False)))
