"""A buyer's payments and refunds, as tables."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Label, Select, cast, func, select

from marketplace.core.i18n import gettext, lazy
from marketplace.core.tables import Asked, Choice, Days, Sort, Stretch, Table, Words
from payments.models import Hold, Payment, PaymentState, Refund, RefundState
from payments.words import PAYMENT, REFUND
from vendors.models import Vendor

PAYMENTS = Table(
    name="payments.payments",
    key=Payment.id,
    sorts={
        "opened": Sort(Payment.created_at, falls=True),
        "number": Sort(Payment.purchase_number),
        "sum": Sort(Payment.amount_minor, falls=True),
    },
    default="-opened",
    filters=(
        Words("q", lazy("Purchase order"), lambda words: Payment.purchase_number.icontains(words, autoescape=True)),
        Choice(
            "state",
            lazy("State"),
            lambda: [(state.value, gettext(word.text)) for state, word in PAYMENT.items()],
            lambda value: Payment.state == PaymentState(value),
        ),
        Days("opened", lazy("Placed"), Payment.created_at),
    ),
)
REFUNDS = Table(
    name="payments.refunds",
    key=Refund.id,
    sorts={"decided": Sort(Refund.decided_at, falls=True), "sum": Sort(Refund.amount_minor, falls=True)},
    default="-decided",
    filters=(
        Words(
            "q",
            lazy("Order or reason"),
            lambda words: Hold.order_number.icontains(words, autoescape=True) | Refund.reason.icontains(words, autoescape=True),
        ),
        Choice(
            "state",
            lazy("State"),
            lambda: [(state.value, gettext(word.text)) for state, word in REFUND.items()],
            lambda value: Refund.state == RefundState(value),
        ),
        Days("decided", lazy("Decided"), Refund.decided_at),
    ),
)


def _payments(buyer_id: UUID) -> Select[Any]:
    """Payments with what of them is held, released and gone back, in minor units."""
    sums: list[Label[int]] = [
        _of_holds("held_minor", Hold.amount_minor - Hold.released_minor - Hold.refunded_minor, Hold.funded_at.is_not(None)),
        _of_holds("released_minor", Hold.released_minor - Hold.taken_back_minor),
        _of_holds("returned_minor", Hold.refunded_minor + Hold.taken_back_minor),
    ]
    columns: list[Any] = [Payment, *sums]
    return select(*columns).where(Payment.buyer_id == buyer_id)


def _of_holds(name: str, each: ColumnElement[int], *which: ColumnElement[bool]) -> Label[int]:
    query = select(cast(func.coalesce(func.sum(each), 0), BigInteger)).where(Hold.payment_id == Payment.id, *which)
    return query.scalar_subquery().label(name)


def buyer_payments(buyer_id: UUID, asked: Asked) -> Stretch[Any]:
    """A page of a buyer's payments: `.Payment .held_minor .released_minor .returned_minor`."""
    return PAYMENTS.page(_payments(buyer_id), asked)


def export_buyer_payments(buyer_id: UUID, asked: Asked) -> Iterator[Any]:
    """The same without pages."""
    yield from PAYMENTS.rows(_payments(buyer_id), asked)


def _refunds(buyer_id: UUID) -> Select[Any]:
    columns: list[Any] = [Refund, Hold.order_number, Payment.purchase_number, Vendor.name.label("vendor_name")]
    return (
        select(*columns)
        .join(Hold, Hold.id == Refund.hold_id)
        .join(Payment, Payment.id == Refund.payment_id)
        .join(Vendor, Vendor.id == Refund.vendor_id)
        .where(Refund.buyer_id == buyer_id)
    )


def buyer_refunds(buyer_id: UUID, asked: Asked) -> Stretch[Any]:
    """A page of a buyer's refunds: `.Refund .order_number .purchase_number .vendor_name`."""
    return REFUNDS.page(_refunds(buyer_id), asked)


def export_buyer_refunds(buyer_id: UUID, asked: Asked) -> Iterator[Any]:
    """The same without pages."""
    yield from REFUNDS.rows(_refunds(buyer_id), asked)
