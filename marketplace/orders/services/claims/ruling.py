"""The platform rules on a claim, either side may appeal once, and another person decides then.

Until a ruling is final the claim stays open and its money where it is (payments.md §4.4: decided → appeal 5 days → closed). It is
carried out when nobody has appealed in time, or each side that loses by it has accepted it; the ruling after an appeal is final and
carried out at once.
Source: docs/decisions/0017-rulings-wait-for-an-appeal.md
"""

from datetime import timedelta
from uuid import UUID

from marketplace.core import clock, jobs, policy
from marketplace.core.audit import SYSTEM, Actor
from marketplace.core.db import db
from marketplace.orders import queries
from marketplace.orders.errors import AppealedAlready, AppealTooLate, CreditTooLargeForClaim, ProblemIsDecided, RulingStands, SameJudge
from marketplace.orders.models import Claim, ClaimAppeal, ClaimLine, ClaimLineState, ClaimState, VendorOrder
from marketplace.orders.services.claims.agreeing import lock_by_clock
from marketplace.orders.services.claims.deciding import refund_after_problem, release_after_problem, split_after_problem
from marketplace.orders.services.claims_settling import stop_grant_clock, stop_hand_over_clock, stop_line_clock, value_left
from marketplace.orders.services.history import record
from marketplace.orders.services.telling import tell_of_claim


def rule_on_claim(claim_number: str, *, ruling: ClaimState, amount_minor: int | None, reason: str, actor: Actor) -> Claim:
    """The platform decides: `released`, `split` (with what goes back) or `refunded`. From now on the two sides cannot agree any more.

    Raises: NotFound, ProblemIsDecided (ended, or a ruling without an appeal), SameJudge, CreditTooLargeForClaim.
    """
    found = lock_by_clock(queries.claim_by_number(claim_number).id)
    if found is None or not found[1].waits_for_ruling:
        raise ProblemIsDecided
    order, claim, lines = found
    is_final = claim.is_appealed
    if is_final and actor.person_id == claim.decided_by:
        raise SameJudge
    limit = _undecided_minor(lines)
    if ruling is ClaimState.SPLIT and not 0 < (amount_minor or 0) <= limit:
        raise CreditTooLargeForClaim(limit_minor=limit)
    claim.ruling, claim.ruling_minor = ruling, amount_minor if ruling is ClaimState.SPLIT else None
    claim.decided_by, claim.decided_at, claim.decision_reason = actor.person_id, clock.now(), reason
    claim.decide_by_at = claim.appeal_by_at = claim.buyer_accepted_at = claim.vendor_accepted_at = None
    if claim.handed_over_at is None:  # it could not wait: from now on it is the platform's all the same
        claim.handed_over_at, claim.handed_over_by = claim.decided_at, "platform"
    stop_grant_clock(claim)
    stop_hand_over_clock(claim)
    for line in lines:
        stop_line_clock(line)
    record(actor, "claim_ruled", order, before=order.state, claim=claim.number, decision=ruling.value, reason=reason)
    if is_final:
        _carry_out(claim, lines, actor)
    else:
        claim.appeal_by_at = clock.now() + timedelta(days=policy.current().claim_appeal_days)
        jobs.enqueue("orders.carry_out_ruling", run_at=claim.appeal_by_at, key=f"claim_ruling:{claim.id}", claim_id=claim.id)
        tell_of_claim(claim, "ruled", to=("buyer", "vendor"))
    return claim


def carry_out_ruling(claim_id: UUID) -> None:
    """Nobody has appealed in time: the ruling is carried out. Nothing before that, after an appeal, or when the claim has ended."""
    found = lock_by_clock(claim_id)
    if found is None or found[1].appeal_by_at is None or found[1].appeal_by_at > clock.now() or found[1].is_appealed:
        return
    _carry_out(found[1], found[2], SYSTEM)


def appeal_as_buyer(claim_id: UUID, *, reason: str, actor: Actor) -> Claim:
    """The buyer appeals. Raises: NotFound, AppealTooLate (no ruling, or it is final), AppealedAlready."""
    order = queries.lock_order_of_buyer(queries.claim_by_id(claim_id).vendor_order_id, buyer_id=actor.company_id)
    return _appeal(order, claim_id, side="buyer", reason=reason, actor=actor)


def appeal_as_vendor(claim_id: UUID, *, reason: str, actor: Actor) -> Claim:
    """The vendor appeals. Raises: as `appeal_as_buyer`."""
    order = queries.lock_order_of_vendor(queries.claim_by_id(claim_id).vendor_order_id, vendor_id=actor.company_id)
    return _appeal(order, claim_id, side="vendor", reason=reason, actor=actor)


def _appeal(order: VendorOrder, claim_id: UUID, *, side: str, reason: str, actor: Actor) -> Claim:
    claim = queries.lock_claim(claim_id)
    now = clock.now()
    if not claim.is_open or claim.appeal_by_at is None or claim.appeal_by_at <= now:
        raise AppealTooLate
    if any(one.side == side for one in queries.appeals_of(claim.id)):
        raise AppealedAlready
    if claim.buyer_accepted_at if side == "buyer" else claim.vendor_accepted_at:
        raise RulingStands
    db.session.add(
        ClaimAppeal(
            claim_id=claim.id,
            side=side,
            buyer_id=claim.buyer_id,
            vendor_id=claim.vendor_id,
            person_name=actor.name,
            reason=reason,
            at=now,
        )
    )
    claim.decide_by_at = claim.decide_by_at or now + timedelta(days=policy.current().claim_decide_days)
    jobs.cancel(f"claim_ruling:{claim.id}")
    record(actor, "claim_appealed", order, before=order.state, claim=claim.number, by=side, reason=reason)
    tell_of_claim(claim, "appealed", to=("buyer", "vendor", "platform"))
    return claim


def accept_ruling_as_buyer(claim_id: UUID, *, actor: Actor) -> Claim:
    """The buyer gives up its appeal. Raises: NotFound, RulingStands (no ruling that it loses by, appealed, or accepted already)."""
    order = queries.lock_order_of_buyer(queries.claim_by_id(claim_id).vendor_order_id, buyer_id=actor.company_id)
    return _accept(order, claim_id, side="buyer", actor=actor)


def accept_ruling_as_vendor(claim_id: UUID, *, actor: Actor) -> Claim:
    """The vendor gives up its appeal. Raises: as `accept_ruling_as_buyer`."""
    order = queries.lock_order_of_vendor(queries.claim_by_id(claim_id).vendor_order_id, vendor_id=actor.company_id)
    return _accept(order, claim_id, side="vendor", actor=actor)


def _accept(order: VendorOrder, claim_id: UUID, *, side: str, actor: Actor) -> Claim:
    claim = queries.lock_claim(claim_id)
    now = clock.now()
    if not claim.can_accept(side, now):
        raise RulingStands
    if side == "buyer":
        claim.buyer_accepted_at = now
    else:
        claim.vendor_accepted_at = now
    record(actor, "claim_ruling_accepted", order, before=order.state, claim=claim.number, by=side)
    if claim.is_accepted:
        # Carried out by the clockwork, as it would be after silence: it moves what neither side may touch.
        claim.appeal_by_at = now
        jobs.cancel(f"claim_ruling:{claim.id}")
        jobs.enqueue("orders.carry_out_ruling", claim_id=claim.id)
    return claim


def _undecided_minor(lines: list[ClaimLine]) -> int:
    return sum(value_left(line).total_minor for line in lines if line.state is not ClaimLineState.SETTLED)


def _carry_out(claim: Claim, lines: list[ClaimLine], actor: Actor) -> None:
    reason = claim.decision_reason or ""
    claim.appeal_by_at = None
    if claim.ruling is ClaimState.REFUNDED:
        refund_after_problem(claim.number, reason=reason, actor=actor)
    elif claim.ruling is ClaimState.SPLIT:
        # Another claim on the same lines may have given some of it back meanwhile.
        amount = min(claim.ruling_minor or 0, _undecided_minor(lines))
        if amount:
            split_after_problem(claim.number, amount_minor=amount, reason=reason, actor=actor)
        else:
            release_after_problem(claim.number, reason=reason, actor=actor)
    else:
        release_after_problem(claim.number, reason=reason, actor=actor)
