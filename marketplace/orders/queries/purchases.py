"""Reads of purchases: the buyer's side."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, or_, select

from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.i18n import gettext, lazy
from marketplace.core.tables import Asked, Choice, Days, Sort, Stretch, Table, Words
from marketplace.orders.models import (
    ChangeRequest,
    ChangeState,
    Claim,
    ClaimState,
    Purchase,
    PurchaseState,
    VendorOrder,
    VendorOrderState,
)
from marketplace.orders.numbering import is_number

S = VendorOrderState
RUNNING = (S.PLACED, S.ACCEPTED, S.IN_PRODUCTION, S.READY, S.SHIPPED, S.DELIVERED)


class PurchaseFilter(StrEnum):
    """Which purchases a list shows."""

    WAITING = "waiting"  # for this buyer: to pay, or to inspect
    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"


PURCHASE_WORDS = {
    PurchaseFilter.WAITING: lazy("Needs you"),
    PurchaseFilter.OPEN: lazy("Open"),
    PurchaseFilter.DONE: lazy("Done"),
    PurchaseFilter.CANCELLED: lazy("Cancelled"),
}


@dataclass(frozen=True, slots=True)
class PurchaseRow:
    """A purchase with its vendor orders, which of those have an open problem, and the change that waits on each."""

    purchase: Purchase
    orders: tuple[VendorOrder, ...]
    disputed: frozenset[UUID]
    changes: Mapping[UUID, ChangeRequest]

    def asked_by(self, order_id: UUID) -> str | None:
        """The side that has proposed the open change of an order."""
        change = self.changes.get(order_id)
        return change.proposed_by if change else None

    @property
    def need(self) -> datetime | None:
        """Until when something waits for the buyer: the payment, an answer, or the first inspection that ends; none when nothing does."""
        unpaid = [o.pay_by_at for o in self.orders if o.state is S.PLACED and o.funded_at is None]
        ends = [o.inspection_ends_at for o in self.orders if o.state is S.DELIVERED and o.inspection_ends_at is not None]
        asked = [change.answer_by_at for change in self.changes.values() if change.proposed_by == "vendor"]
        return min([*unpaid, *asked, *ends], default=None)


def _any_order(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(VendorOrder.purchase_id == Purchase.id, *conditions)


def _open_claim() -> ColumnElement[bool]:
    return exists().where(Claim.vendor_order_id == VendorOrder.id, Claim.state == ClaimState.OPEN)


def is_waiting_for_buyer() -> ColumnElement[bool]:
    """A vendor order that the buyer has to pay for, to inspect, or whose change the buyer has to answer."""
    asked = exists().where(
        ChangeRequest.vendor_order_id == VendorOrder.id, ChangeRequest.state == ChangeState.OPEN, ChangeRequest.proposed_by == "vendor"
    )
    return or_(
        asked,
        (VendorOrder.state == S.PLACED) & VendorOrder.funded_at.is_(None),
        (VendorOrder.state == S.DELIVERED) & ~_open_claim(),
    )


def _state(value: str) -> ColumnElement[bool]:
    match PurchaseFilter(value):
        case PurchaseFilter.WAITING:
            return _any_order(is_waiting_for_buyer())
        case PurchaseFilter.OPEN:
            return _any_order(VendorOrder.state.in_(RUNNING))
        case PurchaseFilter.DONE:
            return (Purchase.state == PurchaseState.PLACED) & ~_any_order(VendorOrder.state.in_(RUNNING))
        case PurchaseFilter.CANCELLED:
            return Purchase.state.in_((PurchaseState.CANCELLED, PurchaseState.REJECTED))


def _words(words: str) -> ColumnElement[bool]:
    named = VendorOrder.number.icontains(words, autoescape=True) | VendorOrder.vendor_name.icontains(words, autoescape=True)
    own = Purchase.number.icontains(words, autoescape=True) | Purchase.buyer_reference.icontains(words, autoescape=True)
    return own | _any_order(named)


PURCHASES = Table(
    name="orders.purchases",
    key=Purchase.id,
    sorts={
        "placed": Sort(Purchase.placed_at, falls=True),
        "number": Sort(Purchase.number),
        "total": Sort(Purchase.total_minor, falls=True),
    },
    default="-placed",
    filters=(
        Words("q", lazy("Number, your reference or vendor"), _words),
        Choice("state", lazy("State"), lambda: [(state.value, gettext(word)) for state, word in PURCHASE_WORDS.items()], _state),
        Days("placed", lazy("Placed"), Purchase.placed_at),
    ),
)


def _of_buyer(buyer_id: UUID) -> Select[Purchase]:
    return select(Purchase).where(Purchase.buyer_id == buyer_id)


def purchases(buyer_id: UUID, asked: Asked) -> Stretch[PurchaseRow]:
    """A page of the buyer's purchases, as asked of `PURCHASES`."""
    found = PURCHASES.page(_of_buyer(buyer_id), asked)
    return Stretch(tuple(_rows(found.rows, buyer_id)), found.previous, found.next)


def purchases_waiting(buyer_id: UUID, limit: int) -> list[PurchaseRow]:
    """The newest purchases that wait for the buyer: to be paid, inspected, or answered."""
    query = _of_buyer(buyer_id).where(_any_order(is_waiting_for_buyer())).order_by(Purchase.placed_at.desc(), Purchase.id.desc())
    return list(_rows(db.session.scalars(query.limit(limit)).all(), buyer_id))


def _rows(found: Sequence[Purchase], buyer_id: UUID) -> Iterator[PurchaseRow]:
    ids = [p.id for p in found]
    query = (
        select(VendorOrder, _open_claim(), ChangeRequest)
        .outerjoin(ChangeRequest, (ChangeRequest.vendor_order_id == VendorOrder.id) & (ChangeRequest.state == ChangeState.OPEN))
        .where(VendorOrder.purchase_id.in_(ids), VendorOrder.buyer_id == buyer_id)
        .order_by(VendorOrder.number)
    )
    orders = list(db.session.execute(query)) if ids else []
    for purchase in found:
        mine = [(order, is_open, change) for order, is_open, change in orders if order.purchase_id == purchase.id]
        yield PurchaseRow(
            purchase,
            tuple(order for order, _, _ in mine),
            frozenset(order.id for order, is_open, _ in mine if is_open),
            {order.id: change for order, _, change in mine if change is not None},
        )


def export_of_buyer(buyer_id: UUID, asked: Asked) -> Iterator[tuple[Purchase, VendorOrder]]:
    """The same list as rows of vendor orders, without pages."""
    for purchase in PURCHASES.rows(_of_buyer(buyer_id), asked):
        for order in orders_of_purchase(purchase.id, buyer_id=buyer_id):
            yield purchase, order


def purchase_by_number(number: str, *, buyer_id: UUID) -> Purchase:
    """A purchase of the buyer. Raises: NotFound, also for another company's."""
    return _numbered(select(Purchase).where(Purchase.buyer_id == buyer_id), number)


def _numbered(query: Select[Purchase], number: str) -> Purchase:
    found = db.session.scalar(query.where(Purchase.number == number)) if is_number(number) else None
    if found is None:
        raise NotFound
    return found


def purchase_by_id(purchase_id: UUID) -> Purchase:
    """A purchase, for the clockwork and for who may already see one of its vendor orders. Raises: NotFound."""
    found = db.session.get(Purchase, purchase_id)
    if found is None:
        raise NotFound
    return found


def orders_of_purchase(purchase_id: UUID, *, buyer_id: UUID) -> list[VendorOrder]:
    """The vendor orders of a buyer's purchase, by number."""
    return list(
        db.session.scalars(
            select(VendorOrder).where(VendorOrder.purchase_id == purchase_id, VendorOrder.buyer_id == buyer_id).order_by(VendorOrder.number)
        )
    )


def lock_purchase(purchase_id: UUID, *, buyer_id: UUID | None = None) -> Purchase:
    """A purchase, locked and read afresh; without `buyer_id` for the clockwork. Raises: NotFound, also for another company's."""
    query = select(Purchase).where(Purchase.id == purchase_id)
    if buyer_id is not None:
        query = query.where(Purchase.buyer_id == buyer_id)
    found = db.session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    return found
