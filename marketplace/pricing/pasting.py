"""Prices from pasted lines or a CSV file (pure): SKU, from quantity, price. A wrong line never stops reading; each is named.

Columns are parted by tab, semicolon or comma, whichever the first line has, in that order: a SKU may hold a comma or a space. Quantities
are in display units, prices for the quantity that the variant is priced for, as on the product form.
"""

import csv
import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from pydantic_core import PydanticCustomError

from marketplace.core.forms import decimal_number
from marketplace.core.i18n import gettext, lazy
from marketplace.core.sheets import FORMULA_STARTS

MOST_LINES = 5_000
LONGEST_LINE = 1_000
MOST_TIERS = 10
BIGGEST = 10**12
MICRO = 1_000_000
_GROUPED = re.compile(r"\d{1,3}(?:\.\d{3})+")
TEXTS = {
    "columns": lazy("Three columns are needed: SKU, from quantity, price."),
    "sku": lazy("There is no variant with this SKU in your catalogue."),
    "quantity": lazy("The quantity is not right: a whole number of the smallest unit, 1 or more."),
    "grouped": lazy("Is this one, or one thousand? Write the quantity without a point in it, such as 1000."),
    "price": lazy("The price is not right: a number such as 0.0389, with at most 6 decimals."),
    "twice": lazy("This SKU has this quantity twice."),
    "dearer": lazy("A larger quantity costs more than a smaller one."),
    "many": lazy("A variant has at most 10 prices."),
    "lines": lazy("At most 5,000 lines at once."),
}


@dataclass(frozen=True, slots=True)
class Priced:
    """What reading needs to know of a variant: base units of one display unit, and the least quantity that is sold."""

    id: UUID
    display_factor: int
    minimum: int


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a line; `line` counts from 1 as an editor does."""

    line: int
    code: str
    written: str

    @property
    def text(self) -> str:
        """The fault in the reader's language."""
        return gettext(TEXTS[self.code])


@dataclass(frozen=True, slots=True)
class Pasted:
    """Tiers by variant, in base units and micro; variants that are named without a price have none and leave the list."""

    prices: Mapping[UUID, Sequence[tuple[int, int]]]
    faults: tuple[Fault, ...]


def written_skus(text: str) -> set[str]:
    """The first column of all lines: what has to be looked up before `read`."""
    return {row[0] for _, row in _rows(text)}


def read(text: str, variants: Mapping[str, Priced]) -> Pasted:
    """Read lines against the vendor's variants by SKU. A head line is passed over; so are empty ones."""
    rows = _rows(text)
    if len(rows) > MOST_LINES:
        return Pasted({}, (Fault(rows[MOST_LINES][0], "lines", ""),))
    faults: list[Fault] = []
    found: dict[UUID, dict[int, tuple[int, int]]] = {}
    for number, row in rows:
        if number == rows[0][0] and row[0] not in variants and any(row[1:]) and not _has_digit(row[1:]):
            continue  # the head of a table; a first line that stands alone is a SKU, or a line with another sign between its columns
        code = _take(row, variants, found, number)
        if code is not None:
            faults.append(Fault(number, code, row[0]))
    for variant_id, tiers in found.items():
        faults += _faults_of(tiers, next(sku for sku, variant in variants.items() if variant.id == variant_id))
    prices = {variant_id: [(start, micro) for start, (micro, _) in sorted(tiers.items())] for variant_id, tiers in found.items()}
    return Pasted(prices, tuple(sorted(faults, key=lambda fault: (fault.line, fault.code))))


def _rows(text: str) -> list[tuple[int, list[str]]]:
    """(line number, cells) of the lines that hold something. Each line by itself: a forgotten quote spoils one, not the rest."""
    lines = [line[:LONGEST_LINE] for line in text.lstrip("\ufeff").splitlines()]
    first = next((line for line in lines if line.strip()), "")
    delimiter = next((mark for mark in ("\t", ";") if mark in first), ",")
    rows = (
        (number, [_plain(cell) for row in csv.reader([line], delimiter=delimiter) for cell in row]) for number, line in enumerate(lines, 1)
    )
    return [(number, cells) for number, cells in rows if any(cells)]


def _plain(cell: str) -> str:
    """The cell as it was before our own CSV kept a spreadsheet from running it as a formula."""
    text = cell.strip()
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA_STARTS) else text


def _take(row: Sequence[str], variants: Mapping[str, Priced], found: dict[UUID, dict[int, tuple[int, int]]], number: int) -> str | None:
    variant = variants.get(row[0])
    if variant is None:
        return "sku"
    tiers = found.setdefault(variant.id, {})
    if not any(row[1:3]):
        return None  # named without a price: out of the list
    if len(row) < 3 or not row[2]:
        return "columns"
    quantity = _number(row[1]) if row[1] else Decimal(variant.minimum) / variant.display_factor
    price = _number(row[2])
    if _GROUPED.fullmatch(row[1]) and (variant.display_factor == 1 or "," in row[2]):
        return "grouped"  # pieces have no decimals, and who writes 14,50 writes 1.000 for a thousand
    start = None if quantity is None else quantity * variant.display_factor
    if start is None or start != start.to_integral_value() or not 1 <= start <= BIGGEST:
        return "quantity"
    if price is None or price > BIGGEST / MICRO:
        return "price"
    if int(start) in tiers:
        return "twice"
    tiers[int(start)] = (int(price * MICRO), number)
    return None


def _faults_of(tiers: Mapping[int, tuple[int, int]], sku: str) -> list[Fault]:
    rows = [tiers[start] for start in sorted(tiers)]
    faults = [Fault(line, "dearer", sku) for (before, _), (micro, line) in itertools.pairwise(rows) if micro > before]
    if len(rows) > MOST_TIERS:
        faults.append(Fault(rows[MOST_TIERS][1], "many", sku))
    return faults


def _number(text: str) -> Decimal | None:
    try:
        number = decimal_number(text)
    except PydanticCustomError:
        return None
    return number if isinstance(number, Decimal) else None


def _has_digit(cells: Sequence[str]) -> bool:
    return any(character.isdigit() for cell in cells for character in cell)
