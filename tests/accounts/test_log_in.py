"""Log-in: what is wrong is never said, tries are counted, the secret is new."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from marketplace.accounts import services
from marketplace.accounts.models import LogInAttempt, Membership, UserSession
from marketplace.accounts.passwords import is_right
from marketplace.accounts.permissions import Role
from marketplace.accounts.services.tries import LOG_INS_PER_ACCOUNT, PER_NETWORK
from marketplace.accounts.views import entry
from marketplace.core import clock
from marketplace.core.db import db, transaction
from tests.factories.accounts import PASSWORD, actor_of, make_company, make_member, make_operator, make_person


def try_to_log_in(client: FlaskClient, email: str, password: str = PASSWORD, **fields: str) -> tuple[int, str, str]:
    response = client.post("/log-in", data={"email": email, "password": password, **fields})
    return response.status_code, response.headers.get("Location", ""), response.get_data(as_text=True)


def without_noise(page: str, email: str) -> str:
    """The page without the typed address and what differs on every page."""
    page = re.sub(r'name="(csrf_token|_once)" value="[^"]*"|data-options="[^"]*"', "", page)
    return page.replace(email, "EMAIL")


def test_the_right_password_opens_the_start_page(client: FlaskClient) -> None:
    person = make_member(make_company())

    status, location, _page = try_to_log_in(client, person.email)

    assert (status, location) == (303, "/home")
    assert client.get("/settings").status_code == 200


def test_the_address_is_not_case_sensitive(client: FlaskClient) -> None:
    person = make_member(make_company())

    assert try_to_log_in(client, person.email.upper())[0] == 303


def test_a_vendor_lands_in_the_portal_and_staff_at_the_desk(app: Flask) -> None:
    seller = make_member(make_company(is_buyer=False, is_vendor=True))
    _company, staff = make_operator((Role.PLATFORM_VERIFIER,))

    assert try_to_log_in(app.test_client(), seller.email)[1] == "/portal"
    assert try_to_log_in(app.test_client(), staff.email)[1].startswith("/desk")


def test_one_comes_back_to_the_page_that_asked(client: FlaskClient) -> None:
    person = make_member(make_company())
    sent_away = client.get("/company/members")

    status, location, _page = try_to_log_in(client, person.email, next="/company/members")

    assert sent_away.headers["Location"] == "/log-in?next=/company/members"
    assert (status, location) == (303, "/company/members")


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_a_stranger_cannot_be_the_next_page(client: FlaskClient, target: str) -> None:
    person = make_member(make_company())

    assert try_to_log_in(client, person.email, next=target)[1] == "/home"


def test_unknown_and_wrong_are_answered_alike_also_for_somebody_who_is_shut_out(app: Flask) -> None:
    person = make_member(make_company())
    disabled = make_member(make_company())
    disabled.disabled_at = clock.now()

    answers = {
        without_noise(page, email)
        for email, (status, _location, page) in {
            email: try_to_log_in(app.test_client(), email, password)
            for email, password in (
                (person.email, "a wrong password"),
                ("nobody@halden.example", "a wrong password"),
                (disabled.email, "a wrong password"),
            )
        }.items()
        if status == 422
    }

    assert len(answers) == 1
    assert "E-mail or password is not right." in answers.pop()


def test_somebody_shut_out_is_told_so_and_whom_to_call_after_the_right_password_alone(app: Flask) -> None:
    person = make_member(make_company())
    person.disabled_at = clock.now()

    status, _location, page = try_to_log_in(app.test_client(), person.email)
    _, _, wrong = try_to_log_in(app.test_client(), person.email, "a wrong password")

    assert status == 422
    assert "Your account is shut. Call +46 10 123 45 00 (Mon–Fri 08:00–17:00 CET) to ask why." in page
    assert "E-mail or password is not right." not in page
    assert "is shut" not in wrong
    assert db.session.scalar(select(func.count()).select_from(UserSession).where(UserSession.person_id == person.id)) == 0


@pytest.mark.parametrize("password", [PASSWORD, "a wrong password"])
def test_the_password_of_somebody_shut_out_is_compared_like_everybodys(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    """The same work, so the same time of answer: the hash is the person's own, once."""
    person = make_member(make_company())
    person.disabled_at = clock.now()
    compared = []

    def compare(typed: str, stored: str | None) -> bool:
        compared.append(stored)
        return is_right(typed, stored)

    monkeypatch.setattr(entry, "is_right", compare)
    try_to_log_in(client, person.email, password)

    assert compared == [person.password_hash]


def test_a_password_is_hashed_for_nobody_too(app: Flask) -> None:
    assert not is_right("the password of nobody", None)


def test_what_was_typed_stays_but_not_the_password(client: FlaskClient) -> None:
    _status, _location, page = try_to_log_in(client, "nobody@halden.example", "my secret words")

    assert 'value="nobody@halden.example"' in page
    assert "my secret words" not in page


def test_too_many_tries_on_one_account_are_stopped_even_with_the_right_password(app: Flask) -> None:
    person = make_member(make_company())
    for _ in range(LOG_INS_PER_ACCOUNT):
        assert try_to_log_in(app.test_client(), person.email, "a wrong password")[0] == 422

    status, _location, page = try_to_log_in(app.test_client(), person.email)

    assert status == 429
    assert "Too many tries." in page
    assert f'value="{person.email}"' in page


def test_an_address_that_nobody_has_is_limited_alike(app: Flask) -> None:
    for _ in range(LOG_INS_PER_ACCOUNT):
        try_to_log_in(app.test_client(), "nobody@halden.example", "a wrong password")

    assert try_to_log_in(app.test_client(), "nobody@halden.example", "a wrong password")[0] == 429


def test_tries_over_many_accounts_from_one_network_are_stopped(app: Flask) -> None:
    now = clock.now()
    for _ in range(PER_NETWORK):
        db.session.add(LogInAttempt(id=make_person().id, subject="network:127.0.0.1", at=now))

    assert try_to_log_in(app.test_client(), "nobody@halden.example", "a wrong password")[0] == 429


def test_after_a_quarter_of_an_hour_one_may_try_again(app: Flask) -> None:
    person = make_member(make_company())
    for _ in range(LOG_INS_PER_ACCOUNT):
        try_to_log_in(app.test_client(), person.email, "a wrong password")

    with clock.at(clock.now() + timedelta(minutes=16)):
        status = try_to_log_in(app.test_client(), person.email)[0]

    assert status == 303


def test_a_log_in_forgives_earlier_slips(client: FlaskClient) -> None:
    person = make_member(make_company())
    try_to_log_in(client, person.email, "a wrong password")

    try_to_log_in(client, person.email)

    left = db.session.scalar(select(func.count()).select_from(LogInAttempt).where(LogInAttempt.subject.like("account:%")))
    assert left == 0


def test_the_secret_of_the_session_is_never_stored(client: FlaskClient) -> None:
    person = make_member(make_company())
    try_to_log_in(client, person.email)

    with client.session_transaction() as cookie:
        secret = cookie["_user_id"]

    session = db.session.execute(select(UserSession).where(UserSession.person_id == person.id)).scalar_one()
    assert secret != session.token_hash
    assert len(session.token_hash) == 64


def test_a_planted_session_does_not_survive_the_log_in(client: FlaskClient) -> None:
    person = make_member(make_company())
    with client.session_transaction() as cookie:
        cookie["_user_id"] = "planted"
        cookie["something"] = "planted"

    try_to_log_in(client, person.email)

    with client.session_transaction() as cookie:
        assert cookie["_user_id"] != "planted"
        assert "something" not in cookie


def test_a_person_without_a_company_is_told_so_after_the_right_password_only(client: FlaskClient) -> None:
    person = make_person()

    assert "You belong to no company" in try_to_log_in(client, person.email)[2]
    assert "You belong to no company" not in try_to_log_in(client, person.email, "a wrong password")[2]


@pytest.mark.parametrize(
    ("is_own", "english", "chinese"),
    [
        (False, "Halden Rail AB ended your membership on 24 Nov 2026", "Halden Rail AB 已于 2026-11-24 终止你的成员资格"),
        (True, "You left Halden Rail AB on 24 Nov 2026", "你已于 2026-11-24 离开 Halden Rail AB"),
    ],
)
def test_somebody_whose_membership_has_ended_reads_what_happened_after_the_right_password_only(
    client: FlaskClient, is_own: bool, english: str, chinese: str
) -> None:
    earlier, company = make_company(name="Earlier AB"), make_company(name="Halden Rail AB")
    owner, person = make_member(company), make_member(company, [Role.BUYER])
    make_member(earlier, [Role.BUYER], person=person)
    first, membership = (
        db.session.query(Membership).filter_by(person_id=person.id, company_id=each.id).one() for each in (earlier, company)
    )
    first.ended_at = datetime(2026, 1, 5, tzinfo=UTC)
    with clock.at(datetime(2026, 11, 24, 12, tzinfo=UTC)), transaction():
        services.remove_member(membership.id, company_id=company.id, actor=actor_of(person if is_own else owner, company))

    status, _, page = try_to_log_in(client, person.email)
    _, _, wrong = try_to_log_in(client, person.email, "a wrong password")
    client.get("/log-in?lang=zh-Hans")
    _, _, chinese_page = try_to_log_in(client, person.email)

    assert status == 422
    assert f"{english}, and you belong to no other company." in page
    assert chinese in chinese_page
    assert company.name not in wrong


def test_logging_out_ends_the_session_on_the_server(client: FlaskClient) -> None:
    person = make_member(make_company())
    try_to_log_in(client, person.email)
    with client.session_transaction() as cookie:
        secret = cookie["_user_id"]

    client.post("/log-out")
    with client.session_transaction() as cookie:
        cookie["_user_id"] = secret

    assert client.get("/settings").status_code == 303
