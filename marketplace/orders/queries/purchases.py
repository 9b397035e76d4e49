"""Reads of purchases: the buyer's side."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, or_, select

from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.orders.models import Claim, ClaimState, Purchase, PurchaseState, VendorOrder, VendorOrderState
from marketplace.orders.numbering import is_number
from marketplace.orders.paging import Stretch, Walk
from marketplace.orders.queries.walking import stretch

S = VendorOrderState
RUNNING = (S.PLACED, S.ACCEPTED, S.IN_PRODUCTION, S.READY, S.SHIPPED, S.DELIVERED)
EXPORT_LIMIT = 10_000


class PurchaseFilter(StrEnum):
    """Which purchases a list shows."""

    ALL = "all"
    WAITING = "waiting"  # for this buyer: to pay, or to inspect
    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class PurchaseRow:
    """A purchase with its vendor orders, and which of those have an open problem."""

    purchase: Purchase
    orders: tuple[VendorOrder, ...]
    disputed: frozenset[UUID]

    @property
    def need(self) -> datetime | None:
        """Until when something waits for the buyer: the payment, or the first inspection that ends; none when nothing does."""
        unpaid = [o.pay_by_at for o in self.orders if o.state is S.PLACED and o.funded_at is None]
        ends = [o.inspection_ends_at for o in self.orders if o.state is S.DELIVERED and o.inspection_ends_at is not None]
        return min([*unpaid, *ends], default=None)


def _any_order(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(VendorOrder.purchase_id == Purchase.id, *conditions)


def _open_claim() -> ColumnElement[bool]:
    return exists().where(Claim.vendor_order_id == VendorOrder.id, Claim.state == ClaimState.OPEN)


def is_waiting_for_buyer() -> ColumnElement[bool]:
    """A vendor order that the buyer has to pay for or to inspect."""
    return or_(
        (VendorOrder.state == S.PLACED) & VendorOrder.funded_at.is_(None),
        (VendorOrder.state == S.DELIVERED) & ~_open_claim(),
    )


def _filtered(query: Select[Purchase], which: PurchaseFilter) -> Select[Purchase]:
    match which:
        case PurchaseFilter.WAITING:
            return query.where(_any_order(is_waiting_for_buyer()))
        case PurchaseFilter.OPEN:
            return query.where(_any_order(VendorOrder.state.in_(RUNNING)))
        case PurchaseFilter.DONE:
            return query.where(Purchase.state == PurchaseState.PLACED, ~_any_order(VendorOrder.state.in_(RUNNING)))
        case PurchaseFilter.CANCELLED:
            return query.where(Purchase.state.in_((PurchaseState.CANCELLED, PurchaseState.REJECTED)))
        case PurchaseFilter.ALL:
            return query


def _matching(query: Select[Purchase], words: str) -> Select[Purchase]:
    if not words:
        return query
    pattern = "%" + words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    named = VendorOrder.number.ilike(pattern) | VendorOrder.vendor_name.ilike(pattern)
    return query.where(Purchase.number.ilike(pattern) | Purchase.buyer_reference.ilike(pattern) | _any_order(named))


def purchases(buyer_id: UUID, *, which: PurchaseFilter, words: str, walk: Walk) -> Stretch[PurchaseRow]:
    """The buyer's purchases, newest first; `words` are found in numbers, the own reference and vendors' names."""
    query = _matching(_filtered(select(Purchase).where(Purchase.buyer_id == buyer_id), which), words)
    found = stretch(query, Purchase.placed_at, Purchase.id, walk)
    return Stretch(tuple(_rows(found.rows, buyer_id)), found.previous, found.next)


def _rows(found: Sequence[Purchase], buyer_id: UUID) -> Iterator[PurchaseRow]:
    ids = [p.id for p in found]
    query = select(VendorOrder, _open_claim()).where(VendorOrder.purchase_id.in_(ids), VendorOrder.buyer_id == buyer_id)
    orders = [(order, bool(is_open)) for order, is_open in db.session.execute(query.order_by(VendorOrder.number))] if ids else []
    for purchase in found:
        mine = [(order, is_open) for order, is_open in orders if order.purchase_id == purchase.id]
        yield PurchaseRow(purchase, tuple(o for o, _ in mine), frozenset(o.id for o, is_open in mine if is_open))


def export_of_buyer(buyer_id: UUID, *, which: PurchaseFilter, words: str) -> list[tuple[Purchase, VendorOrder]]:
    """The same list as rows of vendor orders, newest first, at most 10,000."""
    wanted = _matching(_filtered(select(Purchase).where(Purchase.buyer_id == buyer_id), which), words).subquery()
    rows = db.session.execute(
        select(Purchase, VendorOrder)
        .join(VendorOrder, VendorOrder.purchase_id == Purchase.id)
        .where(Purchase.id.in_(select(wanted.c.id)), Purchase.buyer_id == buyer_id)
        .order_by(Purchase.placed_at.desc(), Purchase.id.desc(), VendorOrder.number)
        .limit(EXPORT_LIMIT)
    )
    return [(purchase, order) for purchase, order in rows]


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
