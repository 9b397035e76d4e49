"""A form that cannot be taken any more: nothing typed is lost, and nothing is done that its sender has not been asked about."""

import html
import re
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.core.db import db
from search.watching.models import QuoteWish
from tests.factories.accounts import log_in, log_out, make_company, make_member
from tests.pages import check_page

OURS = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin", "Referer": "http://localhost/wishes/new?words=hose"}
WANTED = {"words": "PTFE hose DN 50", "quantity": "1,200", "unit": "m", "note": "With a 3.1 certificate.\r\nNo <b>rubber</b>."}
FIELD = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


@pytest.fixture(autouse=True)
def _tokens_count(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)


def a_buyer(client: FlaskClient, name: str = "Marta Lindqvist") -> None:
    company = make_company()
    log_out(client)
    log_in(client, make_member(company, person=None, name=name), company)


def fields_of(text: str) -> dict[str, str]:
    """What the page sends on its own."""
    return {name: html.unescape(value) for name, value in FIELD.findall(text.partition("<main")[2])}


def a_form(client: FlaskClient) -> dict[str, str]:
    """The form as its page shows it, filled in."""
    return fields_of(client.get("/wishes/new").get_data(as_text=True)) | WANTED


def wishes() -> int:
    return db.session.query(QuoteWish).count()


def test_a_form_of_an_earlier_session_is_shown_and_sent_again_once(client: FlaskClient) -> None:
    a_buyer(client)
    sent = a_form(client)
    a_buyer(client, "Jonas Berg")

    answer = client.post("/wishes/new", data=sent, headers=OURS)
    text = answer.get_data(as_text=True)
    again = fields_of(text)

    assert (answer.status_code, wishes()) == (409, 0)
    check_page(answer)
    assert 'action="/wishes/new"' in text
    assert "With a 3.1 certificate.\r\nNo &lt;b&gt;rubber&lt;/b&gt;.</dd>" in text
    assert "Jonas Berg" in text
    assert {name: again[name] for name in (*WANTED, "_once")} == WANTED | {"_once": sent["_once"]}
    assert again["csrf_token"] != sent["csrf_token"]

    for _click in range(2):
        assert client.post("/wishes/new", data=again, headers=OURS).status_code == 303
    assert wishes() == 1


def test_whoever_is_logged_out_logs_in_and_sends_it_then(client: FlaskClient) -> None:
    a_buyer(client)
    sent = a_form(client)
    log_out(client)

    answer = client.post("/wishes/new", data=sent, headers=OURS)
    text = answer.get_data(as_text=True)

    assert answer.status_code == 409
    check_page(answer)
    assert 'href="/log-in?next=/wishes/new?words%3Dhose" target="_blank"' in text
    assert "Send it again" not in text

    a_buyer(client)
    asked = client.post("/wishes/new", data=fields_of(text), headers=OURS).get_data(as_text=True)

    assert "Send it again" in asked
    assert client.post("/wishes/new", data=fields_of(asked), headers=OURS).status_code == 303
    assert wishes() == 1


def test_a_session_that_the_server_has_ended_loses_nothing_either(client: FlaskClient) -> None:
    a_buyer(client)
    sent = a_form(client)
    with client.session_transaction() as cookie:
        cookie["_user_id"] = "a session that has ended"

    answer = client.post("/wishes/new", data=sent, headers=OURS)

    assert answer.status_code == 401
    check_page(answer)
    assert WANTED.items() <= fields_of(answer.get_data(as_text=True)).items()


def test_whoever_goes_on_as_another_company_is_asked_first(client: FlaskClient) -> None:
    here, there = make_company(name="Halden Rail"), make_company(name="Norrvik Fastening")
    person = make_member(here)
    make_member(there, person=person)
    log_in(client, person, here)
    sent = a_form(client)
    client.post("/switch-company", data={"csrf_token": sent["csrf_token"], "company_id": str(there.id)})

    answer = client.post("/wishes/new", data=sent, headers=OURS)

    assert (answer.status_code, wishes()) == (409, 0)
    assert "for Norrvik Fastening." in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "none"},
    ],
    ids=lambda headers: " ".join(headers.values()) or "nothing said",
)
def test_what_may_come_from_elsewhere_is_refused_without_a_button(client: FlaskClient, headers: dict[str, str]) -> None:
    a_buyer(client)

    answer = client.post("/wishes/new", data=WANTED | {"csrf_token": "made up"}, headers=headers)
    text = answer.get_data(as_text=True)

    assert (answer.status_code, wishes()) == (409, 0)
    assert "too old to be sent" in text
    assert "PTFE" not in text


def test_passwords_are_not_put_into_the_page(client: FlaskClient) -> None:
    answer = client.post("/log-in", data={"email": "marta@halden.example", "password": "hunter twelve", "passkey": "{}"}, headers=OURS)
    text = answer.get_data(as_text=True)

    assert answer.status_code == 409
    check_page(answer)
    assert "marta@halden.example</dd>" in text
    assert "hunter" not in text
    assert re.search(r'<input [^>]*name="password" type="password"', text)
    assert 'name="passkey"' not in text


def test_files_are_asked_for_again_by_the_field_they_were_chosen_in(client: FlaskClient) -> None:
    sent = {"note": "As drawn", "drawing_file": (BytesIO(b"%PDF"), "hose.pdf")}

    out = client.post("/quick-order", data=sent, headers=OURS).get_data(as_text=True)
    a_buyer(client)
    asked = client.post("/quick-order", data=fields_of(out), headers=OURS)
    text = asked.get_data(as_text=True)

    assert asked.status_code == 409
    check_page(asked)
    assert '<label for="again-drawing_file">Drawing file</label>' in text
    assert "Choose again: hose.pdf" in text
    assert 'enctype="multipart/form-data"' in text


def test_a_form_in_which_nothing_was_typed_is_refused_as_before(client: FlaskClient) -> None:
    a_buyer(client)

    answer = client.post("/log-out", data={"csrf_token": "old"}, headers=OURS)

    assert answer.status_code == 409
    assert "too old to be sent" in answer.get_data(as_text=True)


def test_a_machine_gets_a_problem_document(client: FlaskClient) -> None:
    answer = client.post("/wishes/new", data=WANTED, headers={**OURS, "Accept": "application/json"})

    assert (answer.status_code, answer.get_json()["code"]) == (409, "stale_form")
