"""Vendors, orders and the audit log as tables of the desk. Every read here sees all companies: only platform staff reach it."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, false, func, select, union_all
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.accounts.models import Company
from marketplace.accounts.queries import acts_about, subjects
from marketplace.accounts.telling import about
from marketplace.admin.queries.desk import COMPANY_LIMIT, containing
from marketplace.admin.words import ORDER, VENDOR
from marketplace.core import clock
from marketplace.core.audit import AuditEvent
from marketplace.core.db import db
from marketplace.core.i18n import gettext, lazy
from marketplace.core.tables import Choice, Days, Sort, Table, Words
from marketplace.orders.models import Claim, ClaimState, Purchase, VendorOrder, VendorOrderState
from marketplace.orders.numbering import number_holds
from marketplace.quality.queries.sales import ENDED
from payments.models import Hold, HoldState
from vendors.models import Vendor, VendorState


def _vendor_with(words: str) -> ColumnElement[bool]:
    return Vendor.name.ilike(containing(words)) | Vendor.slug.ilike(containing(words)) | (Vendor.country == words.upper())


VENDORS = Table(
    name="admin.vendors",
    key=Vendor.id,
    sorts={"name": Sort(Vendor.name), "country": Sort(Vendor.country), "since": Sort(Vendor.created_at, falls=True)},
    default="name",
    filters=(
        Words("words", lazy("Name, or country code"), _vendor_with),
        Choice(
            "state",
            lazy("State"),
            lambda: [(state.value, gettext(VENDOR[state][0])) for state in VendorState],
            lambda value: Vendor.state == VendorState(value),
        ),
        Choice(
            "payout",
            lazy("Payout account"),
            lambda: [("active", gettext("Active")), ("none", gettext("Not active"))],
            lambda value: Vendor.payout_active_at.is_not(None) if value == "active" else Vendor.payout_active_at.is_(None),
        ),
        Days("since", lazy("Since"), Vendor.created_at),
    ),
    size=50,
)


def all_vendors() -> Select[Any]:
    """Vendors in any state."""
    return select(Vendor)


def _order_with(words: str) -> ColumnElement[bool]:
    pattern = containing(words)
    purchases = select(Purchase.id).where(number_holds(Purchase.number, words))
    names = VendorOrder.buyer_name.ilike(pattern) | VendorOrder.vendor_name.ilike(pattern)
    return number_holds(VendorOrder.number, words) | names | VendorOrder.purchase_id.in_(purchases)


def _of_vendor(words: str) -> ColumnElement[bool]:
    """By the name that the vendor has today; orders keep the one of their day."""
    return VendorOrder.vendor_id.in_(select(Vendor.id).where(Vendor.name.ilike(containing(words))))


_open_claim = (
    select(Claim.id).where(Claim.vendor_order_id == VendorOrder.id, Claim.state == ClaimState.OPEN).correlate(VendorOrder).exists()
)
_money_held = select(Hold.id).where(Hold.vendor_order_id == VendorOrder.id, Hold.state == HoldState.FUNDED).correlate(VendorOrder).exists()
NEEDS = {
    "open": lazy("Paid and not at its end"),
    "held": lazy("Money held"),
    "problem": lazy("Problem reported"),
    "unpaid": lazy("Not paid yet"),
    "unanswered": lazy("Not answered in time"),
}


def _needing(key: str) -> ColumnElement[bool]:
    if key == "open":
        return VendorOrder.funded_at.is_not(None) & VendorOrder.state.not_in(ENDED)
    if key == "held":
        return _money_held
    if key == "problem":
        return _open_claim
    is_placed = VendorOrder.state == VendorOrderState.PLACED
    return is_placed & (VendorOrder.funded_at.is_(None) if key == "unpaid" else VendorOrder.accept_by_at < clock.now())


ORDERS = Table(
    name="admin.orders",
    key=VendorOrder.id,
    sorts={
        "placed": Sort(VendorOrder.placed_at, falls=True),
        "number": Sort(VendorOrder.number),
        "buyer": Sort(VendorOrder.buyer_name),
        "vendor": Sort(VendorOrder.vendor_name),
    },
    default="-placed",
    filters=(
        Words("words", lazy("Number, buyer or vendor"), _order_with),
        Words("vendor", lazy("Vendor"), _of_vendor),
        Choice(
            "state",
            lazy("State"),
            lambda: [(state.value, gettext(ORDER[state][0])) for state in VendorOrderState],
            lambda value: VendorOrder.state == VendorOrderState(value),
        ),
        Choice(
            "needs",
            lazy("Attention"),
            lambda: [(key, gettext(word)) for key, word in NEEDS.items()],
            _needing,
        ),
        Days("placed", lazy("Placed"), VendorOrder.placed_at),
    ),
    size=50,
)


def all_orders() -> Select[Any]:
    """Vendor orders of all companies, paid or not."""
    return select(VendorOrder)


# The log is long, and most words are found in few of its lines or in none. What a word names is therefore looked up first: the server
# then knows how much there is of it, and walks the log by time only where a page is soon full.
def _of_company(words: str) -> ColumnElement[bool]:
    named = list(db.session.scalars(select(Company.id).where(Company.name.ilike(containing(words))).limit(COMPANY_LIMIT)))
    return AuditEvent.companies.overlap(named) if named else false()


def _different(column: InstrumentedAttribute[str]) -> ColumnElement[str]:
    """Each value of a column that has few different ones; its index is asked for one after the other."""
    first = select(func.min(column).label("value")).cte("different", recursive=True)
    following = select(func.min(column)).where(column > first.c.value).scalar_subquery()
    different = first.union_all(select(following).where(first.c.value.is_not(None)))
    return different.c.value


def _by(words: str) -> ColumnElement[bool]:
    """By a part of the name of whoever acted."""
    name = _different(AuditEvent.actor_name)
    found = list(db.session.scalars(select(name).where(name.ilike(containing(words)))))
    return AuditEvent.actor_name.in_(found) if found else false()


def _act_with(words: str) -> ColumnElement[bool]:
    """By a part of what was done, as the reader sees it told or as it is written."""
    wanted = words.casefold()
    act = _different(AuditEvent.act)
    written = db.session.scalars(select(act).where(act.is_not(None)))
    found = [each for each in written if wanted in each or wanted in about(each).casefold()]
    return AuditEvent.act.in_(found) if found else false()


AUDIT = Table(
    name="admin.audit",
    key=AuditEvent.id,
    sorts={"at": Sort(AuditEvent.at, falls=True)},
    default="-at",
    filters=(
        Words("company", lazy("Company"), _of_company),
        Choice("about", lazy("About"), subjects, acts_about),
        Words("act", lazy("Act"), _act_with),
        Words("who", lazy("Who"), _by),
        Days("day", lazy("Day"), AuditEvent.at),
    ),
    size=50,
)


def all_history() -> Select[Any]:
    """Every line of history."""
    return select(AuditEvent)


OF_AN_ORDER = {"vendor_order": VendorOrder.id, "hold": Hold.id, "claim": Claim.id}
"""Kind of subject → its id, of what belongs to one vendor order."""


def order_numbers(subject_ids: set[UUID]) -> dict[UUID, str]:
    """The number of the vendor order that each of the orders, holds and claims belongs to."""
    if not subject_ids:
        return {}
    parts = []
    for column in OF_AN_ORDER.values():
        source = select(column.label("subject"), VendorOrder.number)
        if column.class_ is not VendorOrder:
            source = source.join(VendorOrder, VendorOrder.id == column.class_.vendor_order_id)
        parts.append(source.where(column.in_(subject_ids)))
    return dict(db.session.execute(union_all(*parts)).all())
