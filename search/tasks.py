"""Jobs of this room: the nightly look at the index, alerts of saved searches, and what is learned of searches and forgotten again."""

from datetime import timedelta
from uuid import UUID

from flask import current_app

from marketplace.core import changes, clock, duties, emails, jobs, policy
from marketplace.core.db import outside, transaction
from marketplace.core.duties import Duty
from search import index, queries
from search.learning import services as learning
from search.night import CHECK
from search.watching import alerts, searches

MISSED = timedelta(days=7)
"""So long a platform may stand still, and its first night makes up for it."""


@jobs.task("search.reconcile")
def reconcile(job_id: UUID) -> None:
    """Ask the indexer to compare index and database: the embedded index can be written by that process alone."""
    with transaction():
        if jobs.finish(job_id):
            changes.mark(CHECK, [duties.SUBJECTS[Duty.INDEX_CHECK]])


@jobs.task("search.begin_day")
def begin_day(job_id: UUID) -> None:
    """What is another today than it was indexed, though nobody has changed it, is indexed again; also for days that were missed."""
    with transaction():
        if jobs.finish(job_id):
            changes.mark("product", queries.changed_by_days(clock.now().date() - MISSED))


@jobs.task("search.look_at_saved")
def look_at_saved(job_id: UUID) -> None:
    """Saved searches whose time has come are looked at again, each by a job of its own."""
    with transaction():
        if jobs.finish(job_id):
            alerts.enqueue_due()


@jobs.task("search.look_again")
def look_again(job_id: UUID, search_id: str) -> None:
    """What a saved search finds now, as its page would for its owner's company; a mail is written where something is new."""
    saved = alerts.find_saved(UUID(search_id))
    wish = searches.plan_for(saved, index.vocabulary()) if saved is not None else None
    outside()
    found = index.find(wish) if wish is not None else None
    with transaction():
        if jobs.finish(job_id) and found is not None:
            alerts.tell_of_news(UUID(search_id), [hit.variant_id for hit in found.hits], found.total)


@jobs.task("search.email_alert")
def email_alert(job_id: UUID, search_id: str, new: list[str], fallen: dict[str, list[int]], beyond: list[int]) -> None:
    """New matches and lower prices, to the owner of the search."""
    letter = alerts.alert_letter(UUID(search_id), new, fallen, beyond)
    outside()
    if letter is not None:
        emails.send(letter, job_id)
    with transaction():
        jobs.finish(job_id)


@jobs.task("search.attribute_orders")
def attribute_orders(job_id: UUID) -> None:
    """What was ordered is tied to the searches that led to it."""
    with transaction():
        if jobs.finish(job_id):
            learning.attribute_orders(str(current_app.config["SECRET_KEY"]))


@jobs.task("search.sum_hours")
def sum_hours(job_id: UUID) -> None:
    """Hours that are over get their sums, which the reports of the desk add up; each by itself, so a killed job goes on where it was."""
    is_left = True
    while is_left:
        with transaction():
            is_left = learning.sum_hour()
    with transaction():
        jobs.finish(job_id)


@jobs.task("search.forget_old_searches")
def forget_old_searches(job_id: UUID) -> None:
    """Searches are forgotten when their time is over; a killed job goes on where it was."""
    days = policy.current().search_record_days
    outside()
    gone = learning.FORGOTTEN_AT_ONCE
    while gone == learning.FORGOTTEN_AT_ONCE:
        with transaction():
            gone = learning.forget_old(days)
    with transaction():
        jobs.finish(job_id)
