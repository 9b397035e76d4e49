"""Rows that are brought in by the command, as a file."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from marketplace.catalogue import cli
from marketplace.catalogue.listings import Refused
from marketplace.catalogue.models import Variant
from marketplace.core.db import db
from vendors.models import Vendor

BOLT = {
    "sku": "QZ-1",
    "title": "Flange bolt",
    "category": "bolts",
    "minimum": 1000,
    "increment": 500,
    "tiers": [[1000, 0.118], [5000, 0.094]],
    "stock": 5000,
}


def bring_in(folder: Path, vendor: Vendor | None, *rows: Mapping[str, Any] | str) -> tuple[dict[str, Any], list[Refused]]:
    path = folder / "listings.jsonl"
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows), encoding="utf-8")
    refused: list[Refused] = []
    if vendor is not None:
        return cli.import_for_vendor(path, vendor.slug, refused.append), refused
    return cli.import_rows_for_operator(path, refused.append)[0].summary(), refused


def counts(summary: Mapping[str, Any]) -> tuple[int, int, int, int]:
    return summary["made"], summary["changed"], summary["unchanged"], summary["refused"]


def variant(sku: str = "QZ-1") -> Variant:
    return db.session.query(Variant).filter_by(sku=sku).populate_existing().one()
