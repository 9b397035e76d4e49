"""What finance sees at the platform's desk: the books, and what does not fit. Not scoped: for platform staff, who read as the jobs role."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import case, func, select

from marketplace.core.audit import AuditEvent
from marketplace.core.db import db
from payments.chart import CHART
from payments.ledger import LEDGER_ID
from payments.models import (
    Hold,
    JournalEntry,
    LedgerAccount,
    LedgerBalance,
    Payment,
    Posting,
    Refund,
    RefundState,
)
from vendors.models import Vendor


@dataclass(frozen=True, slots=True)
class BalanceLine:
    """One code of the chart in one currency: all its accounts together, on the normal side."""

    code: str
    currency: str
    balance_minor: int
    accounts: int


@dataclass(frozen=True, slots=True)
class EntryLine:
    """An entry with its legs: (code, owner in words, debit, credit), sums in minor units, None on the other side."""

    id: int
    key: str
    kind: str
    effective_at: datetime
    currency: str
    legs: list[tuple[str, str, int | None, int | None]]
    total_minor: int


@dataclass(frozen=True, slots=True)
class LedgerCheck:
    """The last check of the books."""

    at: datetime
    violations: int
    first: list[dict[str, Any]]
    differences: dict[str, int]


def balance_lines() -> list[BalanceLine]:
    """Every account that was ever used, by code and currency; sub-accounts of one code are added up."""
    # A strict account keeps its balance, and there is one for every order; the few others are summed, from their index alone.
    total = select(func.sum(Posting.amount_minor)).where(Posting.account_id == LedgerAccount.id).scalar_subquery()
    of_each = case((LedgerAccount.is_strict, LedgerBalance.posted * LedgerAccount.side), else_=total).label("total")
    sums = (
        select(LedgerAccount.code, LedgerAccount.currency, of_each)
        .outerjoin(LedgerBalance, LedgerBalance.account_id == LedgerAccount.id)
        .subquery()
    )
    query = (
        select(sums.c.code, sums.c.currency, func.sum(sums.c.total), func.count())
        .group_by(sums.c.code, sums.c.currency)
        .order_by(sums.c.code, sums.c.currency)
    )
    return [BalanceLine(code, currency, int(total) * CHART[code].side, count) for code, currency, total, count in db.session.execute(query)]


def references_of(text: str) -> list[UUID]:
    """The payments and vendor orders that a purchase number, an order number or an id names."""
    try:
        return [UUID(text)]
    except ValueError:
        number = text.strip().upper()
    payments = select(Payment.id).where(Payment.purchase_number == number)
    of_purchase = select(Hold.vendor_order_id).where(Hold.payment_id.in_(payments.scalar_subquery()))
    of_order = select(Hold.vendor_order_id, Hold.payment_id).where(Hold.order_number == number)
    found = {*db.session.scalars(payments), *db.session.scalars(of_purchase)}
    for order_id, payment_id in db.session.execute(of_order):
        found |= {order_id, payment_id}
    return sorted(found, key=str)


def entries(
    *, references: Sequence[UUID] | None, code: str | None, limit: int, before: int | None = None, after: int | None = None
) -> list[EntryLine]:
    """A page of entries, newest first. `after` and `before` are numbers of entries: what follows in the list is older."""
    query = select(JournalEntry)
    if references is not None:
        query = query.where(JournalEntry.reference_id.in_(references))
    if code:
        legs = select(Posting.entry_id).join(LedgerAccount, LedgerAccount.id == Posting.account_id).where(LedgerAccount.code == code)
        query = query.where(JournalEntry.id.in_(legs))
    if before is not None:
        newer = db.session.scalars(query.where(JournalEntry.id > before).order_by(JournalEntry.id).limit(limit)).all()
        return _with_legs(newer[::-1])
    if after is not None:
        query = query.where(JournalEntry.id < after)
    return _with_legs(db.session.scalars(query.order_by(JournalEntry.id.desc()).limit(limit)).all())


def _with_legs(found: Sequence[JournalEntry]) -> list[EntryLine]:
    query = (
        select(Posting, LedgerAccount.code, LedgerAccount.owner_id)
        .join(LedgerAccount, LedgerAccount.id == Posting.account_id)
        .where(Posting.entry_id.in_([entry.id for entry in found]))
        .order_by(Posting.entry_id, Posting.position)
    )
    rows = db.session.execute(query).all() if found else []
    names = _owner_names({owner_id for _, _, owner_id in rows if owner_id})
    lines = []
    for entry in found:
        own = [(posting, code, owner_id) for posting, code, owner_id in rows if posting.entry_id == entry.id]
        legs = [
            (
                code,
                names.get(owner_id, "") if owner_id else "",
                posting.amount_minor if posting.amount_minor > 0 else None,
                -posting.amount_minor if posting.amount_minor < 0 else None,
            )
            for posting, code, owner_id in own
        ]
        total = sum(leg[2] or 0 for leg in legs)
        currency = own[0][0].currency if own else ""
        lines.append(EntryLine(entry.id, entry.key, entry.kind, entry.effective_at, currency, legs, total))
    return lines


def _owner_names(owners: set[UUID]) -> dict[UUID, str]:
    """What a sub-account belongs to, in words: the order of a hold or of a refund, or the vendor."""
    if not owners:
        return {}
    vendors = select(Vendor.id, Vendor.name).where(Vendor.id.in_(owners))
    holds = select(Hold.id, Hold.order_number).where(Hold.id.in_(owners))
    refunds = select(Refund.id, Hold.order_number).join(Hold, Hold.id == Refund.hold_id).where(Refund.id.in_(owners))
    return {owner_id: name for query in (vendors, holds, refunds) for owner_id, name in db.session.execute(query)}


def failed_refunds(limit: int = 50) -> list[tuple[Refund, str]]:
    """Refunds that came back, with their orders: a person must find another way to the buyer."""
    query = select(Refund, Hold.order_number).join(Hold, Hold.id == Refund.hold_id).where(Refund.state == RefundState.FAILED)
    return [(refund, number) for refund, number in db.session.execute(query.order_by(Refund.decided_at).limit(limit))]


def count_failed_refunds() -> int:
    """How many there are."""
    return db.session.scalar(select(func.count(Refund.id)).where(Refund.state == RefundState.FAILED)) or 0


def last_check() -> LedgerCheck | None:
    """What the last check of the books found; None before the first one."""
    query = select(AuditEvent).where(AuditEvent.subject_id == LEDGER_ID).order_by(AuditEvent.seq.desc()).limit(1)
    event = db.session.scalar(query)
    if event is None:
        return None
    facts = event.after
    return LedgerCheck(event.at, facts["violations"], facts["first"], facts["differences"])
