"""The second step: codes of an app, codes of a sheet, each good once; tries are counted."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Barrier, Thread

import pyotp
import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.accounts import queries, services, totp
from marketplace.accounts.cli import group
from marketplace.accounts.models import Person, RecoveryCode, TOTPFactor
from marketplace.core import clock
from marketplace.core.audit import AuditEvent
from marketplace.core.db import db, transaction
from tests.accounts.mailbox import letters_to, text_of
from tests.factories.accounts import PASSWORD, log_in, make_app, make_company, make_member

SHEET = ["aaaa-bbbb-cccc-dddd", "2222-3333-4444-5555"]
LATER = timedelta(minutes=11)


def enter(client: FlaskClient) -> Person:
    company = make_company()
    person = make_member(company)
    log_in(client, person, company)
    return person


def with_app(app: Flask) -> tuple[Person, str]:
    person = make_member(make_company())
    return person, make_app(person, secret_key=app.config["SECRET_KEY"], codes=SHEET)


def code_of(secret: str, at: datetime | None = None) -> str:
    return pyotp.TOTP(secret).at(at or clock.now())


def give_password(client: FlaskClient, person: Person, **fields: str) -> str:
    response = client.post("/log-in", data={"email": person.email, "password": PASSWORD, **fields})
    return response.headers.get("Location", "")


def secret_on(page: str) -> str:
    found = re.search(r'<code class="strong">([A-Z2-7 ]+)</code>', page)
    assert found
    return found[1].replace(" ", "")


def codes_on(page: str) -> list[str]:
    return re.findall(r'translate="no">([0-9a-z]{4}(?:-[0-9a-z]{4}){3})<', page)


def test_an_app_is_set_up_by_its_code_and_the_sheet_is_shown_once(app: Flask, client: FlaskClient, run_jobs: Callable[[], int]) -> None:
    person = enter(client)
    page = client.get("/settings/two-step").get_data(as_text=True)
    secret = secret_on(page)
    assert secret_on(client.get("/settings/two-step").get_data(as_text=True)) == secret, "a page that is loaded again shows the same key"

    wrong = client.post("/settings/two-step", data={"code": "000000" if code_of(secret) != "000000" else "111111"})
    done = client.post("/settings/two-step", data={"code": f" {code_of(secret)[:3]} {code_of(secret)[3:]} "})
    again = client.post("/settings/two-step", data={"code": code_of(secret)})

    codes = codes_on(done.get_data(as_text=True))
    assert (wrong.status_code, done.status_code, again.status_code) == (422, 200, 303)
    assert len(set(codes)) == 10
    assert "On" in client.get("/settings/security").get_data(as_text=True)
    rows = db.session.scalars(select(RecoveryCode.code_hash).where(RecoveryCode.person_id == person.id)).all()
    factor = db.session.get_one(TOTPFactor, person.id)
    assert secret not in factor.sealed_secret, "the secret is not readable in the database"
    assert not set(rows) & set(codes), "codes are stored as hashes"
    run_jobs()
    assert "the second step is on" in text_of(letters_to(app, person.email)[-1])


def test_the_picture_says_what_the_key_says(client: FlaskClient) -> None:
    person = enter(client)
    assert client.get("/settings/two-step/picture.svg").status_code == 404, "nothing is being set up"
    secret = secret_on(client.get("/settings/two-step").get_data(as_text=True))

    picture = client.get("/settings/two-step/picture.svg")

    assert picture.mimetype == "image/svg+xml"
    assert picture.headers["Cache-Control"] == "no-store"
    assert picture.data == totp.picture(totp.setup_address(secret, person.email))


def test_a_set_up_ends_after_an_hour(client: FlaskClient) -> None:
    person = enter(client)
    with clock.at(clock.now()):
        secret = secret_on(client.get("/settings/two-step").get_data(as_text=True))
    seal = totp.sealed(secret, secret_key="a key", person_id=person.id)

    assert totp.opened_setup(seal, secret_key="a key", person_id=person.id) == secret
    assert totp.opened(seal, secret_key="another key", person_id=person.id) is None
    assert totp.opened(seal[:-4] + "AAAA", secret_key="a key", person_id=person.id) is None
    assert totp.opened(seal, secret_key="a key", person_id=make_member(make_company()).id) is None


def test_the_password_alone_opens_nothing(app: Flask, client: FlaskClient) -> None:
    person, _ = with_app(app)

    assert give_password(client, person, next="/company") == "/log-in/second-step?next=/company"

    assert client.get("/company").status_code == 303
    page = client.get("/log-in/second-step?next=/company").get_data(as_text=True)
    assert 'name="next" value="/company"' in page
    assert 'autocomplete="one-time-code"' in page


def test_a_code_of_the_app_opens_and_leads_on(app: Flask, client: FlaskClient) -> None:
    person, secret = with_app(app)
    give_password(client, person)

    wrong = client.post("/log-in/second-step", data={"code": "12345"})
    done = client.post("/log-in/second-step", data={"code": code_of(secret), "next": "/company"})

    assert wrong.status_code == 422
    assert "This code is not right, or was used." in wrong.get_data(as_text=True)
    assert done.headers["Location"] == "/company"
    event = db.session.execute(select(AuditEvent).where(AuditEvent.act == "session.opened")).scalar_one()
    assert event.after["way"] == "code"


def test_a_code_that_was_used_is_worth_nothing(app: Flask, client: FlaskClient) -> None:
    person, secret = with_app(app)
    now = clock.now()

    with clock.at(now):
        give_password(client, person)
        first = client.post("/log-in/second-step", data={"code": code_of(secret, now)}).status_code
        other = app.test_client()
        give_password(other, person)
        again = other.post("/log-in/second-step", data={"code": code_of(secret, now)}).status_code
        earlier = other.post("/log-in/second-step", data={"code": code_of(secret, now - timedelta(seconds=30))}).status_code
    with clock.at(now + timedelta(seconds=30)):
        following = other.post("/log-in/second-step", data={"code": code_of(secret, now + timedelta(seconds=30))}).status_code

    assert (first, again, earlier, following) == (303, 422, 422, 303)


@pytest.mark.parametrize(("steps", "status"), [(-2, 422), (-1, 303), (0, 303), (1, 303), (2, 422)])
def test_the_clock_of_the_app_may_be_off_by_one_step(app: Flask, client: FlaskClient, steps: int, status: int) -> None:
    person, secret = with_app(app)
    now = clock.now()

    with clock.at(now):
        give_password(client, person)
        response = client.post("/log-in/second-step", data={"code": code_of(secret, now + timedelta(seconds=30 * steps))})

    assert response.status_code == status


def test_a_code_of_the_sheet_opens_once(app: Flask, client: FlaskClient, run_jobs: Callable[[], int]) -> None:
    person, _ = with_app(app)
    give_password(client, person)
    first = client.post("/log-in/second-step", data={"code": " AAAA bbbb-CCCC dddd "}).status_code
    other = app.test_client()
    give_password(other, person)

    again = other.post("/log-in/second-step", data={"code": "aaaa-bbbb-cccc-dddd"}).status_code

    assert (first, again) == (303, 422)
    assert queries.ways_of(person.id).recovery_codes == 1
    run_jobs()
    assert "a code of your sheet was used" in text_of(letters_to(app, person.email)[-1])


def test_codes_of_another_person_open_nothing(app: Flask, client: FlaskClient) -> None:
    person, _ = with_app(app)
    other = make_member(make_company())
    secret = make_app(other, secret_key=app.config["SECRET_KEY"], codes=["6666-7777-8888-9999"])
    give_password(client, person)

    codes = [client.post("/log-in/second-step", data={"code": code}).status_code for code in (code_of(secret), "6666-7777-8888-9999")]

    assert codes == [422, 422]


def test_codes_are_counted_and_a_right_password_does_not_set_the_count_back(app: Flask, client: FlaskClient) -> None:
    person, secret = with_app(app)
    statuses = []
    for n in range(11):
        give_password(client, person)
        statuses.append(client.post("/log-in/second-step", data={"code": f"no {n}"}).status_code)

    right = client.post("/log-in/second-step", data={"code": code_of(secret)})

    assert statuses == [422] * 10 + [429]
    assert (right.status_code, right.headers["Retry-After"]) == (429, "900")
    with clock.at(clock.now() + timedelta(minutes=16)):
        give_password(client, person)
        assert client.post("/log-in/second-step", data={"code": code_of(secret)}).status_code == 303


def test_the_second_step_waits_ten_minutes_and_not_past_a_new_password(app: Flask, client: FlaskClient) -> None:
    person, secret = with_app(app)
    give_password(client, person)

    with clock.at(clock.now() + LATER):
        late = client.post("/log-in/second-step", data={"code": code_of(secret)}).headers["Location"]
    give_password(client, person)
    person.password_hash = "another"
    changed = client.post("/log-in/second-step", data={"code": code_of(secret)}).headers["Location"]

    assert (late, changed) == ("/log-in", "/log-in")
    assert app.test_client().get("/log-in/second-step").headers["Location"] == "/log-in"


def test_step_up_asks_for_the_code_and_takes_no_password(app: Flask, client: FlaskClient) -> None:
    person = enter(client)
    secret = make_app(person, secret_key=app.config["SECRET_KEY"], codes=SHEET)

    with clock.at(clock.now() + LATER):
        page = client.get("/confirm-identity").get_data(as_text=True)
        password = client.post("/confirm-identity", data={"identity_password": PASSWORD})
        code = client.post("/confirm-identity", data={"identity_code": code_of(secret), "next": "/settings/email"})

    assert "identity_password" not in page
    assert password.status_code == 422
    assert "Type the code that your app shows." in password.get_data(as_text=True)
    assert code.headers["Location"] == "/settings/email"


def test_a_new_sheet_makes_the_earlier_one_worthless(app: Flask, client: FlaskClient) -> None:
    person = enter(client)
    none = client.post("/settings/two-step/codes")
    make_app(person, secret_key=app.config["SECRET_KEY"], codes=SHEET)

    page = client.post("/settings/two-step/codes").get_data(as_text=True)

    assert none.status_code == 303
    assert len(codes_on(page)) == 10
    other = app.test_client()
    give_password(other, person)
    assert other.post("/log-in/second-step", data={"code": SHEET[0]}).status_code == 422
    assert other.post("/log-in/second-step", data={"code": codes_on(page)[3]}).status_code == 303


def test_another_app_takes_the_place_of_the_first(app: Flask, client: FlaskClient) -> None:
    person = enter(client)
    old = make_app(person, secret_key=app.config["SECRET_KEY"], codes=SHEET)
    page = client.get("/settings/two-step").get_data(as_text=True)
    new = secret_on(page)

    done = client.post("/settings/two-step", data={"code": code_of(new)})

    assert "An app is set up already." in page
    assert done.status_code == 200
    other = app.test_client()
    give_password(other, person)
    with clock.at(clock.now() + timedelta(minutes=1)):
        assert other.post("/log-in/second-step", data={"code": code_of(old)}).status_code == 422
        assert other.post("/log-in/second-step", data={"code": SHEET[1]}).status_code == 422
        assert other.post("/log-in/second-step", data={"code": code_of(new)}).status_code == 303


def test_turned_off_the_password_opens_again(app: Flask, client: FlaskClient) -> None:
    person = enter(client)
    make_app(person, secret_key=app.config["SECRET_KEY"], codes=SHEET)

    client.post("/settings/two-step/off")

    assert give_password(app.test_client(), person) == "/home"
    assert queries.ways_of(person.id).recovery_codes == 0


def test_the_operator_turns_it_off_for_somebody_who_lost_everything(app: Flask) -> None:
    person, _ = with_app(app)
    db.session.commit()

    done = CliRunner().invoke(group, ["turn-off-second-step", "--email", person.email.upper()])
    again = CliRunner().invoke(group, ["turn-off-second-step", "--email", person.email])

    assert (done.exit_code, again.exit_code) == (0, 1)
    event = db.session.execute(select(AuditEvent).where(AuditEvent.act == "person.two_step_off")).scalar_one()
    assert event.actor_name == "system"


@pytest.mark.committed
def test_two_log_ins_at_once_use_a_code_once(app: Flask) -> None:
    person = make_member(make_company())
    make_app(person, secret_key=app.config["SECRET_KEY"])
    db.session.commit()
    person_id, results, barrier = person.id, [], Barrier(8)

    def spend() -> None:
        with app.app_context():
            barrier.wait()
            with transaction():
                results.append(services.use_step(person_id, 7))
            db.session.remove()

    threads = [Thread(target=spend) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(results) == [False] * 7 + [True]
