"""The working week of a vendor as it is written (`Mon-Fri`, `Mon, Wed, Fri`) and as days, Monday being 0. Pure."""

import re
from collections.abc import Iterable

DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONDAY_TO_FRIDAY = frozenset(range(5))


def working_days(written: str | None) -> frozenset[int]:
    """The weekdays of what is written; Monday to Friday when nothing readable is."""
    days: set[int] = set()
    for part in re.split(r"[,;/]", (written or "").lower()):
        ends = [DAY_NAMES.index(word[:3]) for word in re.findall(r"[a-z]{3,}", part) if word[:3] in DAY_NAMES]
        if len(ends) == 1:
            days.add(ends[0])
        elif len(ends) == 2:
            days.update((ends[0] + n) % 7 for n in range((ends[1] - ends[0]) % 7 + 1))
    return frozenset(days) or MONDAY_TO_FRIDAY


def runs(days: Iterable[int]) -> list[tuple[int, int]]:
    """Neighbouring days put together: (first, last) of each run, in order."""
    found: list[tuple[int, int]] = []
    for day in sorted(set(days)):
        if found and found[-1][1] == day - 1:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


def written_days(days: Iterable[int]) -> str:
    """How days are stored: `Mon-Fri`, `Mon-Tue, Sat`; empty without any."""
    names = [name.capitalize() for name in DAY_NAMES]
    return ", ".join(names[first] if first == last else f"{names[first]}-{names[last]}" for first, last in runs(days))
