"""What a decision about an open claim does: for the vendor, for the buyer, or a part each way. The reason is read by both.

These carry out a ruling that is final (`services/claims/ruling.py`).
"""

from marketplace.core import audit, clock, jobs
from marketplace.core.audit import Actor
from marketplace.orders import queries
from marketplace.orders.claims import parts_over
from marketplace.orders.errors import CreditTooLargeForClaim, ProblemIsDecided
from marketplace.orders.models import Claim, ClaimLine, ClaimLineState, ClaimState, Settlement, VendorOrder, VendorOrderState
from marketplace.orders.services.claims.agreeing import lock_by_clock
from marketplace.orders.services.claims_settling import credit, end_claim, end_claims_of, go_on_after_claims, settle, value_left
from marketplace.orders.services.documents import credit_the_rest
from marketplace.orders.services.ending import end_order
from marketplace.orders.services.inspection import accept_order_goods
from marketplace.orders.services.telling import tell_of_claim
from payments import queries as payment_queries
from payments import services as payments

S = VendorOrderState


def release_after_problem(claim_number: str, *, reason: str, actor: Actor) -> VendorOrder:
    """For the vendor: nothing more goes back for the claim, and delivered goods count as accepted.

    Raises: NotFound, ProblemIsDecided.
    """
    order, claim, lines = _lock(claim_number)
    _decide(claim, lines, ClaimState.RELEASED, reason, actor)
    _accept_or_go_on(order, actor)
    _record_decision(order, claim, actor)
    return order


def split_after_problem(claim_number: str, *, amount_minor: int, reason: str, actor: Actor) -> VendorOrder:
    """A part each way: a sum goes back for the claimed lines, by their value; the rest is the vendor's and the goods count as accepted.

    Raises: NotFound, ProblemIsDecided, CreditTooLargeForClaim (more than the undecided lines are worth).
    """
    order, claim, lines = _lock(claim_number)
    undecided = [line for line in lines if line.state is not ClaimLineState.SETTLED]
    values = [value_left(line) for line in undecided]
    limit = sum(value.total_minor for value in values)
    if not 0 < amount_minor <= limit:
        raise CreditTooLargeForClaim(limit_minor=limit)
    for line, parts in zip(undecided, parts_over(values, amount_minor), strict=True):
        credit(order, claim, line, parts.total_minor, actor=actor)
    _decide(claim, lines, ClaimState.SPLIT, reason, actor)
    _accept_or_go_on(order, actor)
    _record_decision(order, claim, actor, amount_minor=amount_minor)
    return order


def refund_after_problem(claim_number: str, *, reason: str, actor: Actor) -> VendorOrder:
    """For the buyer: all that is left of the order's money goes back, wherever it is; an order that is not accepted yet ends.

    Raises: NotFound, ProblemIsDecided.
    """
    order, claim, lines = _lock(claim_number)
    _decide(claim, lines, ClaimState.REFUNDED, reason, actor)
    end_claims_of(order, reason=reason, actor=actor)
    if order.state in (S.ACCEPTED_BY_BUYER, S.CLOSED):
        payments.refund_order(order.id, reason=claim.number, actor=actor)
        credit_the_rest(order, reason=claim.number)
        jobs.enqueue("reviews.withdraw_proof", vendor_order_id=order.id)
    else:
        end_order(order, S.CANCELLED, reason=reason, act="cancelled", actor=actor)
    _record_decision(order, claim, actor)
    return order


def _lock(claim_number: str) -> tuple[VendorOrder, Claim, list[ClaimLine]]:
    found = lock_by_clock(queries.claim_by_number(claim_number).id)
    if found is None:
        raise ProblemIsDecided
    return found


def _decide(claim: Claim, lines: list[ClaimLine], state: ClaimState, reason: str, actor: Actor) -> None:
    for line in lines:
        if line.state is not ClaimLineState.SETTLED:
            settle(line, Settlement.DECIDED)
    if claim.ruling is None:  # else it was said who decided, and when, by the ruling that is carried out now
        claim.decided_by, claim.decided_at = actor.person_id, clock.now()
    claim.decision_reason = reason
    end_claim(claim, state)


def _accept_or_go_on(order: VendorOrder, actor: Actor) -> None:
    """Delivered goods count as accepted by the decision, unless another claim on them is still open."""
    hold = payment_queries.any_hold_of_vendor_order(order.id)
    is_last = queries.find_open_claim(order.id) is None
    if is_last and order.state is S.DELIVERED and hold.returned_minor < hold.amount_minor:
        payments.unfreeze_hold(order.id, actor=actor)
        accept_order_goods(order, by="platform", actor=actor)
    else:
        go_on_after_claims(order, actor=actor)


def _record_decision(order: VendorOrder, claim: Claim, actor: Actor, **facts: int) -> None:
    audit.record(
        actor,
        "claim.decided",
        "vendor_order",
        order.id,
        companies=(order.buyer_id, order.vendor_id),
        after={"claim": claim.number, "decision": claim.state.value, "reason": claim.decision_reason, **facts},
    )
    tell_of_claim(claim, "decided", to=("buyer", "vendor"))
