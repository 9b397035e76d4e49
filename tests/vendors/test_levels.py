"""Levels: the highest n with 1…n all valid on the day."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest

from vendors.deadlines import after_desk_hours
from vendors.levels import a_year_after, level_of
from vendors.slugs import slug_of

TODAY = date(2026, 11, 25)


@dataclass(frozen=True)
class Check:
    level: int
    checked_on: date = date(2026, 1, 1)
    valid_until: date | None = date(2026, 12, 31)
    withdrawn_at: datetime | None = None


@pytest.mark.parametrize(
    ("checks", "level"),
    [
        ([], 0),
        ([Check(1)], 1),
        ([Check(1), Check(2), Check(3)], 3),
        ([Check(2)], 0),
        ([Check(1), Check(3)], 1),
        ([Check(1, valid_until=date(2026, 11, 24)), Check(2)], 0),
        ([Check(1, valid_until=TODAY)], 1),
        ([Check(1, valid_until=None)], 1),
        ([Check(1, checked_on=date(2026, 11, 26))], 0),
        ([Check(1, withdrawn_at=datetime(2026, 2, 1, tzinfo=UTC))], 0),
        ([Check(1, valid_until=date(2026, 2, 1)), Check(1)], 1),
    ],
)
def test_a_level_stands_on_all_below_it(checks: list[Check], level: int) -> None:
    assert level_of(checks, TODAY) == level


def test_a_year_ends_on_the_same_day_and_in_february_on_the_last() -> None:
    assert a_year_after(date(2026, 11, 25)) == date(2027, 11, 25)
    assert a_year_after(date(2028, 2, 29)) == date(2029, 2, 28)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-11-25 09:00", 5, "2026-11-25 14:00"),
        ("2026-11-25 09:00", 16, "2026-11-26 16:00"),
        ("2026-11-25 13:40", 16, "2026-11-27 11:40"),
        ("2026-11-27 16:00", 2, "2026-11-30 09:00"),
        ("2026-11-28 12:00", 1, "2026-11-30 09:00"),
        ("2026-11-25 06:00", 9, "2026-11-25 17:00"),
        ("2026-11-25 22:00", 1, "2026-11-26 09:00"),
    ],
)
def test_the_desk_works_from_eight_to_five_on_working_days(start: str, hours: int, end: str) -> None:
    begins = datetime.fromisoformat(start + "+01:00")

    assert after_desk_hours(begins, hours, "Europe/Stockholm") == datetime.fromisoformat(end + "+01:00")


def test_the_desk_keeps_its_own_clock_when_summer_time_ends() -> None:
    friday = datetime.fromisoformat("2026-10-23T16:00+02:00")

    assert after_desk_hours(friday, 2, "Europe/Stockholm") == datetime.fromisoformat("2026-10-26T09:00+01:00")


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Qianzhu Fasteners Co., Ltd.", "qianzhu-fasteners-co-ltd"),
        ("Kestane Vida A.Ş.", "kestane-vida-a-s"),
        ("Grøn & Łódź", "gron-lodz"),
        ("千筑", ""),
    ],
)
def test_the_address_of_a_shop_is_its_name_in_latin_letters(name: str, slug: str) -> None:
    assert slug_of(name) == slug
