"""Calls to the provider that wait for a better time or a person. Not scoped: for platform staff, who read as the jobs role."""

from typing import Any, cast

from sqlalchemy import ColumnElement, Select, func, or_, select

from marketplace.core.db import db
from marketplace.core.i18n import gettext, lazy
from marketplace.core.tables import Choice, Days, Sort, Table, Words
from payments.models import Hold, Operation, OperationState, Payment, Refund, Release, VendorDebt
from payments.words import CAUSES, OPERATIONS, WAITS_FOR
from vendors.models import Vendor

ABOUT: ColumnElement[str] = func.coalesce(Hold.order_number, Payment.purchase_number, Vendor.name, "")
"""The order, the purchase, or the vendor whose account it is."""
VENDOR: ColumnElement[str] = func.coalesce(Vendor.name, "")


def _waits_for(cause: str) -> ColumnElement[bool]:
    codes = CAUSES[cause][1]
    if codes:
        return Operation.last_error.in_(codes)
    # Neither a cause that we know: it was sent and not answered, or refused with another code.
    is_sent = Operation.first_tried_at.is_not(None) if cause == "no_answer" else Operation.first_tried_at.is_(None)
    return is_sent & func.coalesce(Operation.last_error, "").not_in(list(WAITS_FOR))


PARKED = Table(
    name="payments.parked_operations",
    key=Operation.id,
    sorts={"written": Sort(Operation.created_at), "about": Sort(ABOUT), "vendor": Sort(VENDOR)},
    default="written",
    filters=(
        Words(
            "q",
            lazy("Order, purchase or vendor"),
            lambda words: or_(*(column.icontains(words, autoescape=True) for column in (ABOUT, VENDOR))),
        ),
        Choice(
            "kind",
            lazy("Call"),
            lambda: [(kind, gettext(word)) for kind, word in OPERATIONS.items()],
            lambda kind: Operation.kind == kind,
        ),
        Choice("waits", lazy("Waits for"), lambda: [(cause, gettext(word)) for cause, (word, _) in CAUSES.items()], _waits_for),
        Days("written", lazy("Written"), Operation.created_at),
    ),
)


def parked_operations() -> Select[Any]:
    """Every waiting call with what it is about, its vendor and its currency, as a query for `PARKED`."""
    currency = func.coalesce(Hold.currency, Payment.currency, "")
    query = (
        select(Operation, ABOUT.label("about"), VENDOR.label("vendor_name"), currency.label("currency"))
        .outerjoin(Refund, Refund.id == Operation.subject_id)
        .outerjoin(Release, Release.id == Operation.subject_id)
        .outerjoin(VendorDebt, VendorDebt.id == Operation.subject_id)
        .outerjoin(Hold, Hold.id == func.coalesce(Refund.hold_id, Release.hold_id, VendorDebt.hold_id))
        .outerjoin(Payment, Payment.id == Operation.subject_id)
        .outerjoin(Vendor, Vendor.id == func.coalesce(Hold.vendor_id, Operation.subject_id))
        .where(Operation.state == OperationState.PARKED)
    )
    return cast("Select[Any]", query)


def count_parked_operations() -> int:
    """How many calls wait."""
    return db.session.scalar(select(func.count(Operation.id)).where(Operation.state == OperationState.PARKED)) or 0
