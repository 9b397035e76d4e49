"""The vendor's price lists: the table, a new one, its page, switching on and ending."""

from typing import Any
from uuid import UUID

from flask import flash, render_template, request
from werkzeug.wrappers import Response

from marketplace.accounts.permissions import Permission
from marketplace.core import clock
from marketplace.core.acting import Page, act_once, answer_once
from marketplace.core.downloads import download_csv
from marketplace.core.errors import Conflict, Invalid, InvalidMove, NotFound
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, lazy
from marketplace.core.money import CURRENCIES
from marketplace.core.web import current_actor, path_id, requires, see_other
from marketplace.pricing import services
from marketplace.pricing.errors import BaseUnfit, ListChanged, ListNameTaken
from marketplace.pricing.models import ListKind, ListState, PriceList, PriceListFormula, Rounding
from marketplace.pricing.queries import portal
from marketplace.pricing.schemas import FormulaInput, ListChangeInput, ListInput, PricesInput, UseInput
from marketplace.pricing.services import NewList
from marketplace.pricing.views.blueprint import bp, vendor_id
from marketplace.pricing.views.customers import customer_choices
from vendors import queries as vendors

HEAD = (lazy("Name"), lazy("Rank"), lazy("Kind"), lazy("Currency"), lazy("First day"), lazy("Last day"), lazy("State"))
ROUNDING_WORDS = {Rounding.NEAREST: lazy("nearest"), Rounding.UP: lazy("up"), Rounding.DOWN: lazy("down")}
SHOWN_VARIANTS = 100
BLANK_BANDS = 2


@bp.get("/portal/price-lists")
@requires(Permission.PRODUCT_EDIT)
def list_price_lists() -> str:
    """The price lists of the vendor, the last changed first."""
    asked = portal.LISTS.read(request.args)
    found = portal.LISTS.page(portal.lists_of_vendor(vendor_id()), asked)
    ids = [row.id for row in found.rows]
    return render_template(
        "pricing/list_price_lists.html",
        asked=asked,
        found=found,
        variants=portal.count_variants(ids),
        companies=portal.count_companies(ids),
        states=portal.STATE_WORDS,
        standings=portal.STANDING_WORDS,
        kinds=portal.KIND_WORDS,
        today=clock.now().date(),
    )


@bp.get("/portal/price-lists.csv")
@requires(Permission.PRODUCT_EDIT)
def export_price_lists() -> Response:
    """The table as it is filtered and sorted."""
    asked = portal.LISTS.read(request.args)
    rows = [
        (
            row.name,
            gettext(portal.STANDING_WORDS[row.standing]),
            gettext(portal.KIND_WORDS[row.kind]),
            row.currency,
            row.valid_from.isoformat(),
            row.valid_until.isoformat() if row.valid_until else "",
            gettext(portal.STATE_WORDS[row.state]),
        )
        for row in portal.LISTS.rows(portal.lists_of_vendor(vendor_id()), asked)
    ]
    return download_csv([gettext(head) for head in HEAD], rows, "price-lists.csv")


@bp.route("/portal/price-lists/new", methods=["GET", "POST"])
@requires(Permission.PRODUCT_EDIT)
def add_price_list() -> Page:
    """A new list, seen by nobody else until it has prices and buyers and is switched on."""
    own = vendor_id()
    if request.method != "POST":
        start = {
            "kind": ListKind.FIXED.value,
            "standing": "list",
            "currency": vendors.vendor_by_id(own).currency,
            "valid_from": clock.now().date().isoformat(),
        }
        return _new_page(Form(ListInput, initial=start))
    form = Form(ListInput, request.form)
    if not form.is_valid():
        return _new_page(form), 422
    new = NewList(
        form.data.name,
        form.data.currency,
        form.data.valid_from,
        form.data.valid_until,
        form.data.kind,
        form.data.standing,
        form.data.base if form.data.kind is ListKind.FORMULA else None,
    )
    try:
        made = answer_once(
            "add_list", form.data.model_dump(), lambda: {"list": str(services.add_list(new, vendor_id=own, actor=current_actor()).id)}
        )
    except ListNameTaken as refused:
        form.add_error("name", gettext(refused.text))
        return _new_page(form), refused.status
    except BaseUnfit as refused:
        form.add_error("base", gettext(refused.text))
        return _new_page(form), refused.status
    except NotFound:
        form.add_error("base", gettext("Choose one of the list."))
        return _new_page(form), 422
    flash(gettext("The list is a draft. Give it prices and buyers, then switch it on."), "done")
    return see_other("pricing.show_price_list", list_id=made["list"])


def _new_page(form: Form[ListInput]) -> str:
    return render_template(
        "pricing/add_price_list.html",
        form=form,
        currencies=[(code, code) for code in CURRENCIES],
        bases=[(str(base.id), f"{base.name}, {base.currency}") for base in portal.bases_of_vendor(vendor_id())],
        standings=portal.STANDING_WORDS,
        kinds=portal.KIND_WORDS,
    )


@bp.get("/portal/price-lists/<list_id>")
@requires(Permission.PRODUCT_EDIT)
def show_price_list(list_id: str) -> str:
    """A list: what it is, its prices, whom it is meant for, what has been and will be."""
    return list_page(path_id(list_id))


def list_page(list_id: UUID, **forms: Any) -> str:
    """The page of a list; `forms` are those that were refused: `form` basics, `prices_form`, `formula_form`, `use_form`, `segments_form`."""
    own = vendor_id()
    price_list = portal.list_of_vendor(list_id, vendor_id=own)
    today = clock.now().date()
    first = max(price_list.valid_from, today).isoformat()
    formulas = portal.formulas_of_list(list_id, vendor_id=own) if price_list.kind is ListKind.FORMULA else []
    after = request.args.get("after", "")[:120].replace("\0", "").encode("utf-8", "ignore").decode()
    written = portal.prices_of_list(list_id, vendor_id=own, limit=SHOWN_VARIANTS + 1, after=after)
    skus = list(dict.fromkeys(row.sku for row in written))
    refused = next((forms[name] for name in FORMS if name in forms), None)
    values = {
        "form": Form(ListChangeInput, initial=_basics(price_list)),
        "prices_form": Form(PricesInput, initial={"begins_on": first}),
        "formula_form": Form(FormulaInput, initial=_formula(formulas, first)),
        "use_form": Form(UseInput),
    } | forms
    return render_template(
        "pricing/show_price_list.html",
        list=price_list,
        is_open=price_list.state is not ListState.ENDED,
        base=portal.list_of_vendor(price_list.base_list_id, vendor_id=own) if price_list.base_list_id else None,
        written=[row for row in written if row.sku in skus[:SHOWN_VARIANTS]],
        next_sku=skus[SHOWN_VARIANTS - 1] if len(skus) > SHOWN_VARIANTS else None,
        formulas=formulas,
        uses=portal.uses_of_list(list_id, vendor_id=own),
        segments=portal.segment_choices(own),
        chosen_segments=portal.segments_of_list(list_id),
        customers=customer_choices(own),
        refused=refused,
        today=today,
        states=portal.STATE_WORDS,
        standings=portal.STANDING_WORDS,
        kinds=portal.KIND_WORDS,
        roundings=ROUNDING_WORDS,
        steps=STEPS,
        blank_bands=BLANK_BANDS,
        **values,
    )


FORMS = ("form", "prices_form", "formula_form", "use_form", "segments_form")
STEPS = [
    ("1", "0.000001"),
    ("100", "0.0001"),
    ("1000", "0.001"),
    ("10000", "0.01"),
    ("50000", "0.05"),
    ("100000", "0.10"),
    ("1000000", "1"),
]


def _basics(price_list: PriceList) -> dict[str, Any]:
    return {
        "name": price_list.name,
        "standing": price_list.standing.value,
        "valid_from": price_list.valid_from.isoformat(),
        "valid_until": price_list.valid_until.isoformat() if price_list.valid_until else "",
    }


def _formula(formulas: list[PriceListFormula], first: str) -> dict[str, Any]:
    """What the form of the formula begins with: the newest one."""
    start: dict[str, Any] = {"percent": "", "round_micro": "100", "rounding": Rounding.NEAREST.value, "begins_on": first}
    if formulas:
        newest = formulas[0]
        start |= {"percent": written_percent(newest.percent_bp), "round_micro": str(newest.round_micro), "rounding": newest.rounding.value}
        for number, (quantity, points) in enumerate(newest.bands):
            start |= {f"bands-{number}-from_quantity": str(quantity), f"bands-{number}-percent": written_percent(points)}
    return start


def written_percent(points: int) -> str:
    """Basis points as a percent is typed: `-3`, `2.5`."""
    return f"{points / 100:.2f}".rstrip("0").rstrip(".")


@bp.app_template_filter("percent_bp")
def percent_bp(points: int) -> str:
    """Basis points as a percent with its sign, for reading: `−3 %`."""
    sign = "−" if points < 0 else "+" if points > 0 else ""
    return f"{sign}{written_percent(abs(points))}\u00a0%"


@bp.post("/portal/price-lists/<list_id>")
@requires(Permission.PRODUCT_EDIT)
def change_price_list(list_id: str) -> Page:
    """Another name, rank or validity."""
    wanted = path_id(list_id)
    portal.list_of_vendor(wanted, vendor_id=vendor_id())
    form = Form(ListChangeInput, request.form)
    if not form.is_valid():
        return list_page(wanted, form=form), 422
    data = form.data
    try:
        act_once(
            "change_list",
            {"list": wanted} | data.model_dump(),
            lambda: _changed(wanted, data),
        )
    except ListNameTaken as refused:
        form.add_error("name", gettext(refused.text))
        return list_page(wanted, form=form), refused.status
    except ListChanged as refused:
        form.add_error("form", gettext(refused.text))
        return list_page(wanted, form=form), refused.status
    except Conflict as refused:
        form.add_error("form", gettext(refused.text))
        return list_page(wanted, form=form), refused.status
    flash(gettext("Saved."), "done")
    return see_other("pricing.show_price_list", list_id=wanted)


def _changed(list_id: UUID, data: ListChangeInput) -> None:
    services.change_list(
        list_id,
        vendor_id=vendor_id(),
        version=data.version,
        name=data.name,
        standing=data.standing,
        valid_from=data.valid_from,
        valid_until=data.valid_until,
        actor=current_actor(),
    )


@bp.post("/portal/price-lists/<list_id>/activate")
@requires(Permission.PRODUCT_EDIT)
def activate_price_list(list_id: str) -> Response:
    """Switch a list on."""
    return _moved(path_id(list_id), services.activate_list, gettext("The list counts within its dates."))


@bp.post("/portal/price-lists/<list_id>/end")
@requires(Permission.PRODUCT_EDIT)
def end_price_list(list_id: str) -> Response:
    """Take a list back at once."""
    return _moved(path_id(list_id), services.end_list, gettext("The list has ended. Open orders keep their prices."))


def _moved(list_id: UUID, act: Any, said: str) -> Response:
    try:
        act_once(act.__name__, {"list": list_id}, lambda: act(list_id, vendor_id=vendor_id(), actor=current_actor()))
    except (InvalidMove, Conflict, Invalid) as refused:
        flash(gettext(refused.text), "late")
    else:
        flash(said, "done")
    return see_other("pricing.show_price_list", list_id=list_id)
