"""The vendor's stock: of one listing, of all of them by place, the movements, the places."""

from collections.abc import Callable

from flask import flash, render_template, request
from werkzeug.wrappers import Response

from marketplace.accounts.permissions import Permission
from marketplace.catalogue import queries, services
from marketplace.catalogue.errors import KitHasNoStock, PlaceTaken, SamePlace, StockBelowReserved, TooMuch
from marketplace.catalogue.models import Variant
from marketplace.catalogue.quantities import NotWhole, to_base
from marketplace.catalogue.schemas import PlaceInput, StockInput
from marketplace.catalogue.views.blueprint import bp
from marketplace.catalogue.views.form_page import product_tabs
from marketplace.catalogue.views.portal import vendor_id
from marketplace.catalogue.wording import MOVEMENTS, STATES
from marketplace.core import i18n
from marketplace.core.acting import Page, act_once
from marketplace.core.db import transaction
from marketplace.core.downloads import download_csv
from marketplace.core.errors import NotFound
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, lazy
from marketplace.core.web import current_actor, path_id, requires, see_other

KINDS = {
    "counted": lazy("Counted: this much lies there now"),
    "received": lazy("Received: this much has come in"),
    "scrapped": lazy("Scrapped: this much is broken, lost or out of date"),
    "moved": lazy("Moved: this much went to another place"),
}


@bp.route("/portal/products/<product_id>/stock", methods=["GET", "POST"])
@requires(Permission.PRODUCT_EDIT)
def count_stock(product_id: str) -> Page:
    """What lies where of a listing, and what has happened to it; `?variant=` names the one that is asked about."""
    own = queries.own_product(path_id(product_id), vendor_id=vendor_id())
    if request.method != "POST":
        rows = queries.stock_of_product(own.id, vendor_id=own.vendor_id)
        asked = next((row[0].id for row in rows if row[0].sku == request.args.get("variant")), "")
        return _stock_page(own, Form(StockInput, initial={"kind": "counted", "variant_id": asked}))
    form = Form(StockInput, request.form)
    status = 422
    if form.is_valid():
        variant = next(
            (row[0] for row in queries.stock_of_product(own.id, vendor_id=own.vendor_id) if row[0].id == form.data.variant_id), None
        )
        if variant is None:
            raise NotFound
        status = _change_stock(form, variant)
        if status == 303:
            flash(gettext("Written down: %(sku)s.", sku=variant.sku), "done")
            return see_other("catalogue.count_stock", product_id=own.id, variant=variant.sku)
    elif form.error("variant_id") or form.error("place_id") or form.error("to_place_id"):
        raise NotFound  # the page offers the ids; another one was not typed by anybody
    return _stock_page(own, form), status


def _change_stock(form: Form[StockInput], variant: Variant) -> int:
    """303 when it is done, else the status of the refusal that now stands at its field."""
    data, actor = form.data, current_actor()
    try:
        quantity = to_base(data.on_hand, variant.display_factor)
    except NotWhole:
        form.add_error("on_hand", gettext("This is not a whole number of the smallest unit."))
        return 422
    acts: dict[str, Callable[..., object]] = {
        "counted": services.count_stock,
        "received": services.receive_stock,
        "scrapped": services.scrap_stock,
    }
    place_id, to_place_id, note = data.place_id, data.to_place_id, data.note or None
    if data.kind == "moved" and (place_id is None or to_place_id is None):
        form.add_error("to_place_id" if to_place_id is None else "place_id", gettext("Choose both places."))
        return 422

    def change() -> None:
        if data.kind != "moved":
            acts[data.kind](variant.id, quantity, place_id=place_id, note=note, actor=actor)
        elif place_id is not None and to_place_id is not None:
            services.move_stock(variant.id, quantity, place_id=place_id, to_place_id=to_place_id, note=note, actor=actor)

    try:
        act_once("change_stock", data.model_dump(mode="json"), change)
    except StockBelowReserved as refused:
        factor, unit = variant.display_factor, variant.display_unit
        promised = i18n.quantity(refused.reserved, unit, display_factor=factor)
        lies = i18n.quantity(refused.on_hand, unit, display_factor=factor)
        form.add_error(
            "on_hand", gettext("%(lies)s lie there, of which open orders have been promised %(promised)s.", lies=lies, promised=promised)
        )
        return refused.status
    except SamePlace as refused:
        form.add_error("to_place_id", gettext(refused.text))
        return refused.status
    except (TooMuch, KitHasNoStock) as refused:
        form.add_error("on_hand", gettext(refused.text))
        return refused.status
    return 303


def _stock_page(own: queries.OwnProduct, form: Form[StockInput]) -> str:
    rows = queries.stock_of_product(own.id, vendor_id=own.vendor_id)
    variants = {row[0].id: row[0] for row in rows}
    kits = queries.kits_among(list(variants))
    facts = queries.variants_for_lines(kits)
    return render_template(
        "catalogue/count_stock.html",
        product=own,
        rows=[row for row in rows if row[0].id not in kits],
        kits=[(variants[kit_id], facts[kit_id].available) for kit_id in variants if kit_id in kits],
        waiting=queries.waiting_of(list(variants)),
        form=form,
        variants=[(str(v.id), f"{v.sku}, {v.label}" if v.label else v.sku) for v in variants.values() if v.id not in kits],
        places=[(str(place.id), place.name) for place in queries.places_of(own.vendor_id)],
        kinds=[(code, gettext(word)) for code, word in KINDS.items()],
        state=STATES[own.state],
        tabs=product_tabs(own.id, "stock"),
    )


@bp.get("/portal/stock")
@requires(Permission.PRODUCT_EDIT)
def list_stock() -> str:
    """What lies where, of all listings."""
    company_id = vendor_id()
    places = queries.places_of(company_id)
    table = queries.stock_table(places)
    asked = table.read(request.args)
    return render_template(
        "catalogue/list_stock.html", page=table.page(queries.stock_rows(company_id, places), asked), asked=asked, places=places
    )


@bp.get("/portal/stock.csv")
@requires(Permission.PRODUCT_EDIT)
def export_stock() -> Response:
    """The same list, whole."""
    company_id = vendor_id()
    places = queries.places_of(company_id)
    table = queries.stock_table(places)
    head = ["SKU", gettext("Title"), gettext("Place"), gettext("Unit"), gettext("On hand"), gettext("Reserved"), gettext("Free")]
    rows = (
        [
            row.sku,
            i18n.text(row.title),
            row.place_name,
            row.display_unit,
            *(n / row.display_factor for n in (row.on_hand, row.reserved, row.on_hand - row.reserved)),
        ]
        for row in table.rows(queries.stock_rows(company_id, places), table.read(request.args))
    )
    return download_csv(head, rows, "stock.csv")


@bp.get("/portal/stock/movements")
@requires(Permission.PRODUCT_EDIT)
def list_movements() -> str:
    """What changed the stock, the newest first."""
    places = queries.places_of(vendor_id())
    table = queries.movement_table(places)
    asked = table.read(request.args)
    page = table.page(queries.movement_rows(places), asked)
    return render_template("catalogue/list_movements.html", page=page, asked=asked, kinds=MOVEMENTS)


@bp.get("/portal/stock/movements.csv")
@requires(Permission.PRODUCT_EDIT)
def export_movements() -> Response:
    """The same list, whole."""
    places = queries.places_of(vendor_id())
    table = queries.movement_table(places)
    words = {kind: gettext(word) for kind, word in MOVEMENTS.items()}
    head = [gettext("When"), "SKU", gettext("Place"), gettext("What"), gettext("Unit"), gettext("On hand, change")]
    head += [gettext("Reserved, change"), gettext("By"), gettext("Note")]
    rows = (
        [
            row.at.isoformat(),
            row.sku,
            row.place_name,
            words[row.kind],
            row.display_unit,
            row.on_hand_change / row.display_factor,
            row.reserved_change / row.display_factor,
            row.person_name or "",
            row.note or "",
        ]
        for row in table.rows(queries.movement_rows(places), table.read(request.args))
    )
    return download_csv(head, rows, "stock-movements.csv")


@bp.route("/portal/stock/places", methods=["GET", "POST"])
@requires(Permission.PRODUCT_EDIT)
def list_places() -> Page:
    """Where stock lies; a further place is added here."""
    form = Form(PlaceInput, request.form if request.method == "POST" else None)
    if request.method != "POST":
        return _places_page(form)
    if not form.is_valid():
        return _places_page(form), 422
    try:
        with transaction():
            services.add_place(form.data.name, actor=current_actor())
    except PlaceTaken as refused:
        form.add_error("name", gettext(refused.text))
        return _places_page(form), refused.status
    flash(gettext("Added: %(name)s.", name=form.data.name), "done")
    return see_other("catalogue.list_places")


def _places_page(form: Form[PlaceInput]) -> str:
    return render_template(
        "catalogue/list_places.html", form=form, places=queries.places_of(vendor_id()), contents=queries.place_contents(vendor_id())
    )


@bp.route("/portal/stock/places/<place_id>", methods=["GET", "POST"])
@requires(Permission.PRODUCT_EDIT)
def rename_place(place_id: str) -> Page:
    """Another name for a place."""
    key = path_id(place_id)
    place = next((place for place in queries.places_of(vendor_id()) if place.id == key), None)
    if place is None:
        raise NotFound
    if request.method != "POST":
        return render_template("catalogue/rename_place.html", place=place, form=Form(PlaceInput, initial={"name": place.name}))
    form = Form(PlaceInput, request.form)
    status = 422
    if form.is_valid():
        try:
            with transaction():
                services.rename_place(key, form.data.name, actor=current_actor())
        except PlaceTaken as refused:
            form.add_error("name", gettext(refused.text))
            status = refused.status
            place = next(place for place in queries.places_of(vendor_id()) if place.id == key)
        else:
            flash(gettext("Saved."), "done")
            return see_other("catalogue.list_places")
    return render_template("catalogue/rename_place.html", place=place, form=form), status


@bp.post("/portal/stock/places/<place_id>/default")
@requires(Permission.PRODUCT_EDIT)
def choose_default_place(place_id: str) -> Response:
    """From now on buyers are offered what is free here."""
    with transaction():
        place = services.choose_default_place(path_id(place_id), actor=current_actor())
        name = place.name
    flash(gettext("Buyers are now offered what is free in %(name)s.", name=name), "done")
    return see_other("catalogue.list_places")
