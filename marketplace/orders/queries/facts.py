"""Small reads around the orders: what waits, who was ordered from, what can be reviewed, what happened."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from marketplace.accounts.models import Company, Membership
from marketplace.core import clock
from marketplace.core.audit import AuditEvent
from marketplace.core.db import db
from marketplace.core.waiting import Queue, queue
from marketplace.orders.deadlines import Week
from marketplace.orders.models import VendorOrder, VendorOrderState
from marketplace.orders.queries.purchases import is_waiting_for_buyer
from marketplace.orders.queries.vendor_orders import is_waiting_for_vendor
from vendors.models import Vendor
from vendors.week import working_days

S = VendorOrderState
TAKEN = (S.ACCEPTED, S.IN_PRODUCTION, S.READY, S.SHIPPED, S.DELIVERED, S.ACCEPTED_BY_BUYER, S.CLOSED)


def buyers_of_vendor(vendor_id: UUID, *, limit: int = 500) -> list[UUID]:
    """The companies that have paid for an order of a vendor, the last ones first."""
    query = select(VendorOrder.buyer_id).where(VendorOrder.vendor_id == vendor_id, VendorOrder.funded_at.is_not(None))
    return list(db.session.scalars(query.group_by(VendorOrder.buyer_id).order_by(func.max(VendorOrder.placed_at).desc()).limit(limit)))


def vendors_ordered_from(buyer_id: UUID) -> set[UUID]:
    """The vendors that have already taken an order of goods of the buyer: there the lower reorder minimum counts (product.md §4)."""
    taken = (VendorOrder.state.in_(TAKEN), VendorOrder.has_goods)
    query = select(VendorOrder.vendor_id).where(VendorOrder.buyer_id == buyer_id, *taken)
    return set(db.session.scalars(query.distinct()))


def week_of_vendor(vendor_id: UUID) -> Week:
    """The zone, working days and holidays of a vendor, as its company and its shop say."""
    row = db.session.execute(
        select(Company.time_zone, Vendor.hours, Vendor.closed_days).join(Vendor, Vendor.id == Company.id).where(Company.id == vendor_id)
    ).one()
    hours: dict[str, Any] = row.hours or {}
    return Week(row.time_zone, working_days(str(hours.get("days") or "")), frozenset(row.closed_days))


def week_of(company_id: UUID) -> Week:
    """The week of a company that a deadline binds: a vendor's own, else Monday to Friday in the company's zone."""
    if db.session.get(Vendor, company_id) is not None:
        return week_of_vendor(company_id)
    return Week(db.session.scalars(select(Company.time_zone).where(Company.id == company_id)).one())


def shop_slugs(vendor_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The addresses of the vendors' shops."""
    rows = db.session.execute(select(Vendor.id, Vendor.slug).where(Vendor.id.in_(vendor_ids))) if vendor_ids else ()
    return {row.id: row.slug for row in rows}


def operator_id() -> UUID | None:
    """The company that runs the platform."""
    return db.session.scalar(select(Company.id).where(Company.is_operator))


def is_member(person_id: UUID, company_id: UUID) -> bool:
    """Whether the person belongs to the company now."""
    mine = select(Membership.id).where(
        Membership.person_id == person_id, Membership.company_id == company_id, Membership.ended_at.is_(None)
    )
    return db.session.scalar(mine.limit(1)) is not None


def queue_of_purchases(buyer_id: UUID) -> Queue:
    """The purchases that wait for the buyer: to be paid, or to be inspected."""
    waiting = select(VendorOrder.purchase_id).where(VendorOrder.buyer_id == buyer_id, is_waiting_for_buyer())
    return queue().select_from(waiting.distinct().subquery())


def queue_of_vendor_orders(vendor_id: UUID) -> Queue:
    """The orders that wait for the vendor's answer, to them or to a change."""
    late = (VendorOrder.state == S.PLACED) & (VendorOrder.accept_by_at < clock.now())
    return queue(VendorOrder.vendor_id == vendor_id, VendorOrder.funded_at.is_not(None), is_waiting_for_vendor(), late=late)


def history(subject_ids: Sequence[UUID], *, company_id: UUID | None) -> list[AuditEvent]:
    """What happened to some things, newest first. `company_id` None is for platform staff only: it sees every line."""
    query = select(AuditEvent).where(AuditEvent.subject_id.in_(subject_ids))
    if company_id is not None:
        query = query.where(AuditEvent.companies.contains([company_id]))
    return list(db.session.scalars(query.order_by(AuditEvent.at.desc(), AuditEvent.seq.desc())))
