"""The database is away or slow: pages say so, nothing hangs, and nobody has to start anything again."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from psycopg import sql

from marketplace import first_pages
from marketplace.core import policy
from marketplace.core.db import db
from marketplace.core.i18n import LOCALES
from tests.conftest import Services
from tests.factories.accounts import log_in, make_company, make_member

pytestmark = pytest.mark.committed


@contextmanager
def away(services: Services) -> Iterator[None]:
    """No connection to this application's database lives, and no new one is taken."""
    name = db.engine.url.database
    assert name is not None
    with services.postgres.connect() as connection:
        connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(name)))
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
        try:
            yield
        finally:
            connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(sql.Identifier(name)))


@pytest.mark.parametrize("path", ["/", "/log-in", "/categories", "/search?q=bolt"])
def test_without_the_database_every_page_says_so(client: FlaskClient, services: Services, path: str) -> None:
    with away(services):
        policy.forget()  # what was read within the last second is still shown
        answer = client.get(path)

    text = answer.get_data(as_text=True)
    assert answer.status_code == 503
    assert "This part does not work right now" in text
    assert "psycopg" not in text


@pytest.mark.parametrize("path", ["/", "/cart", "/home"])
def test_without_the_database_whoever_is_signed_in_reads_it_too(client: FlaskClient, services: Services, path: str) -> None:
    company = make_company()
    log_in(client, make_member(company), company)
    db.session.commit()
    assert client.get("/cart").status_code == 200

    with away(services):
        policy.forget()
        answer = client.get(path)

    assert answer.status_code == 503
    assert "This part does not work right now" in answer.get_data(as_text=True)
    assert client.get("/cart").status_code == 200, "the session is still open"


def test_a_web_process_starts_without_the_database(app: Flask, services: Services) -> None:
    with away(services):
        policy.forget()

        assert first_pages.make(app) == ["/"] * len(LOCALES)


def test_a_form_says_that_it_may_or_may_not_have_been_saved(client: FlaskClient, services: Services) -> None:
    with away(services):
        answer = client.post("/log-in", data={"email": "mila@halden-rail.example", "password": "whatever it is"})

    assert answer.status_code == 503
    assert "it may or may not have been saved" in answer.get_data(as_text=True)


def test_readiness_says_which_part_and_liveness_goes_on(client: FlaskClient, services: Services) -> None:
    with away(services):
        ready, alive = client.get("/readyz"), client.get("/healthz")

    assert (ready.status_code, alive.status_code) == (503, 200)
    assert ready.json is not None
    assert ready.json["parts"]["database"] == "the database does not answer (OperationalError)"
    assert ready.json["parts"]["files"] == "ok", "a part that needs no database is judged by itself"


@pytest.mark.parametrize("path", ["/log-in", "/shops"])
def test_a_halted_database_is_not_waited_for_longer_than_it_may_take(app: Flask, client: FlaskClient, path: str) -> None:
    """Neither by a page that only reads nor by one that has begun a transaction."""
    policy.forget()
    assert client.get("/log-in").status_code == 200
    drivers: list[Any] = [db.session.connection().connection.driver_connection, *app.extensions["readings"]._idle]
    db.session.rollback()
    policy.forget()
    servers = [driver.info.backend_pid for driver in drivers]
    for driver in drivers:
        driver.patience_seconds = 0.3
        os.kill(driver.info.backend_pid, signal.SIGSTOP)
    try:
        answer = client.get(path)
    finally:
        for server in servers:
            os.kill(server, signal.SIGCONT)

    assert len(drivers) == 2
    assert answer.status_code == 503
    assert client.get("/log-in").status_code == 200, "another connection serves the next page"


def test_pages_come_back_by_themselves(client: FlaskClient, services: Services) -> None:
    assert client.get("/log-in").status_code == 200
    with away(services):
        policy.forget()
        assert client.get("/log-in").status_code == 503

    assert client.get("/log-in").status_code == 200
    assert client.get("/readyz").status_code == 200
