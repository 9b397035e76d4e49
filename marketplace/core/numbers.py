"""Numbers that people see: `PO-2026-000042`. By sequence, so gaps are allowed (decisions.md 1)."""

from sqlalchemy import Sequence

from marketplace.core import clock
from marketplace.core.db import Base, db

purchase_numbers = Sequence("purchase_numbers", metadata=Base.metadata)
vendor_order_numbers = Sequence("vendor_order_numbers", metadata=Base.metadata)
claim_numbers = Sequence("claim_numbers", metadata=Base.metadata)


def next_number(prefix: str, sequence: Sequence) -> str:
    """The next number of a series, with the year of the clock."""
    value = db.session.scalar(sequence.next_value())
    return f"{prefix}-{clock.now():%Y}-{value:06d}"
