"""Changes of checked facts: for the vendor itself, for the desk, and as they were on a day for papers."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, literal, select

from marketplace.accounts import queries as accounts
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.i18n import gettext, lazy
from marketplace.core.tables import Choice, Sort, Table
from marketplace.core.waiting import Queue, queue
from vendors.changing import ADDRESS
from vendors.models import CHECKED_STATES, OPEN_CHANGES, ChangeReason, ChangeState, FactChange, RequirementState, Vendor
from vendors.queries.papers import requirements_of
from vendors.queries.queues import NEVER, of_vendor, part_of_queue, taken_by
from vendors.queries.vendors import find_vendor, vendor_by_id

REASON_WORDS = {
    ChangeReason.NEW_NAME: lazy("New name"),
    ChangeReason.MOVED: lazy("Moved"),
    ChangeReason.NEW_OWNERS: lazy("New owners"),
    ChangeReason.MERGER: lazy("Merger or split"),
    ChangeReason.LEGAL_FORM: lazy("New legal form"),
    ChangeReason.NEW_NUMBER: lazy("New registry number or tax id"),
    ChangeReason.CORRECTION: lazy("Correction: it was never so"),
}


def has_checked_facts(company_id: UUID) -> bool:
    """Whether a company sells with facts that were checked: its name, address and numbers change by a check alone."""
    vendor = find_vendor(company_id)
    return vendor is not None and vendor.state in CHECKED_STATES


def checked_numbers(company_id: UUID) -> list[dict[str, Any]]:
    """The tax numbers of a company that a verifier has seen; all of a vendor that the operator has let in on its own word."""
    if not has_checked_facts(company_id):
        return []
    line = requirements_of(company_id).get("tax_id")
    numbers: list[dict[str, Any]] = accounts.company_by_id(company_id).tax_ids
    if line is None or not line.value or line.state is RequirementState.OPEN:
        return numbers
    seen = line.value.split(", ")
    return [number for number in numbers if number["display"] in seen]


def checked_facts(vendor_id: UUID) -> dict[str, Any]:
    """What is in force: name, local_name, registry_number, address, owners. Raises: NotFound."""
    vendor = vendor_by_id(vendor_id)
    return {
        "name": vendor.name,
        "local_name": accounts.company_by_id(vendor_id).local_name,
        "registry_number": vendor.registry_number,
        "address": {key: vendor.address[key] for key in ADDRESS if vendor.address.get(key)},
        "owners": vendor.owners,
    }


def changed_since(vendor_id: UUID, at: datetime) -> dict[str, Any]:
    """What of a vendor's facts has changed since an instant, as it was then: for papers of that day."""
    query = select(FactChange.before, FactChange.after).where(FactChange.vendor_id == vendor_id, FactChange.in_force_at > at)
    was: dict[str, Any] = {}
    numbers = []
    for before, after in db.session.execute(query.order_by(FactChange.in_force_at.desc(), FactChange.id.desc())):
        was |= before
        if "tax_id" in after:
            numbers.append((after["tax_id"], before["tax_id"]))
    return was | {"numbers": numbers}


def open_change(vendor_id: UUID) -> FactChange | None:
    """The change of a vendor that waits for the desk, for the vendor, or for its day."""
    query = select(FactChange).where(FactChange.vendor_id == vendor_id, FactChange.state.in_(OPEN_CHANGES))
    return db.session.scalar(query.execution_options(populate_existing=True))


def lock_open_change(vendor_id: UUID) -> FactChange | None:
    """The same, locked; the caller has locked the vendor."""
    query = select(FactChange).where(FactChange.vendor_id == vendor_id, FactChange.state.in_(OPEN_CHANGES))
    return db.session.scalar(query.with_for_update().execution_options(populate_existing=True))


def lock_change(change_id: UUID) -> FactChange:
    """A change, locked; the caller decides whose it may be. Raises: NotFound."""
    found = db.session.scalar(
        select(FactChange).where(FactChange.id == change_id).with_for_update().execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound
    return found


def change_by_id(change_id: UUID) -> FactChange:
    """Any vendor's change; for the desk and the clockwork. Raises: NotFound."""
    found = db.session.get(FactChange, change_id, populate_existing=True)
    if found is None:
        raise NotFound
    return found


def change_of(change_id: UUID, *, vendor_id: UUID) -> FactChange:
    """A vendor's change. Raises: NotFound, also for another vendor's."""
    found = change_by_id(change_id)
    if found.vendor_id != vendor_id:
        raise NotFound
    return found


def changes_of(vendor_id: UUID) -> list[FactChange]:
    """All changes of a vendor, the newest first."""
    query = select(FactChange).where(FactChange.vendor_id == vendor_id)
    return list(db.session.scalars(query.order_by(FactChange.asked_at.desc(), FactChange.id.desc())))


CHANGE_QUEUES = {
    "open": lazy("To check"),
    "late": lazy("Overdue"),
    "data_needed": lazy("Waiting for the vendor"),
    "coming": lazy("Confirmed, its day is to come"),
    "confirmed": lazy("In force"),
    "refused": lazy("Refused"),
    "withdrawn": lazy("Withdrawn"),
}


def _is_in(queue: str) -> ColumnElement[bool]:
    if queue == "open":
        return FactChange.state == ChangeState.WAITING
    if queue == "late":
        return and_(FactChange.state == ChangeState.WAITING, FactChange.due_at < clock.now())
    return FactChange.state == ChangeState(queue)


def fact_changes_table(person_id: UUID) -> Table:
    """How the changes are filtered and sorted by one verifier; its query is `fact_changes_with_vendors`."""
    return Table(
        name="vendors.fact_changes",
        key=FactChange.id,
        sorts={
            "due": Sort(func.coalesce(FactChange.due_at, literal(NEVER))),
            "vendor": Sort(Vendor.name),
            "asked": Sort(FactChange.asked_at, falls=True),
        },
        default="due",
        filters=(
            of_vendor(),
            part_of_queue(CHANGE_QUEUES, _is_in),
            Choice(
                "reason",
                lazy("Reason"),
                lambda: [(reason.value, gettext(word)) for reason, word in REASON_WORDS.items()],
                lambda value: FactChange.reason == ChangeReason(value),
            ),
            taken_by(FactChange.assigned_to, person_id),
        ),
    )


def fact_changes_with_vendors() -> Select[Any]:
    """Every vendor's changes with the vendor's name, as a query for `fact_changes_table`."""
    return cast("Select[Any]", select(FactChange, Vendor.name).join(Vendor, Vendor.id == FactChange.vendor_id))


def queue_of_fact_changes() -> Queue:
    """The changes that wait for a verifier."""
    return queue(_is_in("open"), late=_is_in("late"))
