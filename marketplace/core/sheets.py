"""The one writer of CSV. Cells that a spreadsheet would run as a formula are neutralised (robustness.md 13)."""

import csv
import io
from collections.abc import Iterable, Sequence

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def neutral(cell: object) -> str:
    """The cell as text; what would be a formula gets an apostrophe. Plain numbers stay numbers."""
    text = "" if cell is None else str(cell)
    if text.startswith(FORMULA_STARTS) and not _is_number(text):
        return "'" + text
    return text


def _is_number(text: str) -> bool:
    digits = text[1:] if text[:1] in "+-" else text
    return bool(digits) and digits.isascii() and digits.replace(".", "", 1).isdigit()


def write_csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A whole table as CSV text with a byte order mark, as spreadsheet programs expect."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    for row in rows:
        writer.writerow([neutral(cell) for cell in row])
    return "\ufeff" + out.getvalue()
