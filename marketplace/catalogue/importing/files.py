"""Rows of a CSV, XLSX or JSON lines file, one at a time: a hundred thousand rows of text take no more memory than one."""

import csv
import gzip
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from math import isfinite
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from pydantic_core import from_json

from marketplace.catalogue.importing.encodings import LOOKED_AT, MARKS, NAMES, UTF_8, encoding_of
from marketplace.catalogue.importing.workbook_reader import TITLE_ROWS
from marketplace.catalogue.importing.workbooks import WorkbookRefused, workbook_rows
from marketplace.core.forms import can_be_stored
from marketplace.core.i18n import gettext, lazy
from marketplace.core.records import record

LINE_LIMIT = 1_000_000
CELL_LIMIT = 200_000
COLUMN_LIMIT = 1_000
GZIP, ZIP, OLD_OFFICE = b"\x1f\x8b", b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
OTHER_FILES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"%PDF-", b"{\\rtf", b"Rar!", b"7z\xbc\xaf")
"""How pictures, documents and archives begin."""
SEPARATORS = (",", ";", "\t", "|")
LOOKED_AHEAD = 1_000
"""Rows of a JSON lines file whose names are its heading."""
COPIED = 1 << 20
NAMED = 80
"""Letters of a heading that a refusal repeats."""
_SAID = re.compile(r"sep=(.)\s*", re.IGNORECASE)
TOO_LONG = lazy("This line is longer than %(limit)s characters.")
NOT_TEXT = lazy("This line is not %(encoding)s text.")
NOT_JSON = lazy("This line is not JSON.")
TOO_LARGE = lazy("This line holds a number that is too large.")
NOT_A_ROW = lazy("This line is no JSON object.")
UNSTORABLE = lazy("This holds characters that cannot be stored.")
TOO_MANY_CELLS = lazy("This row has more cells than the heading.")
NO_TABLE = lazy("This is no table. Send CSV, XLSX or JSON lines.")
JSON_LIST = lazy("This is one JSON list. Write each object on a line of its own, without the brackets and commas around them.")
_NO_TEXT = re.compile(r"[\0-\x08\x0e-\x1f\ufffe\uffff\udc80-\udcff]")
"""What no heading has: control characters, and bytes that are no letters."""
_MARKUP = re.compile(r"<[!?a-z]", re.IGNORECASE)
"""How HTML and XML begin."""


class Unreadable(Exception):
    """The file as a whole cannot be read; the message says why."""


@record
class Row:
    """A line of the file: its values, or what is wrong with it."""

    line: int
    values: Mapping[str, Any] | None = None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """A file whose heading has been read. `format` is csv, xlsx or jsonl; `heads` are the names of its columns as they stand in it."""

    format: str
    encoding: str
    heads: tuple[str, ...]
    rows: Iterator[Row]
    separator: str = ""


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    with path.open("rb") as plain:
        start = plain.read(2)
        plain.seek(0)
        if start == GZIP:
            with gzip.GzipFile(fileobj=plain) as unpacked:
                yield io.BufferedReader(unpacked, COPIED)
        else:
            yield plain


@contextmanager
def open_file(path: Path, encoding: str | None = None, *, is_glance: bool = False) -> Iterator[Opened]:
    """A file with its heading; format, separator and (unless it is given) encoding are told by the content. Raises: Unreadable.

    At a glance only the first rows are wanted, which a large workbook shows without being unpacked.
    """
    try:
        with path.open("rb") as plain:
            beginning = plain.read(8)
        start = beginning[:4]
        if beginning.startswith(OTHER_FILES):
            raise Unreadable(gettext(NO_TABLE))
        if start == OLD_OFFICE:
            raise Unreadable(gettext("This is an old workbook or has a password. Save it as XLSX or CSV."))
        if start == ZIP:
            with closing(workbook_rows(path, is_glance=is_glance)) as lines:
                yield _with_heads("xlsx", UTF_8, _below_title(lines))
            return
        with _opened(path) as source, TemporaryFile() as copy:
            start = source.peek(4096) if isinstance(source, io.BufferedReader) else b""
            if encoding is None:
                encoding = encoding_of(_beginning(path))
            if encoding != UTF_8:
                _copy_as_utf_8(source, copy, encoding)
                source, start = copy, copy.read(4096)
                copy.seek(0)
            first = start.removeprefix(MARKS[0][0]).lstrip()[:1]
            if not first:
                raise Unreadable(gettext("The file is empty."))
            if first == b"[":
                raise Unreadable(gettext(JSON_LIST))
            if first == b"{":
                yield _json_file(source, encoding)
                return
            text = io.TextIOWrapper(source, encoding="utf-8-sig", errors="surrogateescape", newline="")
            try:
                yield _csv_file(text, encoding)
            finally:
                text.detach()  # the file is closed by the one who opened it
    except WorkbookRefused as refused:
        raise Unreadable(str(refused)) from refused
    except (OSError, EOFError) as error:
        raise Unreadable(gettext("The file cannot be read: %(why)s", why=str(error))) from error


def read_rows(path: Path) -> Iterator[Row]:
    """The rows of a file in their order, named by its heading in lower case. Raises: Unreadable."""
    with open_file(path) as opened:
        if opened.format == "jsonl":
            yield from opened.rows
            return
        for row in opened.rows:
            yield row if row.values is None else Row(row.line, {head.lower(): value for head, value in row.values.items()})


def _beginning(path: Path) -> bytes:
    with _opened(path) as source:
        return source.read(LOOKED_AT)


def _copy_as_utf_8(source: IO[bytes], copy: IO[bytes], encoding: str) -> None:
    """The same text as UTF-8, a piece at a time. What is no text of the encoding is none of UTF-8 either, so its line is refused."""
    text = io.TextIOWrapper(source, encoding=encoding, errors="surrogateescape", newline="")
    while piece := text.read(COPIED):
        copy.write(piece.removeprefix("\ufeff").encode("utf-8", "surrogateescape"))
    text.detach()
    copy.seek(0)


def _json_file(source: IO[bytes], encoding: str) -> Opened:
    rows = _json_lines(source)
    ahead = list(islice(rows, LOOKED_AHEAD))
    heads = dict.fromkeys(name for row in ahead for name in row.values or ())
    return Opened("jsonl", encoding, tuple(heads), chain(ahead, rows))


def _with_heads(kind: str, encoding: str, lines: Iterator[tuple[int, list[str] | Row]], separator: str = "") -> Opened:
    """The rows under their heading. Raises: Unreadable."""
    _, first = next(lines, (0, []))
    heads = [] if isinstance(first, Row) else [head.strip() for head in first]
    named = [head.lower() for head in heads if head]
    if any(_NO_TEXT.search(head) for head in heads) or _MARKUP.match("".join(heads[:1])):
        raise Unreadable(gettext(NO_TABLE))
    twice = next((head for head in heads if head and named.count(head.lower()) > 1), None)
    if twice is not None:
        raise Unreadable(gettext("Two columns are called %(name)s: the first row has to name each column once.", name=twice[:NAMED]))
    if not named:
        raise Unreadable(gettext("The first row has to name each column once."))
    if len(heads) > COLUMN_LIMIT:
        raise Unreadable(gettext("These are too many columns: at most %(limit)s.", limit=COLUMN_LIMIT))
    return Opened(kind, encoding, tuple(head for head in heads if head), _rows(heads, lines, encoding), separator)


def _below_title(lines: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    """The rows of a sheet from its heading on: a title that is merged over the columns stands alone in its row, and is passed over."""
    passed = []
    for line in islice(lines, TITLE_ROWS):
        if len(line[1]) > 1 and sum(bool(cell.strip()) for cell in line[1]) < 2:
            passed.append(line)
            continue
        return chain([line], lines)
    return chain(passed, lines)


def _rows(heads: list[str], lines: Iterator[tuple[int, list[str] | Row]], encoding: str) -> Iterator[Row]:
    blank = [place for place, head in enumerate(heads) if not head]
    for line, cells in lines:
        if isinstance(cells, Row):
            yield cells
        elif not any(cell.strip() for cell in cells):
            continue
        elif any(not cell.isascii() and any(0xDC80 <= ord(c) <= 0xDCFF for c in cell) for cell in cells):
            yield Row(line, fault=gettext(NOT_TEXT, encoding=NAMES[encoding]))
        elif any("\0" in cell for cell in cells):
            yield Row(line, fault=gettext(UNSTORABLE))
        elif any(cell.strip() for cell in cells[len(heads) :]) or any(cells[place].strip() for place in blank if place < len(cells)):
            yield Row(line, fault=gettext(TOO_MANY_CELLS))
        else:
            yield Row(line, {head: cell for head, cell in zip(heads, cells, strict=False) if head})


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
        values = _read_quickly(raw)
        if values is None:
            values = json.loads(raw.decode("utf-8"), parse_constant=_no_constant, parse_float=_float)
    except UnicodeDecodeError:
        return Row(number, fault=gettext(NOT_TEXT, encoding=NAMES[UTF_8]))
    except OverflowError:
        return Row(number, fault=gettext(TOO_LARGE))
    except (ValueError, RecursionError):
        return Row(number, fault=gettext(NOT_JSON))
    if not isinstance(values, dict):
        return Row(number, fault=gettext(NOT_A_ROW))
    # Only an escape can hold what UTF-8 or JSON itself cannot, so the others need no look.
    if b"\\u" in raw and (b"\\u0000" in raw or b"\\ud" in raw.lower()) and _is_unstorable(json.dumps(values, ensure_ascii=False)):
        return Row(number, fault=gettext(UNSTORABLE))
    return Row(number, values)


def _read_quickly(raw: bytes) -> dict[str, Any] | None:
    """A row by the reader that takes a third of the time; None for what it cannot read, of which the other one knows what is wrong."""
    try:
        values = from_json(raw, allow_inf_nan=False)
    except ValueError:
        return None
    return values if isinstance(values, dict) and _is_finite(values.values()) else None


def _is_finite(values: Iterable[Any]) -> bool:
    """Whether no number in a row has become infinite, as 1e400 does."""
    for value in values:
        kind = value.__class__
        if kind is float:
            if not isfinite(value):
                return False
        elif (kind is list and not _is_finite(value)) or (kind is dict and not _is_finite(value.values())):
            return False
    return True


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def _float(written: str) -> float:
    """Python reads 1e400 as infinite, which no column of JSON can hold. Raises: OverflowError."""
    number = float(written)
    if not isfinite(number):
        raise OverflowError
    return number


def _is_unstorable(text: str) -> bool:
    return "\\u0000" in text or not can_be_stored(text)


def _csv_file(text: io.TextIOWrapper, encoding: str) -> Opened:
    csv.field_size_limit(CELL_LIMIT)
    said: str | None = None
    ahead: list[tuple[int, str]] = []
    line = 1
    # A spreadsheet that is saved as CSV keeps the title over its heading, alone in its row.
    while len(ahead) < TITLE_ROWS and (len(ahead) < 1 or _filled(ahead[-1][1], said) < 2):
        record, lines = _csv_record(text)
        if not lines:
            break
        if line == 1 and _MARKUP.match(record.lstrip()):
            raise Unreadable(gettext(NO_TABLE))
        if line == 1 and (found := _SAID.fullmatch(record)):
            said = found[1]
        else:
            ahead.append((line, record))
        line += lines
    # Where no row has two cells, the first one is the heading of a single column.
    if ahead and _filled(ahead[-1][1], said) > 1:
        ahead = ahead[-1:]
    if not ahead:
        raise Unreadable(gettext("The file is empty."))
    separator = said or _separator(ahead[0][1])
    following = chain(io.StringIO("".join(record for _, record in ahead[1:]), newline=""), text)
    return _with_heads("csv", encoding, _csv_lines(ahead[0], following, separator), separator)


def _csv_record(text: io.TextIOWrapper) -> tuple[str, int]:
    """(the next record, its lines): one of the cells may have a line break in it."""
    record, lines = text.readline(LINE_LIMIT), 1
    while record.count('"') % 2 and len(record) < LINE_LIMIT and (more := text.readline(LINE_LIMIT)):
        record += more
        lines += 1
    return record, lines if record else 0


def _separator(record: str) -> str:
    return max(SEPARATORS, key=re.sub(r'"[^"]*"', "", record).count)


def _cells(record: str, separator: str) -> list[str]:
    """Raises: Unreadable (what stands where the heading should be is no heading)."""
    try:
        return next(csv.reader(io.StringIO(record, newline=""), delimiter=separator), [])
    except csv.Error as error:
        raise Unreadable(gettext(NO_TABLE)) from error


def _filled(record: str, said: str | None) -> int:
    return sum(bool(cell.strip()) for cell in _cells(record, said or _separator(record)))


def _csv_lines(head: tuple[int, str], following: Iterable[str], separator: str) -> Iterator[tuple[int, list[str] | Row]]:
    """The heading, which begins on a line of the file, and the rows after it."""
    line, record = head
    yield line, _cells(record, separator)
    lines_before = line + len(io.StringIO(record, newline="").readlines())
    reader = csv.reader(following, delimiter=separator)
    while True:
        line = reader.line_num + lines_before
        try:
            yield line, next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield line, Row(line, fault=gettext(TOO_LONG, limit=CELL_LIMIT))
