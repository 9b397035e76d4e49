"""What a certificate proved on the day of an order."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from marketplace.core import clock
from marketplace.core.db import db
from tests.factories.accounts import log_in
from tests.factories.orders import make_order
from tests.factories.vendors import make_certificate
from vendors.certificates import was_valid_on
from vendors.models import Certificate


def test_an_order_keeps_the_proof_of_its_day(client: FlaskClient) -> None:
    trade, order = make_order()
    vendor = trade.vendors[0]
    early = clock.now() - timedelta(days=10)
    make_certificate(vendor, checked_at=early, number="OLD-1", withdrawn_at=clock.now() + timedelta(days=5))
    make_certificate(vendor, scheme="CE", checked_at=clock.now() + timedelta(days=3), number="LATER-2")
    make_certificate(vendor, scheme="FSC", number="NEVER-3", is_checked=False)
    db.session.commit()
    log_in(client, trade.person, trade.buyer)

    page = client.get(f"/orders/{order.number}/certificates").get_data(as_text=True)

    assert "OLD-1" in page
    assert "LATER-2" not in page
    assert "NEVER-3" not in page


def test_a_stranger_has_no_proof_of_an_order(client: FlaskClient) -> None:
    _, order = make_order()
    other, _ = make_order()
    log_in(client, other.person, other.buyer)

    assert client.get(f"/orders/{order.number}/certificates").status_code == 404


@pytest.mark.parametrize(
    ("changes", "day", "valid"),
    [
        ({}, date(2026, 6, 1), True),
        ({"valid_from": date(2026, 6, 2)}, date(2026, 6, 1), False),
        ({"valid_until": date(2026, 5, 31)}, date(2026, 6, 1), False),
        ({"valid_until": date(2026, 6, 1)}, date(2026, 6, 1), True),
        ({"checked_at": datetime(2026, 6, 1, 23, 59, tzinfo=UTC)}, date(2026, 6, 1), True),
        ({"checked_at": datetime(2026, 6, 2, tzinfo=UTC)}, date(2026, 6, 1), False),
        ({"checked_at": None}, date(2026, 6, 1), False),
        ({"withdrawn_at": datetime(2026, 5, 31, 12, tzinfo=UTC)}, date(2026, 6, 1), False),
        ({"withdrawn_at": datetime(2026, 6, 1, 12, tzinfo=UTC)}, date(2026, 6, 1), True),
    ],
)
def test_validity_on_a_day_needs_dates_check_and_no_withdrawal(changes: dict[str, Any], day: date, valid: bool) -> None:
    fields: dict[str, Any] = {
        "valid_from": date(2026, 1, 1),
        "valid_until": None,
        "checked_at": datetime(2026, 1, 5, tzinfo=UTC),
        "withdrawn_at": None,
        "refused_at": None,
    }

    assert was_valid_on(Certificate(**(fields | changes)), day) is valid
