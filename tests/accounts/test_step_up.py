"""Step-up: acts about access and money ask who acts when that was proved more than 10 minutes ago (robustness.md 14)."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.accounts import queries
from marketplace.accounts.models import Company, Membership, Person
from marketplace.accounts.permissions import Role
from marketplace.core import clock
from marketplace.core.db import db
from tests.factories.accounts import PASSWORD, log_in, make_company, make_member
from tests.pages import read_page

LATER = timedelta(minutes=11)
# What robustness.md 14 names in this room: address, second factor, passkeys, roles and seats.
GUARDED = {
    "accounts.change_address",
    "accounts.set_up_app",
    "accounts.show_app_picture",
    "accounts.turn_off_app",
    "accounts.renew_recovery_codes",
    "accounts.add_passkey",
    "accounts.remove_passkey",
    "accounts.invite_member",
    "accounts.edit_member",
    "accounts.remove_member",
}


def enter(client: FlaskClient) -> tuple[Company, Person]:
    company = make_company()
    owner = make_member(company)
    log_in(client, owner, company)
    return company, owner


def roles_page(company: Company) -> tuple[str, Person]:
    member = make_member(company, [Role.VIEWER])
    found = db.session.execute(select(Membership.id).where(Membership.person_id == member.id)).scalar_one()
    return f"/company/members/{found}", member


def test_everything_that_opens_an_account_is_guarded(app: Flask) -> None:
    guarded = {name for name, view in app.view_functions.items() if getattr(view, "steps_up", False) and name.startswith("accounts.")}

    assert guarded == GUARDED


def test_a_fresh_log_in_is_asked_nothing(client: FlaskClient) -> None:
    company, _ = enter(client)
    url, _member = roles_page(company)

    assert client.get(url).status_code == 200
    assert client.get(f"/confirm-identity?next={url}").headers["Location"] == url


def test_before_the_form_the_password_is_asked_and_the_form_follows(client: FlaskClient) -> None:
    enter(client)

    with clock.at(clock.now() + LATER):
        sent = client.get("/settings/email")
        page = client.get(sent.headers["Location"])
        wrong = client.post("/confirm-identity", data={"identity_password": "a wrong password", "next": "/settings/email"})
        nothing = client.post("/confirm-identity", data={"next": "/settings/email"})
        right = client.post("/confirm-identity", data={"identity_password": PASSWORD, "next": "/settings/email"})
        again = client.get("/settings/email")

    assert sent.headers["Location"] == "/confirm-identity?next=/settings/email"
    assert 'name="identity_password"' in page.get_data(as_text=True)
    assert (wrong.status_code, nothing.status_code) == (422, 422)
    assert "This is not your password." in wrong.get_data(as_text=True)
    assert "Type your password." in nothing.get_data(as_text=True)
    assert right.headers["Location"] == "/settings/email"
    assert again.status_code == 200


def test_it_counts_for_ten_minutes(client: FlaskClient) -> None:
    enter(client)

    with clock.at(clock.now() + LATER):
        client.post("/confirm-identity", data={"identity_password": PASSWORD})
    with clock.at(clock.now() + LATER + timedelta(minutes=9)):
        inside = client.get("/settings/email").status_code
    with clock.at(clock.now() + LATER + timedelta(minutes=11)):
        after = client.get("/settings/email").status_code

    assert (inside, after) == (200, 303)


def test_what_a_form_sent_waits_on_the_page_and_goes_on_with_the_proof(client: FlaskClient) -> None:
    company, _ = enter(client)
    typed = {"email": "new <one>@halden.example", "roles": ["buyer", "finance"], "_once": "one-token"}

    with clock.at(clock.now() + LATER):
        asked = client.post("/company/members/invite?from=list", data=typed)
        kept = re.findall(r'name="(email|roles|_once)" value="([^"]*)"', asked.get_data(as_text=True))
        wrong = client.post(
            "/company/members/invite", data={**typed, "email": "new@halden.example", "identity_password": "not mine at all"}
        )
        done = client.post("/company/members/invite", data={**typed, "email": "new@halden.example", "identity_password": PASSWORD})

    assert asked.status_code == 403
    assert kept == [("email", "new &lt;one&gt;@halden.example"), ("roles", "buyer"), ("roles", "finance"), ("_once", "one-token")]
    assert 'action="/company/members/invite?from=list"' in asked.get_data(as_text=True)
    assert wrong.status_code == 422
    assert 'name="roles" value="finance"' in wrong.get_data(as_text=True)
    assert done.status_code == 303
    invited = queries.open_invitations(company.id)
    assert [(i.email, i.roles) for i in invited] == [("new@halden.example", ["buyer", "finance"])]


def test_nothing_is_done_before_the_proof(client: FlaskClient) -> None:
    company, _ = enter(client)
    url, member = roles_page(company)

    with clock.at(clock.now() + LATER):
        client.post(url, data={"roles": ["owner"]})
        client.post(url, data={"roles": ["owner"], "identity_password": "not mine at all"})
        client.post(f"{url}/remove")

    assert queries.roles_in(company.id, member.id) == {"viewer"}


def test_a_password_that_is_sent_on_is_never_shown(client: FlaskClient) -> None:
    enter(client)

    with clock.at(clock.now() + LATER):
        page = client.post("/settings/email", data={"email": "a@b.example", "identity_password": "not mine at all"}).get_data(as_text=True)

    assert "not mine at all" not in page


def test_guesses_are_counted(client: FlaskClient) -> None:
    enter(client)

    with clock.at(clock.now() + LATER):
        codes = [client.post("/confirm-identity", data={"identity_password": f"guess number {n}"}).status_code for n in range(11)]
        right = client.post("/confirm-identity", data={"identity_password": PASSWORD})

    assert codes == [422] * 10 + [429]
    assert (right.status_code, right.headers["Retry-After"]) == (429, "900")


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", ""])
def test_it_leads_to_own_pages_only(client: FlaskClient, target: str) -> None:
    enter(client)

    with clock.at(clock.now() + LATER):
        response = client.post("/confirm-identity", data={"identity_password": PASSWORD, "next": target})

    assert response.headers["Location"] == "/settings"


def test_nobody_is_asked_to_log_in_first(client: FlaskClient) -> None:
    assert client.get("/confirm-identity").headers["Location"].startswith("/log-in")
    assert client.post("/settings/two-step/off").headers["Location"].startswith("/log-in")


def test_a_machine_is_refused_by_a_problem_document(client: FlaskClient) -> None:
    enter(client)

    with clock.at(clock.now() + LATER):
        response = client.post("/settings/two-step/off", headers={"Accept": "application/json"})

    assert (response.status_code, response.get_json()["code"]) == (403, "identity_not_proved")


def test_unreadable_text_and_files_do_no_harm(client: FlaskClient) -> None:
    enter(client)

    with clock.at(clock.now() + LATER):
        page = client.post("/settings/email", data={"email": b"a\xed\xa0\x80\0b", "file": (BytesIO(b"x"), "paper <1>.pdf")})
        bad = client.post("/settings/email", data={"email": "x", "identity_password": b"\0\xff"})

    assert page.status_code == 403
    assert "Choose them again on the next one:" in page.get_data(as_text=True)
    assert "paper &lt;1&gt;.pdf" in page.get_data(as_text=True)
    assert bad.status_code == 422
    assert read_page(bad).headings == 1


def test_who_does_not_go_on_finds_the_way_back(client: FlaskClient) -> None:
    enter(client)
    came_from = {"Referer": "http://localhost/settings/security?from=menu"}

    with clock.at(clock.now() + LATER):
        asked = client.get("/confirm-identity?next=/settings/email", headers=came_from)
        wrong = client.post("/confirm-identity", data={"next": "/settings/email", "identity_back": "/settings/security?from=menu"})
        foreign = client.get("/confirm-identity?next=/settings/email", headers={"Referer": "https://evil.example/page"})
        button = client.post("/settings/two-step/off", headers=came_from)
        typed = client.post("/settings/email", data={"email": "new@halden.example"}, headers={"Referer": "http://localhost/settings/email"})

    for page in (asked, wrong, button):
        assert '<a href="/settings/security?from=menu">Go back</a>' in page.get_data(as_text=True)
    for page in (foreign, typed):
        assert '<a href="/">Go to the start</a>' in page.get_data(as_text=True)
        assert "evil.example" not in page.get_data(as_text=True)
    assert "What you typed is kept" in typed.get_data(as_text=True)
    assert "What you typed is kept" not in asked.get_data(as_text=True)
