"""Sizes of a query in the writings of people who ask: dashes of screws, and units in words."""

import pytest

from search import lexical
from tests.search.written_words import Words

SOLD = Words(title_en={"bolt": 60, "nut": 40, "fuse": 9}, sizes={"m8x40": 4, "m10x8": 2, "m8x1.25": 1, "m12x16": 3}, heads={"bolt": 60})


def sizes_of(text: str, words: Words = SOLD) -> list[str]:
    return [concept.size.tokens[0] for concept in lexical.read(text, words).concepts if concept.size]


@pytest.mark.parametrize("text", ["M8-40", "M8/40", "bolt M8-40", "M8-40mm bolt", "M8/40 A2", "螺栓 M8-40", "M8x40", "M8*40"])
def test_a_dash_between_a_thread_and_a_length_that_is_sold_is_a_screws_size(text: str) -> None:
    assert sizes_of(text) == ["m8x40"]


@pytest.mark.parametrize(
    "text",
    [
        "M8-45",  # nobody sells it
        "M8-1.25 bolt",  # a pitch
        "M10-8",  # a nut's strength
        "nut M8-40",
        "M12/16 adapter",
    ],
)
def test_other_dashes_behind_a_thread_stay(text: str) -> None:
    assert all("x" not in size for size in sizes_of(text))


def test_what_is_called_so_is_no_screw() -> None:
    reading = lexical.read("M8-40", Words(sizes={"m8x40": 4}, codes={"m840": 1}))

    assert reading.code
    assert all(concept.size is None or "x" not in concept.size.tokens[0] for concept in reading.concepts)


@pytest.mark.parametrize(
    ("signed", "spoken"),
    [
        ("20A", ["20 A", "20 amp", "20 amps", "20-amp", "20 ampere", "20 amperes"]),
        ("12V", ["12 V", "12 volt", "12 volts", "12-volt", "12volts"]),
        ("5W", ["5 watt", "5 watts", "5-watt", "5 W"]),
        ("100ohm", ["100 ohm", "100 ohms", "100 Ω"]),
    ],
)
def test_a_unit_in_words_is_its_sign(signed: str, spoken: list[str]) -> None:
    assert {tuple(sizes_of(f"{text} fuse")) for text in spoken} == {tuple(sizes_of(f"{signed} fuse"))}
    assert not any(lexical.read(f"{text} fuse", SOLD).count for text in spoken)
