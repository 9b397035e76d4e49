"""Support acts as a company: with a reason, for half an hour, and never in what binds the company or moves money."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, text

from marketplace.accounts.models import Company
from marketplace.accounts.permissions import VISITING_BUYER, VISITING_VENDOR, Permission, Role
from marketplace.core import clock
from marketplace.core.audit import AuditEvent
from marketplace.core.db import db
from tests.factories.accounts import log_in, make_company, make_member, make_operator
from tests.factories.orders import make_order
from tests.factories.vendors import make_vendor

CLOSED = {
    Permission.ORDER_PLACE,
    Permission.ORDER_ACCEPT_GOODS,
    Permission.PAYMENT_START,
    Permission.COMPANY_EDIT,
    Permission.MEMBER_EDIT,
    Permission.PAYOUT_EDIT,
    Permission.VENDOR_ORDER_FULFIL,
    Permission.REVIEW_WRITE,
    Permission.REVIEW_REPLY,
    Permission.DESK_VIEW,
}


@pytest.fixture
def operator(client: FlaskClient) -> Company:
    company, person = make_operator((Role.PLATFORM_SUPPORT,))
    log_in(client, person, company)
    return company


def visit(client: FlaskClient, company_id: object, reason: str = "Cannot find an order") -> int:
    return client.post(f"/desk/companies/{company_id}/visit", data={"reason": reason}).status_code


def test_nothing_that_binds_or_pays_is_among_the_rights() -> None:
    assert not (VISITING_BUYER | VISITING_VENDOR) & CLOSED


def test_support_sees_what_the_company_sees_under_a_banner(client: FlaskClient, operator: Company) -> None:
    _, order = make_order()

    assert visit(client, order.buyer_id) == 303

    page = client.get("/orders").get_data(as_text=True)
    assert "You act as" in page
    assert client.get("/desk").status_code == 403
    assert client.get("/checkout").status_code == 403
    assert client.get("/settings").status_code == 403
    assert client.get("/company/members/invite").status_code == 403


def test_what_is_closed_to_a_visitor_says_so_and_is_not_offered(client: FlaskClient, operator: Company) -> None:
    """Not that an administrator of 'your company' could change it; the visitor's own settings are not in the menu either."""
    _, order = make_order()
    assert 'href="/settings"' in client.get("/desk").get_data(as_text=True)
    visit(client, order.buyer_id)

    assert 'href="/settings"' not in client.get("/orders").get_data(as_text=True)
    for address in ("/settings", "/desk", "/company/members/invite"):
        page = client.get(address).get_data(as_text=True)
        assert "This stays closed while you act as a company." in page
        assert "An administrator of your company" not in page


def test_it_ends_by_hand_and_by_itself(client: FlaskClient, operator: Company) -> None:
    company = make_company()
    visit(client, company.id)
    assert client.get("/desk").status_code == 403

    assert client.post("/stop-acting").headers["Location"] == f"/desk/companies/{company.id}"
    assert client.get("/desk").status_code == 200

    visit(client, company.id)
    with clock.at(clock.now() + timedelta(minutes=31)):
        assert client.get("/desk").status_code == 200


def test_both_companies_read_who_came_and_why(client: FlaskClient, operator: Company) -> None:
    company = make_company()
    visit(client, company.id, "Their cart is empty")
    client.post("/stop-acting")

    events = list(db.session.scalars(select(AuditEvent).where(AuditEvent.subject_id == company.id).order_by(AuditEvent.seq)))

    assert [event.act for event in events] == ["company.visited", "company.visit_ended"]
    assert all(set(event.companies) == {company.id, operator.id} for event in events)
    assert events[0].after["reason"] == "Their cart is empty"
    assert events[1].on_behalf_of == company.id


def test_acts_in_between_name_the_company(client: FlaskClient, operator: Company) -> None:
    company = make_company(is_vendor=True)
    visit(client, company.id)
    client.post("/stop-acting")
    first = db.session.scalars(select(AuditEvent).where(AuditEvent.act == "company.visited")).one()

    assert first.on_behalf_of is None
    assert first.actor_name


def test_it_needs_a_reason_a_right_and_another_company(client: FlaskClient, operator: Company) -> None:
    company = make_company()

    assert visit(client, company.id, "") == 422
    assert visit(client, operator.id) == 422
    assert visit(client, "01a216f3-ff55-7088-b0b3-d015d5945048") == 404
    verifier = client.application.test_client()
    log_in(verifier, make_member(operator, [Role.PLATFORM_VERIFIER]), operator)
    assert visit(verifier, company.id) == 403
    assert client.get("/desk").status_code == 200


def test_a_visit_belongs_to_one_session(client: FlaskClient, operator: Company) -> None:
    company = make_company()
    colleague = client.application.test_client()
    log_in(colleague, make_member(operator, [Role.PLATFORM_SUPPORT]), operator)

    visit(client, company.id)

    assert colleague.get("/desk").status_code == 200


def test_somebody_who_left_the_platform_visits_nobody(client: FlaskClient, operator: Company) -> None:
    company = make_company()
    person = make_member(operator, [Role.PLATFORM_SUPPORT])
    theirs = client.application.test_client()
    log_in(theirs, person, operator)
    visit(theirs, company.id)
    db.session.execute(text("UPDATE memberships SET ended_at = now() WHERE person_id = :id"), {"id": person.id})

    assert theirs.get("/orders").status_code in (302, 303, 401)


def test_whoever_may_no_longer_visit_is_themselves_at_the_next_request(client: FlaskClient, operator: Company) -> None:
    company = make_company()
    person = make_member(operator, [Role.PLATFORM_SUPPORT])
    theirs = client.application.test_client()
    log_in(theirs, person, operator)
    visit(theirs, company.id)
    assert "You act as" in theirs.get("/home").get_data(as_text=True)

    db.session.execute(text("UPDATE memberships SET roles = '{platform_verifier}' WHERE person_id = :id"), {"id": person.id})

    assert theirs.get("/home").status_code == 403
    assert theirs.get("/desk").status_code == 200


@pytest.mark.parametrize("address", ["/portal/application", "/portal/certificates/new"])
def test_what_speaks_for_the_company_is_shown_to_a_visitor_and_not_sent(client: FlaskClient, operator: Company, address: str) -> None:
    visit(client, make_vendor().id)
    before = db.session.scalar(select(func.count()).select_from(AuditEvent))

    assert client.get(address).status_code == 200
    answer = client.post(address, data={"agreement": "1", "act": "submit"})

    assert answer.status_code == 403
    assert "only its own people" in answer.get_data(as_text=True)
    assert db.session.scalar(select(func.count()).select_from(AuditEvent)) == before
