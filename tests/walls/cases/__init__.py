"""Every case of every room; a route without one fails `tests/structure/test_tenants.py`."""

from tests.walls.cases import (
    accounts,
    carts,
    catalogue,
    categories,
    claims,
    imports,
    learning,
    marketing,
    money,
    orders,
    payments,
    platform,
    pricing,
    trade,
    vendors,
    watching,
)

CASES = [
    *accounts.CASES,
    *vendors.CASES,
    *catalogue.CASES,
    *categories.CASES,
    *imports.CASES,
    *pricing.CASES,
    *trade.CASES,
    *carts.CASES,
    *orders.CASES,
    *claims.CASES,
    *payments.CASES,
    *money.CASES,
    *platform.CASES,
    *learning.CASES,
    *marketing.CASES,
    *watching.CASES,
]

WITHOUT_CASE = {
    ("payments.receive_stripe_event", "POST"): "signed by the provider; tests/payments proves what an unsigned one gets",
    ("admin.list_mail", "GET"): "development only; this file asks that it is absent",
    ("admin.show_letter", "GET"): "development only; this file asks that it is absent",
    ("accounts.give_second_step", "GET"): "only after a right password; tests/accounts/test_two_step.py",
    ("accounts.give_second_step", "POST"): "needs the code of this half minute; tests/accounts/test_two_step.py",
    ("accounts.set_up_app", "POST"): "needs the code of this half minute; tests/accounts/test_two_step.py",
    ("accounts.show_app_picture", "GET"): "only while an app is set up, kept on the cookie; tests/accounts/test_two_step.py",
    ("accounts.log_in_with_passkey", "POST"): "signed by a device; tests/accounts/test_passkeys.py",
    ("accounts.add_passkey", "POST"): "signed by a device; tests/accounts/test_passkeys.py",
}
"""(endpoint, method) → why it has none."""
