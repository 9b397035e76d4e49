"""Reads of the bank details behind vendors' accounts. The desk's are not scoped: for verifiers, who read as the jobs role."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.i18n import lazy
from marketplace.core.tables import Sort, Table
from marketplace.core.waiting import Queue, queue
from payments.banks import Banks
from payments.models import BankDetails, BankState, Hold, HoldState, PayoutAccount
from vendors.models import Vendor
from vendors.queries.queues import of_vendor, part_of_queue

COMING = (BankState.WAITING, BankState.REFUSED)


def banks_of(account: PayoutAccount) -> Banks:
    """What is in force behind an account, and what waits or was refused."""
    query = select(BankDetails).where(BankDetails.vendor_id == account.vendor_id, BankDetails.state != BankState.ENDED)
    found = {row.state: row for row in db.session.scalars(query.execution_options(populate_existing=True))}
    return Banks(account, found.get(BankState.IN_FORCE), next((found[state] for state in COMING if state in found), None))


def find_banks(vendor_id: UUID) -> Banks | None:
    """The same of a vendor; None before its account is opened."""
    account = db.session.get(PayoutAccount, vendor_id)
    return banks_of(account) if account else None


def bank_details_by_id(details_id: UUID) -> BankDetails:
    """Bank details that were noticed at one time. Raises: NotFound."""
    details = db.session.get(BankDetails, details_id)
    if details is None:
        raise NotFound
    return details


def bank_history(vendor_id: UUID) -> list[BankDetails]:
    """All that was ever behind a vendor's account, the newest first."""
    query = select(BankDetails).where(BankDetails.vendor_id == vendor_id)
    return list(db.session.scalars(query.order_by(BankDetails.noticed_at.desc(), BankDetails.id.desc())))


def bank_changed_at(vendor_id: UUID) -> datetime | None:
    """When changed bank details last came or went; None before the first change."""
    query = select(func.max(func.coalesce(BankDetails.ended_at, BankDetails.noticed_at)))
    return db.session.scalar(query.where(BankDetails.vendor_id == vendor_id, BankDetails.waits_until.is_not(None)))


def _is_open() -> ColumnElement[bool]:
    # Placed, and its money has not all gone its way.
    underway = (HoldState.AWAITING_FUNDS, HoldState.FUNDING, HoldState.FUNDED, HoldState.RELEASED)
    return or_(Hold.state.in_(underway), (Hold.state == HoldState.SPLIT) & Hold.paid_out_at.is_(None))


def buyers_with_open_money(vendor_id: UUID) -> list[UUID]:
    """The companies that have placed an order here whose money is not paid yet, held, or not yet with the vendor; for jobs that warn them."""
    query = select(Hold.buyer_id).where(Hold.vendor_id == vendor_id, _is_open())
    return list(db.session.scalars(query.distinct().order_by(Hold.buyer_id)))


def open_orders_of(vendor_id: UUID, buyer_id: UUID) -> list[str]:
    """The numbers of the same orders of one buyer."""
    query = select(Hold.order_number).where(Hold.vendor_id == vendor_id, Hold.buyer_id == buyer_id, _is_open())
    return list(db.session.scalars(query.distinct().order_by(Hold.order_number)))


def banks_in_waiting(purchase_id: UUID, *, buyer_id: UUID) -> set[UUID]:
    """The vendors of a buyer's purchase whose changed bank details wait, while money of this purchase is still to go to them."""
    query = (
        select(Hold.vendor_id)
        .join(BankDetails, BankDetails.vendor_id == Hold.vendor_id)
        .where(Hold.purchase_id == purchase_id, Hold.buyer_id == buyer_id, _is_open(), BankDetails.state == BankState.WAITING)
    )
    return set(db.session.scalars(query))


def has_money_underway(vendor_id: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    """Whether money may have to go to a vendor before long, as a condition."""
    return select(Hold.id).where(Hold.vendor_id == vendor_id, _is_open()).exists()


QUEUES = {
    "open": lazy("To be checked"),
    "confirmed": lazy("Confirmed, the time runs"),
    "refused": lazy("Refused"),
    "past": lazy("In force or ended"),
}
"""Parts of the desk's queue."""


def _is_in(queue: str) -> ColumnElement[bool]:
    match queue:
        case "open":
            return (BankDetails.state == BankState.WAITING) & BankDetails.checked_at.is_(None)
        case "confirmed":
            return (BankDetails.state == BankState.WAITING) & BankDetails.checked_at.is_not(None)
        case "refused":
            return BankDetails.state == BankState.REFUSED
        case _:
            return BankDetails.state.in_((BankState.IN_FORCE, BankState.ENDED))


BANK_CHANGES = Table(
    name="payments.bank_changes",
    key=BankDetails.id,
    sorts={"until": Sort(func.coalesce(BankDetails.waits_until, BankDetails.noticed_at)), "vendor": Sort(Vendor.name)},
    default="until",
    filters=(of_vendor(), part_of_queue(QUEUES, _is_in)),
)


def bank_changes() -> Select[Any]:
    """Every change of bank details with its vendor and the vendor's account, as a query for `BANK_CHANGES`; first details are none."""
    query = select(BankDetails, Vendor, PayoutAccount).join(Vendor, Vendor.id == BankDetails.vendor_id)
    query = query.join(PayoutAccount, PayoutAccount.vendor_id == BankDetails.vendor_id)
    return cast("Select[Any]", query.where(BankDetails.waits_until.is_not(None)))


def queue_of_bank_changes() -> Queue:
    """The vendors that wait for a verifier: details to be checked, or payouts that the vendor has stopped."""
    waiting = select(BankDetails.vendor_id).where(_is_in("open"))
    stopped = select(PayoutAccount.vendor_id).where(PayoutAccount.stopped_at.is_not(None))
    return queue().select_from(waiting.union(stopped).subquery())


@dataclass(frozen=True, slots=True)
class Alarm:
    """A vendor that has stopped its payouts."""

    vendor: Vendor
    stopped_at: datetime


def stopped_vendors() -> list[Alarm]:
    """The vendors that have stopped their payouts, the longest first."""
    query = select(Vendor, PayoutAccount.stopped_at).join(PayoutAccount, PayoutAccount.vendor_id == Vendor.id)
    rows = db.session.execute(query.where(PayoutAccount.stopped_at.is_not(None)).order_by(PayoutAccount.stopped_at))
    return [Alarm(vendor, stopped_at) for vendor, stopped_at in rows if stopped_at is not None]


def banks_by_id(details_ids: Iterable[UUID]) -> dict[UUID, BankDetails]:
    """Bank details by their ids, for what was paid out to them."""
    return {row.id: row for row in db.session.scalars(select(BankDetails).where(BankDetails.id.in_(list(details_ids))))}
