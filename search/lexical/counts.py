"""How many somebody wants, where a query says it: "hex bolt 1000 pcs", "500个螺栓", "qty 250" (pure; asks only the vocabulary).

Counting words say how much somebody buys, not what the thing is, so they are no words to look for. Goods are called by counts too: what
names a set or a packet stays as it is written ("10 pcs set", "pack of 100 pcs", "3 piece valve", "12-pack"), and goods that are called by
the very count are found before others.
"""

import csv
import re
from dataclasses import dataclass

from search import analysis, units
from search.lexical.composing import best
from search.lexical.concepts import known_codes
from search.query import Clause, Constant, Term, Vocabulary
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


def _counting_words() -> dict[str, tuple[str, int]]:
    """As it is written behind a number → (piece or pair, how many of them)."""
    with units.TABLE.open(encoding="utf-8", newline="") as table:
        rows = [row for row in csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE) if row["quantity"] == "count"]
    known = {row["writing"].lower(): (row["unit"], int(row["factor"])) for row in rows}
    return {word + "s" * (word in PLURAL_ONLY): counted for word, counted in known.items() if word not in OTHER_THINGS}


COUNTING = _counting_words()
_latin = "|".join(word for word in COUNTING if not is_han(word))
_han = "|".join(word for word in COUNTING if is_han(word))
COUNT = re.compile(
    rf"(?<![^\s,;:({analysis.HAN}])(?<!\d,)(?<!\bof )(?P<said>(?:qty|quantity|数量)[\s.:：=]*)?"
    r"(?P<number>\d{1,3}(?:[.,]\d{3})+|\d{1,7})(?:\s?(?P<many>[k千万]))?"
    rf"(?:\s?(?:(?P<latin>{_latin})(?!\s?(?:per|set|kit|pack|packet|box|bag|bundle|roll|case|carton|assortment)\b)|(?P<han>{_han})(?![装套盒包袋箱入]))"
    r"|(?(said)|(?!)))(?P<end>\.?(?![^\s,;:)]))?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Count:
    """A count as it was written, and how many pieces or pairs it is; `called` matches the goods that are called by it."""

    written: str
    number: int
    called: Clause


def counted(text: str, vocabulary: Vocabulary, synonyms: Synonyms) -> tuple[str, Count | None]:
    """(the text that is searched for, how many are wanted). A text that is nothing but a count, or a code, stays as it is."""
    found = [match for match in COUNT.finditer(text) if _is_count(match, vocabulary, synonyms)]
    if len(found) != 1:
        return text, None
    match = found[0]
    rest = f"{text[: match.start()].rstrip(' ,;:')} {text[match.end() :].lstrip(' ,;:')}".strip()
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


def _called(number: int, calls: tuple[str, ...], vocabulary: Vocabulary) -> Clause:
    """Goods whose title has the number beside such a word, or glued to it."""
    asked = [(field, f"{number}{call}") for field in ("joined", "title_en") for call in calls]
    asked += [("joined", f"of{number}")] if "pack" in calls else []
    vocabulary.learn(frozenset(word for _, word in asked))
    known = tuple(Term(field, word) for field, word in asked if vocabulary.frequency(field, word))
    return best(tuple(Constant(term, CALLED) for term in known))
