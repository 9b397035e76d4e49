"""The prices of a list: pasted or sent as a file, a formula, taken home as CSV."""

from collections.abc import Iterator
from uuid import UUID

from flask import flash, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from marketplace.accounts.permissions import Permission
from marketplace.catalogue import prices as catalogue_prices
from marketplace.catalogue.quantities import to_shown
from marketplace.core.acting import Page, act_once, answer_once
from marketplace.core.downloads import download_csv
from marketplace.core.errors import Conflict, Invalid
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, lazy, ngettext
from marketplace.core.web import current_actor, path_id, requires, see_other
from marketplace.pricing import services
from marketplace.pricing.errors import RateBegun
from marketplace.pricing.formulas import Formula
from marketplace.pricing.pasting import Pasted, read, written_skus
from marketplace.pricing.queries import portal
from marketplace.pricing.schemas import BandInput, FormulaInput, PricesInput
from marketplace.pricing.views.blueprint import bp, vendor_id
from marketplace.pricing.views.lists import list_page

BIGGEST_FILE = 2_000_000
SHOWN_FAULTS = 20
EXPORT_VARIANTS = 20_000
HEAD = (lazy("SKU"), lazy("From quantity"), lazy("Price"), lazy("Unit"), lazy("For"), lazy("First day"))


@bp.post("/portal/price-lists/<list_id>/prices")
@requires(Permission.PRODUCT_EDIT)
def set_list_prices(list_id: str) -> Page:
    """Write prices from pasted lines or a CSV file; with one wrong line nothing is written, and every wrong line is named."""
    wanted = path_id(list_id)
    own = vendor_id()
    portal.list_of_vendor(wanted, vendor_id=own)
    form = Form(PricesInput, request.form)
    if not form.is_valid():
        return list_page(wanted, prices_form=form), 422
    text = _file_text(form) or form.data.rows
    if form.messages:
        return list_page(wanted, prices_form=form), 422
    pasted = read(text, portal.variants_by_sku(own, written_skus(text)))
    if pasted.faults or not pasted.prices:
        form.add_error("rows", _faults(pasted))
        return list_page(wanted, prices_form=form), 422
    day = form.data.begins_on
    try:
        done = answer_once(
            "set_prices",
            {"list": wanted, "day": day, "prices": sorted((str(key), list(tiers)) for key, tiers in pasted.prices.items())},
            lambda: {"changed": len(services.set_prices(wanted, pasted.prices, vendor_id=own, valid_from=day, actor=current_actor()))},
        )
    except RateBegun as refused:
        form.add_error("begins_on", gettext(refused.text))
        return list_page(wanted, prices_form=form), refused.status
    except (Conflict, Invalid) as refused:
        form.add_error("form", gettext(refused.text))
        return list_page(wanted, prices_form=form), refused.status
    number = int(done["changed"])
    flash(ngettext("%(num)s variant has another price.", "%(num)s variants have another price.", number), "done" if number else "off")
    return see_other("pricing.show_price_list", list_id=wanted)


def _file_text(form: Form[PricesInput]) -> str:
    """The sent file as text, in UTF-8 or, as Chinese spreadsheets write it, GB18030; '' without one."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return ""
    content = sent.stream.read(BIGGEST_FILE + 1)
    if len(content) > BIGGEST_FILE:
        form.add_error("file", gettext("The file is larger than 2 MB."))
        return ""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    form.add_error("file", gettext("This is no CSV file that can be read."))
    return ""


def _faults(pasted: Pasted) -> str:
    if not pasted.faults:
        return gettext("There is no line with a price.")
    shown = [
        gettext("Line %(line)s, %(written)s: %(text)s", line=fault.line, written=fault.written[:40] or "–", text=fault.text)
        for fault in pasted.faults[:SHOWN_FAULTS]
    ]
    more = len(pasted.faults) - SHOWN_FAULTS
    if more > 0:
        shown.append(ngettext("%(num)s more line is wrong.", "%(num)s more lines are wrong.", more))
    return " ".join([gettext("Nothing was written."), *shown])


@bp.get("/portal/price-lists/<list_id>/prices.csv")
@requires(Permission.PRODUCT_EDIT)
def export_list_prices(list_id: str) -> Response:
    """What counts today and what is scheduled, in the columns that can be pasted back."""
    wanted = path_id(list_id)
    own = vendor_id()
    price_list = portal.list_of_vendor(wanted, vendor_id=own)
    rows = [
        (
            row.sku,
            to_shown(row.from_quantity, row.display_factor) if row.from_quantity is not None else "",
            catalogue_prices.written(row.unit_price_micro) if row.unit_price_micro is not None else "",
            price_list.currency,
            f"{row.price_per // row.display_factor or 1} {row.display_unit}",
            row.valid_from.isoformat(),
        )
        for row in portal.prices_of_list(wanted, vendor_id=own, limit=EXPORT_VARIANTS)
    ]
    return download_csv([gettext(head) for head in HEAD], rows, "prices.csv")


@bp.post("/portal/price-lists/<list_id>/formula")
@requires(Permission.PRODUCT_EDIT)
def set_list_formula(list_id: str) -> Page:
    """Let a formula list reckon so from a day on."""
    wanted = path_id(list_id)
    portal.list_of_vendor(wanted, vendor_id=vendor_id())
    form = Form(FormulaInput, request.form)
    if not form.is_valid():
        return list_page(wanted, formula_form=form), 422
    formula = _formula(form)
    if formula is None:
        return list_page(wanted, formula_form=form), 422
    try:
        act_once("set_formula", {"list": wanted} | form.data.model_dump(), lambda: _set(wanted, formula, form.data))
    except RateBegun as refused:
        form.add_error("begins_on", gettext(refused.text))
        return list_page(wanted, formula_form=form), refused.status
    except (Conflict, Invalid) as refused:
        form.add_error("form", gettext(refused.text))
        return list_page(wanted, formula_form=form), refused.status
    flash(gettext("The list reckons so from that day on."), "done")
    return see_other("pricing.show_price_list", list_id=wanted)


def _set(list_id: UUID, formula: Formula, data: FormulaInput) -> None:
    services.set_formula(list_id, formula, vendor_id=vendor_id(), valid_from=data.begins_on, actor=current_actor())


def _formula(form: Form[FormulaInput]) -> Formula | None:
    data = form.data
    try:
        return Formula(data.percent, tuple((band.from_quantity, band.percent) for band in data.bands), int(data.round_micro), data.rounding)
    except ValueError:
        field = next(_fields_out_of_order(form), "percent")
        form.add_error(field, gettext("From band to band the quantity rises and the percent falls, so that more never costs more."))
        return None


def _fields_out_of_order(form: Form[FormulaInput]) -> Iterator[str]:
    quantity, percent = 0, form.data.percent
    typed = form.typed or MultiDict()
    written = [prefix for prefix in form.rows("bands") if any(typed.get(f"{prefix}-{name}", "").strip() for name in BandInput.model_fields)]
    for prefix, band in zip(written, form.data.bands, strict=True):
        if band.from_quantity <= quantity:
            yield f"{prefix}-from_quantity"
        if band.percent > percent:
            yield f"{prefix}-percent"
        quantity, percent = band.from_quantity, band.percent
