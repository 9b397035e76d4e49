"""Wishes: factories are asked for what was not found. The company's list and form, and the platform's list."""

from collections.abc import Iterable
from uuid import UUID

from flask import flash, render_template, request
from werkzeug.wrappers import Response

from marketplace.accounts.permissions import Permission
from marketplace.catalogue import queries as catalogue
from marketplace.core import clock, i18n
from marketplace.core.acting import Page, act_once, viewer_here
from marketplace.core.db import transaction
from marketplace.core.downloads import download_csv
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, lazy
from marketplace.core.web import current_actor, path_id, requires, see_other
from search import queries
from search.schemas import clean
from search.views.blueprint import bp
from search.watching import wishes
from search.watching.errors import NoSuchCategory, WishChangedSince, WishClosed
from search.watching.models import QuoteWish
from search.watching.schemas import WishInput

HEAD = (
    lazy("Words"), lazy("Quantity"), lazy("Unit"), lazy("Wanted on"), lazy("Category"), lazy("Note"), lazy("Language"), lazy("State"),
    lazy("Person"), lazy("When"),
)  # fmt: skip
COMPANY = lazy("Company")
"""What stands before the others at the desk."""


@bp.get("/wishes")
@requires(Permission.ORDER_VIEW)
def list_wishes() -> str:
    """What the company asks factories for."""
    asked = wishes.MINE.read(request.args)
    found = wishes.wishes(viewer_here().company_id, asked)
    return render_template(
        "search/list_wishes.html", asked=asked, found=found, categories=_category_names(found.rows), states=wishes.STATES
    )


@bp.get("/wishes.csv")
@requires(Permission.ORDER_VIEW)
def export_wishes() -> Response:
    """The same rows as a file."""
    rows = list(wishes.export_wishes(viewer_here().company_id, wishes.MINE.read(request.args)))
    names = _category_names(rows)
    return download_csv([gettext(word) for word in HEAD], (_written(wish, names) for wish in rows), f"requests-{clock.now():%Y-%m-%d}.csv")


def _written(wish: QuoteWish, names: dict[UUID, str]) -> tuple[object, ...]:
    quantity = "" if wish.quantity is None else i18n.ungrouped(wish.quantity)
    category = names.get(wish.category_id, "") if wish.category_id else ""
    moment = wish.created_at.isoformat()
    return (
        wish.words, quantity, wish.unit, wish.wanted_on or "", category, wish.note, wish.language, gettext(wishes.STATES[wish.state][0]), wish.person_name, moment
    )  # fmt: skip


def _category_names(rows: Iterable[QuoteWish]) -> dict[UUID, str]:
    tree = queries.category_tree()
    found = ((wish.category_id, tree.by_id.get(wish.category_id)) for wish in rows if wish.category_id)
    return {category_id: i18n.text(dict(node.name)) for category_id, node in found if node}


def _category_name(wish: QuoteWish) -> str:
    return _category_names([wish]).get(wish.category_id, "") if wish.category_id else ""


def _form_page(form: Form[WishInput], wish: QuoteWish | None, status: int = 200) -> tuple[str, int]:
    """The form of a wish; after a late answer (409) with what stands now, and compared with that when it is sent again."""
    options = [
        (i18n.text(root.name), [(str(leaf.id), i18n.text(leaf.name)) for leaf in leaves]) for root, leaves in catalogue.leaf_categories()
    ]
    is_late = status == WishChangedSince.status
    page = render_template(
        "search/edit_wish.html",
        form=form,
        wish=wish,
        category=_category_name(wish) if wish else "",
        categories=options,
        states=wishes.STATES,
        seen=wishes.mark_of(wish) if wish and (is_late or form.typed is None) else form.value("seen"),
        stands=_stands(wish) if wish and is_late else [],
    )
    return page, status


def _stands(wish: QuoteWish) -> list[tuple[str, str]]:
    said = {
        gettext("What you look for"): wish.words,
        gettext("Quantity"): "" if wish.quantity is None else f"{i18n.in_field(wish.quantity)} {wish.unit}",
        gettext("Wanted by"): i18n.day(wish.wanted_on) if wish.wanted_on else "",
        gettext("Category"): _category_name(wish),
        gettext("Note"): wish.note,
        gettext("State"): gettext(wishes.STATES[wish.state][0]),
    }
    return [(label, value or "–") for label, value in said.items()]


@bp.get("/wishes/new")
@requires(Permission.CART_EDIT)
def make_wish() -> Page:
    """The form; what was searched for stands in it already."""
    slug = request.args.get("category", "")
    node = queries.category_tree().by_slug.get(slug)
    initial = {
        "words": clean(request.args.get("words", "")),
        "quantity": clean(request.args.get("quantity", ""))[:24],
        "category_id": str(node.id) if node and node.is_leaf else "",
    }
    return _form_page(Form(WishInput, initial=initial), None)


@bp.post("/wishes/new")
@requires(Permission.CART_EDIT)
def send_wish() -> Page:
    """Keep it."""
    form = Form(WishInput, request.form)
    if not form.is_valid():
        return _form_page(form, None, 422)
    data = form.data
    try:
        act_once("make_wish", data.model_dump(mode="json"), lambda: wishes.make_wish(data, actor=current_actor()))
    except NoSuchCategory as refused:
        form.add_error("category_id", gettext(refused.text))
        return _form_page(form, None, refused.status)
    flash(gettext("Kept. The platform’s staff see it; here you can change or withdraw it."), "done")
    return see_other("search.list_wishes")


@bp.get("/wishes/<wish_id>")
@requires(Permission.ORDER_VIEW)
def show_wish(wish_id: str) -> Page:
    """One wish; while it is open it can be changed and withdrawn."""
    wish = wishes.wish_of(path_id(wish_id), company_id=viewer_here().company_id)
    return _form_page(Form(WishInput, initial=_initial(wish)), wish)


def _initial(wish: QuoteWish) -> dict[str, object]:
    return {
        "words": wish.words,
        "quantity": "" if wish.quantity is None else i18n.in_field(wish.quantity),
        "unit": wish.unit,
        "wanted_on": wish.wanted_on.isoformat() if wish.wanted_on else "",
        "note": wish.note,
        "category_id": str(wish.category_id or ""),
    }


@bp.post("/wishes/<wish_id>")
@requires(Permission.CART_EDIT)
def edit_wish(wish_id: str) -> Page:
    """Say it otherwise."""
    key, company_id = path_id(wish_id), viewer_here().company_id
    form = Form(WishInput, request.form)
    if not form.is_valid():
        return _form_page(form, wishes.wish_of(key, company_id=company_id), 422)
    try:
        with transaction():
            wishes.edit_wish(key, form.data, actor=current_actor())
    except NoSuchCategory as refused:
        form.add_error("category_id", gettext(refused.text))
        return _form_page(form, wishes.wish_of(key, company_id=company_id), refused.status)
    except (WishChangedSince, WishClosed) as late:
        form.add_error("form", gettext(late.text))
        return _form_page(form, wishes.wish_of(key, company_id=company_id), late.status)
    flash(gettext("Saved."), "done")
    return see_other("search.list_wishes")


@bp.post("/wishes/<wish_id>/withdraw")
@requires(Permission.CART_EDIT)
def withdraw_wish(wish_id: str) -> Page:
    """Look for it no longer."""
    with transaction():
        wishes.withdraw_wish(path_id(wish_id), actor=current_actor())
    flash(gettext("Withdrawn."), "done")
    return see_other("search.list_wishes")


@bp.get("/desk/wishes")
@requires(Permission.DESK_VIEW)
def list_all_wishes() -> str:
    """What buyers ask for and nobody sells here."""
    asked = wishes.ALL.read(request.args)
    found = wishes.all_wishes(asked)
    names = _category_names(row[0] for row in found.rows)
    return render_template("search/list_all_wishes.html", asked=asked, found=found, categories=names, states=wishes.STATES)


@bp.get("/desk/wishes.csv")
@requires(Permission.DESK_VIEW)
def export_all_wishes() -> Response:
    """The same rows as a file."""
    rows = list(wishes.export_all_wishes(wishes.ALL.read(request.args)))
    names = _category_names(row[0] for row in rows)
    return download_csv(
        [gettext(word) for word in (COMPANY, *HEAD)],
        ((row.company, *_written(row[0], names)) for row in rows),
        f"requests-{clock.now():%Y-%m-%d}.csv",
    )
