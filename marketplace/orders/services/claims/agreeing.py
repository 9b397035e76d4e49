"""Between buyer and vendor: the vendor answers line by line, the buyer takes the answer, or one of them hands it to the platform."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from marketplace.core import clock, policy
from marketplace.core.audit import SYSTEM, Actor
from marketplace.core.errors import InvalidMove, NotFound
from marketplace.orders import queries
from marketplace.orders.claims import value_of_claim
from marketplace.orders.errors import CreditTooLargeForLine, HandOverTooEarly, ProblemIsDecided, RemedyNotPossible, TermsTooHard
from marketplace.orders.models import Claim, ClaimLine, ClaimLineState, ProblemKind, Remedy, Settlement, VendorOrder
from marketplace.orders.returns import after_restocking, return_terms
from marketplace.orders.services.claims_settling import (
    claimed_line,
    close_if_settled,
    credit,
    settle,
    start_line_clock,
    stop_grant_clock,
    stop_hand_over_clock,
    stop_line_clock,
)
from marketplace.orders.services.history import record
from marketplace.orders.services.telling import tell_of_claim

L = ClaimLineState


def lock_for_buyer(claim_id: UUID, buyer_id: UUID | None) -> tuple[VendorOrder, Claim, list[ClaimLine]]:
    """An open claim of the buyer with its order and lines, locked from the top. Raises: NotFound, ProblemIsDecided."""
    order = queries.lock_order_of_buyer(queries.claim_by_id(claim_id).vendor_order_id, buyer_id=buyer_id)
    return _lock(order, claim_id)


def lock_for_vendor(claim_id: UUID, vendor_id: UUID | None) -> tuple[VendorOrder, Claim, list[ClaimLine]]:
    """The same for a claim about one of the vendor's orders."""
    order = queries.lock_order_of_vendor(queries.claim_by_id(claim_id).vendor_order_id, vendor_id=vendor_id)
    return _lock(order, claim_id)


def lock_by_clock(claim_id: UUID) -> tuple[VendorOrder, Claim, list[ClaimLine]] | None:
    """The same for the clockwork and platform staff; None when it has ended."""
    order = queries.lock_order(queries.claim_by_id(claim_id).vendor_order_id)
    claim = queries.lock_claim(claim_id)
    return (order, claim, queries.lock_lines_of_claim(claim_id)) if claim.is_open else None


def _lock(order: VendorOrder, claim_id: UUID) -> tuple[VendorOrder, Claim, list[ClaimLine]]:
    claim = queries.lock_claim(claim_id)
    if not claim.is_between_sides:
        raise ProblemIsDecided
    return order, claim, queries.lock_lines_of_claim(claim_id)


def answers_for(kind: ProblemKind) -> tuple[Remedy, ...]:
    """What a vendor can answer to a kind of problem, whatever its return policy says."""
    if kind is ProblemKind.LATE:
        return (Remedy.CREDIT, Remedy.RETURN, Remedy.REFUSE)
    if kind is ProblemKind.MISSING:
        return (Remedy.REPLACE, Remedy.CREDIT, Remedy.REFUSE)
    return (Remedy.REPLACE, Remedy.CREDIT, Remedy.RETURN, Remedy.REFUSE)


def answer_line(
    claim_id: UUID,
    claim_line_id: UUID,
    *,
    answer: Remedy,
    text: str | None,
    amount_minor: int | None = None,
    address: Mapping[str, Any] | None = None,
    restocking_bp: int | None = None,
    actor: Actor,
) -> ClaimLine:
    """The vendor answers one line; until the buyer has taken the answer it may give a better one.

    `amount_minor`: the credit; `address` and `restocking_bp`: where a return goes, and the fee, never above the policy of the order.
    Raises: NotFound, ProblemIsDecided, InvalidMove (agreed already), RemedyNotPossible (not for this kind, or not by the return policy),
    CreditTooLargeForLine, TermsTooHard.
    """
    order, claim, lines = lock_for_vendor(claim_id, actor.company_id)
    line = claimed_line(lines, claim_line_id)
    if line is None:
        raise NotFound
    if line.state not in (L.OPEN, L.ANSWERED):
        raise InvalidMove(state=line.state.value)
    if answer not in answers_for(line.kind):
        raise RemedyNotPossible(line.line_id)
    line.offered_minor, line.return_terms = 0, {}
    if answer is Remedy.CREDIT:
        line.offered_minor = _offer(line, amount_minor)
    elif answer is Remedy.RETURN:
        _offer_return(order, claim, line, address or {}, restocking_bp)
    line.answer, line.answer_text = answer, text
    line.answered_at, line.answered_by_name = clock.now(), actor.name
    if line.state is L.OPEN:
        line.move(L.ANSWERED)
    if all(each.state is not L.OPEN for each in lines):
        stop_grant_clock(claim)
    record(actor, "claim_answered", order, before=order.state, claim=claim.number, answer=answer.value)
    tell_of_claim(claim, "answered", to=("buyer",))
    return line


def _offer(line: ClaimLine, amount_minor: int | None) -> int:
    offered = line.value_minor if amount_minor is None else amount_minor
    if not 0 < offered <= line.value_minor:
        raise CreditTooLargeForLine(line.line_id, limit_minor=line.value_minor)
    return offered


def _offer_return(order: VendorOrder, claim: Claim, line: ClaimLine, address: Mapping[str, Any], restocking_bp: int | None) -> None:
    order_line = queries.order_lines_by_id([line.line_id])[line.line_id]
    terms = return_terms(
        order.returns,
        line.kind,
        is_custom=bool(queries.custom_variants([order_line.variant_id])),
        delivered_at=order.delivered_at or queries.first_delivery_at(order.id),
        reported_at=claim.opened_at,
    )
    if terms.refused:
        raise RemedyNotPossible(line.line_id, terms.refused, days=terms.days)
    fee = terms.restocking_bp if restocking_bp is None else restocking_bp
    if fee > terms.restocking_bp:
        raise TermsTooHard(line.line_id, restocking_bp=terms.restocking_bp)
    line.offered_minor = after_restocking(value_of_claim(line), fee).total_minor
    days = policy.current().return_send_days
    line.return_terms = {**address, "paid_by": terms.paid_by, "restocking_bp": fee, "days": days}


def accept_answer(claim_id: UUID, claim_line_id: UUID, *, actor: Actor) -> ClaimLine:
    """The buyer takes the vendor's answer: a credit goes back at once, a replacement or a return begins, a refusal ends the line.

    Raises: NotFound, ProblemIsDecided, InvalidMove (not answered, or taken already).
    """
    order, claim, lines = lock_for_buyer(claim_id, actor.company_id)
    line = claimed_line(lines, claim_line_id)
    if line is None:
        raise NotFound
    if line.state is not L.ANSWERED or line.answer is None:
        raise InvalidMove(state=line.state.value)
    trade = policy.current()
    if line.answer is Remedy.CREDIT:
        credit(order, claim, line, line.offered_minor, actor=actor)
    if line.answer is Remedy.REPLACE:
        line.move(L.REPLACING)
        start_line_clock(line, days=trade.return_send_days)
    elif line.answer is Remedy.RETURN:
        line.move(L.RETURNING)
        start_line_clock(line, days=trade.return_send_days)
    else:
        settle(line, Settlement.AGREED)
    record(actor, "claim_agreed", order, before=order.state, claim=claim.number, answer=line.answer.value)
    tell_of_claim(claim, "agreed", to=("vendor",))
    if not close_if_settled(order, claim, actor=actor) and all(each.state not in (L.OPEN, L.ANSWERED) for each in lines):
        stop_hand_over_clock(claim)  # everything is agreed and on its way
    return line


def withdraw_line(claim_id: UUID, claim_line_id: UUID, *, actor: Actor) -> ClaimLine:
    """The buyer takes a line of its claim back. Raises: NotFound, ProblemIsDecided, InvalidMove (it is agreed already)."""
    order, claim, lines = lock_for_buyer(claim_id, actor.company_id)
    line = claimed_line(lines, claim_line_id)
    if line is None:
        raise NotFound
    if line.state not in (L.OPEN, L.ANSWERED):
        raise InvalidMove(state=line.state.value)
    settle(line, Settlement.WITHDRAWN)
    record(actor, "claim_withdrawn", order, before=order.state, claim=claim.number)
    tell_of_claim(claim, "withdrawn", to=("vendor",))
    close_if_settled(order, claim, actor=actor)
    return line


def hand_over_as_buyer(claim_id: UUID, *, actor: Actor) -> Claim:
    """The buyer asks the platform to decide. Raises: NotFound, ProblemIsDecided, InvalidMove (it has it), HandOverTooEarly."""
    order, claim, lines = lock_for_buyer(claim_id, actor.company_id)
    return _hand_over(order, claim, lines, by="buyer", actor=actor)


def hand_over_as_vendor(claim_id: UUID, *, actor: Actor) -> Claim:
    """The vendor asks the platform to decide. Raises: NotFound, ProblemIsDecided, InvalidMove (it has it), HandOverTooEarly."""
    order, claim, lines = lock_for_vendor(claim_id, actor.company_id)
    return _hand_over(order, claim, lines, by="vendor", actor=actor)


def _hand_over(order: VendorOrder, claim: Claim, lines: list[ClaimLine], *, by: str, actor: Actor) -> Claim:
    if claim.handed_over_at is not None:
        raise InvalidMove(state="handed_over")
    if by != "clock" and clock.now() < claim.answer_by_at:
        raise HandOverTooEarly(claim.answer_by_at)
    claim.handed_over_at, claim.handed_over_by = clock.now(), by
    claim.decide_by_at = claim.handed_over_at + timedelta(days=policy.current().claim_decide_days)
    stop_hand_over_clock(claim)
    for line in lines:
        stop_line_clock(line)  # the platform decides about what is under way too
    record(actor, "claim_handed_over", order, before=order.state, claim=claim.number, by=by)
    tell_of_claim(claim, "handed_over", to=("buyer", "vendor", "platform"))
    return claim


def hand_over_by_clock(claim_id: UUID) -> None:
    """Day 7: what is not agreed goes to the platform. Nothing before that, or when everything is agreed or decided."""
    found = lock_by_clock(claim_id)
    if found is None:
        return
    order, claim, lines = found
    is_due = claim.hand_over_at is not None and claim.hand_over_at <= clock.now() and claim.handed_over_at is None
    if is_due and any(line.state in (L.OPEN, L.ANSWERED) for line in lines):
        _hand_over(order, claim, lines, by="clock", actor=SYSTEM)


def grant_unanswered(claim_id: UUID) -> None:
    """Lines that the vendor has left unanswered are granted, once and up to their value (product.md §8). Nothing before the time."""
    found = lock_by_clock(claim_id)
    if found is None:
        return
    order, claim, lines = found
    unanswered = [line for line in lines if line.state is L.OPEN]
    if claim.grant_at is None or claim.grant_at > clock.now() or not unanswered:
        return
    for line in unanswered:
        credit(order, claim, line, line.asked_minor, actor=SYSTEM)
        settle(line, Settlement.GRANTED)
    stop_grant_clock(claim)
    record(SYSTEM, "claim_granted", order, before=order.state, claim=claim.number, count=len(unanswered))
    tell_of_claim(claim, "granted", to=("buyer", "vendor"))
    if not close_if_settled(order, claim, actor=SYSTEM) and all(line.state not in (L.OPEN, L.ANSWERED) for line in lines):
        stop_hand_over_clock(claim)


def remind_to_answer_claim(claim_id: UUID) -> None:
    """A day before its time ends the vendor is reminded; nothing once every line is answered."""
    claim = queries.claim_by_id(claim_id)
    if claim.is_open and any(line.state is L.OPEN for line in queries.lines_of_claims([claim.id])[claim.id]):
        tell_of_claim(claim, "reminder", to=("vendor",))
