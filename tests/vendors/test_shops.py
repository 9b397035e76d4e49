"""Shops: what everybody sees, what the vendor changes, how it ships."""

import re
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.permissions import Role
from marketplace.catalogue.models import ProductState
from marketplace.core.db import db, transaction
from tests.conftest import count_queries
from tests.factories.accounts import log_in, make_company, make_member
from tests.factories.catalogue import make_product
from tests.factories.vendors import make_certificate, make_level_check, make_shipping_method, make_vendor
from tests.vendors.portal import ROAD, enter, shown
from vendors import queries, services
from vendors.models import SEEN_STATES, VendorState

SHOP: dict[str, Any] = {
    "about_en": "Bolts.\n\nSince 1988.",
    "about_zh": "螺栓",
    "languages": "en, sv",
    "founded": "1988",
    "staff": "64",
    "phone": "+46 8 465 004 20",
    "email": "sales@norrvik.example",
    "website": "https://www.norrvik.example",
    "hours_days": ["0", "1", "2", "3", "5"],
    "closed_days": "2026-12-25, 2026-12-24",
    "terms": ["protected", "net30"],
    "terms_note_en": "Net 30 after three orders.",
    "hours_open": "07:00",
    "hours_close": "16:30",
    "opening_minimum": "500",
    "reorder_minimum": "250.50",
    "inspection_days": "14",
    "stock_display": "band",
    "returns_accepts": "unopened boxes",
    "returns_window_days": "30",
    "returns_freight_paid_by": "buyer",
    "returns_restocking": "10",
    "returns_custom_goods": "defect only",
}


@pytest.mark.parametrize("state", list(VendorState))
def test_only_a_vendor_that_is_seen_has_a_shop(client: FlaskClient, state: VendorState) -> None:
    vendor = make_vendor(state=state)

    status = client.get(f"/shops/{vendor.slug}").status_code

    assert status == (200 if state in SEEN_STATES else 404)
    assert (vendor.name in client.get("/shops").get_data(as_text=True)) is (state in SEEN_STATES)
    assert (vendor.id in queries.selling_ids()) is (state in SEEN_STATES)


def test_the_shop_says_who_sells_what_was_checked_and_how_it_ships(client: FlaskClient) -> None:
    vendor = make_vendor(level=2, name="Norrvik AB", opening_minimum_minor=50_000, reorder_minimum_minor=25_000)
    make_certificate(vendor, scheme="ISO 9001")
    make_certificate(vendor, scheme="ISO 14001", valid_days=-1)
    unchecked = make_certificate(vendor, scheme="BSCI")
    unchecked.checked_at = None

    page = shown(client, vendor)

    for text in (
        "Smidesvägen 12",
        str(vendor.registry_number),
        "EUR\u00a0500.00",
        "Documents looked up at their issuers",
        "Road, DAP",
        "18.50",
        "ISO 9001",
    ):
        assert text in page
    assert "ISO 14001" not in page
    assert "BSCI" not in page


@pytest.mark.parametrize(
    ("fields", "can_sell"),
    [
        ({}, True),
        ({"level": 0}, False),
        ({"is_payout_active": False}, False),
        ({"holiday_from": date(2020, 1, 1), "holiday_until": date(2099, 1, 1)}, False),
        ({"holiday_from": date(2020, 1, 1), "holiday_until": date(2020, 1, 2)}, True),
    ],
)
def test_selling_needs_level_one_a_payout_account_and_no_holiday(client: FlaskClient, fields: dict[str, Any], can_sell: bool) -> None:
    vendor = make_vendor(**fields)

    facts = queries.facts_of([vendor.id])[vendor.id]

    assert facts.is_seen
    assert facts.can_sell is can_sell


def test_a_level_that_ran_out_yesterday_counts_no_longer(client: FlaskClient) -> None:
    vendor = make_vendor(level=0)
    make_level_check(vendor, 1, valid_days=-1)

    assert queries.facts_fresh([vendor.id])[vendor.id].level == 0


def test_facts_name_countries_and_certificates_of_today(client: FlaskClient) -> None:
    vendor = make_vendor()
    make_certificate(vendor)
    make_shipping_method(vendor, key="air", position=2, zones=[{"zone": "world", "countries": ["*"], "days": [1, 2], "bands": []}])

    facts = queries.facts_of([vendor.id])[vendor.id]

    assert facts.ships_to_country("BR")
    assert {"SE", "DE", "*"} <= facts.ships_to
    assert [scheme for scheme, _until in facts.certificates] == ["ISO 9001"]


def test_facts_of_unknown_vendors_are_left_out(client: FlaskClient) -> None:
    assert queries.facts_of([make_company().id]) == {}


def test_the_list_of_shops_can_be_narrowed_to_a_country(client: FlaskClient) -> None:
    swede, german = make_vendor(name="Svensk AB"), make_vendor(name="Deutsche GmbH", country="DE")

    page = client.get("/shops?country=DE").get_data(as_text=True)

    assert german.name in page
    assert swede.name not in page


def test_the_list_of_shops_reads_the_same_however_long_it_is(client: FlaskClient) -> None:
    make_vendor()
    client.get("/shops")  # what is kept for a second is warm in both
    with count_queries() as few:
        client.get("/shops")
    for _ in range(5):
        make_vendor()

    with count_queries() as many:
        client.get("/shops")

    assert len(many) <= len(few) + 4, "facts of all new vendors come in four statements"


def test_the_vendor_changes_its_shop(client: FlaskClient) -> None:
    vendor = make_vendor()
    enter(client, vendor)

    response = client.post("/portal/shop", data=SHOP)

    assert response.status_code == 303
    db.session.expire_all()
    row = queries.vendor_by_id(vendor.id)
    assert row.about == {"en": "Bolts.\n\nSince 1988.", "zh-Hans": "螺栓"}
    assert (row.opening_minimum_minor, row.reorder_minimum_minor, row.inspection_days) == (50_000, 25_050, 14)
    assert row.returns == {
        "window_days": 30,
        "freight_paid_by": "buyer",
        "restocking_bp": 1000,
        "accepts": "unopened boxes",
        "custom_goods": "defect only",
    }
    assert "Since 1988." in shown(client, vendor)


def test_a_factory_that_signed_up_in_chinese_saves_its_shop(client: FlaskClient) -> None:
    """The language of a new shop is the one its company was opened in, and the form takes it as it stands there."""
    company = make_company(is_buyer=False, is_vendor=True, language="zh_Hans")
    log_in(client, make_member(company), company)
    with transaction():
        services.open_application(company.id)
    page = client.get("/portal/shop").get_data(as_text=True)
    assert re.search(r'<input[^>]*name="languages"[^>]*value="zh"', page)

    assert client.post("/portal/shop", data={**SHOP, "languages": "zh"}).status_code == 303
    assert client.post("/portal/shop", data={**SHOP, "languages": "zh_Hans, zh-CN, en"}).status_code == 303

    db.session.expire_all()
    assert list(queries.vendor_by_id(company.id).languages) == ["zh", "en"]


@pytest.mark.parametrize(
    ("field", "value", "where"),
    [
        ("inspection_days", "31", "inspection_days"),
        ("inspection_days", "0", "inspection_days"),
        ("opening_minimum", "-1", "opening_minimum"),
        ("opening_minimum", "1.005", "opening_minimum"),
        ("opening_minimum", "99999999999999999999", "opening_minimum"),
        ("languages", "english", "languages"),
        ("website", "javascript:alert(1)", "website"),
        ("hours_open", "25:00", "hours_open"),
        ("returns_restocking", "101", "returns_restocking"),
        ("stock_display", "loud", "stock_display"),
        ("about_en", "x" * 4001, "about_en"),
    ],
)
def test_a_wrong_term_is_said_at_its_field_and_nothing_is_lost(client: FlaskClient, field: str, value: str, where: str) -> None:
    vendor = make_vendor()
    enter(client, vendor)

    response = client.post("/portal/shop", data={**SHOP, field: value})

    page = response.get_data(as_text=True)
    assert response.status_code == 422
    assert f'id="{where}-error"' in page
    assert "螺栓" in page
    db.session.expire_all()
    assert queries.vendor_by_id(vendor.id).inspection_days == 10


@pytest.mark.parametrize("role", [Role.VENDOR_SALES, Role.VENDOR_FINANCE, Role.VENDOR_QUALITY])
def test_who_may_not_edit_the_shop_cannot(client: FlaskClient, role: Role) -> None:
    vendor = make_vendor()
    enter(client, vendor, role)

    assert client.get("/portal").status_code == 200
    assert client.get("/portal/shop").status_code == 403
    assert client.post("/portal/shop", data=SHOP).status_code == 403
    assert client.post("/portal/shop/shipping/new", data=ROAD).status_code == 403


def test_a_buyer_has_no_portal(client: FlaskClient) -> None:
    company = make_company()
    log_in(client, make_member(company), company)

    assert client.get("/portal").status_code == 403


@pytest.mark.parametrize(
    ("state", "fields", "text"),
    [
        (VendorState.DATA_NEEDED, {}, "Complete the application"),
        (VendorState.UNDER_REVIEW, {}, "the desk answers by"),
        (VendorState.APPROVED, {"is_payout_active": False}, "Open the payout account"),
        (VendorState.APPROVED, {}, "Nothing waits for you"),
        (VendorState.SUSPENDED, {"state_reason": "Three orders without goods."}, "Three orders without goods."),
    ],
)
def test_the_home_page_says_what_needs_the_vendor_now(client: FlaskClient, state: VendorState, fields: dict[str, Any], text: str) -> None:
    vendor = make_vendor(state=state, **fields)
    make_product(vendor)
    enter(client, vendor)

    assert text in client.get("/portal").get_data(as_text=True)


def test_a_new_shop_is_led_to_what_it_lacks_before_it_can_sell(client: FlaskClient) -> None:
    vendor = make_vendor(with_shipping=False)
    enter(client, vendor)

    bare = client.get("/portal").get_data(as_text=True)
    make_shipping_method(vendor)
    make_product(vendor, state=ProductState.DRAFT)
    drafted = client.get("/portal").get_data(as_text=True)

    assert "Say where you ship, and for how much" in bare
    assert 'href="/portal/products/new"' in bare.partition("Add your first product")[2]
    assert "Say where you ship" not in drafted
    assert "Submit your draft" in drafted


def test_a_company_that_has_not_begun_to_apply_is_led_there(client: FlaskClient, app: Flask) -> None:
    company = make_company(is_buyer=False, is_vendor=True)
    log_in(client, make_member(company), company)

    assert "Complete the application" in client.get("/portal").get_data(as_text=True)
    assert client.get("/portal/application").status_code == 200
    assert client.get("/portal/shop").status_code == 404


def test_week_closed_days_and_terms_are_kept(client: FlaskClient) -> None:
    vendor = make_vendor()
    enter(client, vendor)

    client.post("/portal/shop", data=SHOP)
    db.session.expire_all()
    kept = queries.vendor_by_id(vendor.id)

    assert kept.hours["days"] == "Mon-Thu, Sat"
    assert queries.closed_days(vendor.id) == {date(2026, 12, 24), date(2026, 12, 25)}
    assert queries.facts_of([vendor.id])[vendor.id].terms == ("protected", "net30")
    page = shown(client, vendor)
    assert "Net 30 days" in page
    assert "Net 30 after three orders." in page


def test_what_the_shop_is_best_at_is_chosen_from_the_operators_lists(client: FlaskClient) -> None:
    vendor = make_vendor()
    enter(client, vendor)
    wishes = {
        "best_at_en": "Stainless bolts in large runs",
        "processes": ["cold_forming", "threading"],
        "materials": ["stainless_steel"],
        "capacity_month": "40,000",
        "capacity_unit": "pcs",
        "tolerance_um": "50",
        "lot_from": "500",
    }

    refused = client.post("/portal/shop/capabilities", data=wishes | {"materials": ["unobtainium"]})
    client.post("/portal/shop/capabilities", data=wishes)

    assert refused.status_code == 422
    assert "Stainless bolts in large runs" in refused.get_data(as_text=True)
    page = shown(client, vendor)
    for words in ("Stainless bolts in large runs", "Cold forming", "40,000 pieces", "±0.05 mm", "from 500 pieces"):
        assert words in page
    assert queries.facts_of([vendor.id])[vendor.id].processes == {"cold_forming", "threading"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"capacity_month": "400"}, "capacity_unit"),
        ({"lot_from": "500", "lot_to": "100"}, "lot_to"),
        ({"tolerance_um": "0"}, "tolerance_um"),
    ],
)
def test_a_wrong_capability_is_said_at_its_field(client: FlaskClient, changes: dict[str, str], field: str) -> None:
    enter(client, make_vendor())

    response = client.post("/portal/shop/capabilities", data={"best_at_en": "Bolts", **changes})

    assert response.status_code == 422
    assert f'id="{field}-error"' in response.get_data(as_text=True)


def test_the_shop_shows_ten_products_and_leads_to_all(client: FlaskClient) -> None:
    vendor = make_vendor()
    for n in range(12):
        make_product(vendor, title=f"Bolt number {n}")

    page = shown(client, vendor)
    everything = client.get(f"/shops/{vendor.slug}/products").get_data(as_text=True)

    assert page.count("Bolt number") == 10
    assert "All 12 products" in page
    assert everything.count("Bolt number") == 12


def test_the_team_names_people_roles_and_department(client: FlaskClient) -> None:
    vendor = make_vendor()
    company = enter(client, vendor, Role.VENDOR_OWNER)
    make_member(company, [Role.VENDOR_SALES], name="Sven Vik")
    make_member(company, [Role.FINANCE], name="Only Buys")

    page = client.get("/portal/team").get_data(as_text=True)

    assert "Sven Vik" in page
    assert "accepts and ships orders" in page
    assert "Only Buys" not in page


def test_what_stands_side_by_side_is_parted_as_the_reader_does(client: FlaskClient) -> None:
    vendor = make_vendor(languages=["en", "sv"])
    make_certificate(vendor, scope="site Norrköping")

    page = client.get(f"/shops/{vendor.slug}?lang=zh-Hans").get_data(as_text=True)

    assert "：site Norrköping" in page
    assert "英语，瑞典语" in page
