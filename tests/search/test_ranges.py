"""Ranges as they are typed: read in any unit of their kind, and told beside the field where they cannot be."""

import re
from decimal import Decimal
from html import unescape

import pytest
from flask.testing import FlaskClient

from marketplace.catalogue.attributes import Definition
from marketplace.catalogue.models import AttributeKind
from search.ranges import attribute_range, price_range
from search.schemas import SearchInput
from tests.factories.catalogue import make_attribute, make_category, make_product
from tests.factories.vendors import make_vendor
from tests.search.reading import IndexNow, page, skus

LENGTH = Definition("length", AttributeKind.NUMBER, {"en": "Length"}, "mm")
ROWS = Definition("rows", AttributeKind.NUMBER, {"en": "Rows"})
FINISH = Definition("finish", AttributeKind.CHOICE, {"en": "Finish"})


def asked(definition: Definition, low: str = "", high: str = "") -> SearchInput:
    return SearchInput(bounds={definition.code: (low, high)})


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("30", "30"), ("3 cm", "30"), ("3cm", "30"), ("1 in", "25.4"), ('1/2"', "12.7"), ("1 1/2 in", "38.1"), ("½ in", "12.7"),
        ("1,250.5 mm", "1250.5"), ("2,5 cm", "25"), ("0.03 m", "30"), ("-40", "-40"), ("−4 cm", "-40"), ("3 厘米", "30"), ("30 MM", "30"),
    ],
)  # fmt: skip
def test_an_end_is_read_in_any_unit_of_its_kind(typed: str, number: str) -> None:
    found = attribute_range(asked(LENGTH, typed), LENGTH)

    assert found == (Decimal(number), None, ("", ""))


@pytest.mark.parametrize("typed", ["abc", "3 kg", "1 in 2", "1e9", "3 xyz", "1/0/2", "--3", "mm", "9" * 16, "9" * 30, "1.2.3"])
def test_what_is_no_measure_of_the_kind_filters_nothing_and_is_told(typed: str) -> None:
    found = attribute_range(asked(LENGTH, typed, "50"), LENGTH)

    assert (found.low, found.high) == (None, Decimal(50))
    assert found.faults[0]
    assert not found.faults[1]


def test_a_number_without_a_unit_takes_none() -> None:
    assert attribute_range(asked(ROWS, "2", "3 cm"), ROWS) == (Decimal(2), None, ("", "Write a number, such as 12.50."))
    assert not attribute_range(asked(FINISH, "2"), FINISH).is_set


@pytest.mark.parametrize(("low", "high", "wrong"), [("abc", "", 0), ("-3", "", 0), ("1", "1e9", 1), ("50", "30", 1), ("", "0.1234567", 1)])
def test_a_price_that_cannot_be_read_is_told(low: str, high: str, wrong: int) -> None:
    found = price_range(SearchInput(price_from=low, price_to=high))

    assert found.faults[wrong]
    assert not found.faults[1 - wrong]
    assert (found.low, found.high)[wrong] is None


def test_a_range_the_wrong_way_round_is_told_once_and_filters_nothing() -> None:
    found = attribute_range(asked(LENGTH, "5 cm", "30"), LENGTH)

    assert found == (None, None, ("", "Write no less than the lower end."))


def test_the_page_keeps_what_was_typed_says_what_is_wrong_and_filters_by_the_rest(client: FlaskClient, index_now: IndexNow) -> None:
    leaf, vendor = make_category(slug="rods", name="Rods"), make_vendor()
    make_attribute(leaf, code="length", kind=AttributeKind.NUMBER, unit="mm")
    make_attribute(leaf, code="finish", kind=AttributeKind.CHOICE, choices=("raw", "zinc"))
    for sku, length in (("SHORT", 20), ("LONG", 60)):
        index_now(make_product(vendor, category=leaf, sku=sku, attributes={"length": {"v": length, "unit": "mm"}}))

    wrong = page(client, "/search?cat=rods&a.length.from=3+kg&a.length.to=4+cm&price_from=abc")
    table = page(client, "/categories/rods/table?price_from=50&price_to=30")

    assert skus(wrong) == ["SHORT"]
    assert _field(wrong, "a.length.from") == ("3 kg", "Write a number in mm, for example 50.")
    assert _field(wrong, "a.length.to") == ("4 cm", "")
    assert _field(wrong, "price_from") == ("abc", "Write a number, such as 12.50.")
    assert "Left out: Unit price cannot be “abc”." in wrong
    assert _field(table, "price_to") == ("30", "Write no less than the lower end.")
    assert "Left out: Unit price cannot be “50–30”." in table
    assert skus(page(client, "/search?cat=rods&a.length.from=3+cm")) == ["LONG"]
    assert len(skus(page(client, "/search?cat=rods&a.finish.from=3"))) == 2, "what has no range filters nothing"


def _field(text: str, name: str) -> tuple[str, str]:
    """What stands in a field, and the error that it points to."""
    tag = re.search(rf'<input id="{re.escape(name)}"[^>]*>', text)
    assert tag, name
    value = re.search(r' value="([^"]*)"', tag[0])
    assert value
    if 'aria-invalid="true"' not in tag[0]:
        return unescape(value[1]), ""
    error = re.search(rf'<span class="error" id="{re.escape(name)}-error">([^<]*)</span>', text)
    assert error
    assert f'aria-describedby="{name}-error"' in tag[0]
    return unescape(value[1]), unescape(error[1])
