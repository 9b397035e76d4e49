"""Whether a list only mentions what was asked for: televisions that stand on a desk and have a lamp are no "desk lamp"."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from search import index, relaxing
from search.keeping import KeptByIdentity
from search.query import AllOf, Clause, Found, Nothing
from search.views.hits import Hit
from search.views.relief import Search

_called = KeptByIdentity[Clause](most=512)
"""Goods of a list that are called by a thing: the index answers a clause once, which it knows by its identity."""


@dataclass(frozen=True, slots=True)
class Mentioned:
    """What is said of a list in which nothing is called by what was asked for."""

    thing: str
    ask_url: str | None


def mentioned_in(search: Search, found: Found, hits: Sequence[Hit]) -> Mentioned | None:
    """What to say where none of the goods of a list is called by what was asked for: not by title, category or keywords, and not stated to
    be of that kind. None where some are, where the words name no thing, and where no goods have the word at all, which is said otherwise.
    Raises: SearchUnavailable.

    Most first titles settle it; only then is the index asked once more.
    """
    if search.reading is None or search.reading.is_code or not hits or found.alike:
        return None
    thing = relaxing.thing_of(search.reading, search.vocabulary)
    if thing is None or any(thing.stands_in(hit.title) for hit in hits) or _are_called(search, found, thing.clause):
        return None
    is_unknown = any(part.text == thing.text and not part.is_known for part in search.parts)
    return None if is_unknown else Mentioned(thing.text, search.ask_url)


def _are_called(search: Search, found: Found, called: Clause) -> bool:
    if isinstance(called, Nothing):
        return False
    matched = search.wish.answered_by(found)
    clause = _called.of((matched, called), lambda: AllOf((matched, called)))
    asked = replace(search.wish, clause=clause, strict=None, enough=0, facets=(), meaning="", meaning_weight=0.0, offset=0, limit=0)
    return index.find(asked).total > 0
