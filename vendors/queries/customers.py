"""A vendor's own notes about its customers; scoped to that vendor, and closed to all others by row security too."""

from uuid import UUID

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.errors import NotFound
from vendors.models import CustomerNote


def notes_about(buyer_id: UUID, *, vendor_id: UUID) -> list[CustomerNote]:
    """What a vendor has written about a customer, the newest first."""
    query = select(CustomerNote).where(CustomerNote.vendor_id == vendor_id, CustomerNote.buyer_id == buyer_id)
    return list(db.session.scalars(query.order_by(CustomerNote.written_at.desc(), CustomerNote.id.desc())))


def note_of(note_id: UUID, *, vendor_id: UUID) -> CustomerNote:
    """One note. Raises: NotFound, also for another vendor's."""
    found = db.session.scalar(select(CustomerNote).where(CustomerNote.id == note_id, CustomerNote.vendor_id == vendor_id))
    if found is None:
        raise NotFound
    return found
