"""A worker that imports is killed by SIGKILL in the middle of a file; the next one goes on behind its last part, and no row is done twice."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from marketplace.accounts.models import Company
from marketplace.catalogue.models import CatalogueImport, ImportState, Product, ProductVersion, StockMovement, Variant
from marketplace.core.db import db, transaction
from marketplace.core.jobs import Job, JobState
from marketplace.supervisor.simulator import Simulator
from tests.catalogue.file_runs import fresh, name_columns, send
from tests.conftest import TEMPLATE, Services, whole_app
from tests.factories.accounts import log_in, make_member
from tests.factories.catalogue import make_category
from tests.factories.vendors import make_vendor

pytestmark = pytest.mark.committed
ROWS = 6_000
DEADLINE = 60.0
WORKER = """
import sys
from uuid import UUID
from marketplace.app import create_app
from marketplace.config import Settings
from marketplace.worker import run_job
run_job(create_app(Settings.from_env(), doors="tasks"), UUID(sys.argv[1]))
"""


@pytest.fixture(scope="module")
def committed_app(services: Services, simulator: Simulator) -> Iterator[Flask]:
    """Real commits, on a database of this module's own; connected as the jobs' role, which sees every company as it looks on."""
    name = "killed_import"
    services.postgres.create_database(name, template=TEMPLATE)
    url = services.postgres.url("millgate_jobs", name)
    app = whole_app(replace(services.settings_for(name), database_url=url, stripe_api_base=simulator.url))
    yield app
    with app.app_context():
        db.engine.dispose()
    services.postgres.drop_database(name)


def start_worker(app: Flask, job_id: UUID) -> "subprocess.Popen[bytes]":
    """A process that does one job on the database of these tests, as a worker does it."""
    values = asdict(app.config["SETTINGS"]) | {"marketplace_home": app.config["SETTINGS"].home}
    environment = {name.upper(): str(value) for name, value in values.items() if value is not None}
    return subprocess.Popen([sys.executable, "-c", WORKER, str(job_id)], env={**os.environ, **environment})


def job_of(name: str) -> Job:
    """The newest job of that name."""
    return db.session.scalars(
        select(Job).where(Job.name == name).order_by(Job.id.desc()).limit(1).execution_options(populate_existing=True)
    ).one()


def finish(app: Flask, name: str) -> None:
    """Let one worker after the other do the newest job of that name, until none is left."""
    while (job := job_of(name)).state is not JobState.DONE:
        db.session.commit()
        assert start_worker(app, job.id).wait(DEADLINE) == 0


def position_of(import_id: UUID) -> int:
    position = db.session.scalar(select(CatalogueImport.position).where(CatalogueImport.id == import_id)) or 0
    db.session.commit()  # the next look sees what has happened since
    return position


def test_a_worker_that_is_killed_in_the_middle_of_a_file_costs_a_part_and_doubles_no_row(app: Flask, client: FlaskClient) -> None:
    with transaction():
        make_category(slug="bolts")
        shop = make_vendor()
        person = make_member(db.session.get_one(Company, shop.id))
    log_in(client, person, db.session.get_one(Company, shop.id))
    lines = "".join(f"K-{n},Bolt {n},bolts,0.5,7\n" for n in range(ROWS))
    found = send(client, "sku,title,category,price,stock\n" + lines)
    name_columns(client, found)
    finish(app, "catalogue.check_import")
    assert client.post(f"/portal/products/import/{found.id}/start").status_code == 303

    process = start_worker(app, job_of("catalogue.run_import").id)
    ends = time.monotonic() + DEADLINE
    while not position_of(found.id):
        assert process.poll() is None, "the worker takes its first part"
        assert time.monotonic() < ends
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL

    left = fresh(found.id)
    assert left.state is ImportState.IMPORTING
    assert 0 < left.position < ROWS
    assert db.session.scalar(select(func.count()).select_from(Variant)) == left.position
    finish(app, "catalogue.run_import")
    ended = fresh(found.id)
    assert (ended.state, ended.position, ended.made, ended.changed, ended.refused) == (ImportState.DONE, ROWS, ROWS, 0, 0)
    for rows in (Product, ProductVersion, Variant, StockMovement):
        assert db.session.scalar(select(func.count()).select_from(rows)) == ROWS
