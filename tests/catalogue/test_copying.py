"""Rows by COPY in the binary format: what is read back is what was written."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from marketplace.catalogue.copying import copy_rows, instant, json_value, temporary_like, text_array
from marketplace.catalogue.models import ProductVersion
from marketplace.core.db import db
from marketplace.core.ids import new_id
from tests.factories.catalogue import make_product
from tests.factories.vendors import make_vendor

ODD = ("", "plain", 'a "quoted" word', "back\\slash", "{braces, commas}", "NULL", "tab\tand\nline", "六角螺栓", "\u2028", "𝛀")
VERSION_COLUMNS = ("product_id", "version", "state", "content", "reasons", "made_by", "made_at")


def written_version(app: Flask, *, content: Any, reasons: tuple[str, ...], made_at: datetime) -> ProductVersion:
    product = make_product(make_vendor())
    row = (product.id, 7, "live", json_value(content), text_array(reasons), None, instant(made_at))
    copy_rows("product_versions", VERSION_COLUMNS, [row])
    return db.session.execute(
        select(ProductVersion).where(ProductVersion.product_id == product.id, ProductVersion.version == 7)
    ).scalar_one()


@pytest.mark.parametrize(
    "made_at",
    [
        datetime(2026, 11, 27, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(1999, 12, 31, 23, 59, 59, 1, tzinfo=UTC),
        datetime(1899, 1, 1, tzinfo=UTC),
        datetime(2026, 3, 29, 2, 30, tzinfo=timezone(timedelta(hours=5, minutes=45))),
    ],
)
def test_an_instant_comes_back_to_the_microsecond(app: Flask, made_at: datetime) -> None:
    assert written_version(app, content={}, reasons=(), made_at=made_at).made_at == made_at


@pytest.mark.parametrize("reasons", [(), ODD, ("one",), ("",)])
def test_an_array_of_texts_comes_back(app: Flask, reasons: tuple[str, ...]) -> None:
    found = written_version(app, content={}, reasons=reasons, made_at=datetime(2026, 1, 1, tzinfo=UTC))

    assert (found.reasons, found.made_by) == (list(reasons), None)


def test_json_comes_back(app: Flask) -> None:
    content = {"texts": list(ODD), "numbers": [0, -1, 2**53, 0.1, 1e-7], "none": None, "yes": True, "deep": {"六": [{}]}}

    assert written_version(app, content=content, reasons=(), made_at=datetime(2026, 1, 1, tzinfo=UTC)).content == content


def test_numbers_days_and_texts_go_through_a_temporary_table_as_well(app: Flask) -> None:
    vendor = make_vendor()
    columns = ("id", "sku", "label", "weight_g", "maximum_quantity", "is_active", "last_time_buy_on", "vendor_id")
    weights = (Decimal("0.039"), Decimal(10**9), None, *[Decimal("-1.50")] * 7)
    counts = (2**62, 1, None, *[-5] * 7)
    rows = [
        (new_id(), sku, sku or None, weight, count, not sku, date(2027, 2, 28) if sku else None, vendor.id)
        for sku, weight, count in zip(ODD, weights, counts, strict=True)
    ]

    table = temporary_like("variants")
    needed = text("SELECT attname FROM pg_attribute WHERE attrelid = 'import_variants'::regclass AND attnum > 0 AND attnotnull")
    for name in db.session.scalars(needed).all():
        db.session.execute(text(f"ALTER TABLE {table} ALTER {name} DROP NOT NULL"))

    copy_rows("variants", columns, rows, into=table)

    names = ", ".join(columns)
    found = db.session.execute(text(f"SELECT {names} FROM import_variants")).all()  # noqa: S608 - names from above
    assert sorted(map(tuple, found)) == sorted(rows)
