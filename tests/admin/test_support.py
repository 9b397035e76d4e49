"""Support looks companies and people up, keeps notes that nobody else sees, and shuts people out with a reason."""

from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from marketplace.accounts.models import Company, Person
from marketplace.accounts.permissions import Role
from marketplace.core.db import db
from tests.conftest import count_queries
from tests.factories.accounts import log_in, make_company, make_member, make_operator
from tests.factories.orders import make_order


def log_in_staff(client: FlaskClient, role: Role = Role.PLATFORM_SUPPORT) -> tuple[Company, Person]:
    company, person = make_operator((role,))
    log_in(client, person, company)
    return company, person


def page(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


@pytest.mark.parametrize("path", ["/desk/companies", "/desk/companies.csv", "/desk/people", "/desk/people.csv"])
def test_only_staff_come_in(client: FlaskClient, path: str) -> None:
    company = make_company()
    log_in(client, make_member(company, [Role.OWNER]), company)

    assert client.get(path).status_code == 403


def test_companies_are_found_by_name_country_and_side(client: FlaskClient) -> None:
    make_company(name="Kuretani Textile Mills", country="JP", is_vendor=True)
    make_company(name="Halden Rail Systems", country="SE")
    log_in_staff(client)

    assert "Kuretani" in page(client, "/desk/companies?words=kuret")
    assert "Halden" not in page(client, "/desk/companies?words=jp")
    assert "Halden" not in page(client, "/desk/companies?side=sells")
    assert "No company fits" in page(client, "/desk/companies?words=%25_nobody")
    assert "Kuretani" in page(client, "/desk/companies.csv?side=sells")


def test_people_are_found_by_name_address_and_standing(client: FlaskClient) -> None:
    company = make_company(name="Halden Rail Systems")
    make_member(company, [Role.OWNER], email="m.lindqvist@halden.example", name="M. Lindqvist")
    log_in_staff(client)

    found = page(client, "/desk/people?words=lindq")
    assert "m.lindqvist@halden.example" in found
    assert "Halden Rail Systems" in found
    assert "Nobody fits" in page(client, "/desk/people?words=lindq&standing=disabled")


def test_a_list_costs_the_same_whatever_its_length(client: FlaskClient) -> None:
    log_in_staff(client)
    make_company(name="The first")
    with count_queries() as few:
        page(client, "/desk/companies")
    for number in range(30):
        make_member(make_company(name=f"Company {number}"), [Role.OWNER])
    with count_queries() as many:
        page(client, "/desk/companies")
    with count_queries() as people:
        page(client, "/desk/people")

    assert len(many) <= len(few)
    assert len(people) <= 14


def test_a_company_is_shown_with_its_money_and_people(client: FlaskClient) -> None:
    order = make_order()[1]
    log_in_staff(client)

    shown = page(client, f"/desk/companies/{order.buyer_id}")

    assert order.number in shown
    assert "Members" in shown


def test_a_note_is_kept_and_no_page_of_a_company_can_read_it(client: FlaskClient) -> None:
    company = make_company()
    log_in_staff(client)

    assert client.post(f"/desk/companies/{company.id}", data={"text": "Called about PO-17."}).status_code == 303
    assert "Called about PO-17." in page(client, f"/desk/companies/{company.id}")
    assert client.post(f"/desk/companies/{company.id}", data={"text": " "}).status_code == 422
    again = {"text": "Sent twice by a second click.", "_once": "a-form-that-is-sent-twice"}
    assert [client.post(f"/desk/companies/{company.id}", data=again).status_code for _ in range(2)] == [303, 303]
    assert page(client, f"/desk/companies/{company.id}").count("Sent twice by a second click.") == 1
    readers = db.session.execute(text("SELECT has_table_privilege('millgate_app', 'desk_notes', 'SELECT')")).scalar()
    assert readers is False


def test_somebody_shut_out_is_out_at_once_and_can_come_back(client: FlaskClient) -> None:
    company = make_company()
    person = make_member(company, [Role.OWNER])
    theirs = client.application.test_client()
    log_in(theirs, person, company)
    assert theirs.get("/company").status_code == 200
    log_in_staff(client, Role.PLATFORM_ADMIN)

    shut = client.post(f"/desk/people/{person.id}/access", data={"access": "shut", "reason": "Stolen laptop"})

    assert shut.status_code == 303
    assert theirs.get("/company").status_code in (302, 303, 401)
    assert "Shut out since" in page(client, f"/desk/people/{person.id}")
    assert client.post(f"/desk/people/{person.id}/access", data={"access": "open", "reason": "Found again"}).status_code == 303
    log_in(theirs, person, company)
    assert theirs.get("/company").status_code == 200


def test_shutting_out_needs_a_reason_a_right_and_somebody_else(client: FlaskClient) -> None:
    person = make_member(make_company(), [Role.OWNER])
    _, admin = log_in_staff(client, Role.PLATFORM_ADMIN)

    assert client.post(f"/desk/people/{person.id}/access", data={"access": "shut", "reason": ""}).status_code == 422
    own = client.post(f"/desk/people/{admin.id}/access", data={"access": "shut", "reason": "A try"})
    assert own.status_code == 422
    assert "This is you" in own.get_data(as_text=True)
    assert client.post(f"/desk/people/{uuid4()}/access", data={"access": "shut", "reason": "A try"}).status_code == 404
    log_in_staff(client, Role.PLATFORM_SUPPORT)
    assert client.post(f"/desk/people/{person.id}/access", data={"access": "shut", "reason": "A try"}).status_code == 403
