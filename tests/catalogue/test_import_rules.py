"""The categories of the operator's import: what spares trying every rule never hides one."""

import random
import re

import pytest

from marketplace.catalogue.importing import rules


def by_trying_all(title: str) -> str:
    """The first rule that fits, without any hint."""
    text = f" | {title}".casefold()
    return next(rule.slug for rule in rules.category_rules() if rule.words is None or rule.words.search(text))


def test_hints_never_change_the_category() -> None:
    chance = random.Random(7)
    pieces = [word for rule in rules.category_rules() if rule.words for word in re.findall(r"[a-z0-9]+", rule.words.pattern)]
    found = set()
    for _ in range(5_000):
        words = [chance.choice(pieces) + chance.choice(["", "s", "-", "x"]) + chance.choice(["", chance.choice(pieces)]) for _ in range(3)]
        title = " ".join(words)

        assert rules.category_for(title, "") == by_trying_all(title), title
        found.add(rules.category_for(title, ""))
    assert len(found) > 30


@pytest.mark.parametrize(
    ("expression", "pieces"),
    [
        (r"\bdoll|toy\b", ["doll", "toy"]),
        (r"warrant|on-?site|pick & return", ["warrant", "site", "return"]),
        (r"label(s|led)?|licen[cs]e", ["label", "licen"]),
        (r"colou?r", ["colo"]),
        (r"toner|(ink|wax)", ["toner", "ink", "wax"]),
        (r"\b(cd|dvd)[-+]r", ["cd", "dvd"]),
        (r"(note|net)book\b(?=.*(intel|amd))", ["book"]),
        (r"(ink|wax)?", None),
        (r"(ink|x)", None),
        (r"(ink|wa(x|y))", None),
        (r"(?=ink|wax)", None),
        (r"x|toner", None),
        (r"cat ?[5-8]", ["cat"]),
    ],
)
def test_a_sure_piece_stands_in_whatever_the_expression_finds(expression: str, pieces: list[str] | None) -> None:
    assert rules.sure_pieces(expression) == pieces
