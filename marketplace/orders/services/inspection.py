"""The inspection: acceptance, its timer, reported problems and what the platform decides about them."""

from datetime import timedelta
from uuid import UUID

from marketplace.core import audit, clock, jobs, numbers, policy
from marketplace.core.audit import SYSTEM, Actor
from marketplace.core.db import db
from marketplace.core.errors import InvalidMove, NotFound
from marketplace.core.ids import new_id
from marketplace.orders import queries
from marketplace.orders.errors import InspectionOver, ProblemIsDecided, ProblemIsOpen
from marketplace.orders.models import Claim, ClaimState, VendorOrder, VendorOrderState
from marketplace.orders.schemas import ProblemKind
from marketplace.orders.services.ending import end_order
from marketplace.orders.services.fulfilment import stop_inspection_clock
from marketplace.orders.services.history import record
from marketplace.orders.services.telling import tell_buyer, tell_platform, tell_vendor
from payments import services as payments

S = VendorOrderState


def accept_goods(vendor_order_id: UUID, *, actor: Actor) -> VendorOrder:
    """The buyer accepts the goods, and the money held for them is released.

    Raises: NotFound (not this company's order), ProblemIsOpen, InvalidMove (not `delivered`).
    """
    order = queries.lock_order_of_buyer(vendor_order_id, buyer_id=actor.company_id)
    if queries.find_open_claim(order.id) is not None:
        raise ProblemIsOpen
    _accept(order, by="buyer", actor=actor)
    return order


def accept_goods_by_timer(vendor_order_id: UUID) -> None:
    """The inspection has ended in silence, which is acceptance. Nothing before its end, while its clock stands, or a second time."""
    order = queries.lock_order(vendor_order_id)
    if order.state is S.DELIVERED and order.inspection_ends_at is not None and order.inspection_ends_at <= clock.now():
        _accept(order, by="timer", actor=SYSTEM)


def _accept(order: VendorOrder, *, by: str, actor: Actor) -> None:
    before = order.state
    order.move(S.ACCEPTED_BY_BUYER)
    order.accepted_by_buyer_at, order.accepted_by = clock.now(), by
    stop_inspection_clock(order)
    payments.release_on_acceptance(order.id, actor=actor)
    close_at = order.accepted_by_buyer_at + timedelta(days=policy.current().close_after_days)
    jobs.enqueue("orders.close_order", run_at=close_at, key=f"close:{order.id}", vendor_order_id=order.id)
    record(actor, "accepted_by_buyer", order, before=before, accepted_by=by, total_minor=order.total_minor, currency=order.currency)


def report_problem(vendor_order_id: UUID, *, kind: ProblemKind, text: str, actor: Actor) -> Claim:
    """The buyer says that something is wrong: the money is frozen and the clock of the inspection stops until the platform decides.

    Raises: NotFound (not this company's order), InvalidMove (not `delivered`), ProblemIsOpen, InspectionOver (its end has passed).
    """
    order = queries.lock_order_of_buyer(vendor_order_id, buyer_id=actor.company_id)
    if order.state is not S.DELIVERED:
        raise InvalidMove(state=order.state.value)
    if queries.find_open_claim(order.id) is not None:
        raise ProblemIsOpen
    if order.inspection_ends_at is None or order.inspection_ends_at <= clock.now():
        raise InspectionOver
    if actor.person_id is None:
        raise NotFound
    claim = Claim(
        id=new_id(),
        number=numbers.next_number("CLM", numbers.claim_numbers),
        vendor_order_id=order.id,
        buyer_id=order.buyer_id,
        vendor_id=order.vendor_id,
        kind=kind.value,
        text=text,
        state=ClaimState.OPEN,
        opened_by=actor.person_id,
        opened_at=clock.now(),
        decided_by=None,
        decided_at=None,
        decision_reason=None,
    )
    db.session.add(claim)
    payments.freeze_hold(order.id, reason=claim.number, actor=actor)
    payments.set_release_time(order.id, None)
    order.inspection_ends_at = None
    stop_inspection_clock(order)
    record(actor, "problem_reported", order, before=order.state, claim=claim.number, kind=claim.kind)
    tell_vendor("orders.email_problem", order)
    tell_platform("orders.email_problem_to_decide", order)
    return claim


def release_after_problem(claim_number: str, *, reason: str, actor: Actor) -> VendorOrder:
    """The platform's finance decides for the vendor: the whole sum is released. Raises: NotFound, ProblemIsDecided."""
    order, claim = _lock_problem(claim_number)
    _decide(claim, ClaimState.RELEASED, reason, actor)
    payments.unfreeze_hold(order.id, actor=actor)
    _accept(order, by="platform", actor=actor)
    _record_decision(order, claim, actor)
    return order


def refund_after_problem(claim_number: str, *, reason: str, actor: Actor) -> VendorOrder:
    """The platform's finance decides for the buyer: the order ends and the whole sum goes back. Raises: NotFound, ProblemIsDecided."""
    order, claim = _lock_problem(claim_number)
    _decide(claim, ClaimState.REFUNDED, reason, actor)
    payments.unfreeze_hold(order.id, actor=actor)
    end_order(order, S.CANCELLED, reason=reason, act="cancelled", actor=actor)
    _record_decision(order, claim, actor)
    return order


def _lock_problem(claim_number: str) -> tuple[VendorOrder, Claim]:
    found = queries.claim_by_number(claim_number)
    order = queries.lock_order(found.vendor_order_id)
    claim = queries.lock_claim(found.id)
    if claim.state is not ClaimState.OPEN:
        raise ProblemIsDecided
    return order, claim


def _decide(claim: Claim, state: ClaimState, reason: str, actor: Actor) -> None:
    claim.state = state
    claim.decided_by, claim.decided_at, claim.decision_reason = actor.person_id, clock.now(), reason


def _record_decision(order: VendorOrder, claim: Claim, actor: Actor) -> None:
    audit.record(
        actor,
        "claim.decided",
        "vendor_order",
        order.id,
        companies=(order.buyer_id, order.vendor_id),
        after={"claim": claim.number, "decision": claim.state.value, "reason": claim.decision_reason},
    )
    tell_buyer("orders.email_problem_decided", order)
    tell_vendor("orders.email_problem_decided", order)
