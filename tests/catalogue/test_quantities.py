"""Quantities and their rules."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.catalogue.quantities import BIGGEST, NotWhole, QuantityRule, my_quantity, rule_faults, to_base, to_shown
from marketplace.core.i18n import speaking

RULE = QuantityRule(minimum=1_000, increment=500, maximum=20_000)


@pytest.mark.parametrize(
    ("quantity", "problem"),
    [(1_000, None), (20_000, None), (1_500, None), (500, "below_minimum_quantity"), (1_250, "off_increment"), (20_500, "above_maximum")],
)
def test_a_quantity_keeps_minimum_step_and_maximum(quantity: int, problem: str | None) -> None:
    assert RULE.problem(quantity) == problem


def test_two_and_a_half_metres_are_2500_millimetres() -> None:
    assert to_base(Decimal("2.5"), 1_000) == 2_500
    assert to_shown(2_500, 1_000) == "2.5"
    assert to_shown(5_000, 1) == "5000"


@pytest.mark.parametrize("shown", [Decimal("0.0005"), Decimal(-1), Decimal(BIGGEST), Decimal("1e30")])
def test_half_a_millimetre_and_more_than_the_biggest_are_refused(shown: Decimal) -> None:
    with pytest.raises(NotWhole):
        to_base(shown, 1_000)


rules = st.builds(
    lambda step, least, more: QuantityRule(step * least, step, None if more is None else step * (least + more)),
    st.integers(1, 10_000),
    st.integers(1, 1_000),
    st.one_of(st.none(), st.integers(0, 1_000)),
)


@given(rules, st.integers(1, 10**8))
def test_what_is_offered_instead_can_always_be_ordered(rule: QuantityRule, quantity: int) -> None:
    up, down = rule.nearest_up(quantity), rule.nearest_down(quantity)

    assert rule.problem(up) is None
    assert down is None or (rule.problem(down) is None and down <= quantity)
    assert up >= quantity or up == rule.greatest


@given(st.integers(0, BIGGEST), st.sampled_from([1, 1_000]))
def test_a_quantity_survives_being_shown(quantity: int, factor: int) -> None:
    assert to_base(Decimal(to_shown(quantity, factor)), factor) == quantity


def test_a_minimum_off_the_step_says_what_would_be_right() -> None:
    with speaking("en"):
        words = [fault.words() for fault in rule_faults(QuantityRule(750, 500))]

    assert words == ["750 is not a multiple of the step, 500. Write 500 or 1,000."]


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        (QuantityRule(1, 0), "increment"),
        (QuantityRule(0, 1), "minimum"),
        (QuantityRule(10, 5, 5), "maximum"),
        (QuantityRule(10**13), "minimum"),
    ],
)
def test_a_broken_rule_is_named(rule: QuantityRule, field: str) -> None:
    assert [fault.field for fault in rule_faults(rule)] == [field]


@pytest.mark.parametrize(
    ("asked", "remembered", "found"),
    [
        ("5,000", None, Decimal(5_000)),
        ("2.5", 7, Decimal("2.5")),
        ("", 7, Decimal(7)),
        ("x", "12", Decimal(12)),
        ("-3", None, None),
        ("nan", None, None),
        ("1e3", None, None),
        ("1_000", None, None),
        ("2,5", None, Decimal("2.5")),
        ("٣", None, None),
        ("1e99", None, None),
    ],
)
def test_my_quantity_is_the_asked_one_else_the_remembered(asked: str, remembered: object, found: Decimal | None) -> None:
    assert my_quantity(asked, remembered) == found
