"""The messages of the orders; each is written to one reader in that reader's language and zone."""

from marketplace.orders.emails.changes import change_answered, change_proposed
from marketplace.orders.emails.claims import claim_news
from marketplace.orders.emails.orders import (
    accept_by,
    accept_reminder,
    accepted,
    cancelled,
    cancelled_unpaid,
    declined,
    delivered,
    inspection_reminder,
    order_placed,
    refunded,
    released,
    shipped,
    stage,
    unpaid,
)

__all__ = [
    "accept_by",
    "accept_reminder",
    "accepted",
    "cancelled",
    "cancelled_unpaid",
    "change_answered",
    "change_proposed",
    "claim_news",
    "declined",
    "delivered",
    "inspection_reminder",
    "order_placed",
    "refunded",
    "released",
    "shipped",
    "stage",
    "unpaid",
]
