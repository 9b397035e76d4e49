"""Pins at the desk: which products stand first for which search, each shown before it is saved."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import flash, render_template, request
from werkzeug.wrappers import Response

from marketplace.accounts.permissions import Permission
from marketplace.catalogue.visibility import EVERYONE
from marketplace.core import clock
from marketplace.core.acting import Page, act_once
from marketplace.core.downloads import download_csv
from marketplace.core.errors import NotFound
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, lazy
from marketplace.core.links import url_for
from marketplace.core.web import current_actor, path_id, requires, see_other
from search import queries
from search.errors import SearchUnavailable
from search.learning import rules, services
from search.learning.changes import CHANGES, changes_of, last_changes
from search.learning.errors import RuleChangedSince, RuleRefused, RuleRemovedSince
from search.learning.models import Pin, RuleKind
from search.learning.schemas import PinInput
from search.learning.wishes import PinWish, digest, lines_of, pin_snapshot
from search.views.blueprint import bp
from search.views.desk_changes import skus_in
from search.views.desk_forms import history, looked_at, refuse, remove, seen_of, standing, stood
from search.views.desk_preview import Preview, asked_by_visitors, preview

HEAD = (lazy("Search words"), lazy("Products"), lazy("In use"), lazy("Changed"), lazy("By"))


@bp.get("/desk/search/pins")
@requires(Permission.DESK_VIEW)
def list_pins() -> str:
    """Every query that has products chosen by hand, and what was changed."""
    asked = rules.PINS.read(request.args)
    found = rules.PINS.page(rules.all_pins(), asked)
    changes = last_changes(RuleKind.PIN)
    ids = {one for pin in found.rows for one in pin.variant_ids}
    shown = {one.variant_id: one for one in queries.named_variants(ids, keys=frozenset({EVERYONE}))}
    return render_template(
        "search/list_pins.html",
        asked=asked,
        found=found,
        shown=shown,
        skus=queries.skus_of(ids),
        changes=history(changes, skus_in(changes)),
    )


@bp.get("/desk/search/pins.csv")
@requires(Permission.DESK_VIEW)
def export_pins() -> Response:
    """The same rows as a file."""
    pins = list(rules.PINS.rows(rules.all_pins(), rules.PINS.read(request.args)))
    skus = queries.skus_of({one for pin in pins for one in pin.variant_ids})
    rows = (
        (pin.words, "|".join(skus.get(one, str(one)) for one in pin.variant_ids), gettext("Yes") if pin.is_active else gettext("No"), pin.changed_at.isoformat(), pin.changed_by_name)
        for pin in pins
    )  # fmt: skip
    return download_csv([gettext(word) for word in HEAD], rows, f"pins-{clock.now():%Y-%m-%d}.csv")


@bp.route("/desk/search/pins/new", methods=["GET", "POST"])
@requires(Permission.SEARCH_EDIT)
def add_pin() -> Page:
    """Products first for a query; a report may bring its words along."""
    return _edit(None, {"words": request.args.get("words", "")[:200], "active": "1"})


@bp.route("/desk/search/pins/<pin_id>", methods=["GET", "POST"])
@requires(Permission.SEARCH_EDIT)
def edit_pin(pin_id: str) -> Page:
    """The products of one query: first what it does, then the saving; below, who changed it."""
    key = path_id(pin_id)
    pin = rules.standing_pin(key)
    if pin is None and not stood(RuleKind.PIN, key):
        raise NotFound
    return _edit(pin, _initial(pin) if pin else {}, key)


def _initial(pin: Pin) -> dict[str, Any]:
    return {"words": pin.words, "products": "\n".join(_addresses(pin.variant_ids)), "active": "1" if pin.is_active else ""}


def _addresses(variant_ids: Sequence[UUID]) -> list[str]:
    """Each variant by the address of its page, by its SKU where nobody can see that."""
    named = {one.variant_id: one for one in queries.named_variants(variant_ids, keys=frozenset({EVERYONE}))}
    skus = queries.skus_of(variant_ids)
    return [
        url_for("catalogue.show_product", slug=named[one].product_slug, variant=named[one].sku) if one in named else skus.get(one, "")
        for one in variant_ids
    ]


def _edit(pin: Pin | None, initial: dict[str, Any], pin_id: UUID | None = None) -> Page:
    """The form of one that stands, of a new one, or of one that was removed while its form was open: that has an id alone."""
    form = Form(PinInput, request.form if request.method == "POST" else None, initial=initial)
    now = _now(pin, pin_id)
    shown: Preview | None = None
    unseen: list[str] = []
    told, status = "", 422 if request.method == "POST" else 200
    if form.is_valid():
        try:
            wish = PinWish(" ".join(form.data.words.split()), _variants(form.data.products), form.data.active == "1")
            mark = digest(wish.snapshot())
            seen = form.data.seen
            if form.data.told == mark:
                content = {"pin": pin_id, "seen": seen, **wish.snapshot()}
                act_once("set_pin", content, lambda: services.set_pin(pin_id, wish, seen=seen, actor=current_actor()))
                flash(gettext("Saved. Searches show it within a second."), "done")
                return see_other("search.list_pins")
            if pin_id and not pin and seen != now:
                raise RuleRemovedSince
            _check(pin_id, wish)
            shown, told, status = looked_at(form, lambda: _preview(wish)), mark, 200
            unseen = _unseen(wish.variant_ids)
        except (RuleRefused, RuleChangedSince) as refused:
            status = refuse(form, refused)
            pin = rules.standing_pin(pin_id) if pin_id else None
            now = _now(pin, pin_id)
    return _page(pin, form, status, shown=shown, unseen=unseen, told=told, now=now)


def _now(pin: Pin | None, pin_id: UUID | None) -> str:
    """The digest of what stands; empty for one that is yet to be added."""
    return digest(pin_snapshot(pin) if pin else {}) if pin_id else ""


def _unseen(variant_ids: Sequence[UUID]) -> list[str]:
    """The SKUs of variants that are not on sale to everybody, which no visitor sees first."""
    seen = {one.variant_id for one in queries.named_variants(variant_ids, keys=frozenset({EVERYONE}))}
    skus = queries.skus_of(variant_ids)
    return [skus[one] for one in variant_ids if one not in seen and one in skus]


def _page(
    pin: Pin | None,
    form: Form[PinInput],
    status: int,
    *,
    now: str,
    shown: Preview | None = None,
    unseen: Sequence[str] = (),
    told: str = "",
) -> Page:
    found = CHANGES.page(changes_of(pin.id), CHANGES.read(request.args)) if pin else None
    return render_template(
        "search/edit_pin.html",
        pin=pin,
        form=form,
        preview=shown,
        unseen=unseen,
        told=told,
        seen=seen_of(form, status, now),
        stands=_standing(pin) if pin and status == 409 else None,
        found=found,
        changes=history(found.rows, skus_in(found.rows)) if found else [],
    ), status


def _standing(pin: Pin) -> list[tuple[str, str]]:
    ids = map(str, pin.variant_ids)
    return standing(pin_snapshot(pin), dict(zip(ids, _addresses(pin.variant_ids), strict=True)))


def _variants(typed: str) -> tuple[UUID, ...]:
    """What the lines of the field name. Raises: RuleRefused for a line that names nothing, or several things."""
    found = []
    for line in lines_of(typed):
        ids = rules.variants_written(line)
        if not ids:
            raise RuleRefused("products", lazy("No product has the SKU or address “%(line)s”."), line=line[:100])
        if len(ids) > 1:
            raise RuleRefused(
                "products", lazy("Several vendors have the SKU “%(line)s”: write the address of the product’s page."), line=line[:100]
            )
        found += ids
    return tuple(found)


def _check(pin_id: UUID | None, wish: PinWish) -> None:
    """Refuse before anything is shown what the service would refuse, and a count, which is no word of a search. Raises: RuleRefused."""
    services.check_pin(pin_id, wish)
    try:
        _, count = asked_by_visitors(wish.words)
    except SearchUnavailable:
        return
    if count:
        raise RuleRefused(
            "words", lazy("“%(count)s” is read as how many somebody wants. Leave it out: pins hold for any quantity."), count=count.written
        )


def _preview(wish: PinWish) -> Preview:
    known = rules.in_force()
    return preview(wish.words, (known.synonyms, known.pins_of(wish.words)), (known.synonyms, wish.variant_ids if wish.is_active else ()))


@bp.post("/desk/search/pins/<pin_id>/remove")
@requires(Permission.SEARCH_EDIT)
def remove_pin(pin_id: str) -> Page:
    """Let the query be answered by its words alone; the history can bring the pins back."""
    key = path_id(pin_id)

    def again(refused: RuleChangedSince) -> Page:
        pin = rules.pin_by_id(key)
        form = Form(PinInput, None, initial=_initial(pin))
        return _page(pin, form, refuse(form, refused), now=digest(pin_snapshot(pin)))

    return remove(RuleKind.PIN, key, lambda seen: services.remove_pin(key, seen=seen, actor=current_actor()), again)
