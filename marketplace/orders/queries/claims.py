"""Reads of claims. A buyer's take `buyer_id`, a vendor's `vendor_id`; those of staff and of the clockwork say so."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, select

from marketplace.catalogue.models import Supply, Variant
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.waiting import Queue, queue
from marketplace.orders.models import (
    Claim,
    ClaimAppeal,
    ClaimLine,
    ClaimLineState,
    ClaimPhoto,
    ClaimState,
    OrderLine,
    ProblemKind,
    Settlement,
    VendorOrder,
)
from marketplace.orders.numbering import is_number
from payments.shares import Parts

FRESH = {"populate_existing": True}


def find_open_claim(vendor_order_id: UUID) -> Claim | None:
    """The oldest open claim of an order that the caller may see."""
    query = select(Claim).where(Claim.vendor_order_id == vendor_order_id, Claim.state == ClaimState.OPEN)
    return db.session.scalar(query.order_by(Claim.opened_at, Claim.id).limit(1))


def claims_of_orders(order_ids: Sequence[UUID]) -> dict[UUID, list[Claim]]:
    """The claims of orders that the caller may see, by order, oldest first."""
    claims: dict[UUID, list[Claim]] = {}
    query = select(Claim).where(Claim.vendor_order_id.in_(order_ids)).order_by(Claim.opened_at, Claim.id)
    for claim in db.session.scalars(query) if order_ids else ():
        claims.setdefault(claim.vendor_order_id, []).append(claim)
    return claims


def open_claims_of_vendor(vendor_id: UUID) -> list[tuple[Claim, VendorOrder]]:
    """The open claims about a vendor's orders, the oldest first."""
    return _with_orders(Claim.vendor_id == vendor_id)


def open_claims_of_buyer(buyer_id: UUID) -> list[tuple[Claim, VendorOrder]]:
    """A buyer's open claims, the oldest first."""
    return _with_orders(Claim.buyer_id == buyer_id)


def _with_orders(of: ColumnElement[bool]) -> list[tuple[Claim, VendorOrder]]:
    query = select(Claim, VendorOrder).join(VendorOrder, VendorOrder.id == Claim.vendor_order_id)
    rows = db.session.execute(query.where(of, Claim.state == ClaimState.OPEN).order_by(Claim.opened_at, Claim.id))
    return [(claim, order) for claim, order in rows]


def waits_for_ruling() -> ColumnElement[bool]:
    """Whether a claim waits for the platform: it was handed over, or appealed, and has a day by which it is decided."""
    return (Claim.state == ClaimState.OPEN) & Claim.decide_by_at.is_not(None)


def queue_of_open_claims() -> Queue:
    """The claims that wait for the platform's decision; for platform staff only."""
    return queue(waits_for_ruling())


def queue_of_claims_to_decide(person_id: UUID | None) -> Queue:
    """Those of them that this person may decide: an appeal against its own ruling is for another one."""
    is_for_another = Claim.ruling.is_not(None) & (Claim.decided_by == person_id)
    return queue(waits_for_ruling(), is_for_another.is_not(True))


def queue_of_own_appealed(person_id: UUID | None) -> Queue:
    """Those of them that this person ruled on and that were appealed: another one decides them."""
    return queue(waits_for_ruling(), Claim.ruling.is_not(None), Claim.decided_by == person_id)


def appeals_of(claim_id: UUID) -> list[ClaimAppeal]:
    """The appeals against the ruling on a claim, the first one first."""
    return list(db.session.scalars(select(ClaimAppeal).where(ClaimAppeal.claim_id == claim_id).order_by(ClaimAppeal.at, ClaimAppeal.side)))


def parcel_asks_vendor() -> ColumnElement[bool]:
    """Whether of a claim's line that was agreed the next step is the vendor's: to send a replacement, or to confirm what came back."""
    to_send = (ClaimLine.state == ClaimLineState.REPLACING) & ClaimLine.sent_at.is_(None)
    return to_send | ((ClaimLine.state == ClaimLineState.RETURNING) & ClaimLine.sent_at.is_not(None))


def queue_of_claims(vendor_id: UUID) -> Queue:
    """The claims that wait for the vendor; late is one whose answer is past its time."""
    unanswered = exists().where(ClaimLine.claim_id == Claim.id, ClaimLine.state == ClaimLineState.OPEN)
    parcel = exists().where(ClaimLine.claim_id == Claim.id, parcel_asks_vendor())
    late = unanswered & (Claim.answer_by_at < clock.now())
    return queue(
        Claim.vendor_id == vendor_id, Claim.state == ClaimState.OPEN, Claim.handed_over_at.is_(None), unanswered | parcel, late=late
    )


def _numbered(query: Select[Claim], number: str) -> Claim:
    found = db.session.scalar(query.where(Claim.number == number)) if is_number(number) else None
    if found is None:
        raise NotFound
    return found


def claim_by_number(number: str) -> Claim:
    """Any claim; for platform staff only. Raises: NotFound."""
    return _numbered(select(Claim), number)


def claim_for_buyer(number: str, *, vendor_order_id: UUID, buyer_id: UUID) -> Claim:
    """A claim of the buyer on one of its orders. Raises: NotFound, also for another company's."""
    return _numbered(select(Claim).where(Claim.vendor_order_id == vendor_order_id, Claim.buyer_id == buyer_id), number)


def claim_for_vendor(number: str, *, vendor_order_id: UUID, vendor_id: UUID) -> Claim:
    """A claim on one of the vendor's orders. Raises: NotFound, also for another vendor's."""
    return _numbered(select(Claim).where(Claim.vendor_order_id == vendor_order_id, Claim.vendor_id == vendor_id), number)


def claim_by_id(claim_id: UUID) -> Claim:
    """A claim, for the clockwork. Raises: NotFound."""
    found = db.session.get(Claim, claim_id, populate_existing=True)
    if found is None:
        raise NotFound
    return found


def lock_claim(claim_id: UUID) -> Claim:
    """A claim, locked and read afresh; its order is locked before it. Raises: NotFound."""
    found = db.session.scalar(select(Claim).where(Claim.id == claim_id).with_for_update().execution_options(**FRESH))
    if found is None:
        raise NotFound
    return found


def lock_open_claims(vendor_order_id: UUID) -> list[Claim]:
    """The open claims of an order, locked; the order is locked before them."""
    query = select(Claim).where(Claim.vendor_order_id == vendor_order_id, Claim.state == ClaimState.OPEN).order_by(Claim.id)
    return list(db.session.scalars(query.with_for_update().execution_options(**FRESH)))


def lines_of_claims(claim_ids: Sequence[UUID]) -> dict[UUID, list[ClaimLine]]:
    """The lines of claims that the caller may see, by claim, in their position."""
    lines: dict[UUID, list[ClaimLine]] = defaultdict(list)
    query = select(ClaimLine).where(ClaimLine.claim_id.in_(claim_ids)).order_by(ClaimLine.claim_id, ClaimLine.position)
    for line in db.session.scalars(query) if claim_ids else ():
        lines[line.claim_id].append(line)
    return lines


def lock_lines_of_claim(claim_id: UUID) -> list[ClaimLine]:
    """The lines of a claim, locked and read afresh; the claim is locked before them."""
    query = select(ClaimLine).where(ClaimLine.claim_id == claim_id).order_by(ClaimLine.position)
    return list(db.session.scalars(query.with_for_update().execution_options(**FRESH)))


def claim_line_by_id(claim_line_id: UUID) -> ClaimLine:
    """A line of a claim, for the clockwork. Raises: NotFound."""
    found = db.session.get(ClaimLine, claim_line_id, populate_existing=True)
    if found is None:
        raise NotFound
    return found


def photos_of_claim_lines(claim_line_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """The files of the photos by line of a claim, in their order."""
    photos: dict[UUID, list[UUID]] = defaultdict(list)
    query = select(ClaimPhoto).where(ClaimPhoto.claim_line_id.in_(claim_line_ids))
    for photo in db.session.scalars(query.order_by(ClaimPhoto.claim_line_id, ClaimPhoto.position)) if claim_line_ids else ():
        photos[photo.claim_line_id].append(photo.file_id)
    return photos


def order_lines_by_id(line_ids: Sequence[UUID]) -> dict[UUID, OrderLine]:
    """Lines of orders that the caller may see."""
    query = select(OrderLine).where(OrderLine.id.in_(line_ids))
    return {line.id: line for line in db.session.scalars(query)} if line_ids else {}


def claimed_quantities(order_line_ids: Sequence[UUID]) -> dict[tuple[UUID, bool], int]:
    """(order line, whether for lateness) → base units that claims were made about; withdrawn ones do not count.

    A piece is claimed once for what it is, and once for being late.
    """
    is_late = ClaimLine.kind == ProblemKind.LATE
    query = (
        select(ClaimLine.line_id, is_late, func.sum(ClaimLine.quantity))
        .where(ClaimLine.line_id.in_(order_line_ids), ClaimLine.settlement.is_distinct_from(Settlement.WITHDRAWN))
        .group_by(ClaimLine.line_id, is_late)
    )
    return {(line_id, bool(late)): int(total) for line_id, late, total in db.session.execute(query)} if order_line_ids else {}


def credited_parts(order_line_ids: Sequence[UUID]) -> dict[UUID, Parts]:
    """Order line → what went back to the buyer for it by claims."""
    columns = (ClaimLine.credited_goods_minor, ClaimLine.credited_freight_minor, ClaimLine.credited_tax_minor)
    query = select(ClaimLine.line_id, *(func.sum(each) for each in columns)).where(ClaimLine.line_id.in_(order_line_ids))
    rows = db.session.execute(query.group_by(ClaimLine.line_id)) if order_line_ids else ()
    return {line_id: Parts(*(int(value) for value in values)) for line_id, *values in rows}


def credited_lines_of_order(vendor_order_id: UUID) -> list[tuple[ClaimLine, str, OrderLine]]:
    """The claimed lines of an order for which money went back, with the claim's number and the ordered line, the oldest first."""
    sum_minor = ClaimLine.credited_goods_minor + ClaimLine.credited_freight_minor + ClaimLine.credited_tax_minor
    query = (
        select(ClaimLine, Claim.number, OrderLine)
        .join(Claim, Claim.id == ClaimLine.claim_id)
        .join(OrderLine, OrderLine.id == ClaimLine.line_id)
        .where(Claim.vendor_order_id == vendor_order_id, sum_minor > 0)
        .order_by(Claim.opened_at, Claim.id, ClaimLine.position)
    )
    return [(claimed, number, line) for claimed, number, line in db.session.execute(query)]


def disputed_lines(vendor_order_id: UUID) -> set[UUID]:
    """The lines of an order that an open claim is still about."""
    query = select(ClaimLine.line_id).join(Claim, Claim.id == ClaimLine.claim_id)
    of_order = (Claim.vendor_order_id == vendor_order_id, Claim.state == ClaimState.OPEN, ClaimLine.state != ClaimLineState.SETTLED)
    return set(db.session.scalars(query.where(*of_order)))


def custom_variants(variant_ids: Sequence[UUID]) -> set[UUID]:
    """Those of some variants that are made to order."""
    query = select(Variant.id).where(Variant.id.in_(variant_ids), Variant.supply == Supply.MADE_TO_ORDER)
    return set(db.session.scalars(query)) if variant_ids else set()


def inspection_left_s(vendor_order_id: UUID) -> int | None:
    """Seconds that were left to inspect when a claim last stopped the clock of an order; None when none did."""
    query = select(Claim.opened_at, Claim.inspect_by_at).where(Claim.vendor_order_id == vendor_order_id, Claim.inspect_by_at.is_not(None))
    stopped = db.session.execute(query.order_by(Claim.opened_at.desc(), Claim.id.desc()).limit(1)).one_or_none()
    return max(0, int((stopped.inspect_by_at - stopped.opened_at).total_seconds())) if stopped else None
