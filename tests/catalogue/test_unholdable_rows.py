"""A value that the database cannot hold costs its row, whichever column it stands in, and never the rows around it."""

from typing import Any

import pytest
from flask import Flask

from marketplace.catalogue import cli
from marketplace.catalogue.drafts import ProductDraft, VariantDraft
from marketplace.catalogue.listings import Listing, Refused
from marketplace.catalogue.models import Category, Product, Variant
from marketplace.core.audit import Actor
from marketplace.core.db import db
from tests.factories.catalogue import make_category
from tests.factories.vendors import make_vendor
from vendors.models import Vendor

BEYOND_BIGINT = 2**63
BAD = [
    {"capacity_month": BEYOND_BIGINT},
    {"label": "nul \0 inside"},
    {"attributes": {}, "sample": {"price_micro": 1, "credited": "\0"}},
    {"stock": BEYOND_BIGINT},
    {"stock": -1},
    {"label": "half of a pair \ud800"},
    {"attributes": {}, "dims_mm": (1.0, 2.0, 3.0), "sample": {"price_micro": 1, "note": "half of a pair \ud800"}},
]


@pytest.fixture
def shop(app: Flask) -> tuple[Vendor, Category]:
    """Whose listings they are, and where they stand."""
    made = make_vendor(), make_category()
    db.session.commit()  # a refused part is rolled back
    return made


def listing(shop: tuple[Vendor, Category], line: int, *, stock: int = 5, **values: Any) -> Listing:
    vendor, category = shop
    variant = VariantDraft(sku=f"QZ-{line}", tiers=((1, 118_000),), **values)
    draft = ProductDraft(category.id, {"en": "Flange bolt"}, (variant,))
    return Listing(line, vendor.id, "EUR", draft, opening_stock={variant.sku: stock})


def take(listings: list[Listing]) -> tuple[cli.Run, list[int]]:
    refused: list[Refused] = []
    run = cli.Run("rows.jsonl", Actor(name="import"), refused.append)
    run.take(listings)
    assert {row.reason for row in refused} <= {"This row holds a value that cannot be stored."}
    return run, sorted(row.line for row in refused)


def skus() -> set[str]:
    return {str(sku) for (sku,) in db.session.query(Variant.sku)}


@pytest.mark.parametrize("bad", BAD)
def test_a_new_row_that_cannot_be_stored_stops_no_other(shop: tuple[Vendor, Category], bad: dict[str, Any]) -> None:
    rows = [listing(shop, line, **(bad if line in (3, 8) else {})) for line in range(1, 11)]

    run, refused = take(rows)

    assert refused == [3, 8]
    assert (run.made, run.refused) == (8, 2)
    assert skus() == {f"QZ-{line}" for line in range(1, 11) if line not in (3, 8)}


@pytest.mark.parametrize("bad", [{"capacity_month": BEYOND_BIGINT}, {"label": "nul \0 inside"}])
def test_a_changed_row_that_cannot_be_stored_stays_as_it_was(shop: tuple[Vendor, Category], bad: dict[str, Any]) -> None:
    take([listing(shop, line) for line in range(1, 5)])

    run, refused = take([listing(shop, line, **(bad if line == 2 else {"brand": "Qianzhu"})) for line in range(1, 5)])

    assert refused == [2]
    assert (run.changed, run.refused) == (3, 1)
    assert {version for (version,) in db.session.query(Product.version)} == {1, 2}
    assert db.session.query(Variant).filter_by(brand="Qianzhu").count() == 3


def test_a_file_of_nothing_else_is_refused_row_by_row(shop: tuple[Vendor, Category]) -> None:
    run, refused = take([listing(shop, line, capacity_month=BEYOND_BIGINT) for line in range(1, 6)])

    assert (run.made, refused) == (0, [1, 2, 3, 4, 5])
    assert skus() == set()
