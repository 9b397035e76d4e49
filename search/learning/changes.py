"""The history of synonyms and pins as the desk reads it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, cast, select

from marketplace.core.db import db
from marketplace.core.i18n import gettext, lazy
from marketplace.core.tables import Choice, Days, Sort, Table, Words
from search.learning.models import Pin, RuleChange, RuleKind, SynonymRule
from search.learning.wishes import pin_snapshot, synonym_snapshot

LAST = 10
"""Changes that the list of synonyms or of pins shows; all of them have a page of their own."""
KINDS = {RuleKind.SYNONYM: lazy("Synonyms"), RuleKind.PIN: lazy("Pins")}


def _naming(words: str) -> ColumnElement[bool]:
    sides = (cast(RuleChange.before, Text), cast(RuleChange.after, Text))
    return sides[0].icontains(words, autoescape=True) | sides[1].icontains(words, autoescape=True)


CHANGES = Table(
    name="search.rule_changes",
    key=RuleChange.id,
    sorts={"made": Sort(RuleChange.made_at, falls=True)},
    default="-made",
    filters=(
        Choice(
            "kind",
            lazy("Kind"),
            lambda: [(kind.value, gettext(word)) for kind, word in KINDS.items()],
            lambda value: RuleChange.kind == RuleKind(value),
        ),
        Words("words", lazy("Word"), _naming),
        Words("who", lazy("Who"), lambda words: RuleChange.made_by_name.icontains(words, autoescape=True)),
        Days("made", lazy("Changed"), RuleChange.made_at),
    ),
    size=50,
)


def all_changes() -> Select[Any]:
    """Every change, for `CHANGES`."""
    return select(RuleChange)


def changes_of(subject_id: UUID) -> Select[Any]:
    """The changes of one synonym or pin, for `CHANGES`."""
    return select(RuleChange).where(RuleChange.subject_id == subject_id)


def last_changes(kind: RuleKind) -> Sequence[RuleChange]:
    """The last changes of one kind, the newest first."""
    query = select(RuleChange).where(RuleChange.kind == kind).order_by(RuleChange.made_at.desc(), RuleChange.id.desc())
    return db.session.scalars(query.limit(LAST)).all()


def standing_of(changes: Sequence[RuleChange]) -> dict[UUID, dict[str, Any]]:
    """By subject of these changes, what stands of it now; what was removed is not among them."""
    ids = {change.subject_id for change in changes}
    rules = db.session.scalars(select(SynonymRule).where(SynonymRule.id.in_(ids))) if ids else ()
    pins = db.session.scalars(select(Pin).where(Pin.id.in_(ids))) if ids else ()
    return {rule.id: synonym_snapshot(rule) for rule in rules} | {pin.id: pin_snapshot(pin) for pin in pins}


def was_ever(kind: RuleKind, subject_id: UUID) -> bool:
    """Whether there ever was a synonym, or a pin, of this id."""
    of_subject = select(RuleChange.id).where(RuleChange.kind == kind, RuleChange.subject_id == subject_id)
    return db.session.scalar(of_subject.limit(1)) is not None
