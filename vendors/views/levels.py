"""Levels 2 to 4 at the desk: recorded with who, how, when, until when; read a second time where four eyes are asked for."""

from datetime import timedelta

from flask import flash, render_template, request

from marketplace.accounts.permissions import Permission
from marketplace.core import clock
from marketplace.core.acting import Page, viewer_here
from marketplace.core.db import transaction
from marketplace.core.errors import Conflict, InvalidMove
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, lazy
from marketplace.core.web import current_actor, path_id, requires, see_other, takes_files
from marketplace.quality import queries as quality
from vendors import queries, services
from vendors.errors import LevelNotEarned, LevelsBelowOpen
from vendors.levels import a_year_after
from vendors.models import LevelCheck, Vendor
from vendors.schemas import LevelInput, ReadingInput, ReasonInput
from vendors.services import LevelFacts
from vendors.services.levels import FOUR_EYES, PROVEN_ORDERS
from vendors.views.blueprint import bp
from vendors.views.papers import keep_photos
from vendors.views.words import happened_last, level_rows

METHOD_OF = {2: "documents", 3: "site_audit", 4: "orders"}
"""How a level is checked unless the verifier writes it otherwise."""
LEVELS = {
    "2": lazy("2: documents checked"),
    "3": lazy("3: site audited; a second verifier confirms it"),
    "4": lazy("4: proven by orders"),
}


@bp.route("/desk/verification/<vendor_id>/levels", methods=["GET", "POST"])
@requires(Permission.VENDOR_VERIFY)
@takes_files(6)
def give_level(vendor_id: str) -> Page:
    """Record a level: who looked, how, when, until when."""
    vendor = queries.vendor_by_id(path_id(vendor_id))
    today = clock.now().date()
    if request.method != "POST":
        initial = {"auditor": viewer_here().person_name, "checked_on": today, "valid_until": a_year_after(today)}
        return _page(vendor, Form(LevelInput, initial=initial))
    form = Form(LevelInput, request.form)
    if not form.is_valid():
        return _page(vendor, form), 422
    data = form.data
    level = int(data.level)
    if data.checked_on > today:
        form.add_error("checked_on", gettext("This day is still to come."))
    if data.valid_until > a_year_after(data.checked_on) + timedelta(days=1):
        form.add_error("valid_until", gettext("A level holds 12 months at most."))
    if data.valid_until < today:
        form.add_error("valid_until", gettext("This day is over."))
    if form.messages:
        return _page(vendor, form), 422
    photos = keep_photos(form, "photos", vendor.id) if level == 3 else []
    if form.messages:
        return _page(vendor, form), 422
    facts = LevelFacts(
        level, data.auditor, data.method or METHOD_OF[level], data.checked_on, data.valid_until, data.points, data.note, photos
    )
    try:
        _record(vendor, facts)
    except LevelsBelowOpen as refusal:
        missing = refusal.facts["levels"]
        said = ", ".join(str(n) for n in missing) if isinstance(missing, list) else ""
        form.add_error("level", gettext("It stands on all levels below it. Not valid today: %(levels)s.", levels=said))
    except LevelNotEarned as refusal:
        text = gettext("Level 4 needs %(needed)s accepted orders; so far: %(orders)s.", **refusal.facts)
        form.add_error("level", text)
    except Conflict as refusal:
        form.add_error("level", gettext(refusal.text))
    if form.messages:
        return _page(queries.vendor_by_id(vendor.id), form), 409
    if level in FOUR_EYES:
        flash(gettext("Recorded. Another verifier reads it before it counts."), "done")
    else:
        flash(gettext("Level %(n)s is given and shown.", n=level), "done")
    return see_other("vendors.show_case", vendor_id=vendor.id)


def _record(vendor: Vendor, facts: LevelFacts) -> None:
    orders = quality.accepted_orders(vendor.id) if facts.level == 4 else 0
    with transaction():
        if facts.level in FOUR_EYES:
            services.propose_level(vendor.id, facts, actor=current_actor())
        else:
            services.give_level(vendor.id, facts, accepted_orders=orders, actor=current_actor())


def _page(vendor: Vendor, form: Form[LevelInput]) -> str:
    return render_template(
        "vendors/give_level.html",
        vendor=vendor,
        form=form,
        options=[(level, gettext(word)) for level, word in LEVELS.items()],
        levels=level_rows(vendor.id),
        accepted_orders=quality.accepted_orders(vendor.id),
        needed=PROVEN_ORDERS,
        on_time=quality.on_time(vendor.id),
    )


@bp.get("/desk/verification/<vendor_id>/levels/<proposal_id>")
@requires(Permission.VENDOR_VERIFY)
def show_level(vendor_id: str, proposal_id: str) -> str:
    """A level that waits for a second reader: what the first one wrote, and the photos."""
    return _proposal(vendor_id, proposal_id, Form(ReadingInput))


@bp.post("/desk/verification/<vendor_id>/levels/<proposal_id>")
@requires(Permission.VENDOR_VERIFY)
def decide_level(vendor_id: str, proposal_id: str) -> Page:
    """Confirm, refuse, or take back one's own."""
    vendor = queries.vendor_by_id(path_id(vendor_id))
    form = Form(ReadingInput, request.form)
    if not form.is_valid():
        return _proposal(vendor_id, proposal_id, form), 422
    level_id, act, actor = path_id(proposal_id), form.data.act, current_actor()
    with transaction():
        if act == "confirm":
            services.confirm_level(level_id, vendor_id=vendor.id, actor=actor)
        elif act == "refuse":
            services.refuse_level(level_id, vendor_id=vendor.id, reason=form.data.reason or "", actor=actor)
        else:
            services.take_back_level(level_id, vendor_id=vendor.id, actor=actor)
    said = {"confirm": gettext("Confirmed: the level counts."), "refuse": gettext("Refused."), "take_back": gettext("Taken back.")}
    flash(said[act], "done")
    return see_other("vendors.show_case", vendor_id=vendor.id)


def _proposal(vendor_id: str, proposal_id: str, form: Form[ReadingInput]) -> str:
    vendor = queries.vendor_by_id(path_id(vendor_id))
    proposal = queries.proposal_of(path_id(proposal_id), vendor_id=vendor.id)
    photos = list(queries.files_by_id(proposal.photo_ids, company_id=vendor.id).values())
    return render_template(
        "vendors/show_level.html",
        vendor=vendor,
        proposal=proposal,
        photos=photos,
        form=form,
        is_own=proposal.proposed_by == viewer_here().person_id,
        levels=level_rows(vendor.id),
    )


@bp.route("/desk/verification/<vendor_id>/levels/<check_id>/withdraw", methods=["GET", "POST"])
@requires(Permission.VENDOR_VERIFY)
def withdraw_level(vendor_id: str, check_id: str) -> Page:
    """Take a level away before its time, with the reason."""
    vendor = queries.vendor_by_id(path_id(vendor_id))
    check = queries.level_check_of(path_id(check_id), vendor_id=vendor.id)
    if request.method != "POST":
        if check.withdrawn_at is None:
            return _withdraw_page(vendor, check, Form(ReasonInput))
        flash(gettext("This level is withdrawn already."), "need")
        return see_other("vendors.show_case", vendor_id=vendor.id)
    form = Form(ReasonInput, request.form)
    if not form.is_valid() or check.withdrawn_at is not None:
        return _withdraw_page(vendor, check, form), 422 if check.withdrawn_at is None else InvalidMove.status
    try:
        with transaction():
            services.withdraw_level(check.id, vendor_id=vendor.id, reason=form.data.reason, actor=current_actor())
    except InvalidMove as refused:
        return _withdraw_page(vendor, queries.level_check_of(check.id, vendor_id=vendor.id), form), refused.status
    flash(gettext("Withdrawn; the vendor is told why."), "done")
    return see_other("vendors.show_case", vendor_id=vendor.id)


def _withdraw_page(vendor: Vendor, check: LevelCheck, form: Form[ReasonInput]) -> str:
    """The question; where somebody has withdrawn the level meanwhile, what happened, with what was typed kept."""
    return render_template(
        "vendors/withdraw_level.html",
        vendor=vendor,
        check=check,
        form=form,
        meanwhile=None if check.withdrawn_at is None else happened_last(vendor.id),
    )
