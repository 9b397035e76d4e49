"""When a price was lowered, and the lowest price of the 30 days before (pure; product.md §4, Directive 98/6/EC article 6a)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

DAYS = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Reduction:
    """A price that was lowered within the last 30 days. Prices are micro; `lowest_micro` is of the 30 days before `since`."""

    before_micro: int
    lowest_micro: int
    since: datetime


def last_reduction(history: Sequence[tuple[datetime, int]], now: datetime) -> Reduction | None:
    """The last time that a price went down, if that is not longer ago than 30 days and it has not risen since.

    `history` is [(from when, price)] by time; each price holds until the next one.
    """
    steps = [step for number, step in enumerate(history) if number == 0 or history[number - 1][1] != step[1]]
    if len(steps) < 2 or steps[-1][1] >= steps[-2][1] or steps[-1][0] < now - DAYS:
        return None
    since, before = steps[-1][0], steps[-2][1]
    ends = [*(begin for begin, _ in steps[1:]), now]
    held = [price for (_, price), end in zip(steps[:-1], ends[:-1], strict=True) if end > since - DAYS]
    return Reduction(before, min(held), since)
