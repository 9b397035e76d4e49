"""The tier of a quantity."""

from hypothesis import given
from hypothesis import strategies as st

from marketplace.pricing.tiers import next_tier, tier_at

TIERS = ((1_000, 49_800), (5_000, 42_100), (10_000, 38_100))

falling = st.lists(st.tuples(st.integers(1, 10**9), st.integers(0, 10**12)), min_size=1, max_size=10, unique_by=lambda tier: tier[0]).map(
    lambda rows: tuple(zip(sorted(start for start, _ in rows), sorted((price for _, price in rows), reverse=True), strict=True))
)


def test_a_quantity_gets_the_last_tier_that_it_reaches() -> None:
    assert tier_at(TIERS, 4_999) == (1_000, 49_800)
    assert tier_at(TIERS, 5_000) == (5_000, 42_100)
    assert tier_at(TIERS, 10**9) == (10_000, 38_100)


def test_below_the_first_tier_stands_its_price() -> None:
    assert tier_at(TIERS, 1) == (1_000, 49_800)


def test_without_tiers_there_is_no_price() -> None:
    assert tier_at((), 5) is None
    assert next_tier((), 5) is None


def test_the_next_tier_from_below_the_minimum_is_the_second() -> None:
    assert next_tier(TIERS, 1) == (5_000, 42_100)
    assert next_tier(TIERS, 5_000) == (10_000, 38_100)
    assert next_tier(TIERS, 10_000) is None


@given(falling, st.integers(1, 10**9), st.integers(0, 10**9))
def test_a_larger_quantity_never_has_a_dearer_unit(tiers: tuple[tuple[int, int], ...], quantity: int, more: int) -> None:
    less, larger = tier_at(tiers, quantity), tier_at(tiers, quantity + more)

    assert less is not None
    assert larger is not None
    assert larger[1] <= less[1]


@given(falling, st.integers(1, 10**9))
def test_the_next_tier_lies_above_the_quantity_and_is_not_dearer(tiers: tuple[tuple[int, int], ...], quantity: int) -> None:
    here, above = tier_at(tiers, quantity), next_tier(tiers, quantity)

    if above is not None:
        assert here is not None
        assert above[0] > quantity
        assert above[1] <= here[1]
