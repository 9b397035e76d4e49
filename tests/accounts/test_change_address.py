"""Another e-mail address: proved by a link that goes there, told to the present one, and nobody learns who has an account."""

from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.accounts.models import Person
from marketplace.core import clock
from marketplace.core.audit import AuditEvent
from marketplace.core.db import db
from tests.accounts.mailbox import letters_to, link_in, text_of
from tests.factories.accounts import PASSWORD, log_in, make_company, make_member, make_person

RunJobs = Callable[[], int]
NEW = "marta.new@halden.example"


def enter(client: FlaskClient) -> Person:
    company = make_company()
    person = make_member(company)
    log_in(client, person, company)
    return person


def ask(client: FlaskClient, email: str = NEW) -> tuple[int, str]:
    response = client.post("/settings/email", data={"email": email})
    return response.status_code, response.headers.get("Location", "")


def newest_link(app: Flask, address: str) -> str:
    return link_in(letters_to(app, address)[-1], "/confirm-new-address/")


def test_the_address_changes_when_the_link_is_opened(app: Flask, client: FlaskClient, run_jobs: RunJobs) -> None:
    person = enter(client)
    old = person.email
    person.email_confirmed_at = clock.now() - timedelta(days=400)
    db.session.commit()

    assert ask(client) == (303, "/settings/security")
    run_jobs()
    link = newest_link(app, NEW)
    assert old in client.get("/settings/security").get_data(as_text=True), "nothing has changed yet"
    assert NEW in client.get(link).get_data(as_text=True)
    assert db.session.get_one(Person, person.id).email == old, "programs that look at mails open links, too"
    done = client.post(link)
    run_jobs()

    assert done.headers["Location"] == "/settings/security"
    changed = db.session.get_one(Person, person.id)
    assert changed.email == NEW
    assert changed.email_confirmed_at is not None
    assert clock.now() - changed.email_confirmed_at < timedelta(minutes=1), "it is of the new address"
    assert app.test_client().post("/log-in", data={"email": NEW, "password": PASSWORD}).status_code == 303
    assert app.test_client().post("/log-in", data={"email": old, "password": PASSWORD}).status_code == 422
    told = [letter["Subject"] for letter in letters_to(app, old)]
    assert told[-2:] == ["Your e-mail is about to change", "Your e-mail has changed"]
    assert NEW in text_of(letters_to(app, old)[-1])
    event = db.session.execute(select(AuditEvent).where(AuditEvent.act == "person.address_changed")).scalar_one()
    assert (event.before, event.after, len(event.companies)) == ({"email": old}, {"email": NEW}, 1)


def test_a_link_works_once_and_for_a_day(app: Flask, client: FlaskClient, run_jobs: RunJobs) -> None:
    enter(client)
    ask(client)
    run_jobs()
    link = newest_link(app, NEW)

    with clock.at(clock.now() + timedelta(hours=25)):
        assert (client.get(link).status_code, client.post(link).status_code) == (404, 404)
    assert client.post(link).status_code == 303
    assert (client.get(link).status_code, client.post(link).status_code) == (404, 404)


def test_a_later_wish_closes_no_door_and_the_first_link_used_closes_the_others(app: Flask, client: FlaskClient, run_jobs: RunJobs) -> None:
    person = enter(client)
    for email in ("first.wish@halden.example", "second.wish@halden.example"):
        ask(client, email)
    run_jobs()

    client.post(newest_link(app, "second.wish@halden.example"))

    assert client.post(newest_link(app, "first.wish@halden.example")).status_code == 404
    assert db.session.get_one(Person, person.id).email == "second.wish@halden.example"


def test_whether_an_address_has_an_account_is_not_told(app: Flask, client: FlaskClient, run_jobs: RunJobs) -> None:
    person = enter(client)
    known = make_person(email="known.holder@elsewhere.example")

    answers = {ask(client, email) for email in (known.email, "unknown.holder@elsewhere.example")}
    run_jobs()

    assert len(answers) == 1
    assert [letter["Subject"] for letter in letters_to(app, known.email)] == ["You have an account already"]
    assert "/confirm-new-address/" not in text_of(letters_to(app, known.email)[0])
    assert db.session.get_one(Person, person.id).email == person.email


def test_an_address_that_was_taken_meanwhile_stays_with_its_owner(app: Flask, client: FlaskClient, run_jobs: RunJobs) -> None:
    person = enter(client)
    old = person.email
    ask(client, "raced.for@halden.example")
    run_jobs()
    make_person(email="raced.for@halden.example")

    refused = client.post(newest_link(app, "raced.for@halden.example"))

    assert refused.status_code == 409
    assert "belongs to another account by now" in refused.get_data(as_text=True)
    assert db.session.get_one(Person, person.id).email == old


def test_a_new_password_stops_the_change(app: Flask, client: FlaskClient, run_jobs: RunJobs) -> None:
    person = enter(client)
    ask(client, "thief.one@halden.example")
    client.post("/forgot-password", data={"email": person.email})
    run_jobs()
    reset = link_in(letters_to(app, person.email)[-1], "/reset-password/")

    app.test_client().post(reset, data={"password": "a wholly new passphrase"})

    assert app.test_client().post(newest_link(app, "thief.one@halden.example")).status_code == 404


def test_links_in_the_earlier_mailbox_open_nothing_after_the_change(app: Flask, client: FlaskClient, run_jobs: RunJobs) -> None:
    person = enter(client)
    client.post("/forgot-password", data={"email": person.email})
    ask(client, "moved.away@halden.example")
    run_jobs()
    reset = next(link_in(letter, "/reset-password/") for letter in letters_to(app, person.email) if "reset-password" in text_of(letter))

    client.post(newest_link(app, "moved.away@halden.example"))

    assert app.test_client().get(reset).status_code == 404


def test_the_present_and_a_wrong_address_are_refused_at_the_field(client: FlaskClient) -> None:
    person = enter(client)

    for email in (person.email.upper(), "no address", ""):
        page = client.post("/settings/email", data={"email": email})
        assert page.status_code == 422
        assert 'id="email-error"' in page.get_data(as_text=True)


def test_mails_to_an_address_are_counted(client: FlaskClient) -> None:
    enter(client)

    statuses = [ask(client)[0] for _ in range(6)]

    assert statuses == [303] * 5 + [429]


def test_a_link_opened_by_somebody_else_says_whose_address_changes(app: Flask, client: FlaskClient, run_jobs: RunJobs) -> None:
    person = enter(client)
    ask(client, "opened.elsewhere@halden.example")
    run_jobs()
    link = newest_link(app, "opened.elsewhere@halden.example")
    other = app.test_client()
    company = make_company()
    stranger = make_member(company)
    log_in(other, stranger, company)

    mine, theirs = client.get(link).get_data(as_text=True), other.get(link).get_data(as_text=True)
    done = other.post(link, follow_redirects=True).get_data(as_text=True)

    assert "its address changes, not yours" in theirs
    assert "its address changes, not yours" not in mine
    assert "Nothing changes in yours." in done
    assert "Your address is" not in done
    assert db.session.get_one(Person, person.id).email == "opened.elsewhere@halden.example"
    assert db.session.get_one(Person, stranger.id).email != "opened.elsewhere@halden.example"


def test_a_taken_address_leads_to_writing_another_one(app: Flask, client: FlaskClient, run_jobs: RunJobs) -> None:
    enter(client)
    ask(client, "taken.again@halden.example")
    run_jobs()
    make_person(email="taken.again@halden.example")

    page = client.post(newest_link(app, "taken.again@halden.example")).get_data(as_text=True)

    assert "This address is taken" in page
    assert 'href="/settings/email"' in page
    assert "It was used already" not in page
