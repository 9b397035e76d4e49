"""Jobs and changes are rows: once by key, finished once, tried again, never lost."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from marketplace.core import changes, clock, jobs, once
from marketplace.core.db import db, outside, transaction
from marketplace.core.errors import Conflict, Unavailable
from marketplace.worker import run_job
from tests.conftest import count_queries


@pytest.fixture
def task() -> object:
    """A registered task that notes each effect."""
    effects: list[str] = []

    def note(*, job_id: UUID, what: str) -> None:
        with transaction():
            if jobs.finish(job_id):
                effects.append(what)

    jobs.TASKS["tests.note"] = note
    yield effects
    del jobs.TASKS["tests.note"]


def enqueue(**kwargs: object) -> UUID | None:
    """A job in a transaction of its own."""
    with transaction():
        return jobs.enqueue("tests.note", what="done", **kwargs)  # type: ignore[arg-type]


def test_a_key_is_taken_once(app: Flask) -> None:
    assert enqueue(key="only") is not None
    assert enqueue(key="only") is None


def test_a_job_for_each_of_many_things_leaves_those_whose_keys_are_taken(app: Flask) -> None:
    enqueue(key="b")
    due = clock.now() + timedelta(days=1)

    with transaction():
        jobs.enqueue_each("tests.note", {"a": {"what": "first"}, "b": {"what": "other"}}, run_at=due)
        jobs.enqueue_each("tests.note", {}, run_at=due)

    rows = db.session.scalars(select(jobs.Job).where(jobs.Job.name == "tests.note").order_by(jobs.Job.key)).all()
    assert [(row.key, row.args["what"], row.state, row.attempts) for row in rows] == [
        ("a", "first", jobs.JobState.QUEUED, 0),
        ("b", "done", jobs.JobState.QUEUED, 0),
    ]
    assert rows[0].run_at == due


def test_a_second_delivery_does_nothing(app: Flask, task: list[str]) -> None:
    job_id = enqueue()
    assert job_id

    run_job(app, job_id)
    run_job(app, job_id)

    assert task == ["done"]


def test_a_job_waits_for_its_time(app: Flask, task: list[str], run_jobs: Callable[[], int]) -> None:
    enqueue(run_at=clock.now() + timedelta(hours=1))

    assert run_jobs() == 0
    with clock.at(clock.now() + timedelta(hours=1, seconds=1)):
        assert run_jobs() == 1


def test_what_is_kept_back_wakes_nobody_and_is_handed_over_without_what_is_finished(app: Flask) -> None:
    with count_queries() as statements, jobs.kept_back():
        kept = [enqueue(key=key) for key in ("told", "silent")]
    with transaction():
        jobs.finish_kept(jobs.Job.key == "silent")
        left = [job.id for job in jobs.kept_due(unless=jobs.Job.key == "other")]
        without = jobs.kept_due(unless=jobs.Job.key == "told")
        before = jobs.claim_due(10)
        jobs.hand_over()
        after = jobs.claim_due(10)

    assert not [one for one in statements if "NOTIFY" in one]
    assert (left, without, before, after) == ([kept[0]], [], [], [kept[0]])
    assert db.session.get_one(jobs.Job, kept[1], populate_existing=True).state is jobs.JobState.DONE


def test_a_lost_job_is_sent_again(app: Flask) -> None:
    job_id = enqueue()

    with transaction():
        first = jobs.claim_due(10)
    with transaction():
        again_at_once = jobs.claim_due(10)
    with clock.at(clock.now() + jobs.RESEND_AFTER + timedelta(seconds=1)), transaction():
        later = jobs.claim_due(10)

    assert first == [job_id]
    assert again_at_once == []
    assert later == [job_id]


@pytest.mark.parametrize(("fault", "state"), [(Unavailable("down"), "queued"), (Conflict("no"), "failed")])
def test_only_what_may_pass_is_tried_again(app: Flask, fault: Exception, state: str) -> None:
    def fail(*, job_id: UUID, what: str) -> None:
        raise fault

    jobs.TASKS["tests.note"] = fail
    job_id = enqueue()
    assert job_id

    run_job(app, job_id)

    job = db.session.get(jobs.Job, job_id)
    del jobs.TASKS["tests.note"]
    assert job is not None
    assert (job.state.value, job.attempts) == (state, 1)


def test_a_change_during_indexing_is_not_lost(app: Flask) -> None:
    subject = uuid4()
    with transaction():
        changes.mark("product", [subject])
    read = [m for m in changes.read_marked(1_000) if m.subject_id == subject]
    outside()

    with transaction():
        changes.mark("product", [subject])
    with transaction():
        changes.settle(read)

    assert [m.subject_id for m in changes.read_marked(1_000) if m.subject_id == subject] == [subject]


def test_a_used_key_gives_the_first_answer_and_refuses_other_content(app: Flask) -> None:
    with transaction():
        assert once.claim("tests", "k", {"a": 1}) is None
        once.answer("tests", "k", {"number": "ORD-1"})

    with transaction():
        assert once.claim("tests", "k", {"a": 1}) == {"number": "ORD-1"}
    with pytest.raises(once.UsedOtherwise), transaction():
        once.claim("tests", "k", {"a": 2})


def test_transactions_do_not_nest_and_the_network_waits_outside(app: Flask) -> None:
    with pytest.raises(RuntimeError, match="may not nest"), transaction(), transaction():
        pass
    with pytest.raises(RuntimeError, match="outside transaction"), transaction():
        outside()
