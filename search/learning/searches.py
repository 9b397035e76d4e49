"""The searches behind the sums, one by one, with what was shown and what followed. For staff alone."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, any_, cast, func, or_, select
from sqlalchemy.dialects.postgresql import JSONB

from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.i18n import gettext, lazy
from marketplace.core.ids import parse_id
from marketplace.core.tables import Choice, Days, Sort, Table, Words
from search.learning.models import SearchAct, SearchActKind, SearchRecord
from vendors.models import Vendor

VENDORS_LIMIT = 100
KEY_LIMIT = 4_000
"""Characters of a key that are compared: more than a search has, since one sign of it may be folded into eighteen."""


def _acted(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return select(SearchAct.search_id).where(SearchAct.search_id == SearchRecord.id, *conditions).exists()


def _at_position(typed: str) -> ColumnElement[bool]:
    if not (typed.isascii() and typed.isdigit() and len(typed) < 10):
        return SearchRecord.id.is_(None)
    place = int(typed)
    last = SearchRecord.first_position + func.cardinality(SearchRecord.variants) - 1
    return (SearchRecord.key != "") & (SearchRecord.first_position <= place) & (last >= place)


def _of_vendor(typed: str) -> ColumnElement[bool]:
    """A vendor among those shown, by its id or a part of its name."""
    vendor_id = parse_id(typed)
    if vendor_id is not None:
        return any_(SearchRecord.vendors) == vendor_id
    named = select(Vendor.id).where(Vendor.name.icontains(typed, autoescape=True)).limit(VENDORS_LIMIT)
    return SearchRecord.vendors.overlap(func.array(named.scalar_subquery()))


KINDS: dict[str, tuple[str, ColumnElement[bool]]] = {
    "missing": (lazy("Found nothing, or not every word"), or_(SearchRecord.found == 0, SearchRecord.is_relaxed)),
    "none": (lazy("Found nothing"), SearchRecord.found == 0),
    "open": (lazy("With words, of any vendor"), (SearchRecord.matches != cast({}, JSONB)) & (SearchRecord.key != "")),
    "corrected": (lazy("Corrected"), SearchRecord.correction != ""),
    "opened": (lazy("A result was opened"), _acted(SearchAct.kind == SearchActKind.CLICK)),
    "ordered": (lazy("A result was ordered"), _acted(SearchAct.kind == SearchActKind.ORDER)),
}
PAGES = {"first": (lazy("First pages"), SearchRecord.page == 1), "further": (lazy("Further pages"), SearchRecord.page > 1)}

SEARCHES = Table(
    name="search.searches",
    key=SearchRecord.id,
    sorts={
        "asked": Sort(SearchRecord.asked_at, falls=True),
        "query": Sort(SearchRecord.key),
        "found": Sort(SearchRecord.found, falls=True),
        "took": Sort(SearchRecord.took_ms, falls=True),
    },
    default="-asked",
    filters=(
        Words("words", lazy("Search words"), lambda words: SearchRecord.words.icontains(words, autoescape=True)),
        Words("exactly", lazy("Exactly these words"), lambda words: SearchRecord.key == words, longest=KEY_LIMIT),
        Words("vendor", lazy("Vendor shown"), _of_vendor),
        Words("position", lazy("Shown at position"), _at_position),
        Choice("kind", lazy("Kind"), lambda: [(key, gettext(word)) for key, (word, _) in KINDS.items()], lambda value: KINDS[value][1]),
        Choice("pages", lazy("Pages"), lambda: [(key, gettext(word)) for key, (word, _) in PAGES.items()], lambda value: PAGES[value][1]),
        Days("asked", lazy("Searched"), SearchRecord.asked_at),
    ),
    size=50,
)


def all_searches() -> Select[Any]:
    """Every search that is kept."""
    return select(SearchRecord)


def search_by_id(search_id: UUID) -> SearchRecord:
    """A search. Raises: NotFound."""
    found = db.session.get(SearchRecord, search_id)
    if found is None:
        raise NotFound
    return found


def acts_of(search_ids: list[UUID]) -> dict[UUID, list[SearchAct]]:
    """What followed from these searches, by position."""
    found: dict[UUID, list[SearchAct]] = {}
    for act in db.session.scalars(select(SearchAct).where(SearchAct.search_id.in_(search_ids)).order_by(SearchAct.position, SearchAct.at)):
        found.setdefault(act.search_id, []).append(act)
    return found


def names_of_vendors(vendor_ids: list[UUID]) -> dict[UUID, str]:
    """Names by id."""
    return dict(db.session.execute(select(Vendor.id, Vendor.name).where(Vendor.id.in_(vendor_ids))).all())
