"""What a text leaves out: a word with a sign before it, as in "usb cable -hdmi" (pure; asks only the engine's vocabulary).

Only a sign at the start or behind a space, with its word right behind it, is one: `USB-C` and `QZ-4017-M8` are what they were.
So are numbers below zero, and a part number that somebody writes with a space before its hyphen (`6205 -2RS`). Words in quotes
behind a sign are left out where they stand together: -"usb c".
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from search import analysis, units
from search.lexical.composing import within
from search.lexical.concepts import CODE_WORDS
from search.lexical.fields import HAN_FIELDS, LATIN_FIELDS, SIGN_FIELDS
from search.query import AllOf, AnyOf, Clause, Exclusion, Nothing, Phrase, Term, Vocabulary
from search.synonyms import Synonyms, in_force, is_chinese, is_sign, key_of

QUOTES = '"“”„«»'
PIECE = re.compile(rf"[-−–－][{QUOTES}][^{QUOTES}]+[{QUOTES}](?!\S)|\S+")
SIGNED = re.compile(rf"[-−–－](?=[{QUOTES}]?[^\W_])(.+)")
_degrees = r"\d+(?:[.,]\d+)?(?:°?[cfk]|[°℃℉]|摄氏度|v(?:dc|ac)?|dbm?|%)?"
BELOW_ZERO = re.compile(rf"{_degrees}(?:(?:\.{{2,3}}|[…~～+/–至到-]|to)[+−–-]?{_degrees})?", re.IGNORECASE)
"""What can be less than nothing: a bare number, degrees, volts, decibels, percent, and a range that begins there (-20...60°C)."""
NOT = re.compile(rf"(?:(?<!\S)not\s+|(?:不要|排除)\s*)(?=[{QUOTES}]?[^\W_])", re.IGNORECASE)
WITHOUT = re.compile(
    rf"(?:(?<!\S)(?:without|w/o|excluding|excl\.?|except|no)\s+|(?:不带|不含|不包括|不包含|除了|没有)\s*)(?=[{QUOTES}]?[^\W_])",
    re.IGNORECASE,
)
IN_ONE_WORD = re.compile(r"(?<!\S)w/o(?=\s)|不带|不含|不包括|不包含|除了|没有", re.IGNORECASE)
"""Of these the writings that no table cuts out of a text."""
FIELDS = tuple(dict.fromkeys(name for name, _ in (*LATIN_FIELDS, *HAN_FIELDS) if name != "category"))
"""Words of a category are none of its goods: "Printers, scanners and fax" holds printers that fax nothing."""
SHORT_FIELDS = ("title_zh", "brand", "keywords")
SEVERAL = re.compile(r"[,/&，、与和及]|\band\b")
"""What parts several kinds of goods in the name of one category."""
CODES = ("codes", "mentions")


def with_signs(text: str) -> str:
    """A text with signs where it says "not": "gloves not nitrile" is "gloves -nitrile". "Without" stays a word, for goods are sold so:
    "cable without connector" wants what says the same. A word that is also asked for is left out with the next one only: "usb c cable not
    usb a" wants no "usb a".
    """
    pieces = NOT.sub(_sign, text).split()
    return " ".join(_with_next_word(pieces) if NOT.search(text) else pieces)


def _with_next_word(pieces: list[str]) -> list[str]:
    for n, piece in enumerate(pieces[:-1]):
        is_asked_for = SIGNED.fullmatch(piece) and piece[1:].lower() in map(str.lower, pieces[:n])
        if is_asked_for and not SIGNED.fullmatch(pieces[n + 1]):
            pieces[n : n + 2] = [f'-"{piece[1:]} {pieces[n + 1]}"']
    return pieces


def spelt_out(text: str) -> str:
    """A text that says "without" as a word of its own, in whichever language: 打印机不带扫描."""
    return IN_ONE_WORD.sub(" without ", text)


def meant_out(text: str) -> str:
    """A text with signs where it says "without" or "no", for whoever offers to leave out what goods are also sold without; "" if it does not.
    What the tables know is no such thing: a "no frost" refrigerator.
    """
    signed = " ".join(WITHOUT.sub(lambda said: said[0] if key_of(_with_next(said)) in in_force() else _sign(said), text).split())
    return "" if signed == " ".join(text.split()) or signed.startswith("-") else signed


def _with_next(said: re.Match[str]) -> str:
    return said[0] + said.string[said.end() :].split(maxsplit=1)[0]


def _sign(said: re.Match[str]) -> str:
    following = said.string[said.end() :].split(maxsplit=1)[0]
    return said[0] if BELOW_ZERO.fullmatch(following) else " -"


def parted(text: str, vocabulary: Vocabulary, synonyms: Synonyms | None = None) -> tuple[str, tuple[Exclusion, ...]]:
    """(the text that is searched for, what it leaves out). The word itself counts, in either number and by its name in the other language,
    and none of its synonyms: whoever leaves out 无线 wants nothing wireless.
    """
    pieces = PIECE.findall(text)
    signed = {n: word for n, piece in enumerate(pieces) if (word := _signed(piece))}
    if not signed:
        return text, ()
    names = {n: [signed[n], *_translated(signed[n], synonyms or in_force())] for n in signed}
    vocabulary.learn(frozenset(asked for n in signed for asked in (*_asked(pieces, n), *_words(" ".join(names[n])))))
    left_out = [n for n in signed if not _is_code(pieces, n, vocabulary)]
    exclusions = {pieces[n]: Exclusion(pieces[n], _named(names[n], vocabulary, is_quoted=pieces[n][1] in QUOTES)) for n in left_out}
    return _without(pieces, exclusions), tuple(exclusions.values())


def with_categories(exclusion: Exclusion, categories: Iterable[tuple[str, Iterable[str]]]) -> Exclusion:
    """What a query leaves out, with the goods of categories that are of one kind and called so: "cartridge -toner" leaves out all toner
    cartridges, whatever their titles say. `categories` are slugs with the category's own name in each language.
    """
    wanted = _words(word_of(exclusion))
    called = [Term("categories", slug) for slug, names in categories if any(wanted <= _kind(name) for name in names)]
    return replace(exclusion, clause=AnyOf((exclusion.clause, *called))) if called else exclusion


def _words(text: str) -> frozenset[str]:
    stems, pairs = analysis.words(text)
    return frozenset((*stems, *pairs))


@lru_cache(maxsize=5_000)
def _kind(name: str) -> frozenset[str]:
    """The words of a category's name that hold for each of its goods; none where it names several kinds."""
    return frozenset() if SEVERAL.search(name) else _words(name)


def signless(text: str) -> str:
    """A text without its signed words, for whoever only wants to know what it is about."""
    return " ".join(piece for piece in PIECE.findall(text) if not _signed(piece))


def kept(text: str, without: Iterable[Exclusion]) -> str:
    """A text without what it leaves out."""
    return _without(PIECE.findall(text), (exclusion.written for exclusion in without))


def _without(pieces: list[str], left_out: Iterable[str]) -> str:
    """What is searched for: neither what is left out, nor the same word without its sign, which no hit can have ("usb cable -usb")."""
    gone = {analysis.words(written) for written in left_out}
    return " ".join(piece for piece in pieces if analysis.words(piece) not in gone)


def word_of(exclusion: Exclusion) -> str:
    """The word, or the words, without sign and quotes."""
    return exclusion.written[1:].strip(QUOTES)


def _signed(piece: str) -> str | None:
    """The word behind a sign, or the words in quotes; None for anything else."""
    match = SIGNED.fullmatch(piece)
    return match[1].strip(QUOTES) if match and not BELOW_ZERO.fullmatch(match[1]) else None


def _codes_ending(pieces: list[str], n: int) -> list[str]:
    """What a piece makes together with those before it, as a part number."""
    return [analysis.code("".join(pieces[start : n + 1])) for start in range(max(0, n - CODE_WORDS + 1), n)]


def _is_code(pieces: list[str], n: int, vocabulary: Vocabulary) -> bool:
    return any(vocabulary.frequency(name, code) for code in _codes_ending(pieces, n) for name in CODES)


def _asked(pieces: list[str], n: int) -> list[str]:
    """All that the vocabulary may be asked about one signed piece; never an empty word."""
    stems, pairs = analysis.words(pieces[n])
    asked = [
        *stems,
        *pairs,
        "".join(stems),
        *_sizes(pieces[n][1:].strip(QUOTES)),
        *analysis.code_forms(pieces[n]),
        *_codes_ending(pieces, n),
    ]
    return [word for word in asked if word]


def _sizes(written: str) -> tuple[str, ...]:
    """The size that a word is as a whole: "8x40" leaves out M8 × 40, and no other bolt of 40 mm."""
    plain = units.plain(written)
    return tuple(token for m in units.measures(plain) if (m.start, m.end) == (0, len(plain)) for token in (*m.tokens, *m.between))


def _translated(written: str, synonyms: Synonyms) -> list[str]:
    """What a word is called in the other language."""
    key = key_of(written)
    others = [other.words for other in synonyms.find(key) if other.weight == 1.0 and is_chinese(other.words) != is_chinese(key)]
    return [" ".join(words) for words in others]


def _named(names: list[str], vocabulary: Vocabulary, *, is_quoted: bool) -> Clause:
    own, *others = names
    found = [_matching(own, vocabulary, is_quoted=is_quoted), *(_matching(other, vocabulary, is_quoted=" " in other) for other in others)]
    known = tuple(clause for clause in found if not isinstance(clause, Nothing))
    return known[0] if len(known) == 1 else AnyOf(known) if known else Nothing()


def _matching(written: str, vocabulary: Vocabulary, *, is_quoted: bool) -> Clause:
    """Goods with the word in any of their texts, as their size or as their part number; of words in quotes those that have them together."""
    found = [Term("sizes", size) for size in _sizes(written) if vocabulary.frequency("sizes", size)]
    found += [Term(name, form) for name in CODES for form in analysis.code_forms(written) if vocabulary.frequency(name, form)]
    texts = _together(written, vocabulary) if is_quoted else _in_texts(written, FIELDS, vocabulary)
    return AnyOf((*texts, *found)) if texts or found else Nothing()


def _in_texts(written: str, fields: Iterable[str], vocabulary: Vocabulary) -> list[Clause]:
    stems, pairs = analysis.words(written)
    pieces = (*stems, *pairs)
    if len(pieces) == 1 and is_sign(pieces[0]):
        return [within(name, pieces[0]) for name, _ in SIGN_FIELDS]
    return [
        AllOf(tuple(Term(name, piece) for piece in pieces)) if len(pieces) > 1 else Term(name, pieces[0])
        for name in fields
        if all(vocabulary.frequency(name, piece) for piece in pieces)
    ]


def _together(written: str, vocabulary: Vocabulary) -> list[Clause]:
    """Words in quotes: beside each other or glued ("USBC") in a title, or in a field of few words. A description keeps no places, so several
    words in it leave nothing out.
    """
    stems, _ = analysis.words(written)
    if len(stems) < 2:
        return _in_texts(written, FIELDS, vocabulary)
    found = _in_texts(written, SHORT_FIELDS, vocabulary)
    glued = "".join(stems)
    if all(vocabulary.frequency("title_en", stem) for stem in stems):
        found.append(Phrase("title_en", stems))
    if vocabulary.frequency("title_en", glued):
        found.append(Term("title_en", glued))
    return found
