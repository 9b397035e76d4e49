"""Pages of the payments room, and the address that the provider writes to."""

from payments.views import bank_details, buyer, desk, money, portal, provider
from payments.views.blueprint import bp

__all__ = ["bank_details", "buyer", "desk", "money", "portal", "provider"]

blueprints = [bp]
