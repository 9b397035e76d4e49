"""Reads of reported problems."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select

from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.orders.models import Claim, ClaimState, VendorOrder
from marketplace.orders.numbering import is_number

DECIDED_LIMIT = 50


def find_open_claim(vendor_order_id: UUID) -> Claim | None:
    """The open problem of an order that the caller may see."""
    return db.session.scalar(select(Claim).where(Claim.vendor_order_id == vendor_order_id, Claim.state == ClaimState.OPEN))


def claims_of_orders(order_ids: Sequence[UUID]) -> dict[UUID, list[Claim]]:
    """The problems of orders that the caller may see, by order, oldest first."""
    claims: dict[UUID, list[Claim]] = {}
    query = select(Claim).where(Claim.vendor_order_id.in_(order_ids)).order_by(Claim.opened_at)
    for claim in db.session.scalars(query) if order_ids else ():
        claims.setdefault(claim.vendor_order_id, []).append(claim)
    return claims


def open_claims() -> list[tuple[Claim, VendorOrder]]:
    """All open problems with their orders, the oldest first; for platform staff only."""
    query = select(Claim, VendorOrder).join(VendorOrder, VendorOrder.id == Claim.vendor_order_id).where(Claim.state == ClaimState.OPEN)
    return [(claim, order) for claim, order in db.session.execute(query.order_by(Claim.opened_at, Claim.id))]


def decided_claims() -> list[tuple[Claim, VendorOrder]]:
    """The problems that were decided last, at most 50; for platform staff only."""
    query = select(Claim, VendorOrder).join(VendorOrder, VendorOrder.id == Claim.vendor_order_id).where(Claim.state != ClaimState.OPEN)
    rows = db.session.execute(query.order_by(Claim.decided_at.desc(), Claim.id).limit(DECIDED_LIMIT))
    return [(claim, order) for claim, order in rows]


def open_claims_of_vendor(vendor_id: UUID) -> list[tuple[Claim, VendorOrder]]:
    """The open problems of a vendor's orders, the oldest first."""
    query = select(Claim, VendorOrder).join(VendorOrder, VendorOrder.id == Claim.vendor_order_id)
    rows = db.session.execute(query.where(Claim.vendor_id == vendor_id, Claim.state == ClaimState.OPEN).order_by(Claim.opened_at))
    return [(claim, order) for claim, order in rows]


def count_open_claims() -> int:
    """How many problems wait for a decision; for platform staff only."""
    return db.session.scalar(select(func.count()).select_from(Claim).where(Claim.state == ClaimState.OPEN)) or 0


def claim_by_number(number: str) -> Claim:
    """A reported problem; for platform staff only. Raises: NotFound."""
    found = db.session.scalar(select(Claim).where(Claim.number == number)) if is_number(number) else None
    if found is None:
        raise NotFound
    return found


def lock_claim(claim_id: UUID) -> Claim:
    """A problem, locked and read afresh; its order is locked before it. Raises: NotFound."""
    query = select(Claim).where(Claim.id == claim_id)
    found = db.session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    return found
