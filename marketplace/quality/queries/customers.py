"""The companies that ordered from a vendor; scoped to that vendor."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select

from marketplace.accounts.models import Company
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.i18n import gettext, lazy
from marketplace.core.tables import Choice, Sort, Table, Words
from marketplace.orders.models import VendorOrder
from marketplace.pricing.models import Segment, SegmentMember
from marketplace.quality.queries.sales import ENDED, REVENUE, WITHOUT_EFFECT
from vendors.models import Vendor

_has_effect = VendorOrder.state.not_in(WITHOUT_EFFECT)
_grouped = (
    select(
        VendorOrder.vendor_id,
        VendorOrder.buyer_id,
        func.count().label("orders"),
        func.count().filter(VendorOrder.state.not_in(ENDED)).label("open"),
        func.coalesce(func.sum(REVENUE).filter(_has_effect, VendorOrder.currency == Vendor.currency), 0).label("spend_minor"),
        func.min(VendorOrder.placed_at).label("first_at"),
        func.max(VendorOrder.placed_at).label("last_at"),
    )
    .join(Vendor, Vendor.id == VendorOrder.vendor_id)
    .where(VendorOrder.funded_at.is_not(None))
    .group_by(VendorOrder.vendor_id, VendorOrder.buyer_id)
    .subquery("customers")
)
_segments = (
    select(SegmentMember.vendor_id, SegmentMember.company_id, func.string_agg(Segment.name, ", ").label("names"))
    .join(Segment, Segment.id == SegmentMember.segment_id)
    .group_by(SegmentMember.vendor_id, SegmentMember.company_id)
    .subquery("segments")
)


@dataclass(frozen=True, slots=True)
class Customer:
    """A company that ordered. Spend is goods and freight without tax in the vendor's currency, without declined and cancelled orders."""

    buyer_id: UUID
    name: str
    country: str
    orders: int
    open: int
    spend_minor: int
    first_at: datetime
    last_at: datetime
    segments: str | None


def _named(words: str) -> ColumnElement[bool]:
    return Company.name.icontains(words, autoescape=True)


STANDINGS = {"open": lazy("With open orders"), "idle": lazy("Without open orders")}
CUSTOMERS = Table(
    name="vendors.customers",
    key=_grouped.c.buyer_id,
    sorts={
        "name": Sort(Company.name),
        "orders": Sort(_grouped.c.orders, falls=True),
        "spend": Sort(_grouped.c.spend_minor, falls=True),
        "last": Sort(_grouped.c.last_at, falls=True),
    },
    default="-last",
    filters=(
        Words("q", lazy("Name"), _named),
        Choice(
            "standing",
            lazy("Orders"),
            lambda: [(key, gettext(word)) for key, word in STANDINGS.items()],
            lambda value: _grouped.c.open > 0 if value == "open" else _grouped.c.open == 0,
        ),
    ),
)


def customers(vendor_id: UUID) -> Select[Any]:
    """The companies that ordered from a vendor, as a query for `CUSTOMERS`; its rows make a `Customer` by `customer_from`."""
    return (
        select(
            _grouped.c.buyer_id,
            Company.name,
            Company.country,
            _grouped.c.orders,
            _grouped.c.open,
            _grouped.c.spend_minor,
            _grouped.c.first_at,
            _grouped.c.last_at,
            _segments.c.names.label("segments"),
        )
        .join(Company, Company.id == _grouped.c.buyer_id)
        .outerjoin(_segments, (_segments.c.vendor_id == _grouped.c.vendor_id) & (_segments.c.company_id == _grouped.c.buyer_id))
        .where(_grouped.c.vendor_id == vendor_id)
    )


def customer_from(row: Any) -> Customer:
    """A row of `customers`."""
    return Customer(
        row.buyer_id, row.name, row.country, int(row.orders), int(row.open), int(row.spend_minor), row.first_at, row.last_at, row.segments
    )


def customer_of(vendor_id: UUID, buyer_id: UUID) -> Customer:
    """One customer. Raises: NotFound, also for a company that never ordered from this vendor."""
    row = db.session.execute(customers(vendor_id).where(_grouped.c.buyer_id == buyer_id)).one_or_none()
    if row is None:
        raise NotFound
    return customer_from(row)


def newest_orders_of(vendor_id: UUID, buyer_id: UUID, *, limit: int = 8) -> list[VendorOrder]:
    """The last paid orders of a customer at this vendor, the newest first."""
    query = select(VendorOrder).where(
        VendorOrder.vendor_id == vendor_id, VendorOrder.buyer_id == buyer_id, VendorOrder.funded_at.is_not(None)
    )
    return list(db.session.scalars(query.order_by(VendorOrder.placed_at.desc(), VendorOrder.id.desc()).limit(limit)))


def buyers_with_open_orders(vendor_id: UUID, *, placed_from: datetime | None = None) -> list[UUID]:
    """The companies with an order of this vendor that has not ended, placed at an instant or later; for jobs that tell them something."""
    query = select(VendorOrder.buyer_id).where(
        VendorOrder.vendor_id == vendor_id, VendorOrder.funded_at.is_not(None), VendorOrder.state.not_in(ENDED)
    )
    if placed_from is not None:
        query = query.where(VendorOrder.placed_at >= placed_from)
    return list(db.session.scalars(query.distinct().order_by(VendorOrder.buyer_id)))
