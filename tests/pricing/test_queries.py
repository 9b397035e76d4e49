"""Prices read from the database."""

from datetime import date
from decimal import Decimal

from flask import Flask

from marketplace.core.audit import SYSTEM
from marketplace.pricing import queries, services, shipped
from tests.conftest import count_queries
from tests.factories.accounts import make_company
from tests.factories.catalogue import make_product, only_variant
from tests.factories.vendors import make_shipping_method, make_vendor
from vendors.models import Vendor, VendorState

SWEDISH = ({"scheme": "se.vat", "value": "559998400101", "display": "SE559998400101"},)


def load_taxes() -> None:
    services.load_tax_rates(shipped.tax_rates(), actor=SYSTEM)


def make_line(vendor: Vendor, **fields: object) -> tuple[object, int]:
    return only_variant(make_product(vendor, **fields)).id, 10  # type: ignore[arg-type]


def test_a_buyer_without_a_vat_number_pays_the_vendors_tax(app: Flask) -> None:
    load_taxes()
    german = make_vendor(country="DE")
    registered, unregistered = make_company(tax_ids=SWEDISH), make_company()
    lines = [(only_variant(make_product(german)).id, 10)]

    with_number = queries.price_lines(lines, buyer_id=registered.id, ship_to="SE")
    without = queries.price_lines(lines, buyer_id=unregistered.id, ship_to="SE")

    assert (with_number.lines[0].tax_reason, with_number.tax_minor) == ("reverse_charge:SE", 0)
    assert (without.lines[0].tax_reason, without.lines[0].tax_rate_bp) == ("no_vat_id:DE", 1_900)


def test_a_rate_counts_from_its_first_day(app: Flask) -> None:
    rows = [
        {"country": "SE", "region": "", "class": "standard", "rate_bp": rate, "valid_from": day, "example": "no"}
        for rate, day in (("2500", "1990-07-01"), ("2600", "2030-01-01"))
    ]
    services.load_tax_rates(rows, actor=SYSTEM)

    assert queries.standard_rates({"SE"}, on=date(2029, 12, 31)) == {"SE": 2_500}
    assert queries.standard_rates({"SE"}, on=date(2030, 1, 1)) == {"SE": 2_600}
    assert queries.standard_rates({"SE"}, on=date(1990, 6, 30)) == {}


def test_a_vendor_that_was_ordered_from_has_its_lower_minimum(app: Flask) -> None:
    load_taxes()
    vendor = make_vendor(opening_minimum_minor=10_000, reorder_minimum_minor=100)
    lines = [(only_variant(make_product(vendor)).id, 10)]

    first = queries.price_lines(lines, buyer_id=None, ship_to="SE")
    again = queries.price_lines(lines, buyer_id=None, ship_to="SE", known_vendors=frozenset({vendor.id}))

    assert [problem.code for problem in first.problems] == ["vendor_minimum"]
    assert again.can_be_ordered


def test_nothing_of_a_suspended_vendor_can_be_ordered(app: Flask) -> None:
    load_taxes()
    vendor = make_vendor(state=VendorState.SUSPENDED)

    basket = queries.price_lines([(only_variant(make_product(vendor)).id, 10)], buyer_id=None, ship_to="SE")

    assert [problem.code for problem in basket.problems] == ["vendor_not_selling"]


def test_a_hidden_product_is_a_problem_for_those_who_may_not_see_it(app: Flask) -> None:
    load_taxes()
    friend, stranger = make_company(), make_company()
    lines = [(only_variant(make_product(make_vendor(), visibility=(f"company:{friend.id}",))).id, 10)]

    assert queries.price_lines(lines, buyer_id=friend.id, ship_to="SE").can_be_ordered
    assert [p.code for p in queries.price_lines(lines, buyer_id=stranger.id, ship_to="SE").problems] == ["not_visible"]
    assert [p.code for p in queries.price_lines(lines, buyer_id=None, ship_to="SE").problems] == ["not_visible"]


def test_ids_of_no_variant_are_left_out(app: Flask) -> None:
    vendor = make_vendor()

    basket = queries.price_lines([(vendor.id, 5)], buyer_id=None, ship_to="SE")

    assert basket.parts == ()
    assert not basket.can_be_ordered


def test_the_first_shipping_method_is_used(app: Flask) -> None:
    load_taxes()
    vendor = make_vendor()
    zones = [{"zone": "se", "countries": ["SE"], "days": [1, 1], "bands": [{"up_to_g": 10**9, "price_minor": 1}]}]
    make_shipping_method(vendor, key="air", position=2, zones=zones)

    part = queries.price_lines([(only_variant(make_product(vendor)).id, 10)], buyer_id=None, ship_to="SE").parts[0]

    assert part.freight is not None
    assert part.freight["key"] == "road"


def test_many_lines_take_as_many_statements_as_one(app: Flask) -> None:
    load_taxes()
    one = [(only_variant(make_product(make_vendor())).id, 10)]
    many = [(only_variant(make_product(vendor)).id, 10) for vendor in [make_vendor() for _ in range(4)] for _ in range(5)]

    with count_queries() as few:
        queries.price_lines(one, buyer_id=None, ship_to="SE")
    with count_queries() as more:
        queries.price_lines(many, buyer_id=None, ship_to="SE")

    assert len(more) == len(few) <= 9


def test_an_indication_says_rate_day_and_source(app: Flask) -> None:
    services.load_rates({"USD": 0.924, "JPY": "0.00612"}, valid_from=date(2020, 1, 1), source="European reference rate", actor=SYSTEM)

    dollars = queries.indicative(21_050, "USD", to="EUR")
    yen = queries.indicative(1_000, "EUR", to="JPY")

    assert dollars is not None
    assert (dollars.amount_minor, dollars.rate, dollars.source) == (19_450, Decimal("0.9240"), "European reference rate")
    assert yen is not None
    assert yen.amount_minor == 1_634
    assert queries.indicative(100, "EUR", to="EUR") is None
    assert queries.indicative(100, "CHF", to="EUR") is None
