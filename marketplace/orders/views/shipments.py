"""Shipments of a part of an order: the vendor sends and proves them, the buyer counts them and accepts line by line."""

from typing import Any
from uuid import UUID

from flask import flash, render_template, request

from marketplace.accounts.permissions import Permission
from marketplace.core import files
from marketplace.core.acting import Page, act_once, viewer_here
from marketplace.core.db import outside, transaction
from marketplace.core.errors import Conflict
from marketplace.core.files import FileRefused, StoredFile
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, money
from marketplace.core.web import current_actor, requires
from marketplace.orders import quantities, queries, services
from marketplace.orders.errors import QuantityTooLarge
from marketplace.orders.models import OrderLine, VendorOrder
from marketplace.orders.schemas import LineQuantitiesInput, ProofInput, ShipPartInput
from marketplace.orders.views import rows
from marketplace.orders.views.blueprint import bp
from marketplace.orders.views.sides import BUYER, VENDOR
from payments import queries as payments


def _lines(order: VendorOrder) -> list[OrderLine]:
    return queries.lines_of_orders([order.id])[order.id]


@bp.get("/portal/orders/<number>/shipments/new")
@requires(Permission.VENDOR_ORDER_FULFIL)
def show_ship_form(number: str) -> Page:
    """Ask how much of each line leaves."""
    return _ask_part(VENDOR.order(number))


def _ask_part(order: VendorOrder, form: Form[ShipPartInput] | None = None) -> str:
    lines = [line for line in _lines(order) if line.to_ship]
    form = form or Form(ShipPartInput, initial=rows.initial(lines, {"quantity": lambda line: quantities.written(line.to_ship, line)}))
    return render_template(
        "orders/ship_part.html", order=order, form=form, rows=rows.prefixes(form, lines), labels=rows.labels(form, lines)
    )


@bp.post("/portal/orders/<number>/shipments")
@requires(Permission.VENDOR_ORDER_FULFIL)
def ship_part(number: str) -> Page:
    """Some of each line leaves."""
    order = VENDOR.order(number)
    lines = _lines(order)
    form = Form(ShipPartInput, request.form)
    if not form.is_valid():
        return _ask_part(order, form), 422
    wanted = rows.read_quantities(form, lines)
    if form.errors:
        return _ask_part(order, form), 422
    data, content = form.data, {"order": number, **form.data.model_dump(mode="json")}
    try:
        act_once(
            "ship_part",
            content,
            lambda: services.ship_part(order.id, quantities=wanted, carrier=data.carrier, tracking=data.tracking, actor=current_actor()),
        )
    except QuantityTooLarge as refused:
        rows.say(form, lines, refused.line_id, "quantity", quantities.too_large(refused))
        return _ask_part(VENDOR.order(number), form), refused.status
    except Conflict as refused:
        form.add_error("form", gettext(refused.text))
        return _ask_part(VENDOR.order(number), form), refused.status
    flash(gettext("Shipped. The buyer has been told what is in it."), "done")
    return VENDOR.back(order)


@bp.get("/portal/orders/<number>/shipments/<int:position>/delivered")
@requires(Permission.VENDOR_ORDER_FULFIL)
def show_proof_form(number: str, position: int) -> Page:
    """Ask who signed for a shipment, and for the signed note."""
    return _ask_proof(VENDOR.order(number), position, Form(ProofInput))


def _ask_proof(order: VendorOrder, position: int, form: Form[ProofInput]) -> str:
    shipment = queries.shipment_of_order(order.id, position)
    lines = {line.id: line for line in _lines(order)}
    contents = [(lines[row.line_id], row) for row in queries.lines_of_shipments([shipment.id])[shipment.id]]
    return render_template("orders/prove_delivery.html", order=order, shipment=shipment, contents=contents, form=form)


@bp.post("/portal/orders/<number>/shipments/<int:position>/delivered")
@requires(Permission.VENDOR_ORDER_FULFIL)
def deliver_shipment_with_proof(number: str, position: int) -> Page:
    """One shipment has arrived. The row of the proof first, then its bytes, then the act: what is shown is always there to be read."""
    order = VENDOR.order(number)
    form = Form(ProofInput, request.form)
    form.is_valid()
    sent = request.files.get("proof")
    content = sent.read(files.MAX_BYTES + 1) if sent is not None and sent.filename else None
    if content is not None:
        try:
            files.check(content)
        except FileRefused as refused:
            form.add_error("proof", gettext(refused.text))
    if form.errors:
        return _ask_proof(order, position, form), 422
    proof_id = _keep(order, sent.filename or "proof", content) if sent is not None and content is not None else None
    said = {"order": number, "shipment": position, **form.data.model_dump(mode="json")}
    try:
        act_once(
            "deliver_shipment",
            said,
            lambda: services.deliver_shipment_with_proof(
                order.id, position, signed_by=form.data.signed_by, proof_file_id=proof_id, actor=current_actor()
            ),
        )
    except Conflict as refused:
        form.add_error("form", gettext(refused.text))
        return _ask_proof(VENDOR.order(number), position, form), refused.status
    flash(gettext("Shipment %(n)s is delivered.", n=position), "done")
    return VENDOR.back(order)


def _keep(order: VendorOrder, name: str, content: bytes) -> UUID:
    """Store a file of the vendor's that the buyer may read."""
    with transaction():
        stored: StoredFile = files.record(order.vendor_id, name, content)
        files.share(stored, order.buyer_id)
    outside()
    files.store(stored, content)
    return stored.id


@bp.get("/orders/<number>/shipments/<int:position>")
@requires(Permission.ORDER_ACCEPT_GOODS)
def show_count_form(number: str, position: int) -> Page:
    """Ask how much of a shipment is there."""
    return _ask_count(BUYER.order(number), position)


def _ask_count(order: VendorOrder, position: int, form: Form[LineQuantitiesInput] | None = None) -> str:
    shipment = queries.shipment_of_order(order.id, position)
    sent = {row.line_id: row.quantity for row in queries.lines_of_shipments([shipment.id])[shipment.id]}
    lines = [line for line in _lines(order) if line.id in sent]
    form = form or Form(
        LineQuantitiesInput, initial=rows.initial(lines, {"quantity": lambda line: quantities.written(sent[line.id], line)})
    )
    return render_template(
        "orders/count_shipment.html",
        order=order,
        purchase=queries.purchase_by_id(order.purchase_id),
        shipment=shipment,
        sent=sent,
        form=form,
        rows=rows.prefixes(form, lines),
        labels=rows.labels(form, lines),
    )


@bp.post("/orders/<number>/shipments/<int:position>")
@requires(Permission.ORDER_ACCEPT_GOODS)
def confirm_shipment(number: str, position: int) -> Page:
    """A shipment is there, as counted."""
    order = BUYER.order(number)
    form = Form(LineQuantitiesInput, request.form)
    ask: dict[str, Any] = {"position": position}
    if not form.is_valid():
        return _ask_count(order, form=form, **ask), 422
    lines = _lines(order)
    counted = rows.read_quantities(form, lines)
    if form.errors:
        return _ask_count(order, form=form, **ask), 422
    content = {"order": number, "shipment": position, **form.data.model_dump(mode="json")}
    try:
        act_once(
            "confirm_shipment",
            content,
            lambda: services.confirm_shipment(order.id, position, counted=counted, actor=current_actor()),
        )
    except QuantityTooLarge as refused:
        rows.say(form, lines, refused.line_id, "quantity", quantities.too_large(refused))
        return _ask_count(BUYER.order(number), form=form, **ask), refused.status
    except Conflict as refused:
        form.add_error("form", gettext(refused.text))
        return _ask_count(BUYER.order(number), form=form, **ask), refused.status
    flash(gettext("Shipment %(n)s is delivered as you counted it.", n=position), "done")
    return BUYER.back(order)


@bp.get("/orders/<number>/accept-lines")
@requires(Permission.ORDER_ACCEPT_GOODS)
def show_accept_form(number: str) -> Page:
    """Ask how much of each delivered line is right."""
    return _ask_accept(BUYER.order(number))


def _ask_accept(order: VendorOrder, form: Form[LineQuantitiesInput] | None = None) -> str:
    lines = [line for line in _lines(order) if line.delivered_quantity > line.accepted_quantity]
    form = form or Form(LineQuantitiesInput, initial=rows.initial(lines, {"quantity": lambda _: ""}))
    return render_template(
        "orders/accept_lines.html",
        order=order,
        purchase=queries.purchase_by_id(order.purchase_id),
        form=form,
        rows=rows.prefixes(form, lines),
        labels=rows.labels(form, lines),
        is_open=queries.find_open_claim(order.id) is not None,
    )


@bp.post("/orders/<number>/accept-lines")
@requires(Permission.ORDER_ACCEPT_GOODS)
def accept_lines(number: str) -> Page:
    """Some of what has arrived is right; with the last of a line its money goes."""
    order = BUYER.order(number)
    lines = _lines(order)
    form = Form(LineQuantitiesInput, request.form)
    if not form.is_valid():
        return _ask_accept(order, form), 422
    accepted = rows.read_quantities(form, lines)
    if form.errors:
        return _ask_accept(order, form), 422
    content = {"order": number, **form.data.model_dump(mode="json")}
    released_before = payments.hold_of_vendor_order(order.id, buyer_id=order.buyer_id).released_minor
    try:
        act_once("accept_lines", content, lambda: services.accept_lines(order.id, quantities=accepted, actor=current_actor()))
    except QuantityTooLarge as refused:
        rows.say(form, lines, refused.line_id, "quantity", quantities.too_large(refused))
        return _ask_accept(BUYER.order(number), form), refused.status
    except Conflict as refused:
        form.add_error("form", gettext(refused.text))
        return _ask_accept(BUYER.order(number), form), refused.status
    flash(_said(queries.order_for_buyer(number, buyer_id=viewer_here().company_id), released_before), "done")
    return BUYER.back(order)


def _said(order: VendorOrder, released_before_minor: int) -> str:
    if order.accepted_by_buyer_at is not None:
        return gettext("Everything is accepted, and the money is released.")
    released_minor = payments.hold_of_vendor_order(order.id, buyer_id=order.buyer_id).released_minor - released_before_minor
    if released_minor:
        return gettext("Accepted: %(sum)s is released to %(vendor)s.", sum=money(released_minor, order.currency), vendor=order.vendor_name)
    return gettext("Accepted. The rest waits for you.")
