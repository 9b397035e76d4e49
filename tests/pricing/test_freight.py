"""Freight: zone by weight and volume band, free from an amount, collection, on request; the buyer chooses."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.pricing.freight import Freight, Load, NoFreight, Shipping, ship
from vendors.facts import Method
from vendors.models import ShippingKind

EU = {
    "zone": "eu",
    "countries": ["SE", "DE"],
    "days": [2, 5],
    "bands": [{"up_to_g": 5_000, "price_minor": 1_150}, {"up_to_g": 30_000, "price_minor": 2_600}],
}
TRUCK = EU | {"days": [3, 7], "bands": [{"up_to_g": 100_000, "price_minor": 4_800}, {"up_to_g": 24_000_000, "price_minor": 72_000}]}
WORLD = {"zone": "world", "countries": ["*"], "days": [5, 9], "bands": [{"up_to_g": 5_000, "price_minor": 4_200}]}
COLLECT = Method("collect", {"en": "Collection"}, "EXW", kind=ShippingKind.COLLECTION)
ASK = Method("ask", {"en": "On request"}, "DAP", kind=ShippingKind.ON_REQUEST)


def method(*zones: dict[str, Any], key: str = "parcel", **fields: Any) -> Method:
    return Method(key, {"en": key.title()}, "DAP", list(zones), **fields)


def load(grams: Decimal | int | None, *, cm3: int | None = None, goods: int = 10_000, currency: str = "EUR") -> Load:
    return Load(None if grams is None else Decimal(grams), None if cm3 is None else Decimal(cm3), goods_minor=goods, currency=currency)


def shipped(methods: list[Method], country: str, what: Load, chosen: str | None = None) -> Shipping:
    return ship(methods, country, what, own_currency="EUR", chosen=chosen)


def freight(found: Shipping) -> Freight:
    assert isinstance(found.freight, Freight)
    return found.freight


def keys(found: Shipping) -> list[str]:
    return [option.method.key for option in found.options]


def test_the_band_that_holds_the_weight_has_the_price() -> None:
    parcel = method(EU, WORLD)

    assert freight(shipped([parcel], "SE", load(5_000))).price_minor == 1_150
    assert freight(shipped([parcel], "SE", load(Decimal("5000.1")))).price_minor == 2_600
    assert freight(shipped([parcel], "JP", load(10))).price_minor == 4_200


def test_a_zone_that_names_the_country_goes_before_the_whole_world() -> None:
    assert freight(shipped([method(WORLD, EU)], "DE", load(1))).price_minor == 1_150


def test_the_cheapest_that_delivers_counts_by_itself() -> None:
    found = shipped([method(TRUCK, key="truck"), method(EU)], "SE", load(100))

    assert freight(found).method.key == "parcel"
    assert keys(found) == ["parcel", "truck"]


def test_what_is_too_heavy_for_one_method_goes_by_another() -> None:
    found = shipped([method(EU), method(TRUCK, key="truck")], "SE", load(30_001))

    assert (freight(found).method.key, keys(found)) == ("truck", ["truck"])


def test_the_buyer_may_choose_another_one_that_serves() -> None:
    methods = [method(EU), method(TRUCK, key="truck"), COLLECT]

    assert freight(shipped(methods, "SE", load(100), "truck")).price_minor == 4_800
    assert freight(shipped(methods, "SE", load(100), "collect")).price_minor == 0
    assert freight(shipped(methods, "SE", load(40_000), "parcel")).method.key == "truck"


def test_collection_costs_nothing_and_is_never_chosen_by_itself() -> None:
    found = shipped([COLLECT, method(EU)], "SE", load(100))

    assert (freight(found).method.key, keys(found)) == ("parcel", ["parcel", "collect"])
    assert shipped([COLLECT, method(EU)], "JP", load(100)).freight == NoFreight("only_collection")


def test_what_no_method_delivers_is_on_request_where_the_vendor_says_so() -> None:
    methods = [method(EU), COLLECT, ASK]

    assert shipped(methods, "SE", load(30_001)).freight == NoFreight("freight_on_request")
    assert shipped(methods, "JP", load(1)).freight == NoFreight("freight_on_request")
    assert freight(shipped(methods, "JP", load(1), "collect")).price_minor == 0
    assert keys(shipped(methods, "SE", load(1))) == ["parcel", "collect"]


def test_on_request_can_be_for_some_countries_only() -> None:
    ask = Method("ask", {}, "DAP", [{"zone": "far", "countries": ["US"], "bands": []}], kind=ShippingKind.ON_REQUEST)

    assert shipped([method(EU), ask], "US", load(1)).freight == NoFreight("freight_on_request")
    assert shipped([method(EU), ask], "JP", load(1)).freight == NoFreight("no_freight_zone")


@pytest.mark.parametrize(("goods", "price"), [(74_999, 1_150), (75_000, 0), (75_001, 0)])
def test_freight_is_free_from_its_amount(goods: int, price: int) -> None:
    found = freight(shipped([method(EU, free_from_minor=75_000)], "SE", load(10, goods=goods)))

    assert (found.price_minor, found.is_free) == (price, price == 0)


def test_too_heavy_is_said_with_the_most_that_any_method_takes() -> None:
    methods = [method(EU), method(WORLD, key="air")]

    assert shipped(methods, "SE", load(30_001)).freight == NoFreight("too_heavy", 30_000)


def test_no_zone_is_said() -> None:
    assert shipped([method(EU)], "US", load(1)).freight == NoFreight("no_freight_zone")
    assert shipped([], "US", load(1)).freight == NoFreight("no_freight_zone")


def test_an_unknown_weight_is_never_guessed() -> None:
    assert shipped([method(EU)], "SE", load(None)).freight == NoFreight("no_weight")


def test_an_unknown_weight_does_not_matter_where_every_band_costs_the_same() -> None:
    flat = EU | {"bands": [{"up_to_g": 100, "price_minor": 0}, {"up_to_g": 24_000_000, "price_minor": 0}]}

    found = freight(shipped([method(flat)], "SE", load(None)))

    assert (found.price_minor, found.weight_g) == (0, None)


BULKY = EU | {
    "bands": [
        {"up_to_g": 30_000, "up_to_cm3": 50_000, "price_minor": 1_000},
        {"up_to_g": 30_000, "up_to_cm3": 200_000, "price_minor": 3_000},
    ]
}


def test_a_bulky_load_takes_the_band_that_holds_its_size() -> None:
    assert freight(shipped([method(BULKY)], "SE", load(100, cm3=50_000))).price_minor == 1_000
    assert freight(shipped([method(BULKY)], "SE", load(100, cm3=50_001))).price_minor == 3_000
    assert shipped([method(BULKY)], "SE", load(100, cm3=200_001)).freight == NoFreight("too_large", 200_000)


def test_an_unknown_size_is_never_guessed() -> None:
    assert shipped([method(BULKY)], "SE", load(100)).freight == NoFreight("no_size")
    assert freight(shipped([method(EU)], "SE", load(100))).price_minor == 1_150


def test_a_price_in_another_currency_needs_a_method_in_that_currency() -> None:
    dollars = load(100, currency="USD")

    assert shipped([method(EU)], "SE", dollars).freight == NoFreight("no_freight_zone")
    assert freight(shipped([method(EU), method(EU, key="usd", currency="USD")], "SE", dollars)).method.key == "usd"
    assert freight(shipped([method(EU), COLLECT], "SE", dollars, "collect")).price_minor == 0


@given(st.decimals(0, 30_000, places=3), st.decimals(0, 30_000, places=3))
def test_more_weight_never_costs_less(one: Decimal, other: Decimal) -> None:
    lighter, heavier = sorted((one, other))
    methods = [method(EU), method(TRUCK, key="truck")]

    assert freight(shipped(methods, "SE", load(lighter))).price_minor <= freight(shipped(methods, "SE", load(heavier))).price_minor
