"""What somebody may mean who is still typing (pure): goods by the beginning of their last word, and names out of short lists."""

from collections.abc import Collection, Iterable, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary

from search import analysis, units
from search.lexical.concepts import Concept, cut_han
from search.lexical.exclusions import parted
from search.lexical.tree import Tree, best, with_bonus
from search.query import AllOf, Clause, Constant, Plan, Prefix, Term, Vocabulary
from search.synonyms import Synonyms, in_force, is_han

T = TypeVar("T")
SHORTEST = 2
"""Letters from which on goods are looked for."""
LONGEST = 60
BEGUN = 1.0
IS_ONE = 8.0
CODE = 100.0
"""Scores of a word that begins so, of a thing that is called so, and of a code that begins so."""


COMPLETED = 6
"""Chinese words that a beginning is completed to, the shortest first."""

KEPT = 2_000
_typed: MutableMapping[Vocabulary, dict[tuple[str, Synonyms], Clause | None]] = WeakKeyDictionary()
"""Clauses by the words of an index state that they were read with, since an engine knows a clause by its identity: many type the same."""


def typed_plan(text: str, *, vocabulary: Vocabulary, visibility: Collection[str], vendors: Collection[UUID], limit: int) -> Plan | None:
    """The plan for goods that fit what was typed so far, whatever it leaves out; None where that says too little."""
    wanted, _ = parted(text.strip()[:LONGEST], vocabulary)
    prepared = analysis.fold(units.plain(wanted))
    clause = _kept_clause(prepared, vocabulary) if vocabulary.is_fixed else _clause(prepared, vocabulary)
    return None if clause is None else Plan(clause=clause, visibility=frozenset(visibility), vendors=frozenset(vendors), limit=limit)


def _kept_clause(prepared: str, vocabulary: Vocabulary) -> Clause | None:
    kept, key = _typed.setdefault(vocabulary, {}), (prepared, in_force())
    if key not in kept:
        if len(kept) >= KEPT:
            kept.clear()
        kept[key] = _clause(prepared, vocabulary)
    return kept[key]


def _clause(prepared: str, vocabulary: Vocabulary) -> Clause | None:
    tokens = cut_han(analysis.split(prepared), in_force())
    clauses: list[Clause] = []
    normal = analysis.code(prepared)
    if len(normal) >= SHORTEST + 1 and any(sign.isdigit() for sign in normal) and normal.isascii():
        clauses.append(Constant(Prefix("codes", normal), CODE))
    if tokens:
        words = _words([token.text for token in tokens[:-1]], prepared[tokens[-1].start : tokens[-1].end], vocabulary)
        if words is not None:
            clauses.append(words)
    return best(tuple(clauses)) if clauses else None


def _words(before: Sequence[str], last: str, vocabulary: Vocabulary) -> Clause | None:
    """Everything before must be there by any of its names, and some word must begin as the last one does."""
    if (len(last) < SHORTEST and not before) or (not is_han(last[0]) and not last.replace(".", "").isalnum()):
        return None
    synonyms = in_force()
    tree = Tree(vocabulary, synonyms)
    known = tuple(tree.concept(Concept((word,), synonyms.find((word,)))) for word in before)
    if is_han(last[0]):
        # What is typed of a Chinese word may be its beginning: 耳 of 耳机.
        begun_words = sorted((word for word in synonyms.han_words if word.startswith(last)), key=lambda word: (len(word), word))
        meant = [tree.concept(Concept((word,), synonyms.find((word,)))) for word in dict.fromkeys((last, *begun_words[:COMPLETED]))]
        return AllOf((*known, best(tuple(meant))))
    begun: list[Clause] = [Constant(Prefix("title_en", last), BEGUN)]
    stem = analysis.stem(last)
    if vocabulary.frequency("title_en", stem):
        begun.append(Term("title_en", stem))
    heads = Constant(Prefix("heads", stem), IS_ONE)
    return with_bonus(AllOf((*known, best(tuple(begun)))), (heads,))


class Name(NamedTuple, Generic[T]):
    """A name made ready for being typed, and what it is the name of: the same at each letter that anybody types."""

    whole: str
    words: str
    """Its words with a space before each."""
    length: int
    thing: T


@dataclass(slots=True)
class Names(Generic[T]):
    """A list of names with what was found in it, which is the same until the list is another: many type the same."""

    ready: list[Name[T]]
    found: dict[tuple[str, int], list[T]] = field(default_factory=dict)


def named(names: Iterable[tuple[str, T]]) -> Names[T]:
    """Names made ready for `fitting`."""
    folded = ((analysis.fold(name), len(name), thing) for name, thing in names)
    return Names(
        [
            Name(whole, "".join(f" {word}" for word in whole.replace("-", " ").replace("/", " ").split()), length, thing)
            for whole, length, thing in folded
        ]
    )


def fitting(names: Names[T], text: str, limit: int) -> list[T]:
    """The first things with a name of which each typed word begins a word; one that begins with the text stands before others."""
    kept = names.found.get((text, limit))
    if kept is None:
        if len(names.found) >= KEPT:
            names.found.clear()
        kept = names.found[text, limit] = _fitting(names.ready, text, limit)
    return kept


def _fitting(names: Iterable[Name[T]], text: str, limit: int) -> list[T]:
    typed = analysis.fold(text).split()
    if not typed or (len("".join(typed)) < SHORTEST and not is_han(typed[0][0])):
        return []
    start = " ".join(typed)
    # The first word alone leaves few of many, with the least that can be done for each.
    first, inside = typed[0], f" {typed[0]}"
    found = [
        (not name.whole.startswith(start), name.length, place, name.thing)
        for place, name in enumerate(names)
        if (inside in name.words or name.whole.startswith(first)) and all(_begins(name, word) for word in typed[1:])
    ]
    return [thing for *_, thing in sorted(found, key=lambda one: one[:3])[:limit]]


def _begins(name: Name[T], word: str) -> bool:
    return f" {word}" in name.words or name.whole.startswith(word)
