"""Sponsored places: at the desk read by staff, made and ended by the platform's administrator; in the portal a vendor's own with what
they cost; and on the page of a product the click that leads there.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, flash, render_template, request
from werkzeug.wrappers import Response

from marketplace.accounts.permissions import Permission
from marketplace.catalogue.codes import code_of
from marketplace.core import clock, i18n, jobs
from marketplace.core.acting import Page, act_once, viewer_here
from marketplace.core.context import this_request
from marketplace.core.db import transaction
from marketplace.core.downloads import download_csv
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, lazy
from marketplace.core.money import plain
from marketplace.core.robots import is_robot
from marketplace.core.web import current_actor, current_viewer, path_id, requires, see_other
from marketplace.marketing import queries, services
from marketplace.marketing.clicks import PLACE, read_mark
from marketplace.marketing.errors import PlaceOver, PlaceRefused
from marketplace.marketing.queries import Clicked
from marketplace.marketing.schemas import PlaceInput
from search import index, placing
from search.errors import SearchUnavailable
from search.queries import category_tree

bp = Blueprint("marketing", __name__)
blueprints = [bp]
MY_HEAD = (
    lazy("Product"), lazy("Words"), lazy("Category"), lazy("First day"), lazy("Last day"), lazy("Ended"), lazy("Currency"),
    lazy("Price per click"), lazy("Most per month"), lazy("Clicks this month"), lazy("Cost this month"), lazy("Clicks"), lazy("Cost"),
)  # fmt: skip
HEAD = (lazy("Vendor"), *MY_HEAD, lazy("Made by"))
NO_CLICKS = Clicked()
PRODUCT_PAGE = "catalogue.show_product"


@bp.get("/desk/sponsored")
@requires(Permission.DESK_VIEW)
def list_places() -> str:
    """Every place, the newest first."""
    asked = queries.PLACES.read(request.args)
    found = queries.PLACES.page(queries.all_places(), asked)
    return render_template("marketing/list_places.html", asked=asked, found=found, clicks=_clicks(found.rows))


@bp.get("/desk/sponsored.csv")
@requires(Permission.DESK_VIEW)
def export_places() -> Response:
    """The same rows as a file."""
    found = list(queries.PLACES.rows(queries.all_places(), queries.PLACES.read(request.args)))
    clicks = _clicks(found)
    rows = ((row.vendor, *_place(row), *_costs(row, clicks), row.made_by_name) for row in found)
    return download_csv([gettext(word) for word in HEAD], rows, f"sponsored-{clock.now():%Y-%m-%d}.csv")


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
            _check_words(wanted)
            act_once("add_place", wanted.model_dump(mode="json"), lambda: _add(wanted, node.id if node else None))
        except PlaceRefused as refused:
            form.add_error(refused.field, gettext(refused.text))
        else:
            flash(gettext("Added. It stands above the results within a second, from its first day on."), "done")
            return see_other("marketing.list_places")
    options = sorted(((slug, i18n.text(dict(node.name))) for slug, node in nodes.items()), key=lambda option: option[1].casefold())
    return render_template("marketing/add_place.html", form=form, categories=options), 422 if request.method == "POST" else 200


def _check_words(wanted: PlaceInput) -> None:
    """Ask the index whether the product could stand above these words at all. While it is away nobody knows, and the place is made.

    Raises: PlaceRefused.
    """
    product_id = queries.product_written(wanted.product)
    visibility = queries.visibility_of(product_id) if product_id else []
    if product_id is None or not visibility or not wanted.words.strip() or wanted.category:
        return  # the act says what is wrong with the rest
    try:
        why = placing.why_never(index.find, wanted.words, product_id, visibility, index.vocabulary())
    except SearchUnavailable:
        return
    if why:
        raise PlaceRefused("words", why)


def _add(wanted: PlaceInput, category_id: UUID | None) -> None:
    services.add_place(
        queries.product_written(wanted.product),
        words=wanted.words,
        category_id=category_id,
        from_on=wanted.from_on,
        until_on=wanted.until_on,
        click_price=wanted.click_price,
        monthly_cap=wanted.monthly_cap,
        actor=current_actor(),
    )


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


@bp.get("/portal/sponsored")
@requires(Permission.VENDOR_MONEY_VIEW)
def list_my_places() -> str:
    """The vendor's own places, with clicks and what they cost."""
    asked = queries.MINE.read(request.args)
    found = queries.MINE.page(queries.places_of(viewer_here().company_id), asked)
    return render_template("marketing/list_my_places.html", asked=asked, found=found, clicks=_clicks(found.rows))


@bp.get("/portal/sponsored.csv")
@requires(Permission.VENDOR_MONEY_VIEW)
def export_my_places() -> Response:
    """The same rows as a file."""
    found = list(queries.MINE.rows(queries.places_of(viewer_here().company_id), queries.MINE.read(request.args)))
    clicks = _clicks(found)
    rows = ((*_place(row), *_costs(row, clicks)) for row in found)
    return download_csv([gettext(word) for word in MY_HEAD], rows, f"sponsored-{clock.now():%Y-%m-%d}.csv")


def _clicks(rows: Iterable[Any]) -> Mapping[UUID, Clicked]:
    """Clicks of every place shown."""
    ids = [row.id for row in rows]
    return dict.fromkeys(ids, NO_CLICKS) | queries.clicks_of(ids)


def _place(row: Any) -> tuple[object, ...]:
    return row.slug, row.words, i18n.text(row.category) if row.category else "", row.from_on, row.until_on, row.ended_at


def _costs(row: Any, clicks: Mapping[UUID, Clicked]) -> tuple[object, ...]:
    found, currency = clicks[row.id], row.currency
    return (
        currency, plain(row.click_price_minor, currency), plain(row.monthly_cap_minor, currency), found.month,
        plain(found.month_minor, currency), found.total, plain(found.total_minor, currency),
    )  # fmt: skip


@bp.after_app_request
def _notice_click(response: Response) -> Response:
    """Whoever opens a product from a place that was shown to them and stands, once for each company and day of showing.

    Staff and programs are not counted, nor is an address that the place did not make for this company.
    """
    asked = this_request().request
    if asked.endpoint != PRODUCT_PAGE or PLACE not in asked.args or response.status_code != 200:
        return response
    viewer = current_viewer()
    if viewer is None or viewer.is_staff or viewer.acting_as or is_robot():
        return response
    shown = read_mark(asked.args[PLACE], viewer.company_id, clock.now().date(), str(current_app.config["SECRET_KEY"]))
    if shown is None:
        return response
    place_id, day = shown
    code = code_of(str((asked.view_args or {}).get("slug", "")))
    if not any(place.id == place_id and place.product_code == code for place in queries.places_today()):
        return response
    key = f"marketing.count_click:{place_id}:{viewer.company_id}:{day}"
    with transaction():
        jobs.enqueue("marketing.count_click", key=key, place_id=place_id, company_id=viewer.company_id)
    return response
