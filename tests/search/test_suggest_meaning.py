"""Suggestions know what the search knows: other words for a thing, slips of the fingers, and that a size names no kind of goods."""

import pytest
from flask.testing import FlaskClient

from search.suggesting import corrected, kinds, mended, named
from tests.factories.catalogue import make_category, make_product
from tests.factories.vendors import make_vendor
from tests.search.reading import IndexNow
from tests.search.rows import make_row
from tests.search.subjects import Subject
from tests.search.test_suggest import suggested, typed

KINDS = (
    "Notebooks and tablets", "Hex bolts and screws", "Flange bolts", "Cable ties", "Deep-groove ball bearings", "Tapered roller bearings",
    "M12 connectors", "球阀",
)  # fmt: skip


def kinds_of(text: str) -> list[str]:
    return kinds(named((name, name) for name in KINDS), text, 3)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hex bolts m8", ["Hex bolts and screws"]),
        ("hex bolt m8x40", ["Hex bolts and screws"]),
        ("hex bolt m", ["Hex bolts and screws"]),
        ("cable tie 200", ["Cable ties"]),
        ("cable tie 200 mm", ["Cable ties"]),
        ("bearing 6204", ["Tapered roller bearings", "Deep-groove ball bearings"]),
        ("m12 conn", ["M12 connectors"]),
        ("6204", []),
        ("200 mm", []),
    ],
)
def test_sizes_and_numbers_hide_no_category_and_find_none(text: str, expected: list[str]) -> None:
    assert kinds_of(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("laptop", ["Notebooks and tablets"]),
        ("laptops", ["Notebooks and tablets"]),
        ("zip tie", ["Cable ties"]),
        ("zip tie 200", ["Cable ties"]),
        ("lapto", []),
        ("laptop ta", ["Notebooks and tablets"]),
        ("laptop sleeve", []),
        ("ball valve", ["球阀"]),
    ],
)
def test_a_category_is_found_by_other_words_that_are_typed_to_their_end(text: str, expected: list[str]) -> None:
    assert kinds_of(text) == expected


def test_categories_that_are_called_so_stand_before_those_by_other_words() -> None:
    names = named((name, name) for name in ("Notebooks", "Laptop bags"))

    assert kinds(names, "laptop", 3) == ["Laptop bags", "Notebooks"]


def test_what_categories_call_otherwise_is_suggested_before_what_is_for_it(subject: Subject) -> None:
    subject.write(
        [
            make_row(1, titles={"en": "Screen protector Desktop/Laptop"}, category_names=("Screen protectors",)),
            make_row(2, titles={"en": "Notebook, 14 in"}, category_names=("Notebooks and tablets",)),
        ]
    )

    assert typed(subject, "laptop") == [2, 1]
    assert typed(subject, "lapto") == [1]


@pytest.mark.parametrize(
    ("text", "expected"), [("boltt", "bolt"), ("brass boltt", "brass bolt"), ("bolt", None), ("zzzz", None), ("", None)]
)
def test_a_text_is_mended_in_its_last_word_too(subject: Subject, text: str, expected: str | None) -> None:
    subject.write([make_row(1, titles={"en": "Brass bolt"}), make_row(2, titles={"en": "Brass bolt, long"})])

    assert mended(text, subject.vocabulary()) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("norvik", "norrvik"),
        ("fasten norvik", "fasten norrvik"),
        ("norrvik", None),
        ("nor", None),
        ("6204", None),
        ("螺栓", None),
        ("", None),
    ],
)
def test_a_name_is_meant_by_a_slip_for_one_of_its_words(text: str, expected: str | None) -> None:
    assert corrected(named([("Norrvik Fastening AB", 1), ("Boltwerk", 2)]), text) == expected


def test_slips_are_mended_where_nothing_begins_as_typed(client: FlaskClient, index_now: IndexNow) -> None:
    vendor = make_vendor(name="Norrvik Fastening")
    index_now(make_product(vendor, title="Flange bolt M6", sku="FB-6", category=make_category(name="Flange bolts")))

    assert suggested(client, "boltt") == [("Products", "Flange bolt M6"), ("Categories", "Flange bolts")]
    assert suggested(client, "norvik") == [("Vendors", "Norrvik Fastening")]
    assert suggested(client, "zzzz") == []


def test_nothing_is_mended_where_something_begins_so(client: FlaskClient, index_now: IndexNow) -> None:
    index_now(
        make_product(make_vendor(name="Boltwerk"), title="Flange bolt M6", sku="FB-6"), make_product(make_vendor(), title="Bollt rail")
    )

    assert suggested(client, "bollt") == [("Products", "Bollt rail")]
