"""Where a vendor's money is: per order, in sum, as a statement, to the cent. Read from the holds and their parts; the ledger is closed to pages."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.core import i18n
from marketplace.core.db import db
from marketplace.core.i18n import gettext, lazy
from marketplace.core.tables import Asked, Choice, Days, Sort, Stretch, Table, Words
from payments.models import DebtState, Hold, HoldState, Refund, Release, ReleaseState, StatementKind, StatementLine, VendorDebt


class MoneyFilter(StrEnum):
    """Orders by where their money is."""

    HELD = "held"
    FROZEN = "frozen"
    PAYABLE = "payable"
    PAID_OUT = "paid_out"
    REFUNDED = "refunded"


MONEY_WORDS = {
    MoneyFilter.HELD: lazy("Held"),
    MoneyFilter.FROZEN: lazy("Frozen"),
    MoneyFilter.PAYABLE: lazy("Payable"),
    MoneyFilter.PAID_OUT: lazy("Paid out"),
    MoneyFilter.REFUNDED: lazy("Refunded, whole or in part"),
}
KIND_WORDS = {
    StatementKind.RELEASE: lazy("Released"),
    StatementKind.FEE: lazy("Commission"),
    StatementKind.REFUND: lazy("Refunded to the buyer"),
    StatementKind.FEE_BACK: lazy("Commission given back"),
    StatementKind.TRANSFER: lazy("Paid out to your account"),
    StatementKind.REVERSAL: lazy("Taken back from your account"),
}


def _numbered(number: InstrumentedAttribute[str], words: str) -> ColumnElement[bool]:
    """Our numbers are written in capitals, so that no row has to be turned into small letters."""
    return number.contains(words.upper(), autoescape=True)


def _is_due() -> ColumnElement[bool]:
    return select(Release.id).where(Release.hold_id == Hold.id, Release.state == ReleaseState.DUE).exists()


def _state(value: str) -> ColumnElement[bool]:
    match MoneyFilter(value):
        case MoneyFilter.HELD:
            return Hold.state == HoldState.FUNDED
        case MoneyFilter.FROZEN:
            return (Hold.state == HoldState.FUNDED) & Hold.frozen_at.is_not(None)
        case MoneyFilter.PAYABLE:
            return _is_due()
        case MoneyFilter.PAID_OUT:
            return Hold.paid_out_at.is_not(None)
        case MoneyFilter.REFUNDED:
            return Hold.refunded_minor + Hold.taken_back_minor > 0


FAR = datetime(9999, 1, 1, tzinfo=ZoneInfo("UTC"))
VENDOR_MONEY = Table(
    name="payments.vendor_money",
    key=Hold.id,
    sorts={
        "paid": Sort(func.coalesce(Hold.funded_at, Hold.created_at), falls=True),
        "order": Sort(Hold.order_number),
        "gross": Sort(Hold.amount_minor, falls=True),
        "release": Sort(func.coalesce(Hold.release_at, FAR)),
    },
    default="-paid",
    filters=(
        Words("q", lazy("Order"), lambda words: _numbered(Hold.order_number, words)),
        Choice("state", lazy("State"), lambda: [(which.value, gettext(word)) for which, word in MONEY_WORDS.items()], _state),
        Days("paid", lazy("Paid by the buyer"), Hold.funded_at),
    ),
)
STATEMENT = Table(
    name="payments.statement",
    key=StatementLine.id,
    sorts={"at": Sort(StatementLine.at, falls=True), "sum": Sort(StatementLine.amount_minor, falls=True)},
    default="-at",
    filters=(
        Days("at", lazy("Period"), StatementLine.at),
        Choice(
            "kind",
            lazy("Kind"),
            lambda: [(kind.value, gettext(word)) for kind, word in KIND_WORDS.items()],
            lambda value: StatementLine.kind == StatementKind(value),
        ),
        Words("q", lazy("Order"), lambda words: _numbered(StatementLine.order_number, words)),
    ),
    size=50,
)
VENDOR_REFUNDS = Table(
    name="payments.vendor_refunds",
    key=Refund.id,
    sorts={"decided": Sort(Refund.decided_at, falls=True), "sum": Sort(Refund.amount_minor, falls=True)},
    default="-decided",
    filters=(
        Words(
            "q",
            lazy("Order or reason"),
            lambda words: _numbered(Hold.order_number, words) | Refund.reason.icontains(words, autoescape=True),
        ),
        Days("decided", lazy("Decided"), Refund.decided_at),
    ),
)


@dataclass(frozen=True, slots=True)
class VendorMoney:
    """The sums of one currency, in minor units: gross = held + fees kept + payable + paid out + refunded − owed."""

    currency: str
    orders: int
    gross_minor: int
    held_minor: int
    fee_kept_minor: int
    payable_minor: int
    paid_out_minor: int
    """What reached the vendor's account, less what was taken back from it."""
    refunded_minor: int
    owed_minor: int
    next_release_at: datetime | None


def _of(vendor_id: UUID) -> tuple[ColumnElement[bool], ...]:
    # Until the money is there the vendor sees nothing (product.md §8).
    return (Hold.vendor_id == vendor_id, Hold.funded_at.is_not(None))


def vendor_money(vendor_id: UUID) -> list[VendorMoney]:
    """The sums of a vendor, one line per currency; three statements for any number of orders."""
    held = Hold.amount_minor - Hold.released_minor - Hold.refunded_minor
    holds = (
        select(
            Hold.currency,
            func.count(),
            func.sum(Hold.amount_minor),
            func.coalesce(func.sum(held).filter(Hold.state == HoldState.FUNDED), 0),
            func.sum(Hold.refunded_minor + Hold.taken_back_minor),
            func.sum(Hold.commission_back_minor),
            func.min(Hold.release_at).filter(Hold.state == HoldState.FUNDED, Hold.frozen_at.is_(None)),
        )
        .where(*_of(vendor_id))
        .group_by(Hold.currency)
        .order_by(Hold.currency)
    )
    released = _released(vendor_id)
    owed = _owed(vendor_id)
    found = []
    for currency, count, gross, held_sum, refunded, back, next_at in db.session.execute(holds):
        fees, payable, paid_out = released.get(currency, (0, 0, 0))
        found.append(
            VendorMoney(
                currency=currency,
                orders=int(count),
                gross_minor=int(gross),
                held_minor=int(held_sum),
                fee_kept_minor=fees - int(back),
                payable_minor=payable,
                paid_out_minor=paid_out,
                refunded_minor=int(refunded),
                owed_minor=owed.get(currency, 0),
                next_release_at=next_at,
            )
        )
    return found


def _released(vendor_id: UUID) -> dict[str, tuple[int, int, int]]:
    """Currency → commission charged, payable, paid out less what came back."""
    due = (
        Release.goods_minor + Release.freight_minor + Release.tax_minor
        - Release.commission_minor - Release.taken_back_minor - Release.netted_minor
    )  # fmt: skip
    is_due = Release.state == ReleaseState.DUE
    query = (
        select(
            Release.currency,
            func.sum(Release.commission_minor),
            func.coalesce(func.sum(due).filter(is_due), 0),
            func.coalesce(func.sum(due - Release.reversed_minor).filter(~is_due), 0),
        )
        .where(Release.vendor_id == vendor_id)
        .group_by(Release.currency)
    )
    return {currency: (int(fees), int(payable), int(paid)) for currency, fees, payable, paid in db.session.execute(query)}


def _owed(vendor_id: UUID) -> dict[str, int]:
    left = VendorDebt.amount_minor - VendorDebt.reversed_minor - VendorDebt.netted_minor
    query = select(VendorDebt.currency, func.sum(left)).where(VendorDebt.vendor_id == vendor_id).group_by(VendorDebt.currency)
    return {currency: int(total) for currency, total in db.session.execute(query)}


def vendor_holds(vendor_id: UUID, asked: Asked) -> Stretch[Hold]:
    """A page of a vendor's orders with money."""
    return VENDOR_MONEY.page(select(Hold).where(*_of(vendor_id)), asked)


def export_vendor_holds(vendor_id: UUID, asked: Asked) -> Iterator[Hold]:
    """The same without pages."""
    yield from VENDOR_MONEY.rows(select(Hold).where(*_of(vendor_id)), asked)


def open_debts(vendor_id: UUID, limit: int = 50) -> list[tuple[VendorDebt, Refund, str]]:
    """What a vendor still owes, the oldest first, with the refund behind it and its order's number."""
    query = (
        select(VendorDebt, Refund, Hold.order_number)
        .join(Refund, Refund.id == VendorDebt.refund_id)
        .join(Hold, Hold.id == VendorDebt.hold_id)
        .where(VendorDebt.vendor_id == vendor_id, VendorDebt.state != DebtState.SETTLED)
        .order_by(VendorDebt.created_at, VendorDebt.id)
    )
    return [(debt, refund, number) for debt, refund, number in db.session.execute(query.limit(limit))]


def statement_lines(vendor_id: UUID, asked: Asked) -> Stretch[StatementLine]:
    """A page of a vendor's statement."""
    return STATEMENT.page(select(StatementLine).where(StatementLine.vendor_id == vendor_id), asked)


def export_statement_lines(vendor_id: UUID, asked: Asked) -> Iterator[StatementLine]:
    """The same without pages."""
    yield from STATEMENT.rows(select(StatementLine).where(StatementLine.vendor_id == vendor_id), asked)


@dataclass(frozen=True, slots=True)
class Period:
    """The statement of one currency for a period: opening + the sums of its kinds = closing, in minor units.

    A balance is what is payable less what the vendor owes; negative, the vendor owes more.
    """

    currency: str
    opening_minor: int
    closing_minor: int
    sums: dict[StatementKind, int] = field(default_factory=dict)


def periods(vendor_id: UUID, asked: Asked) -> list[Period]:
    """Opening, movements by kind and closing of the asked days, one for each currency that the vendor ever had."""
    begins, ends = (_instant(asked.get(name), is_end=name == "at_to") for name in ("at_from", "at_to"))
    before = StatementLine.at < begins if begins is not None else None
    upto = StatementLine.at < ends if ends is not None else None
    totals: dict[str, tuple[int, dict[StatementKind, int]]] = {}
    query = select(StatementLine.currency, StatementLine.kind, func.sum(StatementLine.amount_minor))
    query = query.where(StatementLine.vendor_id == vendor_id).group_by(StatementLine.currency, StatementLine.kind)
    within = [condition for condition in (~before if before is not None else None, upto) if condition is not None]
    for currency, kind, total in db.session.execute(query.where(*within)):
        totals.setdefault(currency, (0, {}))[1][kind] = int(total)
    if before is not None:
        for currency, _, total in db.session.execute(query.where(before)):
            opening, sums = totals.get(currency, (0, {}))
            totals[currency] = (opening + int(total), sums)
    return [
        Period(currency, opening, opening + sum(sums.values()), {kind: sums.get(kind, 0) for kind in StatementKind})
        for currency, (opening, sums) in sorted(totals.items())
    ]


def _instant(written: str, *, is_end: bool) -> datetime | None:
    """Midnight of a day in the reader's zone; of the day after it for the end of a period. None for nonsense, like the table's filter."""
    try:
        day = date.fromisoformat(written)
    except ValueError:
        return None
    if not date(1900, 1, 1) <= day <= date(2999, 12, 31):
        return None
    return datetime.combine(day + timedelta(days=int(is_end)), time(), ZoneInfo(i18n.zone()))


def _refunds(vendor_id: UUID) -> Select[Any]:
    columns: list[Any] = [Refund, Hold.order_number]
    return select(*columns).join(Hold, Hold.id == Refund.hold_id).where(Refund.vendor_id == vendor_id)


def vendor_refunds(vendor_id: UUID, asked: Asked) -> Stretch[Any]:
    """A page of the refunds of a vendor's orders; each row has the refund and its order's number."""
    return VENDOR_REFUNDS.page(_refunds(vendor_id), asked)


def export_vendor_refunds(vendor_id: UUID, asked: Asked) -> Iterator[Any]:
    """The same without pages."""
    yield from VENDOR_REFUNDS.rows(_refunds(vendor_id), asked)
