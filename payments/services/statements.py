"""The lines of a vendor's statement, written with the entries that they tell of."""

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.ids import new_id
from payments.models import Hold, StatementKind, StatementLine


def write_line(hold: Hold, kind: StatementKind, amount_minor: int) -> None:
    """One movement of the vendor's account with the platform; one of 0 is none."""
    if amount_minor:
        db.session.add(
            StatementLine(
                id=new_id(),
                vendor_id=hold.vendor_id,
                hold_id=hold.id,
                order_number=hold.order_number,
                currency=hold.currency,
                at=clock.now(),
                kind=kind,
                amount_minor=amount_minor,
            )
        )
