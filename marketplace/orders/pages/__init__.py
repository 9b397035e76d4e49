"""What the order pages show: reads of several rooms put together, ready to be written."""

from marketplace.orders.pages.claims import ClaimLineView, ClaimView, claim_views
from marketplace.orders.pages.documents import Document, documents_of
from marketplace.orders.pages.history import SHOWN, story, story_of_order
from marketplace.orders.pages.money import MoneyView, money_view
from marketplace.orders.pages.orders import LineView, OrderView, arrival, on_time_so_far, order_views

__all__ = [
    "SHOWN",
    "ClaimLineView",
    "ClaimView",
    "Document",
    "LineView",
    "MoneyView",
    "OrderView",
    "arrival",
    "claim_views",
    "documents_of",
    "money_view",
    "on_time_so_far",
    "order_views",
    "story",
    "story_of_order",
]
