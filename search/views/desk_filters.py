"""The filters of searches that are kept, in the words of the chips that their readers saw."""

from collections.abc import Iterable, Mapping
from typing import Any

from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.attributes import Definition
from marketplace.core.i18n import gettext
from search import queries
from search.filters import Scene
from search.learning.models import SearchRecord
from search.naming import filters_in_use
from search.queries import NOBODY, SeenVendors, Tree
from search.schemas import SearchInput
from search.views.facets import unread_of

NO_VENDORS = SeenVendors({}, frozenset(), {})
"""What a filter is called depends on no vendor."""


def filters_said(records: Iterable[SearchRecord]) -> list[list[str]]:
    """Of each search its filters in words, and what could not be read as it was written; their attributes are read once for all."""
    asked = [(_asked(record.filters), record.filters.get("count", "")) for record in records]
    known = catalogue.definitions_by_code({code for wanted, _ in asked for code in (*wanted.attributes, *wanted.bounds)})
    tree = queries.category_tree()
    return [[*_said(wanted, known, tree), *([gettext("Quantity: %(n)s", n=count)] if count else [])] for wanted, count in asked]


def _asked(filters: Mapping[str, Any]) -> SearchInput:
    """The filters as an address has them: a box that is ticked says 1."""
    plain = {name: "1" if value is True else value for name, value in filters.items() if name in SearchInput.model_fields}
    return SearchInput.model_validate(plain)


def _said(wanted: SearchInput, known: Mapping[str, Definition], tree: Tree) -> list[str]:
    own = {code: known[code] for code in (*wanted.attributes, *wanted.bounds) if code in known}
    scene = Scene(NO_VENDORS, "", quantity=1, known=own, judged=NOBODY)
    said = [one.words for one in filters_in_use(wanted, scene, tree)] + unread_of(wanted, scene)
    said += [gettext("Only what has every word")] if wanted.every else []
    said += [f"{code}: {value}" for code, values in wanted.attributes.items() if code not in own for value in values]
    return said + [f"{code}: {low}–{high}" for code, (low, high) in wanted.bounds.items() if code not in own]
