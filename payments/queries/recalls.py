"""Reads of released parts and of what vendors owe. Not scoped: for services and doors that have scoped their subject already."""

from uuid import UUID

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.errors import NotFound
from payments.models import DebtState, Release, ReleaseState, VendorDebt

FRESH = {"populate_existing": True}


def release_by_id(release_id: UUID) -> Release:
    """A released part of a hold. Raises: NotFound."""
    release = db.session.get(Release, release_id)
    if release is None:
        raise NotFound
    return release


def lock_release(release_id: UUID) -> Release:
    """A released part, locked; its hold is locked before it where both are. Raises: NotFound."""
    release = db.session.scalar(select(Release).where(Release.id == release_id).with_for_update().execution_options(**FRESH))
    if release is None:
        raise NotFound
    return release


def lock_releases_of_hold(hold_id: UUID) -> list[Release]:
    """The released parts of a hold, locked, the newest first; the caller has locked the hold."""
    query = select(Release).where(Release.hold_id == hold_id).order_by(Release.id.desc())
    return list(db.session.scalars(query.with_for_update().execution_options(**FRESH)))


def releases_of_hold(hold_id: UUID) -> list[Release]:
    """The released parts of a hold, the oldest first."""
    return list(db.session.scalars(select(Release).where(Release.hold_id == hold_id).order_by(Release.id).execution_options(**FRESH)))


def has_due_release(hold_id: UUID) -> bool:
    """Whether some released part of a hold is not transferred yet."""
    query = select(Release.id).where(Release.hold_id == hold_id, Release.state == ReleaseState.DUE)
    return db.session.scalar(query.limit(1)) is not None


def debt_by_id(debt_id: UUID) -> VendorDebt:
    """What a vendor owes for a refund. Raises: NotFound."""
    debt = db.session.get(VendorDebt, debt_id)
    if debt is None:
        raise NotFound
    return debt


def lock_debt(debt_id: UUID) -> VendorDebt:
    """A debt, locked. Raises: NotFound."""
    debt = db.session.scalar(select(VendorDebt).where(VendorDebt.id == debt_id).with_for_update().execution_options(**FRESH))
    if debt is None:
        raise NotFound
    return debt


def lock_open_debts(vendor_id: UUID, currency: str) -> list[VendorDebt]:
    """What a vendor owes in a currency, locked, the oldest debt first."""
    query = select(VendorDebt).where(
        VendorDebt.vendor_id == vendor_id, VendorDebt.currency == currency, VendorDebt.state != DebtState.SETTLED
    )
    return list(db.session.scalars(query.order_by(VendorDebt.id).with_for_update().execution_options(**FRESH)))


def debts_of_refund(refund_id: UUID) -> list[VendorDebt]:
    """What is owed for one refund, as it stands in the database now."""
    query = select(VendorDebt).where(VendorDebt.refund_id == refund_id).order_by(VendorDebt.id)
    return list(db.session.scalars(query.execution_options(**FRESH)))


def debts_of_release(release_id: UUID) -> list[VendorDebt]:
    """What is asked back from one transfer and not settled."""
    query = select(VendorDebt).where(VendorDebt.release_id == release_id, VendorDebt.state != DebtState.SETTLED)
    return list(db.session.scalars(query.order_by(VendorDebt.id)))
