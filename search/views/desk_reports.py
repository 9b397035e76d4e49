"""The search desk: what is searched for, what is missing, what is slow, who is seen; and the searches behind each number."""

from datetime import datetime
from typing import Any

from flask import render_template, request
from werkzeug.wrappers import Response

from marketplace.accounts.permissions import Permission
from marketplace.core import clock, i18n, policy
from marketplace.core.downloads import download_csv
from marketplace.core.i18n import gettext, lazy
from marketplace.core.links import url_for
from marketplace.core.tables import Asked
from marketplace.core.web import path_id, requires
from search import queries
from search.learning import reports, searches, sums
from search.learning.models import SearchActKind
from search.learning.reports import Column, Report
from search.naming import ORDERS
from search.views.blueprint import bp
from search.views.desk_filters import filters_said

SEARCH_HEAD = (
    lazy("When"), lazy("Words"), lazy("Category"), lazy("Filters"), lazy("Sorted by"), lazy("Page"), lazy("Found"), lazy("Milliseconds"),
    lazy("Corrected to"), lazy("Relaxed"), lazy("Language"), lazy("Hits opened"), lazy("Carts"), lazy("Orders"),
)  # fmt: skip
ACTS = {
    SearchActKind.CLICK: lazy("Clicked"),
    SearchActKind.COMPARE: lazy("Compared"),
    SearchActKind.CART: lazy("Put into the cart"),
    SearchActKind.ORDER: lazy("Ordered"),
}
CHUNK = 500


@bp.get("/desk/search")
@requires(Permission.DESK_VIEW)
def show_desk() -> str:
    """What is searched for most."""
    return show_report("queries")


@bp.get("/desk/search/reports/<name>")
@requires(Permission.DESK_VIEW)
def show_report(name: str) -> str:
    """Sums over a period; each leads to the searches behind it."""
    report = reports.report_by_name(name)
    asked = _asked(report)
    found = report.table.page(report.query(asked), asked)
    return render_template(
        "search/show_report.html",
        report=report,
        asked=asked,
        found=found,
        cells=[[_written(column, getattr(row, column.name)) for column in report.columns] for row in found.rows],
        behind=[_behind(report, asked, row) for row in found.rows],
        keys=[getattr(row, "key", "") for row in found.rows],
        kept_days=policy.current().search_record_days,
    )


def _asked(report: Report) -> Asked:
    """What the reader asked of a report; it begins with a period that is quickly summed."""
    return report.table.read({"period": str(sums.PERIOD), **request.args})


def _behind(report: Report, asked: Asked, row: Any) -> str:
    """The list of searches that a row is the sum of."""
    value = {"exactly": "key", "position": "position", "vendor": "vendor_id"}[report.behind]
    only = {} if report.behind == "position" else {"pages": "first"}
    if report.only:
        only["kind"] = report.only
    return url_for(
        "search.list_searches", **{report.behind: str(getattr(row, value)), "asked_from": sums.first_day(asked).isoformat(), **only}
    )


def _written(column: Column, value: Any) -> str:
    if isinstance(value, datetime):
        return i18n.day(value)
    if value is None:
        return "–"
    if column.kind == "share":
        return f"{100 * value:.1f}{i18n.NBSP}%"  # of many vendors each has less than one in a hundred
    if column.kind == "ratio":
        return f"{value:,.2f}"
    return i18n.number(value) if column.kind == "number" else str(value) or "–"


@bp.get("/desk/search/reports/<name>.csv")
@requires(Permission.DESK_VIEW)
def export_report(name: str) -> Response:
    """The same sums as a file."""
    report = reports.report_by_name(name)
    asked = _asked(report)
    rows = ([_plain(getattr(row, column.name)) for column in report.columns] for row in report.table.rows(report.query(asked), asked))
    return download_csv([gettext(column.label) for column in report.columns], rows, f"search-{name}-{clock.now():%Y-%m-%d}.csv")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return round(value, 4) if isinstance(value, float) else value


@bp.get("/desk/search/searches")
@requires(Permission.DESK_VIEW)
def list_searches() -> str:
    """Searches one by one, the newest first. Nobody's name stands here: none is kept."""
    asked = searches.SEARCHES.read(request.args)
    found = searches.SEARCHES.page(searches.all_searches(), asked)
    return render_template(
        "search/list_searches.html",
        asked=asked,
        found=found,
        acts=searches.acts_of([row.id for row in found.rows]),
        categories=queries.category_tree().by_slug,
        act_words=ACTS,
        slow_ms=reports.SLOW_MS,
        kept_days=policy.current().search_record_days,
    )


@bp.get("/desk/search/searches.csv")
@requires(Permission.DESK_VIEW)
def export_searches() -> Response:
    """The same rows as a file."""
    rows = list(searches.SEARCHES.rows(searches.all_searches(), searches.SEARCHES.read(request.args)))
    acts = {
        search_id: [act.kind for act in done]
        for start in range(0, len(rows), CHUNK)
        for search_id, done in searches.acts_of([row.id for row in rows[start : start + CHUNK]]).items()
    }

    def told(row: Any, filters: list[str]) -> tuple[Any, ...]:
        kinds = acts.get(row.id, [])
        counts = (kinds.count(kind) for kind in (SearchActKind.CLICK, SearchActKind.CART, SearchActKind.ORDER))
        return (
            row.asked_at.isoformat(), row.words, row.category, "; ".join(filters), row.sort, row.page, row.found, row.took_ms, row.correction,
            gettext("Yes") if row.is_relaxed else gettext("No"), row.language, *counts,
        )  # fmt: skip

    return download_csv(
        [gettext(word) for word in SEARCH_HEAD], map(told, rows, filters_said(rows)), f"searches-{clock.now():%Y-%m-%d}.csv"
    )


@bp.get("/desk/search/searches/<search_id>")
@requires(Permission.DESK_VIEW)
def show_search(search_id: str) -> str:
    """One search: what was shown at which place, of which version, and what followed."""
    record = searches.search_by_id(path_id(search_id))
    acts = searches.acts_of([record.id]).get(record.id, [])
    skus = queries.skus_of([*record.variants, *(act.variant_id for act in acts)])
    shown = dict(enumerate(record.variants, record.first_position))
    followed: dict[int, list[str]] = {}
    for act in acts:
        # Of one hit another size than the one that was shown may have been put into the cart: which one is said.
        other = "" if act.variant_id == shown.get(act.position) else gettext(": ") + skus.get(act.variant_id, "–")
        followed.setdefault(act.position, []).append(gettext(ACTS[act.kind]) + other)
    vendors = searches.names_of_vendors(record.vendors)
    return render_template(
        "search/show_search.html",
        record=record,
        category=queries.category_tree().by_slug.get(record.category),
        filters=filters_said([record])[0],
        order=gettext(ORDERS[record.sort]) if record.sort in ORDERS else record.sort,
        places=[
            (place, skus.get(variant, "–"), vendors.get(vendor, "–"), version, followed.get(place, []))
            for place, (variant, version, vendor) in enumerate(
                zip(record.variants, record.versions, record.vendors, strict=True), record.first_position
            )
        ],
    )
