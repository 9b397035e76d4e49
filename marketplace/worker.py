"""The Celery application. There is one task, `run_job`: it looks the job's name up in `jobs.TASKS`.

The queue carries ids only and is never the record; `scheduler.py` sends them.
"""

from uuid import UUID

import structlog
from celery import Celery
from celery.signals import worker_init, worker_process_init
from flask import Flask
from sqlalchemy.exc import DBAPIError

from marketplace.app import create_app, doors_of
from marketplace.config import Settings
from marketplace.core import jobs, memory
from marketplace.core.db import outside, transaction
from marketplace.core.errors import MarketplaceError, Unavailable

log = structlog.get_logger()


def celery_settings(broker_url: str) -> dict[str, object]:
    """How the queue behaves; the traps behind it are in docs/decisions/0003-jobs-are-rows.md."""
    return {
        "broker_url": broker_url,
        # Far above the time limit: a shorter one makes Valkey deliver a running task again.
        "broker_transport_options": {"visibility_timeout": 3600, "socket_connect_timeout": 5, "global_keyprefix": "millgate:"},
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "task_ignore_result": True,
        "task_acks_late": True,
        "worker_prefetch_multiplier": 1,
        "task_time_limit": int(jobs.TIME_LIMIT.total_seconds()),
        "accept_content": ["json"],
        "worker_soft_shutdown_timeout": 5,
        "worker_hijack_root_logger": False,
    }


celery = Celery("marketplace")
celery.add_defaults(lambda: celery_settings(Settings.from_env().broker_url))

_state: dict[str, Flask] = {}


def _application() -> Flask:
    if "app" not in _state:
        _state["app"] = create_app(Settings.from_env(), doors="tasks")
    return _state["app"]


def run_job(app: Flask, job_id: UUID) -> None:
    """Do one job, whoever delivers it and however often. A failed try is recorded in the row and tried again later."""
    error: Exception | None = None
    final = False
    with app.app_context():
        job = jobs.read(job_id)
        outside()
        if job is None:
            return
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(job_id=str(job_id), job=job.name)
        try:
            if job.name not in jobs.TASKS:
                raise LookupError(f"no task is called {job.name}")
            jobs.TASKS[job.name](job_id=job_id, **job.args)
        except (Unavailable, DBAPIError) as caught:
            error = caught
        except MarketplaceError as caught:
            error, final = caught, True
        except Exception as caught:
            log.exception("job_fault")
            error = caught
    if error is not None:
        with app.app_context(), transaction():
            jobs.postpone(job_id, f"{type(error).__name__}: {error}", final=final)


@celery.task(name="run_job")
def _run_job(job_id: str) -> None:
    run_job(_application(), UUID(job_id))


@worker_init.connect
def _before_fork(**_: object) -> None:
    # Imported once for all children, which share it.
    list(doors_of("tasks"))
    memory.keep_what_stands()


@worker_process_init.connect
def _after_fork(**_: object) -> None:
    # Built in the child: a connection must never be shared by two processes.
    _application()
