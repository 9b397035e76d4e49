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
    Select,
    case,
    cast,
    column,
    func,
    or_,
    select,
)
from sqlalchemy.orm import aliased
from sqlalchemy.sql.expression import Subquery

from marketplace.core import clock, i18n, policy
from marketplace.core.tables import Asked
from search.learning import hours
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


def _last(sums: Subquery, name: str, *where: ColumnElement[bool]) -> ColumnElement[str]:
    """What the last of a query's searches has in a column that no index has: looked up for the rows that are shown."""
    last = select(getattr(_searches, name)).where(_searches.key == sums.c.key, *where).order_by(_searches.asked_at.desc()).limit(1)
    return last.scalar_subquery().label(name)


def _with_words(sums: Subquery, asked: Asked) -> Subquery:
    """The sums, each with its words as they were typed last."""
    return select(*sums.c, _last(sums, "words", *_first_pages(asked))).subquery()


def queries(asked: Asked) -> Select[Any]:
    """By query: how often, what was found, what followed."""
    acts = _acts(asked)
    clicked = _counted(acts.c.click)
    sums = (
        select(
            _searches.key,
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
    return _rows(_with_words(sums, asked))


def nothing(asked: Asked) -> Select[Any]:
    """By query: how often it found nothing, or only some of the words."""
    none, some = _counted(_searches.found == 0), _counted((_searches.found > 0) & _searches.is_relaxed)
    missed = (*_first_pages(asked), or_(_searches.found == 0, _searches.is_relaxed))
    sums = (
        select(
            _searches.key,
            func.count().label("times"),
            none.label("none"),
            some.label("some"),
            func.max(_searches.asked_at).label("last"),
        )
        .where(*missed)
        .group_by(_searches.key)
        .subquery()
    )
    return _rows(select(*sums.c, _last(sums, "words", *missed), _last(sums, "correction", *missed)).subquery())


def slow(asked: Asked) -> Select[Any]:
    """By query: milliseconds on the server, within which half and 95 of 100 were answered, and the worst."""

    def part(share: float) -> ColumnElement[int]:
        return cast(func.percentile_disc(share).within_group(_searches.took_ms), BigInteger)

    sums = (
        select(
            _searches.key,
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
    return _rows(_with_words(sums, asked))


def positions(asked: Asked) -> Select[Any]:
    """By position: how often searches with words have shown it, on any page, and how often it was opened."""
    since = _since(asked)
    shown = hours.positions_since(since).subquery()
    clicks = (
        select(SearchAct.position, func.count().label("clicked"))
        .join(_searches, _searches.id == SearchAct.search_id)
        .where(SearchAct.kind == SearchActKind.CLICK, SearchAct.at >= since, _searches.asked_at >= since, _searches.key != "")
        .group_by(SearchAct.position)
        .subquery()
    )
    clicked = func.coalesce(clicks.c.clicked, 0).label("clicked")
    sums = (
        select(shown.c.position, shown.c.times, clicked, (clicked * 1.0 / shown.c.times).cast(Double).label("share"))
        .outerjoin(clicks, clicks.c.position == shown.c.position)
        .subquery()
    )
    return _rows(sums)


def vendors(asked: Asked) -> Select[Any]:
    """Each search gives away as much attention as it has places, a place less the lower it stands: 1 / log2(1 + position).

    Shown: the part of it that a vendor's places got. Matching: the part that it would have got by its share of everything that was found;
    unknown (NULL) where a search showed the vendor and did not keep how many of its goods matched.
    """
    by_vendor = hours.vendors_since(_since(asked)).cte("by_vendor")
    whole = select(func.sum(by_vendor.c.weight)).scalar_subquery()
    got = by_vendor.c.weight
    due = case((by_vendor.c.fair_times == by_vendor.c.times, func.nullif(by_vendor.c.fair_weight, 0.0)))
    sums = (
        select(
            Vendor.id.label("vendor_id"),
            Vendor.name.label("name"),
            by_vendor.c.times,
            cast(got / whole, Double).label("share"),
            cast(due / whole, Double).label("fair"),
            cast(got / due, Double).label("ratio"),
        )
        .join(by_vendor, by_vendor.c.vendor_id == Vendor.id)
        .subquery()
    )
    return _rows(sums)
