"""One contract for every engine: what a figure, a part number or a size is beside other words."""

import pytest

from search import asking
from search import plan as plans
from tests.search.rows import make_row
from tests.search.subjects import EVERYBODY, Subject, numbers, search


def having(subject: Subject, text: str) -> list[int]:
    """The variants that have every word, in order."""
    return numbers(subject.find(asking.strict(plans.build(text, vocabulary=subject.vocabulary(), visibility=EVERYBODY))))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("hoist 1.000 kg", [1, 2]), ("hoist 1,000 kg", [1]), ("hoist 1000kg", [1]), ("hoist 1 kg", [2]), ("hoist 1 t", [1])],
)
def test_a_figure_that_can_be_two_numbers_finds_both_the_likelier_first(subject: Subject, text: str, expected: list[int]) -> None:
    subject.write([make_row(1, titles={"en": "Hoist 1000 kg"}), make_row(2, titles={"en": "Hoist 1 kg"}), make_row(3)])

    assert having(subject, text) == expected


@pytest.mark.parametrize("text", ["labels 1.000 sheets", "labels 1,000 sheets", "labels 1000 sheets"])
def test_a_count_is_found_in_any_writing_of_thousands(subject: Subject, text: str) -> None:
    subject.write([make_row(1, titles={"en": "Labels, 1,000 sheets"}), make_row(2, titles={"en": "Labels, 1 sheet"}), make_row(3)])

    assert having(subject, text) == [1]


def test_of_the_goods_with_a_code_those_with_the_other_words_come_first(subject: Subject) -> None:
    subject.write(
        [
            make_row(1, titles={"en": "Bearing"}, sku="6205"),
            make_row(2, titles={"en": "Bearing 6205 sealed"}),
            make_row(3, titles={"en": "Bearing 6205 with a long title that says very much of where it is made and packed"}),
            make_row(4, titles={"en": "Seal kit, sealed in blue bags"}),
        ]
    )

    assert numbers(search(subject, "6205 bearing sealed blue"))[:3] == [2, 1, 3]


def test_of_goods_that_have_the_other_words_alike_the_own_code_counts(subject: Subject) -> None:
    subject.write([make_row(1, titles={"en": "Adapter for the toner D111S"}), make_row(2, titles={"en": "Toner"}, sku="D111S")])

    assert numbers(search(subject, "D111S toner blue")) == [2, 1]
