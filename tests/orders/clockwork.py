"""What the tests of the orders ask about jobs and purchases, and how time runs out for promised stock."""

from datetime import datetime, timedelta

from sqlalchemy import select

from marketplace.catalogue import services as catalogue_services
from marketplace.core import clock, jobs
from marketplace.core.db import db, transaction
from marketplace.orders import queries, services
from marketplace.orders.models import PurchaseState, VendorOrder


def job_at(key: str) -> datetime | None:
    return db.session.scalar(select(jobs.Job.run_at).where(jobs.Job.key == key, jobs.Job.state == jobs.JobState.QUEUED))


def mails(name: str) -> int:
    return len(db.session.scalars(select(jobs.Job.id).where(jobs.Job.name == f"orders.{name}")).all())


def settled(order: VendorOrder) -> PurchaseState:
    """The state of an order's purchase after the clockwork has looked at it."""
    with transaction():
        services.settle_purchase(order.purchase_id)
    return queries.purchase_by_id(order.purchase_id).state


def lapse() -> None:
    """The time of the promise is over, and the stock goes back."""
    from_now = clock.now() + timedelta(minutes=61)
    with clock.at(from_now), transaction():
        assert catalogue_services.give_back_expired()
