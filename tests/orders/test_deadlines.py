"""Business days in the zone and week of the vendor; the clock of the inspection."""

from datetime import UTC, datetime, timedelta

import pytest

from marketplace.orders.deadlines import (
    MONDAY_TO_FRIDAY,
    Week,
    accept_by,
    after_business_hours,
    inspection_day,
    inspection_end,
    inspection_reminders,
)
from vendors.week import working_days

STOCKHOLM = Week("Europe/Stockholm")
HAIYAN = Week("Asia/Shanghai", working_days("Mon-Sat"))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("funded", "due"),
    [
        pytest.param("2026-11-25T16:20+01:00", "2026-11-26T16:20+01:00", id="wednesday to thursday"),
        pytest.param("2026-11-27T16:20+01:00", "2026-11-30T16:20+01:00", id="friday to monday"),
        pytest.param("2026-11-28T10:00+01:00", "2026-12-01T00:00+01:00", id="saturday begins on monday, and monday is its day"),
        pytest.param("2026-11-29T23:59+01:00", "2026-12-01T00:00+01:00", id="sunday evening too"),
        pytest.param("2026-11-27T23:30+00:00", "2026-12-01T00:00+01:00", id="friday in UTC is saturday in Stockholm"),
        pytest.param("2026-10-23T12:00+02:00", "2026-10-26T12:00+01:00", id="over the change to winter time by the vendor's clock"),
        pytest.param("2027-03-26T12:00+01:00", "2027-03-29T12:00+02:00", id="over the change to summer time by the vendor's clock"),
    ],
)
def test_one_business_day_of_a_swedish_vendor(funded: str, due: str) -> None:
    assert accept_by(at(funded), business_days=1, week=STOCKHOLM) == at(due)


def test_a_vendor_that_works_on_saturdays_answers_by_saturday() -> None:
    assert accept_by(at("2026-11-27T16:20+08:00"), business_days=1, week=HAIYAN) == at("2026-11-28T16:20+08:00")
    assert accept_by(at("2026-11-28T16:20+08:00"), business_days=1, week=HAIYAN) == at("2026-11-30T16:20+08:00")


def test_a_deadline_is_an_instant_of_utc() -> None:
    assert accept_by(at("2026-11-25T16:20+08:00"), business_days=1, week=HAIYAN).tzinfo is UTC


def test_the_reminder_is_not_eaten_by_a_weekend() -> None:
    assert after_business_hours(at("2026-11-27T16:20+01:00"), 20, STOCKHOLM) == at("2026-11-30T12:20+01:00")


def test_an_unknown_zone_counts_in_utc() -> None:
    assert accept_by(at("2026-11-25T16:20+00:00"), business_days=1, week=Week("Nowhere/At all")) == at("2026-11-26T16:20+00:00")


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("Mon-Fri", {0, 1, 2, 3, 4}),
        ("Mon–Sat", {0, 1, 2, 3, 4, 5}),
        ("Mon-Thu", {0, 1, 2, 3}),
        ("Sun-Thu", {6, 0, 1, 2, 3}),
        ("Monday to Wednesday", {0, 1, 2}),
        ("Mon, Wed, Fri", {0, 2, 4}),
        ("Sat", {5}),
        ("", MONDAY_TO_FRIDAY),
        ("by appointment", MONDAY_TO_FRIDAY),
        (None, MONDAY_TO_FRIDAY),
    ],
)
def test_working_days_are_read_from_what_the_shop_says(written: str | None, days: set[int]) -> None:
    assert working_days(written) == days


def test_the_inspection_lasts_whole_days_from_the_delivery() -> None:
    assert inspection_end(at("2026-11-21T09:40+00:00"), days=10) == at("2026-12-01T09:40+00:00")


def test_the_buyer_is_reminded_at_half_at_four_fifths_and_a_day_before_the_end() -> None:
    delivered = at("2026-11-21T09:40+00:00")

    reminders = inspection_reminders(delivered, delivered + timedelta(days=10))

    assert reminders == {
        "50": delivered + timedelta(days=5),
        "80": delivered + timedelta(days=8),
        "24h": delivered + timedelta(days=9),
    }


def test_a_short_inspection_has_no_reminder_before_it_begins_and_none_twice() -> None:
    delivered = at("2026-11-21T09:40+00:00")

    assert set(inspection_reminders(delivered, delivered + timedelta(days=1))) == {"50", "80"}
    assert set(inspection_reminders(delivered, delivered + timedelta(days=2))) == {"50", "80"}


def test_the_day_of_an_inspection_stays_within_it() -> None:
    delivered = at("2026-11-21T09:40+00:00")

    assert inspection_day(delivered, delivered, days=10) == 1
    assert inspection_day(delivered, delivered + timedelta(days=3, hours=1), days=10) == 4
    assert inspection_day(delivered, delivered + timedelta(days=40), days=10) == 10
    assert inspection_day(delivered, delivered - timedelta(hours=1), days=10) == 1
