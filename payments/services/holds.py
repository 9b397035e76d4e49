"""Held money: released to the vendor whole or in part, sent back to the buyer, frozen. Source: payments.md §4.2."""

from datetime import datetime
from typing import Any
from uuid import UUID

from marketplace.core import audit, clock, jobs
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.ids import new_id
from payments import ledger, queries
from payments.chart import COMMISSION, HELD, PAYABLE
from payments.errors import HoldFrozen, MoneyAlreadyReleased, MoneyNotHeld, MoreThanHeld
from payments.models import Hold, HoldState, Release, ReleaseState, StatementKind
from payments.services.refunds import decide_refund
from payments.services.statements import write_line
from payments.shares import Parts, commission_of

LATE = (HoldState.RELEASED, HoldState.PAID_OUT, HoldState.SPLIT)


def release_on_acceptance(vendor_order_id: UUID, *, actor: Actor) -> None:
    """The goods are accepted: all that is still held is the vendor's, less the commission, and goes to its account (J09).

    Raises: MoneyNotHeld, MoneyAlreadyReleased, HoldFrozen (decide the problem first), InvalidMove.
    Source: payments.md §4.2; the commission was frozen at placement.
    """
    for hold in _free(vendor_order_id):
        _release(hold, queries.held_parts(hold), kind="J09", actor=actor)


def release_part(vendor_order_id: UUID, parts: Parts, *, actor: Actor) -> None:
    """A part of the goods is accepted: its sum is the vendor's, less the commission on its goods; the rest stays held (J10).

    A frozen hold lets a part go: what is not disputed is not the buyer's any more.
    Raises: MoneyNotHeld, MoneyAlreadyReleased, MoreThanHeld (a part of which less is held).
    Source: payments.md §5, F15.
    """
    for hold in _held(vendor_order_id):
        if not parts.is_whole or parts.total_minor == 0 or not (queries.held_parts(hold) - parts).is_whole:
            raise MoreThanHeld
        _release(hold, parts, kind="J10", actor=actor)


def _release(hold: Hold, parts: Parts, *, kind: str, actor: Actor) -> None:
    now = clock.now()
    before = queries.released_parts(hold)
    is_rest = hold.held_minor == parts.total_minor
    charged = queries.charged_commission(hold)
    left = hold.commission_minor - hold.commission_waived_minor - charged
    # The last release takes what is left of the commission; earlier ones take their share of the goods released so far.
    so_far = commission_of(hold.commission_minor, hold.goods_minor, (before + parts).goods_minor)
    commission = min(left if is_rest else max(0, min(left, so_far - charged)), parts.total_minor)
    release = Release(
        id=new_id(),
        hold_id=hold.id,
        vendor_id=hold.vendor_id,
        currency=hold.currency,
        goods_minor=parts.goods_minor,
        freight_minor=parts.freight_minor,
        tax_minor=parts.tax_minor,
        commission_minor=commission,
        taken_back_minor=0,
        netted_minor=0,
        reversed_minor=0,
        state=ReleaseState.DUE,
        stripe_transfer_id=None,
        released_at=now,
        paid_out_at=None,
    )
    db.session.add(release)
    hold.released_minor += parts.total_minor
    if is_rest:
        hold.move(HoldState.SPLIT if hold.refunded_minor else HoldState.RELEASED)
        hold.released_at = now
    legs = [
        ledger.debit(HELD, hold.currency, parts.total_minor, hold.id),
        ledger.credit(PAYABLE, hold.currency, parts.total_minor - commission, hold.vendor_id),
        ledger.credit(COMMISSION, hold.currency, commission),
    ]
    ledger.post(f"release:{release.id}", kind, legs, reference_id=hold.vendor_order_id, effective_at=now)
    write_line(hold, StatementKind.RELEASE, parts.total_minor)
    write_line(hold, StatementKind.FEE, -commission)
    _record(actor, "hold.released", hold, amount_minor=parts.total_minor)
    jobs.enqueue("payments.transfer_to_vendor", release_id=release.id, key=f"transfer:{release.id}")
    jobs.enqueue("orders.email_released", vendor_order_id=hold.vendor_order_id, released_minor=parts.total_minor, fee_minor=commission)


def refund_order(vendor_order_id: UUID, *, reason: str, actor: Actor) -> None:
    """All money of an order that is not back yet goes back to the buyer: what is held (J16), and what was released of it (J19, J20).

    The vendor gets no more and the platform keeps no commission of it. Nothing when all of it is back.
    Raises: MoneyNotHeld (nothing was ever paid), HoldFrozen (decide the problem first).
    """
    for hold in _paid(vendor_order_id):
        if hold.frozen_at is not None:
            raise HoldFrozen
        left = queries.parts_of(hold) - queries.refunded_parts(hold)[1]
        if left.total_minor:
            decide_refund(hold, left, reason=reason, actor=actor)


def refund_part(vendor_order_id: UUID, parts: Parts, *, reason: str, actor: Actor) -> None:
    """A part of an order's money goes back to the buyer, wherever it is: out of what is held (J16), else out of what was released.

    Released money that is not transferred yet is taken back at once (J19); transferred money is the vendor's debt (J20), which is asked
    back from its account by a reversal of the transfer. The commission on the goods part goes with it. A frozen hold moves by a decision,
    and this is one. Raises: MoneyNotHeld (nothing was ever paid), MoreThanHeld (a part of which less is left to refund).
    """
    for hold in _paid(vendor_order_id):
        decide_refund(hold, parts, reason=reason, actor=actor)


def freeze_hold(vendor_order_id: UUID, *, reason: str, actor: Actor) -> None:
    """A reported problem stops the money until it is decided. Raises: MoneyNotHeld, MoneyAlreadyReleased."""
    for hold in queries.lock_holds(vendor_order_id):
        _check_held(hold)
        if hold.frozen_at is None:
            hold.frozen_at = clock.now()
            hold.frozen_reason = reason
            _record(actor, "hold.frozen", hold, reason=reason)


def unfreeze_hold(vendor_order_id: UUID, *, actor: Actor) -> None:
    """The problem is decided or withdrawn: the money may move again."""
    for hold in queries.lock_holds(vendor_order_id):
        if hold.frozen_at is not None:
            _record(actor, "hold.unfrozen", hold, reason=hold.frozen_reason or "")
            hold.frozen_at = None
            hold.frozen_reason = None


def set_release_time(vendor_order_id: UUID, at: datetime | None) -> None:
    """When the inspection ends and the money goes by itself, as the order says; None while the clock stands."""
    for hold in queries.lock_holds(vendor_order_id):
        hold.release_at = at


def _paid(vendor_order_id: UUID) -> list[Hold]:
    """The holds of an order, locked; each was paid, wherever its money is now."""
    holds = queries.lock_holds(vendor_order_id)
    if not holds or any(hold.state is not HoldState.FUNDED and hold.state not in LATE for hold in holds):
        raise MoneyNotHeld
    return holds


def _held(vendor_order_id: UUID) -> list[Hold]:
    """The holds of an order, locked; all of them hold something."""
    holds = queries.lock_holds(vendor_order_id)
    if not holds:
        raise MoneyNotHeld
    for hold in holds:
        _check_held(hold)
    return holds


def _free(vendor_order_id: UUID) -> list[Hold]:
    """The same; all of them are free to move."""
    holds = _held(vendor_order_id)
    if any(hold.frozen_at is not None for hold in holds):
        raise HoldFrozen
    return holds


def _check_held(hold: Hold) -> None:
    if hold.state in LATE:
        raise MoneyAlreadyReleased
    if hold.state is not HoldState.FUNDED:
        raise MoneyNotHeld


def _record(actor: Actor, act: str, hold: Hold, **facts: Any) -> None:
    after = {"order": hold.order_number, "amount_minor": hold.held_minor, "currency": hold.currency, **facts}
    audit.record(actor, act, "hold", hold.id, companies=(hold.buyer_id, hold.vendor_id), after=after)
