"""The vendor's pages of a change of checked facts, and what the company's own profile may not change any more."""

import re
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts import services as accounts
from marketplace.accounts.errors import FactsChecked
from marketplace.accounts.models import Company
from marketplace.accounts.permissions import Role
from marketplace.core.db import db
from tests.factories.accounts import log_in, make_member
from tests.quality.contested import make_desk
from tests.vendors.changing import NEW_NUMBER, OLD_NUMBER, PDF, WHY, Seller, form_of, make_seller, seen, send
from vendors import queries, services
from vendors.models import ChangeState, FactChange, VendorState

URL = "/portal/facts/change"


@pytest.fixture
def seller(app: Flask) -> Seller:
    return make_seller(name="Norrvik Fasteners AB")


@pytest.fixture
def portal(client: FlaskClient, seller: Seller) -> FlaskClient:
    log_in(client, seller.owner, seller.company)
    return client


def words(client: FlaskClient, path: str) -> str:
    return " ".join(client.get(path).get_data(as_text=True).split())


def extract() -> tuple[BytesIO, str]:
    return BytesIO(PDF), "extract.pdf"


def company_of(seller: Seller) -> Company:
    db.session.expire_all()
    return db.session.get_one(Company, seller.vendor.id)


def test_what_changes_is_asked_with_its_paper_and_sent_once(portal: FlaskClient, seller: Seller) -> None:
    page = words(portal, URL)
    assert "Today: Norrvik Fasteners AB" in page
    assert "applies as a new vendor" in page
    found = re.search(r'name="_once" value="([^"]+)"', page)
    assert found
    fields = form_of(seller, name="Norrvik Industri AB", _once=found[1])

    without = portal.post(URL, data=fields)
    assert without.status_code == 409
    assert 'id="registry_file-error"' in without.get_data(as_text=True)
    assert 'id="owners_file-error"' not in without.get_data(as_text=True)
    assert 'value="Norrvik Industri AB"' in without.get_data(as_text=True)

    answers = [portal.post(URL, data=fields | {"registry_file": extract()}) for _ in range(2)]

    (change,) = queries.changes_of(seller.vendor.id)
    assert [(answer.status_code, answer.location) for answer in answers] == [(303, f"/portal/facts/changes/{change.id}")] * 2
    assert change.after == {"name": "Norrvik Industri AB"}
    for path in ("/portal", "/portal/application", "/portal/shop", "/portal/facts"):
        assert "Legal name: Norrvik Fasteners AB → Norrvik Industri AB" in words(portal, path), path
    assert "Norrvik Industri" not in words(portal, f"/shops/{seller.vendor.slug}")
    assert "extract.pdf" in words(portal, f"/portal/facts/changes/{change.id}")
    assert portal.get(URL).location == f"/portal/facts/changes/{change.id}"


@pytest.mark.parametrize(
    ("field", "value", "status"),
    [("name", "", 422), ("holds_from", "2099-01-01", 409), ("reason", "", 422), ("tax_number", "SE1234", 422), ("owners", "", 422)],
)
def test_what_is_wrong_is_said_at_its_field(portal: FlaskClient, seller: Seller, field: str, value: str, status: int) -> None:
    replaces = {"replaces": "se.vat 556999000101"} if field == "tax_number" else {}
    fields: dict[str, Any] = {"street": "Hamngatan 1", "registry_file": extract()} | replaces | {field: value}
    answer = portal.post(URL, data=form_of(seller, **fields))
    assert answer.status_code == status
    assert f'id="{field}-error"' in answer.get_data(as_text=True)
    assert queries.changes_of(seller.vendor.id) == []


def test_nothing_new_is_refused(portal: FlaskClient, seller: Seller) -> None:
    answer = portal.post(URL, data=form_of(seller))
    assert answer.status_code == 409
    assert "Nothing differs from what is in force." in answer.get_data(as_text=True)


def test_a_tax_number_takes_the_place_of_another(portal: FlaskClient, seller: Seller) -> None:
    number = NEW_NUMBER["display"]
    fields = form_of(seller, tax_number=number, replaces=f"{OLD_NUMBER['scheme']} {OLD_NUMBER['value']}", tax_id_file=extract())
    assert portal.post(URL, data=fields).status_code == 303
    (change,) = queries.changes_of(seller.vendor.id)
    assert (change.before["tax_id"], change.after["tax_id"]["display"]) == (OLD_NUMBER, number)
    assert set(change.files) == {"tax_id"}


def test_the_state_of_an_american_vendor_is_written_as_its_code(client: FlaskClient) -> None:
    seller = make_seller(country="US", currency="USD")
    log_in(client, seller.owner, seller.company)
    wrong = client.post(URL, data=form_of(seller, region="Bavaria", registry_file=extract()))
    assert 'id="region-error"' in wrong.get_data(as_text=True)
    assert client.post(URL, data=form_of(seller, region="Wisconsin", registry_file=extract())).status_code == 303
    assert queries.changes_of(seller.vendor.id)[0].after["address"]["region"] == "WI"


def test_the_desks_question_is_answered_on_the_same_page(portal: FlaskClient, seller: Seller) -> None:
    desk = make_desk()
    change = send(seller, name="Norrvik Industri AB")
    services.ask_about_change(change.id, {}, reason=WHY, revision=change.revision, actor=desk.decider)
    db.session.commit()

    home, page = words(portal, "/portal"), words(portal, URL)
    assert "Answer the desk about your change" in home
    assert all(said in page for said in (WHY, "extract.pdf", 'value="Norrvik Industri AB"'))
    fields = form_of(seller, name="Norrvik Industri Aktiebolag", note="The register writes it in full.")
    assert portal.post(URL, data=fields).status_code == 303

    db.session.expire_all()
    again = db.session.get_one(FactChange, change.id)
    assert (again.state, again.after["name"], again.revision) == (ChangeState.WAITING, "Norrvik Industri Aktiebolag", 3)


def test_a_change_is_withdrawn_once_and_not_after_its_decision(portal: FlaskClient, seller: Seller) -> None:
    change = send(seller, name="Norrvik Industri AB")
    db.session.commit()
    url = f"/portal/facts/changes/{change.id}"
    assert [portal.post(f"{url}/withdraw").status_code for _ in range(2)] == [303, 303]
    assert "Withdrawn" in words(portal, url)

    desk, other = make_desk(), send(seller, name="Norrvik Steel AB")
    services.confirm_change(other.id, seen(other), revision=other.revision, actor=desk.decider)
    db.session.commit()
    late = portal.post(f"/portal/facts/changes/{other.id}/withdraw")
    assert late.status_code == 409
    assert "This cannot be done now" in late.get_data(as_text=True)


def test_another_vendor_and_people_without_the_shop_see_nothing(app: Flask, seller: Seller) -> None:
    change = send(seller, name="Norrvik Industri AB")
    db.session.commit()
    stranger, sales = app.test_client(), app.test_client()
    other = make_seller()
    log_in(stranger, other.owner, other.company)
    log_in(sales, make_member(seller.company, [Role.VENDOR_SALES]), seller.company)
    assert stranger.get(f"/portal/facts/changes/{change.id}").status_code == 404
    assert stranger.post(f"/portal/facts/changes/{change.id}/withdraw").status_code == 404
    assert stranger.get(f"/files/{change.files['registry']}").status_code == 404
    assert sales.get("/portal/facts").status_code == 403
    assert "Norrvik Industri" not in words(sales, "/portal")


def test_a_vendor_that_was_not_checked_is_led_to_its_application(client: FlaskClient) -> None:
    seller = make_seller(state=VendorState.DATA_NEEDED)
    log_in(client, seller.owner, seller.company)
    assert client.get(URL).location == "/portal/application"


def test_the_profile_asks_only_what_was_not_checked(portal: FlaskClient, seller: Seller) -> None:
    page = words(portal, "/company")
    assert 'name="name"' not in page
    assert URL in page
    contact = {"currency": "EUR", "phone": "+46 31 390 06 40", "email": ""}
    assert portal.post("/company", data=contact).status_code == 303
    assert company_of(seller).phone == "+46 31 390 06 40"

    forged = portal.post("/company", data=contact | {"name": "Another AB", "country": "SE"})

    assert forged.status_code == 409
    assert "This was checked with your application" in forged.get_data(as_text=True)
    assert company_of(seller).name == "Norrvik Fasteners AB"


@pytest.mark.parametrize("field", ["name", "local_name", "country", "region"])
def test_the_service_keeps_each_checked_fact(seller: Seller, field: str) -> None:
    facts: dict[str, Any] = {name: getattr(seller.company, name) for name in ("name", "local_name", "country", "region")}
    kept: dict[str, Any] = {"currency": "EUR", "phone": None, "email": None, "is_checked": True, "actor": seller.actor}
    accounts.edit_company(seller.company.id, **facts, **kept)
    with pytest.raises(FactsChecked):
        accounts.edit_company(seller.company.id, **(facts | {field: "NO"}), **kept)


def test_a_checked_number_is_not_removed_and_another_is(portal: FlaskClient, seller: Seller) -> None:
    company = company_of(seller)
    company.tax_ids = [OLD_NUMBER, NEW_NUMBER]
    line = queries.requirements_of(seller.vendor.id)["tax_id"]
    line.value = OLD_NUMBER["display"]
    db.session.commit()

    page = portal.get("/company/tax-numbers").get_data(as_text=True)
    assert page.count('action="/company/tax-numbers/remove"') == 1
    for number in (OLD_NUMBER, NEW_NUMBER):
        sent = {"scheme": number["scheme"], "value": number["value"]}
        assert portal.post("/company/tax-numbers/remove", data=sent).status_code == 303
    assert company_of(seller).tax_ids == [OLD_NUMBER]


def test_before_the_check_the_profile_is_the_companys_own(client: FlaskClient) -> None:
    seller = make_seller(state=VendorState.UNDER_REVIEW)
    log_in(client, seller.owner, seller.company)
    sent = {"name": "Another AB", "country": "SE", "currency": "EUR"}
    assert client.post("/company", data=sent).status_code == 303
    assert company_of(seller).name == "Another AB"
    remove = {"scheme": OLD_NUMBER["scheme"], "value": OLD_NUMBER["value"]}
    assert client.post("/company/tax-numbers/remove", data=remove).status_code == 303
    assert company_of(seller).tax_ids == []


def test_the_vendors_history_does_not_name_who_was_on_duty(portal: FlaskClient, seller: Seller) -> None:
    desk = make_desk()
    change = send(seller, name="Norrvik Industri AB")
    services.assign_change(change.id, to=desk.first.id, seen=None, to_name=desk.first.name, actor=desk.decider)
    db.session.commit()
    page = words(portal, "/company/history")
    assert "Asked for a change of what was checked" in page
    assert desk.first.name not in page
