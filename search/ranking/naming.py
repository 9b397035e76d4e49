"""Whether somebody asks for one vendor's goods: then no fact about vendors and no wish for variety may stand in between (pure)."""

from collections.abc import Collection, Iterable, Mapping

from search import analysis
from search.query import Plan, Sort, Vocabulary

NAMING_FACETS = frozenset({"vendor", "maker"})
"""Filters by which a reader chooses whose goods to see."""
LEGAL_FORMS = frozenset(
    ["ab", "ag", "aps", "as", "bv", "co", "company", "corp", "gmbh", "group", "inc", "kft", "kg", "limited", "llc", "ltd", "nv", "oy", "plc", "sa", "sarl",
     "sas", "sl", "sp", "spa", "sro", "srl", "trading"]
)  # fmt: skip
SHORTEST_NAME = 4
"""Signs that the first word of a name has at least to stand for the whole of it."""

THINGS = ("heads", "category")
"""Fields whose words name things."""

Names = Mapping[str, Collection[frozenset[str]]]
"""Names of vendors as stems, legal forms left out, by their first word."""


def names_of(names: Iterable[str]) -> Names:
    """Names as they are looked for in a query."""
    found: dict[str, set[frozenset[str]]] = {}
    for name in names:
        words = [token.text for token in analysis.split(name) if token.text not in LEGAL_FORMS]
        if words:
            found.setdefault(words[0], set()).add(frozenset(words))
    return found


def is_open(plan: Plan, names: Names, vocabulary: Vocabulary) -> bool:
    """Whether a plan asks for things by relevance, whoever sells them: it names no code, maker or vendor, and filters by none."""
    if plan.sort is not Sort.RELEVANCE or plan.code or plan.is_of_maker:
        return False
    if any(selection.facet in NAMING_FACETS for selection in plan.selections):
        return False
    return not _names_vendor(plan.words, names, vocabulary)


def _names_vendor(words: Collection[str], names: Names, vocabulary: Vocabulary) -> bool:
    for word in words:
        for name in names.get(word, ()):
            # The first word is enough where it is the name of no thing: "Norrvik", not "Valve".
            if name.issubset(words) or (len(word) >= SHORTEST_NAME and not any(vocabulary.frequency(f, word) for f in THINGS)):
                return True
    return False
