"""What somebody may mean who is still typing (pure): goods by the beginning of their last word, and names out of short lists."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, MutableMapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary

from search import analysis, stemming, units
from search.lexical import sizes
from search.lexical.composing import best, with_bonus
from search.lexical.concepts import STOP_WORDS, Concept, asked, concepts_of, cut_han
from search.lexical.counts import counted
from search.lexical.exclusions import parted
from search.lexical.fields import IN_NAMES
from search.lexical.mending import SHORTEST as SHORTEST_SLIP
from search.lexical.mending import mend
from search.lexical.tree import Tree
from search.query import AllOf, Clause, Constant, Nothing, Phrase, Plan, Prefix, Term, Vocabulary
from search.spelling import Speller, closest, is_sure
from search.synonyms import LONGEST as LONGEST_TERM
from search.synonyms import Synonyms, in_force, is_han

T = TypeVar("T")
SHORTEST = 2
"""Letters from which on goods are looked for."""
LONGEST = 60
BEGUN = 1.0
IS_ONE = 8.0
CODE = 100.0
"""Scores of a word that begins so, of a thing that is called so, and of a code that begins so."""


PLURAL_ENDINGS = ("", "s", "es")
"""What may be left to type of a plural."""

COMPLETED = 6
"""Chinese words that a beginning is completed to, the shortest first."""

KEPT = 2_000
_typed: MutableMapping[Vocabulary, dict[tuple[str, Synonyms], Clause | None]] = WeakKeyDictionary()
"""Clauses by the words of an index state that they were read with, since an engine knows a clause by its identity: many type the same."""


def typed_plan(text: str, *, vocabulary: Vocabulary, visibility: Collection[str], vendors: Collection[UUID], limit: int) -> Plan | None:
    """The plan for goods that fit what was typed so far, whatever it leaves out; None where that says too little."""
    wanted, _ = parted(text.strip()[:LONGEST], vocabulary)
    wanted, _ = counted(wanted, vocabulary, in_force())
    prepared = analysis.fold(sizes.as_asked(units.plain(wanted)))
    clause = _kept_clause(prepared, vocabulary) if vocabulary.is_fixed else _clause(prepared, vocabulary)
    return None if clause is None else Plan(clause=clause, visibility=frozenset(visibility), vendors=frozenset(vendors), limit=limit)


def mended(text: str, vocabulary: Vocabulary) -> str | None:
    """The text with slips mended in all its words, the last one too, for where nothing begins as it is typed; None where nothing is sure."""
    prepared, synonyms = analysis.fold(text.strip()[:LONGEST]), in_force()
    vocabulary.learn(asked(prepared, synonyms))
    found = mend(prepared, concepts_of(prepared, vocabulary, synonyms), vocabulary, synonyms)
    return found if found != prepared else None


def _kept_clause(prepared: str, vocabulary: Vocabulary) -> Clause | None:
    kept, key = _typed.setdefault(vocabulary, {}), (prepared, in_force())
    if key not in kept:
        if len(kept) >= KEPT:
            kept.clear()
        kept[key] = _clause(prepared, vocabulary)
    return kept[key]


def _clause(prepared: str, vocabulary: Vocabulary) -> Clause | None:
    clauses: list[Clause] = []
    normal = analysis.code(prepared)
    tokens = cut_han(analysis.split(prepared), in_force())
    measures = units.measures(prepared)
    # "1/2 in" begins no part number that begins with 12in.
    is_size = len(tokens) > 1 and any((measure.start, measure.end) == (0, len(prepared)) for measure in measures)
    # Letters with a hyphen may go on as a number of a part: "dpa-bv".
    is_code = any(sign.isdigit() or sign == "-" for sign in prepared)
    if len(normal) >= SHORTEST + 1 and is_code and normal.isascii() and not is_size:
        clauses.append(Constant(Prefix("codes", normal), CODE))
    if tokens:
        clauses += _words(prepared, tokens, measures, vocabulary)
    return best(tuple(clauses)) if clauses else None


def _words(prepared: str, tokens: list[analysis.Token], measures: list[units.Measure], vocabulary: Vocabulary) -> list[Clause]:
    """Everything before must be there as the search reads it, its slips mended, and what is typed last may be a beginning: of a word, of a
    code or of a size. Empty where that says too little.
    """
    last = tokens[-1]
    size = next((measure for measure in measures if measure.start <= last.start < measure.end), None)
    start = min(size.start, last.start) if size else last.start
    term = _mixed_term(tokens, in_force())
    if term:
        start = term[0].start
    before, typed = prepared[:start], prepared[start : last.end].strip()
    if not before.strip() and not size and len(typed) < SHORTEST and not is_han(typed[0]):
        return []
    tree = Tree(vocabulary, in_force())
    concepts = _read(before, vocabulary)
    begun = _size_begun(size, tokens, tree) if size else []
    heads: list[Clause | None] = [tree.head(tree.thing(concepts))]
    if term:
        key = tuple(token.text for token in term)
        whole = Concept(key, tree.synonyms.find(key))
        begun.append(tree.concept(whole))
        heads.append(tree.head(tree.thing((whole,))))
    elif start == last.start:
        begun += _han_begun(typed, tree) if is_han(typed[0]) else _begun(typed, vocabulary)
    otherwise = [] if size else _otherwise(prepared, tokens, tree)
    if all(isinstance(clause, Nothing) for clause in begun):
        return otherwise
    if typed.isalpha():
        heads.append(best((Prefix("heads", stemming.stem(typed)), *(Term("heads", stem) for stem in _stems(typed, "heads", vocabulary)))))
    known = tuple(tree.concept(concept) for concept in concepts)
    beside = [Constant(pair, BEGUN) for pair in _beside(tokens, vocabulary)]
    return [with_bonus(AllOf((*known, best(tuple(begun)))), (*(Constant(head, IS_ONE) for head in heads if head), *beside)), *otherwise]


def _mixed_term(tokens: list[analysis.Token], synonyms: Synonyms) -> list[analysis.Token]:
    """The last words where they are one Chinese term that begins with Latin letters, such as U盘: its sign alone begins nothing."""
    found = (tokens[-length:] for length in range(min(LONGEST_TERM, len(tokens)), 1, -1))
    return next((term for term in found if term[-1].han and not term[0].han and tuple(t.text for t in term) in synonyms), [])


def _otherwise(prepared: str, tokens: list[analysis.Token], tree: Tree) -> list[Clause]:
    """Where the last words are a term of the tables that no category is called by, while one is called by what the term is also called: goods
    that are so called, first those that are sorted there. Whoever types "laptop" to its end means notebooks, before a cover for a laptop.
    """
    for length in range(min(LONGEST_TERM, len(tokens)), 0, -1):
        key = tuple(token.text for token in tokens[-length:])
        others = tree.synonyms.find(key)
        if others:
            break
    else:
        return []
    if all(tree.frequency("category", word) for word in key):
        return []
    names = [other for other in others if all(tree.frequency("category", word) for word in other.words)]
    if not names:
        return []
    concept = Concept(names[0].words, tuple(names[1:]))
    called, headed = tree.concept(concept, IN_NAMES), tree.head(concept)
    before = tuple(tree.concept(one) for one in _read(prepared[: tokens[-length].start], tree.vocabulary))
    if isinstance(called, Nothing) or not headed:
        return []
    bonuses = (headed, *tree.sorted_as(concept))
    return [with_bonus(AllOf((*before, Constant(called, BEGUN))), tuple(Constant(bonus, IS_ONE) for bonus in bonuses))]


def _beside(tokens: list[analysis.Token], vocabulary: Vocabulary) -> list[Clause]:
    """The last two words beside each other in a title: "usb-c" is rather that than a USB cable that is clear."""
    pair = tuple(token.text for token in tokens[-2:] if not token.han)
    return [Phrase("title_en", pair)] if len(pair) == 2 and all(vocabulary.frequency("title_en", word) for word in pair) else []


def _read(before: str, vocabulary: Vocabulary) -> tuple[Concept, ...]:
    """The words that are typed to their end."""
    if not before.strip():
        return ()
    synonyms = in_force()
    vocabulary.learn(asked(before, synonyms))
    concepts = concepts_of(before, vocabulary, synonyms)
    mended = mend(before, concepts, vocabulary, synonyms)
    if mended == before:
        return concepts
    vocabulary.learn(asked(mended, synonyms))
    return concepts_of(mended, vocabulary, synonyms)


def _stems(typed: str, field_name: str, vocabulary: Vocabulary) -> list[str]:
    """The words of a field that are typed to the end, and those whose plural begins so, of which no field has more than the stem:
    "batteri" and "batterie" for battery.
    """
    stems = dict.fromkeys(stemming.stem(typed + ending) for ending in PLURAL_ENDINGS)
    return [stem for stem in stems if vocabulary.frequency(field_name, stem)]


def _begun(typed: str, vocabulary: Vocabulary) -> list[Clause]:
    """A word of titles that begins so. With a digit in it also a part number that a title mentions, before a word that is that number; with
    letters beside the digit a thread, a width or a series of sizes.
    """
    if not typed.replace(".", "").isalnum():
        return []
    begun: list[Clause] = [Constant(Prefix("title_en", typed), BEGUN)]
    begun += [Term("title_en", stem) for stem in _stems(typed, "title_en", vocabulary)]
    if any(sign.isdigit() for sign in typed):
        begun.append(Constant(Prefix("mentions", analysis.code(typed)), IS_ONE))
        if not typed.isdigit():
            begun.append(Constant(Prefix("sizes", typed), BEGUN))
    return begun


def _size_begun(size: units.Measure, tokens: list[analysis.Token], tree: Tree) -> list[Clause]:
    """The size as the search reads it, in any writing, and sizes that go on from it: M8 × 40 from "m8x4"."""
    words = tuple(token.text for token in tokens if size.start <= token.start < size.end)
    exact = tree.concept(Concept(words, size=size))
    return [Constant(Prefix("sizes", size.tokens[0]), BEGUN), *([] if isinstance(exact, Nothing) else [exact])]


def _han_begun(typed: str, tree: Tree) -> list[Clause]:
    """What is typed of a Chinese word may be its beginning: 耳 of 耳机."""
    words = sorted((word for word in tree.synonyms.han_words if word.startswith(typed)), key=lambda word: (len(word), word))
    meant = [tree.concept(Concept((word,), tree.synonyms.find((word,)))) for word in dict.fromkeys((typed, *words[:COMPLETED]))]
    begun: list[Clause] = [Constant(Prefix("title_zh", typed), BEGUN)] if len(typed) == 1 else []
    return begun + [clause for clause in meant if not isinstance(clause, Nothing)]


class Name(NamedTuple, Generic[T]):
    """A name made ready for being typed, and what it is the name of: the same at each letter that anybody types."""

    whole: str
    words: str
    """Its words with a space before each."""
    length: int
    thing: T


@dataclass
class Names(Generic[T]):
    """A list of names with what was found in it, which is the same until the list is another: many type the same."""

    ready: list[Name[T]]
    found: dict[tuple[str, int], list[T]] = field(default_factory=dict)
    kinds: dict[tuple[str, int, Synonyms], list[T]] = field(default_factory=dict)
    """What was found also by other words, by the tables that these stand in."""

    @cached_property
    def stems(self) -> list[frozenset[str]]:
        """The stems of each name."""
        return [frozenset(token.text for token in analysis.split(name.whole)) for name in self.ready]

    @cached_property
    def speller(self) -> Speller:
        """The words of all names."""
        return Speller(Counter(word for name in self.ready for word in name.words.split()))


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
    """The first things with a name of which each typed word begins a word, or within which a Chinese one stands, since nothing parts these;
    one that begins with the text stands before others.
    """
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
    first = typed[0]
    is_within, begun = is_han(first), f" {first}"
    found = [
        (not name.whole.startswith(start), name.length, place, name.thing)
        for place, name in enumerate(names)
        if (first in name.whole if is_within else begun in name.words or name.whole.startswith(first))
        and all(_says(name, word) for word in typed[1:])
    ]
    return [thing for *_, thing in sorted(found, key=lambda one: one[:3])[:limit]]


def _says(name: Name[T], word: str) -> bool:
    return word in name.whole if is_han(word) else f" {word}" in name.words or name.whole.startswith(word)


def kinds(names: Names[T], text: str, limit: int) -> list[T]:
    """The first categories for what was typed: as `fitting`, where sizes and numbers leave none without these, and after them those whose name
    says it in other words: "Notebooks and tablets" for a laptop.
    """
    key = (text, limit, in_force())
    kept = names.kinds.get(key)
    if kept is None:
        if len(names.kinds) >= KEPT:
            names.kinds.clear()
        found = _fitting(names.ready, text, limit)
        said = text if found else _without_sizes(text)
        if said != text:
            found = _fitting(names.ready, said, limit)
        kept = names.kinds[key] = found + [one for one in _called(names, said, limit) if one not in found]
    return kept


def _called(names: Names[T], text: str, limit: int) -> list[T]:
    """Names that say each term in one of its words; the last one may be a beginning, beside a term that the tables have."""
    terms = list(_terms(text))
    if all(len(ways) == 1 for ways in terms):
        return []
    begun = terms.pop()[0][0] if len(terms[-1]) == 1 else ""
    found = [
        (name.length, place, name.thing)
        for place, (name, stems) in enumerate(zip(names.ready, names.stems, strict=True))
        if all(any(_has(name, stems, way) for way in ways) for ways in terms) and (not begun or _says(name, begun))
    ]
    return [thing for *_, thing in sorted(found, key=lambda one: one[:2])[:limit]]


def _has(name: Name[T], stems: frozenset[str], words: tuple[str, ...]) -> bool:
    return all(word in name.whole if is_han(word) else word in stems for word in words)


def _terms(text: str) -> Iterator[list[tuple[str, ...]]]:
    """What was typed, term by term as the tables have them, each with what it is also called."""
    synonyms = in_force()
    words = tuple(token.text for token in cut_han(analysis.split(analysis.fold(text)), synonyms) if token.text not in STOP_WORDS)
    start = 0
    while start < len(words):
        key = next(
            (words[start:end] for end in range(start + LONGEST_TERM, start + 1, -1) if words[start:end] in synonyms),
            words[start : start + 1],
        )
        yield [key, *(synonym.words for synonym in synonyms.find(key))]
        start += len(key)


def _without_sizes(text: str) -> str:
    """The words alone: sizes, numbers and single letters, which may become a size, say nothing about the name of a kind of goods."""
    plain = analysis.fold(units.plain(text))
    for measure in reversed(units.measures(plain)):
        plain = f"{plain[: measure.start]} {plain[measure.end :]}"
    return " ".join(word for word in plain.split() if (len(word) > 1 or is_han(word)) and not any(sign.isdigit() for sign in word))


def corrected(names: Names[T], text: str) -> str | None:
    """The text with its last word as the closest word of the names, where nothing begins so and it is surely a slip; None where it is not."""
    *before, last = analysis.fold(text).split() or [""]
    if len(last) < SHORTEST_SLIP or not last.isalpha() or is_han(last):
        return None
    other = closest({last: names.speller.near(last)})
    return " ".join((*before, other)) if other and is_sure((last,), other) else None
