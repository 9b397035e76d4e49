"""Reads of vendor orders: the vendor's side, and locks. A vendor sees an order from the moment when its money is there."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, Select, case, cast, exists, func, literal, or_, select

from marketplace.core.db import db, one_of_found
from marketplace.core.errors import NotFound
from marketplace.core.i18n import gettext, lazy
from marketplace.core.tables import Asked, Choice, Days, Sort, Stretch, Table, Words
from marketplace.orders.models import ChangeRequest, ChangeState, OrderLine, Purchase, VendorOrder, VendorOrderState
from marketplace.orders.numbering import is_number, number_holds

S = VendorOrderState
ANSWER_LIMIT = 100


class VendorOrderFilter(StrEnum):
    """Which orders a list shows."""

    ANSWER = "answer"  # an order or a change waits for the vendor
    WORK = "work"
    UNDERWAY = "underway"
    DONE = "done"
    ENDED = "ended"


STATES: dict[VendorOrderFilter, tuple[VendorOrderState, ...]] = {
    VendorOrderFilter.WORK: (S.ACCEPTED, S.IN_PRODUCTION, S.READY),
    VendorOrderFilter.UNDERWAY: (S.SHIPPED, S.DELIVERED),
    VendorOrderFilter.DONE: (S.ACCEPTED_BY_BUYER, S.CLOSED),
    VendorOrderFilter.ENDED: (S.DECLINED, S.CANCELLED),
}
VENDOR_WORDS = {
    VendorOrderFilter.ANSWER: lazy("To answer"),
    VendorOrderFilter.WORK: lazy("To make and ship"),
    VendorOrderFilter.UNDERWAY: lazy("Shipped, inspected"),
    VendorOrderFilter.DONE: lazy("Done"),
    VendorOrderFilter.ENDED: lazy("Declined, cancelled"),
}
PROMISED = (S.ACCEPTED, S.IN_PRODUCTION, S.READY, S.SHIPPED)
"""States in which the promised day is what is due next."""
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""Stands behind every deadline in an order by deadline."""


def _asked_by_buyer() -> ColumnElement[bool]:
    asked = select(ChangeRequest.vendor_order_id).where(ChangeRequest.state == ChangeState.OPEN, ChangeRequest.proposed_by == "buyer")
    return one_of_found(VendorOrder.id, asked)


def is_waiting_for_vendor() -> ColumnElement[bool]:
    """A paid order that waits for the vendor's yes or no, or whose change it has to answer; not while the buyer owes the answer."""
    return or_((VendorOrder.state == S.PLACED) & VendorOrder.accept_by_at.is_not(None), _asked_by_buyer())


def _state(value: str) -> ColumnElement[bool]:
    which = VendorOrderFilter(value)
    return is_waiting_for_vendor() if which is VendorOrderFilter.ANSWER else VendorOrder.state.in_(STATES[which])


def _words(words: str) -> ColumnElement[bool]:
    # Asked for each order of the vendor: as a list it would be all purchases of the platform, before row security leaves those of the vendor.
    purchase = exists().where(
        Purchase.id == VendorOrder.purchase_id,
        number_holds(Purchase.number, words) | Purchase.buyer_reference.icontains(words, autoescape=True),
    )
    return number_holds(VendorOrder.number, words) | VendorOrder.buyer_name.icontains(words, autoescape=True) | purchase


def _due_at() -> ColumnElement[Any]:
    """The next moment that matters: the answer, the first promised day of what is not there yet, the end of the inspection."""
    promised = (
        select(func.min(OrderLine.first_promise_on))
        .where(OrderLine.vendor_order_id == VendorOrder.id, OrderLine.cancelled_at.is_(None))
        .correlate(VendorOrder)
        .scalar_subquery()
    )
    due = case(
        (VendorOrder.state == S.PLACED, VendorOrder.accept_by_at),
        (VendorOrder.state.in_(PROMISED), cast(promised, DateTime(timezone=True))),
        (VendorOrder.state == S.DELIVERED, VendorOrder.inspection_ends_at),
    )
    return func.coalesce(due, literal(NEVER, DateTime(timezone=True)), type_=DateTime(timezone=True))


VENDOR_ORDERS = Table(
    name="orders.vendor_orders",
    key=VendorOrder.id,
    sorts={
        "placed": Sort(VendorOrder.placed_at, falls=True),
        "due": Sort(_due_at()),
        "number": Sort(VendorOrder.number),
        "customer": Sort(VendorOrder.buyer_name),
        "total": Sort(VendorOrder.total_minor, falls=True),
    },
    default="-placed",
    filters=(
        Words("q", lazy("Number, reference or customer"), _words),
        Choice("state", lazy("State"), lambda: [(state.value, gettext(word)) for state, word in VENDOR_WORDS.items()], _state),
        Days("placed", lazy("Placed"), VendorOrder.placed_at),
    ),
)


def _of_vendor(vendor_id: UUID) -> Select[VendorOrder]:
    return select(VendorOrder).where(VendorOrder.vendor_id == vendor_id, VendorOrder.funded_at.is_not(None))


def vendor_orders(vendor_id: UUID, asked: Asked) -> Stretch[VendorOrder]:
    """A page of the vendor's paid orders, as asked of `VENDOR_ORDERS`."""
    return VENDOR_ORDERS.page(_of_vendor(vendor_id), asked)


def due_of_orders(order_ids: Sequence[UUID]) -> dict[UUID, datetime | date | None]:
    """What is due next of orders that the caller may see: a moment, a promised day, or nothing."""
    rows = (
        db.session.execute(select(VendorOrder.id, VendorOrder.state, _due_at()).where(VendorOrder.id.in_(order_ids))) if order_ids else ()
    )
    return {order_id: None if due == NEVER else due.date() if state in PROMISED else due for order_id, state, due in rows}


def orders_to_answer(vendor_id: UUID) -> list[VendorOrder]:
    """Orders that wait for the vendor's yes or no, the most urgent first; at most 100. Not those whose condition the buyer has to answer."""
    query = _of_vendor(vendor_id).where(VendorOrder.state == S.PLACED, VendorOrder.accept_by_at.is_not(None))
    return list(db.session.scalars(query.order_by(VendorOrder.accept_by_at, VendorOrder.id).limit(ANSWER_LIMIT)))


def changes_to_answer(vendor_id: UUID) -> list[tuple[VendorOrder, ChangeRequest]]:
    """Changes that buyers have proposed to the vendor, the most urgent first; at most 100."""
    query = (
        select(VendorOrder, ChangeRequest)
        .join(ChangeRequest, ChangeRequest.vendor_order_id == VendorOrder.id)
        .where(ChangeRequest.vendor_id == vendor_id, ChangeRequest.state == ChangeState.OPEN, ChangeRequest.proposed_by == "buyer")
        .order_by(ChangeRequest.answer_by_at, ChangeRequest.id)
    )
    return [(order, change) for order, change in db.session.execute(query.limit(ANSWER_LIMIT))]


EXPORTED: tuple[Any, ...] = (
    VendorOrder.number, VendorOrder.buyer_name, VendorOrder.state, VendorOrder.placed_at, VendorOrder.accept_by_at, VendorOrder.currency,
    VendorOrder.goods_minor, VendorOrder.freight_minor, VendorOrder.tax_minor, VendorOrder.total_minor, VendorOrder.commission_minor,
)  # fmt: skip


def export_of_vendor(vendor_id: UUID, asked: Asked) -> Iterator[Any]:
    """The same list without pages, with the columns `EXPORTED`: orders whole would be most of the work of a long file."""
    yield from VENDOR_ORDERS.rows(_of_vendor(vendor_id).with_only_columns(*EXPORTED), asked)


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


def lines_of_orders(order_ids: Sequence[UUID]) -> dict[UUID, list[OrderLine]]:
    """The lines of orders that the caller may see, by order, in their position."""
    lines: dict[UUID, list[OrderLine]] = defaultdict(list)
    query = select(OrderLine).where(OrderLine.vendor_order_id.in_(order_ids)).order_by(OrderLine.vendor_order_id, OrderLine.position)
    for line in db.session.scalars(query) if order_ids else ():
        lines[line.vendor_order_id].append(line)
    return lines


def lock_lines(vendor_order_id: UUID) -> list[OrderLine]:
    """The lines of an order in their position, locked and read afresh; the caller has locked the order."""
    query = select(OrderLine).where(OrderLine.vendor_order_id == vendor_order_id).order_by(OrderLine.position)
    return list(db.session.scalars(query.with_for_update().execution_options(populate_existing=True)))


def line_ids(order_ids: Sequence[UUID]) -> list[UUID]:
    """The ids of all lines of some orders, as the stock's reservations know them."""
    return list(db.session.scalars(select(OrderLine.id).where(OrderLine.vendor_order_id.in_(order_ids)).order_by(OrderLine.id)))


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
