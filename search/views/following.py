"""Following: the button's two acts, the list of what the reader follows, and the feed."""

from uuid import UUID

from flask import Flask, Response, flash, redirect, render_template, request
from flask.blueprints import BlueprintSetupState

from marketplace.catalogue.wording import LIFECYCLES
from marketplace.core import clock
from marketplace.core.acting import Page, viewer_here
from marketplace.core.db import transaction
from marketplace.core.downloads import download_csv
from marketplace.core.errors import NotFound
from marketplace.core.i18n import gettext, lazy
from marketplace.core.ids import parse_id
from marketplace.core.links import url_for
from marketplace.core.web import current_actor, current_viewer, own_path, signed_in
from search import queries
from search.views.blueprint import bp
from search.views.hits import own_prices
from search.views.reader import Reader, reader
from search.watching import feed, follows
from search.watching.errors import TooMany
from search.watching.models import FollowKind
from search.watching.own_prices import OwnPrice, strongest_price

PAGES = {FollowKind.VENDOR: "vendors.show_shop", FollowKind.PRODUCT: "catalogue.show_product", FollowKind.CATEGORY: "search.show_category"}
HEAD = (lazy("Name"), lazy("Kind"), lazy("Since"), lazy("Address"))


def followed_by_reader(kind: str, subject_id: object) -> bool:
    """For templates: whether the signed-in reader follows something."""
    viewer, key = current_viewer(), parse_id(str(subject_id))
    if viewer is None or key is None:
        return False
    return follows.is_followed(FollowKind(kind), key, company_id=viewer.company_id, person_id=viewer.person_id)


@bp.record_once
def _tell_templates(state: BlueprintSetupState) -> None:
    if isinstance(state.app, Flask):
        state.app.jinja_env.globals["is_followed"] = followed_by_reader


def _asked() -> tuple[FollowKind, UUID]:
    """What the form or the address names. Raises: NotFound."""
    kind = next((kind for kind in FollowKind if kind.value == request.values.get("kind")), None)
    subject_id = parse_id(request.values.get("subject_id", ""))
    if kind is None or subject_id is None:
        raise NotFound
    return kind, subject_id


def _back() -> Page:
    return redirect(own_path(request.values.get("next"), url_for("search.list_follows")), 303)


@bp.get("/follows/new")
@signed_in
def new_follow() -> Page:
    """Where a visitor's “Follow” leads, by way of the log-in: one button. Who follows it already is back where they were."""
    kind, subject_id = _asked()
    viewer = viewer_here()
    if follows.is_followed(kind, subject_id, company_id=viewer.company_id, person_id=viewer.person_id):
        flash(gettext("You follow this already."), "done")
        return _back()
    name = follows.name_of(kind, subject_id, keys=reader().keys)
    target = own_path(request.args.get("next"), url_for("search.list_follows"))
    asked = {"kind": kind.value, "subject_id": subject_id, "next": target}
    return render_template("search/new_follow.html", asked=asked, name=name, kind=follows.KINDS[kind], back=target)


@bp.post("/follows")
@signed_in
def follow() -> Page:
    """Hear of a vendor, a product or a category."""
    kind, subject_id = _asked()
    keys = reader().keys
    try:
        with transaction():
            follows.follow(kind, subject_id, keys=keys, actor=current_actor())
        flash(gettext("You follow this now. What is new stands in your feed."), "done")
    except TooMany as refused:
        flash(gettext(refused.text), "late")
    return _back()


@bp.post("/follows/remove")
@signed_in
def unfollow() -> Page:
    """Hear of it no longer."""
    kind, subject_id = _asked()
    with transaction():
        follows.unfollow(kind, subject_id, actor=current_actor())
    flash(gettext("You do not follow this any more."), "done")
    return _back()


@bp.get("/follows")
@signed_in
def list_follows() -> str:
    """Everything that the reader follows."""
    viewer, asked = viewer_here(), follows.FOLLOWS.read(request.args)
    found, shown = follows.follows(viewer.company_id, viewer.person_id, asked, keys=reader().keys)
    return render_template("search/list_follows.html", asked=asked, found=found, shown=shown, kinds=follows.KINDS, pages=PAGES)


@bp.get("/follows.csv")
@signed_in
def export_follows() -> Response:
    """The same rows as a file; of what the reader may not see any more only that it is followed."""
    viewer = viewer_here()
    shown = follows.export_follows(viewer.company_id, viewer.person_id, follows.FOLLOWS.read(request.args), keys=reader().keys)
    rows = (
        (
            row.name or gettext("Not shown any more"), gettext(follows.KINDS[row.kind]), row.since.isoformat(),
            url_for(PAGES[row.kind], slug=row.slug) if row.has_page else "",
        )
        for row in shown
    )  # fmt: skip
    return download_csv([gettext(word) for word in HEAD], rows, f"follows-{clock.now():%Y-%m-%d}.csv")


@bp.get("/feed")
@signed_in
def show_feed() -> str:
    """What happened to it, the newest first."""
    viewer = viewer_here()
    subjects = follows.subjects_of(viewer.company_id, viewer.person_id)
    who = reader()
    found = feed.feed_of(subjects, keys=who.keys, company_id=viewer.company_id, after=request.args.get("after"))
    return render_template(
        "search/show_feed.html",
        feed=found,
        vendors=queries.seen_vendors().facts,
        products=feed.products_in(found.entries),
        lifecycles=LIFECYCLES,
        own=_with_own_price(found, who),
        follows_any=any(subjects.values()),
        is_later=bool(request.args.get("after")),
    )


def _with_own_price(found: feed.Feed, who: Reader) -> dict[UUID, OwnPrice]:
    """What the reader's company pays today of variants whose list price moved, where that is a price of its own."""
    changes = [change for entry in found.entries for change in entry.facts.get("variants", ()) if change.price]
    if not changes:
        return {}
    shown = queries.shown_variants({change.variant_id for change in changes}, keys=who.keys)
    said = own_prices(shown, who)
    return {one.line.variant_id: price for one in shown if (price := strongest_price(one.line, said.get(one.line.variant_id, ())))}
