"""Price lists and segments in the portal, the operator's tables at the desk."""

import io
import re
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from marketplace.accounts.models import Company
from marketplace.accounts.permissions import Role
from marketplace.core.audit import SYSTEM
from marketplace.core.db import db
from marketplace.pricing import queries, services, shipped
from marketplace.pricing.formulas import Formula
from marketplace.pricing.models import DutyRate, ListState, PriceList, Segment, SegmentMember, TaxRate
from tests.conftest import count_queries
from tests.factories.accounts import log_in, make_company, make_location, make_member
from tests.factories.catalogue import make_category, make_product, only_variant
from tests.factories.pricing import days, make_price_list, make_segment
from tests.factories.vendors import make_vendor
from vendors.models import Vendor

LISTS = "/portal/price-lists"


@pytest.fixture
def vendor(client: FlaskClient) -> Vendor:
    made = make_vendor()
    company = db.session.get_one(Company, made.id)
    log_in(client, make_member(company, [Role.VENDOR_OWNER]), company)
    return made


@pytest.fixture
def desk(client: FlaskClient) -> FlaskClient:
    company = make_company(is_operator=True, is_buyer=False, is_vendor=False, with_location=False)
    log_in(client, make_member(company, [Role.PLATFORM_ADMIN]), company)
    services.load_tax_rates(shipped.tax_rates(), actor=SYSTEM)
    services.load_duty_rates(shipped.duty_rates(), actor=SYSTEM)
    return client


def new_list(client: FlaskClient, **fields: str) -> str:
    body = {"name": "Frame 2027", "kind": "fixed", "standing": "list", "currency": "EUR", "valid_from": days(0).isoformat()} | fields
    answer = client.post(f"{LISTS}/new", data=body)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def only_list() -> PriceList:
    return db.session.scalars(select(PriceList)).one()


def test_a_list_goes_from_nothing_to_a_buyers_price(client: FlaskClient, vendor: Vendor) -> None:
    buyer = make_company(name="Halden Rail Systems AB")
    variant = only_variant(make_product(vendor, sku="NV-22115, HV", tiers=((1, 500_000),)))

    page = new_list(client)
    pasted = "SKU;From;Price\nNV-22115, HV;1;0.45\nNV-22115, HV;1000;0.4\n"
    assert client.post(f"{page}/prices", data={"rows": pasted, "begins_on": days(0).isoformat()}).status_code == 303
    assert client.post(f"{page}/companies", data={"company": "halden rail systems ab"}).status_code == 303
    assert client.post(f"{page}/activate").status_code == 303

    shown = client.get(page).text
    assert "Halden Rail Systems AB" in shown
    assert "0.4500" in shown
    assert only_list().state is ListState.ACTIVE
    lines = queries.price_lines([(variant.id, 1_000)], buyer_id=buyer.id, ship_to="SE").lines
    assert (lines[0].unit_price_micro, lines[0].price_source) == (400_000, "company_list")
    assert "Frame 2027" in client.get(LISTS).text
    assert "Frame 2027" in client.get(f"{LISTS}.csv").text


def test_wrong_lines_are_all_named_and_nothing_is_written(client: FlaskClient, vendor: Vendor) -> None:
    make_product(vendor, sku="NV-1")
    make_product(make_vendor(), sku="FOREIGN")
    page = new_list(client)
    rows = "NV-1\t1\t0.45\nFOREIGN\t1\t0.3\nNV-1\tten\t0.4\nNV-1\t20\t0.5\nNV-1\t1\t0.2\nNV-1\t30\t-1"

    answer = client.post(f"{page}/prices", data={"rows": rows, "begins_on": days(0).isoformat()})

    assert answer.status_code == 422
    for line in (2, 3, 4, 5, 6):
        assert f"Line {line}," in answer.text
    assert "FOREIGN\t1\t0.3" in answer.text
    assert "No variant has a price" in answer.text


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_csv_file_is_read_as_spreadsheets_write_it(client: FlaskClient, vendor: Vendor, encoding: str) -> None:
    make_product(vendor, sku="螺栓-1")
    page = new_list(client)
    sent = (io.BytesIO("货号,数量,单价\n螺栓-1,1,0.45\n".encode(encoding)), "prices.csv")

    answer = client.post(f"{page}/prices", data={"file": sent, "begins_on": days(0).isoformat()})

    assert answer.status_code == 303
    assert "螺栓-1" in client.get(f"{page}/prices.csv").text


def test_what_was_exported_can_be_sent_back(client: FlaskClient, vendor: Vendor) -> None:
    variant = only_variant(make_product(vendor, sku="=NV", unit="mm", display_unit="m", display_factor=1_000, price_per=1_000))
    made = make_price_list(vendor, prices={variant.id: [(2_500, 230_000), (100_000, 200_000)]}, is_active=False)
    page = f"{LISTS}/{made.id}"

    exported = client.get(f"{page}/prices.csv").text
    again = client.post(f"{page}/prices", data={"rows": exported, "begins_on": days(1).isoformat()})

    assert "'=NV,2.5,0.2300,EUR,1 m" in exported
    assert again.status_code == 303
    assert "0 variants have another price" in client.get(page).text  # the same prices: nothing to write


def test_a_formula_with_bands_is_set_and_shown(client: FlaskClient, vendor: Vendor) -> None:
    page = new_list(client, kind="formula")
    body = {
        "percent": "-3",
        "bands-0-from_quantity": "1,000",
        "bands-0-percent": "−5.5 %",
        "round_micro": "100",
        "rounding": "down",
        "begins_on": days(0).isoformat(),
    }

    assert client.post(f"{page}/formula", data=body).status_code == 303
    refused = client.post(f"{page}/formula", data=body | {"bands-0-percent": "2"})
    assert client.post(f"{page}/formula", data=body | {"percent": "+-3"}).status_code == 422

    assert "−5.5\u00a0%" in client.get(page).text
    assert refused.status_code == 422
    assert "more never costs more" in refused.text
    assert 'href="#bands-0-percent"' in refused.text


def test_a_company_is_found_by_exact_name_or_number_only(client: FlaskClient, vendor: Vendor) -> None:
    numbers = ({"scheme": "se.vat", "value": "559998400101", "display": "SE559998400101"},)
    buyer = make_company(name="Halden Rail Systems AB", tax_ids=numbers)
    make_location(buyer, name="Plant 2", is_default=False)
    page = new_list(client)

    part = client.post(f"{page}/companies", data={"company": "Halden"})
    nobody = client.post(f"{page}/companies", data={})
    elsewhere = client.post(f"{page}/companies", data={"company": "SE 559998 400101", "location": "Moon"})
    right = client.post(f"{page}/companies", data={"company": "SE 559998 400101", "location": "plant 2"})

    assert [part.status_code, nobody.status_code, elsewhere.status_code, right.status_code] == [422, 422, 422, 303]
    assert "Plant 2" in client.get(page).text


def test_a_customer_of_nobody_cannot_be_chosen_by_its_id(client: FlaskClient, vendor: Vendor) -> None:
    page = new_list(client)

    answer = client.post(f"{page}/companies", data={"customer": str(make_company().id)})

    assert answer.status_code == 422


def test_a_list_that_is_not_ready_says_what_is_missing(client: FlaskClient, vendor: Vendor) -> None:
    page = new_list(client)

    client.post(f"{page}/activate")

    assert "A price list needs prices and somebody" in client.get(page).text


def test_a_stale_form_keeps_what_was_typed(client: FlaskClient, vendor: Vendor) -> None:
    page = new_list(client)
    body = {"name": "Other", "standing": "contract", "valid_from": days(3).isoformat(), "version": "2020-01-01T00:00:00+00:00"}

    answer = client.post(page, data=body)

    assert answer.status_code == 409
    assert 'value="Other"' in answer.text
    version = re.search(r'name="version" value="([^"]+)"', client.get(page).text)
    assert version is not None
    assert client.post(page, data=body | {"version": version[1]}).status_code == 303


def test_segments_are_made_filled_used_and_taken_away(client: FlaskClient, vendor: Vendor) -> None:
    buyer = make_company(name="Vaucelle SAS")
    page = str(client.post("/portal/segments", data={"name": "Fitters"}).location)
    assert client.post(f"{page}/companies", data={"company": "vaucelle sas"}).status_code == 303
    made = make_price_list(vendor, formula=Formula(-300), is_active=False)
    segment = db.session.scalars(select(Segment)).one()

    chosen = client.post(f"{LISTS}/{made.id}/segments", data={"segments": [str(segment.id)]})
    kept = client.post(f"{page}/remove")

    assert chosen.status_code == 303
    assert str(kept.location) == page
    assert "Fitters" in client.get("/portal/segments").text
    assert "Fitters,1,1" in client.get("/portal/segments.csv").text
    client.post(f"{LISTS}/{made.id}/segments", data={})
    client.post(f"{page}/companies/{buyer.id}/remove")
    assert db.session.scalars(select(SegmentMember)).all() == []
    assert str(client.post(f"{page}/remove").location) == "/portal/segments"


def test_a_name_that_is_taken_is_said_beside_its_field(client: FlaskClient, vendor: Vendor) -> None:
    make_segment(vendor, name="Fitters")
    page = f"/portal/segments/{make_segment(vendor, name='Others').id}"
    new_list(client)

    assert client.post("/portal/segments", data={"name": "Fitters"}).status_code == 409
    assert client.post(page, data={"name": "Fitters"}).status_code == 409
    assert client.post(page, data={"name": "Painters"}).status_code == 303
    body = {"name": "Frame 2027", "kind": "fixed", "standing": "list", "currency": "EUR", "valid_from": days(0).isoformat()}
    assert client.post(f"{LISTS}/new", data=body).status_code == 409
    assert client.post(f"{LISTS}/new", data=body | {"name": "X", "kind": "formula", "currency": "USD"}).status_code == 409


def test_the_vendor_sees_what_a_buyer_pays_and_why(client: FlaskClient, vendor: Vendor) -> None:
    buyer, other = make_company(name="Halden Rail Systems AB"), make_company()
    variant = only_variant(make_product(vendor, sku="NV-1", tiers=((1, 500_000), (100, 400_000))))
    make_price_list(vendor, companies=[buyer.id], prices={variant.id: [(10, 300_000)]}, name="Frame")

    seen = client.get(f"{LISTS}/preview", query_string={"buyer": str(buyer.id), "sku": "NV-1", "quantity": "10"})
    stranger = client.get(f"{LISTS}/preview", query_string={"buyer": str(other.id), "sku": "NV-1", "quantity": "10"})
    unknown = client.get(f"{LISTS}/preview", query_string={"buyer": str(buyer.id), "sku": "NV-2", "quantity": "10"})

    assert "0.3000" in seen.text
    assert "Frame" in seen.text
    assert (stranger.status_code, unknown.status_code) == (404, 422)


@pytest.mark.parametrize("path", ["", "/prices.csv"])
def test_another_vendors_list_is_not_there(client: FlaskClient, vendor: Vendor, path: str) -> None:
    theirs = make_price_list(make_vendor(), is_active=False)

    assert client.get(f"{LISTS}/{theirs.id}{path}").status_code == 404


def test_the_table_costs_as_many_statements_with_many_lists_as_with_one(client: FlaskClient, vendor: Vendor) -> None:
    make_price_list(vendor, is_active=False)
    client.get(LISTS)  # what is kept for a second is there
    with count_queries() as few:
        client.get(LISTS)
    for _ in range(12):
        make_price_list(vendor, is_active=False)
    with count_queries() as more:
        client.get(LISTS)

    assert len(more) == len(few) <= 12


def test_the_operator_lets_a_rate_begin_and_vouches_for_examples(desk: FlaskClient) -> None:
    example = db.session.scalars(select(TaxRate).where(TaxRate.region == "WI")).one()
    assert "are examples" in desk.get("/desk/taxes").text
    assert "Wisconsin" in desk.get("/desk/taxes/new").text or desk.get("/desk/taxes?country=US").status_code == 200

    assert desk.post(f"/desk/taxes/{example.id}/vouch").status_code == 303
    body = {"country": "US", "region": "Wisconsin", "tax_class": "sales_tax_state", "rate": "5.5", "begins_on": days(1).isoformat()}
    assert desk.post("/desk/taxes/new", data=body).status_code == 303

    db.session.expire_all()
    assert not db.session.get_one(TaxRate, example.id).is_example
    newest = db.session.scalars(select(TaxRate).where(TaxRate.region == "WI").order_by(TaxRate.valid_from.desc())).first()
    assert newest is not None
    assert (newest.rate_bp, newest.valid_from) == (550, days(1))
    assert desk.post("/desk/taxes/new", data=body).status_code == 409
    assert desk.post("/desk/taxes/new", data=body | {"region": "", "begins_on": days(2).isoformat()}).status_code == 422
    assert desk.post("/desk/taxes/new", data=body | {"begins_on": days(-1).isoformat()}).status_code == 409
    assert "US,WI" in desk.get("/desk/taxes.csv?country=US").text


def test_duties_and_classes_are_kept_at_the_desk(desk: FlaskClient) -> None:
    category = make_category(name="Books")
    example = db.session.scalars(select(DutyRate).where(DutyRate.hs_prefix == "731815", DutyRate.country == "EU")).one()

    assert desk.post(f"/desk/duties/{example.id}/vouch").status_code == 303
    body = {"country": "EU", "hs": "7318.15", "rate": "2.75", "begins_on": days(0).isoformat()}
    assert desk.post("/desk/duties/new", data=body).status_code == 303
    assert desk.post("/desk/duties/new", data=body | {"hs": "x"}).status_code == 422
    assert desk.post("/desk/tax-classes", data={"category_id": str(category.id), "tax_class": "reduced"}).status_code == 303
    assert desk.post("/desk/tax-classes", data={"category_id": str(category.id), "tax_class": "magic"}).status_code == 422

    assert "731815" in desk.get("/desk/duties?hs=7318").text
    assert "EU,731815,2.75" in desk.get("/desk/duties.csv").text
    assert "Reduced" in desk.get("/desk/tax-classes").text


@pytest.mark.parametrize(
    ("written", "status"), [("5 %", 303), ("2,75", 303), ("-0", 422), ("-5", 422), ("+5", 422), ("5.125", 422), ("1e1", 422), ("1001", 422)]
)
def test_a_rate_is_a_percent_without_a_sign(desk: FlaskClient, written: str, status: int) -> None:
    tax = {"country": "US", "region": "Wisconsin", "tax_class": "sales_tax_state", "rate": written, "begins_on": days(1).isoformat()}
    duty = {"country": "EU", "hs": "7318.15", "rate": written, "begins_on": days(0).isoformat()}
    rows = select(func.count()).select_from(TaxRate), select(func.count()).select_from(DutyRate)
    before = [db.session.scalar(each) for each in rows]

    answers = desk.post("/desk/taxes/new", data=tax), desk.post("/desk/duties/new", data=duty)

    assert [answer.status_code for answer in answers] == [status, status]
    assert status == 303 or all('href="#rate"' in answer.text for answer in answers)
    assert [db.session.scalar(each) for each in rows] == [number + (status == 303) for number in before]  # type: ignore[operator]


@pytest.mark.parametrize("path", ["/desk/taxes", "/desk/duties", "/desk/tax-classes", "/desk/taxes/new", "/desk/duties/new"])
def test_the_operators_tables_are_not_for_others(client: FlaskClient, vendor: Vendor, path: str) -> None:
    assert client.get(path).status_code == 403


def test_pages_without_anything_say_what_to_do(app: Flask, client: FlaskClient, vendor: Vendor) -> None:
    for path, words in ((LISTS, "No price list yet"), ("/portal/segments", "No segment yet"), (f"{LISTS}/preview", "No buyer has")):
        assert words in client.get(path).text
    assert client.get(f"{LISTS}?state=draft&q=zzz").status_code == 200
    assert UUID(str(vendor.id))
