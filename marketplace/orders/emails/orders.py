"""The messages about purchases and vendor orders, one function for each."""

from uuid import UUID

from marketplace.core.emails import Letter
from marketplace.orders import queries
from marketplace.orders.emails.letters import about_order, about_purchase, path_for
from payments import queries as payments


def order_placed(purchase_id: UUID, person_id: UUID) -> Letter:
    """To the buyer: what was ordered, and until when it waits for the money."""
    return about_purchase("order_placed", purchase_id, person_id)


def unpaid(purchase_id: UUID, person_id: UUID) -> Letter:
    """To the buyer on day 3: still not paid."""
    return about_purchase("order_unpaid", purchase_id, person_id)


def cancelled_unpaid(purchase_id: UUID, person_id: UUID) -> Letter:
    """To the buyer on day 5: cancelled, because it was not paid."""
    return about_purchase("order_cancelled_unpaid", purchase_id, person_id)


def accept_by(vendor_order_id: UUID, person_id: UUID) -> Letter | None:
    """To the vendor: a paid order, and until when it waits for an answer; none when it is answered already."""
    return _while_unanswered("order_to_accept", vendor_order_id, person_id)


def accept_reminder(vendor_order_id: UUID, person_id: UUID) -> Letter | None:
    """To the vendor: the answer is due soon; none when it is there already."""
    return _while_unanswered("order_accept_reminder", vendor_order_id, person_id)


def _while_unanswered(template: str, vendor_order_id: UUID, person_id: UUID) -> Letter | None:
    if queries.order_by_id(vendor_order_id).cancel_unaccepted_at is None:
        return None
    held_minor = payments.any_hold_of_vendor_order(vendor_order_id).held_minor
    return about_order(template, vendor_order_id, person_id, held_minor=held_minor)


def accepted(vendor_order_id: UUID, person_id: UUID) -> Letter:
    """To the buyer: the vendor takes the order."""
    return about_order("order_accepted", vendor_order_id, person_id)


def declined(vendor_order_id: UUID, person_id: UUID) -> Letter:
    """To the buyer: the vendor does not take the order, and why."""
    return about_order("order_declined", vendor_order_id, person_id)


def cancelled(vendor_order_id: UUID, person_id: UUID) -> Letter:
    """To either side: a paid order has ended, and why."""
    order = queries.order_by_id(vendor_order_id)
    return about_order("order_cancelled", vendor_order_id, person_id, order_path=path_for(order, person_id))


def shipped(vendor_order_id: UUID, person_id: UUID) -> Letter:
    """To the buyer: carrier, tracking and what is in the last shipment; whether something is still to come."""
    shipment = queries.shipments_of_orders([vendor_order_id])[vendor_order_id][-1]
    lines = {line.id: line for line in queries.lines_of_orders([vendor_order_id])[vendor_order_id]}
    contents = [(lines[row.line_id], row) for row in queries.lines_of_shipments([shipment.id])[shipment.id]]
    left = any(line.to_ship for line in lines.values())
    return about_order("order_shipped", vendor_order_id, person_id, shipment=shipment, contents=contents, left=left)


def stage(vendor_order_id: UUID, person_id: UUID) -> Letter:
    """To the buyer: what has been reached in production."""
    newest = queries.stages_of_orders([vendor_order_id])[vendor_order_id][0]
    photos = len(queries.photos_of_stages([newest.id])[newest.id])
    return about_order("order_stage", vendor_order_id, person_id, stage=newest, photos=photos)


def delivered(vendor_order_id: UUID, person_id: UUID) -> Letter | None:
    """To the buyer: the end of the inspection, and what happens then; none when its clock has been stopped meanwhile."""
    return _while_inspecting("order_delivered", vendor_order_id, person_id)


def inspection_reminder(vendor_order_id: UUID, person_id: UUID) -> Letter | None:
    """To the buyer: the inspection ends soon; none when its clock has been stopped meanwhile."""
    return _while_inspecting("order_inspection_reminder", vendor_order_id, person_id)


def _while_inspecting(template: str, vendor_order_id: UUID, person_id: UUID) -> Letter | None:
    if queries.order_by_id(vendor_order_id).inspection_ends_at is None:
        return None
    held_minor = payments.any_hold_of_vendor_order(vendor_order_id).held_minor
    return about_order(template, vendor_order_id, person_id, held_minor=held_minor)


def released(vendor_order_id: UUID, person_id: UUID, *, released_minor: int, fee_minor: int) -> Letter:
    """To the vendor: the money, or that of some lines, is its own, less the commission."""
    sums = {"released_minor": released_minor, "fee_minor": fee_minor, "net_minor": released_minor - fee_minor}
    is_part = payments.any_hold_of_vendor_order(vendor_order_id).amount_minor > released_minor
    return about_order("order_released", vendor_order_id, person_id, is_part=is_part, **sums)


def refunded(vendor_order_id: UUID, person_id: UUID, *, amount_minor: int) -> Letter:
    """To the buyer: the money, or a part of it, is on its way back."""
    return about_order("order_refunded", vendor_order_id, person_id, refunded_minor=amount_minor)
