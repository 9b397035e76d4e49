"""The messages about change requests."""

from uuid import UUID

from marketplace.accounts.models import Person
from marketplace.core import i18n
from marketplace.core.db import db
from marketplace.core.emails import Letter
from marketplace.orders import queries
from marketplace.orders.emails.letters import about_order, path_for
from marketplace.orders.models import ChangeState
from marketplace.orders.wording import change_word


def change_proposed(vendor_order_id: UUID, person_id: UUID) -> Letter | None:
    """To the other side: what is proposed, and until when it waits; none when it has been answered meanwhile."""
    change = queries.changes_of_orders([vendor_order_id])[vendor_order_id][-1]
    return _about_change("order_change_proposed", vendor_order_id, person_id) if change.state is ChangeState.OPEN else None


def change_answered(vendor_order_id: UUID, person_id: UUID) -> Letter:
    """To either side: what became of the last change that was proposed."""
    return _about_change("order_change_answered", vendor_order_id, person_id)


def _about_change(template: str, vendor_order_id: UUID, person_id: UUID) -> Letter:
    order = queries.order_by_id(vendor_order_id)
    change = queries.changes_of_orders([order.id])[order.id][-1]
    lines = {line.id: line for line in queries.lines_of_orders([order.id])[order.id]}
    rows = sorted(
        ((lines[row.line_id], row) for row in queries.lines_of_changes([change.id])[change.id]), key=lambda pair: pair[0].position
    )
    person = db.session.get_one(Person, person_id)
    with i18n.speaking(person.locale, person.time_zone):
        outcome = change_word(change.state)
    return about_order(
        template,
        vendor_order_id,
        person_id,
        change=change,
        rows=rows,
        outcome=outcome,
        proposer=order.buyer_name if change.proposed_by == "buyer" else order.vendor_name,
        order_path=path_for(order, person_id),
    )
