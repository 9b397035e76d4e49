"""Price lists as a buyer's prices need them. Every read names the buyer: row security is the second wall, not the first."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from marketplace.catalogue.queries import LineVariant
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.money import divide_half_up
from marketplace.pricing.errors import ListEnded
from marketplace.pricing.formulas import Formula, reckon
from marketplace.pricing.models import (
    ListKind,
    ListState,
    PriceList,
    PriceListCompany,
    PriceListFormula,
    PriceListPrice,
    PriceListSegment,
    SegmentMember,
    Standing,
)
from marketplace.pricing.resolution import RANK, ListPrice, Source


@dataclass(frozen=True, slots=True)
class ListUse:
    """A list that is meant for a buyer, and by what."""

    price_list: PriceList
    source: Source


def segment_keys(company_id: UUID | None) -> frozenset[str]:
    """The visibility keywords of the segments that a company is in (decisions.md 23): `segment:<id>`."""
    if company_id is None:
        return frozenset()
    rows = db.session.scalars(select(SegmentMember.segment_id).where(SegmentMember.company_id == company_id))
    return frozenset(f"segment:{segment_id}" for segment_id in rows)


def lists_of_buyer(vendor_ids: Collection[UUID], *, buyer_id: UUID, location_id: UUID | None, on: date) -> list[ListUse]:
    """The lists of vendors that count for a buyer on a day, each by its strongest reason. `location_id` is where the goods go."""
    rows = db.session.execute(
        select(PriceList, PriceListCompany.location_id, PriceListCompany.segment_id)
        .join(PriceListCompany, PriceListCompany.price_list_id == PriceList.id)
        .where(*_counting(buyer_id, location_id, on), PriceList.vendor_id.in_(vendor_ids))
    )
    return _strongest(rows)


def lists_by_id(list_ids: Collection[UUID], *, buyer_id: UUID) -> list[ListUse]:
    """Lists that are meant for a buyer, whether they count today or not, each by its strongest reason."""
    rows = db.session.execute(
        select(PriceList, PriceListCompany.location_id, PriceListCompany.segment_id)
        .join(PriceListCompany, PriceListCompany.price_list_id == PriceList.id)
        .where(PriceListCompany.company_id == buyer_id, PriceList.id.in_(list_ids))
    )
    return _strongest(rows)


def _strongest(rows: Iterable[Any]) -> list[ListUse]:
    """`rows`: (list, location, segment) of each reason for which a list is meant for somebody."""
    found: dict[UUID, ListUse] = {}
    for price_list, at_location, in_segment in rows:
        source = _source(price_list, at_location=at_location, in_segment=in_segment)
        known = found.get(price_list.id)
        if known is None or RANK[source] < RANK[known.source]:
            found[price_list.id] = ListUse(price_list, source)
    return list(found.values())


def vendors_with_lists(buyer_id: UUID, *, location_id: UUID | None, on: date) -> frozenset[UUID]:
    """The vendors of whom some list counts for a buyer on a day: only their goods may cost it something else than everybody."""
    rows = db.session.scalars(
        select(PriceList.vendor_id)
        .join(PriceListCompany, PriceListCompany.price_list_id == PriceList.id)
        .where(*_counting(buyer_id, location_id, on))
    )
    return frozenset(rows)


def _counting(buyer_id: UUID, location_id: UUID | None, on: date) -> tuple[ColumnElement[bool], ...]:
    """Which lists are meant for a buyer at an address, and count on a day."""
    return (
        PriceListCompany.company_id == buyer_id,
        or_(PriceListCompany.location_id.is_(None), PriceListCompany.location_id == location_id),
        *_counts(on),
    )


def _counts(on: date) -> tuple[ColumnElement[bool], ...]:
    """Which lists count on a day, for whomever they are meant."""
    return (
        PriceList.state == ListState.ACTIVE,
        PriceList.valid_from <= on,
        or_(PriceList.valid_until.is_(None), PriceList.valid_until >= on),
    )


def _source(price_list: PriceList, *, at_location: UUID | None, in_segment: UUID | None) -> Source:
    if price_list.standing is Standing.CONTRACT:
        return Source.CONTRACT
    if at_location is not None:
        return Source.LOCATION_LIST
    return Source.SEGMENT_LIST if in_segment is not None else Source.COMPANY_LIST


def list_prices(
    variants: Mapping[UUID, LineVariant], *, buyer_id: UUID | None, location_id: UUID | None, on: date
) -> dict[UUID, list[ListPrice]]:
    """What the price lists of a buyer say of variants, by variant; one statement where the buyer has none."""
    if buyer_id is None or not variants:
        return {}
    vendor_ids = {variant.vendor_id for variant in variants.values()}
    return prices_in(lists_of_buyer(vendor_ids, buyer_id=buyer_id, location_id=location_id, on=on), variants, on=on)


def prices_in(uses: Collection[ListUse], variants: Mapping[UUID, LineVariant], *, on: date) -> dict[UUID, list[ListPrice]]:
    """What lists say of variants on a day, by variant. A formula list on the public prices has one for every variant of its vendor."""
    if not uses:
        return {}
    formulas = formulas_of([use.price_list.id for use in uses if use.price_list.kind is ListKind.FORMULA], on=on)
    written = written_prices([use.price_list.base_list_id or use.price_list.id for use in uses], list(variants), on=on)
    found: dict[UUID, list[ListPrice]] = {}
    for use in uses:
        for variant in variants.values():
            tiers = _tiers(use.price_list, variant, formulas, written)
            if tiers and variant.vendor_id == use.price_list.vendor_id:
                found.setdefault(variant.variant_id, []).append(
                    ListPrice(
                        use.price_list.id,
                        use.price_list.name,
                        use.source,
                        use.price_list.currency,
                        tiers,
                        use.price_list.valid_from,
                        use.price_list.valid_until,
                    )
                )
    return found


def reckoned_prices(
    price_list: PriceList, formula: Formula, variants: Mapping[UUID, LineVariant], *, on: date
) -> dict[UUID, tuple[tuple[int, int], ...]]:
    """The tiers that a formula makes of what its list stands on, as that is on a day, by variant."""
    base_id = price_list.base_list_id
    written = written_prices([base_id], list(variants), on=on) if base_id else {}
    made = {key: _tiers(price_list, variant, {price_list.id: formula}, written) for key, variant in variants.items()}
    return {key: tiers for key, tiers in made.items() if tiers}


def _tiers(
    price_list: PriceList,
    variant: LineVariant,
    formulas: Mapping[UUID, Formula],
    written: Mapping[tuple[UUID, UUID], tuple[int, list[Any]]],
) -> tuple[tuple[int, int], ...]:
    row = written.get((price_list.base_list_id or price_list.id, variant.variant_id))
    own = _for_variant(row, variant.price_per) if row else ()
    if price_list.kind is ListKind.FIXED:
        return own
    is_public = price_list.base_list_id is None
    if price_list.id not in formulas or (is_public and variant.currency != price_list.currency):
        return ()
    return reckon(formulas[price_list.id], variant.tiers if is_public else own, display_factor=variant.display_factor)


def _for_variant(row: tuple[int, list[Any]], price_per: int) -> tuple[tuple[int, int], ...]:
    """Tiers as the variant counts now: the quantity that its price is for may have changed since they were written."""
    written_per, tiers = row
    if written_per == price_per:
        return tuple((start, micro) for start, micro in tiers)
    return tuple((start, divide_half_up(micro * price_per, written_per)) for start, micro in tiers)


def written_prices(
    list_ids: Collection[UUID], variant_ids: Collection[UUID], *, on: date
) -> dict[tuple[UUID, UUID], tuple[int, list[Any]]]:
    """(price_per, tiers) by (list, variant) as they stand on a day; those taken out of a list have no tiers."""
    rows = db.session.execute(
        select(PriceListPrice.price_list_id, PriceListPrice.variant_id, PriceListPrice.price_per, PriceListPrice.tiers)
        .where(
            PriceListPrice.price_list_id.in_(set(list_ids)),
            PriceListPrice.variant_id.in_(set(variant_ids)),
            PriceListPrice.valid_from <= on,
        )
        .ext(distinct_on(PriceListPrice.price_list_id, PriceListPrice.variant_id))
        .order_by(PriceListPrice.price_list_id, PriceListPrice.variant_id, PriceListPrice.valid_from.desc(), PriceListPrice.made_at.desc())
    )
    return {(list_id, variant_id): (price_per, tiers) for list_id, variant_id, price_per, tiers in rows}


def formulas_of(list_ids: Collection[UUID], *, on: date) -> dict[UUID, Formula]:
    """How formula lists reckon on a day."""
    if not list_ids:
        return {}
    rows = db.session.scalars(
        select(PriceListFormula)
        .where(PriceListFormula.price_list_id.in_(list_ids), PriceListFormula.valid_from <= on)
        .ext(distinct_on(PriceListFormula.price_list_id))
        .order_by(PriceListFormula.price_list_id, PriceListFormula.valid_from.desc(), PriceListFormula.made_at.desc())
    )
    return {row.price_list_id: formula_of(row) for row in rows}


def formula_of(row: PriceListFormula) -> Formula:
    """The rule that a row holds."""
    return Formula(row.percent_bp, tuple((start, percent) for start, percent in row.bands), row.round_micro, row.rounding)


def lock_list(list_id: UUID, vendor_id: UUID) -> PriceList:
    """A price list of the vendor, locked until the act ends. Raises: NotFound, also for another vendor's."""
    query = select(PriceList).where(PriceList.id == list_id, PriceList.vendor_id == vendor_id)
    found = db.session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    return found


def lock_open_list(list_id: UUID, vendor_id: UUID) -> PriceList:
    """A price list that may still change, locked. Raises: NotFound, ListEnded."""
    price_list = lock_list(list_id, vendor_id)
    if price_list.state is ListState.ENDED:
        raise ListEnded
    return price_list


def names_counting_for(segment_id: UUID, *, on: date) -> list[str]:
    """The names of the lists that count for the members of a segment on a day, in order."""
    rows = (
        select(PriceList.name)
        .join(PriceListSegment, PriceListSegment.price_list_id == PriceList.id)
        .where(PriceListSegment.segment_id == segment_id, *_counts(on))
    )
    return list(db.session.scalars(rows.order_by(PriceList.name)))


def companies_meant(list_id: UUID) -> set[UUID]:
    """The companies that a list is meant for, by whatever reason."""
    return set(db.session.scalars(select(PriceListCompany.company_id).where(PriceListCompany.price_list_id == list_id)))
