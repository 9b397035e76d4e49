"""Reads of what passes between the provider and us. Not scoped: for doors and services that have scoped their subject already."""

from uuid import UUID

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.errors import NotFound
from payments.models import Operation, ProviderEvent, ProviderMovement


def operation_by_id(operation_id: UUID) -> Operation:
    """A call to the provider. Raises: NotFound."""
    operation = db.session.get(Operation, operation_id)
    if operation is None:
        raise NotFound
    return operation


def lock_operation(operation_id: UUID) -> Operation:
    """A call to the provider, locked. Raises: NotFound."""
    query = select(Operation).where(Operation.id == operation_id).with_for_update().execution_options(populate_existing=True)
    operation = db.session.scalar(query)
    if operation is None:
        raise NotFound
    return operation


def find_operation(kind: str, subject_id: UUID) -> Operation | None:
    """The newest call of a kind for a payment, hold, refund or vendor."""
    query = select(Operation).where(Operation.kind == kind, Operation.subject_id == subject_id)
    return db.session.scalar(query.order_by(Operation.round.desc()).limit(1).execution_options(populate_existing=True))


def find_operation_of(stripe_id: str) -> Operation | None:
    """The call whose answer was this object of the provider's."""
    return db.session.scalar(select(Operation).where(Operation.stripe_id == stripe_id).limit(1))


def event_by_id(event_id: str) -> ProviderEvent:
    """A stored message. Raises: NotFound."""
    event = db.session.get(ProviderEvent, event_id)
    if event is None:
        raise NotFound
    return event


def movement_by_id(movement_id: str) -> ProviderMovement:
    """A movement at the provider. Raises: NotFound."""
    movement = db.session.get(ProviderMovement, movement_id, populate_existing=True)
    if movement is None:
        raise NotFound
    return movement
