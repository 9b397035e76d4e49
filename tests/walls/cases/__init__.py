"""Every case of every room; a route without one fails `tests/structure/test_tenants.py`."""

from tests.walls.cases import accounts, catalogue, money, platform, trade, vendors

CASES = [*accounts.CASES, *vendors.CASES, *catalogue.CASES, *trade.CASES, *money.CASES, *platform.CASES]

WITHOUT_CASE = {
    ("payments.receive_stripe_event", "POST"): "signed by the provider; tests/payments proves what an unsigned one gets",
    ("admin.list_mail", "GET"): "development only; this file asks that it is absent",
    ("admin.show_letter", "GET"): "development only; this file asks that it is absent",
}
"""(endpoint, method) → why it has none."""
