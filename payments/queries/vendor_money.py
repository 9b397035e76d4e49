"""Where a vendor's money is: per order and in sum, to the cent. Read from the holds; the ledger itself is closed to pages."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, SQLColumnExpression, func, select, tuple_

from marketplace.core.db import db
from payments.models import Hold, HoldState


@dataclass(frozen=True, slots=True)
class VendorMoneyLine:
    """One order's money. Gross = fee + net; a refunded one has no fee and no net left."""

    hold_id: UUID
    vendor_order_id: UUID
    order_number: str
    currency: str
    gross_minor: int
    fee_minor: int
    net_minor: int
    state: HoldState
    is_frozen: bool
    funded_at: datetime | None
    release_at: datetime | None
    released_at: datetime | None
    paid_out_at: datetime | None


@dataclass(frozen=True, slots=True)
class VendorMoney:
    """The sums of one currency: gross = held + fees kept + payable + paid out + refunded."""

    currency: str
    gross_minor: int
    held_minor: int
    fee_kept_minor: int
    payable_minor: int
    paid_out_minor: int
    refunded_minor: int
    orders: int


def _of(vendor_id: UUID) -> list[ColumnElement[bool]]:
    # Until the money is there the vendor sees nothing (product.md §8).
    return [Hold.vendor_id == vendor_id, Hold.funded_at.is_not(None)]


def vendor_money(vendor_id: UUID) -> list[VendorMoney]:
    """The sums of a vendor, one line per currency."""

    def total(value: SQLColumnExpression[int], *states: HoldState) -> ColumnElement[int]:
        return func.coalesce(func.sum(value).filter(Hold.state.in_(states)), 0)

    gone = (HoldState.RELEASED, HoldState.PAID_OUT)
    net = Hold.released_minor - Hold.commission_minor
    query = (
        select(
            Hold.currency,
            func.sum(Hold.amount_minor),
            total(Hold.amount_minor, HoldState.FUNDED),
            total(Hold.commission_minor, *gone),
            total(net, HoldState.RELEASED),
            total(net, HoldState.PAID_OUT),
            total(Hold.refunded_minor, HoldState.REFUNDED),
            func.count(),
        )
        .where(*_of(vendor_id))
        .group_by(Hold.currency)
        .order_by(Hold.currency)
    )
    return [VendorMoney(currency, *(int(value) for value in values)) for currency, *values in db.session.execute(query)]


def vendor_money_lines(vendor_id: UUID, *, limit: int | None = None, after: UUID | None = None) -> list[VendorMoneyLine]:
    """A vendor's orders with money, newest first; `after` is the last hold of the page before."""
    query = select(Hold).where(*_of(vendor_id)).order_by(Hold.created_at.desc(), Hold.id.desc())
    edge = db.session.scalar(select(Hold).where(Hold.id == after, Hold.vendor_id == vendor_id)) if after else None
    if edge is not None:
        query = query.where(tuple_(Hold.created_at, Hold.id) < (edge.created_at, edge.id))
    return [_line(hold) for hold in db.session.scalars(query.limit(limit))]


def _line(hold: Hold) -> VendorMoneyLine:
    is_refunded = hold.state is HoldState.REFUNDED
    fee = 0 if is_refunded else hold.commission_minor
    return VendorMoneyLine(
        hold_id=hold.id,
        vendor_order_id=hold.vendor_order_id,
        order_number=hold.order_number,
        currency=hold.currency,
        gross_minor=hold.amount_minor,
        fee_minor=fee,
        net_minor=0 if is_refunded else hold.amount_minor - fee,
        state=hold.state,
        is_frozen=hold.frozen_at is not None,
        funded_at=hold.funded_at,
        release_at=hold.release_at,
        released_at=hold.released_at,
        paid_out_at=hold.paid_out_at,
    )
