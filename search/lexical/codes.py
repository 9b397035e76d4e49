"""Part numbers, models and standards among the words of a query (pure). A query that is one as a whole is a matter of `reading.py`."""

from itertools import pairwise

from search.lexical.concepts import PRECISE, Concept, is_number
from search.query import AllOf, AnyOf, Best, Clause, Constant, Nothing, Prefix, Term

OWN_CODE, MENTIONED_CODE = 30.0, 15.0
"""Scores of goods that have a part number as their own, and of goods whose title mentions it."""
DESIGNATION = 24.0
"""More than what is headed by the thing that is asked for, stated to be of its kind and sorted under it."""
DIGITS_OF_ONE = 3
"""Figures of a model or standard at least; fewer may count or measure."""


def named(concept: Concept) -> tuple[Clause, ...]:
    """Goods that have the code of a concept as their own, and goods whose title mentions it."""
    return tuple(
        Constant(Best(tuple(Term(name, code) for code in concept.codes)), score)
        for name, score in (("codes", OWN_CODE), ("mentions", MENTIONED_CODE))
    )


def begun(concept: Concept) -> Clause:
    """Goods with a part number that begins with a word that no goods have: T0711 of T0711H."""
    if len(concept.words) > 1 or not PRECISE.fullmatch(concept.words[0]):
        return Nothing()
    scores = (("codes", OWN_CODE), ("mentions", MENTIONED_CODE))
    return Best(tuple(Constant(Prefix(name, concept.words[0]), score) for name, score in scores))


def beside(concepts: tuple[Concept, ...], clauses: list[Clause]) -> tuple[Clause, ...]:
    """Among goods with a code that is asked for: each other word counts more than whether the code is their own, so that "6205 sealed"
    begins with the sealed ones. `clauses` are those of the concepts.
    """
    codes = tuple(code for concept in concepts for code in named(concept) if concept.codes)
    others = [clause for concept, clause in zip(concepts, clauses, strict=True) if not concept.codes and not isinstance(clause, Nothing)]
    return (AllOf((Constant(Best(codes), 0.0), AnyOf(tuple(Constant(clause, OWN_CODE) for clause in others)))),) if codes and others else ()


def designated(concepts: tuple[Concept, ...], clauses: list[Clause]) -> tuple[Clause, ...]:
    """Where words are lacking: goods with the model or standard that is asked for, in one word ("p1102") or in two ("hl-2140"). What is for this
    machine, whatever it is called, stands before what is called so and is for another.
    """
    known = [(concept, clause) for concept, clause in zip(concepts, clauses, strict=True) if not isinstance(clause, Nothing)]
    single = [clause for concept, clause in known if _is_designation(concept)]
    several = [
        AllOf((letters, number))
        for (before, letters), (after, number) in pairwise(known)
        if before.is_word and before.words[-1].isascii() and is_number(after) and len(after.words[0]) >= DIGITS_OF_ONE
    ]
    return tuple(Constant(clause, DESIGNATION) for clause in (*single, *several))


def _is_designation(concept: Concept) -> bool:
    """Whether a concept is a model or a standard in one word. What the tables know by its figures is none: 1080p says how sharp a picture is."""
    is_of_tables = concept.synonyms and concept.words[0][0].isdigit()
    return not (concept.size or concept.codes or is_of_tables) and PRECISE.fullmatch("".join(concept.words)) is not None
