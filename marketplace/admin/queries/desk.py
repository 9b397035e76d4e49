"""What the desk shows. Every read here sees all companies: only platform staff reach it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from marketplace.accounts.models import Company
from marketplace.catalogue import queries as catalogue_queries
from marketplace.core import changes, clock, jobs
from marketplace.core.audit import AuditEvent
from marketplace.core.db import db
from marketplace.core.jobs import Job, JobState
from marketplace.core.waiting import counted, queue
from marketplace.orders import queries as order_queries
from marketplace.orders.models import VendorOrder, VendorOrderState
from marketplace.quality import queries as quality_queries
from payments import queries as payment_queries
from payments.models import Operation, OperationState, Refund, RefundState
from vendors import queries as vendor_queries
from vendors.models import Vendor, VendorState

PAGE = 50
COMPANY_LIMIT = 50
HEARTBEAT_JOB = "payments.poll_open_payments"
"""Written every minute by the scheduler's timetable: its newest row is the scheduler's sign of life."""


def containing(words: str) -> str:
    """The LIKE pattern for text that holds `words` as written."""
    return "%" + words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


@dataclass(frozen=True, slots=True)
class Needs:
    """What waits for the platform's staff, counted."""

    cases: int
    late_cases: int
    certificates: int
    second_readings: int
    appeals: int
    late_appeals: int
    bank_changes: int
    fact_changes: int
    late_fact_changes: int
    listings: int
    problems: int
    unanswered_orders: int
    parked_operations: int
    failed_refunds: int
    failed_jobs: int
    waiting_for_index: int


def needs() -> Needs:
    """Count what waits for staff."""
    queues = {
        "cases": vendor_queries.queue_of_cases(),
        "certificates": vendor_queries.queue_of_certificates(),
        "second_readings": vendor_queries.queue_of_second_readings(),
        "appeals": quality_queries.queue_of_appeals(),
        "bank_changes": payment_queries.queue_of_bank_changes(),
        "fact_changes": vendor_queries.queue_of_fact_changes(),
        "listings": catalogue_queries.queue_of_listings(),
        "problems": order_queries.queue_of_open_claims(),
        "unanswered_orders": queue(VendorOrder.state == VendorOrderState.PLACED, VendorOrder.accept_by_at < clock.now()),
        "parked_operations": queue(Operation.state == OperationState.PARKED),
        "failed_refunds": queue(Refund.state == RefundState.FAILED),
        "failed_jobs": queue(Job.state == JobState.FAILED),
    }
    waits = dict(zip(queues, counted(list(queues.values())), strict=True))
    return Needs(
        **{name: each.n for name, each in waits.items()},
        **{f"late_{name}": waits[name].late for name in ("cases", "appeals", "fact_changes")},
        waiting_for_index=changes.waiting(),
    )


def vendor_states() -> dict[VendorState, int]:
    """How many vendors stand in each state."""
    return dict(db.session.execute(select(Vendor.state, func.count()).group_by(Vendor.state)).all())


def order_counts(vendor_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many orders each vendor has had."""
    if not vendor_ids:
        return {}
    query = select(VendorOrder.vendor_id, func.count()).where(VendorOrder.vendor_id.in_(vendor_ids)).group_by(VendorOrder.vendor_id)
    return dict(db.session.execute(query).all())


def history_of_company(company_id: UUID, *, limit: int) -> list[AuditEvent]:
    """The newest lines of history that concern a company."""
    query = select(AuditEvent).where(AuditEvent.companies.contains([company_id])).order_by(AuditEvent.at.desc(), AuditEvent.seq.desc())
    return list(db.session.scalars(query.limit(limit)))


def company_names(ids: set[UUID]) -> dict[UUID, str]:
    """The names of companies."""
    return dict(db.session.execute(select(Company.id, Company.name).where(Company.id.in_(ids))).all()) if ids else {}


@dataclass(frozen=True, slots=True)
class Workings:
    """How the background work goes. Instants are None when nothing of the kind has happened in the kept week."""

    counts: dict[str, int]
    oldest_due_at: datetime | None
    scheduler_seen_at: datetime | None
    worker_seen_at: datetime | None
    waiting_for_index: int
    failed: list[Job]


def workings() -> Workings:
    """Jobs, signs of life, and the newest jobs that were given up."""
    return Workings(
        counts=jobs.counts(),
        oldest_due_at=jobs.oldest_due_at(),
        scheduler_seen_at=db.session.scalar(select(func.max(Job.created_at)).where(Job.name == HEARTBEAT_JOB)),
        worker_seen_at=db.session.scalar(select(func.max(Job.finished_at)).where(Job.state == JobState.DONE)),
        waiting_for_index=changes.waiting(),
        failed=list(db.session.scalars(select(Job).where(Job.state == JobState.FAILED).order_by(Job.finished_at.desc()).limit(PAGE))),
    )
