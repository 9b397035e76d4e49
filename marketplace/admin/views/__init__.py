"""The pages of the desk, the public status page, and the mail of development."""

from marketplace.admin.views import history, home, mail, orders, status, vendors
from marketplace.admin.views.blueprint import bp

__all__ = ["history", "home", "mail", "orders", "status", "vendors"]
blueprints = [bp]
