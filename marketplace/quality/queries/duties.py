"""What buyers wait for from a vendor; scoped to that vendor."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select

from marketplace.core.db import db
from marketplace.orders.models import ChangeRequest, ChangeState, Claim, ClaimLine, ClaimLineState, ClaimState, VendorOrder

MOST = 50


@dataclass(frozen=True, slots=True)
class Duty:
    """Something to answer: about which order, of whom, until when. `number` is the claim's, or the order's."""

    number: str
    order_number: str
    buyer_name: str
    total_minor: int
    currency: str
    due_at: datetime


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
