"""The rows behind the numbers of the home page: what was sold, what came on time, which products are looked at. Each with its CSV."""

from flask import Response, render_template, request

from marketplace.accounts.permissions import Permission
from marketplace.core.acting import viewer_here
from marketplace.core.downloads import download_csv
from marketplace.core.i18n import gettext, lazy, text
from marketplace.core.money import plain
from marketplace.core.web import requires
from marketplace.orders import wording
from marketplace.quality import queries as quality
from marketplace.quality.shares import MINIMUM, WINDOW
from vendors.views.blueprint import bp

SOLD_HEAD = (
    lazy("Order"), lazy("Customer"), lazy("Placed"), lazy("Currency"), lazy("Goods"), lazy("Freight"), lazy("Without tax"), lazy("Tax"),
    lazy("Total"),
)  # fmt: skip
ON_TIME_HEAD = (lazy("Order"), lazy("Customer"), lazy("Placed"), lazy("First promise"), lazy("Arrived"), lazy("On time"))
GOODS_HEAD = (lazy("Product"), lazy("SKU"), lazy("Views"), lazy("Put into carts"), lazy("Order lines"))


@bp.get("/portal/figures/sold")
@requires(Permission.VENDOR_ORDER_VIEW)
def list_sold() -> str:
    """The orders that the plots count: paid, neither declined nor cancelled."""
    asked = quality.SOLD.read(request.args)
    found = quality.SOLD.page(quality.sold_orders(viewer_here().company_id), asked)
    words = {order.id: wording.for_vendor(order, is_disputed=False) for order in found.rows}
    sums = quality.sold_sums(viewer_here().company_id, asked)
    return render_template("vendors/list_sold.html", asked=asked, found=found, words=words, sums=sums)


@bp.get("/portal/figures/sold.csv")
@requires(Permission.VENDOR_ORDER_VIEW)
def export_sold() -> Response:
    """The same orders as CSV; sums in major units."""
    asked = quality.SOLD.read(request.args)
    orders = quality.sold_rows(viewer_here().company_id, asked)
    rows = (
        (
            o.number,
            o.buyer_name,
            o.placed_at.date(),
            o.currency,
            *(
                plain(minor, o.currency)
                for minor in (o.goods_minor, o.freight_minor, o.goods_minor + o.freight_minor, o.tax_minor, o.total_minor)
            ),
        )
        for o in orders
    )
    return download_csv([gettext(word) for word in SOLD_HEAD], rows, "sold.csv")


@bp.get("/portal/figures/on-time")
@requires(Permission.VENDOR_ORDER_VIEW)
def list_on_time() -> str:
    """The orders behind the on-time share: what was promised first, when it came."""
    vendor_id = viewer_here().company_id
    table, query = quality.judged_rows(vendor_id)
    asked = table.read(request.args)
    return render_template(
        "vendors/list_on_time.html",
        asked=asked,
        found=table.page(query, asked),
        share=quality.on_time(vendor_id),
        window_days=WINDOW.days,
        minimum=MINIMUM,
    )


@bp.get("/portal/figures/on-time.csv")
@requires(Permission.VENDOR_ORDER_VIEW)
def export_on_time() -> Response:
    """The same orders as CSV."""
    table, query = quality.judged_rows(viewer_here().company_id)
    found = table.rows(query, table.read(request.args))
    met = {True: gettext("Yes"), False: gettext("No")}
    rows = ((r.number, r.buyer_name, r.placed_at.date(), r.promised_on, r.arrived_on or "", met[bool(r.is_met)]) for r in found)
    return download_csv([gettext(word) for word in ON_TIME_HEAD], rows, "on-time.csv")


@bp.get("/portal/figures/products")
@requires(Permission.VENDOR_ORDER_VIEW)
def list_goods_figures() -> str:
    """Views, carts and orders of the last 30 days or of one day, product by product."""
    on = quality.funnel_day(request.args.get("day", ""))
    table, query = quality.goods_figures(viewer_here().company_id, on)
    asked = table.read(request.args)
    sums = quality.goods_sums(table, query, asked)
    return render_template("vendors/list_goods_figures.html", asked=asked, found=table.page(query, asked), sums=sums, on=on)


@bp.get("/portal/figures/products.csv")
@requires(Permission.VENDOR_ORDER_VIEW)
def export_goods_figures() -> Response:
    """The same products as CSV."""
    table, query = quality.goods_figures(viewer_here().company_id, quality.funnel_day(request.args.get("day", "")))
    found = table.rows(query, table.read(request.args))
    rows = ((text(r.title), r.sku, r.views, r.carts, r.orders) for r in found)
    return download_csv([gettext(word) for word in GOODS_HEAD], rows, "products.csv")
