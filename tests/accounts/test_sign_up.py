"""Sign-up, the confirmed address, the forgotten password."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from marketplace.accounts.models import Company, Membership, Person, PersonLink
from marketplace.accounts.services.tries import MAILS_PER_ADDRESS
from marketplace.core import clock, jobs
from marketplace.core.db import db
from tests.accounts.mailbox import letters_to, link_in, text_of
from tests.accounts.test_log_in import try_to_log_in, without_noise
from tests.factories.accounts import PASSWORD, log_in, make_company, make_member, make_person
from vendors.models import Vendor, VendorState

RunJobs = Callable[[], int]
FORM = {
    "name": "Marta Lindqvist",
    "email": "marta@norrby.example",
    "password": "correct horse battery",
    "company_name": "Norrby Rail AB",
    "country": "SE",
    "tax_id": "SE559998400101",
    "does": ["buy"],
    "language": "en",
    "currency": "EUR",
    "rules": "1",
}


def count(model: type[Person | Company | PersonLink]) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_one_step_makes_a_person_a_company_and_its_owner(client: FlaskClient) -> None:
    response = client.post("/sign-up", data=FORM)

    assert (response.status_code, response.headers["Location"]) == (303, "/mail-sent")
    person = db.session.execute(select(Person).where(Person.email == "marta@norrby.example")).scalar_one()
    membership = db.session.execute(select(Membership).where(Membership.person_id == person.id)).scalar_one()
    company = db.session.get_one(Company, membership.company_id)
    assert person.email_confirmed_at is None
    assert membership.roles == ["owner"]
    assert (company.name, company.is_buyer, company.is_vendor) == ("Norrby Rail AB", True, False)
    assert company.tax_ids == [{"scheme": "se.vat", "value": "559998400101", "display": "SE559998400101"}]


def test_a_company_of_the_united_states_names_its_state(client: FlaskClient) -> None:
    american = {**FORM, "country": "US", "tax_id": ""}
    refused = client.post("/sign-up", data=american)
    assert refused.status_code == 422
    assert "Write the state" in refused.text
    assert client.post("/sign-up", data={**american, "region": "Bavaria"}).status_code == 422

    assert client.post("/sign-up", data={**american, "region": "wisconsin"}).status_code == 303

    assert db.session.execute(select(Company.region).where(Company.name == "Norrby Rail AB")).scalar_one() == "WI"


def test_a_seller_gets_its_application_opened(client: FlaskClient, run_jobs: RunJobs) -> None:
    client.post("/sign-up", data={**FORM, "does": ["buy", "sell"]})
    run_jobs()

    vendor = db.session.execute(select(Vendor).where(Vendor.name == "Norrby Rail AB")).scalar_one()
    assert vendor.state is VendorState.DATA_NEEDED


def test_the_same_form_sent_twice_is_one_sign_up(client: FlaskClient, run_jobs: RunJobs, app: Flask) -> None:
    once = {**FORM, "email": "twice@norrby.example", "_once": "a-token"}

    answers = {client.post("/sign-up", data=once).headers["Location"] for _ in range(2)}
    run_jobs()

    assert answers == {"/mail-sent"}
    assert [letter["Subject"] for letter in letters_to(app, "twice@norrby.example")] == ["Confirm your e-mail address"]


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("email", "marta", "Write an e-mail address"),
        ("email", "", "Fill this in."),
        ("password", "short", "Use 12 characters or more."),
        ("password", "aaaaaaaaaaaaaaa", "too easy to guess"),
        ("password", "123456789012", "too easy to guess"),
        ("password", "Password12345", "too easy to guess"),
        ("password", "qwertyuiop[]12", "too easy to guess"),
        ("password", "ｐａｓｓｗｏｒｄ2026", "too easy to guess"),
        ("password", "marta@norrby", "too easy to guess"),
        ("tax_id", "SE55667712", "does not fit"),
        ("country", "XX", "Choose one of the list."),
        ("company_name", "\0", "characters that cannot be stored"),
        ("does", [], "Choose at least one."),
        ("rules", "", "Tick this to go on."),
        ("currency", "XAU", "Choose one of the list."),
    ],
)
def test_a_fault_is_said_at_its_field_and_the_rest_is_kept(client: FlaskClient, field: str, value: str | list[str], message: str) -> None:
    before = count(Person)

    response = client.post("/sign-up", data={**FORM, field: value})

    page = response.get_data(as_text=True)
    assert response.status_code == 422
    assert message in page
    assert f'value="{FORM["company_name" if field != "company_name" else "name"]}"' in page
    assert count(Person) == before


def test_a_known_address_is_answered_like_a_new_one_and_its_owner_is_told(app: Flask, run_jobs: RunJobs) -> None:
    known = make_person(email="known@norrby.example")
    clients = app.test_client(), app.test_client()

    answers = []
    for client, email in zip(clients, ("known@norrby.example", "new@norrby.example"), strict=True):
        response = client.post("/sign-up", data={**FORM, "email": email, "company_name": "Another AB"})
        answers.append(
            (response.status_code, response.headers["Location"], without_noise(client.get("/mail-sent").get_data(as_text=True), email))
        )
    run_jobs()

    assert answers[0] == answers[1]
    assert [letter["Subject"] for letter in letters_to(app, known.email)] == ["You have an account already"]
    assert db.session.scalar(select(func.count()).select_from(Company).where(Company.name == "Another AB")) == 1


def test_an_address_gets_few_mails_in_a_quarter_of_an_hour(client: FlaskClient) -> None:
    for _ in range(MAILS_PER_ADDRESS):
        client.post("/forgot-password", data={"email": "victim@norrby.example"})

    response = client.post("/sign-up", data={**FORM, "email": "victim@norrby.example"})

    assert response.status_code == 429
    assert 'value="victim@norrby.example"' in response.get_data(as_text=True)


def confirm_link(app: Flask, run_jobs: RunJobs, client: FlaskClient, email: str) -> str:
    client.post("/sign-up", data={**FORM, "email": email})
    run_jobs()
    return link_in(letters_to(app, email)[-1], "/confirm-address/")


def test_the_link_of_a_mail_speaks_its_readers_language(app: Flask, client: FlaskClient, run_jobs: RunJobs) -> None:
    link = confirm_link(app, run_jobs, client, "zh@norrby.example")
    db.session.execute(select(Person).where(Person.email == "zh@norrby.example")).scalar_one().locale = "zh_Hans"
    fresh, chosen = app.test_client(), app.test_client()
    chosen.get("/log-in?lang=en")

    assert '<html lang="zh-Hans"' in fresh.get(link, headers={"Accept-Language": "en"}).get_data(as_text=True)
    assert '<html lang="en"' in chosen.get(link).get_data(as_text=True)


def test_the_link_confirms_the_address_once(app: Flask, client: FlaskClient, run_jobs: RunJobs) -> None:
    link = confirm_link(app, run_jobs, client, "once@norrby.example")

    assert client.get(link).status_code == 200
    person = db.session.execute(select(Person).where(Person.email == "once@norrby.example")).scalar_one()
    is_opened = person.email_confirmed_at is not None
    assert client.post(link).status_code == 303
    db.session.refresh(person)
    assert not is_opened, "opening a link changes nothing: mail programs open links too"
    assert person.email_confirmed_at is not None
    assert client.get(link).status_code == 404
    assert client.post(link).status_code == 404


def test_the_link_runs_out(app: Flask, client: FlaskClient, run_jobs: RunJobs) -> None:
    link = confirm_link(app, run_jobs, client, "late@norrby.example")

    with clock.at(clock.now() + timedelta(days=3, minutes=1)):
        assert client.get(link).status_code == 404
        assert client.post(link).status_code == 404


def test_the_secret_of_a_link_is_stored_nowhere(app: Flask, client: FlaskClient, run_jobs: RunJobs) -> None:
    link = confirm_link(app, run_jobs, client, "stored@norrby.example")
    secret = link.rpartition("/")[2]

    hashes = db.session.scalars(select(PersonLink.token_hash)).all()
    arguments = db.session.scalars(select(jobs.Job.args).where(jobs.Job.name == "accounts.email_confirm_address")).all()
    assert secret not in hashes
    assert secret not in str(arguments)


def test_until_the_address_is_confirmed_nothing_public_can_be_done(client: FlaskClient) -> None:
    company = make_company(is_vendor=True)
    person = make_member(company, is_confirmed=False)
    log_in(client, person, company)

    assert client.get("/company").status_code == 200
    shown = client.get("/portal/application")
    refused = client.post("/portal/shop", data={})
    invited = client.post("/company/members/invite", data={"email": "a@b.example", "roles": ["buyer"]})
    waiting = client.get("/confirm-address")

    assert (shown.status_code, shown.headers["Location"]) == (303, "/confirm-address")
    assert (refused.status_code, invited.status_code) == (403, 403)
    assert "Confirm your e-mail address first" in refused.get_data(as_text=True)
    assert person.email in waiting.get_data(as_text=True)


def test_the_confirmation_can_be_sent_again(app: Flask, client: FlaskClient, run_jobs: RunJobs) -> None:
    company = make_company()
    person = make_member(company, is_confirmed=False)
    log_in(client, person, company)

    client.post("/confirm-address")
    run_jobs()
    client.post(link_in(letters_to(app, person.email)[0], "/confirm-address/"))

    assert client.get("/confirm-address").headers["Location"] == "/home"


def test_asking_for_a_new_password_is_answered_alike(app: Flask) -> None:
    known = make_person()
    answers = set()

    for email in (known.email, "nobody@norrby.example"):
        client = app.test_client()
        response = client.post("/forgot-password", data={"email": email})
        page = without_noise(client.get(response.headers["Location"]).get_data(as_text=True), email)
        answers.add((response.status_code, response.headers["Location"], page))

    assert len(answers) == 1


def test_nothing_is_sent_to_an_address_that_nobody_has(app: Flask, client: FlaskClient, run_jobs: RunJobs) -> None:
    client.post("/forgot-password", data={"email": "nobody2@norrby.example"})
    run_jobs()

    assert letters_to(app, "nobody2@norrby.example") == []


def test_a_new_password_works_once_and_ends_every_session(app: Flask, client: FlaskClient, run_jobs: RunJobs) -> None:
    company = make_company()
    person = make_member(company)
    elsewhere = app.test_client()
    log_in(elsewhere, person, company)
    client.post("/forgot-password", data={"email": person.email})
    run_jobs()
    link = link_in(letters_to(app, person.email)[0], "/reset-password/")

    refused = client.post(link, data={"password": "short"})
    done = client.post(link, data={"password": "another long password"})
    again = client.post(link, data={"password": "yet another password"})

    assert (refused.status_code, done.status_code, again.status_code) == (422, 303, 404)
    assert elsewhere.get("/settings").status_code == 303
    assert try_to_log_in(client, person.email)[0] == 422
    assert try_to_log_in(client, person.email, "another long password")[0] == 303


def test_using_a_link_kills_the_others_in_the_mailbox(app: Flask, client: FlaskClient, run_jobs: RunJobs) -> None:
    person = make_member(make_company())
    for _ in range(2):
        client.post("/forgot-password", data={"email": person.email})
    run_jobs()
    first, second = (link_in(letter, "/reset-password/") for letter in letters_to(app, person.email))

    client.post(second, data={"password": "another long password"})

    assert client.get(first).status_code == 404


def test_a_link_of_one_kind_opens_no_other_door(app: Flask, client: FlaskClient, run_jobs: RunJobs) -> None:
    link = confirm_link(app, run_jobs, client, "kinds@norrby.example")

    assert client.post(link.replace("/confirm-address/", "/reset-password/"), data={"password": PASSWORD}).status_code == 404


def test_links_come_from_the_configured_address_never_from_the_request(app: Flask, client: FlaskClient, run_jobs: RunJobs) -> None:
    person = make_member(make_company())

    client.post("/forgot-password", data={"email": person.email}, headers={"Host": "evil.example"})
    run_jobs()

    text = text_of(letters_to(app, person.email)[0])
    assert "evil.example" not in text
    assert re.search(r"http://localhost/reset-password/\w{64}", text)


def test_a_mail_that_is_sent_twice_carries_the_same_link(app: Flask, client: FlaskClient, run_jobs: RunJobs) -> None:
    link = confirm_link(app, run_jobs, client, "repeat@norrby.example")
    job = db.session.execute(select(jobs.Job).where(jobs.Job.name == "accounts.email_confirm_address")).scalar_one()

    job.state = jobs.JobState.QUEUED
    run_jobs()

    assert {link_in(letter, "/confirm-address/") for letter in letters_to(app, "repeat@norrby.example")} == {link}
