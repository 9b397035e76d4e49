"""A whole catalogue as a file, read and written some listings at a time: the size of the catalogue does not show in memory."""

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from marketplace.catalogue.importing.cells import ATTRIBUTE, UNIT_SUFFIX
from marketplace.catalogue.importing.export_rows import HEADS, flat, rows_of
from marketplace.catalogue.queries.imports import category_slugs, common_attributes, exported
from marketplace.core import sheets

FORMATS = {
    "csv": "text/csv",
    "xlsx": sheets.XLSX,
    "jsonl": "application/x-ndjson",
}
AT_ONCE = 5_000
"""Listings that are written while the reader waits; more are written by a job."""
COLUMN_ATTRIBUTES = 60
"""Attributes with columns of their own; the others stand together in one."""
Tell = Callable[[int], None]


def catalogue_rows(vendor_id: UUID, tell: Tell = lambda _: None) -> Iterator[dict[str, Any]]:
    """The rows of all listings but the retired ones; `tell` hears, between two reads, how many listings are behind."""
    slugs = category_slugs()
    after: UUID | None = None
    done = 0
    while found := exported(vendor_id, after=after):
        for _, code, content, stock in found:
            yield from rows_of(content, product=code, category=slugs.get(UUID(content["category_id"]), ""), stock=stock)
        after = found[-1][0]
        done += len(found)
        tell(done)


def columns_for(vendor_id: UUID) -> list[str]:
    """The heading of a table of the vendor's catalogue."""
    attributes = [ATTRIBUTE + code for code in common_attributes(vendor_id, COLUMN_ATTRIBUTES)]
    return [*HEADS, *(column for name in attributes for column in (name, name + UNIT_SUFFIX))]


def write_catalogue(kind: str, vendor_id: UUID, to: Path, tell: Tell = lambda _: None) -> None:
    """Write a vendor's catalogue to a file. `kind` is a key of `FORMATS`."""
    rows = catalogue_rows(vendor_id, tell)
    if kind == "jsonl":
        with to.open("w", encoding="utf-8") as out:
            out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        return
    columns = columns_for(vendor_id)
    cells = (flat(row, columns) for row in rows)
    if kind == "xlsx":
        with to.open("wb") as book:
            sheets.write_xlsx(book, columns, cells)
        return
    with to.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(columns)
        writer.writerows([sheets.neutral(cell) for cell in row] for row in cells)
