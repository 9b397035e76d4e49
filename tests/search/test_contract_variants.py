"""One contract for every engine: of what a product's text says of all its variants, each has what its own values say."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from search import asking
from search import plan as plans
from search.documents import AttributeValue, IndexRow, axes_of
from tests.search.rows import make_row
from tests.search.subjects import EVERYBODY, Subject, numbers

CHOICES = {
    "m": ("M",),
    "l": ("L",),
    "2xl": ("2XL",),
    "black": ("Black", "黑色"),
    "white": ("White", "白色"),
    "steel": ("Steel, zinc plated",),
    "a4": ("Stainless steel A4",),
}


def choice(code: str) -> AttributeValue:
    return AttributeValue(code, texts=CHOICES[code])


def having(subject: Subject, text: str) -> list[int]:
    """The variants that have every word."""
    plan = asking.strict(plans.build(text, vocabulary=subject.vocabulary(), visibility=EVERYBODY))
    return sorted(numbers(subject.find(plan)))


def family(own: Sequence[dict[str, AttributeValue]], **shared: object) -> list[IndexRow]:
    """One product with a variant for each set of own attributes, numbered from 1."""
    axes = axes_of(own)
    return [make_row(n, product_id=UUID(int=0x6000), axes=axes, attributes=attributes, **shared) for n, attributes in enumerate(own, 1)]


def test_a_size_is_that_of_the_variant_though_the_text_names_all(subject: Subject) -> None:
    subject.write(family([{"size": choice(code)} for code in ("m", "l", "2xl")], titles={"en": "Warning vest, sizes M–2XL"}))

    assert having(subject, "warning vest 2XL") == [3]
    assert having(subject, "warning vest sizes") == [1, 2, 3]


def test_a_colour_is_that_of_the_variant_in_every_text(subject: Subject) -> None:
    subject.write(
        family(
            [{"colour": choice("black")}, {"colour": choice("white")}],
            titles={"en": "Cable tie, black or white", "zh-Hans": "扎带，黑色或白色"},
            descriptions={"en": "White for inside, black for outside"},
            keywords=("black tie",),
        )
    )

    assert [having(subject, text) for text in ("cable tie black", "扎带 白色", "cable tie -black")] == [[1], [2], [2]]


def test_a_number_that_counts_is_that_of_the_variant(subject: Subject) -> None:
    rows = family([{"cores": AttributeValue(float(n))} for n in (3, 4, 12)], titles={"en": "Control cable 2.5 mm², 3 to 12 cores"})
    subject.write(replace(row, label=f"{n} × 2.5 mm²") for row, n in zip(rows, (3, 4, 12), strict=True))

    assert having(subject, "control cable 2.5 mm² 3 core") == [1]
    assert having(subject, "control cable 12 core") == [3]


def test_a_length_in_the_text_is_that_of_the_variant_and_its_digits_are_no_word(subject: Subject) -> None:
    subject.write(family([{"length": AttributeValue(float(n), "m")} for n in (1, 2, 3)], titles={"en": "USB 3 lead, 1-3 m"}))

    assert [having(subject, text) for text in ("usb 3 lead 3 m", "usb 3 lead 2 m", "usb lead 1m")] == [[3], [2], [1]]


def test_a_size_that_every_variant_has_stays_though_one_is_told_by_it(subject: Subject) -> None:
    """A tube of 20 mm is sold in pieces of 20 and of 50 mm."""
    diameter = AttributeValue(20.0, "mm")
    subject.write(family([{"length": AttributeValue(float(n), "mm"), "diameter": diameter} for n in (20, 50)], titles={"en": "Tube 20 mm"}))

    assert having(subject, "tube 20 mm") == [1, 2]


def test_words_that_several_values_share_belong_to_each(subject: Subject) -> None:
    subject.write(family([{"finish": choice("steel")}, {"finish": choice("a4")}], titles={"en": "Shackle, steel zinc plated or A4"}))

    assert [having(subject, text) for text in ("steel shackle", "shackle a4", "shackle zinc")] == [[1, 2], [2], [1]]


def test_a_variant_that_does_not_say_its_value_has_what_the_text_says(subject: Subject) -> None:
    own: list[dict[str, AttributeValue]] = [{"colour": choice("black")}, {"colour": choice("white")}, {}]
    subject.write(family(own, titles={"en": "Clip, black or white"}))

    assert having(subject, "clip black") == [1, 3]


def test_what_the_thing_is_belongs_to_all(subject: Subject) -> None:
    own = [{"part": AttributeValue("Spanner")}, {"part": AttributeValue("Set with case")}]
    subject.write(family(own, titles={"en": "Torque spanner"}))

    assert having(subject, "torque spanner") == [1, 2]


def test_values_in_which_no_variant_differs_are_no_axes() -> None:
    black = {"colour": choice("black")}

    assert axes_of([black, black]) == axes_of([black]) == axes_of([]) == {}
