"""How a line of a claim ends: with money or without; and what follows when the last one has ended."""

from datetime import datetime, timedelta
from uuid import UUID

from marketplace.core import clock, jobs
from marketplace.core.audit import Actor
from marketplace.core.i18n import lazy
from marketplace.orders import queries
from marketplace.orders.claims import credited_pieces, inspection_resumes, line_parts, part_of, value_of_claim, value_of_return
from marketplace.orders.models import Claim, ClaimLine, ClaimLineState, ClaimState, Settlement, VendorOrder, VendorOrderState
from marketplace.orders.services.documents import issue_credit_note
from marketplace.orders.services.fulfilment import start_inspection_clock, stop_inspection_clock
from marketplace.orders.services.history import record
from marketplace.orders.services.inspection import accept_order_goods
from payments import queries as payment_queries
from payments import services as payments
from payments.shares import Parts

S = VendorOrderState
ALL_CREDITED = lazy("Everything was credited after a claim.")


def value_left(line: ClaimLine) -> Parts:
    """What can still go back for a claimed line: its value, as far as other claims on the same order line have left it."""
    order_line = queries.order_lines_by_id([line.line_id])[line.line_id]
    left = line_parts(order_line) - queries.credited_parts([line.line_id]).get(line.line_id, Parts(0))
    return value_of_claim(line).at_most(left)


def credit(order: VendorOrder, claim: Claim, line: ClaimLine, amount_minor: int, *, actor: Actor) -> int:
    """A sum goes back for a line, up to its value, with a credit note; returns the sum. The order is locked by the caller."""
    left = value_left(line)
    return _credit(order, claim, line, part_of(left, min(amount_minor, left.total_minor)), actor=actor)


def credit_return(order: VendorOrder, claim: Claim, line: ClaimLine, *, actor: Actor) -> int:
    """The same for goods that came back: their worth less the restocking fee, which is on goods and tax and never on freight."""
    worth = value_of_return(line)
    if worth == worth.at_most(value_left(line)):
        return _credit(order, claim, line, worth, actor=actor)
    return credit(order, claim, line, worth.total_minor, actor=actor)


def _credit(order: VendorOrder, claim: Claim, line: ClaimLine, parts: Parts, *, actor: Actor) -> int:
    if parts.total_minor == 0:
        return 0
    payments.refund_part(order.id, parts, reason=claim.number, actor=actor)
    line.credited_goods_minor += parts.goods_minor
    line.credited_freight_minor += parts.freight_minor
    line.credited_tax_minor += parts.tax_minor
    issue_credit_note(
        order,
        goods_minor=parts.goods_minor,
        freight_minor=parts.freight_minor,
        tax_minor=parts.tax_minor,
        reason=claim.number,
        line=queries.order_lines_by_id([line.line_id])[line.line_id],
        pieces=credited_pieces(line, parts),
    )
    record(actor, "claim_credited", order, before=order.state, claim=claim.number, total_minor=parts.total_minor, currency=order.currency)
    return parts.total_minor


def settle(line: ClaimLine, how: Settlement) -> None:
    """A line has ended, and its own clock with it."""
    line.move(ClaimLineState.SETTLED)
    line.settlement, line.settled_at = how, clock.now()
    stop_line_clock(line)


def start_line_clock(line: ClaimLine, *, days: int) -> None:
    """The line goes on by itself after so many days: its column and its job."""
    stop_line_clock(line)
    line.due_at = clock.now() + timedelta(days=days)
    jobs.enqueue("orders.go_on_with_claim_line", run_at=line.due_at, key=f"claim_due:{line.id}", claim_line_id=line.id)


def stop_line_clock(line: ClaimLine) -> None:
    """Nothing happens to the line by itself any more."""
    jobs.cancel(f"claim_due:{line.id}")
    line.due_at = None


def stop_grant_clock(claim: Claim) -> None:
    """Every line is answered, or the claim has ended."""
    jobs.cancel(f"claim_reminder:{claim.id}")
    jobs.cancel(f"claim_grant:{claim.id}")
    claim.grant_at = None


def stop_hand_over_clock(claim: Claim) -> None:
    """It has been handed over, nothing is left to agree, or the claim has ended."""
    jobs.cancel(f"claim_hand_over:{claim.id}")
    claim.hand_over_at = None


def close_if_settled(order: VendorOrder, claim: Claim, *, actor: Actor) -> bool:
    """End a claim whose last line has ended; False while one is left."""
    lines = queries.lines_of_claims([claim.id])[claim.id]
    if any(line.state is not ClaimLineState.SETTLED for line in lines):
        return False
    is_withdrawn = all(line.settlement is Settlement.WITHDRAWN for line in lines)
    end_claim(claim, ClaimState.WITHDRAWN if is_withdrawn else ClaimState.SETTLED)
    record(actor, "claim_closed", order, before=order.state, claim=claim.number)
    go_on_after_claims(order, actor=actor)
    return True


def end_claim(claim: Claim, state: ClaimState) -> None:
    """A claim has ended, and its clocks with it. Its lines are settled by the caller."""
    claim.state, claim.ended_at = state, clock.now()
    stop_grant_clock(claim)
    stop_hand_over_clock(claim)


def end_claims_of(order: VendorOrder, *, reason: str, actor: Actor) -> None:
    """The platform ends an order with its whole money going back: that decides every open claim on it. The order is locked."""
    for claim in queries.lock_open_claims(order.id):
        for line in queries.lock_lines_of_claim(claim.id):
            if line.state is not ClaimLineState.SETTLED:
                settle(line, Settlement.DECIDED)
        claim.decided_by, claim.decided_at, claim.decision_reason = actor.person_id, clock.now(), reason
        end_claim(claim, ClaimState.REFUNDED)
    payments.unfreeze_hold(order.id, actor=actor)


def go_on_after_claims(order: VendorOrder, *, actor: Actor) -> None:
    """The last open claim of an order has ended: its money may move again and the inspection goes on, or everything has gone back."""
    if queries.find_open_claim(order.id) is not None:
        return
    payments.unfreeze_hold(order.id, actor=actor)
    hold = payment_queries.any_hold_of_vendor_order(order.id)
    if hold.returned_minor == hold.amount_minor:
        _end_refunded(order, actor=actor)
    elif order.state is S.DELIVERED:
        lines = [line for line in queries.lines_of_orders([order.id])[order.id] if line.cancelled_at is None]
        if all(line.accepted_quantity == line.quantity for line in lines):
            accept_order_goods(order, by="buyer", actor=actor)  # accepted line by line, while the claim was open
        else:
            resume_inspection(order)


def _end_refunded(order: VendorOrder, *, actor: Actor) -> None:
    """The whole money has gone back: a delivered order ends with it; one that was accepted stays what it is, without its proof marks."""
    jobs.enqueue("reviews.withdraw_proof", vendor_order_id=order.id)
    if order.state is not S.DELIVERED:
        return
    before = order.state
    order.move(S.CANCELLED)
    order.ended_at, order.end_reason, order.inspection_ends_at = clock.now(), ALL_CREDITED, None
    stop_inspection_clock(order)
    record(actor, "cancelled", order, before=before, reason=ALL_CREDITED, total_minor=order.total_minor, currency=order.currency)
    jobs.enqueue("orders.settle_purchase", purchase_id=order.purchase_id)


def stop_inspection(order: VendorOrder) -> datetime | None:
    """A claim stops the clock of the inspection, column and job; returns when it would have ended, None when it does not run."""
    ends_at = order.inspection_ends_at
    if order.state is not S.DELIVERED or ends_at is None:
        return None
    order.inspection_ends_at = None
    payments.set_release_time(order.id, None)
    stop_inspection_clock(order)
    return ends_at


def resume_inspection(order: VendorOrder) -> None:
    """The clock of the inspection goes on with what was left, two days at least."""
    left = queries.inspection_left_s(order.id)
    start_inspection_clock(order, ends_at=inspection_resumes(clock.now(), left if left is not None else order.inspection_days * 86_400))


def claimed_line(lines: list[ClaimLine], claim_line_id: UUID) -> ClaimLine | None:
    """The line of that id, if it is one of them."""
    return next((line for line in lines if line.id == claim_line_id), None)
