"""A vendor's holidays and hours."""

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from marketplace.core import clock
from tests.factories.vendors import make_vendor
from tests.vendors.portal import enter, shown
from vendors import queries
from vendors.views.words import hours_now


@pytest.mark.parametrize(("begins", "ends"), [("2026-12-24", ""), ("", "2026-12-24"), ("2026-12-24", "2026-12-20")])
def test_a_holiday_has_a_first_and_a_last_day_in_order(client: FlaskClient, begins: str, ends: str) -> None:
    enter(client, make_vendor())

    assert client.post("/portal/shop/holiday", data={"holiday_from": begins, "holiday_until": ends}).status_code == 422


def test_a_holiday_stops_buying_and_says_until_when(client: FlaskClient) -> None:
    vendor = make_vendor()
    enter(client, vendor)
    today = clock.now().date()

    client.post(
        "/portal/shop/holiday",
        data={"note_en": "Stock count.", "holiday_from": str(today), "holiday_until": str(today + timedelta(days=6))},
    )

    assert not queries.facts_of([vendor.id])[vendor.id].can_sell
    assert "Holiday until" in shown(client, vendor)


def test_a_holiday_to_come_is_said_and_does_not_stop_buying(client: FlaskClient) -> None:
    vendor = make_vendor()
    enter(client, vendor)
    today = clock.now().date()
    dates = {"holiday_from": str(today + timedelta(days=3)), "holiday_until": str(today + timedelta(days=9))}

    client.post("/portal/shop/holiday", data=dates)
    facts = queries.facts_of([vendor.id])[vendor.id]

    assert facts.can_sell
    assert facts.next_holiday_until == today + timedelta(days=9)
    assert "Until then you can order" in shown(client, vendor)


def test_a_holiday_is_ended_by_hand(client: FlaskClient) -> None:
    today = clock.now().date()
    vendor = make_vendor(holiday_from=today, holiday_until=today + timedelta(days=5), holiday_note={"en": "Stock count."})
    enter(client, vendor)

    client.post("/portal/shop/holiday", data={"act": "open", "holiday_from": "nonsense"})

    assert queries.facts_of([vendor.id])[vendor.id].can_sell
    assert queries.vendor_by_id(vendor.id).holiday_note == {}


def test_a_holiday_that_is_over_is_refused(client: FlaskClient) -> None:
    enter(client, make_vendor())

    response = client.post("/portal/shop/holiday", data={"holiday_from": "2020-01-01", "holiday_until": "2020-01-05"})

    assert response.status_code == 422
    assert 'id="holiday_until-error"' in response.get_data(as_text=True)


def test_hours_know_a_week_with_gaps_and_closed_days(client: FlaskClient) -> None:
    vendor = make_vendor(hours={"days": "Mon-Tue, Sat", "open": "00:00", "close": "23:59"})
    saturday = datetime(2026, 11, 28, 12, tzinfo=UTC)

    with clock.at(saturday):
        open_then = hours_now(vendor, "UTC")
    vendor.closed_days = [saturday.date()]
    with clock.at(saturday):
        closed_then = hours_now(vendor, "UTC")
    vendor.closed_days, vendor.holiday_from, vendor.holiday_until = [], saturday.date(), saturday.date() + timedelta(days=6)
    with clock.at(saturday):
        away_then = hours_now(vendor, "UTC")

    assert open_then is not None
    assert closed_then is not None
    assert away_then is not None
    assert (open_then.is_open, closed_then.is_open, away_then.is_open) == (True, False, False)
    assert open_then.days == "Mon–Tue, Sat"
