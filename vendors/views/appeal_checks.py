"""The desk's appeals: vendors' objections to decisions, answered by a verifier who did not take the decision (product.md §10)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Response, flash, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from marketplace.accounts.permissions import Permission
from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.models import ProductState
from marketplace.core import audit
from marketplace.core.acting import Page, act_once, viewer_here
from marketplace.core.errors import Conflict
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, lazy, ngettext
from marketplace.core.web import current_actor, frames_files, path_id, requires, see_other
from marketplace.quality import queries as quality
from marketplace.quality import services
from marketplace.quality.models import AppealState, DecisionKind, VendorAppeal
from vendors import queries
from vendors.schemas import AnswerInput
from vendors.views.appeals import appeal_rows, appeal_word, contested_facts, subject_of
from vendors.views.blueprint import bp
from vendors.views.papers import papers
from vendors.views.queues import Queue, desk_tabs, hand_over, name_of, verifiers, waits, written
from vendors.views.takedowns import effect_of_undoing
from vendors.views.words import Word, history_steps, state_word

DESK_TONES = {AppealState.GRANTED: "done", AppealState.WITHDRAWN: "off"}
"""For the desk nothing is bad about a decision that stands."""


def _row(appeal: VendorAppeal, vendor_name: str, titles: dict[Any, Any], names: dict[UUID, str]) -> dict[str, Any]:
    return {
        "appeal": appeal,
        "vendor_name": vendor_name,
        "subject": subject_of(appeal.kind, appeal.product_id, titles),
        "word": Word(appeal_word(appeal.state).text, DESK_TONES.get(appeal.state)),
        **waits(appeal.due_at if appeal.state is AppealState.OPEN else None, appeal.assigned_to, names),
    }


def _rows(found: Sequence[Any]) -> list[dict[str, Any]]:
    titles, names = quality.product_titles([row.VendorAppeal for row in found]), verifiers()
    return [_row(row.VendorAppeal, row.name, titles, names) for row in found]


QUEUE = Queue(
    template="vendors/list_appeal_checks.html",
    table=quality.appeals_table,
    query=quality.appeals_with_vendors,
    rows=_rows,
    file="appeals.csv",
    columns=(
        (lazy("Vendor"), lambda row, _: row.name),
        (lazy("Decision"), lambda row, _: gettext(quality.KIND_WORDS[row.VendorAppeal.kind])),
        (lazy("Decided by"), lambda row, _: row.VendorAppeal.decision_by_name),
        (lazy("Decided"), lambda row, _: written(row.VendorAppeal.decision_at)),
        (lazy("Appealed"), lambda row, _: written(row.VendorAppeal.filed_at)),
        (lazy("Answer due"), lambda row, _: written(row.VendorAppeal.due_at)),
        (lazy("State"), lambda row, _: appeal_word(row.VendorAppeal.state).text),
        (lazy("Answered"), lambda row, _: written(row.VendorAppeal.closed_at)),
        (lazy("Taken by"), lambda row, names: name_of(row.VendorAppeal.assigned_to, names)),
    ),
)


@bp.get("/desk/appeals")
@requires(Permission.VENDOR_VERIFY)
def list_appeal_checks() -> str:
    """The appeals that wait for an answer, the soonest deadline first; by the filter all others."""
    return QUEUE.page()


@bp.get("/desk/appeals.csv")
@requires(Permission.VENDOR_VERIFY)
def export_appeal_checks() -> Response:
    """The same appeals as CSV."""
    return QUEUE.csv()


@bp.get("/desk/appeals/<appeal_id>")
@requires(Permission.VENDOR_VERIFY)
@frames_files
def show_appeal_check(appeal_id: str) -> str:
    """One appeal: the decision with its reasons, what the vendor says with its papers, the vendor's record, and the answer."""
    return _page(quality.appeal_by_id(path_id(appeal_id)), Form(AnswerInput))


@bp.post("/desk/appeals/<appeal_id>")
@requires(Permission.VENDOR_SUSPEND)
@frames_files
def answer_appeal(appeal_id: str) -> Page:
    """The decision stands, or the appeal is granted; the vendor reads why."""
    appeal = quality.appeal_by_id(path_id(appeal_id))
    form = Form(AnswerInput, request.form)
    if not form.is_valid():
        return _page(appeal, form), 422
    answer = services.grant_appeal if form.data.act == "grant" else services.uphold_appeal
    reason = form.data.reason
    try:
        act_once(
            "answer_appeal",
            {"appeal": str(appeal.id), "act": form.data.act, "reason": reason},
            lambda: answer(appeal.id, reason=reason, actor=current_actor()),
        )
    except Conflict as refused:
        form.add_error("form", gettext(refused.text))
        return _page(quality.appeal_by_id(appeal.id), form), refused.status
    said = {
        "uphold": gettext("Answered: the decision stands. The vendor is told why."),
        "grant": gettext("Granted: the decision is undone. The vendor is told why."),
    }
    flash(said[form.data.act], "done")
    return see_other("vendors.show_appeal_check", appeal_id=appeal.id)


@bp.post("/desk/appeals/<appeal_id>/assign")
@requires(Permission.VENDOR_VERIFY)
def assign_appeal(appeal_id: str) -> BaseResponse:
    """Take the appeal, give it back, or let a colleague have it."""
    hand_over(services.assign_appeal, path_id(appeal_id))
    return see_other("vendors.show_appeal_check", appeal_id=path_id(appeal_id))


def _effect(appeal: VendorAppeal) -> str:
    """What granting would do now."""
    if not quality.is_in_force(appeal):
        return gettext("The decision is no longer in force: nothing else changes, and the vendor reads that its appeal was right.")
    if appeal.kind is DecisionKind.SUSPENDED:
        live = catalogue.product_counts(appeal.vendor_id).get(ProductState.LIVE, 0)
        return ngettext(
            "The shop and %(num)s live product are seen again at once.", "The shop and %(num)s live products are seen again at once.", live
        )
    if appeal.kind is DecisionKind.APPLICATION_REFUSED:
        return gettext("The application goes back to the verification desk as it was sent, with a new deadline.")
    if appeal.kind is DecisionKind.CHANGE_REFUSED:
        return gettext("The change that was refused becomes the version that buyers see, at once.")
    if appeal.kind is DecisionKind.PRODUCT_TAKEN_DOWN and appeal.product_id is not None:
        return effect_of_undoing(appeal.product_id)
    return gettext("The product goes back to the product checks as it stands; it is on sale when that check accepts it.")


def _page(appeal: VendorAppeal, form: Form[AnswerInput]) -> str:
    vendor, viewer, names = queries.vendor_by_id(appeal.vendor_id), viewer_here(), verifiers()
    others = {person_id: name for person_id, name in names.items() if person_id != appeal.decision_by}
    facts = contested_facts(appeal)
    stored = queries.files_by_id(appeal.file_ids, company_id=vendor.id).values()
    earlier = [row for row in appeal_rows(quality.appeals_of(vendor.id)) if row["appeal"].id != appeal.id]
    return render_template(
        "vendors/show_appeal_check.html",
        appeal=appeal,
        form=form,
        vendor=vendor,
        vendor_state=state_word(vendor.state),
        row=_row(appeal, vendor.name, quality.product_titles([appeal]), names),
        papers=papers(stored, company_id=vendor.id),
        facts=queries.facts_fresh([vendor.id])[vendor.id],
        accepted_orders=quality.accepted_orders(vendor.id),
        on_time=quality.on_time(vendor.id),
        earlier=earlier,
        effect=_effect(appeal),
        is_open=appeal.state is AppealState.OPEN,
        is_own=appeal.decision_by == viewer.person_id,
        may_answer=viewer.can(Permission.VENDOR_SUSPEND),
        others=list(others.items()),
        is_mine=appeal.assigned_to == viewer.person_id,
        history=history_steps([event for event in audit.history_of(vendor.id, company_id=None) if event.act.startswith("vendor.appeal_")]),
        tabs=desk_tabs(),
        **facts,
    )
