"""What the desk wants of a synonym or a pin (pure): read from what was typed, refused where it would do nothing or harm."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from marketplace.core.i18n import lazy
from search import analysis, units
from search.learning.errors import RuleRefused
from search.learning.models import Pin, SynonymKind, SynonymLanguage, SynonymRule
from search.lexical.exclusions import signless
from search.synonyms import LONGEST, TRADE, Key, Row, counts, is_useful, key_of

TERM_LIMIT = 200
TERMS, PINS = 12, 5
"""Further words of a synonym, and products of a pin, at most."""

Edges = Mapping[Key, set[Key]]


def prepared(text: str) -> str:
    """A text as a query is read: folded, units in one writing."""
    return analysis.fold(units.plain(text))


def term_key(text: str) -> Key:
    """A term as a query is segmented by it."""
    return key_of(prepared(text))


def query_key(text: str) -> str:
    """A query in one writing: however its letters, plurals and signs are, the same words in the same order."""
    return " ".join(term_key(text))


@dataclass(frozen=True, slots=True)
class SynonymWish:
    """A synonym as the desk wants it. `terms`: the first is the one that is searched for."""

    kind: SynonymKind
    language: SynonymLanguage
    terms: tuple[str, ...]
    is_active: bool

    def snapshot(self) -> dict[str, Any]:
        """As a change keeps it."""
        return {"kind": self.kind.value, "language": self.language.value, "terms": list(self.terms), "is_active": self.is_active}

    @property
    def keys(self) -> tuple[Key, ...]:
        """The terms as queries have them."""
        return tuple(term_key(term) for term in self.terms)

    @property
    def row(self) -> Row:
        """As a line of a synonym table."""
        return ("group" if self.kind is SynonymKind.BOTH else "oneway", self.language.value, [prepared(term) for term in self.terms])

    @property
    def pairs(self) -> set[tuple[Key, Key]]:
        """(searched for, also found) of everything that it says."""
        keys = self.keys
        if self.kind is SynonymKind.ONE_WAY:
            return {(keys[0], other) for other in keys[1:]}
        return {(one, other) for one in keys for other in keys if one != other}


def synonym_snapshot(rule: SynonymRule) -> dict[str, Any]:
    """A synonym as a change keeps it."""
    return wish_of_rule(rule).snapshot()


def wish_of_rule(rule: SynonymRule) -> SynonymWish:
    """A synonym as somebody would have to want it."""
    return SynonymWish(rule.kind, rule.language, tuple(rule.terms), rule.is_active)


def read_synonym(snapshot: Mapping[str, Any]) -> SynonymWish:
    """The wish behind a snapshot."""
    kind, language = SynonymKind(snapshot["kind"]), SynonymLanguage(snapshot["language"])
    return SynonymWish(kind, language, tuple(snapshot["terms"]), bool(snapshot["is_active"]))


@dataclass(frozen=True, slots=True)
class PinWish:
    """Variants that the desk wants first for a query."""

    words: str
    variant_ids: tuple[UUID, ...]
    is_active: bool

    def snapshot(self) -> dict[str, Any]:
        """As a change keeps it."""
        return {"words": self.words, "variant_ids": [str(one) for one in self.variant_ids], "is_active": self.is_active}


def pin_snapshot(pin: Pin) -> dict[str, Any]:
    """A pin as a change keeps it."""
    return PinWish(pin.words, tuple(pin.variant_ids), pin.is_active).snapshot()


def read_pin(snapshot: Mapping[str, Any]) -> PinWish:
    """The wish behind a snapshot."""
    return PinWish(snapshot["words"], tuple(UUID(one) for one in snapshot["variant_ids"]), bool(snapshot["is_active"]))


def digest(snapshot: Mapping[str, Any]) -> str:
    """A short mark of a snapshot, by which a form tells whether something has changed since."""
    return sha256(json.dumps(snapshot, sort_keys=True).encode()).hexdigest()[:16]


def lines_of(text: str) -> tuple[str, ...]:
    """What stands in a field of several lines: one thing a line, empty ones left out."""
    return tuple(line for line in (" ".join(line.split()) for line in text.splitlines()) if line)


def check_synonym(wish: SynonymWish, others: Iterable[SynonymWish]) -> None:
    """Whether a synonym says something that nobody says yet and no circle comes of it. Raises: RuleRefused with the field that is wrong."""
    for place, term in enumerate(wish.terms):
        _check_term("asked" if place == 0 else "also", term)
    if len(wish.terms) < 2:
        raise RuleRefused("also", lazy("Fill this in."))
    if len(wish.terms) > TERMS + 1:
        raise RuleRefused("also", lazy("These are too many: at most %(max_length)s."), max_length=TERMS)
    keys = wish.keys
    for place, key in enumerate(keys):
        if key in keys[:place]:
            raise RuleRefused(
                "also", lazy("“%(term)s” stands here twice; letters, plurals and hyphens make no difference."), term=wish.terms[place]
            )
    if all(any(known.words == other for known in TRADE.find(one)) for one, other in wish.pairs):
        raise RuleRefused("also", lazy("The shipped tables say this already."))
    _check_others(wish, list(others))


def check_signs(field: str, text: str) -> None:
    """Raises: RuleRefused for words with a minus, which would be kept as if they had none."""
    if signless(text) != " ".join(text.split()):
        raise RuleRefused(field, lazy("A minus before a word leaves it out. Write the words alone."))


def _check_term(field: str, term: str) -> None:
    key = term_key(term)
    check_signs(field, term)
    if len(term) > TERM_LIMIT:
        raise RuleRefused(field, lazy("This is too long: at most %(max_length)s characters."), max_length=TERM_LIMIT)
    if len(key) > LONGEST:
        raise RuleRefused(
            field, lazy("“%(term)s” has more than %(most)s words, and a search would never find it."), term=term, most=LONGEST
        )
    if not is_useful(key):
        raise RuleRefused(field, lazy("“%(term)s” is no word: write at least two letters, or a Chinese character."), term=term)
    if counts(prepared(term)):
        raise RuleRefused(field, lazy("“%(term)s” is a unit or counts things; units are understood in any writing."), term=term)
    if any(measure.tokens for measure in units.measures(prepared(term))):
        raise RuleRefused(field, lazy("“%(term)s” holds a size; sizes are found in any writing. Leave it out."), term=term)


def _check_others(wish: SynonymWish, others: Sequence[SynonymWish]) -> None:
    for other in others:
        if wish.pairs <= other.pairs:
            raise RuleRefused("also", lazy("Another of your synonyms says this already: %(terms)s."), terms=", ".join(other.terms))
    if wish.kind is not SynonymKind.ONE_WAY:
        return
    edges: dict[Key, set[Key]] = {}
    for other in others:
        if other.kind is SynonymKind.ONE_WAY:
            for one, target in other.pairs:
                edges.setdefault(one, set()).add(target)
    asked, *targets = wish.keys
    for target, term in zip(targets, wish.terms[1:], strict=True):
        if _leads(edges, target, asked):
            raise RuleRefused(
                "also",
                lazy("“%(term)s” already leads back to “%(asked)s”: this would go in a circle. Let one synonym hold both ways."),
                term=term,
                asked=wish.terms[0],
            )


def _leads(edges: Edges, start: Key, end: Key) -> bool:
    seen, waiting = {start}, [start]
    while waiting:
        here = waiting.pop()
        if here == end:
            return True
        fresh = edges.get(here, set()) - seen
        seen |= fresh
        waiting += fresh
    return False
