"""Quick order: codes and quantities, pasted or uploaded, become rows at my price; what is not found stays and can be corrected."""

from flask import flash, render_template, request, url_for
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from marketplace.accounts.permissions import Permission
from marketplace.carts import services
from marketplace.carts.errors import CartFull, NameTaken
from marketplace.carts.pasting import MOST_ROWS, read_pasted, read_quantity, text_of_file
from marketplace.carts.schemas import ListInput, QuickOrderInput
from marketplace.carts.views.blueprint import bp, ship_to_of
from marketplace.carts.views.quick_rows import QuickOrder, Written, chosen_id, from_pasted, option_words, refusal_words, resolve
from marketplace.carts.views.stock import stock_of
from marketplace.catalogue import queries as catalogue
from marketplace.core.acting import Page, answer_once, viewer_here
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, ngettext
from marketplace.core.web import current_actor, requires, see_other

MOST_BYTES = 1_000_000
MOST_SIGNS = 200_000
SHOWN_SIGNS = 200


@bp.get("/quick-order")
@requires(Permission.CART_EDIT)
def quick_order() -> Page:
    """The field to paste into, and how lines may be written."""
    return _ask(Form(QuickOrderInput))


def _ask(form: Form[QuickOrderInput]) -> str:
    return render_template("carts/quick_order.html", form=form, found=None, most=MOST_ROWS)


def _show(form: Form[QuickOrderInput], found: QuickOrder) -> str:
    return render_template(
        "carts/quick_order.html",
        form=form,
        found=found,
        most=MOST_ROWS,
        option_words=option_words,
        stock_of=stock_of,
        list_name=Form(ListInput, request.form).value("name")[:80],
    )


@bp.post("/quick-order")
@requires(Permission.CART_EDIT)
def read_quick_order() -> Page:
    """What the lines mean: nothing is ordered or kept yet."""
    form = Form(QuickOrderInput, request.form)
    if not form.is_valid():
        return _again(form), 422
    upload = request.files.get("file")
    content = upload.read(MOST_BYTES + 1) if upload and upload.filename else b""
    text = text_of_file(content)
    if text is None or len(content) > MOST_BYTES:
        form.add_error("file", gettext("This is no text file of at most 1 MB. Save the table as CSV, and choose that."))
        return _ask(form), 422
    pasted = request.form.get("pasted", "").replace("\0", " ").encode("utf-8", "replace").decode()
    if len(pasted) > MOST_SIGNS:
        form.add_error("pasted", gettext("This is too long: at most %(max_length)s characters.", max_length=MOST_SIGNS))
        return _ask(form), 422
    written = _rows_of(form.data) + from_pasted(read_pasted(pasted)) + from_pasted(read_pasted(text))
    if len(written) > MOST_ROWS:
        form.add_error("pasted", gettext("At most %(most)s lines at once; here are %(n)s.", most=MOST_ROWS, n=len(written)))
        return _ask(form), 422
    if not written:
        form.add_error("pasted", gettext("Paste codes with quantities, or choose a file."))
        return _ask(form), 422
    viewer = viewer_here()
    shown = Form(QuickOrderInput)
    for number, row in enumerate(_rows_of(form.data)):  # they come first on the page
        figure = read_quantity(row.quantity)
        if figure is not None and figure.number <= 0:
            shown.add_error(f"rows-{number}-quantity", gettext("Write a quantity above zero."))
        elif figure is None and row.quantity.strip():
            shown.add_error(f"rows-{number}-quantity", gettext("Write a number, such as 12.50."))
    return _show(shown, resolve(written, viewer=viewer, ship_to=ship_to_of(viewer))), 422 if shown.messages else 200


def _again(form: Form[QuickOrderInput]) -> str:
    """A form of the wrong shape with all its rows, as far as they can be shown."""
    written = [Written(form.value(f"{row}-code")[:SHOWN_SIGNS], form.value(f"{row}-quantity")[:SHOWN_SIGNS]) for row in form.rows("rows")]
    viewer = viewer_here()
    return _show(form, resolve(written[:MOST_ROWS], viewer=viewer, ship_to=ship_to_of(viewer))) if written else _ask(form)


def _rows_of(data: QuickOrderInput) -> list[Written]:
    return [Written(row.code, row.quantity, chosen_id(row.variant)) for row in data.rows if row.code or row.quantity]


@bp.post("/quick-order/cart")
@requires(Permission.CART_EDIT)
def add_quick_order() -> Page:
    """Everything that can be ordered goes into the cart; the other rows stay on the page."""
    form = Form(QuickOrderInput, request.form)
    if not form.is_valid():
        return _again(form), 422
    viewer = viewer_here()
    written = _rows_of(form.data)[:MOST_ROWS]
    found = resolve(written, viewer=viewer, ship_to=ship_to_of(viewer)).held_back()
    wanted = found.wanted(found.ready)
    if not wanted:
        form = Form(QuickOrderInput, MultiDict())
        form.add_error("form", gettext("None of these rows can be ordered yet."))
        return _show(form, found), 409

    def add() -> dict[str, str]:
        refused = services.add_lines(wanted, ship_to=ship_to_of(viewer), actor=current_actor())
        lines = catalogue.variants_for_lines(refused)
        return {str(each): refusal_words(why, lines[each]) if each in lines else "" for each, why in refused.items()}

    try:
        refused = answer_once("quick_order", form.data.model_dump(mode="json"), add)
    except CartFull as full:
        form = Form(QuickOrderInput, MultiDict())
        form.add_error("form", gettext(full.text))
        return _show(form, found), full.status
    added = len(wanted) - len(refused)
    if added:
        flash(ngettext("%(num)s line is in your cart.", "%(num)s lines are in your cart.", added), "done")
    left = found.without(found.ready, {variant_id: str(refused[str(variant_id)]) for variant_id in wanted if str(variant_id) in refused})
    return _show(Form(QuickOrderInput), left) if left.rows else see_other("carts.show_cart")


@bp.post("/quick-order/list")
@requires(Permission.CART_EDIT)
def save_quick_order() -> Page:
    """Everything that was found becomes a new list; the other rows stay on the page."""
    form, naming = Form(QuickOrderInput, request.form), Form(ListInput, request.form)
    is_named = naming.is_valid()
    if not form.is_valid():
        for field, message in naming.errors:
            form.add_error(field, message)
        return _again(form), 422
    viewer = viewer_here()
    found = resolve(_rows_of(form.data)[:MOST_ROWS], viewer=viewer, ship_to=ship_to_of(viewer)).held_back()
    wanted = found.wanted(found.for_list)
    if not is_named or not wanted:
        form = Form(QuickOrderInput, MultiDict())
        form.add_error("name" if wanted else "form", naming.error("name") or gettext("None of these rows can be ordered yet."))
        return _show(form, found), 422

    def save() -> dict[str, str]:
        made = services.create_list(naming.data.name, actor=current_actor())
        services.add_to_list(made.id, wanted, ship_to=ship_to_of(viewer), actor=current_actor())
        return {"list": str(made.id)}

    try:
        saved = answer_once("save_quick_order", form.data.model_dump(mode="json") | {"name": naming.data.name}, save)
    except NameTaken as taken:
        form = Form(QuickOrderInput, MultiDict())
        form.add_error("name", gettext(taken.text))
        return _show(form, found), taken.status
    left = found.without(found.for_list, {})
    if not left.rows:
        return see_other("carts.show_list", list_id=saved["list"])
    said = gettext("The list %(name)s is saved; these rows are not in it.", name=naming.data.name)
    link = Markup('{} <a href="{}">{}</a>').format(said, url_for("carts.show_list", list_id=saved["list"]), gettext("Open the list"))
    flash(link, "done")
    return _show(Form(QuickOrderInput), left)
