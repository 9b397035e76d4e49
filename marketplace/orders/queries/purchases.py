"""Reads of purchases: the buyer's side."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, or_, select

from marketplace.core import clock
from marketplace.core.db import db, one_of_found
from marketplace.core.errors import NotFound
from marketplace.core.i18n import gettext, lazy
from marketplace.core.tables import Asked, Choice, Days, Sort, Stretch, Table, Words, in_parts
from marketplace.orders.models import (
    ChangeRequest,
    ChangeState,
    Claim,
    ClaimLine,
    ClaimLineState,
    ClaimState,
    Purchase,
    PurchaseState,
    VendorOrder,
    VendorOrderState,
)
from marketplace.orders.models.claims import LOSERS
from marketplace.orders.numbering import is_number, number_holds

S = VendorOrderState
RUNNING = (S.PLACED, S.ACCEPTED, S.IN_PRODUCTION, S.READY, S.SHIPPED, S.DELIVERED)


class PurchaseFilter(StrEnum):
    """Which purchases a list shows."""

    WAITING = "waiting"  # for this buyer: to pay, to inspect, or to answer
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
    """A purchase with its vendor orders, which of those have an open problem, and the change that waits on each.

    `claims` are the orders with a claim that waits for the buyer, each with the moment at which it goes to the platform, or is carried out as decided.
    """

    purchase: Purchase
    orders: tuple[VendorOrder, ...]
    disputed: frozenset[UUID]
    changes: Mapping[UUID, ChangeRequest]
    claims: Mapping[UUID, datetime | None]

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
        claimed = [at for at in self.claims.values() if at is not None]
        return min([*unpaid, *asked, *claimed, *ends], default=None)


def _any_order(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(VendorOrder.purchase_id == Purchase.id, VendorOrder.buyer_id == Purchase.buyer_id, *conditions)


def _open_claim() -> ColumnElement[bool]:
    return exists().where(Claim.vendor_order_id == VendorOrder.id, Claim.state == ClaimState.OPEN)


def _claim_asks_buyer() -> ColumnElement[bool]:
    """A claim between the two sides with a line whose answer, parcel or way back is the buyer's next step, or one that was decided
    against the buyer, while it can still appeal.
    """
    step = or_(
        ClaimLine.state == ClaimLineState.ANSWERED,
        (ClaimLine.state == ClaimLineState.REPLACING) & ClaimLine.sent_at.is_not(None),
        (ClaimLine.state == ClaimLineState.RETURNING) & ClaimLine.sent_at.is_(None),
    )
    lines = exists().where(ClaimLine.claim_id == Claim.id, step)
    ruled = (
        Claim.ruling.in_([ruling for ruling, losers in LOSERS.items() if "buyer" in losers])
        & (Claim.appeal_by_at > clock.now())
        & Claim.decide_by_at.is_(None)
        & Claim.buyer_accepted_at.is_(None)
    )
    return (Claim.state == ClaimState.OPEN) & or_(Claim.handed_over_at.is_(None) & Claim.ruling.is_(None) & lines, ruled)


def is_waiting_for_buyer() -> ColumnElement[bool]:
    """A vendor order that the buyer has to pay for, to inspect, or whose change or claim waits for the buyer."""
    asked = select(ChangeRequest.vendor_order_id).where(ChangeRequest.state == ChangeState.OPEN, ChangeRequest.proposed_by == "vendor")
    # As lists of ids, since few have one: an EXISTS would be tried on every order of the buyer, for a number in the head of each page.
    return or_(
        one_of_found(VendorOrder.id, asked.union_all(select(Claim.vendor_order_id).where(_claim_asks_buyer()))),
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
    named = number_holds(VendorOrder.number, words) | VendorOrder.vendor_name.icontains(words, autoescape=True)
    own = number_holds(Purchase.number, words) | Purchase.buyer_reference.icontains(words, autoescape=True)
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
    disputed = [order.id for order, is_open, _ in orders if is_open]
    by = func.coalesce(Claim.appeal_by_at, Claim.hand_over_at)
    asks = select(Claim.vendor_order_id, by).where(Claim.vendor_order_id.in_(disputed), _claim_asks_buyer())
    asking: dict[UUID, datetime | None] = {row[0]: row[1] for row in db.session.execute(asks)} if disputed else {}
    for purchase in found:
        mine = [(order, is_open, change) for order, is_open, change in orders if order.purchase_id == purchase.id]
        yield PurchaseRow(
            purchase,
            tuple(order for order, _, _ in mine),
            frozenset(order.id for order, is_open, _ in mine if is_open),
            {order.id: change for order, _, change in mine if change is not None},
            {order.id: asking[order.id] for order, _, _ in mine if order.id in asking},
        )


def export_of_buyer(buyer_id: UUID, asked: Asked) -> Iterator[tuple[Purchase, VendorOrder]]:
    """The same list as rows of vendor orders, without pages."""
    for part in in_parts(PURCHASES.rows(_of_buyer(buyer_id), asked)):
        ids = [purchase.id for purchase in part]
        orders = defaultdict(list)
        query = select(VendorOrder).where(VendorOrder.purchase_id.in_(ids), VendorOrder.buyer_id == buyer_id).order_by(VendorOrder.number)
        for order in db.session.scalars(query):
            orders[order.purchase_id].append(order)
        yield from ((purchase, order) for purchase in part for order in orders[purchase.id])


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
