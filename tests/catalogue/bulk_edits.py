"""Bulk edits as tests take them along."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask.testing import FlaskClient

from marketplace.accounts.models import Company
from marketplace.catalogue.models import (
    BulkEdit,
    BulkEditRow,
    PriceTier,
    Product,
    RowState,
)
from marketplace.core.db import db
from tests.factories.accounts import log_in, make_member
from tests.factories.catalogue import only_variant
from tests.factories.vendors import make_vendor
from vendors.models import Vendor

Jobs = Callable[[], int]


def enter_shop(client: FlaskClient) -> Vendor:
    """Let the browser be a new vendor."""
    shop = make_vendor()
    company = db.session.get_one(Company, shop.id)
    log_in(client, make_member(company), company)
    return shop


def start(client: FlaskClient, products: list[Product], **fields: Any) -> BulkEdit:
    answer = client.post("/portal/products/bulk", data={"ids": [str(p.id) for p in products], "rounding": "100", **fields})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return db.session.get_one(BulkEdit, UUID(answer.headers["Location"].rpartition("/")[2]))


def act(client: FlaskClient, edit: BulkEdit, word: str, run_jobs: Jobs) -> BulkEdit:
    assert client.post(f"/portal/products/bulk/{edit.id}/{word}").status_code == 303
    run_jobs()
    return db.session.query(BulkEdit).filter_by(id=edit.id).populate_existing().one()


def tiers(product: Product) -> list[tuple[int, int]]:
    rows = db.session.query(PriceTier).filter_by(variant_id=only_variant(product).id).order_by(PriceTier.from_quantity)
    return [(t.from_quantity, t.unit_price_micro) for t in rows.populate_existing()]


def fresh(product: Product) -> Product:
    return db.session.query(Product).filter_by(id=product.id).populate_existing().one()


def rows_of(edit: BulkEdit) -> list[tuple[str, RowState, str | None]]:
    rows = db.session.query(BulkEditRow).filter_by(bulk_edit_id=edit.id).order_by(BulkEditRow.number).populate_existing()
    return [(row.sku, row.state, row.reason) for row in rows]


def said(client: FlaskClient, edit: BulkEdit) -> str:
    return " ".join(client.get(f"/portal/products/bulk/{edit.id}").get_data(as_text=True).split())
