"""Mails of saved searches as they reach their reader, and the ways to end them without logging in."""

import html
import re
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.core import clock
from marketplace.core.db import db
from search.watching import alerts
from search.watching.models import Alert, SavedSearch
from tests.factories.accounts import log_out
from tests.factories.catalogue import make_product
from tests.factories.vendors import make_vendor
from tests.search.reading import IndexNow, page
from tests.search.test_saved import RunJobs, a_buyer, letters, save


@pytest.fixture
def mailed(client: FlaskClient, index_now: IndexNow, run_jobs: RunJobs, app: Flask, tmp_path: Path) -> Callable[[], EmailMessage]:
    """A buyer with a saved search; the function puts a match on sale and returns the mail that tells of it, as it was sent."""
    index_now()
    _, person = a_buyer(client, name="Mats Lindqvist")
    save(client, "q=brass+hinge", alert=Alert.AT_ONCE)

    def run() -> EmailMessage:
        before, app.config["SMTP_URL"] = app.config["SMTP_URL"], f"file://{tmp_path}/mail"
        with clock.at(clock.now() + timedelta(minutes=10)):
            index_now(make_product(make_vendor(), title="Brass hinge", sku="HINGE-1"))
            letters(run_jobs)
            run_jobs()
        app.config["SMTP_URL"] = before
        message = message_from_bytes(next((tmp_path / "mail").glob("*.eml")).read_bytes(), policy=policy.default)
        assert isinstance(message, EmailMessage)
        assert message["To"] == person.email
        return message

    return run


def test_the_mail_is_a_whole_letter(mailed: Callable[[], EmailMessage]) -> None:
    message = mailed()

    assert message["Subject"] == "1 new match: Hinges"
    body = message.get_body(("plain",))
    assert body is not None
    assert "/searches/stop/" in body.get_content()


def test_each_of_the_goods_has_a_link_that_opens_its_own_size(mailed: Callable[[], EmailMessage]) -> None:
    message = mailed()

    for kind in ("plain", "html"):
        body = message.get_body((kind,))
        assert body is not None
        assert re.search(r"http://\S+/products/[^\s?]+\?variant=HINGE-1\b", body.get_content()), kind


def test_a_mail_program_ends_the_mails_by_itself_and_only_them(
    mailed: Callable[[], EmailMessage], app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = mailed()
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)

    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = message["List-Unsubscribe"].strip("<>").removeprefix("http://localhost")
    answer = app.test_client().post(path, data={"List-Unsubscribe": "One-Click"})  # no session, no form token

    assert answer.status_code == 200, "and no redirect"
    saved = db.session.query(SavedSearch).one()
    db.session.refresh(saved)
    assert (saved.name, saved.query, saved.alert) == ("Hinges", "q=brass+hinge&ship_to=SE", Alert.NEVER)


def test_the_address_to_end_mails_is_sent_in_one_piece(mailed: Callable[[], EmailMessage], tmp_path: Path) -> None:
    mailed()

    sent = next((tmp_path / "mail").glob("*.eml")).read_bytes()

    assert re.search(rb"^List-Unsubscribe: <http://\S+/searches/stop/\S{60,}>\r?$", sent, re.MULTILINE)


def test_the_link_of_a_mail_ends_its_mails_without_logging_in(client: FlaskClient, index_now: IndexNow) -> None:
    index_now()
    a_buyer(client)
    saved = save(client, "q=hinge", alert=Alert.DAILY, name="Hinges of brass")
    log_out(client)
    link = f"/searches/stop/{alerts.stop_token(saved.id)}"

    asks = html.unescape(page(client, link))
    assert "No more mails of “Hinges of brass”" in asks
    assert '<button class="btn btn-main">No more mails' in asks
    assert db.session.get_one(SavedSearch, saved.id).alert is Alert.DAILY, "opening the link alone changes nothing"
    done = client.post(link).get_data(as_text=True)
    db.session.refresh(saved)

    assert saved.alert is Alert.NEVER
    assert "It sends no mails." in done
    again = page(client, link)
    assert "It sends no mails." in again, "who comes back is asked nothing"
    assert '<button class="btn btn-main">' not in again


def test_of_a_search_that_was_removed_the_link_says_so(client: FlaskClient, index_now: IndexNow) -> None:
    index_now()
    a_buyer(client)
    saved = save(client, "q=hinge", alert=Alert.DAILY)
    link = f"/searches/stop/{alerts.stop_token(saved.id)}"
    client.post(f"/searches/{saved.id}/remove")
    log_out(client)

    for text in (page(client, link), client.post(link).get_data(as_text=True)):
        assert "This saved search was removed" in text
        assert "stays in your list" not in text
        assert '<button class="btn btn-main">' not in text


def test_a_link_that_is_not_ours_ends_nothing(client: FlaskClient) -> None:
    assert "not one of ours" in page(client, "/searches/stop/nonsense")
    assert "not one of ours" in client.post("/searches/stop/nonsense").get_data(as_text=True)


def test_removing_a_search_is_asked_first(client: FlaskClient, index_now: IndexNow) -> None:
    index_now()
    a_buyer(client)
    saved = save(client, "q=hinge", alert=Alert.DAILY, name="Hinges of brass")

    text = html.unescape(page(client, "/searches"))

    dialog = re.search(r'<div class="dialog".*?</div>', text, re.DOTALL)
    assert dialog
    assert text.count(f'action="/searches/{saved.id}/remove"') == dialog[0].count(f'action="/searches/{saved.id}/remove"') == 1
    assert "Remove “Hinges of brass”?" in dialog[0]
    assert "you get no more mails about it" in dialog[0]
