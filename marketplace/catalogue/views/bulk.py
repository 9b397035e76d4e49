"""One change of many listings: chosen in the list, reckoned, looked at, applied, taken back."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from flask import flash, render_template, request
from werkzeug.wrappers import Response

from marketplace.accounts.permissions import Permission
from marketplace.catalogue import bulk, prices, queries, services
from marketplace.catalogue.bulk import ACTS, ROUNDINGS, UNDO_HOURS
from marketplace.catalogue.errors import NothingChosen, TooLate, TooManyChosen
from marketplace.catalogue.models import BulkEdit, BulkState, ProductState, RowState
from marketplace.catalogue.queries.bulk import ROWS
from marketplace.catalogue.schemas import BulkInput
from marketplace.catalogue.views.blueprint import bp
from marketplace.catalogue.views.portal import vendor_id
from marketplace.catalogue.wording import BULK_STATES, ROW_STATES, STATES
from marketplace.core import clock, i18n
from marketplace.core.acting import Page, answer_once
from marketplace.core.db import transaction
from marketplace.core.downloads import download_csv
from marketplace.core.errors import InvalidMove
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, lazy
from marketplace.core.web import current_actor, path_id, requires, see_other

FILTERS = ("q", "state", "stock")
ENDED = (BulkState.APPLIED, BulkState.UNDONE)
MOVING = (BulkState.PLANNING, BulkState.APPLYING, BulkState.UNDOING)
NEEDED = {
    "price_percent": ("percent", lazy("Write by how many percent, such as −2.5.")),
    "price_amount": ("amount", lazy("Write an amount, such as 0.05 or −0.05.")),
    "stock": ("on_hand", lazy("Write how much lies there.")),
    "state": ("to", lazy("Choose one of the list.")),
}
LABELS = {
    "act": lazy("What to do"),
    "percent": lazy("Percent"),
    "amount": lazy("Amount"),
    "rounding": lazy("Round to"),
    "on_hand": lazy("Counted now"),
    "to": lazy("State"),
    "ids": lazy("Products"),
}


@bp.route("/portal/products/bulk", methods=["GET", "POST"])
@requires(Permission.PRODUCT_EDIT)
def edit_products() -> Page:
    """What to do to the chosen listings, and what was done before."""
    if request.method != "POST":
        start = {
            "act": "price_percent",
            "rounding": "100",
            "ids": request.args.getlist("ids"),
            "everything": request.args.get("everything", "0"),
        }
        return _form_page(Form(BulkInput, initial=start), request.args)
    form = Form(BulkInput, request.form)
    if not form.is_valid():
        return _form_page(form, request.form), 422
    data = form.data
    name, text = NEEDED[data.act]
    if getattr(data, name) is None:
        form.add_error(name, gettext(text))
        return _form_page(form, request.form), 422
    scope = _scope(data, request.form)
    try:
        started = answer_once(
            "edit_products",
            {"values": data.model_dump(mode="json"), "scope": scope},
            lambda: {"bulk_edit_id": str(services.start_bulk_edit(data.act, _values(data), scope, actor=current_actor()).id)},
        )
    except (NothingChosen, TooManyChosen) as refused:
        form.add_error("ids", gettext(refused.text))
        return _form_page(form, request.form), refused.status
    return see_other("catalogue.show_bulk_edit", bulk_edit_id=started["bulk_edit_id"])


def _values(data: BulkInput) -> dict[str, Any]:
    if data.act == "price_percent":
        return {"percent_bp": int((data.percent or Decimal(0)) * 100), "round_micro": int(data.rounding)}
    if data.act == "price_amount":
        return {"amount_micro": prices.micro(data.amount or Decimal(0)), "round_micro": int(data.rounding)}
    return {"on_hand": str(data.on_hand)} if data.act == "stock" else {"to": data.to}


def _scope(data: BulkInput, sent: Mapping[str, str]) -> dict[str, Any]:
    if data.everything == "1":
        return {"filter": {name: sent[name] for name in FILTERS if sent.get(name)}}
    return {"ids": [str(one) for one in data.ids]}


def _form_page(form: Form[BulkInput], sent: Mapping[str, str]) -> str:
    company_id = vendor_id()
    is_everything = form.value("everything") == "1"
    kept = {name: sent.get(name, "") for name in FILTERS}
    asked = queries.PRODUCTS.read(kept)
    chosen = 0
    if is_everything:
        chosen = queries.count_scope(company_id, {"filter": asked.values})
    elif form.values("ids"):
        chosen = queries.count_scope(company_id, {"ids": form.values("ids")})
    page = queries.BULK_EDITS.page(queries.bulk_edits(company_id), queries.BULK_EDITS.read(request.args))
    return render_template(
        "catalogue/edit_products.html",
        form=form,
        ids=form.values("ids"),
        kept=asked.values if is_everything else {},
        is_everything=is_everything,
        chosen=chosen,
        acts=[(code, gettext(word)) for code, word in ACTS.items()],
        roundings=[(code, gettext(word)) for code, word in ROUNDINGS.items()],
        targets=[(code, gettext(word)) for code, word in bulk.STATES.items()],
        labels={name: gettext(text) for name, text in LABELS.items()},
        page=page,
        states=BULK_STATES,
        said=_said,
    )


def _said(edit: BulkEdit) -> str:
    """What a bulk edit does, in words."""
    values = edit.values
    if edit.act == "price_percent":
        return gettext("Prices %(change)s %%", change=_signed(values["percent_bp"] / 100))
    if edit.act == "price_amount":
        return gettext("Prices %(change)s", change=_signed(values["amount_micro"] / 1_000_000))
    if edit.act == "stock":
        return gettext("Stock set to %(quantity)s", quantity=values["on_hand"])
    return gettext("State: %(state)s", state=gettext(STATES[ProductState(values["to"])][0]))


def _signed(value: float) -> str:
    mark = "+" if value > 0 else "−" if value < 0 else ""
    return f"{mark}{i18n.number(Decimal(str(abs(value))))}"


@bp.get("/portal/products/bulk/<bulk_edit_id>")
@requires(Permission.PRODUCT_EDIT)
def show_bulk_edit(bulk_edit_id: str) -> str:
    """Before and after of every row, and how far it is."""
    edit = queries.bulk_edit_of(path_id(bulk_edit_id), vendor_id=vendor_id())
    asked = ROWS.read(request.args)
    undo_until = edit.applied_at + timedelta(hours=UNDO_HOURS) if edit.applied_at else None
    return render_template(
        "catalogue/show_bulk_edit.html",
        edit=edit,
        page=ROWS.page(queries.bulk_rows(edit.id), asked),
        asked=asked,
        said=_said(edit),
        state=BULK_STATES[edit.state],
        row_states=ROW_STATES,
        is_moving=edit.state in MOVING,
        reckoned=queries.count_reckoned(edit) if edit.state is BulkState.PLANNING else 0,
        to_do=edit.total - edit.left_out,
        counted=queries.count_by_state(edit.id) if edit.state in ENDED else {},
        row_state=RowState,
        undo_until=undo_until if undo_until and undo_until > clock.now() else None,
        in_words=lambda row, values: _in_words(edit, row, values),
    )


def _in_words(edit: BulkEdit, row: Any, values: list[Any]) -> str:
    """The value of a row before or after."""
    if edit.act == "state":
        return gettext(STATES[ProductState(values[0])][0])
    if edit.act == "stock":
        return i18n.quantity(values[0], row.display_unit, display_factor=row.display_factor)
    tiers = "; ".join(
        f"{i18n.quantity(start, row.display_unit, display_factor=row.display_factor)}: {prices.written(price)}" for start, price in values
    )
    per = (row.price_per or 1) // (row.display_factor or 1)
    if per > 1:
        return gettext("%(tiers)s %(currency)s per %(per)s", tiers=tiers, currency=row.currency, per=i18n.number(per))
    return f"{tiers} {row.currency}" if tiers else ""


@bp.get("/portal/products/bulk/<bulk_edit_id>.csv")
@requires(Permission.PRODUCT_EDIT)
def export_bulk_edit(bulk_edit_id: str) -> Response:
    """The same rows, all of them."""
    edit = queries.bulk_edit_of(path_id(bulk_edit_id), vendor_id=vendor_id())
    head = ["SKU", gettext("Title"), gettext("Before"), gettext("After"), gettext("State"), gettext("Reason")]
    rows = (
        [
            row.BulkEditRow.sku,
            i18n.text(row.title),
            _in_words(edit, row, row.BulkEditRow.before),
            _in_words(edit, row, row.BulkEditRow.after),
            gettext(ROW_STATES[row.BulkEditRow.state][0]),
            gettext(row.BulkEditRow.reason) if row.BulkEditRow.reason else "",
        ]
        for row in ROWS.rows(queries.bulk_rows(edit.id), ROWS.read(request.args))
    )
    return download_csv(head, rows, "bulk-edit.csv")


def _step(bulk_edit_id: str, service: Callable[..., Any], said: str) -> Response:
    key = path_id(bulk_edit_id)
    try:
        with transaction():
            service(key, actor=current_actor())
    except TooLate as refused:
        flash(gettext(refused.text), "late")
    except InvalidMove:
        flash(gettext("Somebody else was faster. This is how it stands now."), "need")
    else:
        flash(said, "done")
    return see_other("catalogue.show_bulk_edit", bulk_edit_id=key)


@bp.post("/portal/products/bulk/<bulk_edit_id>/apply")
@requires(Permission.PRODUCT_EDIT)
def apply_bulk_edit(bulk_edit_id: str) -> Response:
    """Yes to what was shown."""
    return _step(bulk_edit_id, services.start_applying, gettext("It is being applied."))


@bp.post("/portal/products/bulk/<bulk_edit_id>/drop")
@requires(Permission.PRODUCT_EDIT)
def drop_bulk_edit(bulk_edit_id: str) -> Response:
    """No to what was shown."""
    return _step(bulk_edit_id, services.drop_bulk_edit, gettext("Dropped. Nothing was changed."))


@bp.post("/portal/products/bulk/<bulk_edit_id>/undo")
@requires(Permission.PRODUCT_EDIT)
def undo_bulk_edit(bulk_edit_id: str) -> Response:
    """Take it back."""
    return _step(bulk_edit_id, services.start_undoing, gettext("It is being taken back."))
