"""The one writer of CSV and XLSX. Cells that a spreadsheet would run as a formula are neutralised (robustness.md 13)."""

import csv
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from types import SimpleNamespace
from typing import IO, Any

import xlsxwriter

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CELL_LIMIT = 32_767
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def neutral(cell: object) -> str:
    """The cell as text; what would be a formula gets an apostrophe. Plain numbers stay numbers."""
    text = "" if cell is None else str(cell)
    if text.startswith(FORMULA_STARTS) and not _is_number(text):
        return "'" + text
    return text


_HIDDEN_START = re.compile(r"([;\t\r\n])(?=[=@]|[+-](?!\s|[\d.,]+(?:[;\t\r\n]|$)))")
"""Where half of Europe cuts: a spreadsheet program there takes `;` for the comma of our files, and the cell begins anew behind it."""


def _csv_cell(cell: object) -> str:
    return _HIDDEN_START.sub(r"\1'", neutral(cell))


def _is_number(text: str) -> bool:
    digits = text[1:] if text[:1] in "+-" else text
    return bool(digits) and digits.isascii() and digits.replace(".", "", 1).isdigit()


def csv_lines(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """A table as the lines of a CSV file, with a byte order mark, as spreadsheet programs expect."""
    as_written: Any = SimpleNamespace(write=str)
    writer = csv.writer(as_written)
    yield "\ufeff"
    for row in itertools.chain((head,), rows):  # names of vendors and goods stand in heads, too
        yield writer.writerow([_csv_cell(cell) for cell in row])


def write_xlsx(to: IO[bytes], head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A whole table as a workbook of one sheet, written to a file row by row in constant memory. Numbers stay numbers, all else is text."""
    book = xlsxwriter.Workbook(to, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet()
    strong = book.add_format({"bold": True})
    for column, name in enumerate(head):
        sheet.write_string(0, column, name, strong)
    sheet.freeze_panes(1, 0)
    for number, row in enumerate(rows, 1):
        for column, cell in enumerate(row):
            if isinstance(cell, (int, float)) and not isinstance(cell, bool) and abs(cell) < 10**15:
                sheet.write_number(number, column, cell)
            elif cell is not None:
                sheet.write_string(number, column, neutral(cell)[:CELL_LIMIT])
    book.close()
