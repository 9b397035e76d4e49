"""Sums of searches by the hour: made when an hour is over, taken away by what comes late, forgotten with the searches."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, func, insert, literal, select

from marketplace.core import clock
from marketplace.core.db import db
from search.learning.hours import HOUR, counted_positions, counted_vendors, hour_of, is_over
from search.learning.models import PositionSum, SearchHour, SearchRecord, VendorSum


def sum_hour() -> bool:
    """Sum the oldest hour that is over and has no sums; False where none is left: call it until then."""
    hour = _next_hour()
    if hour is None:
        return False
    db.session.add(SearchHour(hour=hour))
    db.session.flush()  # the sums name the hour
    span = (hour, hour + HOUR)
    for table, counted in ((VendorSum, counted_vendors([span])), (PositionSum, counted_positions([span]))):
        rows = counted.subquery("counted")
        db.session.execute(insert(table).from_select(["hour", *rows.c.keys()], select(literal(hour), *rows.c)))
    return True


def _next_hour() -> datetime | None:
    first = db.session.scalar(select(func.min(SearchRecord.asked_at)))
    if first is None:
        return None
    hour = func.generate_series(hour_of(first), clock.now(), HOUR).column_valued("hour")
    found: datetime | None = db.session.scalar(select(hour).where(hour.not_in(select(SearchHour.hour))).order_by(hour).limit(1))
    return hour_of(found) if found is not None and is_over(found) else None


def count_again(moments: Iterable[datetime]) -> None:
    """What came late into an hour takes its sums away."""
    late = {hour for hour in map(hour_of, moments) if is_over(hour)}
    if late:
        db.session.execute(delete(SearchHour).where(SearchHour.hour.in_(late)))


def forget_hours(before: datetime) -> None:
    """Delete the sums of every hour that begins before a moment; what is kept of its searches is counted again."""
    db.session.execute(delete(SearchHour).where(SearchHour.hour < before))
