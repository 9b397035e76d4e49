"""What somebody may mean who is still typing (pure): goods by the beginning of their last word, and names out of short lists."""

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import TypeVar
from uuid import UUID

from search import analysis, units
from search.lexical.concepts import Concept
from search.lexical.tree import Tree, best, with_bonus
from search.query import AllOf, Clause, Constant, Plan, Prefix, Term, Vocabulary
from search.synonyms import in_force, is_han

T = TypeVar("T")
SHORTEST = 2
"""Letters from which on goods are looked for."""
LONGEST = 60
BEGUN = 1.0
IS_ONE = 8.0
CODE = 100.0
"""Scores of a word that begins so, of a thing that is called so, and of a code that begins so."""


def typed_plan(text: str, *, vocabulary: Vocabulary, visibility: Collection[str], vendors: Collection[UUID], limit: int) -> Plan | None:
    """The plan for goods that fit what was typed so far; None where that says too little."""
    prepared = analysis.fold(units.plain(text.strip()[:LONGEST]))
    tokens = analysis.split(prepared)
    clauses: list[Clause] = []
    normal = analysis.code(prepared)
    if len(normal) >= SHORTEST + 1 and any(sign.isdigit() for sign in normal) and normal.isascii():
        clauses.append(Constant(Prefix("codes", normal), CODE))
    if tokens:
        words = _words([token.text for token in tokens[:-1]], prepared[tokens[-1].start : tokens[-1].end], vocabulary)
        if words is not None:
            clauses.append(words)
    if not clauses:
        return None
    return Plan(clause=best(tuple(clauses)), visibility=frozenset(visibility), vendors=frozenset(vendors), limit=limit)


def _words(before: Sequence[str], last: str, vocabulary: Vocabulary) -> Clause | None:
    """Everything before must be there by any of its names, and some word must begin as the last one does."""
    if (len(last) < SHORTEST and not before) or (not is_han(last[0]) and not last.replace(".", "").isalnum()):
        return None
    synonyms = in_force()
    tree = Tree(vocabulary, synonyms)
    known = tuple(tree.concept(Concept((word,), synonyms.find((word,)))) for word in before)
    if is_han(last[0]):
        return AllOf((*known, tree.concept(Concept((last,), synonyms.find((last,))))))
    begun: list[Clause] = [Constant(Prefix("title_en", last), BEGUN)]
    stem = analysis.stem(last)
    if vocabulary.frequency("title_en", stem):
        begun.append(Term("title_en", stem))
    heads = Constant(Prefix("heads", stem), IS_ONE)
    return with_bonus(AllOf((*known, best(tuple(begun)))), (heads,))


@lru_cache(maxsize=20_000)
def _folded(name: str) -> tuple[str, ...]:
    """A name folded, then its words. Kept, since names are the same at each letter that anybody types."""
    folded = analysis.fold(name)
    return folded, *folded.replace("-", " ").replace("/", " ").split()


def fitting(names: Iterable[tuple[str, T]], text: str, limit: int) -> list[T]:
    """The first things with a name of which each typed word begins a word; one that begins with the text stands before others."""
    typed = analysis.fold(text).split()
    if not typed or (len("".join(typed)) < SHORTEST and not is_han(typed[0][0])):
        return []
    start = " ".join(typed)
    found = []
    for place, (name, thing) in enumerate(names):
        words = _folded(name)
        if all(any(word.startswith(one) for word in words) for one in typed):
            found.append((not words[0].startswith(start), len(name), place, thing))
    return [thing for *_, thing in sorted(found, key=lambda one: one[:3])[:limit]]
