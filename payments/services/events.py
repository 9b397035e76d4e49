"""The inbox: a message of the provider is stored once under its id, and handled by a job that fetches the object again."""

from sqlalchemy.dialects.postgresql import insert

from marketplace.core import clock, jobs
from marketplace.core.db import db
from payments.facts import ProviderEvent as Message
from payments.models import ProviderEvent

HANDLED = frozenset(
    {
        "checkout.session.completed",
        "checkout.session.expired",
        "checkout.session.async_payment_succeeded",
        "checkout.session.async_payment_failed",
        "payment_intent.processing",
        "payment_intent.requires_action",
        "payment_intent.succeeded",
        "payment_intent.payment_failed",
        "payment_intent.canceled",
        "refund.created",
        "refund.updated",
        "refund.failed",
        "transfer.created",
        "transfer.reversed",
        "account.updated",
        "capability.updated",
        "account.external_account.created",
        "account.external_account.updated",
        "account.external_account.deleted",
    }
)
"""Types that mean something here (payments.md §4.6). The others are stored and left."""

ACCOUNTS = "v2.core.account"
"""Beginning of the thin messages about accounts."""


def store_provider_event(message: Message) -> bool:
    """Store a verified message and have it handled; False when it was here before, however often it comes."""
    now = clock.now()
    is_ours = message.type in HANDLED or message.type.startswith(ACCOUNTS)
    values = {
        "id": message.id,
        "type": message.type,
        "object_id": message.object_id,
        "created_at": message.created_at,
        # Only what the look-up needs: names and addresses of buyers stay with the provider.
        "payload": {"object": message.object_kind, "account": message.account_id, "hints": message.hints},
        "received_at": now,
        "handled_at": None if is_ours else now,
        "outcome": None if is_ours else "left",
    }
    statement = insert(ProviderEvent).values(values).on_conflict_do_nothing().returning(ProviderEvent.id)
    if db.session.execute(statement).scalar() is None:
        return False
    if is_ours:
        jobs.enqueue("payments.apply_provider_event", event_id=message.id, key=f"event:{message.id}")
    return True


def finish_event(event_id: str, outcome: str) -> None:
    """The message was acted on; `outcome` says in a few words what came of it."""
    event = db.session.get_one(ProviderEvent, event_id)
    event.handled_at = clock.now()
    event.outcome = outcome
