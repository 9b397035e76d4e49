"""What the desk reads of searches: sums by query, by position, by vendor, and the searches behind them. For staff alone.

Sums count first pages: whoever walks on has searched once, and what follows from a further page follows from that search. A period is
of whole days in the reader's zone, so that the rows behind a sum are those that the list of searches shows for the same days. "Hex bolt
500 pcs" and "hex bolt 1000 pcs" are one query: what is done for it, a synonym or a pin, holds for any quantity, and of each count alone
there would be one search.
"""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Double,
    Integer,
    Select,
    Text,
    Uuid,
    any_,
    case,
    cast,
    column,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import aliased
from sqlalchemy.sql.expression import Subquery

from marketplace.core import clock, i18n, policy
from marketplace.core.tables import Asked
from search.learning.models import SearchAct, SearchActKind, SearchRecord
from search.learning.trails import ACTS_WITHIN
from vendors.models import Vendor

PERIODS, PERIOD = (1, 7, 30), 7
"""Days that can be chosen, and what a report begins with; without a choice it holds all that is kept."""
_searches = SearchRecord


def _period(asked: Asked) -> int:
    typed = asked.get("period")
    return int(typed) if typed in map(str, PERIODS) else policy.current().search_record_days


def first_day(asked: Asked) -> date:
    """The first day of the period that a report was asked for, as the reader's zone counts days."""
    today = clock.now().astimezone(ZoneInfo(i18n.zone())).date()
    return today - timedelta(days=_period(asked) - 1)


def _since(asked: Asked) -> datetime:
    return datetime.combine(first_day(asked), time(), ZoneInfo(i18n.zone()))


def _first_pages(asked: Asked) -> tuple[ColumnElement[bool], ...]:
    return (_searches.asked_at >= _since(asked), _searches.page == 1, _searches.key != "")


def _acts(asked: Asked) -> Subquery:
    """First page → what followed from the search, on whichever page, yes or no.

    A further page belongs to the last first page on which the same company, or any visitor, had asked the same within a day before.
    """

    def did(kind: SearchActKind) -> ColumnElement[bool]:
        return func.bool_or(SearchAct.kind == kind).label(kind.value)

    shown, first = aliased(SearchRecord), aliased(SearchRecord)
    same = (getattr(first, name) == getattr(shown, name) for name in ("key", "company_mark", "category", "filters", "sort"))
    begun = (
        select(first.id)
        .where(first.page == 1, first.asked_at <= shown.asked_at, first.asked_at > shown.asked_at - ACTS_WITHIN, *same)
        .order_by(first.asked_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    search_id = case((shown.page == 1, shown.id), else_=begun).label("search_id")
    kinds = (SearchActKind.CLICK, SearchActKind.CART, SearchActKind.ORDER)
    return (
        select(search_id, *(did(kind) for kind in kinds))
        .select_from(SearchAct)
        .join(shown, shown.id == SearchAct.search_id)
        .where(SearchAct.at >= _since(asked))
        .group_by(search_id)
        .subquery()
    )


def _counted(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(condition)


def _rows(sums: Subquery) -> Select[Any]:
    """The sums as rows of named columns, by which a `Table` sorts and filters."""
    return select(*(column(one.key, one.type) for one in sums.c)).select_from(sums)


def queries(asked: Asked) -> Select[Any]:
    """By query: how often, what was found, what followed."""
    acts = _acts(asked)
    clicked = _counted(acts.c.click)
    sums = (
        select(
            _searches.key,
            func.max(_searches.words).label("words"),
            func.count().label("times"),
            cast(func.round(func.avg(_searches.found)), BigInteger).label("found"),
            clicked.label("clicked"),
            (clicked * 1.0 / func.count()).cast(Double).label("share"),
            _counted(acts.c.cart).label("carts"),
            _counted(acts.c.order).label("orders"),
        )
        .outerjoin(acts, acts.c.search_id == _searches.id)
        .where(*_first_pages(asked))
        .group_by(_searches.key)
        .subquery()
    )
    return _rows(sums)


def nothing(asked: Asked) -> Select[Any]:
    """By query: how often it found nothing, or only some of the words."""
    none, some = _counted(_searches.found == 0), _counted((_searches.found > 0) & _searches.is_relaxed)
    sums = (
        select(
            _searches.key,
            func.max(_searches.words).label("words"),
            func.count().label("times"),
            none.label("none"),
            some.label("some"),
            func.max(_searches.correction).label("correction"),
            func.max(_searches.asked_at).label("last"),
        )
        .where(*_first_pages(asked), or_(_searches.found == 0, _searches.is_relaxed))
        .group_by(_searches.key)
        .subquery()
    )
    return _rows(sums)


def slow(asked: Asked) -> Select[Any]:
    """By query: milliseconds on the server, within which half and 95 of 100 were answered, and the worst."""

    def part(share: float) -> ColumnElement[int]:
        return cast(func.percentile_disc(share).within_group(_searches.took_ms), BigInteger)

    sums = (
        select(
            _searches.key,
            func.max(_searches.words).label("words"),
            func.count().label("times"),
            part(0.5).label("usual"),
            part(0.95).label("late"),
            func.max(_searches.took_ms).label("worst"),
            cast(func.round(func.avg(_searches.found)), BigInteger).label("found"),
        )
        .where(*_first_pages(asked))
        .group_by(_searches.key)
        .subquery()
    )
    return _rows(sums)


def _shown(asked: Asked) -> Subquery:
    """(search, position, vendor) of everything that searches with words have shown, any page."""
    places = func.unnest(_searches.vendors).table_valued(column("vendor_id", Uuid), with_ordinality="n").render_derived(name="places")
    position = (_searches.first_position + places.c.n - 1).label("position")
    return (
        select(_searches.id.label("search_id"), position, places.c.vendor_id)
        .join(places, true())
        .where(_searches.asked_at >= _since(asked), _searches.key != "")
        .subquery()
    )


def positions(asked: Asked) -> Select[Any]:
    """By position: how often it was shown and opened."""
    shown = _shown(asked)
    clicks = select(SearchAct.search_id, SearchAct.position).where(SearchAct.kind == SearchActKind.CLICK).subquery()
    clicked = func.count(clicks.c.search_id)
    sums = (
        select(
            shown.c.position,
            func.count().label("times"),
            clicked.label("clicked"),
            (clicked * 1.0 / func.count()).cast(Double).label("share"),
        )
        .outerjoin(clicks, (clicks.c.search_id == shown.c.search_id) & (clicks.c.position == shown.c.position))
        .group_by(shown.c.position)
        .subquery()
    )
    return _rows(sums)


def vendors(asked: Asked) -> Select[Any]:
    """Each search gives away as much attention as it has places, a place less the lower it stands: 1 / log2(1 + position).

    Shown: the part of it that a vendor's places got. Matching: the part that it would have got by its share of everything that was found;
    unknown (NULL) where a search showed the vendor and did not keep how many of its goods matched.
    """
    first = (*_first_pages(asked), _searches.matches != cast({}, JSONB), _searches.found > 0, func.cardinality(_searches.vendors) > 0)
    places = func.unnest(_searches.vendors).table_valued(column("vendor_id", Uuid), with_ordinality="n").render_derived(name="places")
    weight = 1.0 / (func.ln(1.0 + places.c.n) / func.ln(2.0))
    given = (
        select(_searches.id.label("search_id"), places.c.vendor_id, weight.label("weight")).join(places, true()).where(*first).cte("given")
    )
    totals = select(given.c.search_id, func.sum(given.c.weight).label("weight")).group_by(given.c.search_id).cte("totals")
    matched = func.jsonb_each_text(_searches.matches).table_valued(column("vendor", Text), column("n", Text)).render_derived(name="matched")
    vendor_id = cast(matched.c.vendor, Uuid).label("vendor_id")
    fair = (
        select(
            vendor_id,
            func.sum(cast(matched.c.n, Integer) * totals.c.weight / _searches.found).label("weight"),
            _counted(vendor_id == any_(_searches.vendors)).label("times"),
        )
        .select_from(_searches)
        .join(matched, true())
        .join(totals, totals.c.search_id == _searches.id)
        .where(*first)
        .group_by(vendor_id)
        .subquery()
    )
    shown = (
        select(given.c.vendor_id, func.sum(given.c.weight).label("weight"), func.count(given.c.search_id.distinct()).label("times"))
        .group_by(given.c.vendor_id)
        .subquery()
    )
    whole = select(func.sum(given.c.weight)).scalar_subquery()
    got, times = func.coalesce(shown.c.weight, 0.0), func.coalesce(shown.c.times, 0)
    due = case((fair.c.times == times, fair.c.weight))  # each search that showed the vendor has kept its matches, or nothing is known
    sums = (
        select(
            Vendor.id.label("vendor_id"),
            Vendor.name.label("name"),
            times.label("times"),
            cast(got / whole, Double).label("share"),
            cast(due / whole, Double).label("fair"),
            cast(got / due, Double).label("ratio"),
        )
        .outerjoin(shown, shown.c.vendor_id == Vendor.id)
        .outerjoin(fair, fair.c.vendor_id == Vendor.id)
        .where(or_(shown.c.vendor_id.is_not(None), fair.c.vendor_id.is_not(None)))
        .subquery()
    )
    return _rows(sums)
