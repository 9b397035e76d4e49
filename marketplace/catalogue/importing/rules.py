"""Where the operator's import puts a thing: keyword rules over its title and type, the first that fits (decisions.md 31).

The rules are rows of `office_categories.tsv`: slug, name in English and Chinese, and a regular expression in lower case; the order
decides, and the last row without an expression takes what is left.
"""

import csv
import re
from dataclasses import dataclass
from functools import lru_cache, reduce
from operator import or_
from pathlib import Path
from typing import Any

ROOT = "office-and-it"
TABLE = Path(__file__).parent / "office_categories.tsv"
AFTER_ALL_OTHERS = 1_000
"""Where these categories begin in the order of the tree."""


ALTERNATIVE = re.compile(r"\\.|\[[^]]*]|[^|()\[\]\\]|[|()]")
PIECE = re.compile(r"[^\W_]+")
SHORTEST = 2
"""Letters of a piece that say enough; pieces are kept by as many."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A category and what its things are called; `bit` is its place as a power of two."""

    slug: str
    en: str
    zh: str
    words: re.Pattern[str] | None
    bit: int


@lru_cache(maxsize=1)
def category_rules() -> tuple[Rule, ...]:
    """The rules in their order."""
    with TABLE.open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source, delimiter="\t", quoting=csv.QUOTE_NONE))
    return tuple(
        Rule(row["slug"], row["en"], row["zh"], re.compile(row["words"]) if row["words"] else None, 1 << place)
        for place, row in enumerate(rows)
    )


def sure_pieces(expression: str) -> list[str] | None:
    """Runs of letters and digits of which one stands in whatever the expression finds; None if there are none for one of its alternatives.

    An alternative has its longest run; else the words of a group that it is sure to have, such as `(cd|dvd)[-+]r`. Other groups and classes
    are passed over, and a letter that may be absent ends a run.
    """
    pieces: list[str] = []
    depth, runs, groups, before = 0, [""], list[str](), ""
    for part in [*ALTERNATIVE.findall(expression), "|"]:
        if part == "|" and not depth:
            sure = [max((piece for run in runs for piece in PIECE.findall(run)), key=len, default="")]
            for words in [sure, *(group.split("|") for group in groups)]:
                if all(len(word) >= SHORTEST and word.isalnum() for word in words):
                    pieces += words
                    break
            else:
                return None
            runs, groups = [""], []
        elif part == "(" and not depth:
            depth = 1
            groups.append("")
        elif part == ")" and depth == 1:
            depth = 0
            runs.append("")
        elif depth:
            depth += {"(": 1, ")": -1}.get(part, 0)
            groups[-1] += part
        elif part in "?*{":
            runs[-1] = runs[-1][:-1]
            runs.append("")
            if before == ")":
                groups.pop()
        elif len(part) > 1 or not part.isalnum():
            runs.append("")
        else:
            runs[-1] += part
        before = part
    return pieces


@lru_cache(maxsize=1)
def _pieces() -> tuple[dict[str, list[tuple[str, int]]], int]:
    """(sure pieces with the rules that they speak for, by their first letters; the rules that always have to be tried)."""
    pieces: dict[str, list[tuple[str, int]]] = {}
    always = 0
    for rule in category_rules():
        sure = sure_pieces(rule.words.pattern) if rule.words else None
        if sure is None:
            always |= rule.bit
        for piece in sure or ():
            pieces.setdefault(piece[:SHORTEST], []).append((piece, rule.bit))
    return pieces, always


@lru_cache(maxsize=50_000)
def _hinted(word: str) -> int:
    """The rules that a word may satisfy: words repeat, and trying forty expressions at each title took a seventh of an import."""
    pieces, _ = _pieces()
    hints = 0
    for place in range(len(word) - SHORTEST + 1):
        for piece, bit in pieces.get(word[place : place + SHORTEST], ()):
            if word.startswith(piece, place):
                hints |= bit
    return hints


def category_table() -> dict[str, Any]:
    """The categories of the rules, as `services.load_categories` takes them; after all others in the tree."""
    root: dict[str, Any] = {
        "slug": ROOT,
        "parent": None,
        "en": "Office and IT",
        "zh": "办公与 IT",
        "unspsc": "43000000",
        "hs": [],
        "leaf": False,
    }
    leaves: list[dict[str, Any]] = [
        {"slug": slug, "parent": ROOT, "en": en, "zh": zh, "unspsc": None, "hs": [], "leaf": True, "attributes": []}
        for slug, en, zh in ((rule.slug, rule.en, rule.zh) for rule in category_rules())
    ]
    return {"attributes": [], "categories": [row | {"position": AFTER_ALL_OTHERS + n} for n, row in enumerate([root, *leaves])]}


def category_for(title: str, kind: str) -> str:
    """The slug of the category for a thing with this title and type."""
    text = f"{kind} | {title}".casefold()
    hints = reduce(or_, map(_hinted, text.split()), _pieces()[1])
    rules = category_rules()
    while True:
        rule = rules[(hints & -hints).bit_length() - 1]  # the first whose bit is set; the last one takes everything
        if rule.words is None or rule.words.search(text):
            return rule.slug
        hints &= hints - 1
