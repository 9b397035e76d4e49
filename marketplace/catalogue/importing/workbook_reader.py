"""The process that reads a workbook: `python workbook_reader.py FILE BYTES SECONDS`, with no more memory and processor time than that.

A few kilobytes of XLSX can stand for any number of cells, and where they stand no look at the outside tells for sure; whoever wrote the
file can only break this process. It needs nothing of the product, so it starts at once. It writes JSON, a line each:

    [first rows of a sheet]         for one sheet after another, until `take` answers and not `next`
    null                            where no further sheet is left; then it reads the number of the one to take, or nothing
    [line, [cells as text]]         for each row of the sheet that was taken
    null                            at the end
"""

import json
import resource
import sys
from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime, time
from itertools import islice
from math import isfinite
from pathlib import Path

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, WorksheetNotFound, XmlError, ZipError

UNREADABLE_EXIT = 3
"""How it ends when the file is no workbook; any other end before the last line is one for want of memory or time."""
TAKE, NEXT = "take", "next"
TITLE_ROWS = 10
"""Rows above the heading of a sheet that can be titles."""


def main() -> int:
    """Read the workbook; the exit code."""
    path, memory, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    for kind, limit in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_CORE, 0)):
        with suppress(ValueError, OSError):  # a system that knows no such limit
            resource.setrlimit(kind, (limit, limit))
    with suppress(OSError):  # where memory is short all the same, this process goes first
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    try:
        book = CalamineWorkbook.from_path(path)
        sheet = _taken(book)
    except (CalamineError, PasswordError, WorksheetNotFound, XmlError, ZipError, OSError):
        return UNREADABLE_EXIT
    if sheet is not None:
        for number, cells in enumerate(_lines(sheet.iter_rows()), _first_line(sheet)):
            _write([number, cells])
        _write(None)
    sys.stdout.flush()
    return 0


def _taken(book: CalamineWorkbook) -> CalamineSheet | None:
    """The sheet that is wanted; only one of them is in memory at a time."""
    for number in range(len(book.sheet_names)):
        sheet = book.get_sheet_by_index(number)
        if _asked(list(_lines(islice(sheet.iter_rows(), TITLE_ROWS)))) == TAKE:
            return sheet
        del sheet
    number_of_first = _asked(None)
    return book.get_sheet_by_index(int(number_of_first)) if number_of_first else None


def _asked(about: object) -> str:
    _write(about)
    sys.stdout.flush()
    return sys.stdin.readline().strip()


def _first_line(sheet: CalamineSheet) -> int:
    """The rows begin with the first that holds something, though people count them from the top of the sheet."""
    return (sheet.start or (0, 0))[0] + 1


def _lines(rows: Iterable[Iterable[object]]) -> Iterable[list[str]]:
    return ([text(cell) for cell in row] for row in rows)


def _write(value: object) -> None:
    sys.stdout.write(json.dumps(value) + "\n")


def text(cell: object) -> str:
    """A cell as its spreadsheet shows it, without the format."""
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


if __name__ == "__main__":
    sys.exit(main())
