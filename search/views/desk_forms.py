"""What the forms of synonyms and pins share: the answer to a refusal, the preview, and the history in words."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import flash, request

from marketplace.core.acting import Page
from marketplace.core.db import transaction
from marketplace.core.errors import NotFound
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, lazy
from marketplace.core.web import see_other
from search.errors import SearchUnavailable
from search.learning.changes import standing_of, was_ever
from search.learning.errors import RuleChangedSince, RuleRefused
from search.learning.models import RuleChange, RuleKind, SynonymKind, SynonymLanguage
from search.learning.rules import KINDS, LANGUAGES
from search.learning.schemas import SeenInput
from search.views.desk_preview import Preview

LISTS = {RuleKind.SYNONYM: "search.list_synonyms", RuleKind.PIN: "search.list_pins"}
FIELDS = {
    "terms": lazy("Words"), "kind": lazy("Direction"), "language": lazy("Language"), "is_active": lazy("In use"),
    "words": lazy("Search words"), "variant_ids": lazy("Products"),
}  # fmt: skip
DONE = {(False, True): lazy("Added"), (True, True): lazy("Rule changed"), (True, False): lazy("Removed")}


def refuse(form: Form[Any], refused: RuleRefused | RuleChangedSince) -> int:
    """Put a refusal beside its field; returns the status of the page."""
    if isinstance(refused, RuleRefused):
        form.add_error(refused.field, gettext(refused.text, **refused.values))
        return refused.status
    form.add_error("form", gettext(refused.text))
    return refused.status


def looked_at(form: Form[Any], look: Callable[[], Preview]) -> Preview | None:
    """The preview of a form, or a word at the form where the index is away: then it can be saved all the same."""
    try:
        return look()
    except SearchUnavailable as refusal:
        form.add_error("form", gettext(refusal.text))
        return None


def remove(kind: RuleKind, subject_id: UUID, act: Callable[[str], None], again: Callable[[RuleChangedSince], Page]) -> Page:
    """Take a rule out; where another stands than the page has shown, that page is shown `again`. `act` gets what was seen.

    One that is out already is as it was wanted. Raises: NotFound for what there never was.
    """
    form = Form(SeenInput, request.form)
    try:
        if not form.is_valid():
            raise RuleChangedSince
        with transaction():
            act(form.data.seen)
    except RuleChangedSince as refused:
        return again(refused)
    except NotFound:
        if not was_ever(kind, subject_id):
            raise
    flash(gettext("Removed. The history below can bring it back."), "done")
    return see_other(LISTS[kind])


def stood(kind: RuleKind, subject_id: UUID) -> bool:
    """Whether a form is sent of a rule that somebody has removed since: what was typed is not lost with it."""
    return request.method == "POST" and was_ever(kind, subject_id)


def seen_of(form: Form[Any], status: int, now: str) -> str:
    """What the next sending is compared with: what the form was opened with, and after a late answer what stands now."""
    return form.typed["seen"] if form.typed is not None and "seen" in form.typed and status != 409 else now


def standing(snapshot: Mapping[str, Any], products: Mapping[str, str]) -> list[tuple[str, str]]:
    """Each field of what stands now, in words, for somebody whose page is older. `products`: how a variant is written, by its id as text."""
    return [(gettext(label), _said(name, snapshot[name], products)) for name, label in FIELDS.items() if name in snapshot]


def history(changes: Sequence[RuleChange], skus: Mapping[str, str]) -> list[dict[str, Any]]:
    """The changes in words: what was done, to what, each field before and after, and whether it can be taken back: what it
    made still stands. `skus`: by variant id as text.
    """
    stands = standing_of(changes)
    return [
        {
            "change": change,
            "may_undo": change.undone_at is None and stands.get(change.subject_id, {}) == change.after,
            "done": gettext(DONE[bool(change.before), bool(change.after)]),
            "fields": [
                (gettext(FIELDS[name]), _said(name, change.before.get(name), skus), _said(name, change.after.get(name), skus))
                for name in FIELDS
                if change.before.get(name) != change.after.get(name)
            ],
        }
        for change in changes
    ]


def _said(name: str, value: Any, skus: Mapping[str, str]) -> str:
    if value is None:
        return "–"
    if name == "terms":
        return gettext(", ").join(value)
    if name == "variant_ids":
        return gettext(", ").join(skus.get(one, one) for one in value)
    if name == "kind":
        return gettext(KINDS[SynonymKind(value)])
    if name == "language":
        return gettext(LANGUAGES[SynonymLanguage(value)])
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    return str(value)
