"""What is said beside a quantity that cannot be ordered: the value, and what would be right."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.carts.quantities import QuantityProblem, check_quantity, in_base_units, short_of_stock
from marketplace.carts.wording import quantity_message
from marketplace.catalogue.quantities import QuantityRule


def said(typed: str, rule: QuantityRule, *, factor: int = 1, unit: str = "pc") -> str | None:
    base = in_base_units(Decimal(typed), display_factor=factor)
    problem = base if isinstance(base, QuantityProblem) else check_quantity(base, rule, display_factor=factor)
    return quantity_message(problem, rule, display_unit=unit, display_factor=factor) if problem else None


@pytest.mark.parametrize(
    ("typed", "rule", "message"),
    [
        ("750", QuantityRule(500, 500), "750 is not a multiple of 500. Write 500 or 1,000."),
        ("1500", QuantityRule(1_000, 1_000, 1_999), "1,500 is not a multiple of 1,000. Write 1,000."),
        ("100", QuantityRule(500, 500), "100 is less than the minimum order. Write 500 or more."),
        ("6000", QuantityRule(500, 500, 5_200), "6,000 is more than can be ordered at once. Write 5,000 or less."),
        ("2.5", QuantityRule(1, 1), "Write a whole number, such as 500."),
        ("1.000", QuantityRule(1, 1), "Write a whole number, such as 500."),
        ("1.0", QuantityRule(1, 1), None),
        ("9999999999999", QuantityRule(1, 1), "This number is too large."),
        ("500", QuantityRule(500, 500), None),
    ],
)
def test_pieces(typed: str, rule: QuantityRule, message: str | None) -> None:
    assert said(typed, rule) == message


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("2.5", None),
        ("2.25", "2.25 is not a multiple of 0.5. Write 2 or 2.5."),
        ("2.0005", "2.0005 is too fine: the smallest step is 0.001 m."),
        ("0.5", "0.5 is less than the minimum order. Write 1 or more."),
    ],
)
def test_metres_kept_in_millimetres(typed: str, message: str | None) -> None:
    assert said(typed, QuantityRule(1_000, 500), factor=1_000, unit="m") == message


def test_short_stock_names_the_most_that_keeps_the_step_but_not_what_a_vendor_hides() -> None:
    rule = QuantityRule(500, 500)

    assert short_of_stock(2_000, rule, 1_700, 1).choices == (1_500,)
    assert short_of_stock(2_000, rule, 300, 1).choices == ()
    hidden = short_of_stock(2_000, rule, None, 1)
    assert quantity_message(hidden, rule, display_unit="pc", display_factor=1) == "Less than 2,000 is in stock."


@given(
    quantity=st.integers(1, 10**13),
    increment=st.integers(1, 10**6),
    steps=st.integers(1, 50),
    extra=st.none() | st.integers(0, 10**7),
)
def test_every_choice_that_is_offered_can_be_ordered(quantity: int, increment: int, steps: int, extra: int | None) -> None:
    rule = QuantityRule(increment * steps, increment, None if extra is None else increment * steps + extra)

    problem = check_quantity(quantity, rule, display_factor=1)

    for choice in problem.choices if problem else (quantity,):
        assert check_quantity(choice, rule, display_factor=1) is None
