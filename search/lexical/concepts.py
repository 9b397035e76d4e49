"""A text cut into concepts: a known code, a size, the longest synonym that fits, or a single word."""

import re
from dataclasses import dataclass, replace
from itertools import pairwise

from search import analysis, units
from search.lexical import properties, rounding
from search.query import Vocabulary
from search.synonyms import LONGEST, Synonym, Synonyms, is_han, is_sign

KNOWN_FIELDS = ("title_en", "description", "brand", "category", "keywords", "traits", "flags", "joined", "heads")
WRITTEN_FIELDS = ("title_en", "description", "keywords", "traits")
"""Those in which a word stands as it was written."""
CODE_WORDS = 5
"""Words of a query that may be the pieces of one code: `RB 4017 08 040`."""

LONGEST_CODE = 120
"""Signs of a text that may be the name of goods as a whole: some makers call theirs by a sentence."""

SHORT, SHORT_OF_MAKER = 4, 3
"""Signs that a code within a text has at least: behind the name of a maker fewer tell enough."""

COUNT_DIGITS, COUNTED = 3, 4
"""Digits of a number that counts, and letters of the noun behind it."""

FEW_GLUED = 2
"""Titles that have two words beside each other by chance."""

HYPHENED = re.compile(r"[a-z]+(?:[-/.][a-z]+)+")
PARTED = re.compile(r"([a-z]{2,})(\d{2,})|(\d{3,})([a-z]{2,})")
PRECISE = re.compile(r"(?=.*[a-z])(?=(?:.*\d){3}).*")

SCREENED = frozenset(["display", "laptop", "monitor", "notebook", "screen", "tablet", "television", "tv"])
"""What is sold by the diagonal of its screen, and what fits it."""

STORING = frozenset(
    ["ddr", "ddr2", "ddr3", "ddr4", "ddr5", "dimm", "drive", "hdd", "memory", "microsd", "ram", "sdhc", "sdxc", "sodimm", "ssd"]
)
"""What is sold by how much data it holds."""

IN_SHEETS = frozenset(["cardboard", "envelope", "paper"])
"""What is sold by the weight of a square metre."""

CURRENTS = frozenset(["ac", "dc"])
NAMES_NOTHING = analysis.COLOURS | analysis.NO_NOUNS | CURRENTS
STOP_WORDS = frozenset(
    [
        "a", "an", "and", "as", "at", "by", "for", "from", "in", "into", "of", "on", "or", "the", "to", "with", "without", "near", "incl", "mit", "und",
        "no", "excluding", "excl", "except",
        "的", "了", "和", "与", "或", "及", "用", "款", "型", "号", "类", "式", "等",
    ]
)  # fmt: skip


JOINS = frozenset(["to", "转"])
"""Words that join two ends: "usb to hdmi adapter", "hdmi转vga"."""
LACKING = frozenset(["without", "no", "excluding", "excl", "except"])
PREPOSITIONS = (analysis.PREPOSITIONS - JOINS) | LACKING


@dataclass(frozen=True, slots=True)
class Concept:
    """One idea of a query. `words` are stems and whole Han words; the rest says what else it can be."""

    words: tuple[str, ...]
    synonyms: tuple[Synonym, ...] = ()
    size: units.Measure | None = None
    codes: tuple[str, ...] = ()
    written: str = ""
    """A size as it was written, without accents: its words are only its figures and letters."""
    is_beside: bool = False
    """Whether it stands behind a preposition, so that the thing is named before it: a "case for camera" is a case."""
    is_lacking: bool = False
    """Whether it stands behind "without": goods with it are not asked for, and goods that say they lack it stand first."""
    is_end: bool = False
    """Whether it stands right behind a word that joins it with what stands before."""

    @property
    def names(self) -> list[tuple[str, ...]]:
        """Its words, and those of what it is also called."""
        return [self.words, *(synonym.words for synonym in self.synonyms)]

    @property
    def is_precise(self) -> bool:
        """Whether the concept names one thing or size, so that its neighbours are no answer: a code, a size, a count, a broken number."""
        return bool(self.codes or self.size or self.is_count) or any("." in word or PRECISE.fullmatch(word) for word in self.words)

    @property
    def is_length(self) -> bool:
        """Whether the concept is a length, or a size of several."""
        return self.size is not None and self.size.tokens[0].endswith("mm")

    @property
    def is_written(self) -> bool:
        """Whether its words may say it. A size in several words or in digits alone is found as a size only: 40 m is not 25 m³/h and 40."""
        return self.size is None or (len(self.words) == 1 and not is_digits(self.words[0]))

    @property
    def is_count(self) -> bool:
        """Whether the concept is a number and what it counts, as `_counts` reads them: "24 port"."""
        return len(self.words) == 2 and not self.synonyms and self.words[0].isdigit() and self.words[1].isalpha()

    @property
    def is_word(self) -> bool:
        """Whether the concept is made of words, not of a code, a size, a count or a bare number."""
        return (
            not self.size and not self.codes and not self.is_count and not all(any(sign.isdigit() for sign in word) for word in self.words)
        )


def is_digits(word: str) -> bool:
    """Whether a word is a number."""
    return word.replace(".", "").isdigit()


def is_number(concept: Concept) -> bool:
    """Whether a concept is a bare number."""
    return len(concept.words) == 1 and not concept.size and not concept.codes and is_digits(concept.words[0])


def names_a_thing(concept: Concept) -> bool:
    """Whether a concept says what is asked for: a word or a code, and no size, number, colour, letter or empty word such as "set"."""
    says = [word for word in concept.words if word not in NAMES_NOTHING and (len(word) > 1 or is_han(word))]
    return bool(concept.codes) or (concept.is_word and bool(says))


def asked(text: str, synonyms: Synonyms) -> frozenset[str]:
    """Every word, size and code that `read` may ask the vocabulary about."""
    tokens = cut_han(analysis.split(text), synonyms)
    texts = tuple(token.text for token in tokens)
    words = {*texts, *analysis.joined(texts), *analysis.code_forms(text)}
    words.update(text + "mm" for text in texts if text[0].isdigit())
    words.update(synonym.words[0] for text in texts for synonym in _as_thousands(text))
    for measure in units.measures(text):
        words.update((*measure.tokens, *measure.parts, *measure.longer, *measure.between, *rounding.by_diagonal(measure).rounded))
        words.update((*rounding.by_storage(text[measure.start : measure.end], measure).tokens, *rounding.by_sheet(measure).tokens))
        words.update(rounding.by_mains(measure).tokens)
        words.update(token for part in (measure.tokens[0], *measure.parts) for token in rounding.near(part))
    for start in range(len(tokens)):
        for end in range(start + 1, min(start + CODE_WORDS, len(tokens)) + 1):
            words.add(analysis.code(text[tokens[start].start : tokens[end - 1].end]))
            for synonym in synonyms.find(texts[start:end]):
                words.update((*synonym.words, *analysis.joined(synonym.words)))
    for left, right in pairwise(texts):
        for synonym in synonyms.find((left + right,)):
            words.update(synonym.words)
    for match in map(PARTED.fullmatch, texts):
        pieces = tuple(piece for piece in match.groups() if piece) if match else ()
        for key in (pieces, *((piece,) for piece in pieces)):
            words.update(key)
            words.update(word for synonym in synonyms.find(key) for word in synonym.words)
    han = {pair for word in words if word and is_han(word) for pair in analysis.pairs(word)}
    return frozenset(word for word in words | han if word)


def known_codes(text: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    """The whole text as a code of the catalogue, in each form that it has; empty if it is none.

    A size is no code that others mention: "1/2 inch" asks for nothing that is called "12-inch". Letters are one where they are written in
    one piece ("SFP-SX-D") or are no words.
    """
    forms, tokens = analysis.code_forms(text), analysis.split(text)
    are_words = forms and forms[0].isalpha() and not HYPHENED.fullmatch(text) and _says_something(tokens, vocabulary)
    if len(text) > LONGEST_CODE or are_words:
        return ()
    is_said = _counts(tokens, vocabulary) or any(m.start == 0 and m.end == len(text) and m.tokens for m in units.measures(text))
    return tuple(
        form
        for form in forms
        if len(form) >= 4 and (vocabulary.frequency("codes", form) or (not is_said and vocabulary.frequency("mentions", form)))
    )


def in_one_piece(text: str, vocabulary: Vocabulary) -> str:
    """A text that is a part number as a whole, as texts of goods write it: "Q-2612-A" is the Q2612A that a compatible cartridge stands in
    for, or that stands in an attribute. Empty where none does.
    """
    number = analysis.code(text)
    is_apart = len(text) <= LONGEST_CODE and number != text and PRECISE.fullmatch(number)
    if not is_apart or not any(vocabulary.frequency(name, number) for name in WRITTEN_FIELDS):
        return ""
    # "LED 100 W" is a size that goods have, and the 2612 A of "Q 2612 A" are none.
    return "" if any(vocabulary.frequency("sizes", token) for m in units.measures(text) for token in m.tokens) else number


def names_called(text: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Several words, or those behind a maker, as what goods are called by their own number: "C2G Crossover Patch Cable"."""
    tokens = analysis.split(text)
    names = [text, text[tokens[1].start :]] if len(tokens) > 1 and vocabulary.frequency("brand", tokens[0].text) else [text]
    several = [name for name in names if " " in name.strip() and len(name) <= LONGEST_CODE]
    return tuple(form for name in several for form in analysis.code_forms(name) if vocabulary.frequency("codes", form))


def _counts(tokens: list[analysis.Token], vocabulary: Vocabulary) -> bool:
    """Whether a run is a small number and what is counted: "24 port" is no code, though titles write "24-Port"."""
    if len(tokens) != 2:
        return False
    number, noun = (token.text for token in tokens)
    is_small = number.isdigit() and len(number) <= COUNT_DIGITS
    return is_small and noun.isalpha() and len(noun) >= COUNTED and vocabulary.frequency("title_en", noun) > 0


def _says_something(tokens: list[analysis.Token], vocabulary: Vocabulary) -> bool:
    """Whether letters are words: "stereo headset" is no code, though somebody uses it as one, and "VM-PIC-NAV-S" is nothing else."""
    return all(is_known(token.text, vocabulary) for token in tokens)


def concepts_of(text: str, vocabulary: Vocabulary, synonyms: Synonyms) -> tuple[Concept, ...]:
    """Cut a text into concepts: codes first, then sizes, then the longest synonym, then single words."""
    tokens = cut_han(analysis.split(text), synonyms)
    measures = units.measures(text)
    concepts: list[Concept] = []
    index = 0
    named = next((n for n, token in enumerate(tokens) if n and token.text in PREPOSITIONS), len(tokens))
    while index < len(tokens):
        code = _code_at(text, tokens, index, vocabulary, measures=measures, synonyms=synonyms)
        if code:
            concept, index = code
            concepts.append(concept)
            continue
        measure = next((m for m in measures if m.start <= tokens[index].start < m.end and m.tokens), None)
        if measure:
            end = index
            while end < len(tokens) and tokens[end].start < measure.end:
                end += 1
            written = units.shown(text[min(measure.start, tokens[index].start) : max(measure.end, tokens[end - 1].end)].strip())
            concepts.append(Concept(tuple(t.text for t in tokens[index:end]), size=measure, written=written))
            index = end
            continue
        is_beside, is_end = index > named, index > 1 and tokens[index - 1].text in JOINS
        is_lacking = is_beside and next(token.text for token in reversed(tokens[:index]) if token.text in PREPOSITIONS) in LACKING
        concept, index = _longest(tokens, index, vocabulary, synonyms, measures)
        concepts.append(replace(concept, is_beside=is_beside, is_lacking=is_lacking, is_end=is_end))
    once = tuple({_said(c): c for c in reversed(concepts)}.values())[::-1]
    # Behind a figure it only counts or measures: 9码, and so does XL码.
    letters = {before.end for before in tokens if before.text in properties.GARMENT_SIZES}
    counting = {
        token.text
        for token in tokens
        if text[: token.start][-1:].isdigit() or (token.text == properties.OF_LETTERS and token.start in letters)
    }
    last = next((concept for concept in reversed(once) if concept.is_word), None)
    said = tuple(concept for concept in once if not _is_empty(concept, is_last=concept is last and concept.words[0] not in counting))
    return _as_sold(_without_properties(said or once))


def _without_properties(concepts: tuple[Concept, ...]) -> tuple[Concept, ...]:
    """Without the word beside a value that says what it is the value of: "voltage 24 V" is sold as 24 V."""
    values = ["", *(properties.value_of(concept.names, concept.size) for concept in concepts), ""]
    return tuple(
        concept
        for place, concept in enumerate(concepts)
        if not properties.is_said_by(concept.words, values[place], values[place + 2], is_last=place + 1 == len(concepts))
    )


def _as_sold(concepts: tuple[Concept, ...]) -> tuple[Concept, ...]:
    """The sizes as they are said of the goods beside them: of screens, of what stores data, and of paper."""
    said = {word for concept in concepts for words in concept.names for word in words}
    return tuple(replace(concept, size=_size_of(said, concept.written, concept.size)) if concept.size else concept for concept in concepts)


def _size_of(said: set[str], written: str, size: units.Measure) -> units.Measure:
    if not SCREENED.isdisjoint(said):
        size = rounding.by_diagonal(size)
    if not STORING.isdisjoint(said):
        size = rounding.by_storage(written, size)
    return rounding.by_mains(size if IN_SHEETS.isdisjoint(said) else rounding.by_sheet(size))


def _said(concept: Concept) -> tuple[str, ...]:
    """What a concept says: a word written twice asks for nothing more."""
    return concept.size.tokens if concept.size else concept.codes or concept.words


def _is_empty(concept: Concept, *, is_last: bool) -> bool:
    """Whether a concept says nothing: a little word, or a single Han character that no table knows and that is not at the end, where Chinese
    names the thing.
    """
    if len(concept.words) > 1 or concept.size:
        return False
    word = concept.words[0]
    return word in STOP_WORDS or (is_sign(word) and not concept.synonyms and not is_last)


def _glued(key: tuple[str, ...], found: tuple[Synonym, ...], vocabulary: Vocabulary, synonyms: Synonyms) -> Concept:
    """Write "head set" as "headset" where the tables and the catalogue know it as one word: the same word beats what it only resembles."""
    one = ("".join(key),)
    if any(synonym.words == one for synonym in found) and vocabulary.frequency("title_en", one[0]):
        return Concept(one, synonyms.find(one))
    return Concept(key, found)


def _longest(
    tokens: list[analysis.Token], index: int, vocabulary: Vocabulary, synonyms: Synonyms, measures: list[units.Measure]
) -> tuple[Concept, int]:
    sized = [m.start for m in measures if m.tokens and m.start > tokens[index].start]
    for length in range(min(LONGEST, len(tokens) - index), 1, -1):
        if any(start <= tokens[index + length - 1].start for start in sized):
            continue
        key = tuple(token.text for token in tokens[index : index + length])
        found = synonyms.find(key)
        if found:
            return _glued(key, found, vocabulary, synonyms), index + length
    single = (tokens[index].text,)
    return Concept(single, synonyms.find(single) + _as_thousands(single[0])), index + 1


def _as_thousands(word: str) -> tuple[Synonym, ...]:
    """A bare number that may also be another (`1.000`) under its other name: as a word a thousand is written without a sign."""
    return (
        tuple(Synonym((units.token(value),)) for value in units.readings(word) if value >= 1_000) if units.ONE_SIGN.fullmatch(word) else ()
    )


def _code_at(
    text: str, tokens: list[analysis.Token], index: int, vocabulary: Vocabulary, *, measures: list[units.Measure], synonyms: Synonyms
) -> tuple[Concept, int] | None:
    """The longest run of tokens from here that is a code of the catalogue: `KN 6205-2RS`, `RB 4017 08 040`. What the tables know is none that
    titles mention: 1080p says how sharp a picture is.
    """
    shortest = SHORT_OF_MAKER if index and vocabulary.frequency("brand", tokens[index - 1].text) else SHORT
    for end in range(min(len(tokens), index + CODE_WORDS), index, -1):
        run = tokens[index:end]
        if any(token.han for token in run):
            continue
        written = text[run[0].start : run[-1].end]
        normal = analysis.code(written)
        if len(normal) < shortest:
            continue
        own = vocabulary.frequency("codes", normal)
        if normal.isalpha() and (not own or _says_something(run, vocabulary)):
            continue
        sized = any(m.start <= run[0].start < m.end for m in measures)
        # What is sold in a size is meant by it, not the part number of the same figures: 30-50 mm is not 3050. But where only goods that are
        # called so have it, it is their number: an "800ps" is a printer, though PS is also a horsepower.
        called = (own + vocabulary.frequency("mentions", normal) if normal == written else -1) if len(run) == 1 else 0
        is_size = any(
            m.start <= run[0].start and run[-1].end <= m.end and (_is_figure(normal, run[-1].end, m) or _sold(m, vocabulary) > called)
            for m in measures
        )
        words = tuple(token.text for token in run)
        is_no_mention = sized or len(normal) < 5 or len(run) > 3 or words in synonyms
        mentioned = 0 if is_no_mention else vocabulary.frequency("mentions", normal)
        if mentioned and not own and _counts(run, vocabulary):
            return Concept(words), end
        if (own and not is_size) or mentioned:
            return Concept(words, codes=(normal,)), end
    return None


def _is_figure(normal: str, end: int, measure: units.Measure) -> bool:
    """Whether a run that ends there is only the figure of a size or of a range whose unit stands apart: 1000 of "1000 gb". A single letter
    may also be a part of the number: a bearing 1210 K.
    """
    return normal.isdigit() and measure.end - end > len(" k") and (measure.span is not None or len(measure.parts) < 2)


def _sold(measure: units.Measure, vocabulary: Vocabulary) -> int:
    """How many goods have this size, or one in its range."""
    return max(vocabulary.frequency("sizes", token) for token in (*measure.tokens, *measure.longer, *measure.between))


def cut_han(tokens: list[analysis.Token], synonyms: Synonyms) -> list[analysis.Token]:
    """Chinese runs cut into the words of the tables, longest first; what no table knows stays as it is."""
    cut: list[analysis.Token] = []
    for token in tokens:
        if not token.han:
            cut.append(token)
            continue
        start, rest = token.start, token.text
        unknown = ""
        while rest:
            # A single character is a word only at the end, where Chinese names the thing: 软线 is a kind of 线.
            shortest = 1 if len(rest) == 1 else 2
            length = next((n for n in range(min(synonyms.longest_han, len(rest)), shortest - 1, -1) if rest[:n] in synonyms.han_words), 0)
            if length:
                if unknown:
                    cut.append(analysis.Token(unknown, start, start + len(unknown), han=True))
                    start, unknown = start + len(unknown), ""
                cut.append(analysis.Token(rest[:length], start, start + length, han=True))
                start, rest = start + length, rest[length:]
            else:
                unknown, rest = unknown + rest[0], rest[1:]
        if unknown:
            cut.append(analysis.Token(unknown, start, start + len(unknown), han=True))
    return cut


def is_known(word: str, vocabulary: Vocabulary) -> bool:
    """Whether any text of the catalogue has a word. What a title or two have in pieces ("A/V cable") is none for that: a "vcable" is a slip."""
    return any(vocabulary.frequency(name, word) > (FEW_GLUED if name == "joined" else 0) for name in KNOWN_FIELDS)
