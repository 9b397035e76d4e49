"""Products that the platform has taken down: for the desk all of them, for a vendor its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from marketplace.catalogue.models import Product, ProductState, ProductTakedown, TakedownEnd, TakedownSource, Variant
from marketplace.catalogue.reasons import TAKEDOWN_REASONS
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.i18n import gettext, lazy
from marketplace.core.tables import Choice, Days, Sort, Table, Words
from vendors.models import Vendor

IN_FORCE, IS_MOOT = "in_force", "moot"
SOURCES = {
    TakedownSource.OWN_CHECK: lazy("A check of our own"),
    TakedownSource.NOTICE: lazy("A notice by somebody"),
    TakedownSource.AUTHORITY: lazy("An authority"),
}
ENDS = {
    TakedownEnd.UNDONE: lazy("Taken back by the platform"),
    TakedownEnd.GRANTED: lazy("Appeal granted"),
    TakedownEnd.SENT_AGAIN: lazy("Sent again by the vendor"),
}
STANDS = lazy("In force")
MOOT = lazy("Moot: the vendor has retired the product")


def how_it_stands(takedown: ProductTakedown, state: ProductState) -> str:
    """Whether a taking down holds, how it ended, or that there is nothing left for it to hold: a retired product never comes back."""
    if takedown.ended is not None:
        return gettext(ENDS[takedown.ended])
    return gettext(MOOT if state is ProductState.RETIRED else STANDS)


def is_in_force(takedown: ProductTakedown, state: ProductState) -> bool:
    """Whether a taking down keeps a product off sale."""
    return takedown.ended is None and state is not ProductState.RETIRED


def takedown_in_force(product_id: UUID) -> ProductTakedown | None:
    """What has taken a product down and was neither undone nor followed by another check; the caller has read the product under its scope."""
    query = select(ProductTakedown).where(ProductTakedown.product_id == product_id, ProductTakedown.ended.is_(None))
    return db.session.scalar(query.execution_options(populate_existing=True))


def takedowns_of(product_id: UUID) -> list[ProductTakedown]:
    """Every taking down of a product, the newest first; the caller has read the product under its scope."""
    query = select(ProductTakedown).where(ProductTakedown.product_id == product_id)
    return list(db.session.scalars(query.order_by(ProductTakedown.taken_at.desc(), ProductTakedown.id.desc())))


def find_takedown(takedown_id: UUID) -> ProductTakedown | None:
    """One taking down; for the desk and the clockwork."""
    return db.session.get(ProductTakedown, takedown_id)


@dataclass(frozen=True, slots=True)
class TakenDown:
    """A taking down with what people call the product."""

    takedown: ProductTakedown
    title: dict[str, str]
    sku: str
    state: ProductState


FIRST_SKU = (
    select(Variant.sku)
    .where(Variant.product_id == Product.id, Variant.is_active)
    .order_by(Variant.position)
    .limit(1)
    .correlate(Product)
    .scalar_subquery()
)


def taken_in_act(act_id: UUID) -> list[TakenDown]:
    """The products that were taken down together, by SKU; for the clockwork."""
    return _taken(ProductTakedown.act_id == act_id)


def taken_by_id(takedown_id: UUID) -> TakenDown:
    """One of them; for the clockwork. Raises: NotFound."""
    found = _taken(ProductTakedown.id == takedown_id)
    if not found:
        raise NotFound
    return found[0]


def taken_down_now(vendor_id: UUID) -> list[TakenDown]:
    """The products of a vendor that are taken down and wait for it, the longest first."""
    own = (ProductTakedown.vendor_id == vendor_id, ProductTakedown.ended.is_(None), Product.state == ProductState.REFUSED)
    return sorted(_taken(*own), key=lambda each: each.takedown.taken_at)


def _taken(*conditions: ColumnElement[bool]) -> list[TakenDown]:
    query = select(ProductTakedown, Product.title, FIRST_SKU, Product.state).join(Product, Product.id == ProductTakedown.product_id)
    rows = db.session.execute(query.where(*conditions))
    return sorted((TakenDown(row, title, sku or "", state) for row, title, sku, state in rows), key=lambda each: each.sku)


def _how(value: str) -> ColumnElement[bool]:
    if value in (IN_FORCE, IS_MOOT):
        return and_(ProductTakedown.ended.is_(None), (Product.state == ProductState.RETIRED).is_(value == IS_MOOT))
    return ProductTakedown.ended == TakedownEnd(value)


def _hows() -> list[tuple[str, str]]:
    return [(IN_FORCE, gettext(STANDS)), (IS_MOOT, gettext(MOOT)), *((end.value, gettext(word)) for end, word in ENDS.items())]


def _fits(typed: str) -> ColumnElement[bool]:
    sku = select(Variant.id).where(Variant.product_id == Product.id, Variant.sku.icontains(typed, autoescape=True)).exists()
    titles = [Product.title[language].astext.icontains(typed, autoescape=True) for language in ("en", "zh-Hans")]
    return or_(*titles, Vendor.name.icontains(typed, autoescape=True), sku)


TAKEDOWNS = Table(
    name="catalogue.takedowns",
    key=ProductTakedown.id,
    sorts={"taken": Sort(ProductTakedown.taken_at, falls=True), "vendor": Sort(func.lower(Vendor.name))},
    default="-taken",
    filters=(
        Words("q", lazy("Title, SKU or vendor"), _fits),
        Choice("stands", lazy("State"), _hows, _how),
        Choice(
            "reason",
            lazy("Reason"),
            lambda: [(code, gettext(words)) for code, words in TAKEDOWN_REASONS.items()],
            lambda code: ProductTakedown.reasons.contains([code]),
        ),
        Choice(
            "source",
            lazy("Known from"),
            lambda: [(source.value, gettext(word)) for source, word in SOURCES.items()],
            lambda value: ProductTakedown.source == TakedownSource(value),
        ),
        Days("taken", lazy("Taken down"), ProductTakedown.taken_at),
    ),
)


def takedowns_with_products() -> Select[Any]:
    """All of them, as a query for `TAKEDOWNS`: (takedown, title, state, sku, vendor's name)."""
    query = (
        select(ProductTakedown, Product.title, Product.state, FIRST_SKU.label("sku"), Vendor.name)
        .join(Product, Product.id == ProductTakedown.product_id)
        .join(Vendor, Vendor.id == ProductTakedown.vendor_id)
    )
    return cast("Select[Any]", query)


def count_takedowns() -> int:
    """How many were ever written, so that an empty list says so."""
    return db.session.scalar(select(func.count()).select_from(ProductTakedown)) or 0


@dataclass(frozen=True, slots=True)
class Named:
    """A product of a vendor that is named by one or more SKUs of it."""

    id: UUID
    title: dict[str, str]
    skus: tuple[str, ...]
    state: ProductState
    version: int


def products_with_skus(vendor_id: UUID, skus: Sequence[str]) -> list[Named]:
    """A vendor's products that SKUs name, in the order in which they are named first; for the desk."""
    query = (
        select(Variant.sku, Product.id, Product.title, Product.state, Product.version)
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.vendor_id == vendor_id, Variant.sku.in_(skus), Variant.is_active)
    )
    rows = {row.sku: row for row in db.session.execute(query)}
    named: dict[UUID, list[str]] = {}
    for sku in dict.fromkeys(skus):
        if sku in rows:
            named.setdefault(rows[sku].id, []).append(sku)
    found = {row.id: row for row in rows.values()}
    return [Named(key, found[key].title, tuple(of), found[key].state, found[key].version) for key, of in named.items()]
