"""The ledger: entries go in through one database function, and a check finds what does not add up. Source: payments.md §3."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.ids import new_id
from payments.chart import CHART
from payments.errors import LedgerKeyReused, Overdrawn
from payments.models import LedgerAccount, Posting

EXPLAINED_WITHIN = timedelta(minutes=15)
"""Until when a movement at the provider must have its entry. Source: robustness.md, figures."""
EXPLAINED = "every movement at the provider has its entry"

LEDGER_ID = UUID("01900000-0000-7000-8000-0000000000a1")
"""What the history of the ledger as a whole stands under."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One posting: debit positive, credit negative, in minor units of `currency`."""

    code: str
    currency: str
    amount_minor: int
    owner_id: UUID | None = None


def debit(code: str, currency: str, amount_minor: int, owner_id: UUID | None = None) -> Leg:
    """A leg on the debit side; a negative sum stands on the other one."""
    return Leg(code, currency, amount_minor, owner_id)


def credit(code: str, currency: str, amount_minor: int, owner_id: UUID | None = None) -> Leg:
    """A leg on the credit side; a negative sum stands on the other one."""
    return Leg(code, currency, -amount_minor, owner_id)


def post(
    key: str,
    kind: str,
    legs: Sequence[Leg],
    *,
    reference_id: UUID | None,
    effective_at: datetime,
    reverses_id: int | None = None,
    operation_id: UUID | None = None,
) -> int:
    """Write an entry and return its number; with a key that is known, the number of the first one. Legs of 0 are left out.

    `operation_id` ends the reservation made for that operation in the same step.
    Raises: Overdrawn (an account would pass its floor), LedgerKeyReused; IntegrityError when the legs do not sum to zero.
    """
    rows = [_row(leg) for leg in legs if leg.amount_minor]
    statement = text(
        "SELECT ledger_post(:key, :kind, CAST(:legs AS jsonb), :reference_id, :effective_at, :created_at, CAST(:reverses_id AS bigint), "
        "CAST(:operation_id AS uuid))"
    )
    values = {
        "key": key,
        "kind": kind,
        "legs": json.dumps(rows),
        "reference_id": reference_id,
        "effective_at": effective_at,
        "created_at": clock.now(),
        "reverses_id": reverses_id,
        "operation_id": operation_id,
    }
    return int(_call(statement, values))


def reserve(operation_id: UUID, code: str, currency: str, owner_id: UUID, amount_minor: int) -> None:
    """Set a sum of a strict account aside for an operation (J13). Repeated, it changes nothing. Raises: Overdrawn."""
    statement = text("SELECT ledger_reserve(:id, :operation_id, :code, :currency, :owner_id, :amount_minor, :at)")
    values = {"code": code, "currency": currency, "owner_id": owner_id, "amount_minor": amount_minor, "at": clock.now()}
    _call(statement, {"id": new_id(), "operation_id": operation_id, **values})


def void(operation_id: UUID) -> None:
    """Give the sum reserved for an operation free again; nothing happens when there is none."""
    _call(text("SELECT ledger_void(:operation_id)"), {"operation_id": operation_id})


def _row(leg: Leg) -> dict[str, Any]:
    account = CHART[leg.code]
    owner = str(leg.owner_id) if leg.owner_id else None
    chart = {"code": account.code, "side": account.side, "is_strict": account.is_strict}
    return {"id": str(new_id()), "currency": leg.currency, "owner_id": owner, "amount_minor": leg.amount_minor, **chart}


def _call(statement: Any, values: dict[str, Any]) -> Any:
    # What stands in the session is written first: the function sees only the database.
    db.session.flush()
    try:
        return db.session.execute(statement, values).scalar()
    except IntegrityError as error:
        name = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
        if name == "ck_ledger_balances_floor":
            raise Overdrawn from error
        if name in ("journal_entries_content", "ledger_reservations_content"):
            raise LedgerKeyReused from error
        raise


def balance_of(code: str, currency: str, owner_id: UUID | None = None) -> int:
    """The balance of one account on its normal side, in minor units; 0 for one that was never used. For the jobs role only."""
    query = (
        select(func.coalesce(func.sum(Posting.amount_minor), 0))
        .join(LedgerAccount, LedgerAccount.id == Posting.account_id)
        .where(LedgerAccount.code == code, LedgerAccount.currency == currency)
    )
    query = query.where(LedgerAccount.owner_id == owner_id) if owner_id else query.where(LedgerAccount.owner_id.is_(None))
    return int(db.session.scalar(query) or 0) * CHART[code].side


def balances_of(code: str) -> dict[str, int]:
    """Currency → balance of all accounts of a code together, on the normal side. For the jobs role only."""
    query = (
        select(Posting.currency, func.sum(Posting.amount_minor))
        .join(LedgerAccount, LedgerAccount.id == Posting.account_id)
        .where(LedgerAccount.code == code)
        .group_by(Posting.currency)
    )
    return {currency: int(total) * CHART[code].side for currency, total in db.session.execute(query)}


@dataclass(frozen=True, slots=True)
class Violation:
    """Something that does not add up: the rule, what it is about, what it should be and what it is, in minor units."""

    rule: str
    subject: str
    expected: int
    actual: int


RULES: dict[str, str] = {
    "every entry sums to zero in each currency": """
        SELECT e.id::text || ' ' || coalesce(p.currency, ''), 0, coalesce(sum(p.amount_minor), 1)
          FROM journal_entries e LEFT JOIN postings p ON p.entry_id = e.id
         GROUP BY e.id, p.currency HAVING coalesce(sum(p.amount_minor), 1) <> 0""",
    "a balance is the sum of its postings": """
        SELECT a.code || ' ' || b.account_id::text, coalesce(sum(p.amount_minor), 0) * a.side, b.posted
          FROM ledger_balances b JOIN ledger_accounts a ON a.id = b.account_id LEFT JOIN postings p ON p.account_id = b.account_id
         GROUP BY a.code, a.side, b.account_id, b.posted HAVING coalesce(sum(p.amount_minor), 0) * a.side <> b.posted""",
    "what is reserved is the sum of the open reservations": """
        SELECT b.account_id::text, coalesce(sum(r.amount_minor) FILTER (WHERE r.state = 'open'), 0), b.reserved
          FROM ledger_balances b LEFT JOIN ledger_reservations r ON r.account_id = b.account_id
         GROUP BY b.account_id, b.reserved HAVING coalesce(sum(r.amount_minor) FILTER (WHERE r.state = 'open'), 0) <> b.reserved""",
    "2010 of a hold is what was funded less what was released and refunded": """
        SELECT h.order_number, CASE WHEN h.funded_at IS NULL THEN 0 ELSE h.amount_minor - h.released_minor - h.refunded_minor END,
               coalesce(b.posted, 0)
          FROM holds h
          LEFT JOIN ledger_accounts a ON a.code = '2010' AND a.currency = h.currency AND a.owner_id = h.id
          LEFT JOIN ledger_balances b ON b.account_id = a.id
         WHERE coalesce(b.posted, 0) <> CASE WHEN h.funded_at IS NULL THEN 0 ELSE h.amount_minor - h.released_minor - h.refunded_minor END""",
    "2020 of a vendor is what was released and not yet transferred": """
        SELECT coalesce(d.vendor_id, a.owner_id)::text, coalesce(d.due, 0), coalesce(b.posted, 0)
          FROM (SELECT vendor_id, currency,
                       sum(goods_minor + freight_minor + tax_minor - commission_minor - taken_back_minor - netted_minor) AS due
                  FROM releases WHERE state = 'due' GROUP BY vendor_id, currency) d
          FULL JOIN (SELECT * FROM ledger_accounts WHERE code = '2020') a ON a.currency = d.currency AND a.owner_id = d.vendor_id
          LEFT JOIN ledger_balances b ON b.account_id = a.id
         WHERE coalesce(d.due, 0) <> coalesce(b.posted, 0)""",
    "1120 of a vendor is what it still owes": """
        SELECT coalesce(d.vendor_id, a.owner_id)::text, coalesce(d.owed, 0), coalesce(b.posted, 0)
          FROM (SELECT vendor_id, currency, sum(amount_minor - reversed_minor - netted_minor) AS owed FROM vendor_debts
                 GROUP BY vendor_id, currency) d
          FULL JOIN (SELECT * FROM ledger_accounts WHERE code = '1120') a ON a.currency = d.currency AND a.owner_id = d.vendor_id
          LEFT JOIN ledger_balances b ON b.account_id = a.id
         WHERE coalesce(d.owed, 0) <> coalesce(b.posted, 0)""",
    "a vendor's statement is what is payable less what it owes": """
        SELECT coalesce(s.vendor_id, l.owner_id)::text || ' ' || coalesce(s.currency, l.currency), coalesce(l.balance, 0), coalesce(s.total, 0)
          FROM (SELECT vendor_id, currency, sum(amount_minor) AS total FROM statement_lines GROUP BY vendor_id, currency) s
          FULL JOIN (SELECT a.owner_id, a.currency, sum(-p.amount_minor) AS balance FROM postings p
                       JOIN ledger_accounts a ON a.id = p.account_id WHERE a.code IN ('2020', '1120') GROUP BY a.owner_id, a.currency) l
                 ON l.owner_id = s.vendor_id AND l.currency = s.currency
         WHERE coalesce(l.balance, 0) <> coalesce(s.total, 0)""",
    "what a hold released and refunded is the sum of its parts": """
        SELECT h.order_number, h.released_minor + h.refunded_minor + h.taken_back_minor + h.commission_waived_minor + h.commission_back_minor,
               coalesce(l.released, 0) + coalesce(f.refunded, 0) + coalesce(f.commission, 0)
          FROM holds h
          LEFT JOIN (SELECT hold_id, sum(goods_minor + freight_minor + tax_minor) AS released FROM releases GROUP BY hold_id) l
                 ON l.hold_id = h.id
          LEFT JOIN (SELECT hold_id, sum(amount_minor) AS refunded, sum(commission_minor) AS commission FROM refunds GROUP BY hold_id) f
                 ON f.hold_id = h.id
         WHERE h.released_minor + h.refunded_minor + h.taken_back_minor + h.commission_waived_minor + h.commission_back_minor
               <> coalesce(l.released, 0) + coalesce(f.refunded, 0) + coalesce(f.commission, 0)""",
    "what came back of a transfer is at most what was transferred": """
        SELECT id::text, goods_minor + freight_minor + tax_minor - commission_minor - taken_back_minor - netted_minor, reversed_minor
          FROM releases
         WHERE reversed_minor > goods_minor + freight_minor + tax_minor - commission_minor - taken_back_minor - netted_minor""",
    "2050 of a refund is what was decided and not yet paid": """
        SELECT r.id::text, CASE WHEN r.state = 'succeeded' THEN 0 ELSE r.amount_minor END, coalesce(b.posted, 0)
          FROM refunds r
          LEFT JOIN ledger_accounts a ON a.code = '2050' AND a.currency = r.currency AND a.owner_id = r.id
          LEFT JOIN ledger_balances b ON b.account_id = a.id
         WHERE coalesce(b.posted, 0) <> CASE WHEN r.state = 'succeeded' THEN 0 ELSE r.amount_minor END""",
    "1010 is the sum of the explained movements at the provider": """
        SELECT coalesce(p.currency, m.currency), coalesce(m.net, 0), coalesce(p.posted, 0)
          FROM (SELECT q.currency, sum(q.amount_minor) AS posted FROM postings q JOIN ledger_accounts a ON a.id = q.account_id
                 WHERE a.code = '1010' GROUP BY q.currency) p
          FULL JOIN (SELECT currency, sum(net_minor) AS net FROM provider_movements WHERE entry_id IS NOT NULL GROUP BY currency) m
                 ON m.currency = p.currency
         WHERE coalesce(m.net, 0) <> coalesce(p.posted, 0)""",
    "1900 is empty": """
        SELECT a.currency, 0, sum(p.amount_minor) FROM postings p JOIN ledger_accounts a ON a.id = p.account_id
         WHERE a.code = '1900' GROUP BY a.currency HAVING sum(p.amount_minor) <> 0""",
    EXPLAINED: """
        SELECT id, 0, net_minor FROM provider_movements WHERE entry_id IS NULL AND net_minor <> 0 AND created_at < :late""",
}
"""Rule → query of what breaks it: (subject, expected, actual). Source: payments.md §3.4, invariants."""
UNDER_WAY = frozenset({EXPLAINED})
"""Rules that a payment under way breaks for a moment: its movement may be told late, and is old by then."""


def check_ledger() -> list[Violation]:
    """Everything that does not add up; an empty list is the only good answer. For the jobs role only."""
    late = clock.now() - EXPLAINED_WITHIN
    found = []
    for rule, query in RULES.items():
        rows = db.session.execute(text(query), {"late": late} if ":late" in query else {})
        found += [Violation(rule, str(subject), int(expected), int(actual)) for subject, expected, actual in rows]
    return found
