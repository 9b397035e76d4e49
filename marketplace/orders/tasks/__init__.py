"""Jobs of the orders: the clockwork, and one message for each reader."""

from marketplace.orders.tasks import claims, clockwork, mails, photos

__all__ = ["claims", "clockwork", "mails", "photos"]
