"""A vendor's own groups of buyers. Whoever comes in or goes out has other prices from that moment on."""

from uuid import UUID

from sqlalchemy import delete, select

from marketplace.accounts.models import Company
from marketplace.core import audit, clock
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.ids import new_id
from marketplace.pricing.errors import SegmentInUse, SegmentNameTaken
from marketplace.pricing.models import PriceListSegment, Segment, SegmentMember
from marketplace.pricing.queries import lists as queries
from marketplace.pricing.services.uses import spread_segment
from vendors.models import Vendor


def add_segment(name: str, *, vendor_id: UUID, actor: Actor) -> Segment:
    """A new group without members. Raises: SegmentNameTaken."""
    _check_name(name, vendor_id, None)
    segment = Segment(id=new_id(), vendor_id=vendor_id, name=name, created_at=clock.now())
    db.session.add(segment)
    db.session.flush()  # members point to it
    audit.record(actor, "segment.added", "segment", segment.id, companies=(vendor_id,), after={"name": name})
    return segment


def rename_segment(segment_id: UUID, name: str, *, vendor_id: UUID, actor: Actor) -> Segment:
    """Another name; members and lists stay. Raises: NotFound, SegmentNameTaken."""
    segment = _lock(segment_id, vendor_id)
    _check_name(name, vendor_id, segment_id)
    if segment.name != name:
        audit.record(
            actor,
            "segment.renamed",
            "segment",
            segment_id,
            companies=(vendor_id,),
            before={"name": segment.name},
            after={"name": name},
        )
        segment.name = name
    return segment


def add_to_segment(segment_id: UUID, company_id: UUID, *, vendor_id: UUID, actor: Actor) -> None:
    """Let a company into a group; one that is in it stays. Raises: NotFound (segment, company, or the vendor itself)."""
    _lock(segment_id, vendor_id)
    if company_id == vendor_id or db.session.get(Company, company_id) is None:
        raise NotFound
    if db.session.get(SegmentMember, (segment_id, company_id)) is not None:
        return
    db.session.add(SegmentMember(segment_id=segment_id, company_id=company_id, vendor_id=vendor_id, added_at=clock.now()))
    db.session.flush()  # read by the lists of the segment
    spread_segment(segment_id, vendor_id=vendor_id)
    after = {"company": str(company_id)}
    audit.record(actor, "segment.member_added", "segment", segment_id, companies=(vendor_id,), after=after)


def remove_from_segment(segment_id: UUID, company_id: UUID, *, vendor_id: UUID, actor: Actor) -> None:
    """Take a company out of a group. Raises: NotFound (segment, or a company that is not in it)."""
    _lock(segment_id, vendor_id)
    member = db.session.get(SegmentMember, (segment_id, company_id))
    if member is None:
        raise NotFound
    db.session.delete(member)
    db.session.flush()  # read by the lists of the segment
    spread_segment(segment_id, vendor_id=vendor_id)
    # Who followed the vendor hears of it only where prices of the group counted.
    before = {"company": str(company_id), "price_lists": queries.names_counting_for(segment_id, on=clock.now().date())}
    audit.record(actor, "segment.member_removed", "segment", segment_id, companies=(vendor_id,), before=before)


def remove_segment(segment_id: UUID, *, vendor_id: UUID, actor: Actor) -> None:
    """Take a group away. Raises: NotFound, SegmentInUse (a list is meant for it)."""
    segment = _lock(segment_id, vendor_id)
    if db.session.scalar(select(PriceListSegment.price_list_id).where(PriceListSegment.segment_id == segment_id).limit(1)) is not None:
        raise SegmentInUse
    db.session.execute(delete(SegmentMember).where(SegmentMember.segment_id == segment_id))
    audit.record(actor, "segment.removed", "segment", segment_id, companies=(vendor_id,), before={"name": segment.name})
    db.session.delete(segment)


def _lock(segment_id: UUID, vendor_id: UUID) -> Segment:
    query = select(Segment).where(Segment.id == segment_id, Segment.vendor_id == vendor_id)
    found = db.session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    return found


def _check_name(name: str, vendor_id: UUID, segment_id: UUID | None) -> None:
    # Names of one vendor are given one after another, so that two at once cannot both be new.
    db.session.execute(select(Vendor.id).where(Vendor.id == vendor_id).with_for_update())
    taken = db.session.scalar(select(Segment.id).where(Segment.vendor_id == vendor_id, Segment.name == name))
    if taken is not None and taken != segment_id:
        raise SegmentNameTaken
