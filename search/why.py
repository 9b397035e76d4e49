"""Why a hit is there: which words of the query it has, where, and through which other name (pure).

Reads the same reading of the query that the plan was made of, and what is stored of the hit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from search import analysis, stemming
from search.lexical import Concept, Reading, joining
from search.synonyms import is_han


class Place(StrEnum):
    """Where something was found, the most telling first."""

    CODE = "code"
    TITLE = "title"
    ATTRIBUTE = "attribute"
    CATEGORY = "category"
    BRAND = "brand"
    KEYWORDS = "keywords"
    DESCRIPTION = "description"


class Through(StrEnum):
    """How the query's words became those that were found."""

    ITSELF = "itself"
    SYNONYM = "synonym"
    TRANSLATION = "translation"


@dataclass(frozen=True, slots=True)
class Reason:
    """One idea of the query that a hit has. `asked` and `found` are as they were written; `attribute` is a code."""

    place: Place
    asked: str
    found: str
    through: Through = Through.ITSELF
    attribute: str = ""


NO_OTHERS: frozenset[str] = frozenset()


class Text:
    """A text as it is compared: stems with the words that they are of, runs of Han characters, sizes."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._folded = analysis.fold(text)

    def has(self, word: str) -> bool:
        """Whether a stem, or a run of Han characters, stands there."""
        return word in self.han if analysis.HAN_RUN.match(word) else word in self.words

    @cached_property
    def words(self) -> Mapping[str, str]:
        """The words by their stems, the first of each."""
        return {stemming.stem(word): word for word in reversed(analysis.words_of(self._folded))}

    @cached_property
    def han(self) -> str:
        """The runs of Han characters."""
        return " ".join(analysis.HAN_RUN.findall(self._folded))

    @cached_property
    def sizes(self) -> frozenset[str]:
        """The sizes as they are compared."""
        return frozenset(analysis.sizes(self._text))


@dataclass(frozen=True, slots=True)
class Goods:
    """What is stored of a hit beside its title; each text in every language. `attributes` is {code: texts}."""

    codes: Sequence[str] = ()
    brand: str = ""
    category: Sequence[str] = ()
    keywords: Sequence[str] = ()
    description: Sequence[str] = ()
    attributes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    others: frozenset[str] = NO_OTHERS
    """Words, Han pairs and sizes that the texts say of other variants of the product only: "sizes M–2XL" makes no 2XL of the one in M."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A query as a hit is compared with it: its ideas, and its stems and Han runs as they were written, or read."""

    concepts: tuple[Concept, ...]
    wrote: Mapping[str, str]


def asked_of(reading: Reading) -> Asked:
    """What is asked for by a query; one that is a code as a whole is one idea."""
    text = reading.correction.searched if reading.correction else reading.text
    folded = analysis.fold(text)
    wrote = {token.text: folded[token.start : token.end] for token in analysis.split(text)}
    if reading.is_code:
        return Asked((Concept((reading.text,), codes=analysis.code_forms(reading.text)),), wrote)
    return Asked(joining.wanted(reading.concepts), wrote)


def reasons(asked: Asked, title: str, code: str, goods: Goods) -> list[Reason]:
    """What a hit has of the query. `title` is every text of the title and the label together."""
    shown, wrote = Text(title), asked.wrote
    found: list[Reason] = []
    own = [code, *goods.codes] if any(concept.codes for concept in asked.concepts) else []
    known = {form: written for written in own for form in analysis.code_forms(written)}
    for concept in asked.concepts:
        reason = (
            _by_code(concept, known, wrote)
            or _in_text(concept, shown, Place.TITLE, wrote, others=goods.others)
            or _elsewhere(concept, goods, wrote)
        )
        if reason is not None and reason not in found:
            found.append(reason)
    return found


def _written(words: Sequence[str], wrote: Mapping[str, str]) -> str:
    joined = "" if words and all(map(is_han, words)) else " "
    return joined.join(wrote.get(word, word) for word in words)


def _by_code(concept: Concept, known: Mapping[str, str], wrote: Mapping[str, str]) -> Reason | None:
    code = next((known[form] for form in concept.codes if form in known), None)
    return None if code is None else Reason(Place.CODE, _written(concept.words, wrote), code)


def _in_text(
    concept: Concept, text: Text, place: Place, wrote: Mapping[str, str], *, attribute: str = "", others: frozenset[str] = NO_OTHERS
) -> Reason | None:
    """The concept in one text: by its own words, by its size, or by the first of its other names that stands there; not by what stands there
    of `others`.
    """
    asked = concept.written or _written(concept.words, wrote)
    # As the index does: the digits of a size are no word.
    own = _standing(concept.words, text, others) if concept.is_written else None
    if own is not None:
        return Reason(place, asked, own, attribute=attribute)
    if concept.size and not (text.sizes - others).isdisjoint((*concept.size.tokens, *concept.size.longer, *concept.size.between)):
        return Reason(place, asked, asked, attribute=attribute)
    for synonym in concept.synonyms:
        other = _standing(synonym.words, text, others)
        if other is not None:
            is_translated = is_han(synonym.words[0]) != is_han(concept.words[0])
            return Reason(place, asked, other, Through.TRANSLATION if is_translated else Through.SYNONYM, attribute)
    return None


def _standing(words: Sequence[str], text: Text, others: frozenset[str]) -> str | None:
    """The words as they stand in a text, None unless all of them do. A glued word ("headset") may stand there in two."""
    found = []
    for word in words:
        if not text.has(word) or not others.isdisjoint(analysis.pairs(word) if is_han(word) else (word,)):
            return None
        found.append(text.words.get(word, word))
    return _written(found, {}) if found else None


def _elsewhere(concept: Concept, goods: Goods, wrote: Mapping[str, str]) -> Reason | None:
    for code, texts in goods.attributes.items():
        reason = _in_text(concept, Text(" · ".join(texts)), Place.ATTRIBUTE, wrote, attribute=code, others=goods.others)
        if reason is not None:
            return reason
    places = (
        (Place.CATEGORY, goods.category),
        (Place.BRAND, (goods.brand,)),
        (Place.KEYWORDS, goods.keywords),
        (Place.DESCRIPTION, goods.description),
    )
    for place, texts in places:
        others = NO_OTHERS if place in (Place.CATEGORY, Place.BRAND) else goods.others
        reason = _in_text(concept, Text(" · ".join(texts)), place, wrote, others=others) if any(texts) else None
        if reason is not None:
            return reason
    return None
