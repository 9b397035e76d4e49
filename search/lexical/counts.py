"""How many somebody wants, where a query says it: "hex bolt 1000 pcs", "500个螺栓", "qty 250", and without a counting word "5000 hex bolt" and
"hex bolt x 200" (pure; asks only the vocabulary).

Counting words say how much somebody buys, not what the thing is, so they are no words to look for. Goods are called by counts too: what
names a set or a packet stays as it is written ("10 pcs set", "pack of 100 pcs", "3 piece valve", "12-pack"), and goods that are called by
the very count are found before others.
"""

import csv
import re
from dataclasses import dataclass

from search import analysis, units
from search.lexical.composing import best
from search.lexical.concepts import SHORT, known_codes
from search.query import Clause, Constant, Term, Vocabulary
from search.spelling import TOGETHER
from search.synonyms import Synonyms, is_han

CALLED = 8.0
"""Of goods that are called by the count: as much as of those that are headed by the noun."""
CALLS = {"piece": ("pc", "pcs", "piece", "pack"), "pair": ("pair",)}
"""How titles write what they count."""
OTHER_THINGS = frozenset(["pc", "st", "k", "m pcs", "each", "hundred", "thousand", "gross", "百", "千", "万"])
"""Counting words that may be something else behind a number: a machine, a street, a resistance, a weight, a part of the number."""
PLURAL_ONLY = frozenset(["piece", "unit", "pair"])
"""Of these the singular says what a thing is: a 3 piece valve, a 10 unit rack."""
MULTIPLES = {"k": 1_000, "千": 1_000, "万": 10_000}

LEAST_BARE, MOST_FIGURES = 10, 2
"""Of a number that stands alone before a thing: the least that is a quantity, and its figures before its zeros. 5000 and 250 are ordered,
4017 and 6205 name a thing.
"""
HAD = frozenset(
    [
        "bay", "bit", "button", "channel", "core", "day", "degree", "door", "drawer", "grade", "grit", "hole", "hour", "key", "layer", "lumen",
        "mesh", "minute", "outlet", "page", "part", "pin", "ply", "point", "pole", "port", "seat", "series", "sheet", "shelf", "slot", "speed",
        "stage", "step", "thread", "tooth", "watt", "way", "year", "zone",
    ]
)  # fmt: skip
"""What a thing has a number of: behind a number none of these is what is ordered, in the singular as English writes it before a noun."""

SHORTEST_THING = 3
"""Letters of a word that is ordered rather than a unit of some trade: 110 cc."""


def _counting_rows() -> list[dict[str, str]]:
    with units.TABLE.open(encoding="utf-8", newline="") as table:
        return [row for row in csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE) if row["quantity"] in units.COUNTING]


def _counting_words() -> dict[str, tuple[str, int]]:
    """As it is written behind a number → (piece or pair, how many of them)."""
    known = {row["writing"].lower(): (row["unit"], int(row["factor"])) for row in _counting_rows() if row["quantity"] == "count"}
    return {word + "s" * (word in PLURAL_ONLY): counted for word, counted in known.items() if word not in OTHER_THINGS}


COUNTING = _counting_words()
NOT_ORDERED = HAD | {"case", "kit", "pack", "packet", "set", *(row["writing"].lower() for row in _counting_rows())}
"""Behind a number without more: what things have, and what counts or packs them, which `COUNT` reads where it says a quantity."""
_latin = "|".join(word for word in COUNTING if not is_han(word))
_han = "|".join(word for word in COUNTING if is_han(word))
COUNT = re.compile(
    rf"(?<![^\s,;:({analysis.HAN}])(?<!\d,)(?<!\bof )(?P<said>(?:qty|quantity|数量)[\s.:：=]*)?"
    r"(?P<number>\d{1,3}(?:[.,]\d{3})+|\d{1,7})(?:\s?(?P<many>[k千万]))?"
    rf"(?:\s?(?:(?P<latin>{_latin})(?!\s?(?:per|set|kit|pack|packet|box|bag|bundle|roll|case|carton|assortment)\b)|(?P<han>{_han})(?![装套盒包袋箱入]))"
    r"|(?(said)|(?!)))(?P<end>\.?(?![^\s,;:)]))?",
    re.IGNORECASE,
)
_number = r"(?P<number>[1-9]\d{0,2}(?:[.,]\d{3})+|[1-9]\d{0,6})"
LEADING = re.compile(rf"{_number}(?:(?P<times>\s?[x×]\s)|\s)\s*(?=[^\W\d_])(?![x×*]\s?\d)", re.IGNORECASE)
TRAILING = re.compile(rf"\s[x×*](?P<apart>\s?){_number}$", re.IGNORECASE)
FASTENER = re.compile(r"m\d+(?:\.\d+)?x\d+(?:\.\d+)?")
"""A thread and its length: nothing more is said of its size."""


@dataclass(frozen=True, slots=True)
class Count:
    """A count as it was written, and how many pieces or pairs it is; `called` matches the goods that are called by it."""

    written: str
    number: int
    called: Clause


def counted(text: str, vocabulary: Vocabulary, synonyms: Synonyms) -> tuple[str, Count | None]:
    """(the text that is searched for, how many are wanted). A text that is nothing but a count, or a code, stays as it is."""
    found = [match for match in COUNT.finditer(text) if _is_count(match, vocabulary, synonyms)]
    if not found:
        return _without_word(text.strip(), vocabulary, synonyms)
    if len(found) != 1:
        return text, None
    match = found[0]
    rest = f"{text[: match.start()].rstrip(' ,;:-–')} {text[match.end() :].lstrip(' ,;:')}".strip()
    unit, factor = COUNTING[(match["latin"] or match["han"] or "pcs").lower()]
    number = int(re.sub(r"[.,]", "", match["number"])) * MULTIPLES.get((match["many"] or "").lower(), 1) * factor
    if not number or not analysis.split(rest) or known_codes(analysis.fold(text), vocabulary):
        return text, None
    return rest, Count(match[0].strip(), number, _called(number, CALLS[unit], vocabulary))


def _is_count(match: re.Match[str], vocabulary: Vocabulary, synonyms: Synonyms) -> bool:
    """Whether the counting word ends there: 10台 of "10台灯" is the beginning of a lamp, and "10pcsx" is nothing."""
    following = match.string[match.end() : match.end() + 1]
    if not match["han"]:
        return match["end"] is not None or (bool(following) and is_han(following))
    if not following or not is_han(following):
        return True
    pair = match["han"] + following
    return not (vocabulary.frequency("title_zh", pair) or any(word.startswith(pair) for word in synonyms.han_words))


def _without_word(text: str, vocabulary: Vocabulary, synonyms: Synonyms) -> tuple[str, Count | None]:
    """The same where no counting word says so: a number before a thing, or behind one and "x"."""
    leading, trailing = LEADING.match(text), TRAILING.search(text)
    match, rest = (leading, text[leading.end() :]) if leading else (trailing, text[: trailing.start()] if trailing else "")
    if (
        match is None
        or (leading and trailing)
        or not _names_a_thing(rest, vocabulary, synonyms)
        or known_codes(analysis.fold(text), vocabulary)
    ):
        return text, None
    written = re.sub(r"[.,]", "", match["number"])
    if leading:
        said = bool(leading["times"]) or _is_ordered(written, text, rest, vocabulary, synonyms)
    else:
        said = _is_times(match, rest, vocabulary)
    if not said:
        return text, None
    fields = ("title_en", "codes", "mentions") if leading else ("title_en", "joined")
    called = tuple(Term(name, written if leading else f"x{written}") for name in fields)
    known = tuple(Constant(term, CALLED) for term in called if vocabulary.frequency(term.field, term.value))
    return rest.strip(), Count(match[0].strip(), int(written), best(known))


def _names_a_thing(text: str, vocabulary: Vocabulary, synonyms: Synonyms) -> bool:
    """Whether some word of a text heads a title, is one of the trade or a code."""
    words = [token.text for token in analysis.split(text)]
    return any(
        is_han(word) or word in synonyms.words or vocabulary.frequency("heads", word) or _is_code(word, vocabulary) for word in words
    )


def _is_code(word: str, vocabulary: Vocabulary) -> bool:
    """Whether a word is a code of the catalogue, with signs enough to tell."""
    return len(word) >= SHORT and any(vocabulary.frequency(name, word) for name in ("codes", "mentions"))


def _is_ordered(number: str, text: str, rest: str, vocabulary: Vocabulary, synonyms: Synonyms) -> bool:
    """Whether a number before a thing is a quantity: neither the beginning of a size, nor a standard or a material of the tables, nor what
    titles write before that word, nor how many of something the thing has.
    """
    following = analysis.split(rest)[0].text
    is_size = any(measure.start == 0 for measure in units.measures(units.plain(text)))
    is_round = int(number) >= LEAST_BARE and len(number.rstrip("0")) <= MOST_FIGURES
    is_short = following.isalpha() and len(following) < SHORTEST_THING and not is_han(following)
    is_unit = is_short and not vocabulary.frequency("heads", following)
    if is_size or is_unit or not is_round or (number,) in synonyms or following in NOT_ORDERED:
        return False
    return max(vocabulary.frequency(name, number + following) for name in ("joined", "title_en")) < TOGETHER


def _is_times(match: re.Match[str], rest: str, vocabulary: Vocabulary) -> bool:
    """Whether "x 200" behind a thing is a quantity: it goes on with no size, 10 x 200; behind a fastener's, which ends there, also x200."""
    size = next((measure for measure in units.measures(units.plain(rest)) if measure.end == len(rest)), None)
    if size:
        return FASTENER.fullmatch(size.tokens[0]) is not None
    last = analysis.split(rest)[-1].text
    return bool(match["apart"]) and (not last[0].isdigit() or _is_code(last, vocabulary))


def _called(number: int, calls: tuple[str, ...], vocabulary: Vocabulary) -> Clause:
    """Goods whose title has the number beside such a word, or glued to it."""
    asked = [(field, f"{number}{call}") for field in ("joined", "title_en") for call in calls]
    asked += [("joined", f"of{number}")] if "pack" in calls else []
    vocabulary.learn(frozenset(word for _, word in asked))
    known = tuple(Term(field, word) for field, word in asked if vocabulary.frequency(field, word))
    return best(tuple(Constant(term, CALLED) for term in known))
