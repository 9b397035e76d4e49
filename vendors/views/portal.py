"""The shop portal: what needs the vendor now, the shop page, shipping."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import flash, render_template, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from marketplace.accounts.permissions import Permission
from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.models import ProductState
from marketplace.core import clock, once
from marketplace.core.audit import Viewer
from marketplace.core.db import transaction
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext
from marketplace.core.web import current_actor, once_key, page_url, path_id, requires, see_other
from marketplace.orders import queries as orders
from vendors import queries, services
from vendors.models import ShippingMethod, Vendor, VendorState
from vendors.schemas import BANDS, INCOTERMS, RETURN_WORDS, ShippingInput, ShopInput
from vendors.views.common import bp, the_viewer, typed_minor, written_sum
from vendors.views.words import requirement_rows, state_word

Answer = str | Response | tuple[str, int]
ZONE_FIELDS = ("zone", "countries", "days_from", "days_to", *(f"{what}_{n}" for n in range(1, BANDS + 1) for what in ("kg", "price")))


@dataclass(frozen=True, slots=True)
class Need:
    """A line of the home page: what, for whom, how much, until when, what happens otherwise, and the next step."""

    what: str
    note: str
    url: str | None
    act: str
    due: datetime | None = None
    tone: str | None = None
    otherwise: str = ""
    customer: str = ""
    amount_minor: int | None = None
    currency: str = ""


@bp.get("/portal")
@requires(Permission.PORTAL_VIEW)
def show_home() -> str:
    """What needs this vendor now, the most urgent first."""
    viewer = the_viewer()
    vendor = queries.find_vendor(viewer.company_id)
    needs = _needs(viewer, vendor)
    return render_template(
        "vendors/show_home.html",
        vendor=vendor,
        state=state_word(vendor.state if vendor else VendorState.DATA_NEEDED),
        facts=queries.facts_fresh([viewer.company_id]).get(viewer.company_id),
        needs=needs,
        products=catalogue.product_counts(viewer.company_id),
        live=ProductState.LIVE,
    )


def _needs(viewer: Viewer, vendor: Vendor | None) -> list[Need]:
    needs = _order_needs(viewer) if viewer.can(Permission.VENDOR_ORDER_VIEW) else []
    if viewer.can(Permission.SHOP_EDIT):
        needs += _application_needs(vendor)
    if vendor is not None and vendor.payout_active_at is None and viewer.can(Permission.PAYOUT_EDIT):
        text, otherwise = gettext("Open the payout account"), gettext("Nothing can be bought from you")
        needs.append(Need(text, "", page_url("payments.show_payout_account"), gettext("Open it"), otherwise=otherwise, tone="need"))
    if vendor is not None and viewer.can(Permission.PRODUCT_EDIT):
        refused = catalogue.product_counts(vendor.id).get(ProductState.REFUSED, 0)
        if refused:
            text = gettext("Mend refused products: %(n)s", n=refused)
            url = page_url("catalogue.list_products", state=ProductState.REFUSED.value)
            needs.append(Need(text, "", url, gettext("Show"), otherwise=gettext("They stay out of the shop"), tone="need"))
    return needs


def _order_needs(viewer: Viewer) -> list[Need]:
    needs = []
    now = clock.now()
    for order in orders.orders_to_answer(viewer.company_id):
        is_late = order.accept_by_at is not None and order.accept_by_at < now
        needs.append(
            Need(
                gettext("Accept order %(number)s", number=order.number),
                "",
                page_url("orders.show_vendor_order", number=order.number),
                gettext("Accept or decline"),
                due=order.accept_by_at,
                tone="late" if is_late else "need",
                otherwise=gettext("Cancelled with refund some days later"),
                customer=order.buyer_name,
                amount_minor=order.total_minor,
                currency=order.currency,
            )
        )
    for claim, order in orders.open_claims_of_vendor(viewer.company_id):
        needs.append(
            Need(
                gettext("Problem %(number)s", number=claim.number),
                order.number,
                page_url("orders.show_vendor_order", number=order.number),
                gettext("Look"),
                tone="need",
                otherwise=gettext("The platform decides; the money stays held"),
                customer=order.buyer_name,
                amount_minor=order.total_minor,
                currency=order.currency,
            )
        )
    return needs


def _application_needs(vendor: Vendor | None) -> list[Need]:
    if vendor is not None and vendor.state not in (VendorState.INVITED, VendorState.DATA_NEEDED, VendorState.REFUSED):
        return []
    url, otherwise = page_url("vendors.show_application"), gettext("Your shop stays closed")
    rows = requirement_rows(vendor.id) if vendor else []
    lines = queries.requirements_of(vendor.id) if vendor else {}
    missing = set(services.missing_kinds(lines))
    if vendor is not None and not missing:
        return [
            Need(
                gettext("Send the application"), gettext("Everything is filled in."), url, gettext("Send"), tone="need", otherwise=otherwise
            )
        ]
    open_rows = [row for row in rows if row.kind in missing]
    note = ", ".join(row.name for row in open_rows)
    return [Need(gettext("Complete the application"), note, url, gettext("Complete"), tone="need", otherwise=otherwise)]


@bp.get("/portal/shop")
@requires(Permission.SHOP_EDIT)
def edit_shop() -> str:
    """The shop page's words and terms."""
    vendor = queries.vendor_by_id(the_viewer().company_id)
    returns = vendor.returns
    initial: dict[str, Any] = {
        "about_en": vendor.about.get("en"),
        "about_zh": vendor.about.get("zh-Hans"),
        "languages": ", ".join(vendor.languages),
        "founded": vendor.founded,
        "staff": vendor.staff,
        "phone": vendor.phone,
        "email": vendor.email,
        "website": vendor.website,
        "hours_days": vendor.hours.get("days"),
        "hours_open": vendor.hours.get("open"),
        "hours_close": vendor.hours.get("close"),
        "opening_minimum": written_sum(vendor.opening_minimum_minor, vendor.currency),
        "reorder_minimum": written_sum(vendor.reorder_minimum_minor, vendor.currency),
        "inspection_days": vendor.inspection_days,
        "stock_display": vendor.stock_display,
        "returns_accepts": returns.get("accepts", "defect only"),
        "returns_window_days": returns.get("window_days", 30),
        "returns_freight_paid_by": returns.get("freight_paid_by", "vendor"),
        "returns_restocking": f"{returns.get('restocking_bp', 0) / 100:g}",
        "returns_custom_goods": returns.get("custom_goods", "defect only"),
        "holiday_from": vendor.holiday_from,
        "holiday_until": vendor.holiday_until,
    }
    return _shop(vendor, Form(ShopInput, initial=initial))


@bp.post("/portal/shop")
@requires(Permission.SHOP_EDIT)
def save_shop() -> Answer:
    """Change the shop page's words and terms."""
    vendor = queries.vendor_by_id(the_viewer().company_id)
    form = Form(ShopInput, request.form)
    if not form.is_valid():
        return _shop(vendor, form), 422
    data = form.data
    opening = typed_minor(form, "opening_minimum", data.opening_minimum, vendor.currency)
    reorder = typed_minor(form, "reorder_minimum", data.reorder_minimum, vendor.currency)
    if opening is None or reorder is None:
        return _shop(vendor, form), 422
    hours = {"days": data.hours_days, "open": data.hours_open, "close": data.hours_close}
    with transaction():
        services.edit_shop(
            vendor.id,
            about={tag: words for tag, words in (("en", data.about_en), ("zh-Hans", data.about_zh)) if words},
            languages=data.languages or (),
            founded=data.founded,
            staff=data.staff,
            phone=data.phone,
            email=data.email,
            website=data.website,
            hours={key: value for key, value in hours.items() if value},
            returns={
                "window_days": data.returns_window_days,
                "freight_paid_by": data.returns_freight_paid_by,
                "restocking_bp": int(data.returns_restocking * 100),
                "accepts": data.returns_accepts,
                "custom_goods": data.returns_custom_goods,
            },
            opening_minimum_minor=opening,
            reorder_minimum_minor=reorder,
            inspection_days=data.inspection_days,
            stock_display=data.stock_display,
            holiday_from=data.holiday_from,
            holiday_until=data.holiday_until,
            actor=current_actor(),
        )
    flash(gettext("Saved."), "done")
    return see_other("vendors.edit_shop")


def _shop(vendor: Vendor, form: Form[ShopInput]) -> str:
    return render_template("vendors/edit_shop.html", vendor=vendor, form=form, return_words=list(RETURN_WORDS))


@bp.get("/portal/shop/shipping")
@requires(Permission.SHOP_EDIT)
def list_shipping() -> str:
    """How the vendor ships."""
    vendor = queries.vendor_by_id(the_viewer().company_id)
    return render_template("vendors/list_shipping.html", vendor=vendor, methods=queries.shipping_methods(vendor.id))


@bp.route("/portal/shop/shipping/new", methods=["GET", "POST"])
@requires(Permission.SHOP_EDIT)
def add_shipping() -> Answer:
    """Another way to ship."""
    vendor = queries.vendor_by_id(the_viewer().company_id)
    if request.method != "POST":
        return _shipping(vendor, Form(ShippingInput, initial={"incoterm": "DAP"}), None)
    form = Form(ShippingInput, request.form)
    zones = _zones(form, vendor.currency) if form.is_valid() else None
    if zones is None:
        return _shipping(vendor, form, None), 422
    with transaction():
        if once.claim("vendors.add_shipping", once_key(), form.data.model_dump()) is None:
            services.add_shipping_method(vendor.id, name=_name(form.data), incoterm=form.data.incoterm, zones=zones, actor=current_actor())
    flash(gettext("Saved."), "done")
    return see_other("vendors.list_shipping")


@bp.route("/portal/shop/shipping/<method_id>", methods=["GET", "POST"])
@requires(Permission.SHOP_EDIT)
def edit_shipping(method_id: str) -> Answer:
    """Change a way to ship."""
    vendor = queries.vendor_by_id(the_viewer().company_id)
    method = queries.shipping_method_of(path_id(method_id), vendor_id=vendor.id)
    if request.method != "POST":
        return _shipping(vendor, Form(ShippingInput, initial=_written(method, vendor.currency)), method)
    form = Form(ShippingInput, request.form)
    zones = _zones(form, vendor.currency) if form.is_valid() else None
    if zones is None:
        return _shipping(vendor, form, method), 422
    with transaction():
        services.edit_shipping_method(
            method.id, vendor_id=vendor.id, name=_name(form.data), incoterm=form.data.incoterm, zones=zones, actor=current_actor()
        )
    flash(gettext("Saved. Orders that are placed keep their freight."), "done")
    return see_other("vendors.list_shipping")


@bp.post("/portal/shop/shipping/<method_id>/remove")
@requires(Permission.SHOP_EDIT)
def remove_shipping(method_id: str) -> Response:
    """Ship this way no longer."""
    with transaction():
        services.remove_shipping_method(path_id(method_id), vendor_id=the_viewer().company_id, actor=current_actor())
    flash(gettext("Removed."), "done")
    return see_other("vendors.list_shipping")


@bp.post("/portal/shop/shipping/<method_id>/prefer")
@requires(Permission.SHOP_EDIT)
def prefer_shipping(method_id: str) -> Response:
    """Make this way the first."""
    with transaction():
        services.prefer_shipping_method(path_id(method_id), vendor_id=the_viewer().company_id, actor=current_actor())
    flash(gettext("Saved."), "done")
    return see_other("vendors.list_shipping")


def _shipping(vendor: Vendor, form: Form[ShippingInput], method: ShippingMethod | None) -> str:
    return render_template(
        "vendors/edit_shipping.html",
        vendor=vendor,
        form=form,
        method=method,
        incoterms=[(i, i) for i in INCOTERMS],
        bands=range(1, BANDS + 1),
    )


def _name(data: ShippingInput) -> dict[str, str]:
    return {tag: words for tag, words in (("en", data.name_en), ("zh-Hans", data.name_zh)) if words}


def _zones(form: Form[ShippingInput], currency: str) -> list[dict[str, Any]] | None:
    """The zones as they are stored; None when a price is finer than the currency, which is then said at its field."""
    written: Sequence[str] = _zone_prefixes(form)
    zones = []
    for prefix, row in zip(written, form.data.zones, strict=True):
        bands = []
        for number in range(1, BANDS + 1):
            kg, price = getattr(row, f"kg_{number}"), getattr(row, f"price_{number}")
            minor = typed_minor(form, f"{prefix}-price_{number}", price, currency)
            if kg is not None and minor is not None:
                bands.append({"up_to_g": int(kg * 1000), "price_minor": minor})
        zones.append({"zone": row.zone, "countries": row.countries, "days": [row.days_from, row.days_to], "bands": bands})
    return None if form.messages else zones


def _zone_prefixes(form: Form[ShippingInput]) -> list[str]:
    """The prefixes of the rows in which something is written, in their order: blank rows are no zones."""
    typed = form.typed or MultiDict()
    return [prefix for prefix in form.rows("zones") if any(typed.get(f"{prefix}-{field}", "").strip() for field in ZONE_FIELDS)]


def _written(method: ShippingMethod, currency: str) -> dict[str, Any]:
    initial: dict[str, Any] = {"name_en": method.name.get("en"), "name_zh": method.name.get("zh-Hans"), "incoterm": method.incoterm}
    for index, zone in enumerate(method.zones):
        days = zone.get("days") or [0, 0]
        prefix = f"zones-{index}"
        initial |= {f"{prefix}-zone": zone["zone"], f"{prefix}-countries": ", ".join(zone["countries"])}
        initial |= {f"{prefix}-days_from": days[0], f"{prefix}-days_to": days[1]}
        for number, band in enumerate(zone["bands"][:BANDS], start=1):
            initial[f"{prefix}-kg_{number}"] = f"{band['up_to_g'] / 1000:g}"
            initial[f"{prefix}-price_{number}"] = written_sum(band["price_minor"], currency)
    return initial
