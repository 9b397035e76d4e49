"""Changes of checked facts in words, for the vendor and the desk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from marketplace.core.files import StoredFile
from marketplace.core.i18n import gettext, lazy
from vendors import queries
from vendors.changing import FACTS, lines_of, written_address
from vendors.models import ChangeState, FactChange
from vendors.requirements import KINDS
from vendors.views.words import Word, address_words

FACT_WORDS = {
    "name": lazy("Legal name"),
    "local_name": lazy("Name in own writing"),
    "registry_number": lazy("Registry number"),
    "address": lazy("Registered address"),
    "owners": lazy("Owners"),
    "tax_id": lazy("Tax id"),
}
STATES = {
    ChangeState.WAITING: (lazy("Being checked"), None),
    ChangeState.DATA_NEEDED: (lazy("More is asked for"), "need"),
    ChangeState.COMING: (lazy("Confirmed, not yet in force"), "done"),
    ChangeState.CONFIRMED: (lazy("In force"), "done"),
    ChangeState.REFUSED: (lazy("Refused"), "late"),
    ChangeState.WITHDRAWN: (lazy("Withdrawn"), "off"),
}
PAPER_WORDS = {"registry": lazy("Registry extract"), "owners": lazy("List of owners"), "tax_id": lazy("Tax certificate")}


@dataclass(frozen=True, slots=True)
class FactRow:
    """One fact that changes: what it is, how it reads until then, how it reads then."""

    fact: str
    name: str
    before: str
    after: str


def change_word(state: ChangeState) -> Word:
    """Where a change stands."""
    text, tone = STATES[state]
    return Word(gettext(text), tone)


def fact_words(fact: str, value: Any) -> str:
    """A fact as people write it; empty where there is none."""
    if not value:
        return ""
    if fact == "address":
        return address_words(written_address(value))
    return str(value["display"]) if fact == "tax_id" else str(value)


def fact_rows(change: FactChange) -> list[FactRow]:
    """What differs, in the order of the page."""
    return [
        FactRow(fact, gettext(FACT_WORDS[fact]), fact_words(fact, change.before.get(fact)), fact_words(fact, change.after[fact]))
        for fact in FACTS
        if fact in change.after
    ]


def change_row(change: FactChange) -> dict[str, Any]:
    """A change as pages show it: its facts, state, reason."""
    return {
        "change": change,
        "facts": fact_rows(change),
        "word": change_word(change.state),
        "why": gettext(queries.REASON_WORDS[change.reason]),
    }


def line_names(kinds: Sequence[str]) -> str:
    """Lines of the checklist in a row."""
    return gettext(", ").join(gettext(KINDS[kind].name) for kind in kinds)


def facts_of_line(kind: str, rows: Sequence[FactRow]) -> list[FactRow]:
    """The facts that a line of the checklist checks; the address stands beside its own line alone."""
    return [row for row in rows if kind in lines_of([row.fact]) and not (row.fact == "address" and kind == "registry")]


def files_of(change: FactChange) -> dict[str, StoredFile]:
    """The papers of a change by the line that they are for."""
    stored: Mapping[UUID, StoredFile] = queries.files_by_id([UUID(each) for each in change.files.values()], company_id=change.vendor_id)
    return {kind: stored[UUID(file_id)] for kind, file_id in change.files.items() if UUID(file_id) in stored}


def opened_change(vendor_id: UUID) -> dict[str, Any] | None:
    """The change that is open, as pages about something else say it."""
    change = queries.open_change(vendor_id)
    return change_row(change) if change is not None else None
