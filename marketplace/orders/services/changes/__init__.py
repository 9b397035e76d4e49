"""Changes after placement: one side proposes, the other signs; what was promised first stays (product.md §8)."""

from marketplace.orders.services.changes.answering import (
    accept_change_as_buyer,
    accept_change_as_vendor,
    decline_change_as_buyer,
    decline_change_as_vendor,
    expire_change,
    withdraw_change_as_buyer,
    withdraw_change_as_vendor,
)
from marketplace.orders.services.changes.proposing import (
    propose_cancel_as_buyer,
    propose_cancel_as_vendor,
    propose_days_as_buyer,
    propose_days_as_vendor,
    propose_quantities_as_buyer,
    propose_quantities_as_vendor,
)

__all__ = [
    "accept_change_as_buyer",
    "accept_change_as_vendor",
    "decline_change_as_buyer",
    "decline_change_as_vendor",
    "expire_change",
    "propose_cancel_as_buyer",
    "propose_cancel_as_vendor",
    "propose_days_as_buyer",
    "propose_days_as_vendor",
    "propose_quantities_as_buyer",
    "propose_quantities_as_vendor",
    "withdraw_change_as_buyer",
    "withdraw_change_as_vendor",
]
