"""Rows of an XLSX file, read by a process of its own with bounded memory and time (robustness.md 13)."""

import json
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from marketplace.catalogue.importing import workbook_reader
from marketplace.catalogue.importing.beginnings import beginning_of
from marketplace.catalogue.importing.mapping import names_sku
from marketplace.core.i18n import gettext, lazy

UNPACKED_LIMIT = 600_000_000
"""Bytes; the sheets of 100,000 rows with 60 columns take about 350 MB."""
RATIO_LIMIT = 150
RATIO_FROM = 20_000_000
"""A small workbook may be packed as well as it can."""
PARTS_LIMIT = 2_000
MAIN_PART = "xl/workbook.xml"
MAIN_PARTS_OF_OTHERS = {"content.xml", "xl/workbook.bin"}
"""Of an OpenDocument sheet, and of an XLSB, which the reader would open too."""
BOMB = lazy("This workbook unpacks to far more than it should. Save it again, or send CSV.")
TOO_LARGE = lazy("This sheet spans more cells than are taken. Delete empty rows and columns below and beside the table, or send CSV.")
NO_WORKBOOK = lazy("This is no XLSX workbook that can be read, or it has a password.")
OTHER_KIND = lazy("This is a spreadsheet or document of another kind. Save it as XLSX or CSV.")
NO_SHEET = lazy("The workbook has no sheet.")
UNREADABLE = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError, ValueError)
"""What `zipfile` raises for a broken archive."""


class WorkbookRefused(Exception):
    """The workbook as a whole is not taken; the text says why."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of the reading process: bytes of memory, seconds of processor time."""

    memory: int
    seconds: int


WHOLE = Bounds(1_000_000_000, 180)
"""100,000 rows with 60 columns take 0.7 GB of addresses, 0.5 GB of memory and 6 seconds."""
GLANCE = Bounds(500_000_000, 10)


def workbook_rows(path: Path, *, is_glance: bool) -> Generator[tuple[int, list[str]], None, None]:
    """(line, cells as text) of the sheet with the articles; at a glance only its first rows, at least 1,000. Raises: WorkbookRefused."""
    beginning = _look_at(path, is_glance=is_glance)
    with NamedTemporaryFile(suffix=".xlsx") as copy:
        if beginning is not None:
            copy.write(beginning)
            copy.flush()
        with _reader(path if beginning is None else Path(copy.name), GLANCE if is_glance else WHOLE) as reader:
            yield from _rows(reader)


def _look_at(path: Path, *, is_glance: bool) -> bytes | None:
    """Refuse what the list of contents tells already; for a glance, the beginning of a large workbook. Raises: WorkbookRefused."""
    try:
        with zipfile.ZipFile(path) as packed:
            parts = packed.infolist()
            names = {part.filename.lower().replace("\\", "/") for part in parts}
            stated, size = sum(part.file_size for part in parts), path.stat().st_size
            is_bomb = stated > UNPACKED_LIMIT or (stated > RATIO_FROM and stated > RATIO_LIMIT * size)
            if is_bomb or len(parts) > PARTS_LIMIT or len(names) != len(parts):
                raise WorkbookRefused(gettext(BOMB))
            if MAIN_PART not in names or not names.isdisjoint(MAIN_PARTS_OF_OTHERS):
                raise WorkbookRefused(gettext(OTHER_KIND))
            return beginning_of(packed) if is_glance else None
    except UNREADABLE as error:
        raise WorkbookRefused(gettext(NO_WORKBOOK)) from error


@contextmanager
def _reader(path: Path, bounds: Bounds) -> Iterator[subprocess.Popen[str]]:
    """The process that reads; whoever stops early, for whatever reason, leaves none behind."""
    # Without -P its folder would come first among the modules, and `encodings` is also the name of one of ours.
    command = [sys.executable, "-P", workbook_reader.__file__, str(path), str(bounds.memory), str(bounds.seconds)]
    pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=nowhere, encoding="ascii") as process:
        try:
            yield process
        finally:
            process.kill()


def _rows(reader: subprocess.Popen[str]) -> Iterator[tuple[int, list[str]]]:
    _take_articles(reader)
    while line := _read(reader):
        number, cells = line
        yield number, cells


def _take_articles(reader: subprocess.Popen[str]) -> None:
    """The first sheet that names a SKU near its top, since many a price list begins with a cover; else the first that holds something."""
    first, number = None, 0
    while (rows := _read(reader)) is not None:
        if any(names_sku(row) for row in rows):
            _say(reader, workbook_reader.TAKE)
            return
        if first is None and rows:
            first = number
        _say(reader, workbook_reader.NEXT)
        number += 1
    if first is None:
        raise WorkbookRefused(gettext(NO_SHEET))
    _say(reader, str(first))


def _say(reader: subprocess.Popen[str], answer: str) -> None:
    """Raises: WorkbookRefused, where it has broken down."""
    if reader.stdin is None:
        raise ValueError("a reader is started with pipes")
    try:
        reader.stdin.write(answer + "\n")
        reader.stdin.flush()
    except BrokenPipeError as error:
        raise WorkbookRefused(gettext(TOO_LARGE)) from error


def _read(reader: subprocess.Popen[str]) -> Any:
    """What it says next. Raises: WorkbookRefused, where it has broken down."""
    line = reader.stdout.readline() if reader.stdout else ""
    if not line.endswith("\n"):
        is_no_workbook = reader.wait() == workbook_reader.UNREADABLE_EXIT
        raise WorkbookRefused(gettext(NO_WORKBOOK if is_no_workbook else TOO_LARGE))
    return json.loads(line)
