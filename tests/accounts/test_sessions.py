"""Sessions: listed, ended, rotated; one person as several companies."""

import re
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.accounts.models import UserSession
from marketplace.accounts.permissions import Role
from marketplace.core import clock
from marketplace.core.audit import AuditEvent
from marketplace.core.db import db
from tests.accounts.test_log_in import try_to_log_in
from tests.factories.accounts import PASSWORD, log_in, make_company, make_member


def secret_of(client: FlaskClient) -> str:
    with client.session_transaction() as cookie:
        return str(cookie.get("_user_id"))


def sessions(person_id: object) -> list[UserSession]:
    return list(db.session.scalars(select(UserSession).where(UserSession.person_id == person_id).order_by(UserSession.id)))


def test_a_revoked_session_stops_at_its_next_request(app: Flask) -> None:
    company = make_company()
    person = make_member(company)
    here, there = app.test_client(), app.test_client()
    log_in(there, person, company)
    stolen = sessions(person.id)[0]
    log_in(here, person, company)

    assert there.get("/settings").status_code == 200
    assert here.post(f"/settings/sessions/{stolen.id}/end").status_code == 303

    assert there.get("/settings").status_code == 303
    assert here.get("/settings").status_code == 200


def test_all_other_sessions_end_at_once(app: Flask) -> None:
    company = make_company()
    person = make_member(company)
    clients = [app.test_client() for _ in range(3)]
    for client in clients:
        log_in(client, person, company)

    clients[0].post("/settings/sessions/end-others")

    assert [client.get("/settings").status_code for client in clients] == [200, 303, 303]


def test_ending_the_own_session_logs_out(client: FlaskClient) -> None:
    company = make_company()
    person = make_member(company)
    log_in(client, person, company)

    response = client.post(f"/settings/sessions/{sessions(person.id)[0].id}/end")

    assert response.headers["Location"] == "/log-in"
    assert client.get("/settings").status_code == 303


def test_a_strangers_session_is_not_found(app: Flask) -> None:
    company = make_company()
    victim, stranger = make_member(company), make_member(company)
    theirs, mine = app.test_client(), app.test_client()
    log_in(theirs, victim, company)
    log_in(mine, stranger, company)

    assert mine.post(f"/settings/sessions/{sessions(victim.id)[0].id}/end").status_code == 404
    assert mine.post("/settings/sessions/nonsense/end").status_code == 404
    assert theirs.get("/settings").status_code == 200


def test_a_session_ends_after_twelve_idle_hours_and_after_thirty_days(app: Flask) -> None:
    company = make_company()
    person = make_member(company)
    client = app.test_client()
    log_in(client, person, company)
    session = sessions(person.id)[0]

    with clock.at(clock.now() + timedelta(hours=11)):
        assert client.get("/settings").status_code == 200
    with clock.at(clock.now() + timedelta(hours=24)):
        assert client.get("/settings").status_code == 303
    session.created_at = clock.now() - timedelta(days=30, minutes=1)
    assert client.get("/settings").status_code == 303


def test_the_last_sight_is_written_at_most_every_five_minutes(client: FlaskClient) -> None:
    company = make_company()
    person = make_member(company)
    log_in(client, person, company)
    first = sessions(person.id)[0].seen_at

    with clock.at(first + timedelta(minutes=4)):
        client.get("/settings")
    early = sessions(person.id)[0].seen_at
    with clock.at(first + timedelta(minutes=6)):
        client.get("/settings")

    assert early == first
    assert sessions(person.id)[0].seen_at >= first + timedelta(minutes=6)


def test_switching_the_company_changes_the_secret_and_what_is_seen(client: FlaskClient) -> None:
    buyer, seller = make_company(name="Buyer AB"), make_company(name="Seller AB", is_buyer=False, is_vendor=True)
    person = make_member(buyer)
    make_member(seller, person=person)
    log_in(client, person, buyer)
    before = secret_of(client)

    response = client.post("/switch-company", data={"company_id": str(seller.id)})

    assert response.headers["Location"] == "/portal"
    assert secret_of(client) != before
    assert "Seller AB" in client.get("/company").get_data(as_text=True)
    with client.session_transaction() as cookie:
        cookie["_user_id"] = before
    assert client.get("/company").status_code == 303, "the old secret is dead"


def test_a_place_that_was_chosen_for_one_company_is_not_that_of_the_other(client: FlaskClient) -> None:
    one, two = make_company(), make_company(country="DE")
    person = make_member(one)
    make_member(two, person=person)
    log_in(client, person, one)
    client.post("/ship-to", data={"country": "NO"})
    assert "Ship to: Norway" in client.get("/home").get_data(as_text=True)

    client.post("/switch-company", data={"company_id": str(two.id)})

    page = client.get("/home").get_data(as_text=True)
    assert "Norway" not in page
    assert re.search(r"Ship to: [^<]*, DE", page)


def test_a_switch_is_in_the_history_of_both_companies(client: FlaskClient) -> None:
    one, two = make_company(), make_company()
    person = make_member(one)
    make_member(two, person=person)
    log_in(client, person, one)

    client.post("/switch-company", data={"company_id": str(two.id)})

    event = db.session.execute(select(AuditEvent).where(AuditEvent.act == "session.company_switched")).scalar_one()
    assert set(event.companies) == {one.id, two.id}


def test_a_company_of_others_cannot_be_switched_to(client: FlaskClient) -> None:
    company, strange = make_company(), make_company()
    person = make_member(company)
    log_in(client, person, company)

    assert client.post("/switch-company", data={"company_id": str(strange.id)}).status_code == 404
    assert client.post("/switch-company", data={"company_id": "nonsense"}).status_code == 404
    assert company.name in client.get("/company").get_data(as_text=True)


def test_the_next_log_in_is_as_the_company_of_the_last_time(client: FlaskClient) -> None:
    first, second = make_company(name="Aaa AB"), make_company(name="Zzz AB")
    person = make_member(first)
    make_member(second, person=person)
    try_to_log_in(client, person.email)
    client.post("/switch-company", data={"company_id": str(second.id)})
    client.post("/log-out")

    try_to_log_in(client, person.email)

    assert "Zzz AB" in client.get("/company").get_data(as_text=True)


def test_changed_rights_count_at_the_next_request_and_change_the_secret(app: Flask) -> None:
    company = make_company()
    owner, member = make_member(company), make_member(company, [Role.ADMIN])
    boss, worker = app.test_client(), app.test_client()
    log_in(boss, owner, company)
    log_in(worker, member, company)
    before = secret_of(worker)
    page = worker.get("/company/members")
    membership = next(m for m in page.get_data(as_text=True).split("/company/members/") if "/remove" in m and "Leave" in m)[:36]

    boss.post(f"/company/members/{membership}", data={"roles": ["viewer"]})

    assert worker.post("/company/members/invite", data={"email": "a@b.example", "roles": ["viewer"]}).status_code == 403
    assert secret_of(worker) != before


def test_a_new_password_needs_the_present_one_and_ends_other_sessions(app: Flask) -> None:
    company = make_company()
    person = make_member(company)
    here, there = app.test_client(), app.test_client()
    log_in(here, person, company)
    log_in(there, person, company)

    wrong = here.post("/settings/password", data={"own_password": "not my password", "password": "another long password"})
    done = here.post("/settings/password", data={"own_password": PASSWORD, "password": "another long password"})

    assert (wrong.status_code, done.status_code) == (422, 303)
    assert "This is not your password." in wrong.get_data(as_text=True)
    assert (here.get("/settings").status_code, there.get("/settings").status_code) == (200, 303)
    assert try_to_log_in(app.test_client(), person.email, "another long password")[0] == 303


def test_language_and_zone_are_used_from_the_next_page_on(client: FlaskClient) -> None:
    company = make_company()
    person = make_member(company)
    log_in(client, person, company)

    saved = client.post("/settings", data={"name": "马丽", "language": "zh_Hans", "time_zone": "Asia/Shanghai"})
    wrong = client.post("/settings", data={"name": "", "language": "xx", "time_zone": "Mars/Base"})

    assert saved.status_code == 303
    assert '<html lang="zh-Hans"' in client.get("/settings").get_data(as_text=True)
    assert wrong.status_code == 422
