"""Reads of sponsored places: those that stand today, for the pages; the list for the desk; a vendor's own with what they cost."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, case, func, select

from marketplace.accounts.models import Company
from marketplace.catalogue.codes import page_written
from marketplace.catalogue.models import Category, Product, ProductState, Variant
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.i18n import gettext, lazy
from marketplace.core.recent import Kept, stamp_of
from marketplace.core.tables import Choice, Sort, Table, Words
from marketplace.marketing.models import SponsoredDay, SponsoredPlace
from marketplace.orders.queries import buyers
from vendors.models import Vendor

STATES = {"open": lazy("Running or to come"), "over": lazy("Over")}


def _is_open() -> Any:
    return SponsoredPlace.ended_at.is_(None) & (SponsoredPlace.until_on >= clock.now().date())


def _can_pay() -> Any:
    """Whether one more click fits under the cap of this month."""
    spent = case((SponsoredPlace.spent_month == month_of(clock.now()), SponsoredPlace.spent_minor), else_=0)
    return spent + SponsoredPlace.click_price_minor <= SponsoredPlace.monthly_cap_minor


STATE = Choice(
    "state",
    lazy("State"),
    lambda: [(value, gettext(word)) for value, word in STATES.items()],
    lambda value: _is_open() if value == "open" else ~_is_open(),
)
PLACES = Table(
    name="marketing.places",
    key=SponsoredPlace.id,
    sorts={"from": Sort(SponsoredPlace.from_on, falls=True), "until": Sort(SponsoredPlace.until_on), "vendor": Sort(Vendor.name)},
    default="-from",
    filters=(
        Words("vendor", lazy("Vendor"), lambda words: Vendor.name.icontains(words, autoescape=True)),
        STATE,
    ),
)


def all_places() -> Select[Any]:
    """Every place with its vendor, product and category, for `PLACES`."""
    columns: list[Any] = [
        SponsoredPlace.id, SponsoredPlace.words, SponsoredPlace.from_on, SponsoredPlace.until_on, SponsoredPlace.made_at,
        SponsoredPlace.made_by_name, SponsoredPlace.ended_at, SponsoredPlace.currency, SponsoredPlace.click_price_minor,
        SponsoredPlace.monthly_cap_minor, Vendor.name.label("vendor"), Vendor.slug.label("vendor_slug"),
        Product.title, Product.slug, Category.name.label("category"), _is_open().label("is_open"),
        (SponsoredPlace.from_on > clock.now().date()).label("is_to_come"), (~_can_pay()).label("is_used_up"),
    ]  # fmt: skip
    return (
        select(*columns)
        .join(Vendor, Vendor.id == SponsoredPlace.vendor_id)
        .join(Product, Product.id == SponsoredPlace.product_id)
        .outerjoin(Category, Category.id == SponsoredPlace.category_id)
    )


MINE = Table(
    name="marketing.my_places",
    key=SponsoredPlace.id,
    sorts={"from": Sort(SponsoredPlace.from_on, falls=True), "until": Sort(SponsoredPlace.until_on)},
    default="-from",
    filters=(STATE,),
)


def places_of(vendor_id: UUID) -> Select[Any]:
    """A vendor's places, for `MINE`."""
    return all_places().where(SponsoredPlace.vendor_id == vendor_id)


class Clicked(NamedTuple):
    """What became of a place: clicks of this month and of all time, and what they cost in minor units of its currency."""

    month: int = 0
    month_minor: int = 0
    total: int = 0
    total_minor: int = 0


def clicks_of(place_ids: Collection[UUID]) -> dict[UUID, Clicked]:
    """Clicks by place; one that was never clicked is left out."""
    in_month = SponsoredDay.day >= month_of(clock.now())
    rows = db.session.execute(
        select(
            SponsoredDay.place_id,
            func.coalesce(func.sum(SponsoredDay.clicks).filter(in_month), 0),
            func.coalesce(func.sum(SponsoredDay.cost_minor).filter(in_month), 0),
            func.sum(SponsoredDay.clicks),
            func.sum(SponsoredDay.cost_minor),
        )
        .where(SponsoredDay.place_id.in_(place_ids))
        .group_by(SponsoredDay.place_id)
    )
    return {place_id: Clicked(*map(int, sums)) for place_id, *sums in rows}


def month_of(moment: datetime) -> date:
    """The first day of a moment's month, in UTC: what a cap is for."""
    return moment.date().replace(day=1)


def vendors_to_meet(company_id: UUID, vendor_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of some vendors whose places a company sees: all from whom it never bought, once it is verified.

    A buying company is verified when it has a tax number that was checked (product.md §12, docs/decisions/0030).
    """
    tax_ids = db.session.scalar(select(Company.tax_ids).where(Company.id == company_id, Company.is_buyer)) if vendor_ids else None
    if not tax_ids:
        return frozenset()
    return frozenset(vendor_ids) - {company_id} - buyers.vendors_bought_from(company_id, vendor_ids)


def lock_place(place_id: UUID) -> SponsoredPlace:
    """A place, locked until the act ends. Raises: NotFound."""
    found = db.session.scalar(select(SponsoredPlace).where(SponsoredPlace.id == place_id).with_for_update())
    if found is None:
        raise NotFound
    return found


def product_written(text: str) -> UUID | None:
    """The product that a line of a form names: by the address of its page, or by a SKU that only one product has; for staff."""
    if (address := page_written(text.strip())) is not None:
        return db.session.scalar(select(Product.id).where(Product.code == address[0]))
    found = db.session.scalars(select(Variant.product_id).where(func.lower(Variant.sku) == text.strip().lower()).distinct().limit(2)).all()
    return found[0] if len(found) == 1 else None


def visibility_of(product_id: UUID) -> list[str]:
    """By which keys a product is seen; empty for none that is on sale."""
    query = select(Product.visibility).where(Product.id == product_id, Product.state == ProductState.LIVE)
    return list(db.session.scalar(query) or ())


class Running(NamedTuple):
    """A place that stands today."""

    id: UUID
    vendor_id: UUID
    product_id: UUID
    category_id: UUID | None
    words: str
    product_code: str


def _read() -> tuple[Running, ...]:
    today = clock.now().date()
    rows = db.session.execute(
        select(
            SponsoredPlace.id,
            SponsoredPlace.vendor_id,
            SponsoredPlace.product_id,
            SponsoredPlace.category_id,
            SponsoredPlace.words,
            Product.code,
        )
        .join(Product, Product.id == SponsoredPlace.product_id)
        .where(
            SponsoredPlace.ended_at.is_(None),
            SponsoredPlace.from_on <= today,
            SponsoredPlace.until_on >= today,
            _can_pay(),
        )
        .order_by(SponsoredPlace.from_on, SponsoredPlace.id)
    )
    return tuple(Running(*row) for row in rows)


_kept: Kept[tuple[Running, ...]] = Kept(_read, lambda: stamp_of(("sponsored_places",)))


def places_today() -> tuple[Running, ...]:
    """The places that stand today and can pay for one more click, at most a second old, the oldest first."""
    return _kept.get()
