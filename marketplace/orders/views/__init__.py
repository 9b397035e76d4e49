"""The door of the orders: checkout, the buyer's purchases, the vendor's orders, the platform's problems."""

from marketplace.orders.views import (
    appeals,
    buyer,
    changes,
    checkout,
    claims,
    claims_desk,
    claims_vendor,
    desk,
    documents,
    production,
    quantities,
    reorder,
    shipments,
    vendor,
)
from marketplace.orders.views.blueprint import bp

__all__ = [
    "appeals",
    "buyer",
    "changes",
    "checkout",
    "claims",
    "claims_desk",
    "claims_vendor",
    "desk",
    "documents",
    "production",
    "quantities",
    "reorder",
    "shipments",
    "vendor",
]

blueprints = [bp]
