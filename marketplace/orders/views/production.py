"""Production: the vendor writes down a stage, with photos that the buyer sees."""

from collections.abc import Sequence
from uuid import UUID

from flask import flash, render_template, request

from marketplace.accounts.permissions import Permission
from marketplace.core.acting import Page, act_once
from marketplace.core.db import db
from marketplace.core.errors import Conflict
from marketplace.core.files import StoredFile
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext
from marketplace.core.web import current_actor, requires, takes_files
from marketplace.orders import services
from marketplace.orders.models import VendorOrder
from marketplace.orders.schemas import StageInput
from marketplace.orders.views.blueprint import bp
from marketplace.orders.views.photos import MAX_PHOTOS, keep_photos, read_photos
from marketplace.orders.views.sides import VENDOR


@bp.get("/portal/orders/<number>/production")
@requires(Permission.VENDOR_ORDER_FULFIL)
def show_stage_form(number: str) -> Page:
    """Ask what has been reached."""
    return _ask(VENDOR.order(number), Form(StageInput))


def _ask(order: VendorOrder, form: Form[StageInput]) -> str:
    return render_template("orders/write_stage.html", order=order, form=form, most=MAX_PHOTOS)


@bp.post("/portal/orders/<number>/production")
@requires(Permission.VENDOR_ORDER_FULFIL)
@takes_files(MAX_PHOTOS)
def write_stage(number: str) -> Page:
    """A stage is reached. The rows of the photos first, then their bytes, then the act: what is shown is always there to be read."""
    order = VENDOR.order(number)
    form = Form(StageInput, request.form)
    form.is_valid()
    photos = read_photos(form, "photos", request.files.getlist("photos"))
    if form.errors:
        return _ask(order, form), 422
    stored_ids = [stored.id for stored in keep_photos(order.vendor_id, photos)]
    data, content = form.data, {"order": number, **form.data.model_dump(mode="json")}
    try:
        act_once("write_stage", content, lambda: _write(order.id, data.title, data.note, stored_ids))
    except Conflict as refused:
        form.add_error("form", gettext(refused.text))
        return _ask(VENDOR.order(number), form), refused.status
    flash(gettext("Written down. The buyer sees it on the order."), "done")
    return VENDOR.back(order)


def _write(order_id: UUID, title: str, note: str | None, file_ids: Sequence[UUID]) -> None:
    photos = [db.session.get_one(StoredFile, file_id) for file_id in file_ids]
    services.write_stage(order_id, title=title, note=note, photos=photos, actor=current_actor())
