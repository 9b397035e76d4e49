"""What buyers wait for from a vendor; scoped to that vendor."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import exists, func, or_, select

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.orders.models import (
    ChangeRequest,
    ChangeState,
    Claim,
    ClaimLine,
    ClaimLineState,
    ClaimState,
    VendorOrder,
    VendorOrderState,
)
from marketplace.orders.models.claims import LOSERS
from marketplace.orders.queries.claims import parcel_asks_vendor
from marketplace.orders.queries.promises import next_promise

S = VendorOrderState
MOST = 50
SOON = timedelta(days=7)
"""How long before the promised day an order that is still to be shipped begins to press."""


@dataclass(frozen=True, slots=True)
class Duty:
    """Something to answer: about which order, of whom, until when. `number` is the claim's, or the order's."""

    number: str
    order_number: str
    buyer_name: str
    total_minor: int
    currency: str
    due_at: datetime | None


def changes_to_answer(vendor_id: UUID) -> list[Duty]:
    """Change requests of buyers that wait for the vendor, the most urgent first; at most 50."""
    query = select(VendorOrder, ChangeRequest.answer_by_at).join(ChangeRequest, ChangeRequest.vendor_order_id == VendorOrder.id)
    rule = (ChangeRequest.vendor_id == vendor_id, ChangeRequest.proposed_by == "buyer", ChangeRequest.state == ChangeState.OPEN)
    rows = db.session.execute(query.where(*rule).order_by(ChangeRequest.answer_by_at, ChangeRequest.id).limit(MOST))
    return [Duty(order.number, order.number, order.buyer_name, order.total_minor, order.currency, due) for order, due in rows]


def claims_to_answer(vendor_id: UUID) -> list[Duty]:
    """Open claims with a line that the vendor has not answered, the most urgent first; at most 50."""
    unanswered = exists().where(ClaimLine.claim_id == Claim.id, ClaimLine.state == ClaimLineState.OPEN)
    query = select(VendorOrder, Claim.number, Claim.answer_by_at).join(Claim, Claim.vendor_order_id == VendorOrder.id)
    rule = (Claim.vendor_id == vendor_id, Claim.state == ClaimState.OPEN, Claim.handed_over_at.is_(None), unanswered)
    rows = db.session.execute(query.where(*rule).order_by(Claim.answer_by_at, Claim.id).limit(MOST))
    return [Duty(number, order.number, order.buyer_name, order.total_minor, order.currency, due) for order, number, due in rows]


def claim_parcels(vendor_id: UUID) -> list[tuple[Duty, bool]]:
    """(claim, whether goods come back) of what was agreed and is the vendor's next step, the most urgent first; at most 50.

    To send: a replacement. To confirm: goods that the buyer has sent back.
    """
    is_return = ClaimLine.state == ClaimLineState.RETURNING
    query = (
        select(VendorOrder, Claim.number, is_return, func.min(ClaimLine.due_at))
        .join(Claim, Claim.vendor_order_id == VendorOrder.id)
        .join(ClaimLine, ClaimLine.claim_id == Claim.id)
        .where(Claim.vendor_id == vendor_id, Claim.state == ClaimState.OPEN, Claim.handed_over_at.is_(None), parcel_asks_vendor())
        .group_by(VendorOrder.id, Claim.id, is_return)
        .order_by(func.min(ClaimLine.due_at), Claim.id)
        .limit(MOST)
    )
    return [
        (Duty(number, order.number, order.buyer_name, order.total_minor, order.currency, due), back)
        for order, number, back, due in db.session.execute(query)
    ]


def rulings_to_answer(vendor_id: UUID) -> list[Duty]:
    """Claims that the platform has decided against the vendor, while it can still appeal, the most urgent first; at most 50."""
    query = select(VendorOrder, Claim.number, Claim.appeal_by_at).join(Claim, Claim.vendor_order_id == VendorOrder.id)
    rule = (
        Claim.vendor_id == vendor_id,
        Claim.state == ClaimState.OPEN,
        Claim.ruling.in_([ruling for ruling, losers in LOSERS.items() if "vendor" in losers]),
        Claim.appeal_by_at > clock.now(),
        Claim.decide_by_at.is_(None),
        Claim.vendor_accepted_at.is_(None),
    )
    rows = db.session.execute(query.where(*rule).order_by(Claim.appeal_by_at, Claim.id).limit(MOST))
    return [Duty(number, order.number, order.buyer_name, order.total_minor, order.currency, due) for order, number, due in rows]


@dataclass(frozen=True, slots=True)
class Delivery:
    """Goods that a buyer waits for: what is promised now for the first line that is not there, and whether all have left."""

    order_number: str
    buyer_name: str
    total_minor: int
    currency: str
    promised_on: date | None
    has_left: bool


def deliveries_due(vendor_id: UUID, today: date) -> list[Delivery]:
    """What the vendor has to send off or to prove, the soonest promise first; at most 50.

    To send off: what is ready, or promised within the next 7 days, or was promised before. To prove: what has left, whose day has come.
    """
    promised = next_promise()
    presses = or_(
        VendorOrder.state == S.READY,
        VendorOrder.state.in_((S.ACCEPTED, S.IN_PRODUCTION)) & (promised <= today + SOON),
        (VendorOrder.state == S.SHIPPED) & (promised <= today),
    )
    underway = VendorOrder.state.in_((S.ACCEPTED, S.IN_PRODUCTION, S.READY, S.SHIPPED))
    rule = (VendorOrder.vendor_id == vendor_id, VendorOrder.funded_at.is_not(None), underway, presses)
    query = select(VendorOrder, promised).where(*rule)
    rows = db.session.execute(query.order_by(promised.asc().nulls_last(), VendorOrder.id).limit(MOST))
    return [
        Delivery(order.number, order.buyer_name, order.total_minor, order.currency, day, order.state is S.SHIPPED) for order, day in rows
    ]
