"""A vendor's own notes about its customers."""

from uuid import UUID

from marketplace.core import audit, clock
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.ids import new_id
from vendors import queries
from vendors.models import CustomerNote


def write_note(buyer_id: UUID, text: str, *, vendor_id: UUID, actor: Actor) -> CustomerNote:
    """Write a note that only the vendor's own people see. The caller has made sure that the company is a customer.

    The text stands in no history: it may speak of people. Raises: NotFound (nobody signed in).
    """
    if actor.person_id is None:
        raise NotFound
    note = CustomerNote(
        id=new_id(),
        vendor_id=vendor_id,
        buyer_id=buyer_id,
        text=text,
        written_by=actor.person_id,
        written_by_name=actor.name,
        written_at=clock.now(),
    )
    db.session.add(note)
    audit.record(actor, "vendor.customer_note_written", "customer_note", note.id, companies=(vendor_id,))
    return note


def remove_note(note_id: UUID, *, vendor_id: UUID, actor: Actor) -> UUID:
    """Remove a note; returns the customer that it was about. Raises: NotFound, also for another vendor's."""
    note = queries.note_of(note_id, vendor_id=vendor_id)
    buyer_id = note.buyer_id
    audit.record(actor, "vendor.customer_note_removed", "customer_note", note.id, companies=(vendor_id,))
    db.session.delete(note)
    return buyer_id
