"""How the vendor ships: price tables by zone and band, collection, on request."""

from decimal import Decimal
from typing import Any

from flask import flash, render_template, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from marketplace.accounts.permissions import Permission
from marketplace.core.acting import Page, act_once, viewer_here
from marketplace.core.db import transaction
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, lazy, ungrouped
from marketplace.core.web import current_actor, path_id, requires, see_other
from vendors import queries, services
from vendors.errors import ShippingNameTaken
from vendors.models import ShippingKind, ShippingMethod, Vendor
from vendors.schemas import BANDS, INCOTERMS, ShippingInput, ZoneRow
from vendors.views.blueprint import bp
from vendors.views.sums import typed_minor, written_sum

ZONE_FIELDS = (
    "zone",
    "countries",
    "days_from",
    "days_to",
    *(f"{what}_{n}" for n in range(1, BANDS + 1) for what in ("kg", "litres", "price")),
)
NAMES = {"en": "name_en", "zh-Hans": "name_zh"}
"""Language → the field of the name in it."""
SHIPPING_KINDS = {
    ShippingKind.TABLE: lazy("Price table: zone, weight, size"),
    ShippingKind.COLLECTION: lazy("Collection: the buyer fetches the goods"),
    ShippingKind.ON_REQUEST: lazy("On request: you name the price when asked"),
}


@bp.get("/portal/shop/shipping")
@requires(Permission.SHOP_EDIT)
def list_shipping() -> str:
    """How the vendor ships."""
    vendor = queries.vendor_by_id(viewer_here().company_id)
    return render_template(
        "vendors/list_shipping.html",
        vendor=vendor,
        methods=queries.shipping_methods(vendor.id),
        kind_words={kind.value: gettext(word) for kind, word in SHIPPING_KINDS.items()},
    )


@bp.route("/portal/shop/shipping/new", methods=["GET", "POST"])
@requires(Permission.SHOP_EDIT)
def add_shipping() -> Page:
    """Another way to ship."""
    vendor = queries.vendor_by_id(viewer_here().company_id)
    if request.method != "POST":
        return _shipping(vendor, Form(ShippingInput, initial={"incoterm": "DAP", "kind": "table"}), None)
    form = Form(ShippingInput, request.form)
    written = _way(form, vendor.currency) if form.is_valid() else None
    if written is None:
        return _shipping(vendor, form, None), 422
    try:
        act_once("add_shipping", form.data.model_dump(), lambda: services.add_shipping_method(vendor.id, **written, actor=current_actor()))
    except ShippingNameTaken as refusal:
        return _refused(vendor, form, None, refusal)
    flash(gettext("Saved."), "done")
    return see_other("vendors.list_shipping")


@bp.route("/portal/shop/shipping/<method_id>", methods=["GET", "POST"])
@requires(Permission.SHOP_EDIT)
def edit_shipping(method_id: str) -> Page:
    """Change a way to ship."""
    vendor = queries.vendor_by_id(viewer_here().company_id)
    method = queries.shipping_method_of(path_id(method_id), vendor_id=vendor.id)
    if request.method != "POST":
        return _shipping(vendor, Form(ShippingInput, initial=_written(method, _currency(method, vendor))), method)
    form = Form(ShippingInput, request.form)
    written = _way(form, _currency(method, vendor)) if form.is_valid() else None
    if written is None:
        return _shipping(vendor, form, method), 422
    try:
        with transaction():
            services.edit_shipping_method(method.id, vendor_id=vendor.id, **written, actor=current_actor())
    except ShippingNameTaken as refusal:
        return _refused(vendor, form, method, refusal)
    flash(gettext("Saved. Orders that are placed keep their freight."), "done")
    return see_other("vendors.list_shipping")


@bp.post("/portal/shop/shipping/<method_id>/remove")
@requires(Permission.SHOP_EDIT)
def remove_shipping(method_id: str) -> Response:
    """Ship this way no longer."""
    with transaction():
        services.remove_shipping_method(path_id(method_id), vendor_id=viewer_here().company_id, actor=current_actor())
    flash(gettext("Removed."), "done")
    return see_other("vendors.list_shipping")


@bp.post("/portal/shop/shipping/<method_id>/prefer")
@requires(Permission.SHOP_EDIT)
def prefer_shipping(method_id: str) -> Response:
    """Make this way the first."""
    with transaction():
        services.prefer_shipping_method(path_id(method_id), vendor_id=viewer_here().company_id, actor=current_actor())
    flash(gettext("Saved."), "done")
    return see_other("vendors.list_shipping")


def _currency(method: ShippingMethod | None, vendor: Vendor) -> str:
    """What a method's prices are in."""
    return (method.currency if method else None) or vendor.currency


def _shipping(vendor: Vendor, form: Form[ShippingInput], method: ShippingMethod | None) -> str:
    return render_template(
        "vendors/edit_shipping.html",
        vendor=vendor,
        form=form,
        method=method,
        currency=_currency(method, vendor),
        incoterms=[(i, i) for i in INCOTERMS],
        kinds=[(kind.value, gettext(word)) for kind, word in SHIPPING_KINDS.items()],
        bands=range(1, BANDS + 1),
        labels=_labels(form),
    )


def _refused(vendor: Vendor, form: Form[ShippingInput], method: ShippingMethod | None, refusal: ShippingNameTaken) -> Page:
    languages = refusal.facts["languages"]
    for tag in languages if isinstance(languages, list) else ():
        form.add_error(NAMES[tag], gettext(refusal.text))
    return _shipping(vendor, form, method), refusal.status


def _labels(form: Form[ShippingInput]) -> dict[str, str]:
    """Field → how the summary of errors calls it: what stands in a zone is named with the zone."""
    labels = {
        "name_en": gettext("Name in English"),
        "name_zh": gettext("Name in Chinese"),
        "kind": gettext("Kind"),
        "free_from": gettext("Free from"),
        "incoterm": gettext("Incoterm"),
        "zones": gettext("Zones"),
    }
    fields = {
        "zone": gettext("Name of the zone"),
        "countries": gettext("Countries"),
        "days_from": gettext("Days on the way, from"),
        "days_to": gettext("Days on the way, to"),
    }
    for n in range(1, BANDS + 1):
        fields[f"kg_{n}"] = gettext("Band %(n)s: up to, in kg", n=n)
        fields[f"litres_{n}"] = gettext("Band %(n)s: and up to, in litres", n=n)
        fields[f"price_{n}"] = gettext("Band %(n)s: price", n=n)
    for place, prefix in enumerate(form.rows("zones"), start=1):
        zone = gettext("Zone %(n)s", n=place)
        labels |= {f"{prefix}-{field}": gettext("%(label)s: %(text)s", label=zone, text=words) for field, words in fields.items()}
    return labels


def _way(form: Form[ShippingInput], currency: str) -> dict[str, Any] | None:
    """The method as the services take it; None when something does not fit its kind, which is then said at its field."""
    data = form.data
    kind = ShippingKind(data.kind)
    prefixes = _zone_prefixes(form)
    if kind is ShippingKind.TABLE and not prefixes:
        form.add_error("zones-0-zone", gettext("Write at least one zone: where, how long, and what it costs."))
    zones = []
    for prefix, row in zip(prefixes, data.zones, strict=True):
        faults = row.faults()
        for field, message in faults.items():
            form.add_error(f"{prefix}-{field}", message)
        if kind is ShippingKind.TABLE and not row.bands() and not faults:
            form.add_error(f"{prefix}-kg_1", gettext("Write the weight and the price of at least one band."))
        if kind is not ShippingKind.TABLE and row.bands():
            form.add_error(f"{prefix}-kg_1", gettext("Only a price table has bands: leave them empty, or choose the price table."))
        zones.append(_zone(form, prefix, row, currency))
    free_from = typed_minor(form, "free_from", data.free_from, currency)
    if data.free_from is not None and (kind is not ShippingKind.TABLE or free_from == 0):
        form.add_error("free_from", gettext("Only a price table can be free from a sum above 0: leave this empty."))
    name = {tag: words for tag, field in NAMES.items() if (words := getattr(data, field))}
    if not name:
        form.add_error("name_en", gettext("Write a name, in one language at least."))
    if form.messages:
        return None
    return {"name": name, "incoterm": data.incoterm, "kind": kind, "free_from_minor": free_from, "zones": zones}


def _zone(form: Form[ShippingInput], prefix: str, row: ZoneRow, currency: str) -> dict[str, Any]:
    """A zone as it is stored; a price that is finer than the currency is said at its field."""
    bands = []
    for number in range(1, BANDS + 1):
        kg, litres, price = (getattr(row, f"{what}_{number}") for what in ("kg", "litres", "price"))
        minor = typed_minor(form, f"{prefix}-price_{number}", price, currency)
        if kg is not None and minor is not None:
            size = {} if litres is None else {"up_to_cm3": int(litres * 1000)}
            bands.append({"up_to_g": int(kg * 1000), **size, "price_minor": minor})
    return {"zone": row.zone, "countries": row.countries, "days": [row.days_from, row.days_to], "bands": bands}


def _zone_prefixes(form: Form[ShippingInput]) -> list[str]:
    """The prefixes of the rows in which something is written, in their order: blank rows are no zones."""
    typed = form.typed or MultiDict()
    return [prefix for prefix in form.rows("zones") if any(typed.get(f"{prefix}-{field}", "").strip() for field in ZONE_FIELDS)]


def _written(method: ShippingMethod, currency: str) -> dict[str, Any]:
    initial: dict[str, Any] = {"name_en": method.name.get("en"), "name_zh": method.name.get("zh-Hans"), "incoterm": method.incoterm}
    initial |= {"kind": method.kind.value, "free_from": written_sum(method.free_from_minor, currency)}
    for index, zone in enumerate(method.zones):
        days = zone.get("days") or [0, 0]
        prefix = f"zones-{index}"
        initial |= {f"{prefix}-zone": zone["zone"], f"{prefix}-countries": ", ".join(zone["countries"])}
        initial |= {f"{prefix}-days_from": days[0], f"{prefix}-days_to": days[1]}
        for number, band in enumerate(zone.get("bands", ())[:BANDS], start=1):
            initial[f"{prefix}-kg_{number}"] = ungrouped(Decimal(band["up_to_g"]) / 1000)
            initial[f"{prefix}-price_{number}"] = written_sum(band["price_minor"], currency)
            if band.get("up_to_cm3") is not None:
                initial[f"{prefix}-litres_{number}"] = ungrouped(Decimal(band["up_to_cm3"]) / 1000)
    return initial
