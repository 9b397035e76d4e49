"""An application on throw-away services, outside of pytest: for the long runs."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from alembic import command
from flask import Flask

from marketplace.app import create_app
from marketplace.config import Settings
from marketplace.core import memory
from marketplace.core.db import db
from marketplace.schema import migrations
from tests.services import SECRET_KEY, WEBHOOK_SECRET, start_postgres, start_simulator

DATABASE = "standing"
PATIENCE = 12
"""A dozen buyers share one process, and on a crowded machine one of them stood still for five seconds between two statements: no fault
of the rules that are raced here."""


@contextmanager
def standing_app(folder: Path) -> Iterator[Flask]:
    """PostgreSQL, the payment simulator and the application with every door, connected as the pages' role; all end with the block."""
    postgres = start_postgres(folder)
    simulator = start_simulator(folder, "http://127.0.0.1:9/payments/stripe/events")
    try:
        postgres.create_database(DATABASE)
        command.upgrade(migrations(postgres.url("millgate_owner", DATABASE)), "head")
        (folder / "files").mkdir()
        app = create_app(
            Settings(
                environment="test",
                base_url="http://localhost",
                secret_key="a secret of a long run, long enough",
                database_url=postgres.url("millgate_app", DATABASE),
                migration_database_url=postgres.url("millgate_owner", DATABASE),
                jobs_database_url=postgres.url("millgate_jobs", DATABASE),
                broker_url="memory://",
                elasticsearch_url=None,
                search_path=str(folder / "index"),
                stripe_api_base=simulator.url,
                stripe_secret_key=SECRET_KEY,
                stripe_webhook_secret=WEBHOOK_SECRET,
                smtp_url=f"file://{folder / 'mail'}",
                object_store_url=f"file://{folder / 'files'}",
                home=str(folder),
                trusted_proxies=0,
            ),
            doors="all",
            patience=PATIENCE,
        )
        app.config["WTF_CSRF_ENABLED"] = False
        app.config["PROPAGATE_FAULTS"] = True
        # A line for each of thousands of requests says nothing; faults come back as errors.
        structlog.configure(processors=[_say_nothing], logger_factory=structlog.PrintLoggerFactory(sys.stderr))
        memory.keep_what_stands()
        yield app
        with app.app_context():
            db.engine.dispose()
    finally:
        simulator.stop()
        postgres.stop()


def _say_nothing(*_: object) -> str:
    raise structlog.DropEvent
