"""A buyer claims: some lines of an order, each with what is wrong, how much of it, what is wished, and pictures."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from marketplace.core import clock, files, jobs, numbers, policy
from marketplace.core.audit import SYSTEM, Actor
from marketplace.core.db import db
from marketplace.core.errors import InvalidMove, NotFound
from marketplace.core.files import StoredFile
from marketplace.core.ids import new_id
from marketplace.orders import queries
from marketplace.orders.claims import claim_clock, line_parts, value_of
from marketplace.orders.errors import (
    ClaimsOver,
    CreditTooLargeForLine,
    LineRefusal,
    NothingClaimed,
    QuantityTooLarge,
    RemedyNotPossible,
    WrongLines,
)
from marketplace.orders.models import (
    Claim,
    ClaimLine,
    ClaimLineState,
    ClaimPhoto,
    ClaimState,
    OrderLine,
    ProblemKind,
    Remedy,
    VendorOrder,
    VendorOrderState,
)
from marketplace.orders.returns import return_terms
from marketplace.orders.services.claims_settling import stop_inspection
from marketplace.orders.services.history import record
from marketplace.orders.services.inspection import accept_order_goods
from marketplace.orders.services.telling import tell_of_claim
from payments import queries as payment_queries
from payments import services as payments
from payments.models import HoldState
from payments.shares import Parts

S = VendorOrderState
CLAIMABLE = frozenset({S.IN_PRODUCTION, S.READY, S.SHIPPED, S.DELIVERED, S.ACCEPTED_BY_BUYER})
"""States in which goods may have arrived."""
REMINDER = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class ClaimedLine:
    """What a buyer says about one line: `quantity` in base units, `asked_minor` None for all that it is worth; photos are own files."""

    line_id: UUID
    kind: ProblemKind
    quantity: int
    text: str
    wish: Remedy = Remedy.CREDIT
    asked_minor: int | None = None
    photos: Sequence[StoredFile] = field(default=())


def report_problem(vendor_order_id: UUID, *, lines: Sequence[ClaimedLine], actor: Actor) -> Claim:
    """The buyer claims: the money that is held is frozen, the clock of the inspection stops, and the vendor's time to answer runs.

    An inspection that has ended in silence is accepted first; claims stay possible for some days after acceptance (Policy).
    Raises: NotFound (not this company's order, a line of another), InvalidMove (nothing has arrived, or the order has ended), NothingClaimed,
    QuantityTooLarge (more than arrived, or claimed already), CreditTooLargeForLine, RemedyNotPossible, WrongLines (several of these
    three), ClaimsOver.
    """
    order = queries.lock_order_of_buyer(vendor_order_id, buyer_id=actor.company_id)
    if actor.person_id is None:
        raise NotFound
    if not lines:
        raise NothingClaimed
    _check_time(order)
    order_lines = {line.id: line for line in queries.lock_lines(order.id)}
    if {line.line_id for line in lines} - order_lines.keys():
        raise NotFound
    if not any(line.delivered_quantity or line.shipped_quantity for line in order_lines.values()):
        raise InvalidMove(state=order.state.value)
    refusals = line_refusals(order, list(order_lines.values()), lines)
    if refusals:
        raise refusals[0] if len(refusals) == 1 else WrongLines(refusals)
    claim = _open(order, actor)
    credited = queries.credited_parts(list(order_lines))
    for position, said in enumerate(lines, start=1):
        line = order_lines[said.line_id]
        _write_line(claim, position, line, said, left=line_parts(line) - credited.get(line.id, Parts(0)))
    _freeze(order, claim, actor)
    _start_clocks(claim)
    record(actor, "problem_reported", order, before=order.state, claim=claim.number, count=len(lines))
    tell_of_claim(claim, "opened", to=("vendor",))
    return claim


def line_refusals(order: VendorOrder, order_lines: Sequence[OrderLine], lines: Sequence[ClaimedLine]) -> list[LineRefusal]:
    """All that stands against what is said about lines of an order, so that a form tells it at once.

    Where the quantity is wrong, a sum is judged by all that can be claimed: more than that is wrong at any quantity.
    """
    by_id = {line.id: line for line in order_lines}
    credited = queries.credited_parts(list(by_id))
    claimed = queries.claimed_quantities(list(by_id))
    custom = queries.custom_variants([line.variant_id for line in order_lines])
    found: list[LineRefusal | None] = []
    for said in lines:
        line, is_late = by_id[said.line_id], said.kind is ProblemKind.LATE
        limit = max(0, claimable(line, said.kind) - claimed.get((line.id, is_late), 0))
        claimed[line.id, is_late] = claimed.get((line.id, is_late), 0) + said.quantity
        left = line_parts(line) - credited.get(line.id, Parts(0))
        found.append(_wrong_quantity(line, said, limit))
        found.append(_wrong_wish(order, line, said, is_custom=line.variant_id in custom))
        found.append(_wrong_amount(line, said, limit, left=left))
    return [refusal for refusal in found if refusal is not None]


def claimable(line: OrderLine, kind: ProblemKind) -> int:
    """Base units of a line that can be claimed at all: what arrived, and for what did not arrive or arrived late, what was shipped."""
    return line.shipped_quantity if kind in (ProblemKind.MISSING, ProblemKind.LATE) else line.delivered_quantity


def _check_time(order: VendorOrder) -> None:
    if order.state is S.CLOSED:
        raise ClaimsOver
    if order.state not in CLAIMABLE:
        raise InvalidMove(state=order.state.value)
    if order.state is S.DELIVERED and order.inspection_ends_at is not None and order.inspection_ends_at <= clock.now():
        accept_order_goods(order, by="timer", actor=SYSTEM)  # its timer is late: silence was acceptance
    days = policy.current().claim_after_acceptance_days
    if order.accepted_by_buyer_at is not None and clock.now() > order.accepted_by_buyer_at + timedelta(days=days):
        raise ClaimsOver


def _wrong_quantity(line: OrderLine, said: ClaimedLine, limit: int) -> LineRefusal | None:
    if 1 <= said.quantity <= limit:
        return None
    return QuantityTooLarge(line.id, limit=limit, unit=line.display_unit, display_factor=line.display_factor)


def _wrong_wish(order: VendorOrder, line: OrderLine, said: ClaimedLine, *, is_custom: bool) -> LineRefusal | None:
    if said.wish is Remedy.REPLACE and said.kind is ProblemKind.LATE:
        return RemedyNotPossible(line.id)
    if said.wish is Remedy.RETURN:
        delivered_at = order.delivered_at or queries.first_delivery_at(order.id)
        terms = return_terms(order.returns, said.kind, is_custom=is_custom, delivered_at=delivered_at, reported_at=clock.now())
        if terms.refused:
            return RemedyNotPossible(line.id, terms.refused, days=terms.days)
    return None


def _wrong_amount(line: OrderLine, said: ClaimedLine, limit: int, *, left: Parts) -> LineRefusal | None:
    if said.asked_minor is None or not limit:
        return None
    quantity = said.quantity if 1 <= said.quantity <= limit else limit
    most_minor = value_of(line_parts(line), quantity, line.quantity, left=left).total_minor
    return CreditTooLargeForLine(line.id, limit_minor=most_minor) if said.asked_minor > most_minor else None


def _open(order: VendorOrder, actor: Actor) -> Claim:
    now, trade = clock.now(), policy.current()
    ends = claim_clock(
        now, answer_days=trade.claim_answer_days, grant_days=trade.claim_grant_days, hand_over_days=trade.claim_hand_over_days
    )
    claim = Claim(
        id=new_id(),
        number=numbers.next_number("CLM", numbers.claim_numbers),
        vendor_order_id=order.id,
        buyer_id=order.buyer_id,
        vendor_id=order.vendor_id,
        state=ClaimState.OPEN,
        opened_by=actor.person_id,
        opened_by_name=actor.name,
        opened_at=now,
        answer_by_at=ends.answer_by_at,
        grant_at=ends.grant_at,
        hand_over_at=ends.hand_over_at,
        handed_over_at=None,
        handed_over_by=None,
        decide_by_at=None,
        inspect_by_at=None,
        buyer_accepted_at=None,
        vendor_accepted_at=None,
        decided_by=None,
        decided_at=None,
        decision_reason=None,
        ended_at=None,
    )
    db.session.add(claim)
    db.session.flush()  # its lines point to it
    return claim


def _write_line(claim: Claim, position: int, line: OrderLine, said: ClaimedLine, *, left: Parts) -> None:
    value = value_of(line_parts(line), said.quantity, line.quantity, left=left)
    written = ClaimLine(
        id=new_id(),
        claim_id=claim.id,
        buyer_id=claim.buyer_id,
        vendor_id=claim.vendor_id,
        line_id=line.id,
        position=position,
        kind=said.kind,
        quantity=said.quantity,
        text=said.text,
        wish=said.wish,
        asked_minor=value.total_minor if said.asked_minor is None else said.asked_minor,
        goods_minor=value.goods_minor,
        freight_minor=value.freight_minor,
        tax_minor=value.tax_minor,
        state=ClaimLineState.OPEN,
        offered_minor=0,
        return_terms={},
        credited_goods_minor=0,
        credited_freight_minor=0,
        credited_tax_minor=0,
    )
    db.session.add(written)
    db.session.flush()  # its photos point to it
    for number, photo in enumerate(said.photos, start=1):
        files.share(photo, claim.vendor_id)
        db.session.add(ClaimPhoto(claim_line_id=written.id, position=number, file_id=photo.id))


def _freeze(order: VendorOrder, claim: Claim, actor: Actor) -> None:
    claim.inspect_by_at = stop_inspection(order)
    if payment_queries.any_hold_of_vendor_order(order.id).state is HoldState.FUNDED:
        payments.freeze_hold(order.id, reason=claim.number, actor=actor)


def _start_clocks(claim: Claim) -> None:
    remind_at = claim.answer_by_at - REMINDER
    jobs.enqueue("orders.remind_to_answer_claim", run_at=remind_at, key=f"claim_reminder:{claim.id}", claim_id=claim.id)
    jobs.enqueue("orders.grant_unanswered", run_at=claim.grant_at, key=f"claim_grant:{claim.id}", claim_id=claim.id)
    jobs.enqueue("orders.hand_over_claim", run_at=claim.hand_over_at, key=f"claim_hand_over:{claim.id}", claim_id=claim.id)
