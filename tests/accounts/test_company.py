"""The company's profile, its sides, its addresses, its files."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.accounts import queries
from marketplace.accounts.models import Company, Location
from marketplace.accounts.permissions import Role
from marketplace.core import files
from marketplace.core.audit import AuditEvent
from marketplace.core.db import db, transaction
from marketplace.core.files import FileAccess
from tests.accounts.mailbox import letters_to, link_in
from tests.factories.accounts import log_in, make_company, make_location, make_member, make_operator
from vendors.models import Vendor

PROFILE = {"name": "Halden Rail Systems AB", "country": "SE", "currency": "EUR", "phone": "+46 31 390 06 40"}
ADDRESS = {"name": "Malmö depot", "street": "Spårvägen 22", "postcode": "211 24", "city": "Malmö", "country": "SE"}


def enter(client: FlaskClient, *roles: Role, **fields: bool) -> Company:
    company = make_company(**fields)  # type: ignore[arg-type]
    log_in(client, make_member(company, roles or None), company)
    return company


def test_the_profile_is_saved_and_stands_in_the_history(client: FlaskClient) -> None:
    company = enter(client)

    assert client.post("/company", data=PROFILE).status_code == 303

    db.session.refresh(company)
    assert company.phone == "+46 31 390 06 40"
    event = db.session.execute(select(AuditEvent).where(AuditEvent.act == "company.edited")).scalar_one()
    assert event.after["name"] == "Halden Rail Systems AB"


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("phone", "031 390"), ("email", "x"), ("country", "Sweden")],
)
def test_a_wrong_fact_is_said_at_its_field(client: FlaskClient, field: str, value: str) -> None:
    company = enter(client)
    before = company.name

    response = client.post("/company", data={**PROFILE, field: value})

    assert response.status_code == 422
    assert f'id="{field}-error"' in response.get_data(as_text=True)
    db.session.refresh(company)
    assert company.name == before


def test_a_viewer_reads_the_profile_and_cannot_change_it(client: FlaskClient) -> None:
    company = enter(client, Role.VIEWER)
    make_member(company)

    page = client.get("/company")

    assert page.status_code == 200
    assert re.findall(r'data-module="(\w+)"', page.get_data(as_text=True)) == ["suggest", "tabs"]  # the search of every page, no form
    assert client.post("/company", data=PROFILE).status_code == 403
    assert client.post("/company/sell").status_code == 403
    assert client.post("/company/locations/new", data=ADDRESS).status_code == 403


def test_a_buyer_opens_its_selling_side(client: FlaskClient, run_jobs: Callable[[], int]) -> None:
    company = enter(client)

    client.post("/company/sell")
    run_jobs()

    assert db.session.get(Vendor, company.id) is not None
    assert client.get("/portal").status_code == 200


def test_a_seller_opens_its_buying_side(client: FlaskClient) -> None:
    company = enter(client, is_buyer=False, is_vendor=True)

    assert client.post("/company/buy").headers["Location"] == "/company/locations"

    db.session.refresh(company)
    assert company.is_buyer


def test_the_first_address_is_the_default_and_stays_until_another_is(client: FlaskClient) -> None:
    company = enter(client, with_location=False)
    client.post("/company/locations/new", data=ADDRESS)
    client.post("/company/locations/new", data={**ADDRESS, "name": "Gothenburg plant", "_once": "one"})
    client.post("/company/locations/new", data={**ADDRESS, "name": "Gothenburg plant", "_once": "one"})
    first, second = queries.locations(company.id)
    at_first = (first.name, first.is_default)

    client.post(f"/company/locations/{first.id}/remove")
    kept = [location.name for location in queries.locations(company.id)]
    client.post(f"/company/locations/{second.id}/default")
    client.post(f"/company/locations/{first.id}/remove")

    assert at_first == ("Malmö depot", True)
    assert kept == ["Malmö depot", "Gothenburg plant"]
    assert [location.name for location in queries.locations(company.id)] == ["Gothenburg plant"]


def test_an_address_is_changed(client: FlaskClient) -> None:
    company = enter(client)
    location = queries.locations(company.id)[0]

    wrong = client.post(f"/company/locations/{location.id}", data={**ADDRESS, "city": ""})
    right = client.post(f"/company/locations/{location.id}", data=ADDRESS)

    assert (wrong.status_code, right.status_code) == (422, 303)
    assert 'value="Malmö depot"' in wrong.get_data(as_text=True)
    db.session.refresh(location)
    assert location.city == "Malmö"


def test_a_strangers_address_is_not_found(client: FlaskClient) -> None:
    enter(client)
    theirs = make_location(make_company(with_location=False))

    for path in ("", "/default", "/remove"):
        assert client.post(f"/company/locations/{theirs.id}{path}", data=ADDRESS).status_code == 404
    assert client.get(f"/company/locations/{theirs.id}").status_code == 404
    row = db.session.get_one(Location, theirs.id)
    assert (row.name, row.removed_at) == ("Gothenburg plant", None)


def test_a_visitor_chooses_where_goods_go(client: FlaskClient) -> None:
    chosen = client.post("/ship-to", data={"country": "NO", "next": "/shops"})
    wrong = client.post("/ship-to", data={"country": "Norway"})

    assert (chosen.status_code, chosen.headers["Location"], wrong.status_code) == (303, "/shops", 422)
    with client.session_transaction() as cookie:
        assert cookie["ship_to"] == "NO"


def test_a_country_that_was_chosen_stands_in_the_bar(client: FlaskClient) -> None:
    enter(client)
    client.post("/ship-to", data={"country": "NO"})

    assert "Ship to: Norway" in client.get("/company").get_data(as_text=True)


def stored(company: Company, access: FileAccess = FileAccess.COMPANY) -> str:
    content = b"%PDF-1.4 a certificate"
    with transaction():
        row = files.record(company.id, 'ISO "9001" für Göteborg.pdf', content, access=access)
    files.store(row, content)
    return f"/files/{row.id}"


def test_a_file_goes_to_its_company_and_to_staff_as_an_attachment(app: Flask, client: FlaskClient) -> None:
    company = enter(client)
    url = stored(company)
    operator, staff = make_operator((Role.PLATFORM_VERIFIER,))
    desk = app.test_client()
    log_in(desk, staff, operator)

    response = client.get(url)

    assert (response.status_code, response.get_data()) == (200, b"%PDF-1.4 a certificate")
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in response.headers["Content-Security-Policy"]
    assert response.headers["Cache-Control"] == "private, no-store"
    assert desk.get(url).status_code == 200


def test_a_pdf_may_be_framed_by_our_own_pages_and_runs_nothing(app: Flask, client: FlaskClient) -> None:
    url = stored(enter(client))

    shown = client.get(f"{url}/paper.pdf")

    assert (shown.status_code, shown.mimetype, shown.get_data()) == (200, "application/pdf", b"%PDF-1.4 a certificate")
    assert shown.headers["Content-Disposition"].startswith("inline")
    assert shown.headers["Content-Security-Policy"] == "default-src 'none'; sandbox; frame-ancestors 'self'"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert app.test_client().get(f"{url}/paper.pdf").status_code == 404


def test_no_other_kind_of_file_is_shown_in_place(client: FlaskClient) -> None:
    company = enter(client)
    with transaction():
        page = files.record(company.id, "paper.html", b"<script>alert(1)</script>", media_type="text/html")
    files.store(page, b"<script>alert(1)</script>")

    assert client.get(f"/files/{page.id}/paper.pdf").status_code == 404


def test_a_file_of_strangers_looks_like_none(app: Flask, client: FlaskClient) -> None:
    enter(client)
    url = stored(make_company())
    unused = f"/files/{make_company().id}"

    theirs, nothing, visitor = client.get(url), client.get(unused), app.test_client().get(url)

    assert (theirs.status_code, nothing.status_code, visitor.status_code) == (404, 404, 404)


def test_a_public_file_goes_to_everybody(client: FlaskClient) -> None:
    assert client.get(stored(make_company(), FileAccess.PUBLIC)).status_code == 200


def test_the_first_administrator_sets_the_password_by_a_link(app: Flask, run_jobs: Callable[[], int]) -> None:
    runner = app.test_cli_runner()

    made = runner.invoke(args=["accounts", "open-platform", "--email", "Chief@millgate.example", "--name", "Tomoko Mori"])
    again = runner.invoke(args=["accounts", "open-platform", "--email", "chief@millgate.example", "--name", "Somebody"])
    run_jobs()

    assert (made.exit_code, again.exit_code) == (0, 1)
    operator = db.session.execute(select(Company).where(Company.is_operator)).scalar_one()
    assert [m.roles for m, _person in queries.members_of(operator.id)] == [["platform_admin"]]
    browser = app.test_client()
    link = link_in(letters_to(app, "chief@millgate.example")[0], "/reset-password/")
    browser.post(link, data={"password": "a long new password"})
    landed = browser.post("/log-in", data={"email": "chief@millgate.example", "password": "a long new password"})
    assert landed.headers["Location"].startswith("/desk")
