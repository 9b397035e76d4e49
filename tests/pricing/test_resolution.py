"""Which of several prices counts."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from marketplace.core.ids import new_id
from marketplace.pricing.history import Reduction, last_reduction
from marketplace.pricing.resolution import ListPrice, Source, resolve
from marketplace.pricing.tiers import tier_at

PUBLIC = ((1, 500_000), (100, 400_000))
DAY = date(2026, 11, 1)


def price(source: Source, micro: int, *, start: int = 1, currency: str = "EUR", begins: date = DAY) -> ListPrice:
    return ListPrice(new_id(), source.value, source, currency, ((start, micro),), begins)


CONTRACT = price(Source.CONTRACT, 450_000)
LOCATION = price(Source.LOCATION_LIST, 300_000)
COMPANY = price(Source.COMPANY_LIST, 200_000)
SEGMENT = price(Source.SEGMENT_LIST, 100_000)


def test_a_contract_goes_before_every_list_also_when_it_is_dearer() -> None:
    found = resolve([SEGMENT, COMPANY, CONTRACT, LOCATION], PUBLIC, "EUR", 10)

    assert (found.source, found.tiers) == (Source.CONTRACT, ((1, 450_000),))


def test_address_company_segment_public_follow() -> None:
    assert resolve([SEGMENT, COMPANY, LOCATION], PUBLIC, "EUR", 10).source is Source.LOCATION_LIST
    assert resolve([SEGMENT, COMPANY], PUBLIC, "EUR", 10).source is Source.COMPANY_LIST
    assert resolve([SEGMENT], PUBLIC, "EUR", 10).source is Source.SEGMENT_LIST
    assert resolve([], PUBLIC, "EUR", 10).source is Source.PUBLIC_TIER


def test_of_two_lists_of_a_rank_the_one_that_began_last_counts_then_the_cheaper() -> None:
    newer = replace(COMPANY, list_id=new_id(), valid_from=DAY + timedelta(days=1), tiers=((1, 250_000),))
    cheaper = replace(COMPANY, list_id=new_id(), tiers=((1, 150_000),))

    assert resolve([COMPANY, newer], PUBLIC, "EUR", 10).price is newer
    assert resolve([COMPANY, cheaper], PUBLIC, "EUR", 10).price is cheaper


def test_a_list_counts_from_its_first_quantity_on() -> None:
    frame = price(Source.COMPANY_LIST, 350_000, start=1_000)

    below, above = resolve([frame], PUBLIC, "EUR", 999), resolve([frame], PUBLIC, "EUR", 1_000)

    assert (below.source, above.source) == (Source.PUBLIC_TIER, Source.COMPANY_LIST)
    assert below.tiers == above.tiers == ((1, 500_000), (100, 400_000), (1_000, 350_000))


def test_below_every_tier_the_price_is_the_one_that_the_smallest_quantity_has_and_says_whose_it_is() -> None:
    segment, public = price(Source.SEGMENT_LIST, 100_000, start=100), ((100, 400_000),)

    below, none = resolve([segment], public, "EUR", 20), resolve([], public, "EUR", 20)

    assert (below.source, below.price, below.tiers) == (Source.SEGMENT_LIST, segment, ((100, 100_000),))
    assert (none.source, none.tiers) == (Source.PUBLIC_TIER, public)
    assert resolve([], (), "EUR", 20).tiers == ()
    sooner = replace(segment, currency="USD", tiers=((50, 100_000),))
    assert (resolve([sooner], public, "EUR", 20).currency, resolve([sooner], public, "EUR", 20).tiers) == ("USD", ((50, 100_000),))


def test_a_list_in_another_currency_stands_alone() -> None:
    dollars = price(Source.COMPANY_LIST, 350_000, start=100, currency="USD")

    assert resolve([dollars], PUBLIC, "EUR", 50).tiers == PUBLIC
    assert resolve([dollars], PUBLIC, "EUR", 100).currency == "USD"
    assert resolve([dollars], PUBLIC, "EUR", 100).tiers == ((100, 350_000),)


def test_the_name_of_a_group_is_the_vendors_own() -> None:
    assert SEGMENT.shown_name is None
    assert COMPANY.shown_name == "company_list"


lists = st.lists(
    st.builds(
        lambda source, start, micro, day: price(source, micro, start=start, begins=DAY + timedelta(days=day)),
        st.sampled_from([Source.CONTRACT, Source.LOCATION_LIST, Source.COMPANY_LIST, Source.SEGMENT_LIST]),
        st.integers(1, 2_000),
        st.integers(0, 10**6),
        st.integers(0, 3),
    ),
    max_size=5,
)


@given(lists, st.integers(1, 3_000), st.integers(1, 3_000))
def test_the_ladder_says_what_another_quantity_would_cost(prices: list[ListPrice], quantity: int, other: int) -> None:
    here, there = resolve(prices, PUBLIC, "EUR", quantity), resolve(prices, PUBLIC, "EUR", other)

    assert here.tiers == there.tiers
    expected = tier_at(there.price.tiers if there.price else PUBLIC, other)
    found = tier_at(here.tiers, other)
    assert found is not None
    assert expected is not None
    assert found[1] == expected[1]


NOW = datetime(2026, 11, 26, tzinfo=UTC)


def ago(days: int) -> datetime:
    return NOW - timedelta(days=days)


def test_a_reduction_names_the_lowest_price_of_the_thirty_days_before_it() -> None:
    history = [(ago(200), 80), (ago(40), 90), (ago(20), 120), (ago(5), 100)]

    assert last_reduction(history, NOW) == Reduction(120, 90, ago(5))


def test_a_price_that_was_raised_before_it_was_lowered_does_not_look_cheap() -> None:
    found = last_reduction([(ago(100), 100), (ago(6), 150), (ago(5), 110)], NOW)

    assert found is not None
    assert found.lowest_micro == 100


def test_an_old_reduction_and_a_rise_are_none() -> None:
    assert last_reduction([(ago(100), 120), (ago(31), 100)], NOW) is None
    assert last_reduction([(ago(100), 100), (ago(3), 120)], NOW) is None
    assert last_reduction([(ago(100), 120), (ago(9), 100), (ago(3), 110)], NOW) is None
    assert last_reduction([(ago(3), 100)], NOW) is None
    assert last_reduction([], NOW) is None
