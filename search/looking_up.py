"""Codes looked up as they are, many at once (pure): no words, no corrections, no ranking. For quick order and pasted lists."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from uuid import UUID

from search import analysis
from search.query import Everything, In, Plan, Selection, Sort

MOST_HITS = 5_000
POINT, SIGNS = re.compile(r"(?<=\d)[.,](?=\d)"), re.compile(r"[^\w·]|_")


def forms_of(codes: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The normal forms of codes in any spelling; a text without a letter or digit has none."""
    return {code: analysis.code_forms(code) for code in dict.fromkeys(codes)}


def plan_for(forms: Iterable[str], *, visibility: Iterable[str], vendors: Iterable[UUID]) -> Plan:
    """Everything that this reader may see and that bears one of the codes. `forms` are normal ones and not empty."""
    return Plan(
        clause=Everything(),
        visibility=frozenset(visibility),
        vendors=frozenset(vendors),
        selections=(Selection("codes", In("codes", frozenset(forms))),),
        sort=Sort.NEWEST,
        limit=MOST_HITS,
    )


def pointed(code: str) -> str:
    """A code without its case and the signs between its pieces, but with a point between figures: `W-2.5` and `W-25` are not one wire."""
    return SIGNS.sub("", POINT.sub("·", unicodedata.normalize("NFKC", code).casefold()))


def tells_points(code: str) -> bool:
    """Whether a sign parts its pieces: whoever leaves all of them out may have left out the point too."""
    return SIGNS.search(code.strip()) is not None


def by_points(codes: Mapping[UUID, Iterable[str]]) -> dict[str, set[UUID]]:
    """`pointed` codes → the variants that bear them."""
    found: dict[str, set[UUID]] = {}
    for variant_id, written in codes.items():
        for code in written:
            found.setdefault(pointed(code), set()).add(variant_id)
    return found


def bearers(codes: Mapping[UUID, Iterable[str]]) -> dict[str, list[UUID]]:
    """Normal form → the variants that bear it, in the order of `codes` (variant → SKU, part number, article numbers)."""
    found: dict[str, list[UUID]] = {}
    for variant_id, written in codes.items():
        for form in dict.fromkeys(form for code in written for form in analysis.code_forms(code)):
            found.setdefault(form, []).append(variant_id)
    return found
