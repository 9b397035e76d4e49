"""What a variant's label adds to its title."""

import pytest

from marketplace.catalogue.titles import beside


@pytest.mark.parametrize(
    ("label", "title"),
    [
        ("M8 × 40", "Bolt M8×40 A2"),
        ("M5x10", "Vite M5 × 10-30"),
        ("black", "Cable tie, Black"),
        ("红色", "电缆红色3米"),
        ("3 米", "电缆3米"),
        ("+", "A + B"),
    ],
)
def test_a_label_that_the_title_says_in_any_spelling_adds_nothing(label: str, title: str) -> None:
    assert beside(label, title) == ""


@pytest.mark.parametrize(
    ("label", "title"),
    [("M8 × 40", "Bolt M8×400"), ("10", "Bolt M10"), ("XL", "T-shirt XXL"), ("natural", "Cable tie"), ("DN 20 (3/4 in)", "Valve DN 15–50")],
)
def test_a_part_of_a_longer_word_or_number_is_not_the_label(label: str, title: str) -> None:
    assert beside(label, title) == label


def test_no_label_adds_nothing() -> None:
    assert beside(None, "Bolt") == beside("", "Bolt") == ""
