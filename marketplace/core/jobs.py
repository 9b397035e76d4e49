"""Jobs, the one way out (house-style §4). A job is a row written in the act's transaction; the queue is never the record.

The dispatcher (the `scheduler` process) marks due rows `sent` and sends their ids to Celery. The task finishes the row in the
transaction of its effect, so a second delivery finds `done` and stops. A row that stays `sent` too long is sent again.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Index, delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core import clock
from marketplace.core.bulk import insert_all
from marketplace.core.db import Base, db, enum_type
from marketplace.core.ids import new_id

CHANNEL = "jobs"
TIME_LIMIT = timedelta(seconds=60)
RESEND_AFTER = TIME_LIMIT + timedelta(seconds=15)
KEEP_DONE = timedelta(days=7)
MAX_ATTEMPTS = 12

KEPT_BACK = timedelta(days=365 * 200)
"""What is added to the time of a job that is kept back: no dispatcher lives to see it due."""

KEPT_FROM = datetime(2150, 1, 1, tzinfo=UTC)

_kept_back: ContextVar[timedelta] = ContextVar("jobs_kept_back", default=timedelta())

TASKS: dict[str, Callable[..., None]] = {}
"""Name → function of every task; filled by `@task` when `app.py` imports the rooms' `tasks`."""


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"  # waits for its time or for the dispatcher
    SENT = "sent"  # given to the queue, not yet finished
    DONE = "done"  # its effect is in the database
    FAILED = "failed"  # given up; a person must look


class Job(Base):
    """One thing to be done later, once."""

    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_due", "run_at", postgresql_where=text("state = 'queued'")),
        Index("ix_jobs_sent", "sent_at", postgresql_where=text("state = 'sent'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    args: Mapped[dict[str, Any]]
    key: Mapped[str | None] = mapped_column(unique=True)
    run_at: Mapped[datetime]
    state: Mapped[JobState] = mapped_column(enum_type(JobState, "state"))
    sent_at: Mapped[datetime | None]
    attempts: Mapped[int]
    last_error: Mapped[str | None]
    request_id: Mapped[str]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


def task(name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a task under `room.function`. It gets `job_id` and the job's arguments as keywords."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        if name in TASKS and TASKS[name] is not function:
            raise RuntimeError(f"two tasks are called {name}")
        TASKS[name] = function
        return function

    return register


def enqueue(name: str, *, run_at: datetime | None = None, key: str | None = None, **args: object) -> UUID | None:
    """Write a job into the running transaction; None when `key` is already taken.

    Arguments are ids and plain values, stored as JSON. `run_at` is an instant of the one clock; default: at once.
    """
    values = _row(name, key, args, run_at)
    statement = insert(Job).values(values).on_conflict_do_nothing(index_elements=["key"]).returning(Job.id)
    written: UUID | None = db.session.execute(statement).scalar()
    if written is not None and run_at is None and not _kept_back.get():
        db.session.execute(text(f"NOTIFY {CHANNEL}"))
    return written


def enqueue_each(name: str, wanted: Mapping[str, Mapping[str, object]], *, run_at: datetime) -> None:
    """Write the same job for many things in one statement, {key: arguments}; where a key is taken already, that job stays."""
    insert_all(Job, [_row(name, key, args, run_at) for key, args in wanted.items()], unless="key")


def _row(name: str, key: str | None, args: Mapping[str, object], run_at: datetime | None) -> dict[str, Any]:
    now = clock.now()
    return {
        "id": new_id(),
        "name": name,
        "args": {k: str(v) if isinstance(v, UUID) else v for k, v in args.items()},
        "key": key,
        "run_at": (run_at or now) + _kept_back.get(),
        "state": JobState.QUEUED.value,
        "attempts": 0,
        "request_id": "",
        "created_at": now,
    }


def move(key: str, run_at: datetime) -> None:
    """Move the clock of a job that has not run yet: its column on the object moves in the same transaction."""
    db.session.execute(update(Job).where(Job.key == key, Job.state == JobState.QUEUED).values(run_at=run_at + _kept_back.get()))


def cancel(key: str) -> None:
    """Drop a job that has not run yet; its key is free again."""
    db.session.execute(delete(Job).where(Job.key == key, Job.state == JobState.QUEUED))


@contextmanager
def kept_back() -> Iterator[None]:
    """Jobs that are written or moved in the block wait for `kept_due` instead of the dispatcher: the demo plays its past with them."""
    token = _kept_back.set(KEPT_BACK)
    try:
        yield
    finally:
        _kept_back.reset(token)


def kept_due(*, unless: ColumnElement[bool] | None = None) -> list[Job]:
    """Jobs that are kept back and due by the clock of the caller, the oldest first, `unless` they are of a kind."""
    wanted = select(Job).where(_is_kept_due()).order_by(Job.run_at, Job.id).execution_options(populate_existing=True)
    return list(db.session.scalars(wanted if unless is None else wanted.where(~unless)))


def finish_kept(which: ColumnElement[bool]) -> None:
    """Finish such jobs of a kind without doing them."""
    db.session.execute(update(Job).where(_is_kept_due(), which).values(state=JobState.DONE, finished_at=clock.now()))


def _is_kept_due() -> ColumnElement[bool]:
    return (Job.state == JobState.QUEUED) & Job.run_at.between(KEPT_FROM, clock.now() + KEPT_BACK)


def hand_over() -> None:
    """Give the dispatcher what is kept back and still to be done: each job at its own time, at once what is past."""
    kept = Job.run_at >= KEPT_FROM
    own_time = Job.run_at - KEPT_BACK
    waiting = Job.state == JobState.QUEUED
    db.session.execute(update(Job).where(kept, waiting).values(run_at=func.greatest(own_time, clock.now())))
    db.session.execute(update(Job).where(kept).values(run_at=own_time))
    db.session.execute(text(f"NOTIFY {CHANNEL}"))


def claim_due(limit: int) -> list[UUID]:
    """Mark due and lost jobs `sent` and return their ids, oldest first. The dispatcher commits, then sends them."""
    now = clock.now()
    due = (
        select(Job.id)
        .where(
            or_(
                (Job.state == JobState.QUEUED) & (Job.run_at <= now),
                (Job.state == JobState.SENT) & (Job.sent_at < now - RESEND_AFTER),
            )
        )
        .order_by(Job.run_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list(db.session.scalars(due))
    if ids:
        db.session.execute(update(Job).where(Job.id.in_(ids)).values(state=JobState.SENT, sent_at=now))
    return ids


def read(job_id: UUID) -> Job | None:
    """The job, if it still has to be done."""
    return db.session.execute(select(Job).where(Job.id == job_id, Job.state.in_([JobState.SENT, JobState.QUEUED]))).scalar()


def finish(job_id: UUID) -> bool:
    """Finish a job in the transaction of its effect; False when another delivery has already done so: then do nothing."""
    done = db.session.execute(
        update(Job)
        .where(Job.id == job_id, Job.state.in_([JobState.SENT, JobState.QUEUED]))
        .values(state=JobState.DONE, finished_at=clock.now())
        .returning(Job.id)
    ).scalar()
    return done is not None


def postpone(job_id: UUID, error: str, *, final: bool) -> None:
    """Record a failed try: try again later with growing pauses, or give up when the failure is final or tries are spent."""
    job = db.session.execute(select(Job).where(Job.id == job_id).with_for_update()).scalar()
    if job is None or job.state not in (JobState.SENT, JobState.QUEUED):
        return
    job.attempts += 1
    job.last_error = error[:2000]
    if final or job.attempts >= MAX_ATTEMPTS:
        job.state = JobState.FAILED
        job.finished_at = clock.now()
    else:
        job.state = JobState.QUEUED
        job.run_at = clock.now() + timedelta(seconds=min(3600, 2 ** min(job.attempts, 10))) + _kept_back.get()


def try_again(job_id: UUID) -> Job | None:
    """Queue a job that was given up; None when there is no such job. Its tries are counted afresh, its last error stays."""
    job = db.session.scalar(select(Job).where(Job.id == job_id, Job.state == JobState.FAILED).with_for_update())
    if job is not None:
        job.state = JobState.QUEUED
        job.attempts = 0
        job.run_at = clock.now()
        job.finished_at = None
        db.session.execute(text(f"NOTIFY {CHANNEL}"))
    return job


def sweep_done() -> None:
    """Forget jobs that were done long ago."""
    db.session.execute(delete(Job).where(Job.state == JobState.DONE, Job.finished_at < clock.now() - KEEP_DONE))


def counts() -> dict[str, int]:
    """How many jobs stand in each state."""
    return {state.value: n for state, n in db.session.execute(select(Job.state, func.count()).group_by(Job.state))}


def last_done_at(name: str) -> datetime | None:
    """When the newest job of a name that was done was written; None when none was, or all are swept."""
    return db.session.scalar(select(func.max(Job.created_at)).where(Job.name == name, Job.state == JobState.DONE))


def oldest_due_at() -> datetime | None:
    """When the oldest job that should already have run was due; None when none waits."""
    return db.session.scalar(select(func.min(Job.run_at)).where(Job.state.in_([JobState.QUEUED, JobState.SENT]), Job.run_at <= clock.now()))
