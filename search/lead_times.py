"""How long a quantity takes, as bands that the index can hold (pure).

The page says the same of one quantity (`LineVariant.lead_days`): what is in stock is ready as far as it goes, more of it comes in later or
is not promised; what is made is ready with the last month whose capacity it takes. Nobody can buy less than the smallest order, so a
smaller quantity takes as long as that.
"""

from collections.abc import Iterable

from marketplace.catalogue.queries.lines import MONTH_DAYS
from search.documents import LEAD_SLOTS, OPEN

Band = tuple[int | None, int | None]
"""(up to quantity in the index's unit, or open; days at most, or not stated)."""
Bands = tuple[Band, ...]
FAR = 100_000
"""Days that are longer than any which can be told, for what is made in more months than the index has slots for."""
MANY = 10**9
"""A quantity in the index's unit, a million pieces: among what is `FAR` the months that it takes decide."""


def in_order(bands: Iterable[Band]) -> Bands:
    """Bands by rising quantity."""
    return tuple(sorted(bands, key=lambda band: _end(band[0])))


def _end(up_to: int | None) -> int:
    return OPEN if up_to is None else up_to


def from_stock(bands: Bands, available: int, later: int | None) -> Bands:
    """Lead times of what is in stock hold as far as it goes. For more, goods come in `later` days, or nothing is promised (None)."""
    found: list[Band] = []
    start = 0
    for up_to, days in bands:
        if start < available:
            found.append((min(_end(up_to), available), days))
        if _end(up_to) > available and later is not None:
            found.append((up_to, _after(days, later)))
        start = _end(up_to)
    return tuple(found)


def made(bands: Bands, month: int, minimum: int) -> Bands:
    """Lead times of what is made, of which a month makes `month`: each further month that a quantity takes adds its days. They begin with
    the month that the smallest order is ready in, so that no slot is spent on what nobody can buy.

    Months that the slots of the index do not reach are `FAR`: nobody filters by them, and they stand after all that the slots reach. Among
    themselves the one that makes less a month stands later, and of two that make the same the one that takes longer for little. That is
    not always their true order: it hangs on the quantity, and an engine orders by what a document holds and reckons nothing. To read the
    rows of all that is far would cost a page more than it costs now for a thousand of them. The page tells the true days of each.
    """
    found: list[Band] = []
    start = (minimum - 1) // month * month
    for up_to, days in from_minimum(bands, minimum):
        while start < _end(up_to):
            months = start // month
            is_last = len(found) >= LEAD_SLOTS - 1
            stop = _end(up_to) if is_last else min(_end(up_to), (months + 1) * month)
            later = FAR + MONTH_DAYS * MANY // month if stop > (months + 1) * month else months * MONTH_DAYS
            found.append((None if stop == OPEN else stop, _after(days, later)))
            start = stop
    return tuple(found)


def from_minimum(bands: Bands, minimum: int) -> Bands:
    """Without the bands that the smallest order is above."""
    return tuple(band for band in bands if _end(band[0]) >= minimum)


def _after(days: int | None, later: int) -> int | None:
    return None if days is None else days + later
