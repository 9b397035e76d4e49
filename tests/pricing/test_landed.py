"""Duty and landed cost: unknown is unknown, every part has its reason."""

from decimal import Decimal

import pytest
from flask import Flask

from marketplace.core.audit import SYSTEM
from marketplace.core.i18n import speaking
from marketplace.pricing import queries, services, shipped
from marketplace.pricing.duty import DutyTable, duty_on
from marketplace.pricing.landed import Landed
from tests.factories.accounts import make_company
from tests.factories.catalogue import make_product, only_variant
from tests.factories.vendors import make_shipping_method, make_vendor
from vendors.models import Vendor

TABLE = DutyTable({("EU", "73"): (500, False), ("EU", "731815"): (370, True), ("US", "731815"): (200, False)})
SWEDISH = ({"scheme": "se.vat", "value": "559998400101", "display": "SE559998400101"},)


def duty(hs: str | None, vendor: str = "CN", ship_to: str = "SE", *, is_paid: bool = False) -> tuple[int | None, str]:
    found = duty_on(
        hs,
        vendor_country=vendor,
        ship_to=ship_to,
        goods_minor=10_000,
        freight_minor=1_000,
        incoterm="DDP" if is_paid else "DAP",
        is_paid_by_vendor=is_paid,
        table=TABLE,
    )
    return found.amount_minor, found.reason


@pytest.mark.parametrize(
    ("hs", "amount", "reason"),
    [
        ("731815", 407, "example"),
        ("7318.15.95", 407, "example"),
        ("731816", 550, "rate"),
        ("848210", None, "no_row"),
        (None, None, "no_code"),
        ("", None, "no_code"),
    ],
)
def test_the_longest_prefix_counts_and_no_row_is_unknown(hs: str | None, amount: int | None, reason: str) -> None:
    assert duty(hs) == (amount, reason)


def test_there_is_no_duty_inside_a_country_or_a_union() -> None:
    assert duty("731815", "DE", "SE") == (0, "none")
    assert duty(None, "US", "US") == (0, "none")


def test_some_countries_take_duty_of_the_goods_alone() -> None:
    assert duty("731815", "CN", "US") == (200, "rate")


def test_an_incoterm_may_put_duty_on_the_vendor() -> None:
    assert duty("848210", is_paid=True) == (0, "paid_by_vendor")


def landed(vendor: Vendor, *, buyer_id: object = None, ship_to: str = "SE", hs: str | None = "731815") -> Landed:
    variant = only_variant(make_product(vendor, hs_code=hs, price_micro=10_000_000, weight_g=Decimal(10)))
    found = queries.land_lines([(variant.id, 10)], buyer_id=buyer_id, ship_to=ship_to)  # type: ignore[arg-type]
    assert found.parts[0] == found.lines[variant.id]
    return found.parts[0]


@pytest.fixture
def tables(app: Flask) -> None:
    services.load_tax_rates(shipped.tax_rates(), actor=SYSTEM)
    services.load_duty_rates(shipped.duty_rates(), actor=SYSTEM)


def amounts(cost: Landed) -> list[int | None]:
    return [part.amount_minor for part in cost.parts]


def test_a_registered_buyer_gets_import_vat_back_and_pays_duty(tables: None) -> None:
    buyer = make_company(tax_ids=SWEDISH)

    cost = landed(make_vendor(country="CN"), buyer_id=buyer.id)

    assert amounts(cost) == [10_000, 1_850, 438, 0]  # 3.7 % of 118.50
    assert cost.total_minor == 12_288


def test_an_unregistered_buyer_bears_the_import_vat(tables: None) -> None:
    cost = landed(make_vendor(country="CN"))

    assert cost.tax.amount_minor == 3_072  # 25 % of 122.88


def test_domestic_vat_is_borne_by_those_who_cannot_reclaim_it(tables: None) -> None:
    buyer = make_company(tax_ids=SWEDISH)

    assert amounts(landed(make_vendor(country="SE"), buyer_id=buyer.id)) == [10_000, 1_850, 0, 0]
    assert amounts(landed(make_vendor(country="SE"))) == [10_000, 1_850, 0, 2_963]


def test_what_is_unknown_leaves_the_total_unknown(tables: None) -> None:
    cost = landed(make_vendor(country="CN"), hs="999999")

    assert cost.duty.amount_minor is None
    assert cost.tax.amount_minor is None  # import VAT is also of the duty
    assert (cost.total_minor, cost.known_minor) == (None, 11_850)
    with speaking("en"):
        assert cost.duty.text == "Duty unknown: the vendor does not state the HS code" or "999999" in cost.duty.text


def test_who_fetches_the_goods_has_carriage_of_their_own(tables: None) -> None:
    vendor = make_vendor(country="SE", with_shipping=False)
    make_shipping_method(vendor, incoterm="FCA")

    cost = landed(vendor)

    assert cost.freight.amount_minor is None
    assert cost.total_minor is None
