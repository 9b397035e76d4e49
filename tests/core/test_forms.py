"""Forms keep what was typed and say what is wrong beside the field."""

from datetime import date
from decimal import Decimal
from typing import Annotated

import pytest
from pydantic import Field
from werkzeug.datastructures import MultiDict

from marketplace.core.forms import DecimalNumber, Form, FormSchema, WholeNumber, WrittenDay


class TierInput(FormSchema):
    """A row."""

    from_quantity: WholeNumber = Field(ge=1)
    price: DecimalNumber


class LimitedInput(FormSchema):
    """Numbers with limits."""

    price: Annotated[DecimalNumber, Field(gt=0, le=Decimal(10) ** 9)]
    count: Annotated[WholeNumber, Field(le=20_000)]
    on: Annotated[WrittenDay, Field(le=date(2100, 12, 31))] = date(2026, 1, 1)


class ThingInput(FormSchema):
    """A form with every kind of field."""

    title: str = Field(min_length=1, max_length=20)
    quantity: WholeNumber = Field(ge=1, le=1_000_000)
    note: str | None = None
    tags: list[str] = []
    tiers: list[TierInput] = []


def form(**fields: str) -> Form[ThingInput]:
    """A form as it was sent."""
    return Form(ThingInput, MultiDict({"title": "Bolt", "quantity": "500", **fields}))


@pytest.mark.parametrize(
    ("typed", "meant"), [("5,000", 5000), ("5 000", 5000), ("5\u00a0000", 5000), (" 42 ", 42), ("５，０００", 5000), ("5'000", 5000)]
)
def test_thousands_may_be_grouped(typed: str, meant: int) -> None:
    sent = form(quantity=typed)

    assert sent.is_valid()
    assert sent.data.quantity == meant


@pytest.mark.parametrize("typed", ["-5", "1e3", "1.5", "NaN", "٣", "5,00", "9" * 30, "0x10", "½", "", "0", "\x00", "\ud800"])
def test_a_bad_number_is_refused_beside_the_field_and_kept(typed: str) -> None:
    sent = form(quantity=typed)

    assert not sent.is_valid()
    assert sent.error("quantity")
    assert sent.value("title") == "Bolt"
    if typed.isascii() and typed.isprintable():
        assert sent.value("quantity") == typed


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("1250.5", "1250.5"),
        ("1,250.50", "1250.50"),
        ("0,0042", "0.0042"),
        ("12,5", "12.5"),
        ("0,500", "0.500"),
        ("１２．５", "12.5"),
        ("1'250.5", "1250.5"),
    ],
)
def test_decimals_are_read_as_people_write_them(typed: str, meant: str) -> None:
    sent = form(**{"tiers-0-from_quantity": "1", "tiers-0-price": typed})

    assert sent.is_valid()
    assert sent.data.tiers[0].price == Decimal(meant)


def test_marks_without_width_are_not_part_of_what_is_typed() -> None:
    """They come along when text is copied from elsewhere: a number would be refused for nothing that is seen, a name read backwards."""
    sent = form(
        title="\u202eBolt\u202c", quantity="\u200b1,000\ufeff", **{"tiers-0-from_quantity": "\u200e10", "tiers-0-price": "\u20661\u2069"}
    )

    assert sent.is_valid(), sent.errors
    assert (sent.data.title, sent.data.quantity, sent.data.tiers[0].from_quantity) == ("Bolt", 1_000, 10)


def test_only_marks_without_width_are_nothing_typed() -> None:
    assert not form(title="\u200b\ufeff").is_valid()


def test_the_end_of_a_line_is_one_sign_as_the_browser_counts_it() -> None:
    typed = form(title="Two lines\r\nof twenty", quantity="1", note="One.\r\n\r\nTwo.\nThree.")

    assert typed.is_valid()
    assert (typed.data.title, typed.data.note) == ("Two lines\nof twenty", "One.\n\nTwo.\nThree.")


class DayInput(FormSchema):
    """A form with a day."""

    day: WrittenDay


@pytest.mark.parametrize("typed", ["0", "0" * 32, "1795651200", "20261228", "28.12.2026", "2026-13-01", "٢٠٢٦-١٢-٢٨"])
def test_a_number_is_no_day(typed: str) -> None:
    sent = Form(DayInput, MultiDict({"day": typed}))

    assert not sent.is_valid()
    assert sent.error("day") == "Write a day, such as 2026-12-28."


def test_a_blank_row_is_no_row_and_an_error_names_the_row_that_was_typed() -> None:
    sent = form(**{"tiers-0-from_quantity": "", "tiers-0-price": "", "tiers-3-from_quantity": "10", "tiers-3-price": "no"})

    assert not sent.is_valid()
    assert sent.error("tiers-3-price")


def test_a_megabyte_is_refused_with_a_message() -> None:
    sent = form(note="x" * 1_000_000)

    assert not sent.is_valid()
    assert "20000" in (sent.error("note") or "").replace(",", "")


def test_errors_stand_in_the_order_of_the_fields() -> None:
    sent = Form(ThingInput, MultiDict({"quantity": "x"}))

    assert not sent.is_valid()
    assert [name for name, _ in sent.errors] == ["title", "quantity"]


def test_a_limit_is_written_as_people_write_it() -> None:
    sent = Form(LimitedInput, MultiDict({"price": "9999999999", "count": "30000", "on": "9999-12-31"}))

    assert not sent.is_valid()
    assert sent.error("price") == "This must be at most 1,000,000,000."
    assert sent.error("count") == "This must be at most 20,000."
    assert sent.error("on") == "This must be at most 31 Dec 2100."
    assert Form(LimitedInput, MultiDict({"price": "-1", "count": "1"})).is_valid() is False
