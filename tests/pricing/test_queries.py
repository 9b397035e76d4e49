"""Prices read from the database."""

from datetime import date, timedelta
from decimal import Decimal

from flask import Flask

from marketplace.accounts.models import ExemptionCertificate
from marketplace.core import clock, files
from marketplace.core.audit import SYSTEM
from marketplace.core.db import db
from marketplace.core.ids import new_id
from marketplace.pricing import queries, services, shipped
from tests.conftest import count_queries
from tests.factories.accounts import make_company, make_location
from tests.factories.catalogue import make_product, only_variant
from tests.factories.vendors import make_shipping_method, make_vendor
from vendors.models import ShippingKind, Vendor, VendorState

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


def test_the_cheapest_shipping_method_is_used_and_any_other_can_be_chosen(app: Flask) -> None:
    load_taxes()
    vendor = make_vendor()
    zones = [{"zone": "se", "countries": ["SE"], "days": [1, 1], "bands": [{"up_to_g": 10**9, "price_minor": 1}]}]
    make_shipping_method(vendor, key="air", position=2, zones=zones)
    lines = [(only_variant(make_product(vendor)).id, 10)]

    part = queries.price_lines(lines, buyer_id=None, ship_to="SE").parts[0]
    chosen = queries.price_lines(lines, buyer_id=None, ship_to="SE", methods={vendor.id: "road"}).parts[0]

    assert (part.method_key, part.freight_minor) == ("air", 1)
    assert [option.method.key for option in part.methods] == ["air", "road"]
    assert (chosen.method_key, chosen.freight_minor) == ("road", 1_850)
    assert chosen.lines[0].tax_minor != part.lines[0].tax_minor


def test_a_method_that_does_not_serve_is_passed_over(app: Flask) -> None:
    load_taxes()
    vendor = make_vendor()

    basket = queries.price_lines(
        [(only_variant(make_product(vendor)).id, 10)], buyer_id=None, ship_to="SE", methods={vendor.id: "zeppelin"}
    )

    assert basket.parts[0].method_key == "road"


def test_many_lines_take_as_many_statements_as_one(app: Flask) -> None:
    load_taxes()
    one = [(only_variant(make_product(make_vendor())).id, 10)]
    many = [(only_variant(make_product(vendor)).id, 10) for vendor in [make_vendor() for _ in range(4)] for _ in range(5)]

    with count_queries() as few:
        queries.price_lines(one, buyer_id=None, ship_to="SE")
    with count_queries() as more:
        queries.price_lines(many, buyer_id=None, ship_to="SE")
    with count_queries() as again:
        queries.price_lines(many, buyer_id=None, ship_to="SE")

    # What is kept for a second is asked for by the first basket only, after a question for each whether it has changed.
    assert len(more) <= len(few) <= 13
    assert len(again) == 1


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


def test_a_certificate_counts_only_on_its_days_and_in_its_place(app: Flask) -> None:
    load_taxes()
    vendor = make_vendor(country="SE")
    buyer = make_company()
    stored = files.record(buyer.id, "exempt.pdf", b"%PDF-1.7\n")
    db.session.flush()
    today = clock.now().date()
    db.session.add(
        ExemptionCertificate(
            id=new_id(),
            company_id=buyer.id,
            jurisdiction="SE",
            number="EX-77",
            file_id=stored.id,
            valid_from=today,
            valid_until=today + timedelta(days=10),
            added_at=clock.now(),
        )
    )
    db.session.flush()
    lines = [(only_variant(make_product(vendor)).id, 10)]

    found = {
        number: queries.price_lines(lines, buyer_id=buyer.id, ship_to="SE", on=today + timedelta(days=number)).lines[0].tax_reason
        for number in (-1, 0, 10, 11)
    }

    assert found == {-1: "domestic:SE", 0: "exempt:SE:EX-77", 10: "exempt:SE:EX-77", 11: "domestic:SE"}
    assert queries.price_lines(lines, buyer_id=make_company().id, ship_to="SE").lines[0].tax_rate_bp == 2_500


def test_a_vat_number_whose_form_is_wrong_is_none(app: Flask) -> None:
    load_taxes()
    lines = [(only_variant(make_product(make_vendor(country="DE"))).id, 10)]
    wrong = make_company(tax_ids=({"scheme": "se.vat", "value": "559998400102", "display": "SE559998400102"},))

    assert queries.price_lines(lines, buyer_id=wrong.id, ship_to="SE").lines[0].tax_reason == "no_vat_id:DE"


def test_a_buyer_in_the_states_has_the_tax_of_its_address(app: Flask) -> None:
    load_taxes()
    vendor = make_vendor(country="US", with_shipping=False, address={"region": "Ohio"})
    zones = [{"zone": "us", "countries": ["US"], "days": [1, 2], "bands": [{"up_to_g": 10**9, "price_minor": 500}]}]
    make_shipping_method(vendor, zones=zones)
    make_shipping_method(vendor, key="collect", position=2, zones=[]).kind = ShippingKind.COLLECTION
    buyer = make_company(country="US", with_location=False)
    make_location(buyer, country="US").region = "wisconsin"
    db.session.flush()
    lines = [(only_variant(make_product(vendor)).id, 10)]

    delivered = queries.price_lines(lines, buyer_id=buyer.id, ship_to="US")
    fetched = queries.price_lines(lines, buyer_id=buyer.id, ship_to="US", methods={vendor.id: "collect"})
    visitor = queries.price_lines(lines, buyer_id=None, ship_to="US")

    assert delivered.lines[0].tax_reason == "sales_tax:US-WI"
    assert fetched.lines[0].tax_reason == "sales_tax:US-OH"
    assert [problem.code for problem in visitor.problems] == ["no_region"]
    assert queries.price_lines(lines, buyer_id=None, ship_to="US", region="TX").lines[0].tax_rate_bp == 625
    newcomer = make_company(country="US", region="TX", with_location=False)
    assert queries.price_lines(lines, buyer_id=newcomer.id, ship_to="US").lines[0].tax_reason == "sales_tax:US-TX"
