"""The reports of the search desk: each a table of sums, and which searches stand behind a row."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Double, Select, Text, Uuid, column, func, true

from marketplace.core.errors import NotFound
from marketplace.core.i18n import gettext, lazy, ngettext
from marketplace.core.tables import Asked, Choice, Filter, Sort, Table, Words
from search.learning import sums
from search.learning.models import SearchRecord
from search.learning.sums import PERIODS

SLOW_MS = 200
"""From here on a page of results is slow: the mark in the list of searches."""

_key, _times, _share = column("key", Text), column("times", BigInteger), column("share", Double)

PERIOD_CHOICE = Choice(
    "period",
    lazy("Period"),
    lambda: [(str(days), gettext("Today") if days == 1 else ngettext("%(num)s day", "%(num)s days", days)) for days in PERIODS],
    lambda _: true(),  # the sums are made of the rows of the period only: `Report.query`
)


def _named(words: str) -> ColumnElement[bool]:
    return _key.icontains(words, autoescape=True) | column("words", Text).icontains(words, autoescape=True)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a report: `kind` says how it is written (text, number, share, ratio, ms, day), `rows` which searches stand behind it."""

    name: str
    label: str
    kind: str = "number"
    unit: str | None = None
    sort: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """Sums over a period: its table, its rows, and the filter of the list of searches that shows what stands behind a row."""

    name: str
    title: str
    meaning: str
    nothing: str
    table: Table
    query: Callable[[Asked], Select[Any]]
    columns: tuple[Column, ...]
    behind: str
    """The filter of the list of searches that takes a row's first column."""

    @property
    def only(self) -> str:
        """What else the list of searches is narrowed to, so that it has as many rows as the row says."""
        return {"nothing": "missing", "vendors": "open"}.get(self.name, "")


def _table(name: str, key: Any, sorts: dict[str, Sort], default: str, *filters: Filter) -> Table:
    return Table(name=f"search.{name}", key=key, sorts=sorts, default=default, filters=(*filters, PERIOD_CHOICE), size=50)


def _by(name: str, kind: Any = BigInteger) -> Sort:
    return Sort(column(name, kind), falls=True)


def _known(name: str) -> Sort:
    """By a number of which some are unknown: those stand below all others."""
    return Sort(func.coalesce(column(name, Double), -1.0), falls=True)


WORDS = Words("words", lazy("Search words"), _named)
REPORTS = {
    each.name: each
    for each in (
        Report(
            "queries",
            lazy("Queries"),
            lazy("What is searched for most, and whether anything followed from it."),
            lazy("Nobody has searched in this period."),
            _table(
                "queries",
                _key,
                {"query": Sort(_key), "times": Sort(_times, falls=True), "found": _by("found"), "share": Sort(_share, falls=True), "orders": _by("orders")},
                "-times",
                WORDS,
            ),
            sums.queries,
            (
                Column("words", lazy("Query"), "text", sort="query"),
                Column("times", lazy("Searches"), sort="times"),
                Column("found", lazy("Found, on average"), sort="found"),
                Column("share", lazy("With a click"), "share", sort="share"),
                Column("carts", lazy("With a cart")),
                Column("orders", lazy("With an order"), sort="orders"),
            ),
            "exactly",
        ),
        Report(
            "nothing",
            lazy("Nothing found"),
            lazy("Searches that found nothing, or nothing that has every word. A missing word can become a synonym at once."),
            lazy("Every search of this period has found something."),
            _table("nothing", _key, {"query": Sort(_key), "times": Sort(_times, falls=True), "none": _by("none"), "last": _by("last", SearchRecord.asked_at.type)}, "-times", WORDS),
            sums.nothing,
            (
                Column("words", lazy("Query"), "text", sort="query"),
                Column("times", lazy("Searches"), sort="times"),
                Column("none", lazy("Found nothing"), sort="none"),
                Column("some", lazy("Found some of the words")),
                Column("correction", lazy("Searched instead"), "text"),
                Column("last", lazy("Last"), "day", sort="last"),
            ),
            "exactly",
        ),
        Report(
            "slow",
            lazy("Slow"),
            lazy("How long pages of results took on the server."),
            lazy("Nobody has searched in this period."),
            _table(
                "slow",
                _key,
                {"query": Sort(_key), "times": Sort(_times, falls=True), "usual": _by("usual"), "late": _by("late"), "worst": _by("worst")},
                "-worst",
                WORDS,
            ),
            sums.slow,
            (
                Column("words", lazy("Query"), "text", sort="query"),
                Column("times", lazy("Searches"), sort="times"),
                Column("usual", lazy("Half within"), unit=lazy("ms"), sort="usual"),
                Column("late", lazy("95 of 100 within"), unit=lazy("ms"), sort="late"),
                Column("worst", lazy("Slowest"), unit=lazy("ms"), sort="worst"),
                Column("found", lazy("Found, on average")),
            ),
            "exactly",
        ),
        Report(
            "positions",
            lazy("Positions"),
            lazy("How often a place among the results was shown and opened, in any search with words."),
            lazy("Nothing has been shown in this period."),
            _table(
                "positions",
                column("position", BigInteger),
                {"position": Sort(column("position", BigInteger)), "times": Sort(_times, falls=True), "clicked": _by("clicked"), "share": Sort(_share, falls=True)},
                "position",
            ),
            sums.positions,
            (
                Column("position", lazy("Position"), sort="position"),
                Column("times", lazy("Shown"), sort="times"),
                Column("clicked", lazy("Clicks"), sort="clicked"),
                Column("share", lazy("Of those shown"), "share", sort="share"),
            ),
            "position",
        ),
        Report(
            "vendors",
            lazy("Vendors shown"),
            lazy("Who is seen, and who matches. A high place counts for more than a low one; “matching” is what a vendor’s share of all matching goods would have got it. Of a search that did not show a vendor, its goods are counted where it is among the fifty with the most; a dash stands where a search that showed it did not keep how many matched."),
            lazy("Nothing has been shown in this period."),
            _table(
                "vendors",
                column("vendor_id", Uuid),
                {"name": Sort(column("name", Text)), "times": Sort(_times, falls=True), "share": Sort(_share, falls=True), "fair": _known("fair"), "ratio": _known("ratio")},
                "-share",
                Words("vendor", lazy("Vendor"), lambda words: column("name", Text).icontains(words, autoescape=True)),
            ),
            sums.vendors,
            (
                Column("name", lazy("Vendor"), "text", sort="name"),
                Column("times", lazy("Searches that showed it"), sort="times"),
                Column("share", lazy("Share shown"), "share", sort="share"),
                Column("fair", lazy("Share matching"), "share", sort="fair"),
                Column("ratio", lazy("Shown ÷ matching"), "ratio", sort="ratio"),
            ),
            "vendor",
        ),
    )
}  # fmt: skip


def report_by_name(name: str) -> Report:
    """A report. Raises: NotFound."""
    if name not in REPORTS:
        raise NotFound
    return REPORTS[name]
