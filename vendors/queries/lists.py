"""The operator's lists as they are offered: public."""

from sqlalchemy import select

from marketplace.core.db import db
from vendors.lists import Entry, merged
from vendors.models import ListEntry, ListKind


def entries(kind: ListKind) -> list[Entry]:
    """A list with what the operator has changed, also what is offered no longer."""
    return merged(kind, db.session.scalars(select(ListEntry).where(ListEntry.kind == kind)))


def all_entries() -> dict[ListKind, list[Entry]]:
    """Every list, in one statement."""
    changes = list(db.session.scalars(select(ListEntry)))
    return {kind: merged(kind, changes) for kind in ListKind}


def find_entry(kind: ListKind, key: str) -> ListEntry | None:
    """What the operator has written about an entry; None while it is as usual."""
    return db.session.get(ListEntry, (kind, key))
