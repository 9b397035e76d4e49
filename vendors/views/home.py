"""The shop portal's first page: what needs the vendor now, then how the trade goes; each number leads to its rows."""

from typing import Any

from flask import render_template, url_for

from marketplace.accounts.permissions import Permission
from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.models import ProductState
from marketplace.core.acting import viewer_here
from marketplace.core.audit import Viewer
from marketplace.core.charts import Chart, Value, chart
from marketplace.core.i18n import day, gettext, money, number, zone
from marketplace.core.money import exponent
from marketplace.core.web import page_url, requires
from marketplace.quality import queries as quality
from vendors import queries
from vendors.models import Vendor, VendorState
from vendors.views.appeals import appeal_rows
from vendors.views.blueprint import bp
from vendors.views.fact_words import opened_change
from vendors.views.needs import needs_of
from vendors.views.words import level_word, short_day, state_word


@bp.get("/portal")
@requires(Permission.PORTAL_VIEW)
def show_home() -> str:
    """What needs this vendor now, the most urgent first; plots of orders, revenue, promises and views."""
    viewer = viewer_here()
    vendor = queries.find_vendor(viewer.company_id)
    facts = queries.facts_fresh([viewer.company_id]).get(viewer.company_id)
    contested = quality.standing_of_vendor(vendor) if vendor else None
    has_traded = vendor is not None and vendor.approved_at is not None and viewer.can(Permission.VENDOR_ORDER_VIEW)
    return render_template(
        "vendors/show_home.html",
        vendor=vendor,
        state=state_word(vendor.state if vendor else VendorState.DATA_NEEDED),
        facts=facts,
        level_word=level_word(facts.level) if facts else "",
        needs=needs_of(viewer, vendor),
        opened=opened_change(viewer.company_id) if viewer.can(Permission.SHOP_EDIT) else None,
        contested=contested,
        appeals=_news_of_appeals(viewer, contested),
        products=catalogue.product_counts(viewer.company_id),
        live=ProductState.LIVE,
        trade=_trade(vendor) if vendor is not None and has_traded else None,
    )


def _news_of_appeals(viewer: Viewer, contested: quality.Standing | None) -> list[dict[str, Any]]:
    """Appeals that wait or were just answered, for those who may change the shop; what the notice above says is not said twice."""
    if not viewer.can(Permission.SHOP_EDIT):
        return []
    said = contested.appeal.id if contested and contested.appeal else None
    return appeal_rows([appeal for appeal in quality.news_of_appeals(viewer.company_id) if appeal.id != said])


def _trade(vendor: Vendor) -> dict[str, Any]:
    weeks = quality.sales_by_week(vendor.id, currency=vendor.currency, zone=zone())
    unit = 10 ** exponent(vendor.currency)
    urls = [page_url("vendors.list_sold", placed_from=w.begins_on.isoformat(), placed_to=w.ends_on.isoformat()) for w in weeks]
    rows = [(w, day(w.begins_on), short_day(w.begins_on), url) for w, url in zip(weeks, urls, strict=True)]
    since = weeks[0].begins_on.isoformat()
    sums = quality.sold_sums(vendor.id, quality.SOLD.read({"placed_from": since}))
    funnel = quality.funnel(vendor.id)
    return {
        "orders": chart([Value(label, w.orders, number(w.orders), url, name=name) for w, label, name, url in rows], names=4),
        "revenue": chart(
            [
                Value(
                    label, w.revenue_minor / unit, money(w.revenue_minor, vendor.currency), f"{url}&currency={vendor.currency}", name=name
                )
                for w, label, name, url in rows
            ],
            names=4,
        ),
        "orders_total": sum(w.orders for w in weeks),
        "revenue_total": sum(w.revenue_minor for w in weeks),
        "weeks": len(weeks),
        "sold_url": page_url("vendors.list_sold", placed_from=since),
        "revenues": [
            (money(each.revenue_minor, each.currency), page_url("vendors.list_sold", placed_from=since, currency=each.currency))
            for each in sorted(sums, key=lambda each: each.currency != vendor.currency)
        ],
        "promises": _promises(vendor),
        "on_time": quality.on_time(vendor.id),
        "views": _views(vendor),
        "funnel": funnel,
        "steps": _steps(funnel),
    }


def _promises(vendor: Vendor) -> Chart:
    weeks = quality.on_time_by_week(vendor.id)

    def rows_of(n: int, week: quality.WeekOnTime) -> str:
        # The first week holds the days of the window before it too, and the running one the day that a buyer's calendar is ahead.
        since = week.begins_on.isoformat() if n else None
        until = week.ends_on.isoformat() if week is not weeks[-1] else None
        return url_for("vendors.list_on_time", judged_from=since, judged_to=until)

    return chart(
        [
            Value(
                day(w.begins_on),
                w.met,
                gettext("%(met)s on time, %(late)s late", met=number(w.met), late=number(w.late)),
                rows_of(n, w),
                below=w.late,
                name=short_day(w.begins_on),
            )
            for n, w in enumerate(weeks)
        ],
        names=4,
    )


def _views(vendor: Vendor) -> Chart:
    return chart(
        [
            Value(day(on), views, number(views), url_for("vendors.list_goods_figures", day=on.isoformat()), name=short_day(on))
            for on, views in quality.views_by_day(vendor.id)
        ],
        names=4,
    )


def _steps(funnel: quality.Funnel) -> list[dict[str, Any]]:
    """The rows of views → carts → orders: count, share of the step before, change against the 30 days before."""
    url = url_for("vendors.list_goods_figures")
    rows: list[dict[str, Any]] = []
    before: int | None = None
    for word, count, past, sort in (
        (gettext("Product pages opened"), funnel.views, funnel.views_before, "-views"),
        (gettext("Put into carts"), funnel.carts, funnel.carts_before, "-carts"),
        (gettext("Order lines"), funnel.orders, funnel.orders_before, "-orders"),
    ):
        share = count / before if before else None
        rows.append({"word": word, "count": count, "share": share, "change": _change(count, past), "url": f"{url}?sort={sort}"})
        before = count
    return rows


def _change(now: int, before: int) -> str | None:
    """`+6 %` against the days before; None when there was too little to compare."""
    if before < 10:
        return None
    percent = round((now - before) * 100 / before)
    sign = "+" if percent > 0 else "−" if percent < 0 else ""
    return f"{sign}{number(abs(percent))}\u00a0%"
