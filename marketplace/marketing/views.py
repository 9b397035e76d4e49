"""Sponsored places at the desk: read by staff, made and ended by the platform's administrator."""

from flask import Blueprint, flash, render_template, request
from werkzeug.wrappers import Response

from marketplace.accounts.permissions import Permission
from marketplace.core import clock, i18n, sheets
from marketplace.core.acting import Page
from marketplace.core.db import transaction
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext
from marketplace.core.web import current_actor, download, path_id, requires, see_other
from marketplace.marketing import queries, services
from marketplace.marketing.errors import PlaceOver, PlaceRefused
from marketplace.marketing.schemas import PlaceInput
from search.queries import category_tree

bp = Blueprint("marketing", __name__)
blueprints = [bp]
HEAD = ("vendor", "product", "words", "category", "from_on", "until_on", "ended_at", "made_by")


@bp.get("/desk/sponsored")
@requires(Permission.DESK_VIEW)
def list_places() -> str:
    """Every place, the newest first."""
    asked = queries.PLACES.read(request.args)
    return render_template("marketing/list_places.html", asked=asked, found=queries.PLACES.page(queries.all_places(), asked))


@bp.get("/desk/sponsored.csv")
@requires(Permission.DESK_VIEW)
def export_places() -> Response:
    """The same rows as a file."""
    rows = (
        (row.vendor, row.slug, row.words, i18n.text(row.category) if row.category else "", row.from_on, row.until_on, row.ended_at, row.made_by_name)
        for row in queries.PLACES.rows(queries.all_places(), queries.PLACES.read(request.args))
    )  # fmt: skip
    return download(sheets.write_csv(HEAD, rows), f"sponsored-{clock.now():%Y-%m-%d}.csv")


@bp.route("/desk/sponsored/new", methods=["GET", "POST"])
@requires(Permission.SEARCH_EDIT)
def add_place() -> Page:
    """A product above the results of words or of a category."""
    today = clock.now().date().isoformat()
    form = Form(PlaceInput, request.form if request.method == "POST" else None, initial={"from_on": today, "until_on": today})
    nodes = category_tree().by_slug
    if form.is_valid():
        wanted = form.data
        node = nodes.get(wanted.category)
        try:
            with transaction():
                services.add_place(
                    queries.product_written(wanted.product),
                    words=wanted.words,
                    category_id=node.id if node else None,
                    from_on=wanted.from_on,
                    until_on=wanted.until_on,
                    actor=current_actor(),
                )
        except PlaceRefused as refused:
            form.add_error(refused.field, gettext(refused.text))
        else:
            flash(gettext("Added. It stands above the results within a second, from its first day on."), "done")
            return see_other("marketing.list_places")
    options = sorted(((slug, i18n.text(dict(node.name))) for slug, node in nodes.items()), key=lambda option: option[1].casefold())
    return render_template("marketing/add_place.html", form=form, categories=options), 422 if request.method == "POST" else 200


@bp.post("/desk/sponsored/<place_id>/end")
@requires(Permission.SEARCH_EDIT)
def end_place(place_id: str) -> Page:
    """Take it off the pages now."""
    try:
        with transaction():
            services.end_place(path_id(place_id), actor=current_actor())
        flash(gettext("Ended."), "done")
    except PlaceOver as refused:
        flash(gettext(refused.text), "late")
    return see_other("marketing.list_places")
