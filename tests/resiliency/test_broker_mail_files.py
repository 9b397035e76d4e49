"""The broker, the mail server or the object store is away: orders go through, nothing waits, and what was to be done is done later."""

import io
import re
import socket
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from celery import Celery
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace import scheduler
from marketplace.core import clock, emails, files, jobs
from marketplace.core.db import db
from marketplace.core.emails import Letter, MailDown
from marketplace.core.ids import new_id
from marketplace.core.jobs import Job, JobState
from marketplace.orders.models import Purchase
from marketplace.scheduler import Dispatcher
from marketplace.supervisor.valkey import Valkey
from marketplace.worker import celery_settings, run_job
from tests.factories.catalogue import make_picture, make_product
from tests.factories.orders import fill_cart, make_trade
from tests.factories.vendors import make_vendor
from tests.orders.browsing import as_buyer, send_checkout
from tests.resiliency.conftest import asked
from tests.search.reading import page

LETTER = Letter("mila@halden-rail.example", "Your order", "Thank you.", "<p>Thank you.</p>")


def dispatcher(app: Flask, broker_url: str) -> Dispatcher:
    """The scheduler's hand that sends, with a broker of the test's choice."""
    sender = Celery("marketplace", set_as_current=False)
    sender.conf.update(celery_settings(broker_url))
    return Dispatcher(app, sender)


@pytest.mark.parametrize("how", ["silent_port"])
def test_without_the_broker_an_order_goes_through_and_its_jobs_wait(
    request: pytest.FixtureRequest, app: Flask, client: FlaskClient, valkey: Valkey, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(scheduler, "ANSWER_SECONDS", 1)
    trade = make_trade()
    fill_cart(trade, (100,))
    as_buyer(client, trade)

    answer = send_checkout(client)

    assert answer.status_code == 303
    assert re.fullmatch(r"/payments/[0-9a-f-]{36}", answer.location or "")
    assert db.session.scalars(select(Purchase)).one()
    waiting = set(db.session.scalars(select(Job.id).where(Job.state == JobState.QUEUED, Job.run_at <= clock.now())))
    assert waiting
    began = time.monotonic()
    dispatcher(app, f"redis://127.0.0.1:{request.getfixturevalue(how)}/0").send_due()
    assert time.monotonic() - began < 15
    with clock.at(clock.now() + jobs.RESEND_AFTER + timedelta(seconds=1)):
        assert dispatcher(app, valkey.url).send_due() >= len(waiting)
    db.session.expire_all()
    assert {db.session.get_one(Job, job_id).state for job_id in waiting} == {JobState.SENT}


@pytest.mark.parametrize("how", ["closed_port", "silent_port", "babbling_port"])
def test_a_letter_that_is_not_taken_is_a_job_that_comes_again(
    request: pytest.FixtureRequest, app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(emails, "TIMEOUT_SECONDS", 0.5)
    monkeypatch.setitem(app.config, "SMTP_URL", f"smtp://127.0.0.1:{request.getfixturevalue(how)}")
    trade = make_trade()
    fill_cart(trade, (100,))
    as_buyer(client, trade)

    began = time.monotonic()
    assert client.post("/forgot-password", data={"email": trade.person.email}).status_code == 303
    assert send_checkout(client).status_code == 303
    letters = db.session.scalars(select(Job).where(Job.name.contains("email"), Job.state == JobState.QUEUED)).all()
    assert letters, "mail is a job, and no page waits for it"
    assert time.monotonic() - began < 10
    job_id = letters[0].id
    db.session.commit()
    run_job(app, job_id)

    db.session.expire_all()
    job = db.session.get_one(Job, job_id)
    assert job.state is JobState.QUEUED
    assert job.run_at > clock.now()
    assert "MailDown" in (job.last_error or "")
    answer = client.get("/readyz")
    assert answer.status_code == 200, "pages are served without mail"
    assert answer.json is not None
    assert answer.json["parts"]["mail"].startswith("1 letter waits (mail is not taken: ")


def test_a_silent_mail_server_does_not_hold_the_workers(
    app: Flask, silence: socket.socket, silent_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(emails, "TIMEOUT_SECONDS", 0.3)
    monkeypatch.setitem(app.config, "SMTP_URL", f"smtp://127.0.0.1:{silent_port}")
    for _ in range(emails.FAILURES):
        send_nothing()
    assert asked(silence) == emails.FAILURES

    for _ in range(50):
        send_nothing()

    assert asked(silence) == 0


def send_nothing() -> None:
    """Try a letter that is not taken."""
    with pytest.raises(MailDown):
        emails.send(LETTER, new_id())


@pytest.fixture
def store_at(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Point the application at a remote object store."""

    def point(port: int) -> None:
        for name, value in {
            "AWS_ENDPOINT": f"http://127.0.0.1:{port}",
            "AWS_ACCESS_KEY_ID": "of the test",
            "AWS_SECRET_ACCESS_KEY": "of the test",
            "AWS_REGION": "eu-north-1",
        }.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(files, "CALL_SECONDS", 1)
        monkeypatch.setitem(app.config, "OBJECT_STORE_URL", "s3://millgate-files")
        for memory in ("object_store", "object_store.breaker"):
            app.extensions.pop(memory, None)

    return point


def product_with_picture() -> tuple[str, UUID]:
    """A product's address and its picture's file."""
    product = make_product(make_vendor(), sku="QZ-1")
    picture = make_picture(product)
    db.session.get_one(files.StoredFile, picture.file_id).access = files.FileAccess.PUBLIC
    db.session.flush()
    return product.slug, picture.file_id


@pytest.mark.parametrize("how", ["closed_port", "silent_port"])
def test_without_the_object_store_pages_work_and_the_file_says_so(
    request: pytest.FixtureRequest, app: Flask, client: FlaskClient, store_at: Callable[[int], None], how: str
) -> None:
    slug, file_id = product_with_picture()
    store_at(request.getfixturevalue(how))

    product, picture, file = (client.get(path) for path in (f"/products/{slug}", f"/files/{file_id}/480.webp", f"/files/{file_id}"))

    assert product.status_code == 200
    assert (picture.status_code, file.status_code) == (503, 503)
    assert "Files cannot be read or stored at the moment." in picture.get_data(as_text=True)
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json is not None
    assert "the object store does not answer" in answer.json["parts"]["files"]


def test_a_silent_object_store_is_waited_for_a_few_times_only(
    client: FlaskClient, store_at: Callable[[int], None], silence: socket.socket, silent_port: int
) -> None:
    _, file_id = product_with_picture()
    store_at(silent_port)
    for _ in range(files.FAILURES):
        assert client.get(f"/files/{file_id}/480.webp").status_code == 503
    assert asked(silence) >= files.FAILURES

    for _ in range(20):
        assert client.get(f"/files/{file_id}/480.webp").status_code == 503

    assert asked(silence) == 0


def test_without_its_folder_files_are_not_ready_and_say_why(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    _, file_id = product_with_picture()
    monkeypatch.setitem(app.config, "OBJECT_STORE_URL", "file:///nowhere/at/all")

    answer, picture = client.get("/readyz"), client.get(f"/files/{file_id}/480.webp")

    assert answer.json is not None
    assert answer.json["parts"]["files"] == "the folder of the files is not there"
    assert picture.status_code == 503, "a picture that cannot be read is not one that never was"
    assert page(client, "/")


def test_a_missing_folder_is_not_made_anew_by_what_is_written(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "not there"
    monkeypatch.setitem(app.config, "OBJECT_STORE_URL", gone.as_uri())
    app.extensions.pop("object_store", None)

    with pytest.raises(files.FilesUnavailable):
        files.put_large(new_id(), "imports/1", io.BytesIO(b"goods"))
    assert not gone.exists()
    gone.mkdir()
    files.put_large(new_id(), "imports/1", io.BytesIO(b"goods"))
    assert any(gone.iterdir())


def test_a_disk_that_is_nearly_full_is_said_before_it_is(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.get("/readyz").get_json()["parts"]["files"] == "ok"
    monkeypatch.setattr(files, "LOW_DISK_BYTES", 1 << 60)

    assert re.fullmatch(r"the disk of the files has only \d+ MB left", client.get("/readyz").get_json()["parts"]["files"])
