"""The desk's changes of synonyms and pins: each is kept with what was before, and can be taken back while it still stands."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from marketplace.core import audit, clock
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.i18n import lazy
from marketplace.core.ids import new_id
from search.learning.changes import was_ever
from search.learning.errors import RuleChangedSince, RuleRefused, RuleRemovedSince, TakenBackAlready
from search.learning.models import Pin, RuleChange, RuleKind, SynonymRule
from search.learning.rules import change_by_id, other_synonyms, pin_by_id, standing_pin, standing_synonym, synonym_by_id
from search.learning.wishes import (
    PINS,
    TERM_LIMIT,
    PinWish,
    SynonymWish,
    check_signs,
    check_synonym,
    digest,
    pin_snapshot,
    query_key,
    read_pin,
    read_synonym,
    synonym_snapshot,
)

Snapshot = Mapping[str, Any]
ACTS = {(False, True): "added", (True, True): "edited", (True, False): "removed"}
"""(was there one, is there one) → what was done."""


def _lock() -> None:
    """Nobody else changes them meanwhile, since each is checked against all others; searches go on reading."""
    db.session.execute(text("LOCK TABLE search_synonyms, search_pins IN SHARE ROW EXCLUSIVE MODE"))


def _check_seen(stands: Snapshot, seen: str) -> None:
    """Whether what stands is what the form was opened with. Raises: RuleChangedSince, RuleRemovedSince."""
    if digest(stands) != seen:
        raise RuleChangedSince if stands else RuleRemovedSince


def _keep(kind: RuleKind, subject_id: UUID, before: Snapshot, after: Snapshot, *, actor: Actor) -> None:
    db.session.add(
        RuleChange(
            id=new_id(),
            kind=kind,
            subject_id=subject_id,
            before=dict(before),
            after=dict(after),
            made_by=actor.person_id,
            made_by_name=actor.name,
            made_at=clock.now(),
            undone_at=None,
            undone_by_name="",
        )
    )
    _record(kind, subject_id, before, after, actor=actor)


def _record(kind: RuleKind, subject_id: UUID, before: Snapshot, after: Snapshot, *, actor: Actor, what: str = "") -> None:
    act = what or ACTS[bool(before), bool(after)]
    audit.record(actor, f"search_{kind.value}.{act}", f"search_{kind.value}", subject_id, before=dict(before), after=dict(after))


def set_synonym(rule_id: UUID | None, wish: SynonymWish, *, seen: str, actor: Actor) -> UUID:
    """Add a synonym, or change one; every web process reads queries with it within a second. Returns its id.

    `seen` is the digest of what stood when the form was opened; one that was removed since is added again by whoever has seen that.
    Raises: NotFound, RuleRefused, RuleChangedSince, RuleRemovedSince.
    """
    _lock()
    before: dict[str, Any] = {}
    if rule_id is not None:
        rule = standing_synonym(rule_id)
        if rule is None and not was_ever(RuleKind.SYNONYM, rule_id):
            raise NotFound
        before = synonym_snapshot(rule) if rule else {}
        if before == wish.snapshot():
            return rule_id  # whoever wrote it, it is as it was wanted: a form that was sent twice has done its work
        _check_seen(before, seen)
    key = rule_id or new_id()
    _write_synonym(key, wish, actor=actor)
    _keep(RuleKind.SYNONYM, key, before, wish.snapshot(), actor=actor)
    return key


def _write_synonym(rule_id: UUID, wish: SynonymWish, *, actor: Actor) -> None:
    check_synonym(wish, other_synonyms(rule_id))
    rule = db.session.get(SynonymRule, rule_id) or SynonymRule(id=rule_id)
    rule.kind, rule.language, rule.terms, rule.is_active = wish.kind, wish.language, list(wish.terms), wish.is_active
    rule.changed_at, rule.changed_by_name = clock.now(), actor.name
    db.session.add(rule)


def remove_synonym(rule_id: UUID, *, seen: str, actor: Actor) -> None:
    """Take a synonym out. Raises: NotFound, RuleChangedSince."""
    _lock()
    rule = synonym_by_id(rule_id)
    before = synonym_snapshot(rule)
    _check_seen(before, seen)
    db.session.delete(rule)
    _keep(RuleKind.SYNONYM, rule_id, before, {}, actor=actor)


def set_pin(pin_id: UUID | None, wish: PinWish, *, seen: str, actor: Actor) -> UUID:
    """Put variants first for a query, or change which, as a synonym is. Returns its id.

    Raises: NotFound, RuleRefused, RuleChangedSince, RuleRemovedSince.
    """
    _lock()
    before: dict[str, Any] = {}
    if pin_id is not None:
        pin = standing_pin(pin_id)
        if pin is None and not was_ever(RuleKind.PIN, pin_id):
            raise NotFound
        before = pin_snapshot(pin) if pin else {}
        if before == wish.snapshot():
            return pin_id
        _check_seen(before, seen)
    key = pin_id or new_id()
    _write_pin(key, wish, actor=actor)
    _keep(RuleKind.PIN, key, before, wish.snapshot(), actor=actor)
    return key


def check_pin(pin_id: UUID | None, wish: PinWish) -> None:
    """Whether a query may have these pins, a new one or that one changed. Raises: RuleRefused with the field that is wrong."""
    key = query_key(wish.words)
    if not key:
        raise RuleRefused(
            "words", lazy("“%(term)s” is no word: write at least two letters, or a Chinese character."), term=wish.words[:TERM_LIMIT]
        )
    check_signs("words", wish.words)
    if len(wish.words) > TERM_LIMIT:
        raise RuleRefused("words", lazy("This is too long: at most %(max_length)s characters."), max_length=TERM_LIMIT)
    if not wish.variant_ids:
        raise RuleRefused("products", lazy("Fill this in."))
    if len(wish.variant_ids) > PINS:
        raise RuleRefused("products", lazy("These are too many: at most %(max_length)s."), max_length=PINS)
    if len(set(wish.variant_ids)) < len(wish.variant_ids):
        raise RuleRefused("products", lazy("One product stands here twice."))
    if db.session.scalar(select(Pin.id).where(Pin.key == key, Pin.id != pin_id)):
        raise RuleRefused("words", lazy("These search words have pins already. Change those."))


def _write_pin(pin_id: UUID, wish: PinWish, *, actor: Actor) -> None:
    check_pin(pin_id, wish)
    pin = db.session.get(Pin, pin_id) or Pin(id=pin_id)
    pin.key, pin.words, pin.variant_ids, pin.is_active = query_key(wish.words), wish.words, list(wish.variant_ids), wish.is_active
    pin.changed_at, pin.changed_by_name = clock.now(), actor.name
    db.session.add(pin)


def remove_pin(pin_id: UUID, *, seen: str, actor: Actor) -> None:
    """Let a query be answered without pins again. Raises: NotFound, RuleChangedSince."""
    _lock()
    pin = pin_by_id(pin_id)
    before = pin_snapshot(pin)
    _check_seen(before, seen)
    db.session.delete(pin)
    _keep(RuleKind.PIN, pin_id, before, {}, actor=actor)


def undo_change(change_id: UUID, *, actor: Actor) -> None:
    """Take a change back, as long as what it made still stands; what comes back is checked like anything new.

    Raises: NotFound, TakenBackAlready, RuleRefused.
    """
    _lock()
    change = change_by_id(change_id)
    if change.undone_at is not None:
        raise TakenBackAlready
    is_synonym = change.kind is RuleKind.SYNONYM
    rule, pin = db.session.get(SynonymRule, change.subject_id), db.session.get(Pin, change.subject_id)
    stands = synonym_snapshot(rule) if rule else pin_snapshot(pin) if pin else {}
    if stands != change.after:
        raise RuleRefused("form", lazy("Something has been changed since; this cannot be taken back any more."))
    if not change.before:
        db.session.delete(rule or pin)
    elif is_synonym:
        _write_synonym(change.subject_id, read_synonym(change.before), actor=actor)
    else:
        _write_pin(change.subject_id, read_pin(change.before), actor=actor)
    change.undone_at, change.undone_by_name = clock.now(), actor.name
    _record(change.kind, change.subject_id, change.after, change.before, actor=actor, what="change_undone")
