"""The door of the orders: checkout, the buyer's purchases, the vendor's orders, the platform's problems."""

from marketplace.orders.views import buyer, checkout, desk, vendor
from marketplace.orders.views.blueprint import bp

__all__ = ["buyer", "checkout", "desk", "vendor"]

blueprints = [bp]
