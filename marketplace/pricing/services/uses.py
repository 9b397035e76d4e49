"""Whom price lists are meant for: companies, their delivery addresses, the members of segments."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, select

from marketplace.accounts.models import Company, Location
from marketplace.core import audit, clock
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.ids import new_id
from marketplace.pricing.models import PriceListCompany, PriceListSegment, Segment, SegmentMember
from marketplace.pricing.queries import lists as queries


@dataclass(frozen=True, slots=True)
class Use:
    """A company that a list is meant for, or only one of its delivery addresses."""

    company_id: UUID
    location_id: UUID | None = None


def assign_list(list_id: UUID, *, vendor_id: UUID, uses: Collection[Use], segment_ids: Collection[UUID], actor: Actor) -> None:
    """Say whom a list is meant for: companies, delivery addresses, segments; what is not named is taken out.

    Raises: NotFound (list, company, an address that is not the company's, another vendor's segment), ListEnded.
    """
    price_list = queries.lock_open_list(list_id, vendor_id)
    _check_uses(uses, vendor_id)
    own = set(db.session.scalars(select(Segment.id).where(Segment.id.in_(segment_ids), Segment.vendor_id == vendor_id)))
    if own != set(segment_ids):
        raise NotFound
    before = queries.companies_meant(list_id)
    db.session.execute(delete(PriceListSegment).where(PriceListSegment.price_list_id == list_id))
    db.session.add_all(PriceListSegment(price_list_id=list_id, segment_id=segment_id, vendor_id=vendor_id) for segment_id in own)
    db.session.execute(delete(PriceListCompany).where(PriceListCompany.price_list_id == list_id))
    db.session.add_all(
        PriceListCompany(
            id=new_id(),
            price_list_id=list_id,
            vendor_id=vendor_id,
            company_id=use.company_id,
            location_id=use.location_id,
            segment_id=None,
        )
        for use in dict.fromkeys(uses)
    )
    db.session.flush()  # the members of segments are read from it
    for segment_id in sorted(own, key=str):
        spread_segment(segment_id, vendor_id=vendor_id)
    after = queries.companies_meant(list_id)
    # Who is taken out and followed the vendor hears of it only where the list counted.
    counts = price_list.counts_on(clock.now().date())
    audit.record(
        actor,
        "price_list.assigned",
        "price_list",
        list_id,
        companies=(vendor_id,),
        before={"companies": sorted(map(str, before)), "is_active": counts},
        after={"companies": sorted(map(str, after)), "is_active": counts},
    )
    price_list.updated_at = clock.now()


def spread_segment(segment_id: UUID, *, vendor_id: UUID) -> None:
    """Write the members of a segment as companies of every list that is meant for it: row security reads only those."""
    lists = list(db.session.scalars(select(PriceListSegment.price_list_id).where(PriceListSegment.segment_id == segment_id)))
    members = list(db.session.scalars(select(SegmentMember.company_id).where(SegmentMember.segment_id == segment_id)))
    db.session.execute(delete(PriceListCompany).where(PriceListCompany.segment_id == segment_id))
    db.session.add_all(
        PriceListCompany(
            id=new_id(), price_list_id=list_id, vendor_id=vendor_id, company_id=company_id, location_id=None, segment_id=segment_id
        )
        for list_id in lists
        for company_id in members
    )
    db.session.flush()  # read by the same act


def add_use(list_id: UUID, use: Use, *, vendor_id: UUID, actor: Actor) -> None:
    """Let one more company, or one of its delivery addresses, have a list. Raises: as `assign_list`."""
    queries.lock_open_list(list_id, vendor_id)
    uses, segment_ids = _present(list_id)
    assign_list(list_id, vendor_id=vendor_id, uses=[*uses.values(), use], segment_ids=segment_ids, actor=actor)


def remove_use(list_id: UUID, use_id: UUID, *, vendor_id: UUID, actor: Actor) -> None:
    """Take a company, or one of its addresses, out of a list. Raises: NotFound (list, or not in it), ListEnded."""
    queries.lock_open_list(list_id, vendor_id)
    uses, segment_ids = _present(list_id)
    if use_id not in uses:
        raise NotFound
    left = [use for row_id, use in uses.items() if row_id != use_id]
    assign_list(list_id, vendor_id=vendor_id, uses=left, segment_ids=segment_ids, actor=actor)


def set_segments(list_id: UUID, segment_ids: Collection[UUID], *, vendor_id: UUID, actor: Actor) -> None:
    """Say which segments have a list; the companies that have it by themselves stay. Raises: as `assign_list`."""
    queries.lock_open_list(list_id, vendor_id)
    uses, _ = _present(list_id)
    assign_list(list_id, vendor_id=vendor_id, uses=list(uses.values()), segment_ids=segment_ids, actor=actor)


def _present(list_id: UUID) -> tuple[dict[UUID, Use], list[UUID]]:
    own = select(PriceListCompany).where(PriceListCompany.price_list_id == list_id, PriceListCompany.segment_id.is_(None))
    uses = {row.id: Use(row.company_id, row.location_id) for row in db.session.scalars(own.order_by(PriceListCompany.id))}
    segments = select(PriceListSegment.segment_id).where(PriceListSegment.price_list_id == list_id)
    return uses, list(db.session.scalars(segments))


def _check_uses(uses: Collection[Use], vendor_id: UUID) -> None:
    wanted = {use.company_id for use in uses}
    if vendor_id in wanted:
        raise NotFound
    if set(db.session.scalars(select(Company.id).where(Company.id.in_(wanted)))) != wanted:
        raise NotFound
    located = {use.location_id: use.company_id for use in uses if use.location_id is not None}
    rows = db.session.execute(select(Location.id, Location.company_id).where(Location.id.in_(located), Location.removed_at.is_(None)))
    if dict(rows.all()) != located:
        raise NotFound
