"""Requisition lists: the company's saved goods, shared by its people."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import flash, render_template, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from marketplace.accounts.permissions import Permission
from marketplace.carts import queries, services
from marketplace.carts.errors import CartFull, ListFull, NameTaken, QuantityRefused
from marketplace.carts.models import RequisitionList
from marketplace.carts.schemas import AddToListInput, ChangeListInput, ListInput
from marketplace.carts.views.blueprint import bp, ship_to_of
from marketplace.carts.views.list_rows import initial, rows_of
from marketplace.carts.views.quick_rows import refusal_words
from marketplace.carts.wording import quantity_message
from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.quantities import my_quantity
from marketplace.catalogue.queries import LineVariant
from marketplace.core.acting import Page, act_once, answer_once, viewer_here
from marketplace.core.downloads import download_csv
from marketplace.core.errors import NotFound
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, in_field, ngettext, text
from marketplace.core.ids import parse_id
from marketplace.core.web import current_actor, path_id, requires, see_other
from marketplace.pricing import queries as pricing


@bp.get("/lists")
@requires(Permission.ORDER_VIEW)
def list_lists() -> Page:
    """All lists of the company, and a form for another."""
    return _show_lists(Form(ListInput))


def _show_lists(form: Form[ListInput]) -> str:
    asked = queries.LISTS.read(request.args)
    return render_template("carts/list_lists.html", asked=asked, found=queries.lists(viewer_here().company_id, asked), form=form)


@bp.get("/lists.csv")
@requires(Permission.ORDER_VIEW)
def export_lists() -> Response:
    """The lists as a table."""
    found = queries.export_lists(viewer_here().company_id, queries.LISTS.read(request.args))
    rows = [[row[0].name, row.lines, row[0].updated_at.isoformat(), row[0].updated_by_name] for row in found]
    return download_csv(["list", "lines", "changed_at", "changed_by"], rows, "lists.csv")


@bp.post("/lists")
@requires(Permission.CART_EDIT)
def create_list() -> Page:
    """A new list, empty."""
    form = Form(ListInput, request.form)
    if not form.is_valid():
        return _show_lists(form), 422

    def make() -> dict[str, str]:
        return {"list": str(services.create_list(form.data.name, actor=current_actor()).id)}

    try:
        made = answer_once("create_list", form.data.model_dump(), make)
    except NameTaken as taken:
        form.add_error("name", gettext(taken.text))
        return _show_lists(form), taken.status
    return see_other("carts.show_list", list_id=made["list"])


@bp.get("/lists/<list_id>")
@requires(Permission.ORDER_VIEW)
def show_list(list_id: str) -> Page:
    """One list at today's prices; goods that have ended stay and are marked."""
    return _show(_list(list_id))


def _list(list_id: str) -> RequisitionList:
    return queries.list_of(path_id(list_id), company_id=viewer_here().company_id)


def _show(found: RequisitionList, form: Form[ChangeListInput] | None = None, naming: Form[ListInput] | None = None) -> str:
    viewer = viewer_here()
    rows = rows_of(queries.lines_of(found.id, company_id=viewer.company_id), viewer=viewer, ship_to=ship_to_of(viewer))
    return render_template(
        "carts/show_list.html",
        found=found,
        rows=rows,
        form=form or Form(ChangeListInput, initial=initial(rows)),
        naming=naming or Form(ListInput, initial={"name": found.name}),
        ended=[row for row in rows if row.is_ended],
    )


@bp.get("/lists/<list_id>/lines.csv")
@requires(Permission.ORDER_VIEW)
def export_list(list_id: str) -> Response:
    """The lines of a list as a table, which quick order reads again."""
    found, viewer = _list(list_id), viewer_here()
    rows = rows_of(queries.lines_of(found.id, company_id=viewer.company_id), viewer=viewer, ship_to=ship_to_of(viewer))
    head = ["sku", "quantity", "unit", "vendor", "title", "state"]
    body = [
        [row.line.sku, row.field.replace(",", ""), row.line.display_unit, row.line.vendor_name, text(row.line.title), row.problem or ""]
        for row in rows
    ]
    return download_csv(head, body, "list.csv")


@bp.post("/lists/<list_id>")
@requires(Permission.CART_EDIT)
def change_list(list_id: str) -> Page:
    """Keep the quantities of a list."""
    found = _list(list_id)
    form = Form(ChangeListInput, request.form)
    if not form.is_valid():
        return _show(found, form), 422
    wanted = {line.id: line.quantity for line in form.data.lines}
    if set(form.data.chosen) - {line.id for line in queries.lines_of(found.id, company_id=found.company_id)}:
        raise NotFound
    try:
        act_once(
            "change_list",
            {"list": found.id} | form.data.model_dump(mode="json"),
            lambda: services.change_list_lines(found.id, wanted, actor=current_actor()),
        )
    except QuantityRefused as refused:
        _say(form, found, refused)
        return _show(_list(list_id), form), refused.status
    flash(gettext("Saved."), "done")
    return see_other("carts.show_list", list_id=list_id)


def _say(form: Form[ChangeListInput], found: RequisitionList, refused: QuantityRefused) -> None:
    typed = form.typed or MultiDict()
    prefixes = {parse_id(typed[name]): name.removesuffix("-id") for name in typed if name.startswith("lines-") and name.endswith("-id")}
    lines = {line.id: line for line in queries.lines_of(found.id, company_id=found.company_id)}
    rules = catalogue.variants_for_lines([line.variant_id for line in lines.values()])
    for line_id, problem in refused.problems.items():
        line = lines[line_id]
        rule = rules[line.variant_id].rule
        message = quantity_message(problem, rule, display_unit=line.display_unit, display_factor=line.display_factor)
        form.add_error(f"{prefixes[line_id]}-quantity", message)


@bp.post("/lists/<list_id>/cart")
@requires(Permission.CART_EDIT)
def list_to_cart(list_id: str) -> Page:
    """The ticked lines go into the cart in the quantities of the page; what cannot be ordered is said and stays. The list keeps its own."""
    found, viewer = _list(list_id), viewer_here()
    form = Form(ChangeListInput, request.form)
    if not form.is_valid():
        return _show(found, form), 422
    lines = {line.id: line for line in queries.lines_of(found.id, company_id=viewer.company_id)}
    typed = {line.id: line.quantity for line in form.data.lines}
    if {*typed, *form.data.chosen} - set(lines):
        raise NotFound
    if not form.data.chosen:
        form.add_error("form", gettext("Tick the lines that go into the cart."))
        return _show(found, form), 422
    wanted = {
        lines[each].variant_id: typed.get(each, Decimal(lines[each].quantity) / lines[each].display_factor) for each in form.data.chosen
    }

    def add() -> dict[str, str]:
        refused = services.add_lines(wanted, ship_to=ship_to_of(viewer), actor=current_actor())
        known = catalogue.variants_for_lines(refused)
        return {str(each): refusal_words(why, known[each]) for each, why in refused.items()}

    try:
        refused = answer_once("list_to_cart", {"list": found.id} | form.data.model_dump(mode="json"), add)
    except CartFull as full:
        form.add_error("form", gettext(full.text))
        return _show(found, form), full.status
    added = len(wanted) - len(refused)
    if added:
        flash(ngettext("%(num)s line is in your cart.", "%(num)s lines are in your cart.", added), "done")
    for line in lines.values():
        if str(line.variant_id) in refused:
            flash(gettext("%(sku)s stays here: %(why)s", sku=line.sku, why=refused[str(line.variant_id)]), "need")
    return see_other("carts.show_list", list_id=list_id) if refused else see_other("carts.show_cart")


@bp.post("/lists/<list_id>/rename")
@requires(Permission.CART_EDIT)
def rename_list(list_id: str) -> Page:
    """Another name."""
    return _named(list_id, _renamed)


def _renamed(found: RequisitionList, name: str) -> str:
    services.rename_list(found.id, name, actor=current_actor())
    return str(found.id)


@bp.post("/lists/<list_id>/copy")
@requires(Permission.CART_EDIT)
def copy_list(list_id: str) -> Page:
    """The same lines under another name."""
    return _named(list_id, lambda found, name: str(services.copy_list(found.id, name, actor=current_actor()).id))


def _named(list_id: str, act: Callable[[RequisitionList, str], str]) -> Page:
    found = _list(list_id)
    form = Form(ListInput, request.form)
    if not form.is_valid():
        return _show(found, naming=form), 422
    name = form.data.name
    try:
        done = answer_once("name_list", {"list": found.id, "name": name, "path": request.path}, lambda: {"list": act(found, name)})
    except NameTaken as taken:
        form.add_error("name", gettext(taken.text))
        return _show(_list(list_id), naming=form), taken.status
    flash(gettext("Saved."), "done")
    return see_other("carts.show_list", list_id=done["list"])


@bp.post("/lists/<list_id>/remove")
@requires(Permission.CART_EDIT)
def remove_list(list_id: str) -> Page:
    """Take a list away."""
    wanted = path_id(list_id)
    act_once("remove_list", {"list": wanted}, lambda: services.remove_list(wanted, actor=current_actor()))
    flash(gettext("Removed."), "done")
    return see_other("carts.list_lists")


@bp.post("/lists/<list_id>/lines/<line_id>/remove")
@requires(Permission.CART_EDIT)
def remove_list_line(list_id: str, line_id: str) -> Page:
    """Take a line out of a list."""
    wanted, line = path_id(list_id), path_id(line_id)
    act_once("remove_list_line", {"list": wanted, "line": line}, lambda: services.remove_list_line(wanted, line, actor=current_actor()))
    flash(gettext("Removed."), "done")
    return see_other("carts.show_list", list_id=list_id)


@bp.get("/lists/add")
@requires(Permission.CART_EDIT)
def choose_list() -> Page:
    """Which list a variant of a product page goes to."""
    asked = request.args.get("quantity", "")
    quantity = my_quantity(asked, None)
    filled = {"variant_id": request.args.get("variant_id", ""), "quantity": asked if quantity is None else in_field(quantity)}
    return _choose(Form(AddToListInput, initial=filled))


def _choose(form: Form[AddToListInput]) -> str:
    viewer = viewer_here()
    variant = _variant(parse_id(form.value("variant_id")))
    return render_template("carts/choose_list.html", form=form, variant=variant, lists=queries.names_of_lists(viewer.company_id))


def _variant(variant_id: UUID | None) -> LineVariant:
    """A variant that the reader may put into a list. Raises: NotFound, for a hidden one as for none."""
    viewer = viewer_here()
    found = catalogue.variants_for_lines([variant_id]) if variant_id else {}
    keys = pricing.keys_for(found, buyer_id=viewer.company_id, ship_to=ship_to_of(viewer))
    variant = next(iter(found.values()), None)
    if variant is None or not variant.is_listed or not variant.is_visible_to(keys):
        raise NotFound
    return variant


@bp.post("/lists/add")
@requires(Permission.CART_EDIT)
def add_to_list() -> Page:
    """Put a variant into a list, or into a new one."""
    form = Form(AddToListInput, request.form)
    if not form.is_valid():
        return _choose(form), 422
    data = form.data
    _variant(data.variant_id)
    if data.list_id is None and not data.name:
        form.add_error("list_id", gettext("Choose a list, or name a new one."))
        return _choose(form), 422
    refusal, answer = _put({data.variant_id: data.quantity}, data.list_id, data.name, form)
    if refusal is not None:
        return _choose(form), refusal
    why = answer["refused"].get(str(data.variant_id))
    if why is not None:
        form.add_error("quantity", why)
        return _choose(form), 409
    flash(gettext("It is in the list."), "done")
    return see_other("carts.show_list", list_id=answer["list"])


def _put(wanted: Mapping[UUID, Decimal], list_id: UUID | None, name: str, form: Form[Any]) -> tuple[int | None, Mapping[str, Any]]:
    """(status of a refusal, which is then beside its field; {list, refused}): goods go into a list of the company, or a new one."""

    def put() -> dict[str, Any]:
        target = list_id or services.create_list(name, actor=current_actor()).id
        refused = services.add_to_list(target, wanted, ship_to=ship_to_of(viewer_here()), actor=current_actor())
        known = catalogue.variants_for_lines(refused)
        words = {str(each): refusal_words(why, known[each]) if each in known else "" for each, why in refused.items()}
        return {"list": str(target), "refused": words}

    try:
        content = {"list": list_id, "name": name, "wanted": {str(each): str(number) for each, number in wanted.items()}}
        return None, answer_once("add_to_list", content, put)
    except (NameTaken, ListFull) as refused:
        form.add_error("name" if isinstance(refused, NameTaken) else "form", gettext(refused.text))
        return refused.status, {}


@bp.post("/lists/from-cart")
@requires(Permission.CART_EDIT)
def save_cart_as_list() -> Page:
    """The lines of the open cart as a new list."""
    form = Form(ListInput, request.form)
    if not form.is_valid():
        return _show_lists(form), 422
    viewer = viewer_here()
    cart = queries.find_open_cart(viewer.company_id, viewer.person_id)
    rows = [row for row in queries.cart_lines(cart.id) if not row.is_sample] if cart else []
    facts = catalogue.variants_for_lines([row.variant_id for row in rows])
    wanted = {row.variant_id: Decimal(row.quantity) / facts[row.variant_id].display_factor for row in rows}
    refusal, answer = _put(wanted, None, form.data.name, form)
    if refusal is not None:
        return _show_lists(form), refusal
    if answer["refused"]:
        flash(gettext("Lines that are not for sale any more were left out."), "need")
    return see_other("carts.show_list", list_id=answer["list"])
