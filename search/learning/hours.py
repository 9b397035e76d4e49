"""What is counted of searches by the hour: kept as sums when an hour is over, so that a report of months adds up hours, not searches.

An hour has its sums or has none: what came late into it takes them away (`services.add_searches`), and they are made again. Whatever has no
sums is counted from its searches. Sums name no reader, and are forgotten with the searches they are made of.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Double,
    Integer,
    Select,
    Text,
    Uuid,
    any_,
    cast,
    column,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.expression import FromClause

from marketplace.core import clock
from marketplace.core.db import db
from search.learning.models import PositionSum, SearchHour, SearchRecord, VendorSum

HOUR = timedelta(hours=1)
SETTLED_AFTER = timedelta(minutes=5)
"""How long after its end an hour is summed: what processes have noticed is then written."""
MOST_PLACES = 1_000
"""More than a page of results has."""
_searches = SearchRecord
Span = tuple[datetime, datetime]


class Spans(NamedTuple):
    """A period in two parts: the whole hours that have sums, and what is counted from the searches themselves. Ends are not included."""

    summed: Sequence[Span]
    counted: Sequence[Span]


def hour_of(moment: datetime) -> datetime:
    """The hour of the world's clock that a moment lies in."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def is_over(hour: datetime) -> bool:
    """Whether nothing more comes into an hour, but what is late."""
    return hour + HOUR + SETTLED_AFTER <= clock.now()


def spans(since: datetime) -> Spans:
    """All since a moment. An hour that the moment cuts is counted: a day of a zone may begin at half past."""
    hours = db.session.scalars(select(SearchHour.hour).where(SearchHour.hour >= since).order_by(SearchHour.hour))
    summed: list[Span] = []
    for hour in hours:
        begun = summed.pop()[0] if summed and summed[-1][1] == hour else hour
        summed.append((begun, hour + HOUR))
    ends = [since, *(end for _, end in summed)]
    begins = [*(begun for begun, _ in summed), datetime.max.replace(tzinfo=UTC)]
    return Spans(summed, [(end, begun) for end, begun in zip(ends, begins, strict=True) if end < begun])


def within(moment: InstrumentedAttribute[datetime], parts: Iterable[Span]) -> ColumnElement[bool]:
    """Whether a moment lies in one of the spans."""
    return or_(false(), *((moment >= begun) & (moment < end) for begun, end in parts))


def _places() -> Any:
    return func.unnest(_searches.vendors).table_valued(column("vendor_id", Uuid), with_ordinality="n").render_derived(name="places")


def _weight(place: ColumnElement[Any]) -> ColumnElement[Any]:
    """What a place gets of the attention: 1 / log2(1 + position)."""
    return 1.0 / (func.ln(1.0 + place, type_=Double) / func.ln(literal_column("2.0::float8"), type_=Double))


def counted_vendors(parts: Iterable[Span]) -> Select[Any]:
    """By vendor, from the searches of these spans: the columns of `VendorSum`. Each place and each match is looked at once."""
    first = (
        within(_searches.asked_at, parts),
        _searches.page == 1,
        _searches.key != "",
        _searches.matches != cast({}, JSONB),
        _searches.found > 0,
        func.cardinality(_searches.vendors) > 0,
    )
    places = _places()
    is_first = func.array_position(_searches.vendors, places.c.vendor_id) == places.c.n
    none, nothing = literal_column("0", BigInteger), literal_column("0.0::float8", Double)
    shown = (
        select(
            places.c.vendor_id,
            func.count().filter(is_first).label("times"),
            func.sum(_weight(places.c.n)).label("weight"),
            none.label("fair_times"),
            nothing.label("fair_weight"),
        )
        .select_from(_searches)
        .join(places, true())
        .where(*first)
        .group_by(places.c.vendor_id)
    )
    place = func.generate_series(1, MOST_PLACES).table_valued(column("n", Integer)).render_derived(name="place")
    totals = select(place.c.n, func.sum(_weight(place.c.n)).over(order_by=place.c.n).label("weight")).subquery("totals")
    matched = func.jsonb_each_text(_searches.matches).table_valued(column("vendor", Text), column("n", Text)).render_derived(name="matched")
    vendor_id = cast(matched.c.vendor, Uuid).label("vendor_id")
    fair = (
        select(
            vendor_id,
            none.label("times"),
            nothing.label("weight"),
            func.count().filter(vendor_id == any_(_searches.vendors)).label("fair_times"),
            func.sum(cast(matched.c.n, Integer) * totals.c.weight / _searches.found).label("fair_weight"),
        )
        .select_from(_searches)
        .join(totals, totals.c.n == func.cardinality(_searches.vendors))
        .join(matched, true())
        .where(*first)
        .group_by(vendor_id)
    )
    return added_vendors(union_all(shown, fair).subquery("by_vendor"))


def added_vendors(rows: FromClause) -> Select[Any]:
    """Rows of vendors added up, one for each."""
    names = ("times", "weight", "fair_times", "fair_weight")
    kinds: dict[str, Any] = {"times": BigInteger, "fair_times": BigInteger, "weight": Double, "fair_weight": Double}
    sums: list[ColumnElement[Any]] = [cast(func.sum(rows.c[name]), kinds[name]).label(name) for name in names]
    return select(rows.c.vendor_id, *sums).group_by(rows.c.vendor_id)


def vendors_since(since: datetime) -> Select[Any]:
    """By vendor, everything since a moment: the columns of `VendorSum`."""
    summed, counted = spans(since)
    kept = select(VendorSum.vendor_id, VendorSum.times, VendorSum.weight, VendorSum.fair_times, VendorSum.fair_weight)
    return added_vendors(union_all(kept.where(within(VendorSum.hour, summed)), counted_vendors(counted)).subquery("since"))


def counted_positions(parts: Iterable[Span]) -> Select[Any]:
    """By position, how often searches with words of these spans have shown it, on any page.

    Most pages are of one length, so those of a kind are counted before their places are.
    """
    pages = (
        select(_searches.first_position.label("first"), func.cardinality(_searches.vendors).label("length"), func.count().label("times"))
        .where(within(_searches.asked_at, parts), _searches.key != "")
        .group_by(column("first"), column("length"))
        .subquery("pages")
    )
    place = func.generate_series(0, pages.c.length - 1).table_valued(column("n", BigInteger)).render_derived(name="place")
    position = (pages.c.first + place.c.n).label("position")
    times = cast(func.sum(pages.c.times), BigInteger).label("times")
    return select(position, times).select_from(pages).join(place, true()).group_by(position)


def positions_since(since: datetime) -> Select[Any]:
    """By position, how often it was shown since a moment."""
    summed, counted = spans(since)
    kept = select(PositionSum.position, PositionSum.times).where(within(PositionSum.hour, summed))
    rows = union_all(kept, counted_positions(counted)).subquery("since")
    return select(rows.c.position, cast(func.sum(rows.c.times), BigInteger).label("times")).group_by(rows.c.position)
