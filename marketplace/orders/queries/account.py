"""The buyer's account at a glance: every figure is the count of a filter of `ACCOUNT_ORDERS`, so a figure and its rows never differ."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Date, Select, case, cast, exists, func, literal, select

from marketplace.core import clock
from marketplace.core.db import db, one_of_found
from marketplace.core.i18n import gettext, lazy
from marketplace.core.tables import Asked, Choice, Days, Sort, Stretch, Table, Words
from marketplace.orders.models import Claim, ClaimState, Purchase, VendorOrder, VendorOrderState
from marketplace.orders.numbering import number_holds
from marketplace.orders.queries.promises import next_promise
from payments.models import Hold, HoldState

S = VendorOrderState
RUNNING = (S.PLACED, S.ACCEPTED, S.IN_PRODUCTION, S.READY, S.SHIPPED, S.DELIVERED)
COMING = (S.ACCEPTED, S.IN_PRODUCTION, S.READY, S.SHIPPED)
NEVER = date(9999, 12, 31)


class AccountFilter(StrEnum):
    """What an order waits for, as its buyer sees it."""

    OPEN = "open"
    UNPAID = "unpaid"
    COMING = "coming"  # taken by the vendor and not yet arrived
    LATE = "late"  # of these, the promised day is over
    INSPECTION = "inspection"  # arrived, and the inspection runs
    CLAIM = "claim"
    HELD = "held"  # money of it is held


ACCOUNT_WORDS = {
    AccountFilter.OPEN: lazy("Open"),
    AccountFilter.UNPAID: lazy("To be paid"),
    AccountFilter.COMING: lazy("Delivery due"),
    AccountFilter.LATE: lazy("Delivery late"),
    AccountFilter.INSPECTION: lazy("Inspection runs"),
    AccountFilter.CLAIM: lazy("Claim open"),
    AccountFilter.HELD: lazy("Money held"),
}


def _promised() -> ColumnElement[date]:
    """The next day on which goods of an order are promised, as last changed; `NEVER` where nothing is stated or all has arrived."""
    # Of an order that has ended nothing is to come: its lines need not be read, and most orders have.
    return case((VendorOrder.state.in_(RUNNING), func.coalesce(next_promise(), literal(NEVER, Date))), else_=literal(NEVER, Date))


_is_held = (Hold.state == HoldState.FUNDED) & (Hold.amount_minor > Hold.released_minor + Hold.refunded_minor)


def _held() -> ColumnElement[int]:
    """Money of an order that is held now, in minor units. Few orders have some: those are found first, and only theirs is summed."""
    rest = func.sum(Hold.amount_minor - Hold.released_minor - Hold.refunded_minor)
    held = select(cast(rest, BigInteger)).where(Hold.vendor_order_id == VendorOrder.id, _is_held).scalar_subquery()
    return case((VendorOrder.id.in_(select(Hold.vendor_order_id).where(_is_held)), held), else_=literal(0, BigInteger))


def _claimed() -> ColumnElement[bool]:
    return exists().where(Claim.vendor_order_id == VendorOrder.id, Claim.buyer_id == VendorOrder.buyer_id, Claim.state == ClaimState.OPEN)


def _waits_for(value: str) -> ColumnElement[bool]:
    match AccountFilter(value):
        case AccountFilter.OPEN:
            return VendorOrder.state.in_(RUNNING)
        case AccountFilter.UNPAID:
            return (VendorOrder.state == S.PLACED) & VendorOrder.funded_at.is_(None)
        case AccountFilter.COMING:
            return VendorOrder.state.in_(COMING)
        case AccountFilter.LATE:
            return VendorOrder.state.in_(COMING) & (_promised() < clock.now().date())
        case AccountFilter.INSPECTION:
            return (VendorOrder.state == S.DELIVERED) & VendorOrder.inspection_ends_at.is_not(None)
        case AccountFilter.CLAIM:
            return _claimed()
        case AccountFilter.HELD:
            return exists().where(Hold.vendor_order_id == VendorOrder.id, Hold.buyer_id == VendorOrder.buyer_id, _is_held)


def _words(words: str) -> ColumnElement[bool]:
    named = VendorOrder.vendor_name.icontains(words, autoescape=True) | Purchase.buyer_reference.icontains(words, autoescape=True)
    return number_holds(VendorOrder.number, words) | number_holds(Purchase.number, words) | named


ACCOUNT_ORDERS = Table(
    name="carts.account_orders",
    key=VendorOrder.id,
    sorts={
        "placed": Sort(VendorOrder.placed_at, falls=True),
        "promised": Sort(_promised()),
        "vendor": Sort(VendorOrder.vendor_name),
        "total": Sort(VendorOrder.total_minor, falls=True),
        "held": Sort(_held(), falls=True),
    },
    default="-placed",
    filters=(
        Words("q", lazy("Number, your reference or vendor"), _words),
        Choice("state", lazy("Waits for"), lambda: [(each.value, gettext(word)) for each, word in ACCOUNT_WORDS.items()], _waits_for),
        Days("placed", lazy("Placed"), VendorOrder.placed_at),
    ),
)


@dataclass(frozen=True, slots=True)
class AccountOrder:
    """A vendor order in its buyer's account. `promised_on` None: nothing more is to arrive, or no day is stated."""

    order: VendorOrder
    purchase_number: str
    buyer_reference: str | None
    promised_on: date | None
    held_minor: int
    is_claimed: bool


@dataclass(frozen=True, slots=True)
class Account:
    """Orders by what they wait for, and the money held by currency."""

    counts: dict[AccountFilter, int]
    held: dict[str, int]
    """Minor units by currency; only what is above zero."""
    has_orders: bool


def _orders(buyer_id: UUID) -> Select[Any]:
    columns: list[Any] = [
        VendorOrder,
        Purchase.number.label("purchase_number"),
        Purchase.buyer_reference,
        _promised().label("promised_on"),
        _held().label("held_minor"),
        _claimed().label("is_claimed"),
    ]
    return select(*columns).join(Purchase, Purchase.id == VendorOrder.purchase_id).where(VendorOrder.buyer_id == buyer_id)


def _row(found: Any) -> AccountOrder:
    is_stated = found.promised_on != NEVER and found.VendorOrder.state in RUNNING
    return AccountOrder(
        found.VendorOrder,
        found.purchase_number,
        found.buyer_reference,
        found.promised_on if is_stated else None,
        found.held_minor,
        found.is_claimed,
    )


def account_orders(buyer_id: UUID, asked: Asked) -> Stretch[AccountOrder]:
    """A page of the buyer's vendor orders, as asked of `ACCOUNT_ORDERS`."""
    found = ACCOUNT_ORDERS.page(_orders(buyer_id), asked)
    return Stretch(tuple(_row(row) for row in found.rows), found.previous, found.next)


def export_account_orders(buyer_id: UUID, asked: Asked) -> Iterator[AccountOrder]:
    """The same list without pages."""
    for row in ACCOUNT_ORDERS.rows(_orders(buyer_id), asked):
        yield _row(row)


def next_in(buyer_id: UUID, which: AccountFilter, limit: int) -> list[AccountOrder]:
    """The first orders that wait for something: deliveries by promised day, inspections by their end, the rest by age."""
    by: Any = VendorOrder.inspection_ends_at if which is AccountFilter.INSPECTION else _promised()
    query = _orders(buyer_id).where(_waits_for(which)).order_by(by, VendorOrder.placed_at, VendorOrder.id)
    return [_row(row) for row in db.session.execute(query.limit(limit))]


def account_of(buyer_id: UUID) -> Account:
    """The figures of a buyer's account, in two statements. Orders that ended count only while money of them is held or a claim is open."""
    counts = [func.count().filter(_waits_for(each.value)) for each in AccountFilter]
    claimed = select(Claim.vendor_order_id).where(Claim.buyer_id == buyer_id, Claim.state == ClaimState.OPEN)
    held_of = select(Hold.vendor_order_id).where(Hold.buyer_id == buyer_id, _is_held)
    counted = VendorOrder.state.in_(RUNNING) | one_of_found(VendorOrder.id, claimed.union_all(held_of))
    has_orders = exists().where(VendorOrder.buyer_id == buyer_id)
    row = db.session.execute(select(select(has_orders).scalar_subquery(), *counts).where(VendorOrder.buyer_id == buyer_id, counted)).one()
    rest = func.sum(Hold.amount_minor - Hold.released_minor - Hold.refunded_minor)
    query = select(Hold.currency, cast(rest, BigInteger)).where(Hold.buyer_id == buyer_id, _is_held)
    held = {currency: int(total) for currency, total in db.session.execute(query.group_by(Hold.currency).order_by(Hold.currency)) if total}
    return Account(dict(zip(AccountFilter, row[1:], strict=True)), held, bool(row[0]))
