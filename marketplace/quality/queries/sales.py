"""What a vendor sold, week by week, and what runs at the moment; scoped to one vendor."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Date, Select, cast, func, or_, select

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.i18n import lazy
from marketplace.core.money import CURRENCIES
from marketplace.core.tables import Asked, Choice, Days, Sort, Table, Words
from marketplace.orders.models import VendorOrder, VendorOrderState
from marketplace.orders.numbering import number_holds
from payments.models import Hold, HoldState

S = VendorOrderState
WEEKS = 12
WITHOUT_EFFECT = (S.DECLINED, S.CANCELLED)
ENDED = (S.DECLINED, S.CANCELLED, S.CLOSED, S.ACCEPTED_BY_BUYER)
REVENUE = VendorOrder.goods_minor + VendorOrder.freight_minor
"""What an order brings without tax, in minor units of its currency."""


@dataclass(frozen=True, slots=True)
class WeekOfSales:
    """The paid orders of a week that were not declined or cancelled. Revenue is goods and freight without tax, in the vendor's currency."""

    begins_on: date
    ends_on: date
    orders: int
    revenue_minor: int


def sold(vendor_id: UUID) -> tuple[ColumnElement[bool], ...]:
    """Orders of the vendor that count as sold."""
    return (VendorOrder.vendor_id == vendor_id, VendorOrder.funded_at.is_not(None), VendorOrder.state.not_in(WITHOUT_EFFECT))


def sales_by_week(vendor_id: UUID, *, currency: str, zone: str) -> list[WeekOfSales]:
    """The last 12 weeks, Monday to Sunday, the running one last. Orders in another currency count, their sums do not.

    `zone` is the reader's: the list behind a week counts days by it (`core/tables.py: Days`), and both have to agree.
    """
    today = clock.now().astimezone(ZoneInfo(zone)).date()
    monday = today - timedelta(days=today.weekday(), weeks=WEEKS - 1)
    day = cast(func.timezone(zone, VendorOrder.placed_at), Date)
    week = (day - func.mod(day - monday, 7)).label("week")
    value = func.sum(REVENUE).filter(VendorOrder.currency == currency)
    begins = datetime.combine(monday, time(), ZoneInfo(zone))
    query = select(week, func.count(), func.coalesce(value, 0)).where(*sold(vendor_id), VendorOrder.placed_at >= begins).group_by(week)
    found = {row[0]: (int(row[1]), int(row[2])) for row in db.session.execute(query)}
    weeks = [monday + timedelta(weeks=n) for n in range(WEEKS)]
    return [WeekOfSales(begin, begin + timedelta(days=6), *found.get(begin, (0, 0))) for begin in weeks]


def accepted_orders(vendor_id: UUID) -> int:
    """How many orders the vendor has accepted and not lost again: what level 4 asks for (product.md §10)."""
    query = select(func.count()).select_from(VendorOrder)
    rule = (VendorOrder.vendor_id == vendor_id, VendorOrder.accepted_at.is_not(None), VendorOrder.state.not_in(WITHOUT_EFFECT))
    return db.session.scalar(query.where(*rule)) or 0


@dataclass(frozen=True, slots=True)
class OpenTrade:
    """What runs at a vendor: orders that are not at their end, their buyers, and the money held for them by currency."""

    orders: int
    buyers: int
    held: tuple[tuple[str, int], ...]


def open_trade(vendor_id: UUID) -> OpenTrade:
    """What a suspension would touch; for platform staff."""
    rule = (VendorOrder.vendor_id == vendor_id, VendorOrder.funded_at.is_not(None), VendorOrder.state.not_in(ENDED))
    orders, buyers = db.session.execute(select(func.count(), func.count(VendorOrder.buyer_id.distinct())).where(*rule)).one()
    left = func.sum(Hold.amount_minor - Hold.released_minor - Hold.refunded_minor)
    held = select(Hold.currency, left).where(Hold.vendor_id == vendor_id, Hold.state == HoldState.FUNDED).group_by(Hold.currency)
    return OpenTrade(
        int(orders), int(buyers), tuple((currency, int(minor)) for currency, minor in db.session.execute(held.order_by("currency")))
    )


def _matches(words: str) -> ColumnElement[bool]:
    return or_(number_holds(VendorOrder.number, words), VendorOrder.buyer_name.icontains(words, autoescape=True))


BY_CURRENCY = Choice(
    "currency", lazy("Currency"), lambda: [(code, code) for code in CURRENCIES], lambda value: VendorOrder.currency == value
)
SOLD = Table(
    name="vendors.sold",
    key=VendorOrder.id,
    sorts={
        "placed": Sort(VendorOrder.placed_at, falls=True),
        "buyer": Sort(VendorOrder.buyer_name),
        "revenue": Sort(REVENUE, falls=True),
        "total": Sort(VendorOrder.total_minor, falls=True),
    },
    default="-placed",
    filters=(Words("q", lazy("Number or customer"), _matches), Days("placed", lazy("Placed"), VendorOrder.placed_at), BY_CURRENCY),
)


def sold_orders(vendor_id: UUID) -> Select[VendorOrder]:
    """The orders that the plots count, as a query for `SOLD`."""
    return select(VendorOrder).where(*sold(vendor_id))


def sold_rows(vendor_id: UUID, asked: Asked) -> Iterator[Any]:
    """All of them that fit, for CSV: number, buyer_name, placed_at, currency, goods_minor, freight_minor, tax_minor, total_minor."""
    names = (VendorOrder.number, VendorOrder.buyer_name, VendorOrder.placed_at, VendorOrder.currency)
    sums = (VendorOrder.goods_minor, VendorOrder.freight_minor, VendorOrder.tax_minor, VendorOrder.total_minor)
    return SOLD.rows(sold_orders(vendor_id).with_only_columns(*names, *sums), asked)


@dataclass(frozen=True, slots=True)
class Sum:
    """What some orders come to, in minor units of one currency. Revenue is goods and freight."""

    currency: str
    orders: int
    goods_minor: int
    freight_minor: int
    revenue_minor: int
    total_minor: int


def sold_sums(vendor_id: UUID, asked: Asked) -> list[Sum]:
    """The sums of everything that a list of `SOLD` shows on all its pages, one for each currency."""
    parts = (VendorOrder.goods_minor, VendorOrder.freight_minor, REVENUE, VendorOrder.total_minor)
    rows = SOLD.narrowed(sold_orders(vendor_id), asked).with_only_columns(VendorOrder.currency, func.count(), *map(func.sum, parts))
    found = db.session.execute(rows.group_by(VendorOrder.currency).order_by(VendorOrder.currency))
    return [Sum(row[0], *(int(value) for value in row[1:])) for row in found]
