"""Vendors, orders and the audit log as tables of the desk. Every read here sees all companies: only platform staff reach it."""

from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from marketplace.accounts.models import Company
from marketplace.admin.queries.desk import COMPANY_LIMIT, containing
from marketplace.admin.words import ORDER, VENDOR
from marketplace.core import clock
from marketplace.core.audit import AuditEvent
from marketplace.core.i18n import gettext, lazy
from marketplace.core.tables import Choice, Days, Sort, Table, Words
from marketplace.orders.models import Claim, ClaimState, Purchase, VendorOrder, VendorOrderState
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
    purchases = select(Purchase.id).where(Purchase.number.ilike(pattern))
    names = VendorOrder.buyer_name.ilike(pattern) | VendorOrder.vendor_name.ilike(pattern)
    return VendorOrder.number.ilike(pattern) | names | VendorOrder.purchase_id.in_(purchases)


_open_claim = (
    select(Claim.id).where(Claim.vendor_order_id == VendorOrder.id, Claim.state == ClaimState.OPEN).correlate(VendorOrder).exists()
)
NEEDS = {"problem": lazy("Problem reported"), "unpaid": lazy("Not paid yet"), "unanswered": lazy("Not answered in time")}


def _needing(key: str) -> ColumnElement[bool]:
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


def _of_company(words: str) -> ColumnElement[bool]:
    named = select(Company.id).where(Company.name.ilike(containing(words))).limit(COMPANY_LIMIT)
    return AuditEvent.companies.overlap(func.array(named.scalar_subquery()))


AUDIT = Table(
    name="admin.audit",
    key=AuditEvent.id,
    sorts={"at": Sort(AuditEvent.seq, falls=True)},
    default="-at",
    filters=(
        Words("company", lazy("Company"), _of_company),
        Words("act", lazy("Act"), lambda words: AuditEvent.act.ilike(containing(words))),
        Words("who", lazy("Who"), lambda words: AuditEvent.actor_name.ilike(containing(words))),
        Days("day", lazy("Day"), AuditEvent.at),
    ),
    size=50,
)


def all_history() -> Select[Any]:
    """Every line of history."""
    return select(AuditEvent)
