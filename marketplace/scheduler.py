"""The scheduler: the process that sends due jobs to the queue and turns the timetable into job rows. It needs no room."""

import select
import signal
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

import click
import psycopg
import structlog
from celery import Celery
from flask import Flask
from kombu.exceptions import OperationalError
from sqlalchemy.exc import OperationalError as DatabaseDown

from marketplace.app import create_app
from marketplace.config import Settings
from marketplace.core import clock, jobs
from marketplace.core.db import transaction
from marketplace.worker import celery

log = structlog.get_logger()
BATCH = 200
SWEEP_SECONDS = 1.0
ANSWER_SECONDS = 10
"""How long the scheduler waits for a broker that took the connection and says nothing."""


@dataclass(frozen=True, slots=True)
class Timed:
    """A line of the timetable: the job runs once in each period, under the key `name:period`."""

    name: str
    every: timedelta


TIMETABLE = (
    Timed("admin.sweep_done_jobs", timedelta(hours=1)),
    Timed("accounts.forget_old_tries", timedelta(days=1)),
    Timed("catalogue.give_back_expired", timedelta(minutes=1)),
    Timed("payments.poll_open_payments", timedelta(minutes=1)),
    Timed("payments.pull_provider_movements", timedelta(minutes=10)),
    Timed("payments.check_ledger", timedelta(days=1)),
    Timed("search.begin_day", timedelta(days=1)),
    Timed("search.reconcile", timedelta(days=1)),
    Timed("search.attribute_orders", timedelta(hours=1)),
    Timed("search.sum_hours", timedelta(minutes=10)),
    Timed("search.forget_old_searches", timedelta(days=1)),
    Timed("search.look_at_saved", timedelta(minutes=5)),
)


class Dispatcher:
    """Sends due jobs to the queue: woken by NOTIFY, sweeping every second."""

    def __init__(self, app: Flask, celery: Celery) -> None:
        self.app = app
        self.celery = celery
        # Here only: a worker waits for its next task on a silent connection, on purpose.
        limits = {"socket_timeout": ANSWER_SECONDS}
        celery.conf.broker_transport_options = {**celery.conf.broker_transport_options, **limits}
        self.stopping = threading.Event()

    def send_due(self) -> int:
        """One round: mark due rows `sent`, commit, send their ids. A send that fails is found again by the sweep."""
        with self.app.app_context(), transaction():
            ids = jobs.claim_due(BATCH)
        for job_id in ids:
            try:
                self.celery.send_task("run_job", args=[str(job_id)], retry=False)
            except (OperationalError, OSError) as error:
                log.warning("queue_down", error=type(error).__name__)
                break
        return len(ids)

    def write_timetable(self) -> None:
        """Turn the lines of the timetable that are due into job rows; two schedulers write each once."""
        now = clock.now()
        with self.app.app_context(), transaction():
            for line in TIMETABLE:
                jobs.enqueue(line.name, key=f"{line.name}:{int(now.timestamp() // line.every.total_seconds())}")

    def run(self, database_url: str) -> None:
        """Until SIGTERM: wait for NOTIFY or a second, then send what is due. Survives the database and the broker being away."""
        connection: psycopg.Connection | None = None
        written_at: datetime | None = None
        while not self.stopping.is_set():
            try:
                if connection is None or connection.closed:
                    connection = psycopg.connect(database_url.replace("postgresql+psycopg://", "postgresql://"), autocommit=True)
                    connection.execute(f"LISTEN {jobs.CHANNEL}")
                if written_at is None or clock.now() - written_at > timedelta(seconds=15):
                    self.write_timetable()
                    written_at = clock.now()
                while self.send_due() == BATCH:
                    pass
                if select.select([connection.fileno()], [], [], SWEEP_SECONDS)[0]:
                    for _ in connection.notifies(timeout=0):
                        pass
            except (psycopg.Error, DatabaseDown, OSError) as error:
                log.warning("database_down", error=type(error).__name__)
                connection = None
                self.stopping.wait(SWEEP_SECONDS)
        if connection is not None:
            connection.close()


@click.command("scheduler")
def command() -> None:
    """Run the process that sends due jobs."""
    settings = Settings.from_env()
    dispatcher = Dispatcher(create_app(settings, doors="none"), celery)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: dispatcher.stopping.set())
    dispatcher.run(settings.jobs_database_url)
