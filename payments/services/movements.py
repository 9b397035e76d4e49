"""Movements at the provider, each explained by one entry of the ledger. Source: payments.md §3.5."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from marketplace.core import audit, jobs
from marketplace.core.audit import SYSTEM
from marketplace.core.db import db
from marketplace.core.ids import new_id
from payments import ledger
from payments.chart import BANK, STRIPE_BALANCE, SUSPENSE, TOP_UPS
from payments.facts import Movement
from payments.models import ProviderMovement

OVERLAP = timedelta(hours=1)
"""How far each pull reaches back before the one before it, as clocks differ and lists lag."""

MOVEMENTS_AT_ONCE = 500


def store_movements(movements: Sequence[Movement]) -> int:
    """Store what the provider lists, each once, and have the new ones explained. Returns how many were new."""
    new = [movement for movement in movements if _store(movement)]
    for movement in new:
        jobs.enqueue("payments.explain_movement", movement_id=movement.id, key=f"explain:{movement.id}")
    return len(new)


def _store(movement: Movement) -> bool:
    values = {
        "id": movement.id,
        "type": movement.type,
        "currency": movement.currency,
        "amount_minor": movement.amount_minor,
        "fee_minor": movement.fee_minor,
        "net_minor": movement.net_minor,
        "source_id": movement.source_id,
        "available_at": movement.available_at,
        "created_at": movement.created_at,
        "entry_id": None,
        "is_unexplained": False,
    }
    statement = insert(ProviderMovement).values(values).on_conflict_do_nothing().returning(ProviderMovement.id)
    return db.session.execute(statement).scalar() is not None


def book_movement(movement: Movement, entry_id: int) -> None:
    """Say which entry explains a movement. One that stood in suspense leaves it by the exact negation (J55)."""
    _store(movement)
    row = _lock(movement.id)
    if row.is_unexplained and row.entry_id is not None:
        legs = [
            ledger.credit(STRIPE_BALANCE, row.currency, row.net_minor),
            ledger.debit(SUSPENSE, row.currency, row.net_minor),
        ]
        key = f"bt:{row.id}:explained"
        ledger.post(key, "J55", legs, reference_id=None, effective_at=movement.created_at, reverses_id=row.entry_id)
    row.entry_id = entry_id
    row.is_unexplained = False


def book_unexplained(movement_id: str) -> bool:
    """Put a movement that nothing of ours explains into suspense (J54) and say so; False when it is explained by now."""
    row = _lock(movement_id)
    if row.entry_id is not None or row.net_minor == 0:
        return False
    legs = [ledger.debit(STRIPE_BALANCE, row.currency, row.net_minor), ledger.credit(SUSPENSE, row.currency, row.net_minor)]
    row.entry_id = ledger.post(f"bt:{row.id}:unexplained", "J54", legs, reference_id=None, effective_at=row.created_at)
    row.is_unexplained = True
    facts = {"movement": row.id, "type": row.type, "source": row.source_id, "net_minor": row.net_minor, "currency": row.currency}
    # A movement is named by the provider's id, which stands in the facts; the line of history has a subject of its own.
    audit.record(SYSTEM, "provider_movement.unexplained", "provider_movement", new_id(), after=facts)
    return True


def book_top_up(movement_id: str) -> None:
    """The operator has sent money of its own to the provider, which nothing of ours asked for: out of the bank, on our balance (J32)."""
    row = _lock(movement_id)
    if row.entry_id is not None:
        return
    for step, into, out_of in (("started", TOP_UPS, BANK), ("succeeded", STRIPE_BALANCE, TOP_UPS)):
        legs = [ledger.debit(into, row.currency, row.net_minor), ledger.credit(out_of, row.currency, row.net_minor)]
        row.entry_id = ledger.post(f"bt:{row.id}:{step}", "J32", legs, reference_id=None, effective_at=row.created_at)


def _lock(movement_id: str) -> ProviderMovement:
    # Refreshed, since the row may have been written by a statement that the session did not see.
    query = select(ProviderMovement).where(ProviderMovement.id == movement_id).with_for_update()
    return db.session.execute(query.execution_options(populate_existing=True)).scalar_one()
