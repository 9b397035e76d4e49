"""Passkeys: made, used for log-in and step-up, named, removed; wrong answers open nothing."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.accounts import services
from marketplace.accounts.models import Membership, Passkey, Person, UserSession
from marketplace.accounts.passkeys import site_of
from marketplace.accounts.permissions import Role
from marketplace.core import clock
from marketplace.core.audit import AuditEvent
from marketplace.core.db import db, transaction
from tests.accounts.authenticator import PRESENT, Authenticator, options_in
from tests.accounts.mailbox import letters_to, text_of
from tests.factories.accounts import PASSWORD, actor_of, log_in, make_app, make_company, make_member, make_passkey
from tests.walls.inputs import VALUES

LATER = timedelta(minutes=11)


def enter(client: FlaskClient) -> Person:
    company = make_company()
    person = make_member(company)
    log_in(client, person, company)
    return person


def make_one(client: FlaskClient, device: Authenticator, name: str = "Laptop") -> int:
    options = options_in(client.get("/settings/passkeys/new").get_data(as_text=True))
    return client.post("/settings/passkeys/new", data={"name": name, "passkey": device.create(options)}).status_code


def passkeys_of(person: Person) -> list[Passkey]:
    return list(db.session.scalars(select(Passkey).where(Passkey.person_id == person.id).order_by(Passkey.id)))


def use(client: FlaskClient, device: Authenticator, **fields: str) -> tuple[int, str]:
    options = options_in(client.get("/log-in").get_data(as_text=True))
    response = client.post("/log-in/passkey", data={"passkey": device.get(options), **fields})
    return response.status_code, response.headers.get("Location", "")


def test_a_passkey_logs_in_without_password(app: Flask, client: FlaskClient, run_jobs: Callable[[], int]) -> None:
    person, device = enter(client), Authenticator()

    assert make_one(client, device) == 303
    visitor = app.test_client()
    assert use(visitor, device, next="/company") == (303, "/company")

    kept = passkeys_of(person)[0]
    assert (kept.name, kept.transports) == ("Laptop", ["internal"])
    assert kept.used_at is not None
    event = db.session.execute(select(AuditEvent).where(AuditEvent.act == "session.opened")).scalar_one()
    assert event.after["way"] == "passkey"
    run_jobs()
    assert "a passkey was added to your account" in text_of(letters_to(app, person.email)[-1])


def test_it_is_password_and_second_factor_in_one(app: Flask, client: FlaskClient) -> None:
    person, device = enter(client), Authenticator()
    make_one(client, device)
    make_app(person, secret_key=app.config["SECRET_KEY"])

    assert use(app.test_client(), device)[0] == 303


def test_it_serves_as_the_second_step(app: Flask, client: FlaskClient) -> None:
    person, device = enter(client), Authenticator()
    make_one(client, device)
    make_app(person, secret_key=app.config["SECRET_KEY"])
    visitor = app.test_client()

    visitor.post("/log-in", data={"email": person.email, "password": PASSWORD})
    options = options_in(visitor.get("/log-in/second-step").get_data(as_text=True))
    done = visitor.post("/log-in/second-step", data={"passkey": device.get(options)})

    assert [credential["id"] for credential in options["allowCredentials"]] == [passkeys_of(person)[0].credential_id]
    assert done.status_code == 303
    assert visitor.get("/settings").status_code == 200


def test_it_serves_for_step_up(client: FlaskClient) -> None:
    enter(client)
    device = Authenticator()
    make_one(client, device)

    with clock.at(clock.now() + LATER):
        options = options_in(client.get("/confirm-identity?next=/settings/email").get_data(as_text=True))
        done = client.post("/confirm-identity", data={"identity_passkey": device.get(options), "next": "/settings/email"})
        page = client.get("/settings/email")

    assert (done.headers["Location"], page.status_code) == ("/settings/email", 200)


def test_a_colleagues_passkey_is_no_proof_of_mine(app: Flask, client: FlaskClient) -> None:
    enter(client)
    mine, theirs = Authenticator(), Authenticator()
    make_one(client, mine)
    other = app.test_client()
    enter(other)
    make_one(other, theirs)

    with clock.at(clock.now() + LATER):
        options = options_in(client.get("/confirm-identity").get_data(as_text=True))
        refused = client.post("/confirm-identity", data={"identity_passkey": theirs.get(options)})

    assert refused.status_code == 422
    assert "The passkey was not taken." in refused.get_data(as_text=True)


@pytest.mark.parametrize(
    "bent",
    [{"origin": "https://evil.example"}, {"site": "evil.example"}, {"flags": PRESENT}, {"flags": 0}, {"holder": b"somebody else"}],
    ids=lambda bent: next(iter(bent)),
)
def test_an_answer_for_another_place_or_without_its_owner_opens_nothing(app: Flask, client: FlaskClient, bent: dict[str, object]) -> None:
    person, device = enter(client), Authenticator()
    make_one(client, device)
    for name, value in bent.items():
        setattr(device, name, value)
    before = db.session.query(UserSession).filter_by(person_id=person.id).count()

    assert use(app.test_client(), device)[0] == 422
    assert db.session.query(UserSession).filter_by(person_id=person.id).count() == before


def test_an_answer_is_good_once_and_on_its_own_browser(app: Flask, client: FlaskClient) -> None:
    enter(client)
    device = Authenticator()
    make_one(client, device)
    visitor, thief = app.test_client(), app.test_client()
    options = options_in(visitor.get("/log-in").get_data(as_text=True))
    with visitor.session_transaction() as cookie:
        challenge = cookie["passkey"]
    answer = device.get(options)

    elsewhere = thief.post("/log-in/passkey", data={"passkey": answer}).status_code
    first = visitor.post("/log-in/passkey", data={"passkey": answer}).status_code
    with thief.session_transaction() as cookie:
        cookie["passkey"] = challenge  # as if the cookie had been copied before
    again = thief.post("/log-in/passkey", data={"passkey": answer}).status_code

    assert (elsewhere, first, again) == (422, 303, 422)


def test_an_answer_to_another_question_opens_nothing(app: Flask, client: FlaskClient) -> None:
    enter(client)
    device = Authenticator()
    make_one(client, device)

    with clock.at(clock.now() + LATER):
        options = options_in(client.get("/confirm-identity").get_data(as_text=True))
        with client.session_transaction() as cookie:
            challenge = cookie["passkey"]
        visitor = app.test_client()
        with visitor.session_transaction() as cookie:
            cookie["passkey"] = challenge
        refused = visitor.post("/log-in/passkey", data={"passkey": device.get(options)})

    assert refused.status_code == 422


def test_an_answer_that_comes_after_ten_minutes_opens_nothing(app: Flask, client: FlaskClient) -> None:
    enter(client)
    device = Authenticator()
    make_one(client, device)
    visitor = app.test_client()
    options = options_in(visitor.get("/log-in").get_data(as_text=True))

    with clock.at(clock.now() + LATER):
        assert visitor.post("/log-in/passkey", data={"passkey": device.get(options)}).status_code == 422


def test_a_count_that_falls_back_means_a_copied_key(app: Flask, client: FlaskClient) -> None:
    enter(client)
    device = Authenticator(count=5)
    make_one(client, device)
    assert use(app.test_client(), device)[0] == 303

    device.count = 3

    assert use(app.test_client(), device)[0] == 422


def test_a_removed_passkey_and_one_of_a_disabled_person_open_nothing(app: Flask, client: FlaskClient) -> None:
    person, first, second = enter(client), Authenticator(), Authenticator()
    make_one(client, first)
    make_one(client, second, "Phone")

    client.post(f"/settings/passkeys/{passkeys_of(person)[0].id}/remove")
    removed = use(app.test_client(), first)[0]
    person.disabled_at = clock.now()
    disabled = use(app.test_client(), second)[0]

    assert (removed, disabled) == (422, 422)
    assert [passkey.name for passkey in passkeys_of(person)] == ["Phone"]


def said_to(client: FlaskClient, device: Authenticator) -> str:
    """What the log-in says to a passkey."""
    options = options_in(client.get("/log-in").get_data(as_text=True))
    answer = client.post("/log-in/passkey", data={"passkey": device.get(options)})
    assert answer.status_code == 422
    return answer.get_data(as_text=True)


def test_somebody_shut_out_is_told_so_after_the_right_passkey_alone(app: Flask, client: FlaskClient) -> None:
    person, device = enter(client), Authenticator()
    make_one(client, device)
    person.disabled_at = clock.now()

    right = said_to(app.test_client(), device)
    device.flags = PRESENT
    wrong = said_to(app.test_client(), device)
    unknown = said_to(app.test_client(), Authenticator())

    assert "Your account is shut. Call +46 10 123 45 00 (Mon–Fri 08:00–17:00 CET) to ask why." in right
    assert "is shut" not in wrong + unknown
    assert db.session.query(UserSession).filter(UserSession.person_id == person.id, UserSession.revoked_at.is_(None)).count() == 1


def test_somebody_who_belongs_nowhere_reads_what_happened_after_the_right_passkey(app: Flask, client: FlaskClient) -> None:
    company = make_company(name="Halden Rail AB")
    owner, person, device = make_member(company), make_member(company, [Role.BUYER]), Authenticator()
    log_in(client, person, company)
    make_one(client, device)
    membership = db.session.query(Membership).filter_by(person_id=person.id).one()
    with transaction():
        services.remove_member(membership.id, company_id=company.id, actor=actor_of(owner, company))

    assert "Halden Rail AB ended your membership on" in said_to(app.test_client(), device)
    device.flags = PRESENT
    assert "Halden Rail AB" not in said_to(app.test_client(), device)


def test_the_same_key_is_kept_once_and_twenty_at_most(client: FlaskClient) -> None:
    person, device = enter(client), Authenticator()
    options = options_in(client.get("/settings/passkeys/new").get_data(as_text=True))
    answer = device.create(options)
    first = client.post("/settings/passkeys/new", data={"name": "Laptop", "passkey": answer}).status_code
    again = client.post("/settings/passkeys/new", data={"name": "Laptop", "passkey": answer}).status_code
    for _ in range(19):
        make_passkey(person)

    too_many = make_one(client, Authenticator())

    assert (first, again, too_many) == (303, 403, 409)


def test_a_refused_passkey_keeps_the_name(client: FlaskClient) -> None:
    enter(client)
    client.get("/settings/passkeys/new")

    none = client.post("/settings/passkeys/new", data={"name": "Key of the shed", "passkey": ""})
    wrong = client.post("/settings/passkeys/new", data={"name": "Key of the shed", "passkey": "{}"})

    assert (none.status_code, wrong.status_code) == (422, 403)
    assert 'value="Key of the shed"' in none.get_data(as_text=True)
    assert 'value="Key of the shed"' in wrong.get_data(as_text=True)


def test_a_passkey_is_named_anew(client: FlaskClient) -> None:
    person = enter(client)
    passkey = make_passkey(person)

    empty = client.post(f"/settings/passkeys/{passkey.id}", data={"name": " "})
    saved = client.post(f"/settings/passkeys/{passkey.id}", data={"name": "Old laptop"})

    assert (empty.status_code, saved.status_code) == (422, 303)
    assert "Old laptop" in client.get("/settings/security").get_data(as_text=True)


def test_a_colleagues_passkey_is_not_found(client: FlaskClient) -> None:
    company = make_company()
    me, colleague = make_member(company), make_member(company)
    log_in(client, me, company)
    theirs = make_passkey(colleague)

    assert client.get(f"/settings/passkeys/{theirs.id}").status_code == 404
    assert client.post(f"/settings/passkeys/{theirs.id}", data={"name": "Mine"}).status_code == 404
    assert client.post(f"/settings/passkeys/{theirs.id}/remove").status_code == 404
    assert [passkey.name for passkey in passkeys_of(colleague)] == ["Laptop"]


NESTED = "[" * 5_000 + "]" * 5_000
SHAPES = [
    "{}",
    "[]",
    NESTED,
    json.dumps({"id": 1}),
    json.dumps({"id": "x", "rawId": "x", "type": "public-key", "response": []}),
    json.dumps({"id": "x", "rawId": "x", "type": "public-key", "response": {"clientDataJSON": "e30", "attestationObject": "oA"}}),
    *(value.decode("latin-1") if isinstance(value, bytes) else value for value in VALUES.values()),
]


@pytest.mark.parametrize("shape", SHAPES, ids=range(len(SHAPES)))
def test_nonsense_in_place_of_a_passkey_is_refused(client: FlaskClient, shape: str) -> None:
    enter(client)
    client.get("/settings/passkeys/new")
    made = client.post("/settings/passkeys/new", data={"name": "X", "passkey": shape}).status_code
    client.post("/log-out")
    client.get("/log-in")

    used = client.post("/log-in/passkey", data={"passkey": shape}).status_code

    assert made in (403, 422)
    assert used == 422


def test_passkeys_are_made_for_a_name() -> None:
    assert site_of("https://market.example") == site_of("https://market.example/")
    assert site_of("https://market.example").origins == ("https://market.example",)
    assert (site_of("http://127.0.0.1:8000").name, site_of("http://127.0.0.1:8000").origins) == ("localhost", ("http://localhost:8000",))
