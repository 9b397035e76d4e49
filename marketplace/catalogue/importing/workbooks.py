"""Rows of an XLSX file. It is measured before it is opened: a few kilobytes can unpack to anything (robustness.md 13)."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time
from itertools import islice
from math import isfinite
from pathlib import Path
from typing import IO

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, WorksheetNotFound, XmlError, ZipError

from marketplace.catalogue.importing.beginnings import beginning_of
from marketplace.catalogue.importing.mapping import names_sku
from marketplace.core.i18n import gettext, lazy

UNPACKED_LIMIT = 600_000_000
"""Bytes; the sheets of 100,000 rows with 60 columns take about 350 MB."""
RATIO_LIMIT = 150
RATIO_FROM = 20_000_000
"""A small part may be packed as well as it can."""
PARTS_LIMIT = 2_000
CELL_LIMIT = 8_000_000
"""Rows times columns: the reader makes room for each of them."""
ROW_LIMIT = 1_048_576
STEP = 1 << 20
TITLE_ROWS = 10
"""Rows above the heading of a sheet that can be titles."""
BOMB = lazy("This workbook unpacks to far more than it should. Save it again, or send CSV.")
TOO_LARGE = lazy("This sheet spans more cells than are taken: at most %(limit)s. Delete empty rows and columns below and beside the table.")
NO_WORKBOOK = lazy("This is no XLSX workbook that can be read, or it has a password.")
NO_SHEET = lazy("The workbook has no sheet.")
UNREADABLE = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError, ValueError)
"""What `zipfile` raises for a broken archive."""
_PLACE = re.compile(rb'<(?:\w+:)?c\b[^>]{0,200}?\br="([A-Z]{0,3})(\d{1,7})"')
_ROW = re.compile(rb'<(?:\w+:)?row\b[^>]{0,300}?\br="(\d{1,7})"[^>]{0,300}(?<!/)>(?=[^<]{0,99}<[^/])')
"""A row with something in it. LibreOffice writes the last row of the sheet, empty, for a format that goes to its end."""
_CELL = re.compile(rb"<(?:\w+:)?c[ />]")


class WorkbookRefused(Exception):
    """The workbook as a whole is not taken; the text says why."""


def check_workbook(workbook: Path | IO[bytes]) -> None:
    """Measure a workbook by unpacking it piece by piece, whatever its list of contents claims. Raises: WorkbookRefused."""
    try:
        with zipfile.ZipFile(workbook) as packed:
            parts = packed.infolist()
            if len(parts) > PARTS_LIMIT or len({part.filename for part in parts}) != len(parts):
                raise WorkbookRefused(gettext(BOMB))
            left = UNPACKED_LIMIT
            for part in parts:
                left -= _measure(packed, part, left)
    except UNREADABLE as error:
        raise WorkbookRefused(gettext(NO_WORKBOOK)) from error


def _beginning(path: Path) -> IO[bytes] | None:
    """The first rows of a large workbook. Its list of contents is believed here: whoever reads on measures it. Raises: WorkbookRefused."""
    try:
        with zipfile.ZipFile(path) as packed:
            parts = packed.infolist()
            stated, size = sum(part.file_size for part in parts), path.stat().st_size
            if len(parts) > PARTS_LIMIT or stated > UNPACKED_LIMIT or (stated > RATIO_FROM and stated > RATIO_LIMIT * size):
                raise WorkbookRefused(gettext(BOMB))
            return beginning_of(packed)
    except UNREADABLE as error:
        raise WorkbookRefused(gettext(NO_WORKBOOK)) from error


def _measure(packed: zipfile.ZipFile, part: zipfile.ZipInfo, left: int) -> int:
    """The real size of a part. Raises: WorkbookRefused."""
    is_sheet = part.filename.startswith("xl/worksheets/")
    # The stated size is where reading would stop; the reader behind us goes on to the end of the packed bytes.
    part.file_size = UNPACKED_LIMIT + STEP
    size = rows = columns = cells = 0
    rest = b""
    with packed.open(part) as source:
        while piece := source.read(STEP):
            size += len(piece)
            if size > left or (size > RATIO_FROM and size > RATIO_LIMIT * max(part.compress_size, 1)):
                raise WorkbookRefused(gettext(BOMB))
            if not is_sheet:
                continue
            text = rest + piece
            for letters, number in _PLACE.findall(text):
                rows = max(rows, int(number))
                columns = max(columns, _column(letters))
            rows = max(rows, *(int(number) for number in _ROW.findall(text)), 0)
            cells += len(_CELL.findall(piece))
            rest = text[-800:]
            if rows > ROW_LIMIT or rows * columns > CELL_LIMIT or cells > CELL_LIMIT:
                raise WorkbookRefused(gettext(TOO_LARGE, limit=CELL_LIMIT))
    return size


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def workbook_rows(path: Path, *, is_glance: bool) -> Iterator[tuple[int, list[str]]]:
    """(line, cells as text) of the sheet with the articles; at a glance only its first rows, at least 1,000. Raises: WorkbookRefused."""
    beginning = _beginning(path) if is_glance else None
    check_workbook(beginning or path)
    try:
        sheet = _articles(_loaded(beginning) if beginning else CalamineWorkbook.from_path(str(path)))
    except (CalamineError, PasswordError, WorksheetNotFound, XmlError, ZipError, OSError) as error:
        raise WorkbookRefused(gettext(NO_WORKBOOK)) from error
    if sheet is None:
        raise WorkbookRefused(gettext(NO_SHEET))
    # The rows begin with the first that holds something, though people count them from the top of the sheet.
    first = (sheet.start or (0, 0))[0] + 1
    for number, row in enumerate(sheet.iter_rows(), first):
        yield number, [_text(cell) for cell in row]


def _loaded(beginning: IO[bytes]) -> CalamineWorkbook:
    beginning.seek(0)
    return CalamineWorkbook.from_filelike(beginning)


def _articles(book: CalamineWorkbook) -> CalamineSheet | None:
    """The first sheet that names a SKU near its top, since many a price list begins with a cover; else the first that holds something."""
    first = None
    for number in range(len(book.sheet_names)):
        sheet = book.get_sheet_by_index(number)
        if any(names_sku(str(cell) for cell in row) for row in islice(sheet.iter_rows(), TITLE_ROWS)):
            return sheet
        if first is None and sheet.height:
            first = sheet
    return first


def _text(cell: object) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float):
        if not isfinite(cell):
            return str(cell)  # no number of a spreadsheet, so its row says so
        # Fifteen digits are what a spreadsheet shows; the last bits of its floats are nobody's price.
        return str(int(cell)) if cell == int(cell) and abs(cell) < 1e15 else f"{cell:.15g}"
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat()
    return cell.isoformat() if isinstance(cell, (date, time)) else str(cell)
