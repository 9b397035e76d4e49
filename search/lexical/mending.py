"""Slips of the fingers (pure; asks only the engine's vocabulary): a word that the catalogue does not know is replaced by the closest that
it knows, where that is sure (decision 0046); else the closest is offered. The last word of a query is rather one that goods are called by.
A word that the catalogue knows is never replaced: where hardly any listing has it and very many have one that differs by a single slip,
that is offered.
"""

import re
from collections.abc import Iterator

from search import analysis
from search.lexical import designations
from search.lexical.concepts import KNOWN_FIELDS, STOP_WORDS, Concept, is_known
from search.query import Vocabulary
from search.spelling import (
    LONG,
    TOGETHER,
    Speller,
    as_written,
    begins_otherwise,
    closest,
    distance,
    is_english,
    is_sure,
    is_swapped,
    plural,
)
from search.stemming import stem as stem_of
from search.synonyms import TRADE, Synonyms, is_han

SHORTEST, SHORTEST_RARE, SHORTEST_BESIDE = 4, 5, 3
"""Letters of a word that may be a slip: of one that is unknown, of one that a listing has, and of one whose neighbour tells what it is."""
CODE_LIKE = re.compile(r"(?<!\w)(?=\S*\d)[a-z]\w*(?:[-/._]\w+)+")
"""Letters and then figures, with a sign between them. A "24-prot" is no such thing."""
RARE, TIMES_MORE = 2, 50
"""Listings that have a word which is rather a slip, at most, and how many times more have the other."""
_MAKERS = Speller({maker: 0 for maker in TRADE.makers if len(maker) >= SHORTEST_RARE})
"""Well-known makers, whether or not anybody sells their goods here: a "gamrin" is a Garmin."""


def mend(text: str, concepts: tuple[Concept, ...], vocabulary: Vocabulary, synonyms: Synonyms) -> str:
    """The text with each word that neither catalogue nor tables know replaced by the closest known one, where it is surely a slip."""
    mended = text
    for word, written in _words(text, concepts, synonyms):
        if not is_known(word, vocabulary):
            other, together = _closest(mended, word, vocabulary, synonyms)
            is_enough = together >= TOGETHER or (other and _is_long_enough(word, written, other, vocabulary, synonyms))
            if other and is_enough and is_sure(_forms(word, written), other, together):
                mended = _replace_word(mended, word, other)
    for word, other, is_certain in _designations(text, concepts, vocabulary, synonyms):
        mended = _replace_word(mended, word, other) if is_certain else mended
    return mended


def likelier(text: str, concepts: tuple[Concept, ...], vocabulary: Vocabulary, synonyms: Synonyms) -> str:
    """A text that `mend` left so, with each word that may still be a slip replaced: one that no listing has by the closest, one that hardly
    any has, and that is no word of English ("flood" is not food), by one at a single slip that very many have and that begins alike. Names of
    makers are none, nor is a word of English beside others, but where the other stands there in titles: whoever writes "gloves without
    powder" means no power.
    """
    found = text
    for word, written in _words(text, concepts, synonyms):
        seen = max(vocabulary.frequency(name, word) for name in KNOWN_FIELDS)
        other = None
        if not seen and len(written) >= SHORTEST:
            other, together = _closest(found, word, vocabulary, synonyms)
            is_meant = len(concepts) > 1 and not together and is_english(_forms(word, written))
            other = other if other and not is_meant and _is_long_enough(word, written, other, vocabulary, synonyms) else None
        elif seen <= RARE and len(word) >= SHORTEST_RARE and not (vocabulary.frequency("brand", word) or is_english(_forms(word, written))):
            other = closest({word: {near: often for near, often in vocabulary.near(word).items() if often >= TIMES_MORE * seen}})
            other = other if other and distance(word, other, 1) == 1 and not begins_otherwise(word, other) else None
        if other:
            found = _replace_word(found, word, other)
    for word, other, _ in _designations(text, concepts, vocabulary, synonyms):
        found = _replace_word(found, word, other)
    return found


def _designations(text: str, concepts: tuple[Concept, ...], vocabulary: Vocabulary, synonyms: Synonyms) -> Iterator[tuple[str, str, bool]]:
    """Unknown designations, each with the one that it is a slip for, and whether it surely is. None is a part of a code."""
    parts = _code_parts(text)
    for concept in filter(designations.is_designation, concepts):
        word = concept.words[0]
        if word not in parts and not is_known(word, vocabulary):
            other, is_certain = designations.meant(word, vocabulary, synonyms)
            if other:
                yield word, other, is_certain


def _words(text: str, concepts: tuple[Concept, ...], synonyms: Synonyms) -> Iterator[tuple[str, str]]:
    """Words that may be slips, as stems and as they are written: no size, no code nor a part of what looks like one (wags-120), none of Han
    characters, and none of the trade, which the tables have alone or in a term: goggles are no Google, and a mask is no mark. Nor the name of
    a maker, whose goods nobody may sell here: Ricoh is not "rich".
    """
    parts = _code_parts(text)
    for concept in concepts:
        if not (concept.size or concept.codes or concept.synonyms):
            for word in concept.words:
                written = _written(text, word)
                is_meant = word in synonyms.words or word in synonyms.makers or word in parts
                if len(written) >= SHORTEST_BESIDE and word.isalpha() and not is_han(word) and not is_meant:
                    yield word, written


def _code_parts(text: str) -> set[str]:
    """Words that stand within what looks like a code."""
    return {token.text for match in CODE_LIKE.finditer(text) for token in analysis.split(match[0])}


def _forms(stem: str, written: str) -> tuple[str, ...]:
    """What a word is compared by: "stainles" lacks an s of "stainless" and is not the plural of anything; the stem of "sohes" has lost more
    than an s.
    """
    forms = dict.fromkeys((stem, written, written.removesuffix("s")))
    return tuple(form for form in forms if len(form) >= SHORTEST) or (written,)


def _is_long_enough(word: str, written: str, other: str, vocabulary: Vocabulary, synonyms: Synonyms) -> bool:
    """Whether a word and the other have letters enough to tell them by. Three, the s of a plural not counted, tell little: the other is a word
    of the trade then ("usbb"), and "hvac" no HAC. And where the word has three itself, very many titles have the other, and two letters are
    swapped: "afn" is a fan. What nobody sells and is written in three letters is mostly an abbreviation, and another letter in it makes
    another: MCBs are no MCs.
    """
    if len(word) < SHORTEST and min(len(written), len(other)) < SHORTEST:
        return other in synonyms.words and is_swapped(word, other) and vocabulary.frequency("title_en", other) >= TIMES_MORE
    return len(other) >= SHORTEST or other in synonyms.words or _is_plural(written, other)


def _near(stem: str, written: str, vocabulary: Vocabulary) -> dict[str, dict[str, int]]:
    """Words near each form of a word, and those of whose plural it may be a slip: "boks", or "gamesx" with a letter behind the plural."""
    near = {form: {**_MAKERS.near(form), **vocabulary.near(form)} for form in _forms(stem, written)}
    found = near.setdefault(written, {})
    if len(written) == SHORTEST and written.endswith("s"):
        found.update(vocabulary.near(written[:-1]))
    single = stem_of(written[:-1])
    if written[-2] == "s" and single != written[:-1] and len(single) >= SHORTEST_BESIDE:
        seen = max(vocabulary.frequency(name, single) for name in KNOWN_FIELDS)
        found.update({single: seen} if seen else {})
    return near


def _closest(text: str, stem: str, vocabulary: Vocabulary, synonyms: Synonyms) -> tuple[str | None, int]:
    """(the closest word to one of a text, how many titles have it beside a neighbour). A "witch" is rather a switch than "with", and nobody
    writes "light light".
    """
    words = [token.text for token in analysis.split(text)]
    near = {
        form: {other: seen for other, seen in found.items() if other not in words}
        for form, found in _near(stem, _written(text, stem), vocabulary).items()
    }
    others = {other for found in near.values() for other in found}
    beside = _beside(text, stem, others, vocabulary, synonyms)
    is_last = words[-1] == stem
    things = {other for other in others if is_last and vocabulary.frequency("heads", other) >= TOGETHER}
    other = closest(near, beside=beside, trade=synonyms.words, things=things, stop_words=STOP_WORDS)
    return other, beside[other] if other else 0


def _beside(text: str, stem: str, others: set[str], vocabulary: Vocabulary, synonyms: Synonyms) -> dict[str, int]:
    """In how many titles each of some words stands beside a neighbour of a stem, or as one word with it; of a term of the tables as many as
    make sure.
    """
    tokens = [token.text for token in analysis.split(text)]
    place = tokens.index(stem)
    before, after = tokens[max(0, place - 1) : place], tokens[place + 1 : place + 2]
    pairs = {other: [*((left, other) for left in before), *((other, right) for right in after)] for other in others}
    vocabulary.learn(frozenset((*others, *("".join(pair) for found in pairs.values() for pair in found))))

    def together(pair: tuple[str, str]) -> int:
        return max(*(vocabulary.frequency(name, "".join(pair)) for name in ("joined", "title_en")), TOGETHER * (pair in synonyms))

    return {other: max(map(together, found), default=0) for other, found in pairs.items()}


def _written(text: str, stem: str) -> str:
    """A stem as it stands in a text."""
    return next((text[token.start : token.end] for token in analysis.split(text) if token.text == stem), stem)


def _replace_word(text: str, stem: str, other: str) -> str:
    for token in analysis.split(text):
        if token.text == stem:
            # Whoever writes a plural is told of a plural.
            written, shown = text[token.start : token.end], as_written(other)
            return text[: token.start] + (plural(shown) if _is_plural(written, shown) else shown) + text[token.end :]
    return text


def _is_plural(written: str, other: str) -> bool:
    """Whether a word is rather a slip for several of another: "vasn" for vans."""
    return "s" in written[-2:] and distance(written, plural(other), LONG) <= distance(written, other, LONG)
