"""Reads of vendor orders: the vendor's side, and locks. A vendor sees an order from the moment when its money is there."""

from collections import defaultdict
from collections.abc import Sequence
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Select, select

from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.orders.models import OrderLine, Purchase, Shipment, VendorOrder, VendorOrderState
from marketplace.orders.numbering import is_number
from marketplace.orders.paging import Stretch, Walk
from marketplace.orders.queries.walking import stretch

S = VendorOrderState
EXPORT_LIMIT = 10_000
ANSWER_LIMIT = 100


class VendorOrderFilter(StrEnum):
    """Which orders a list shows."""

    ALL = "all"
    ANSWER = "answer"
    WORK = "work"
    UNDERWAY = "underway"
    DONE = "done"
    ENDED = "ended"


STATES: dict[VendorOrderFilter, tuple[VendorOrderState, ...]] = {
    VendorOrderFilter.ALL: tuple(S),
    VendorOrderFilter.ANSWER: (S.PLACED,),
    VendorOrderFilter.WORK: (S.ACCEPTED, S.IN_PRODUCTION, S.READY),
    VendorOrderFilter.UNDERWAY: (S.SHIPPED, S.DELIVERED),
    VendorOrderFilter.DONE: (S.ACCEPTED_BY_BUYER, S.CLOSED),
    VendorOrderFilter.ENDED: (S.DECLINED, S.CANCELLED),
}


def _of_vendor(vendor_id: UUID) -> Select[VendorOrder]:
    return select(VendorOrder).where(VendorOrder.vendor_id == vendor_id, VendorOrder.funded_at.is_not(None))


def _matching(query: Select[VendorOrder], words: str) -> Select[VendorOrder]:
    if not words:
        return query
    pattern = "%" + words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    return query.where(VendorOrder.number.ilike(pattern) | VendorOrder.buyer_name.ilike(pattern))


def vendor_orders(vendor_id: UUID, *, which: VendorOrderFilter, words: str, walk: Walk) -> Stretch[VendorOrder]:
    """The vendor's paid orders, newest first; `words` are found in the number and the buyer's name."""
    query = _matching(_of_vendor(vendor_id).where(VendorOrder.state.in_(STATES[which])), words)
    return stretch(query, VendorOrder.placed_at, VendorOrder.id, walk)


def orders_to_answer(vendor_id: UUID) -> list[VendorOrder]:
    """Orders that wait for the vendor's yes or no, the most urgent first; at most 100."""
    query = _of_vendor(vendor_id).where(VendorOrder.state == S.PLACED)
    return list(db.session.scalars(query.order_by(VendorOrder.accept_by_at, VendorOrder.id).limit(ANSWER_LIMIT)))


def export_of_vendor(vendor_id: UUID, *, which: VendorOrderFilter, words: str) -> list[VendorOrder]:
    """The same list without pages, newest first, at most 10,000."""
    query = _matching(_of_vendor(vendor_id).where(VendorOrder.state.in_(STATES[which])), words)
    return list(db.session.scalars(query.order_by(VendorOrder.placed_at.desc(), VendorOrder.id.desc()).limit(EXPORT_LIMIT)))


def _one(query: Select[VendorOrder]) -> VendorOrder:
    found = db.session.scalar(query)
    if found is None:
        raise NotFound
    return found


def _numbered(query: Select[VendorOrder], number: str) -> VendorOrder:
    if not is_number(number):
        raise NotFound
    return _one(query.where(VendorOrder.number == number))


def vendor_order_by_number(number: str, *, vendor_id: UUID) -> VendorOrder:
    """A paid order of the vendor. Raises: NotFound, also for another vendor's and while it is unpaid."""
    return _numbered(_of_vendor(vendor_id), number)


def order_for_buyer(number: str, *, buyer_id: UUID) -> VendorOrder:
    """A vendor order of the buyer. Raises: NotFound, also for another company's."""
    return _numbered(select(VendorOrder).where(VendorOrder.buyer_id == buyer_id), number)


def order_for_staff(number: str) -> VendorOrder:
    """Any company's vendor order; for platform staff only. Raises: NotFound."""
    return _numbered(select(VendorOrder), number)


def order_by_id(vendor_order_id: UUID) -> VendorOrder:
    """A vendor order, for the clockwork. Raises: NotFound."""
    return _one(select(VendorOrder).where(VendorOrder.id == vendor_order_id))


def orders_for_staff(*, states: Sequence[VendorOrderState], words: str, walk: Walk) -> Stretch[VendorOrder]:
    """All companies' vendor orders, newest first; for platform staff only. `words`: number, buyer or vendor."""
    query = select(VendorOrder).where(VendorOrder.state.in_(states))
    if words:
        pattern = "%" + words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        purchase = select(Purchase.id).where(Purchase.number.ilike(pattern))
        query = query.where(
            VendorOrder.number.ilike(pattern)
            | VendorOrder.buyer_name.ilike(pattern)
            | VendorOrder.vendor_name.ilike(pattern)
            | VendorOrder.purchase_id.in_(purchase)
        )
    return stretch(query, VendorOrder.placed_at, VendorOrder.id, walk)


def lines_of_orders(order_ids: Sequence[UUID]) -> dict[UUID, list[OrderLine]]:
    """The lines of orders that the caller may see, by order, in their position."""
    lines: dict[UUID, list[OrderLine]] = defaultdict(list)
    query = select(OrderLine).where(OrderLine.vendor_order_id.in_(order_ids)).order_by(OrderLine.vendor_order_id, OrderLine.position)
    for line in db.session.scalars(query) if order_ids else ():
        lines[line.vendor_order_id].append(line)
    return lines


def line_ids(order_ids: Sequence[UUID]) -> list[UUID]:
    """The ids of all lines of some orders, as the stock's reservations know them."""
    return list(db.session.scalars(select(OrderLine.id).where(OrderLine.vendor_order_id.in_(order_ids)).order_by(OrderLine.id)))


def shipments_of_orders(order_ids: Sequence[UUID]) -> dict[UUID, list[Shipment]]:
    """The shipments of orders that the caller may see, by order."""
    shipments: dict[UUID, list[Shipment]] = defaultdict(list)
    query = select(Shipment).where(Shipment.vendor_order_id.in_(order_ids)).order_by(Shipment.shipped_at)
    for shipment in db.session.scalars(query) if order_ids else ():
        shipments[shipment.vendor_order_id].append(shipment)
    return shipments


def _locked(query: Select[VendorOrder]) -> VendorOrder:
    return _one(query.with_for_update().execution_options(populate_existing=True))


def lock_order_of_vendor(vendor_order_id: UUID, *, vendor_id: UUID | None) -> VendorOrder:
    """A paid order of the vendor, locked and read afresh. Raises: NotFound, also for another vendor's and while it is unpaid."""
    query = select(VendorOrder).where(VendorOrder.vendor_id == vendor_id, VendorOrder.funded_at.is_not(None))
    return _locked(query.where(VendorOrder.id == vendor_order_id))


def lock_order_of_buyer(vendor_order_id: UUID, *, buyer_id: UUID | None) -> VendorOrder:
    """A vendor order of the buyer, locked and read afresh. Raises: NotFound, also for another company's."""
    return _locked(select(VendorOrder).where(VendorOrder.id == vendor_order_id, VendorOrder.buyer_id == buyer_id))


def lock_order(vendor_order_id: UUID) -> VendorOrder:
    """A vendor order, locked and read afresh; for the clockwork and platform staff. Raises: NotFound."""
    return _locked(select(VendorOrder).where(VendorOrder.id == vendor_order_id))


def lock_orders_of_purchase(purchase_id: UUID) -> list[VendorOrder]:
    """The vendor orders of a purchase, locked by id and read afresh; the caller has locked the purchase."""
    query = select(VendorOrder).where(VendorOrder.purchase_id == purchase_id).order_by(VendorOrder.id)
    return list(db.session.scalars(query.with_for_update().execution_options(populate_existing=True)))
