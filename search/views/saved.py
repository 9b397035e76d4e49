"""Saved searches of the reader: kept from a result page, listed with what is new, opened, named, removed; the end of their mails."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import Response, flash, redirect, render_template, request

from marketplace.core import clock
from marketplace.core.acting import Page, act_once, viewer_here
from marketplace.core.db import for_every_company, transaction
from marketplace.core.downloads import download_csv
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, lazy
from marketplace.core.web import csrf, current_actor, path_id, public, see_other, signed_in
from search import index
from search.errors import SearchUnavailable
from search.query import Found
from search.views.blueprint import bp
from search.views.reader import reader
from search.watching import alerts, searches
from search.watching.errors import NameTaken, TooMany
from search.watching.models import Alert, SavedSearch
from search.watching.schemas import ChangeSearchInput, SaveSearchInput
from search.watching.wording import Wording, wording_of

HEAD = (lazy("Name"), lazy("Searches for"), lazy("Filters"), lazy("Mails"), lazy("Saved"), lazy("Last opened"), lazy("Address"))


@dataclass(frozen=True, slots=True)
class SavedRow:
    """A saved search with what it finds now; `new` is None while the index is away."""

    saved: SavedSearch
    wording: Wording
    new: int | None
    total: int | None
    is_lost: bool
    """Its category is gone."""


def find_now(saved: SavedSearch) -> Found | None:
    """What a saved search finds now for its company; None while the index is away."""
    try:
        return index.find(searches.plan_for(saved, index.vocabulary()))
    except SearchUnavailable:
        return None


def _ids(found: Found | None) -> list[UUID] | None:
    return None if found is None else [hit.variant_id for hit in found.hits]


def _rows(listed: Sequence[SavedSearch]) -> list[SavedRow]:
    """What each finds now; once it is known that the index is away, it is not asked again."""
    looks: dict[UUID, searches.Look] = {}
    for saved in listed:
        found = find_now(saved)
        if found is None:
            break
        looks[saved.id] = searches.Look(_ids(found) or [], found.total, saved.known, saved.opened_at)
    new = dict(zip(looks, searches.news(list(looks.values())), strict=True))
    return [_row(saved, looks.get(saved.id), new.get(saved.id, ())) for saved in listed]


def _row(saved: SavedSearch, look: searches.Look | None, new: Sequence[UUID]) -> SavedRow:
    return SavedRow(saved, wording_of(saved), len(new) if look else None, look.total if look else None, searches.is_lost(saved))


@bp.get("/searches")
@signed_in
def list_saved() -> str:
    """What the reader searches for again, each with what is new since it was last opened."""
    viewer, asked = viewer_here(), searches.SEARCHES.read(request.args)
    found = searches.searches(viewer.company_id, viewer.person_id, asked)
    rows = _rows(found.rows)
    return render_template("search/list_saved.html", asked=asked, found=found, rows=rows, alerts=searches.ALERTS)


@bp.get("/searches.csv")
@signed_in
def export_saved() -> Response:
    """The same rows as a file; what each finds is for the page."""
    viewer = viewer_here()
    found = searches.export_searches(viewer.company_id, viewer.person_id, searches.SEARCHES.read(request.args))
    rows = [(saved, wording_of(saved)) for saved in found]
    lines = (
        (saved.name, said.words, " · ".join(said.filters), gettext(searches.ALERTS[saved.alert]), saved.created_at.isoformat(), saved.opened_at.isoformat(), searches.path_of(saved))
        for saved, said in rows
    )  # fmt: skip
    return download_csv([gettext(word) for word in HEAD], lines, f"saved-searches-{clock.now():%Y-%m-%d}.csv")


def _alert_options() -> list[tuple[str, str]]:
    return [(alert.value, gettext(word)) for alert, word in searches.ALERTS.items()]


def _as_saved(query: str, category: str | None) -> SavedSearch:
    """The search that is about to be saved, for this reader's country and quantity. It is in no session of the database."""
    who, viewer = reader(), viewer_here()
    query = searches.canonical(query, ship_to=who.ship_to, quantity=who.quantity_sent)
    return SavedSearch(company_id=viewer.company_id, person_id=viewer.person_id, query=query, category=category or None)


def _save_page(form: Form[SaveSearchInput]) -> str:
    wording = wording_of(_as_saved(form.value("query"), form.value("category")))
    return render_template("search/save_search.html", form=form, wording=wording, options=_alert_options(), address=form.value("query"))


@bp.get("/searches/new")
@signed_in
def new_search() -> str:
    """The form: a name for the search that was open, and how soon to hear of news."""
    query, slug = request.args.get("query", "")[:2_000], request.args.get("category", "")
    name = wording_of(_as_saved(query, slug)).words[:80]
    initial = {"name": name, "query": query, "category": slug, "alert": Alert.NEVER.value}
    return _save_page(Form(SaveSearchInput, initial=initial))


@bp.post("/searches/new")
@signed_in
def save_search() -> Page:
    """Keep it."""
    form = Form(SaveSearchInput, request.form)
    if not form.is_valid():
        return _save_page(form), 422
    data = form.data
    probe = _as_saved(data.query, data.category)
    found = _ids(find_now(probe)) or []
    try:
        act_once(
            "save_search",
            data.model_dump(mode="json"),
            lambda: searches.save_search(data, query=probe.query, found=found, actor=current_actor()),
        )
    except NameTaken as refused:
        form.add_error("name", gettext(refused.text))
        return _save_page(form), refused.status
    except TooMany as refused:
        form.add_error("form", gettext(refused.text))
        return _save_page(form), refused.status
    flash(gettext("Saved."), "done")
    return see_other("search.list_saved")


def _mine(search_id: str) -> SavedSearch:
    viewer = viewer_here()
    return searches.search_of(path_id(search_id), company_id=viewer.company_id, person_id=viewer.person_id)


def _edit_page(saved: SavedSearch, form: Form[ChangeSearchInput]) -> str:
    return render_template("search/edit_search.html", saved=saved, form=form, options=_alert_options(), wording=wording_of(saved))


@bp.get("/searches/<search_id>")
@signed_in
def edit_search(search_id: str) -> str:
    """Name and mails of one."""
    saved = _mine(search_id)
    return _edit_page(saved, Form(ChangeSearchInput, initial={"name": saved.name, "alert": saved.alert.value}))


@bp.post("/searches/<search_id>")
@signed_in
def change_search(search_id: str) -> Page:
    """Another name, another alert."""
    saved, form = _mine(search_id), Form(ChangeSearchInput, request.form)
    if not form.is_valid():
        return _edit_page(saved, form), 422
    found = _ids(find_now(saved))
    try:
        with transaction():
            searches.change_search(saved.id, form.data, found=found, actor=current_actor())
    except NameTaken as refused:
        form.add_error("name", gettext(refused.text))
        return _edit_page(_mine(search_id), form), refused.status
    flash(gettext("Saved."), "done")
    return see_other("search.list_saved")


@bp.post("/searches/<search_id>/open")
@signed_in
def open_search(search_id: str) -> Page:
    """To its results: what is there is not new any more."""
    saved = _mine(search_id)
    path, found = searches.path_of(saved), _ids(find_now(saved))
    with transaction():
        searches.open_search(saved.id, found=found, actor=current_actor())
    return redirect(path, 303)


@bp.post("/searches/<search_id>/remove")
@signed_in
def remove_search(search_id: str) -> Page:
    """Forget it; a button that was pressed twice does it once."""
    key = path_id(search_id)
    act_once("remove_search", {"search": str(key)}, lambda: searches.remove_search(key, actor=current_actor()))
    flash(gettext("Removed."), "done")
    return see_other("search.list_saved")


@bp.get("/searches/stop/<token>")
@public
def ask_stop(token: str) -> str:
    """The link of a mail: whoever holds it can end its mails, without logging in. Mail programs open links, so a button asks."""
    search_id = alerts.read_stop_token(token)
    with for_every_company():
        saved = alerts.search_of_link(search_id) if search_id else None
    return render_template("search/stop_search.html", is_ours=search_id is not None, saved=saved)


@bp.post("/searches/stop/<token>")
@public
def stop_search(token: str) -> Page:
    """End the mails, by the button or by the mail program itself, which follows no redirect (RFC 8058). It does nothing else."""
    search_id = alerts.read_stop_token(token)
    saved = None
    if search_id is not None:
        with for_every_company(), transaction():
            saved = alerts.stop_alert(search_id)
    return render_template("search/stop_search.html", is_ours=search_id is not None, saved=saved)


# Mail programs write here; the signature of the address stands for the token of a form.
csrf.exempt(stop_search)
