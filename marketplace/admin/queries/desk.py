"""What the desk shows. Every read here sees all companies: only platform staff reach it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select, tuple_

from marketplace.accounts.models import Company
from marketplace.core import changes, clock, jobs
from marketplace.core.audit import AuditEvent
from marketplace.core.db import db
from marketplace.core.jobs import Job, JobState
from marketplace.orders.models import Claim, ClaimState, VendorOrder, VendorOrderState
from payments.models import Operation, OperationState, Refund, RefundState
from vendors.models import Vendor, VendorState

PAGE = 50
EXPORT_LIMIT = 10_000
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
    problems: int
    unanswered_orders: int
    parked_operations: int
    failed_refunds: int
    failed_jobs: int
    waiting_for_index: int


def needs() -> Needs:
    """Count what waits for staff."""
    now = clock.now()

    def count(query: Select[int]) -> int:
        return db.session.scalar(query) or 0

    return Needs(
        cases=count(select(func.count(Vendor.id)).where(Vendor.state == VendorState.UNDER_REVIEW)),
        late_cases=count(select(func.count(Vendor.id)).where(Vendor.state == VendorState.UNDER_REVIEW, Vendor.answer_due_at < now)),
        problems=count(select(func.count(Claim.id)).where(Claim.state == ClaimState.OPEN, Claim.handed_over_at.is_not(None))),
        unanswered_orders=count(
            select(func.count(VendorOrder.id)).where(VendorOrder.state == VendorOrderState.PLACED, VendorOrder.accept_by_at < now)
        ),
        parked_operations=count(select(func.count(Operation.id)).where(Operation.state == OperationState.PARKED)),
        failed_refunds=count(select(func.count(Refund.id)).where(Refund.state == RefundState.FAILED)),
        failed_jobs=count(select(func.count(Job.id)).where(Job.state == JobState.FAILED)),
        waiting_for_index=changes.waiting(),
    )


def vendor_states() -> dict[VendorState, int]:
    """How many vendors stand in each state."""
    return dict(db.session.execute(select(Vendor.state, func.count()).group_by(Vendor.state)).all())


def vendors(*, state: VendorState | None, words: str, after: UUID | None) -> tuple[list[Vendor], UUID | None]:
    """Vendors by name, from a place in the list on, and the cursor of the next page; `words` are found in name, country or slug."""
    query = select(Vendor)
    if state is not None:
        query = query.where(Vendor.state == state)
    if words:
        query = query.where(Vendor.name.ilike(containing(words)) | Vendor.slug.ilike(containing(words)) | (Vendor.country == words.upper()))
    place = db.session.get(Vendor, after) if after else None
    if place is not None:
        query = query.where(tuple_(Vendor.name, Vendor.id) > (place.name, place.id))
    rows = list(db.session.scalars(query.order_by(Vendor.name, Vendor.id).limit(PAGE + 1)))
    return rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None


def order_counts(vendor_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many orders each vendor has had."""
    if not vendor_ids:
        return {}
    query = select(VendorOrder.vendor_id, func.count()).where(VendorOrder.vendor_id.in_(vendor_ids)).group_by(VendorOrder.vendor_id)
    return dict(db.session.execute(query).all())


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which lines of history to show. `zone` is where the day begins and ends."""

    company: str = ""
    company_id: UUID | None = None
    act: str = ""
    day: date | None = None
    zone: str = "UTC"


def _history(chosen: AuditFilter) -> Select[AuditEvent]:
    query = select(AuditEvent)
    if chosen.company:
        companies = list(db.session.scalars(select(Company.id).where(Company.name.ilike(containing(chosen.company))).limit(COMPANY_LIMIT)))
        query = query.where(AuditEvent.companies.overlap(companies))
    if chosen.company_id is not None:
        query = query.where(AuditEvent.companies.contains([chosen.company_id]))
    if chosen.act:
        query = query.where(AuditEvent.act.ilike(containing(chosen.act)))
    if chosen.day is not None:
        begin = datetime.combine(chosen.day, time(), ZoneInfo(chosen.zone))
        query = query.where(AuditEvent.at >= begin, AuditEvent.at < begin + timedelta(days=1))
    return query


def history(chosen: AuditFilter, *, before_seq: int | None, limit: int = PAGE) -> tuple[list[AuditEvent], int | None]:
    """Lines of history, newest first, from a place in the list on, and the cursor of the next page."""
    query = _history(chosen)
    if before_seq is not None:
        query = query.where(AuditEvent.seq < before_seq)
    rows = list(db.session.scalars(query.order_by(AuditEvent.seq.desc()).limit(limit + 1)))
    return rows[:limit], rows[limit - 1].seq if len(rows) > limit else None


def history_for_export(chosen: AuditFilter) -> list[AuditEvent]:
    """The newest lines of history that fit, without pages, at most 10,000."""
    return list(db.session.scalars(_history(chosen).order_by(AuditEvent.seq.desc()).limit(EXPORT_LIMIT)))


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
