"""What the platform's desk reads of listings that wait for its answer. Not scoped to a company: for staff only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from marketplace.catalogue.models import Category, Product, ProductState, ProductVersion
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from vendors.models import Vendor, VendorState

LIMIT = 50


@dataclass(frozen=True, slots=True)
class CheckRow:
    """A listing that waits: who, what, since when."""

    id: UUID
    title: Mapping[str, str]
    vendor_name: str
    vendor_state: VendorState
    category_name: Mapping[str, str]
    version: int
    content: Mapping[str, Any]
    currency: str
    waiting_since: datetime
    state: ProductState


def _rows(*conditions: Any) -> list[CheckRow]:
    rows = db.session.execute(
        select(Product, Vendor.name, Vendor.state, Category.name, ProductVersion.content)
        .join(Vendor, Vendor.id == Product.vendor_id)
        .join(Category, Category.id == Product.category_id)
        .join(ProductVersion, (ProductVersion.product_id == Product.id) & (ProductVersion.version == Product.version))
        .where(*conditions)
        .order_by(Product.updated_at, Product.id)
        .limit(LIMIT)
    )
    return [
        CheckRow(p.id, p.title, vendor_name, vendor_state, category_name, p.version, content, p.currency, p.updated_at, p.state)
        for p, vendor_name, vendor_state, category_name, content in rows
    ]


def checks() -> list[CheckRow]:
    """The listings in `checking`, the longest waiting first, at most 50."""
    return _rows(Product.state == ProductState.CHECKING)


def count_checks() -> int:
    """How many listings wait for the desk."""
    return db.session.scalar(select(func.count()).select_from(Product).where(Product.state == ProductState.CHECKING)) or 0


def product_to_check(product_id: UUID) -> CheckRow:
    """One listing as the desk sees it, in any state. Raises: NotFound."""
    rows = _rows(Product.id == product_id)
    if not rows:
        raise NotFound
    return rows[0]
