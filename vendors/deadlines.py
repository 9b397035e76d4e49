"""Hours of the verification desk: Monday to Friday, 08:00 to 17:00 by its own clock (product.md §14)."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

OPENS, CLOSES = time(8), time(17)
FRIDAY = 4
DESK_DAY_HOURS = CLOSES.hour - OPENS.hour


def after_desk_hours(start: datetime, hours: int, zone: str) -> datetime:
    """The instant when so many hours of the desk have passed, in UTC. What comes outside them begins when it opens next."""
    local = start.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    left = timedelta(hours=hours)
    while True:
        opens, closes = datetime.combine(local.date(), OPENS), datetime.combine(local.date(), CLOSES)
        begins = max(local, opens)
        if local.weekday() <= FRIDAY and begins < closes:
            if begins + left <= closes:
                return (begins + left).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
            left -= closes - begins
        local = datetime.combine(local.date() + timedelta(days=1), time())


def after_desk_days(start: datetime, days: int, zone: str) -> datetime:
    """The instant when so many business days of the desk have passed: the same hour of a later day, or its end for what came at night."""
    return after_desk_hours(start, days * DESK_DAY_HOURS, zone)
