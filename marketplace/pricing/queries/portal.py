"""What a vendor sees of its own price lists and segments. Every read names the vendor."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select

from marketplace.accounts.models import Company, Location
from marketplace.catalogue.models import Product, Variant
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.i18n import gettext, lazy
from marketplace.core.tables import Choice, Sort, Table, Words
from marketplace.pricing.models import (
    ListKind,
    ListState,
    PriceList,
    PriceListCompany,
    PriceListFormula,
    PriceListPrice,
    PriceListSegment,
    Segment,
    SegmentMember,
    Standing,
)
from marketplace.pricing.pasting import Priced

STATE_WORDS = {ListState.DRAFT: lazy("Draft"), ListState.ACTIVE: lazy("Switched on"), ListState.ENDED: lazy("Ended")}
STANDING_WORDS = {Standing.LIST: lazy("Price list"), Standing.CONTRACT: lazy("Contract")}
KIND_WORDS = {ListKind.FIXED: lazy("Written prices"), ListKind.FORMULA: lazy("Formula")}

LISTS = Table(
    name="pricing.lists",
    key=PriceList.id,
    sorts={
        "name": Sort(PriceList.name),
        "valid": Sort(PriceList.valid_from, falls=True),
        "changed": Sort(PriceList.updated_at, falls=True),
    },
    default="-changed",
    filters=(
        Choice(
            "state",
            lazy("State"),
            lambda: [(state.value, gettext(words)) for state, words in STATE_WORDS.items()],
            lambda value: PriceList.state == value,
        ),
        Words("q", lazy("Name"), lambda words: PriceList.name.icontains(words, autoescape=True)),
    ),
)


def lists_of_vendor(vendor_id: UUID) -> Select[Any]:
    """All price lists of a vendor, for `LISTS`."""
    return select(PriceList).where(PriceList.vendor_id == vendor_id)


def list_of_vendor(list_id: UUID, *, vendor_id: UUID) -> PriceList:
    """One price list. Raises: NotFound, also for another vendor's."""
    query = select(PriceList).where(PriceList.id == list_id, PriceList.vendor_id == vendor_id)
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    return found


def bases_of_vendor(vendor_id: UUID) -> list[PriceList]:
    """The lists that a formula can stand on."""
    query = select(PriceList).where(PriceList.vendor_id == vendor_id, PriceList.kind == ListKind.FIXED, PriceList.state != ListState.ENDED)
    return list(db.session.scalars(query.order_by(PriceList.name)))


@dataclass(frozen=True, slots=True)
class WrittenPrice:
    """A price of a list as it is shown and exported: one tier of one variant from a day on. No tier: out of the list."""

    sku: str
    title: dict[str, Any]
    display_unit: str
    display_factor: int
    price_per: int
    valid_from: date
    from_quantity: int | None
    unit_price_micro: int | None


def prices_of_list(list_id: UUID, *, vendor_id: UUID, limit: int, after: str = "") -> list[WrittenPrice]:
    """What stands in a list from today on, with what is scheduled, by SKU; `limit` counts variants, `after` is the last SKU before."""
    today = clock.now().date()
    skus = (
        select(Variant.id, Variant.sku)
        .where(
            Variant.id.in_(select(PriceListPrice.variant_id).where(PriceListPrice.price_list_id == list_id)),
            Variant.vendor_id == vendor_id,
            Variant.sku > after,
        )
        .order_by(Variant.sku)
        .limit(limit)
        .subquery()
    )
    rows = db.session.execute(
        select(PriceListPrice, Variant, Product.title)
        .join(skus, skus.c.id == PriceListPrice.variant_id)
        .join(Variant, Variant.id == PriceListPrice.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(PriceListPrice.price_list_id == list_id, PriceListPrice.vendor_id == vendor_id)
        .order_by(Variant.sku, PriceListPrice.valid_from, PriceListPrice.made_at)
    ).all()
    latest: dict[tuple[str, date], tuple[PriceListPrice, Variant, dict[str, Any]]] = {}
    for price, variant, title in rows:
        # Of what has begun only the last one counts; of a day that comes the last that was written.
        latest[variant.sku, max(price.valid_from, today)] = (price, variant, title)
    return [written for price, variant, title in latest.values() for written in _written(price, variant, title)]


def _written(price: PriceListPrice, variant: Variant, title: dict[str, Any]) -> list[WrittenPrice]:
    tiers: list[tuple[int | None, int | None]] = [(start, micro) for start, micro in price.tiers] or [(None, None)]
    return [
        WrittenPrice(variant.sku, title, variant.display_unit, variant.display_factor, price.price_per, price.valid_from, start, micro)
        for start, micro in tiers
    ]


def count_variants(list_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many variants have ever had a price in each list."""
    rows = db.session.execute(
        select(PriceListPrice.price_list_id, func.count(PriceListPrice.variant_id.distinct()))
        .where(PriceListPrice.price_list_id.in_(list_ids))
        .group_by(PriceListPrice.price_list_id)
    )
    return dict(rows.all())


def count_companies(list_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many companies each list is meant for."""
    rows = db.session.execute(
        select(PriceListCompany.price_list_id, func.count(PriceListCompany.company_id.distinct()))
        .where(PriceListCompany.price_list_id.in_(list_ids))
        .group_by(PriceListCompany.price_list_id)
    )
    return dict(rows.all())


def formulas_of_list(list_id: UUID, *, vendor_id: UUID) -> list[PriceListFormula]:
    """All formulas that a list has had and will have, the newest first."""
    query = select(PriceListFormula).where(PriceListFormula.price_list_id == list_id, PriceListFormula.vendor_id == vendor_id)
    return list(db.session.scalars(query.order_by(PriceListFormula.valid_from.desc(), PriceListFormula.made_at.desc())))


@dataclass(frozen=True, slots=True)
class UseRow:
    """A company that a list is meant for; `location` names its address where it is only for that."""

    id: UUID
    company_id: UUID
    company: str
    country: str
    location: str | None


def uses_of_list(list_id: UUID, *, vendor_id: UUID) -> list[UseRow]:
    """The companies and addresses that have a list by themselves, by name; members of segments are not here."""
    rows = db.session.execute(
        select(PriceListCompany.id, Company.id, Company.name, Company.country, Location.name)
        .join(Company, Company.id == PriceListCompany.company_id)
        .outerjoin(Location, Location.id == PriceListCompany.location_id)
        .where(
            PriceListCompany.price_list_id == list_id,
            PriceListCompany.vendor_id == vendor_id,
            PriceListCompany.segment_id.is_(None),
        )
        .order_by(Company.name, Company.id, Location.name)
    )
    return [UseRow(*row) for row in rows]


def segments_of_list(list_id: UUID) -> set[UUID]:
    """The segments that have a list. The caller has found the list by its vendor."""
    return set(db.session.scalars(select(PriceListSegment.segment_id).where(PriceListSegment.price_list_id == list_id)))


SEGMENTS = Table(
    name="pricing.segments",
    key=Segment.id,
    sorts={"name": Sort(Segment.name), "added": Sort(Segment.created_at, falls=True)},
    default="name",
    filters=(Words("q", lazy("Name"), lambda words: Segment.name.icontains(words, autoescape=True)),),
)


def segments_of_vendor(vendor_id: UUID) -> Select[Any]:
    """All segments of a vendor as rows of (id, name, members, lists), for `SEGMENTS`."""
    members = select(func.count()).where(SegmentMember.segment_id == Segment.id).scalar_subquery()
    lists = select(func.count()).where(PriceListSegment.segment_id == Segment.id).scalar_subquery()
    return select(Segment.id, Segment.name, members.label("members"), lists.label("lists")).where(Segment.vendor_id == vendor_id)


def segment_choices(vendor_id: UUID) -> list[tuple[UUID, str]]:
    """(id, name) of a vendor's segments, by name."""
    rows = db.session.execute(select(Segment.id, Segment.name).where(Segment.vendor_id == vendor_id).order_by(Segment.name))
    return [(segment_id, name) for segment_id, name in rows]


def segment_of_vendor(segment_id: UUID, *, vendor_id: UUID) -> Segment:
    """One segment. Raises: NotFound, also for another vendor's."""
    found = db.session.scalar(select(Segment).where(Segment.id == segment_id, Segment.vendor_id == vendor_id))
    if found is None:
        raise NotFound
    return found


def members_of_segment(segment_id: UUID, *, vendor_id: UUID) -> list[tuple[Company, date]]:
    """The companies of a segment with the day on which they came in, by name."""
    rows = db.session.execute(
        select(Company, SegmentMember.added_at)
        .join(SegmentMember, SegmentMember.company_id == Company.id)
        .where(SegmentMember.segment_id == segment_id, SegmentMember.vendor_id == vendor_id)
        .order_by(Company.name, Company.id)
    )
    return [(company, added_at.date()) for company, added_at in rows]


def names_of(company_ids: Collection[UUID]) -> list[tuple[UUID, str]]:
    """(id, name) of companies, by name."""
    rows = db.session.execute(select(Company.id, Company.name).where(Company.id.in_(company_ids)).order_by(Company.name, Company.id))
    return [(company_id, name) for company_id, name in rows]


def buyers_of_lists(vendor_id: UUID) -> list[tuple[UUID, str]]:
    """(id, name) of the companies that any list of a vendor is meant for, by name."""
    return names_of(set(db.session.scalars(select(PriceListCompany.company_id).where(PriceListCompany.vendor_id == vendor_id))))


def addresses_of_lists(vendor_id: UUID) -> list[tuple[UUID, str]]:
    """(id, company and address) of the delivery addresses that a list of a vendor is meant for."""
    rows = db.session.execute(
        select(Location.id, Company.name, Location.name)
        .join(Company, Company.id == Location.company_id)
        .where(Location.id.in_(select(PriceListCompany.location_id).where(PriceListCompany.vendor_id == vendor_id)))
        .order_by(Company.name, Location.name, Location.id)
    )
    return [(location_id, f"{company}, {name}") for location_id, company, name in rows]


def find_company(written: str, *, vendor_id: UUID) -> Company | None:
    """A buying company by its exact legal name or tax number, never by a part of it: companies cannot be browsed."""
    text = " ".join(written.split())
    number = "".join(text.split()).upper()
    query = select(Company).where(
        Company.is_buyer,
        Company.id != vendor_id,
        or_(
            func.lower(Company.name) == text.lower(),
            Company.tax_ids.contains([{"display": number}]),
            Company.tax_ids.contains([{"value": number}]),
        ),
    )
    return db.session.scalars(query.order_by(Company.id)).first()


def find_location(company_id: UUID, written: str) -> Location | None:
    """A delivery address of a company by its exact name or postcode."""
    text = " ".join(written.split()).lower()
    query = select(Location).where(
        Location.company_id == company_id,
        Location.removed_at.is_(None),
        or_(func.lower(Location.name) == text, func.lower(Location.postcode) == text),
    )
    return db.session.scalars(query.order_by(Location.id)).first()


def variants_by_sku(vendor_id: UUID, skus: Collection[str]) -> Mapping[str, Priced]:
    """A vendor's variants by SKU, as pasted lines are read against them."""
    rows = db.session.execute(
        select(Variant.sku, Variant.id, Variant.display_factor, Variant.minimum_quantity).where(
            Variant.vendor_id == vendor_id, Variant.sku.in_(skus)
        )
    )
    return {sku: Priced(variant_id, factor, minimum) for sku, variant_id, factor, minimum in rows}
