"""What the platform does by itself while the demo's past is played: done at its moment, handed over, or left out."""

from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.jobs import KEPT_FROM, Job, JobState
from marketplace.demo.cli import calendar
from marketplace.demo.player import MAIL_DAYS
from marketplace.orders.models import VendorOrderState
from marketplace.worker import run_job
from tests.demo.plays import order_of, player, story

pytestmark = pytest.mark.usefixtures("context")


def test_the_future_is_handed_to_the_dispatcher(seeded: Flask) -> None:
    player(seeded, lambda job_id: run_job(seeded, job_id)).play(story("P03"))

    order = order_of("P03")
    waiting = {
        job.name: job for job in db.session.scalars(select(Job).where(Job.state == JobState.QUEUED)) if str(order.id) in str(job.args)
    }
    assert order.state is VendorOrderState.PLACED
    assert "orders.cancel_unaccepted" in waiting
    assert clock.now() < waiting["orders.cancel_unaccepted"].run_at < KEPT_FROM


def test_mails_of_the_past_go_to_nobody(seeded: Flask) -> None:
    done: list[str] = []

    def do(job_id: UUID) -> None:
        done.append(db.session.get_one(Job, job_id).name)
        run_job(seeded, job_id)

    player(seeded, do).play(story("P28"))

    long_ago = Job.run_at < calendar().began_at - timedelta(days=MAIL_DAYS)
    mails = db.session.scalars(select(Job).where(Job.name.contains("email"), long_ago)).all()
    assert mails
    assert {(mail.state, mail.attempts) for mail in mails} == {(JobState.DONE, 0)}
    assert done
    assert not [name for name in done if "email" in name]
