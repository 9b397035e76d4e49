"""The category tree at the desk: look, add, edit, move, merge, retire, take back. Each effect is told before it is saved."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request
from werkzeug.wrappers import Response

from marketplace.accounts.permissions import Permission
from marketplace.catalogue import queries, services
from marketplace.catalogue.errors import CategoryChangedSince, CategoryRefused
from marketplace.catalogue.models import Category, CategoryChange, CategoryChangeKind, CategoryMove
from marketplace.catalogue.schemas import CategoryInput, MergeInput, NewCategoryInput, SeenInput
from marketplace.catalogue.taxonomy import CategoryWish, WishRefused, category_snapshot, code_from, digest, read_hs_codes
from marketplace.catalogue.views.blueprint import bp
from marketplace.catalogue.views.effects import changes_in_words, effects_of_edit, effects_of_merge
from marketplace.catalogue.wording import ATTRIBUTE_KINDS, CATEGORY_CHANGES, STATES
from marketplace.core import clock, i18n
from marketplace.core.acting import Page
from marketplace.core.context import this_request
from marketplace.core.db import transaction
from marketplace.core.downloads import download_csv
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, lazy, ngettext
from marketplace.core.ids import parse_id
from marketplace.core.links import query_string, url_for
from marketplace.core.web import current_actor, path_id, requires, see_other

HEAD = (
    lazy("Address of its page"), lazy("English name"), lazy("Chinese name"), lazy("Depth"), lazy("Holds"), lazy("Retired"), lazy("Attributes"),
    lazy("Listings on sale"), lazy("Listings"),
)  # fmt: skip

PAGES = ("search.show_category", "search.show_category_table", "search.export_category_table")
"""What has the address of a category."""


@bp.before_app_request
def follow_address() -> Response | None:
    """The address of a category that was merged or retired, or of its table, leads to where its products are now."""
    asked = this_request().request
    if asked.endpoint not in PAGES or asked.view_args is None:
        return None
    moved = queries.moved_addresses()
    slug = asked.view_args["slug"]
    if slug not in moved:
        return None
    target = moved[slug]
    there = url_for(asked.endpoint, slug=target) if target else url_for("search.show_categories")
    kept = query_string({}, ())
    return redirect(f"{there}?{kept}" if kept else there, 301)


@bp.get("/desk/categories")
@requires(Permission.CATEGORY_EDIT)
def list_categories() -> str:
    """The whole tree in both languages."""
    return render_template("catalogue/list_categories.html", rows=_rows(), words=request.args.get("q", "")[:100], retired=_with_retired())


@bp.get("/desk/categories.csv")
@requires(Permission.CATEGORY_EDIT)
def export_categories() -> Response:
    """The same rows as a file."""
    rows = (
        (
            row.slug, row.name.get("en", ""), row.name.get("zh-Hans", ""), row.depth, gettext("products") if row.is_leaf else gettext("categories"),
            gettext("Yes") if row.is_retired else gettext("No"), row.attributes, row.live, row.listings,
        )
        for row in _rows()
    )  # fmt: skip
    return download_csv([gettext(word) for word in HEAD], rows, f"categories-{clock.now():%Y-%m-%d}.csv")


def _with_retired() -> bool:
    return request.args.get("retired") == "1"


def _rows() -> list[queries.TreeRow]:
    typed = request.args.get("q", "")[:100].strip().casefold()
    return [
        row
        for row in queries.tree_rows()
        if (not row.is_retired or _with_retired()) and any(typed in text.casefold() for text in (row.slug, *row.name.values()))
    ]


@bp.route("/desk/categories/new", methods=["GET", "POST"])
@requires(Permission.CATEGORY_EDIT)
def add_category() -> Page:
    """A new category, for products or for further categories."""
    parent_id = parse_id(request.args.get("parent", ""))
    initial = {"parent_id": parent_id, "position": queries.next_position(parent_id), "holds": "products"}
    form = Form(NewCategoryInput, request.form if request.method == "POST" else None, initial=initial)
    status = 200
    if request.method == "POST":
        status = 422
        wish = _wish(form) if form.is_valid() else None
        if wish is not None:
            slug = form.data.slug or code_from(form.data.name_en, joined_by="-")
            if slug in ("", "new"):
                form.add_error("slug", gettext("Write an address of small letters, digits and hyphens."))
            else:
                try:
                    with transaction():
                        key = services.add_category(wish, slug=slug, is_leaf=form.data.holds == "products", actor=current_actor())
                    flash(gettext("Added. Vendors can choose it at once."), "done")
                    return see_other("catalogue.show_category", category_id=key)
                except CategoryRefused as refused:
                    status = _refuse(form, refused)
    return render_template("catalogue/add_category.html", form=form, parents=_parents(None)), status


@bp.get("/desk/categories/<category_id>")
@requires(Permission.CATEGORY_EDIT)
def show_category(category_id: str) -> str:
    """One category: what stands in it, what it asks for, what was changed."""
    return _page(queries.category_by_id(path_id(category_id)), Form(SeenInput))


def _page(category: Category, form: Form[SeenInput]) -> str:
    changes = queries.changes_of(category.id)
    states = queries.states_in(category.id)
    return render_template(
        "catalogue/show_category.html",
        category=category,
        trail=queries.category_trail(category.id)[:-1],
        below=[row for row in queries.tree_rows() if not row.is_retired and row.id != category.id and category.id in row.path],
        states=[(*STATES[state], n) for state, n in states.items()],
        into=queries.category_by_id(category.merged_into_id) if category.merged_into_id else None,
        asked=queries.attributes_asked(category.id),
        kinds=ATTRIBUTE_KINDS,
        changes=changes,
        changed=changes_in_words(changes),
        words=CATEGORY_CHANGES,
        moving=[change for change in changes if change.state in (CategoryMove.MOVING, CategoryMove.MOVING_BACK)],
        can_be_undone={change.id for change in changes if change.undone_at is None and change.kind is not CategoryChangeKind.ADDED},
        seen=digest(category_snapshot(category)),
        form=form,
    )


@bp.route("/desk/categories/<category_id>/edit", methods=["GET", "POST"])
@requires(Permission.CATEGORY_EDIT)
def edit_category(category_id: str) -> Page:
    """Names, codes and place in the tree: first the effect, then the saving."""
    category = queries.category_by_id(path_id(category_id))
    now = category_snapshot(category)
    initial = {
        "name_en": category.name.get("en", ""), "name_zh": category.name.get("zh-Hans", ""), "parent_id": category.parent_id,
        "position": category.position, "unspsc": category.unspsc, "hs_codes": ", ".join(category.hs_codes),
    }  # fmt: skip
    form = Form(CategoryInput, request.form if request.method == "POST" else None, initial=initial)
    wish = _wish(form) if form.is_valid() else None
    effects, status = [], 422 if request.method == "POST" else 200
    if wish is not None:
        told = digest(wish.snapshot())
        if form.data.told != told:
            effects, status = effects_of_edit(category, wish), 200
        else:
            try:
                with transaction():
                    services.edit_category(category.id, wish, seen=form.data.seen, actor=current_actor())
                flash(gettext("Saved."), "done")
                return see_other("catalogue.show_category", category_id=category_id)
            except (CategoryRefused, CategoryChangedSince) as refused:
                status = _refuse(form, refused)
                category = queries.category_by_id(path_id(category_id))
                now = category_snapshot(category)
    return render_template(
        "catalogue/edit_category.html",
        category=category,
        form=form,
        parents=_parents(category),
        effects=effects,
        told=digest(wish.snapshot()) if effects and wish else "",
        seen=_seen(form, status, now),
        stands=_stands(now) if status == 409 else [],
    ), status


def _stands(now: dict[str, Any]) -> list[tuple[str, str]]:
    parent = i18n.text(dict(queries.category_by_id(UUID(now["parent_id"])).name)) if now["parent_id"] else gettext("At the top")
    return [
        (gettext("Name"), " · ".join(now["name"].values())),
        (gettext("Stands below"), parent),
        (gettext("UNSPSC"), now["unspsc"] or "–"),
        (gettext("HS codes"), ", ".join(now["hs_codes"]) or "–"),
    ]


def _seen(form: Form[Any], status: int, now: object) -> str:
    """What the next sending is compared with: what the form was opened with, and after a late answer what stands now."""
    return form.typed["seen"] if form.typed is not None and "seen" in form.typed and status != 409 else digest(now)


def _wish(form: Form[Any]) -> CategoryWish | None:
    data: CategoryInput = form.data
    try:
        codes = read_hs_codes(data.hs_codes)
    except WishRefused as refused:
        form.add_error("hs_codes", gettext(refused.text, **refused.values))
        return None
    name = {"en": data.name_en} | ({"zh-Hans": data.name_zh} if data.name_zh else {})
    return CategoryWish(data.parent_id, name, data.unspsc or None, codes, data.position)


def _parents(category: Category | None) -> list[tuple[str, str]]:
    """Where a category can stand: groups that are not itself or below it."""
    return [
        (str(row.id), "\u2003" * row.depth + i18n.text(dict(row.name)))
        for row in queries.tree_rows()
        if not row.is_leaf and not row.is_retired and (category is None or category.id not in row.path)
    ]


def _refuse(form: Form[Any], refused: CategoryRefused | CategoryChangedSince) -> int:
    if isinstance(refused, CategoryRefused):
        form.add_error(refused.field if refused.field in form.schema.model_fields else "form", gettext(refused.text, **refused.values))
        return 422
    form.add_error("form", gettext(refused.text))
    return refused.status


@bp.route("/desk/categories/<category_id>/merge", methods=["GET", "POST"])
@requires(Permission.CATEGORY_EDIT)
def merge_category(category_id: str) -> Page:
    """Move all its listings to another one: first the effect, then the act."""
    category = queries.category_by_id(path_id(category_id))
    form = Form(MergeInput, request.form if request.method == "POST" else None)
    effects, into, status = [], None, 422 if request.method == "POST" else 200
    if form.is_valid():
        into = queries.leaf_category(form.data.into_id)
        if into is None or into.id == category.id:
            form.add_error("into_id", gettext("Choose one of the list."))
        elif form.data.told != str(into.id):
            effects, status = effects_of_merge(category, into), 200
        else:
            try:
                with transaction():
                    change = services.merge_category(category.id, into.id, seen=form.data.seen, actor=current_actor())
                flash(_merged(change), "done")
                return see_other("catalogue.show_category", category_id=form.data.into_id)
            except (CategoryRefused, CategoryChangedSince) as refused:
                status = _refuse(form, refused)
                category = queries.category_by_id(path_id(category_id))
                if isinstance(refused, CategoryChangedSince):  # the effect as it is now
                    effects = effects_of_merge(category, into)
    now = category_snapshot(category)
    return render_template(
        "catalogue/merge_category.html",
        category=category,
        form=form,
        leaves=[
            (i18n.text(root.name), [(str(leaf.id), i18n.text(leaf.name)) for leaf in leaves if leaf.id != category.id])
            for root, leaves in queries.leaf_categories()
        ],
        into=into,
        effects=effects,
        seen=_seen(form, status, now),
    ), status


def _merged(change: CategoryChange) -> str:
    if change.state is CategoryMove.MOVING:
        return ngettext(
            "Merging: %(done)s of %(num)s listing has moved; the rest follows.",
            "Merging: %(done)s of %(num)s listings have moved; the rest follows.",
            change.total,
            done=i18n.number(change.done),
        )
    return ngettext("Merged: %(num)s listing has moved.", "Merged: %(num)s listings have moved.", change.done)


@bp.post("/desk/categories/<category_id>/retire")
@requires(Permission.CATEGORY_EDIT)
def retire_category(category_id: str) -> Page:
    """Take an empty one out."""
    key = path_id(category_id)
    form = Form(SeenInput, request.form)
    if form.is_valid():
        try:
            with transaction():
                services.retire_category(key, seen=form.data.seen, actor=current_actor())
            flash(gettext("Retired. Its address leads to what stood above it."), "done")
            return see_other("catalogue.show_category", category_id=key)
        except (CategoryRefused, CategoryChangedSince) as refused:
            status = _refuse(form, refused)  # before the page is made, which says it
            return _page(queries.category_by_id(key), form), status
    return _page(queries.category_by_id(key), form), 422


@bp.post("/desk/categories/changes/<change_id>/undo")
@requires(Permission.CATEGORY_EDIT)
def undo_category_change(change_id: str) -> Page:
    """Take a change back, as long as nothing has been built on it."""
    key = path_id(change_id)
    try:
        with transaction():
            category_id = services.undo_change(key, actor=current_actor())
        flash(gettext("Taken back."), "done")
        return see_other("catalogue.show_category", category_id=category_id)
    except CategoryRefused as refused:
        form = Form(SeenInput)
        form.add_error("form", gettext(refused.text, **refused.values))
        return _page(queries.category_by_id(queries.change_by_id(key).category_id), form), refused.status
