"""What happens to a vendor's goods: views, carts, orders, empty shelves, samples. Scoped to one vendor unless it says public."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, ColumnElement, Select, Text, cast, func, select, true, union

from marketplace.carts.models import CartLine
from marketplace.catalogue.models import Product, ProductState, Variant
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.i18n import day, lazy
from marketplace.core.tables import Asked, Choice, Sort, Table, Words
from marketplace.orders.models import OrderLine, VendorOrder
from marketplace.quality.models import ProductViewDay
from marketplace.quality.queries.sales import sold

FUNNEL_DAYS = 30


@dataclass(frozen=True, slots=True)
class Funnel:
    """Of the last 30 days: pages opened, lines put into carts, order lines placed; beside the 30 days before."""

    views: int
    carts: int
    orders: int
    views_before: int
    carts_before: int
    orders_before: int
    first_day: date


def _days(first: date, last: date) -> ColumnElement[bool]:
    return ProductViewDay.day.between(first, last)


def _between(column: Any, first: date, last: date) -> ColumnElement[bool]:
    # Days are counted as the counter of views counts them.
    zone = ZoneInfo("UTC")
    end = datetime.combine(last + timedelta(days=1), time(), zone)
    inside: ColumnElement[bool] = (column >= datetime.combine(first, time(), zone)) & (column < end)
    return inside


def funnel_days() -> tuple[date, date]:
    """The first and the last day (UTC) of the funnel, today included."""
    today = clock.now().date()
    return today - timedelta(days=FUNNEL_DAYS - 1), today


def _each_day() -> list[date]:
    """The days of the funnel, the newest first."""
    return [funnel_days()[1] - timedelta(days=n) for n in range(FUNNEL_DAYS)]


def funnel_day(text: str) -> date | None:
    """One of the days of the funnel, as an address names it; None for anything else."""
    return next((each for each in _each_day() if each.isoformat() == text), None)


def _viewed(vendor_id: UUID, first: date, last: date) -> int:
    query = select(func.coalesce(func.sum(ProductViewDay.views), 0)).join(Product, Product.id == ProductViewDay.product_id)
    return int(db.session.scalar(query.where(Product.vendor_id == vendor_id, _days(first, last))) or 0)


def _put(vendor_id: UUID, first: date, last: date) -> int:
    query = select(func.count()).select_from(CartLine).join(Variant, Variant.id == CartLine.variant_id)
    return db.session.scalar(query.where(Variant.vendor_id == vendor_id, _between(CartLine.added_at, first, last))) or 0


def _ordered(vendor_id: UUID, first: date, last: date) -> int:
    query = select(func.count()).select_from(OrderLine).join(VendorOrder, VendorOrder.id == OrderLine.vendor_order_id)
    return db.session.scalar(query.where(*sold(vendor_id), _between(VendorOrder.placed_at, first, last))) or 0


def funnel(vendor_id: UUID) -> Funnel:
    """Views → carts → orders of all products of a vendor. A cart line that its buyer took out again is not counted."""
    first, last = funnel_days()
    span = timedelta(days=FUNNEL_DAYS)
    before = (first - span, last - span)
    return Funnel(
        views=_viewed(vendor_id, first, last),
        carts=_put(vendor_id, first, last),
        orders=_ordered(vendor_id, first, last),
        views_before=_viewed(vendor_id, *before),
        carts_before=_put(vendor_id, *before),
        orders_before=_ordered(vendor_id, *before),
        first_day=first,
    )


def views_by_day(vendor_id: UUID) -> list[tuple[date, int]]:
    """How often pages of the vendor's products were opened on each of the last 30 days (UTC), the oldest first."""
    first, last = funnel_days()
    query = select(ProductViewDay.day, func.sum(ProductViewDay.views)).join(Product, Product.id == ProductViewDay.product_id)
    rows = db.session.execute(query.where(Product.vendor_id == vendor_id, _days(first, last)).group_by(ProductViewDay.day))
    found = {day: int(views) for day, views in rows}
    days = [first + timedelta(days=n) for n in range(FUNNEL_DAYS)]
    return [(day, found.get(day, 0)) for day in days]


def goods_figures(vendor_id: UUID, on: date | None = None) -> tuple[Table, Select[Any]]:
    """The rows behind the funnel: each product of the vendor with something to count, as a table and its query.

    Rows: id, sku (of the first variant), slug, title, state, views, carts, orders of the last 30 days, or of one of them. The table is made anew each time since
    the days move on.
    """
    first, last = (on, on) if on else funnel_days()
    views = (
        select(ProductViewDay.product_id, func.sum(ProductViewDay.views).label("n"))
        .join(Product, Product.id == ProductViewDay.product_id)
        .where(Product.vendor_id == vendor_id, _days(first, last))
        .group_by(ProductViewDay.product_id)
        .subquery("viewed")
    )
    carts = (
        select(Variant.product_id, func.count().label("n"))
        .join(CartLine, CartLine.variant_id == Variant.id)
        .where(Variant.vendor_id == vendor_id, _between(CartLine.added_at, first, last))
        .group_by(Variant.product_id)
        .subquery("put")
    )
    orders = (
        select(OrderLine.product_id, func.count().label("n"))
        .join(VendorOrder, VendorOrder.id == OrderLine.vendor_order_id)
        .where(*sold(vendor_id), _between(VendorOrder.placed_at, first, last))
        .group_by(OrderLine.product_id)
        .subquery("ordered")
    )
    seen, put, ordered = (cast(func.coalesce(counted.c.n, 0), BigInteger) for counted in (views, carts, orders))
    title = cast(Product.title, Text)
    first_sku = select(Variant.sku).where(Variant.product_id == Product.id, Variant.is_active).order_by(Variant.position).limit(1)
    sku = func.coalesce(first_sku.scalar_subquery(), "")
    table = Table(
        name="vendors.goods_figures",
        key=Product.id,
        sorts={"views": Sort(seen, falls=True), "carts": Sort(put, falls=True), "orders": Sort(ordered, falls=True), "title": Sort(title)},
        default="-views",
        filters=(
            Words("q", lazy("Title or SKU"), lambda words: title.icontains(words, autoescape=True) | sku.icontains(words, autoescape=True)),
            # The counts themselves are those of the day: nothing is left to narrow.
            Choice("day", lazy("Day"), lambda: [(each.isoformat(), day(each)) for each in _each_day()], lambda _: true()),
        ),
    )
    columns = (Product.id, sku.label("sku"), Product.slug, Product.title, Product.state)
    query = (
        select(*columns, seen.label("views"), put.label("carts"), ordered.label("orders"))
        .outerjoin(views, views.c.product_id == Product.id)
        .outerjoin(carts, carts.c.product_id == Product.id)
        .outerjoin(orders, orders.c.product_id == Product.id)
        # Beginning with the few that have something to count: words are looked for in them, not in a whole catalogue.
        .where(Product.vendor_id == vendor_id, Product.id.in_(union(*(select(counted.c.product_id) for counted in (views, carts, orders)))))
    )
    return table, query


def goods_sums(table: Table, query: Select[Any], asked: Asked) -> tuple[int, int, int]:
    """Views, carts and orders of everything that a list of `goods_figures` shows on all its pages."""
    rows = table.narrowed(query, asked).subquery()
    sums = (func.coalesce(func.sum(column), 0) for column in (rows.c.views, rows.c.carts, rows.c.orders))
    views, carts, orders = db.session.execute(select(*sums)).one()
    return int(views), int(carts), int(orders)


def vendors_with_samples(vendor_ids: Collection[UUID]) -> frozenset[UUID]:
    """Which of these vendors offer a sample of a live listing: public; the caller asks for vendors that are seen."""
    query = select(Variant.vendor_id).join(Product, Product.id == Variant.product_id)
    rule = (Variant.vendor_id.in_(vendor_ids), Variant.is_active, Variant.sample.is_not(None), Product.state == ProductState.LIVE)
    return frozenset(db.session.scalars(query.where(*rule).distinct())) if vendor_ids else frozenset()


def has_samples(vendor_id: UUID) -> bool:
    """Whether a vendor offers a sample of a live listing: public."""
    return bool(vendors_with_samples([vendor_id]))
