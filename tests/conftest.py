"""Services and fixtures of the suite: real PostgreSQL, Valkey and payment simulator, started once and thrown away.

Default: each test runs inside one outer transaction; commits in the code become savepoints. What other processes or connections
must see is marked `@pytest.mark.committed`: such a test gets a database of its own (one per module).
"""

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from types import CodeType
from typing import Any

import hypothesis
import pytest
from alembic import command
from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import event, select, text
from werkzeug.test import TestResponse
from xdist.scheduler import LoadScopeScheduling

from marketplace.app import create_app
from marketplace.config import Settings
from marketplace.core import clock, i18n, jobs, large_pages, memory, policy, recent
from marketplace.core import db as database
from marketplace.core.compiled import KeptTemplates
from marketplace.core.db import db
from marketplace.core.driver import KeepingConnection
from marketplace.schema import migrations
from marketplace.supervisor.postgres import Postgres
from marketplace.supervisor.simulator import Simulator
from marketplace.supervisor.valkey import Valkey
from marketplace.worker import run_job
from tests.pages import check_page
from tests.services import MAY_PAUSE, start_postgres, start_simulator, start_valkey
from tests.tools import CHROMIUM_ARGUMENTS, find_chromium, required
from tests.world import CACHE

TEMPLATE = "template_migrated"
FOLDER = Path(__file__).parent
# A busy machine is no fault of a rule: examples are never timed, as no test is.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")
PROCESSORS = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_setaffinity") else []
WORLDS = {"structure": 0, "supervisor": 1, "browser": 2, "demo": 3}
"""Folders whose tests share something that takes long to make, and the order in which they begin.

The browser's take longest. What needs no browser is before them by so much that one can be installed meanwhile (`tests/tools.py`).
"""
BEGUN, MORE_HEAP = count(), 500
"""Tests that a worker has begun, and after how many of them it looks for more heap to put in large pages."""
OF_MANY_PROCESSES = WORLDS.keys() - {"structure"}
"""Folders whose tests start a whole house, or a browser."""


def folder_of(item: pytest.Item) -> str:
    """The room that a test speaks of."""
    return item.path.relative_to(FOLDER).parts[0]


@dataclass(frozen=True)
class Services:
    """What runs for the whole session."""

    folder: Path
    postgres: Postgres
    settings: Settings

    def settings_for(self, database_name: str) -> Settings:
        """The same process, another database."""
        return replace(
            self.settings,
            database_url=self.postgres.url("millgate_app", database_name),
            jobs_database_url=self.postgres.url("millgate_jobs", database_name),
            migration_database_url=self.postgres.url("millgate_owner", database_name),
        )


class ByWorld(LoadScopeScheduling):
    """For two workers (`dev.py test`): what shares a world or the search server stays together, other files each by themselves."""

    def _split_scope(self, nodeid: str) -> str:
        folder = nodeid.split("/")[1]
        if folder == "search" and "server" in nodeid:  # by its name or its engine: a second server takes as long to start as all these run
            return "search server"
        return folder if folder in WORLDS else nodeid.partition("::")[0]


def pytest_addoption(parser: pytest.Parser) -> None:
    """What `dev.py prove tenants` asks for."""
    parser.addoption("--everybody", action="store_true", help="the tenant matrix asks as every stranger, not as every fourth")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByWorld:
    """Not xdist's own groups: it writes them into the ids of the tests, which pytest no longer lets it do."""
    return ByWorld(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long begins first."""
    items.sort(key=lambda item: WORLDS.get(folder_of(item), len(WORLDS)))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """One of several workers keeps to one processor, and with it its database, which it starts: the two take turns all the time.

    On two processors each turn wakes the other one up. In a virtual machine that took more than half of the server's time where it was idle.
    Its heap of half a gigabyte stands in large pages, as that of a web process does (decision 0036): a tenth of the processor time.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker and not next(BEGUN) % MORE_HEAP:
        large_pages.gather()
    if worker and PROCESSORS:
        own = PROCESSORS[int(worker.removeprefix("gw")) % len(PROCESSORS)]
        os.sched_setaffinity(0, PROCESSORS if folder_of(item) in OF_MANY_PROCESSES else {own})


def pytest_collection_finish() -> None:
    """The thousands of tests stay until the end; to look through them for rubbish again and again took a fifth of the processor time.

    Nor are they looked through once, which took two seconds of each worker.
    """
    gc.freeze()
    memory.look_seldom()


@pytest.fixture(scope="session")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """PostgreSQL with the migrated template, and the settings that point to it."""
    folder = tmp_path_factory.mktemp("services")
    postgres = start_postgres(folder)
    postgres.create_database(TEMPLATE)
    command.upgrade(migrations(postgres.url("millgate_owner", TEMPLATE)), "head")
    settings = Settings(
        environment="test",
        base_url="http://localhost",
        secret_key="a secret of the test-suite, long enough",
        database_url="",
        migration_database_url="",
        jobs_database_url="",
        broker_url="memory://",
        elasticsearch_url=None,
        search_path=str(folder / "index"),
        stripe_api_base="http://127.0.0.1:1",
        stripe_secret_key="sk_test_tests",
        stripe_webhook_secret="whsec_tests",
        smtp_url=f"file://{folder / 'mail'}",
        object_store_url=f"file://{folder / 'files'}",
        home=str(folder),
        trusted_proxies=0,
    )
    (folder / "files").mkdir()
    yield Services(folder, postgres, settings)
    postgres.stop()


@pytest.fixture(scope="session")
def valkey(services: Services) -> Iterator[Valkey]:
    """A broker."""
    server = start_valkey(services.folder)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def simulator(services: Services) -> Iterator[Simulator]:
    """The payment provider. Its events are fetched by `deliver_events`, never pushed: nothing listens at the address."""
    process = start_simulator(services.folder, "http://127.0.0.1:9/payments/stripe/events")
    yield process
    process.stop()


class Client(FlaskClient):
    """Each request has its own application context, as in production: a forgotten commit is lost. Every page is checked."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        db.session.commit()
        with self.application.app_context():
            response = super().open(*args, **kwargs)
        database.acting_company.set(None)
        database.as_staff.set(False)
        db.session.expire_all()
        if response.mimetype == "text/html" and response.status_code < 500:
            check_page(response)
        return response


@pytest.fixture(scope="session")
def shared_app(services: Services, simulator: Simulator) -> Iterator[Flask]:
    """The application of all ordinary tests, with every door. It connects as the jobs role: one transaction serves every company."""
    services.postgres.create_database("tests", template=TEMPLATE)
    settings = replace(
        services.settings_for("tests"),
        database_url=services.postgres.url("millgate_jobs", "tests"),
        stripe_api_base=simulator.url,
    )
    app = whole_app(settings)
    yield app
    with app.app_context():
        db.engine.dispose()


class Compiled(KeptTemplates):
    """Templates compiled once for all workers and worlds of this state of the code, read once for all applications of this process.

    Each module with real commits has an application of its own.
    """

    def __init__(self) -> None:
        super().__init__(CACHE)
        self._codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get((bucket.key, bucket.checksum))
        if bucket.code is None:
            super().load_bytecode(bucket)
            self._remember(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        super().dump_bytecode(bucket)
        self._remember(bucket)

    def _remember(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._codes[bucket.key, bucket.checksum] = bucket.code


COMPILED = Compiled()
MOST_PREPARED = 5_000


def _prepare_all(connection: KeepingConnection, _record: object) -> None:
    # The same statements come back in hundreds of tests: to read and plan each anew took a third of the suite's time.
    connection.prepare_threshold, connection.prepared_max = 1, MOST_PREPARED


def whole_app(settings: Settings, *, patience: int = 1) -> Flask:
    """An application with all doors, as only the suite has it. `patience`: as of `create_app`."""
    app = create_app(settings, doors="all", patience=patience)
    with app.app_context():
        event.listen(db.engine, "connect", _prepare_all)
    app.jinja_env.bytecode_cache = COMPILED
    app.test_client_class = Client
    app.config["WTF_CSRF_ENABLED"] = False
    app.config["PROPAGATE_FAULTS"] = True
    return app


@pytest.fixture
def app(request: pytest.FixtureRequest, shared_app: Flask, services: Services) -> Flask:
    """The application under test."""
    if request.node.get_closest_marker("committed"):
        return request.getfixturevalue("committed_app")
    return shared_app


@pytest.fixture(scope="module")
def template() -> str:
    """The database that those of `committed` modules are copies of."""
    return TEMPLATE


@pytest.fixture(scope="module")
def committed_app(request: pytest.FixtureRequest, services: Services, simulator: Simulator, template: str) -> Iterator[Flask]:
    """An application on a database of the module's own, whose commits are real; connected as the pages' role."""
    name = f"committed_{request.module.__name__.replace('.', '_')[-40:]}"
    services.postgres.create_database(name, template)
    app = whole_app(replace(services.settings_for(name), stripe_api_base=simulator.url))
    yield app
    with app.app_context():
        db.engine.dispose()
    services.postgres.drop_database(name)


@pytest.fixture(autouse=True)
def _language() -> None:
    """English and UTC, whatever the request of another test has left."""
    i18n.set_context("en", "UTC")


@pytest.fixture(autouse=True)
def _database(request: pytest.FixtureRequest) -> Iterator[None]:
    """One outer transaction a test, rolled back; it stands aside for tests that need real commits or no database at all."""
    if "app" not in request.fixturenames and "client" not in request.fixturenames:
        yield
        return
    app: Flask = request.getfixturevalue("app")
    policy.forget()
    recent.ask_anew()
    if request.node.get_closest_marker("committed"):
        with app.app_context():
            yield
            db.session.remove()
        return
    with app.app_context():
        engines: dict[str | None, Any] = db._app_engines[app]
        engine = engines[None]
        connection = engine.connect()
        outer = connection.begin()
        connection.execute(text(MAY_PAUSE))
        engines[None] = connection
        yield
        db.session.remove()
        engines[None] = engine
        outer.rollback()
        connection.close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without scripts: keeps cookies, sees pages."""
    return app.test_client()


@pytest.fixture
def run_jobs(app: Flask) -> Callable[[], int]:
    """Do every job that is due by the clock, until none is left; returns how many were done. A failed job fails the test."""

    def run() -> int:
        done = 0
        db.session.commit()
        while True:
            due = db.session.execute(
                select(jobs.Job.id).where(jobs.Job.state == jobs.JobState.QUEUED, jobs.Job.run_at <= clock.now()).order_by(jobs.Job.run_at)
            ).scalars()
            ids = list(due)
            db.session.commit()
            if not ids:
                return done
            for job_id in ids:
                run_job(app, job_id)
                done += 1
            db.session.expire_all()
            failed = db.session.scalars(select(jobs.Job).where(jobs.Job.id.in_(ids), jobs.Job.last_error.is_not(None))).all()
            assert not failed, [(job.name, job.last_error) for job in failed]

    return run


@contextmanager
def count_queries() -> Iterator[list[str]]:
    """The statements that run inside the block. What is kept for a moment grows no older in it, however busy the machine is."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK", "SELECT set_config")):
            statements.append(statement)

    engine = db.engine
    with pytest.MonkeyPatch.context() as still:
        still.setattr(recent, "TOGETHER_SECONDS", 60.0)
        still.setattr(policy, "MAX_AGE_SECONDS", 60.0)
        event.listen(engine, "before_cursor_execute", note)
        try:
            yield statements
        finally:
            event.remove(engine, "before_cursor_execute", note)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, where there is one; without it the tests are skipped, except where the browser is required."""
    path = find_chromium()
    if path is None:
        missing = "Chromium is not installed here, so the browser tests do not run."
        if required("browser"):
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
        yield chromium
        chromium.close()
