"""Tiers and lead times as vendors write them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.catalogue.prices import lead_days, lead_time_faults, micro, saved_share, tier_faults, written
from marketplace.catalogue.quantities import QuantityRule

RULE = QuantityRule(1_000, 500)


def fields(*tiers: tuple[int, int]) -> list[str]:
    return [fault.field for fault in tier_faults(tiers, RULE)]


def test_falling_tiers_from_the_minimum_are_right() -> None:
    assert fields((1_000, 118_000), (5_000, 94_000), (100_000, 85_500)) == []


@pytest.mark.parametrize(
    ("tiers", "field"),
    [
        (((1_500, 118_000),), "tiers-0-from_quantity"),
        (((1_000, 94_000), (5_000, 98_000)), "tiers-1-price"),
        (((1_000, 94_000), (5_000, 94_000)), "tiers-1-price"),
        (((1_000, 94_000), (5_250, 90_000)), "tiers-1-from_quantity"),
        (((1_000, 94_000), (1_000, 90_000)), "tiers-1-from_quantity"),
        (((1_000, 10**16),), "tiers-0-price"),
    ],
)
def test_a_broken_tier_is_named(tiers: tuple[tuple[int, int], ...], field: str) -> None:
    assert fields(*tiers) == [field]


def test_more_than_ten_tiers_are_too_many() -> None:
    assert fields(*[(1_000 + n * 500, 1_000 - n) for n in range(11)]) == ["tiers"]


def test_a_tier_above_the_maximum_is_named() -> None:
    assert [f.field for f in tier_faults(((10, 5), (30, 4)), QuantityRule(10, 10, 20))] == ["tiers-1-from_quantity"]


@given(st.decimals(0, 10**6, places=6))
def test_a_price_as_typed_is_kept_to_its_last_decimal(price: Decimal) -> None:
    assert Decimal(written(micro(price))) == price
    assert len(written(micro(price)).partition(".")[2]) >= 4


@pytest.mark.parametrize(
    ("bands", "field"),
    [
        (((None, 2, 4), (10, 5, 5)), "lead_time-0-up_to"),
        (((10, 2, 4), (10, 5, 5)), "lead_time-1-up_to"),
        (((10, 4, 2),), "lead_time-0-days_to"),
        (((10, None, 2),), "lead_time-0-days_from"),
        (((10, 2_000, None),), "lead_time-0-days_from"),
    ],
)
def test_a_broken_band_is_named(bands: tuple[tuple[int | None, int | None, int | None], ...], field: str) -> None:
    assert [fault.field for fault in lead_time_faults(bands)] == [field]


def test_a_quantity_takes_the_days_of_its_band() -> None:
    bands = ((20_000, 18, 22), (100_000, 25, None))

    assert lead_time_faults(bands) == []
    assert lead_days(bands, 20_000) == (18, 22)
    assert lead_days(bands, 20_001) == (25, 25)
    assert lead_days(bands, 100_001) is None
    assert lead_days(((None, None, None),), 1) is None


def test_what_a_tier_saves_is_said_against_the_first() -> None:
    assert saved_share(42_100, 49_800) == pytest.approx(0.1546, abs=1e-4)
    assert saved_share(49_800, 49_800) is None
    assert saved_share(0, 0) is None
