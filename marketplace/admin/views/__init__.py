"""The pages of the desk, the public ones (rules, fees, status), and the mail of development."""

from marketplace.admin.views import companies, history, home, mail, metrics, orders, rules, settings, status, vendors
from marketplace.admin.views.blueprint import bp

__all__ = ["companies", "history", "home", "mail", "metrics", "orders", "rules", "settings", "status", "vendors"]
blueprints = [bp]
