"""The level of a vendor: pure, from its checks (product.md §10)."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Protocol, TypeVar

HIGHEST = 4
RECHECK_DAYS_AHEAD = 30
"""So long before level 1 runs out its next check is asked for, so that nobody has to stop selling for it."""


class Check(Protocol):
    """What is asked of a check of a level."""

    @property
    def level(self) -> int: ...

    @property
    def checked_on(self) -> date: ...

    @property
    def valid_until(self) -> date | None: ...

    @property
    def withdrawn_at(self) -> object: ...


Checked = TypeVar("Checked", bound=Check)


def is_valid(check: Check, today: date) -> bool:
    """Whether a check counts on a day: made by then, not past its last day, not withdrawn."""
    return check.checked_on <= today and (check.valid_until is None or today <= check.valid_until) and check.withdrawn_at is None


def valid_checks(checks: Iterable[Checked], today: date) -> list[Checked]:
    """Those that count on a day, in their order."""
    return [check for check in checks if is_valid(check, today)]


def level_of(checks: Iterable[Check], today: date) -> int:
    """The highest n with 1…n all valid on the day; 0 when nothing is checked."""
    valid = {check.level for check in valid_checks(checks, today)}
    level = 0
    while level < HIGHEST and level + 1 in valid:
        level += 1
    return level


def is_recheck_due(checks: Iterable[Check], today: date) -> bool:
    """Whether level 1 has run out or will within 30 days."""
    return level_of(checks, today + timedelta(days=RECHECK_DAYS_AHEAD)) < 1


def a_year_after(day: date) -> date:
    """The last day of a check that holds 12 months; the 29th of February ends on the 28th."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)
