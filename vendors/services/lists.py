"""The operator's lists."""

from marketplace.core import audit, clock
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.ids import new_id
from vendors import queries
from vendors.errors import EntryExists
from vendors.lists import USUAL
from vendors.models import ListEntry, ListKind
from vendors.slugs import slug_of


def add_entry(kind: ListKind, name: dict[str, str], *, actor: Actor) -> ListEntry:
    """Offer another entry. A scheme is kept by its name, the others by a key made of the English words. Raises: EntryExists."""
    words = name.get("en") or next(iter(name.values()))
    key = words if kind is ListKind.SCHEME else slug_of(words).replace("-", "_") or new_id().hex[:8]
    taken = {entry.key.casefold() for entry in queries.entries(kind)} | {entry.name.casefold() for entry in queries.entries(kind)}
    if key.casefold() in taken or words.casefold() in taken:
        raise EntryExists
    entry = ListEntry(kind=kind, key=key, name=name, withdrawn_at=None)
    db.session.add(entry)
    _record(actor, "vendor_list.entry_added", kind, key)
    return entry


def withdraw_entry(kind: ListKind, key: str, *, actor: Actor) -> None:
    """Offer an entry no longer; vendors that have chosen it keep it. Raises: NotFound."""
    entry = queries.find_entry(kind, key)
    if entry is None:
        if key not in USUAL[kind]:
            raise NotFound
        entry = ListEntry(kind=kind, key=key, name={}, withdrawn_at=None)
        db.session.add(entry)
    if entry.withdrawn_at is None:
        entry.withdrawn_at = clock.now()
        _record(actor, "vendor_list.entry_withdrawn", kind, key)


def offer_entry(kind: ListKind, key: str, *, actor: Actor) -> None:
    """Offer a withdrawn entry again. Raises: NotFound."""
    entry = queries.find_entry(kind, key)
    if entry is None:
        raise NotFound
    if entry.withdrawn_at is not None:
        entry.withdrawn_at = None
        _record(actor, "vendor_list.entry_offered", kind, key)


def _record(actor: Actor, act: str, kind: ListKind, key: str) -> None:
    # A list has no row of its own to point to: the line names it.
    audit.record(actor, act, "vendor_list", new_id(), after={"list": kind.value, "key": key})
