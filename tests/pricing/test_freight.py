"""Freight by zone and weight band."""

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from marketplace.pricing.freight import Freight, Method, NoFreight, freight_for

EU = {
    "zone": "eu",
    "countries": ["SE", "DE"],
    "days": [2, 5],
    "bands": [{"up_to_g": 5_000, "price_minor": 1_150}, {"up_to_g": 30_000, "price_minor": 2_600}],
}
WORLD = {"zone": "world", "countries": ["*"], "days": [5, 9], "bands": [{"up_to_g": 5_000, "price_minor": 4_200}]}


def method(*zones: dict[str, Any], key: str = "parcel") -> Method:
    return Method(key, {"en": key.title()}, "DAP", list(zones))


def freight(found: Freight | NoFreight) -> Freight:
    assert isinstance(found, Freight)
    return found


def test_the_band_that_holds_the_weight_has_the_price() -> None:
    parcel = method(EU, WORLD)

    assert freight(freight_for([parcel], "SE", Decimal(5_000))).price_minor == 1_150
    assert freight(freight_for([parcel], "SE", Decimal("5000.1"))).price_minor == 2_600
    assert freight(freight_for([parcel], "JP", Decimal(10))).price_minor == 4_200


def test_a_zone_that_names_the_country_goes_before_the_whole_world() -> None:
    assert freight(freight_for([method(WORLD, EU)], "DE", Decimal(1))).price_minor == 1_150


def test_the_first_method_that_reaches_the_country_is_used() -> None:
    domestic = method(EU | {"countries": ["SE"]}, key="truck")

    assert freight(freight_for([domestic, method(WORLD)], "US", Decimal(1))).method.key == "parcel"


def test_too_heavy_for_the_first_method_is_said_with_its_limit() -> None:
    assert freight_for([method(EU), method(WORLD, key="air")], "SE", Decimal(30_001)) == NoFreight("too_heavy", 30_000)


def test_no_zone_is_said() -> None:
    assert freight_for([method(EU)], "US", Decimal(1)) == NoFreight("no_freight_zone")
    assert freight_for([], "US", Decimal(1)) == NoFreight("no_freight_zone")


def test_an_unknown_weight_is_never_guessed() -> None:
    assert freight_for([method(EU)], "SE", None) == NoFreight("no_weight")


def test_an_unknown_weight_does_not_matter_where_every_band_costs_the_same() -> None:
    flat = EU | {"bands": [{"up_to_g": 100, "price_minor": 0}, {"up_to_g": 24_000_000, "price_minor": 0}]}

    found = freight(freight_for([method(flat)], "SE", None))

    assert (found.price_minor, found.weight_g) == (0, None)


@given(st.decimals(0, 30_000, places=3), st.decimals(0, 30_000, places=3))
def test_more_weight_never_costs_less(one: Decimal, other: Decimal) -> None:
    lighter, heavier = sorted((one, other))

    assert freight(freight_for([method(EU)], "SE", lighter)).price_minor <= freight(freight_for([method(EU)], "SE", heavier)).price_minor
