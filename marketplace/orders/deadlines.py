"""Pure time of the orders: business days in the zone and week of the company that a deadline binds (product.md §8)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from vendors.week import MONDAY_TO_FRIDAY

HOUR = timedelta(hours=1)
REMINDERS = ("50", "80", "24h")
"""When the buyer is reminded of the inspection: at 50 and 80 percent of it, and 24 hours before its end (payments.md §4.2)."""


@dataclass(frozen=True, slots=True)
class Week:
    """Where and when a company works: an IANA zone, the weekdays (Monday is 0), and single days on which it does not."""

    zone: str
    days: frozenset[int] = MONDAY_TO_FRIDAY
    holidays: frozenset[date] = frozenset()

    def works_on(self, day: date) -> bool:
        """Whether a day counts."""
        return day.weekday() in self.days and day not in self.holidays


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def after_business_hours(start: datetime, hours: int, week: Week) -> datetime:
    """The instant when `hours` hours of working days have passed; a working day counts its 24 hours by the company's own clock.

    From Friday 16:20 one day (24 hours) ends on Monday 16:20; what begins on a Saturday begins on Monday 00:00. Returns UTC.
    """
    zone = _zone(week.zone)
    local = start.astimezone(zone).replace(tzinfo=None)
    left = timedelta(hours=hours)
    while True:
        midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        if week.works_on(local.date()):
            if local + left <= midnight:
                # A day that ends at midnight ends: the deadline never slips over a weekend because of it.
                return (local + left).replace(tzinfo=zone).astimezone(UTC)
            left -= midnight - local
        local = midnight


def accept_by(funded_at: datetime, *, business_days: int, week: Week) -> datetime:
    """Until when the vendor answers: business days of its own zone and week."""
    return after_business_hours(funded_at, 24 * business_days, week)


def accept_reminder(funded_at: datetime, *, hours: int, week: Week) -> datetime:
    """When the vendor is reminded: after so many hours of its business days, so that a weekend does not eat the reminder."""
    return after_business_hours(funded_at, hours, week)


def inspection_end(delivered_at: datetime, *, days: int) -> datetime:
    """When the inspection ends and the money goes by itself: whole days after delivery."""
    return delivered_at + timedelta(days=days)


def inspection_reminders(delivered_at: datetime, ends_at: datetime) -> dict[str, datetime]:
    """When the buyer is reminded of a running inspection, by a name for each reminder; two at the same moment are one."""
    window = ends_at - delivered_at
    wanted = dict(zip(REMINDERS, (delivered_at + window * 50 // 100, delivered_at + window * 80 // 100, ends_at - 24 * HOUR), strict=True))
    kept: dict[str, datetime] = {}
    for name, at in wanted.items():
        if delivered_at < at < ends_at and all(abs(at - other) >= HOUR for other in kept.values()):
            kept[name] = at
    return kept


def inspection_day(delivered_at: datetime, now: datetime, *, days: int) -> int:
    """Which day of the inspection it is, from 1 to `days`."""
    return max(1, min(days, (now - delivered_at) // timedelta(days=1) + 1))
