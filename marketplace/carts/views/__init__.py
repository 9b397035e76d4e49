"""The door of the buyer's tools: the cart, quick order, lists, and the account's home."""

from marketplace.carts.views import cart, home, lists, quick_order, samples
from marketplace.carts.views.blueprint import bp

__all__ = ["cart", "home", "lists", "quick_order", "samples"]

blueprints = [bp]
