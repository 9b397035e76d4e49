"""The verification desk: its queue, the certificates to check, how a case stands. For platform staff only."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.i18n import country, lazy
from marketplace.core.tables import Choice, Sort, Table, Words
from marketplace.core.waiting import Queue, queue
from vendors.models import Certificate, LevelProposal, ProposalState, Vendor, VendorState
from vendors.queries.papers import requirements_of
from vendors.queries.queues import NEVER, part_of_queue, taken_by

LONG_AGO = datetime(1, 1, 2, tzinfo=UTC)
ENDING_DAYS = 90


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """A part of the verification queue: which states, and whether by deadline."""

    states: tuple[VendorState, ...]
    is_late: bool = False


QUEUES = {
    "open": QueueFilter((VendorState.UNDER_REVIEW, VendorState.RECHECK_DUE)),
    "late": QueueFilter((VendorState.UNDER_REVIEW, VendorState.RECHECK_DUE), is_late=True),
    "waiting": QueueFilter((VendorState.INVITED, VendorState.DATA_NEEDED)),
    "approved": QueueFilter((VendorState.APPROVED,)),
    "refused": QueueFilter((VendorState.REFUSED,)),
    "suspended": QueueFilter((VendorState.SUSPENDED,)),
}


def _in_queue(name: str) -> list[ColumnElement[bool]]:
    queue = QUEUES[name]
    rules: list[ColumnElement[bool]] = [Vendor.state.in_(queue.states)]
    if queue.is_late:
        rules.append(Vendor.answer_due_at < clock.now())
    return rules


QUEUE_WORDS = {
    "open": lazy("Open"),
    "late": lazy("Overdue"),
    "waiting": lazy("Waiting for the vendor"),
    "approved": lazy("Approved"),
    "refused": lazy("Refused"),
    "suspended": lazy("Suspended"),
}


def _queue_is(name: str) -> ColumnElement[bool]:
    return and_(*_in_queue(name))


def _countries() -> list[tuple[str, str]]:
    codes = db.session.scalars(select(Vendor.country).distinct())
    return sorted(((code, country(code)) for code in codes), key=lambda each: each[1])


def every_case() -> Select[Vendor]:
    """All vendors, as a query for `cases_table`."""
    return select(Vendor)


def cases_for_second_reader() -> Select[Vendor]:
    """Open cases for which somebody has asked for a second pair of eyes, as a query for `cases_table`."""
    return select(Vendor).where(Vendor.second_asked_by.is_not(None), *_in_queue("open"))


def cases_table(person_id: UUID) -> Table:
    """How the verification queue is filtered and sorted by one verifier; its query is `every_case`."""
    return Table(
        name="vendors.cases",
        key=Vendor.id,
        sorts={
            "due": Sort(func.coalesce(Vendor.answer_due_at, literal(NEVER))),
            "name": Sort(Vendor.name),
            "sent": Sort(func.coalesce(Vendor.submitted_at, literal(LONG_AGO)), falls=True),
        },
        default="due",
        filters=(
            Words(
                "q",
                lazy("Name or number"),
                lambda w: or_(*(c.icontains(w, autoescape=True) for c in (Vendor.name, Vendor.registry_number))),
            ),
            part_of_queue(QUEUE_WORDS, _queue_is),
            taken_by(Vendor.assigned_to, person_id),
            Choice("country", lazy("Country"), _countries, lambda code: Vendor.country == code),
        ),
    )


def queue_of_cases() -> Queue:
    """The cases that are open."""
    return queue(_queue_is("open"), late=_queue_is("late"))


def next_case_due_at() -> datetime | None:
    """When the soonest answer of the verification desk is due."""
    return db.session.scalar(select(func.min(Vendor.answer_due_at)).where(Vendor.state == VendorState.UNDER_REVIEW))


def case_stamp(vendor: Vendor) -> str:
    """How a case stands, as a short digest: the form carries it, and a decision on an older state is refused."""
    parts = [vendor.state.value, str(vendor.submitted_at)]
    for kind, requirement in sorted(requirements_of(vendor.id).items()):
        # The payout account moves by itself; it must not spoil what a verifier is typing.
        if kind != "payout_account":
            parts += [kind, requirement.state.value, str(requirement.decided_at), str(requirement.file_id), requirement.value or ""]
            parts += [",".join(sorted(requirement.ticked)), requirement.look_up or "", str(requirement.looked_up_at)]
    return hashlib.sha256("|".join(parts).encode("utf-8", "replace")).hexdigest()[:16]


def _to_check() -> ColumnElement[bool]:
    waiting = and_(Certificate.checked_at.is_(None), Certificate.refused_at.is_(None), Certificate.withdrawn_at.is_(None))
    return and_(waiting, or_(Certificate.valid_until.is_(None), Certificate.valid_until >= clock.now().date()))


def _certificate_is(value: str) -> ColumnElement[bool]:
    today = clock.now().date()
    shown = and_(Certificate.checked_at.is_not(None), Certificate.withdrawn_at.is_(None))
    match value:
        case "check":
            return _to_check()
        case "late":
            return and_(_to_check(), Certificate.due_at < clock.now())
        case "ending":
            return and_(shown, Certificate.valid_until.between(today, today + timedelta(days=ENDING_DAYS)))
        case "expired":
            return and_(Certificate.withdrawn_at.is_(None), Certificate.valid_until < today)
        case "refused":
            return or_(Certificate.refused_at.is_not(None), Certificate.withdrawn_at.is_not(None))
        case _:
            return and_(shown, Certificate.valid_from <= today, or_(Certificate.valid_until.is_(None), Certificate.valid_until >= today))


CERTIFICATE_QUEUES = {
    "check": lazy("To check"),
    "late": lazy("Overdue"),
    "valid": lazy("Valid"),
    "ending": lazy("Ending in 90 days"),
    "expired": lazy("Expired"),
    "refused": lazy("Refused or withdrawn"),
}


def certificates_table(person_id: UUID) -> Table:
    """How the certificates are filtered and sorted by one verifier; its query is `certificates_with_vendors`."""
    return Table(
        name="vendors.certificates",
        key=Certificate.id,
        sorts={
            "due": Sort(func.coalesce(Certificate.due_at, literal(NEVER))),
            "vendor": Sort(Vendor.name),
            "scheme": Sort(Certificate.scheme),
            "until": Sort(func.coalesce(Certificate.valid_until, literal(NEVER.date()))),
        },
        default="due",
        filters=(
            Words(
                "q",
                lazy("Vendor, issuer or number"),
                lambda w: or_(*(c.icontains(w, autoescape=True) for c in (Vendor.name, Certificate.issuer, Certificate.number))),
            ),
            part_of_queue(CERTIFICATE_QUEUES, _certificate_is),
            taken_by(Certificate.assigned_to, person_id),
        ),
    )


def certificates_with_vendors() -> Select[Any]:
    """Every vendor's certificates with the vendor's name, as a query for `certificates_table`."""
    return cast("Select[Any]", select(Certificate, Vendor.name).join(Vendor, Vendor.id == Certificate.vendor_id))


def queue_of_certificates() -> Queue:
    """The certificates that nobody has checked yet."""
    return queue(_certificate_is("check"))


def queue_of_second_readings() -> Queue:
    """The levels that wait for a second reader."""
    return queue(LevelProposal.state == ProposalState.OPEN)
