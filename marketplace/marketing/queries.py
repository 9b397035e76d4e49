"""Reads of sponsored places. What stands today is public: it is on the pages; the list is for the desk."""

from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import Select, func, select

from marketplace.catalogue.codes import code_of
from marketplace.catalogue.models import Category, Product, Variant
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.i18n import gettext, lazy
from marketplace.core.recent import Kept, stamp_of
from marketplace.core.tables import Choice, Sort, Table, Words
from marketplace.marketing.models import SponsoredPlace
from vendors.models import Vendor

STATES = {"open": lazy("Running or to come"), "over": lazy("Over")}


def _is_open() -> Any:
    return SponsoredPlace.ended_at.is_(None) & (SponsoredPlace.until_on >= clock.now().date())


PLACES = Table(
    name="marketing.places",
    key=SponsoredPlace.id,
    sorts={"from": Sort(SponsoredPlace.from_on, falls=True), "until": Sort(SponsoredPlace.until_on), "vendor": Sort(Vendor.name)},
    default="-from",
    filters=(
        Words("vendor", lazy("Vendor"), lambda words: Vendor.name.icontains(words, autoescape=True)),
        Choice(
            "state",
            lazy("State"),
            lambda: [(value, gettext(word)) for value, word in STATES.items()],
            lambda value: _is_open() if value == "open" else ~_is_open(),
        ),
    ),
)


def all_places() -> Select[Any]:
    """Every place with its vendor, product and category, for `PLACES`."""
    return (
        select(
            SponsoredPlace.id, SponsoredPlace.words, SponsoredPlace.from_on, SponsoredPlace.until_on, SponsoredPlace.made_at,
            SponsoredPlace.made_by_name, SponsoredPlace.ended_at, Vendor.name.label("vendor"), Vendor.slug.label("vendor_slug"),
            Product.title, Product.slug, Category.name.label("category"), _is_open().label("is_open"),
        )
        .join(Vendor, Vendor.id == SponsoredPlace.vendor_id)
        .join(Product, Product.id == SponsoredPlace.product_id)
        .outerjoin(Category, Category.id == SponsoredPlace.category_id)
    )  # fmt: skip


def lock_place(place_id: UUID) -> SponsoredPlace:
    """A place, locked until the act ends. Raises: NotFound."""
    found = db.session.scalar(select(SponsoredPlace).where(SponsoredPlace.id == place_id).with_for_update())
    if found is None:
        raise NotFound
    return found


def product_written(text: str) -> UUID | None:
    """The product that a line of a form names: by the address of its page, or by a SKU that only one product has; for staff."""
    _, is_address, path = text.strip().partition("/products/")
    if is_address:
        return db.session.scalar(select(Product.id).where(Product.code == code_of(urlsplit(path).path.strip("/"))))
    found = db.session.scalars(select(Variant.product_id).where(func.lower(Variant.sku) == text.strip().lower()).distinct().limit(2)).all()
    return found[0] if len(found) == 1 else None


class Running(NamedTuple):
    """A place that stands today."""

    vendor_id: UUID
    product_id: UUID
    category_id: UUID | None
    words: str


def _read() -> tuple[Running, ...]:
    today = clock.now().date()
    rows = db.session.execute(
        select(SponsoredPlace.vendor_id, SponsoredPlace.product_id, SponsoredPlace.category_id, SponsoredPlace.words)
        .where(SponsoredPlace.ended_at.is_(None), SponsoredPlace.from_on <= today, SponsoredPlace.until_on >= today)
        .order_by(SponsoredPlace.from_on, SponsoredPlace.id)
    )
    return tuple(Running(*row) for row in rows)


_kept: Kept[tuple[Running, ...]] = Kept(_read, lambda: stamp_of(("sponsored_places",)))


def places_today() -> tuple[Running, ...]:
    """The places that stand today, at most a second old, the oldest first. Public."""
    return _kept.get()
