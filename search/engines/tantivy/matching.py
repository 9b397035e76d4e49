"""What a clause matches, whatever it is worth (pure): scoring clauses without boosts, bonuses and layers, for passes that only count.

Counting reads every document that matches, so each list of documents that need not be read is time saved.
"""

from search.query import AllOf, AnyOf, Best, Boosted, Clause, Constant, Nothing, Phrase, Term, WithBonus

NOTHING = Nothing()


def matching(clause: Clause) -> Clause:
    """The same documents, as alternatives of alternatives: no scores, nothing twice, and nothing that another part holds already."""
    match clause:
        case WithBonus(inner, _) | Boosted(inner, _) | Constant(inner, _):
            return matching(inner)
        case Term(field, value, _):
            return Term(field, value)
        case Phrase(field, words, _):
            return Phrase(field, words)
        case Best(clauses) | AnyOf(clauses):
            return _any(clauses)
        case AllOf(clauses):
            return _all(clauses)
        case other:
            return other


def _alternatives(clause: Clause) -> tuple[Clause, ...]:
    return clause.clauses if isinstance(clause, AnyOf) else (clause,)


def _any(clauses: tuple[Clause, ...]) -> Clause:
    found = dict.fromkeys(each for clause in clauses for each in _alternatives(matching(clause)) if each != NOTHING)
    kept = tuple(each for each in found if not (isinstance(each, AllOf) and _is_held(each, found)))
    return AnyOf(kept) if len(kept) > 1 else kept[0] if kept else NOTHING


def _is_held(every: AllOf, alternatives: dict[Clause, None]) -> bool:
    """Whether all documents of an alternative are those of others: "usb and cable" beside "usb"."""
    return any(alternatives.keys() >= set(_alternatives(part)) for part in every.clauses)


def _all(clauses: tuple[Clause, ...]) -> Clause:
    found = dict.fromkeys(matching(clause) for clause in clauses)
    parts = dict.fromkeys(part for clause in found for part in (clause.clauses if isinstance(clause, AllOf) else (clause,)))
    if NOTHING in parts:
        return NOTHING
    return AllOf(tuple(parts)) if len(parts) > 1 else next(iter(parts))
