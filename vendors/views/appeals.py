"""The vendor's side of an appeal of a decision: the form, how it stands, its answer; and taking it back (product.md §10)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import flash, render_template, request

from marketplace.accounts.permissions import Permission
from marketplace.catalogue.reasons import TAKEDOWN_REASONS
from marketplace.core import policy
from marketplace.core.acting import Page, act_once, viewer_here
from marketplace.core.errors import Conflict
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, lazy, text
from marketplace.core.web import current_actor, in_person, path_id, requires, see_other, takes_files
from marketplace.quality import queries as quality
from marketplace.quality import services
from marketplace.quality.errors import AppealTooLate, DecisionOver
from marketplace.quality.models import AppealState, DecisionKind, VendorAppeal
from vendors import queries
from vendors.schemas import AppealInput
from vendors.views.blueprint import bp
from vendors.views.papers import keep_papers
from vendors.views.words import Word

MOST_PAPERS = 5
STATES = {
    AppealState.OPEN: (lazy("Waits for an answer"), None),
    AppealState.UPHELD: (lazy("Decision stands"), "late"),
    AppealState.GRANTED: (lazy("Granted"), "done"),
    AppealState.WITHDRAWN: (lazy("Withdrawn"), "off"),
}


def appeal_word(state: AppealState) -> Word:
    """Where an appeal stands, in words."""
    word, tone = STATES[state]
    return Word(gettext(word), tone)


def subject_of(kind: DecisionKind, product_id: UUID | None, titles: dict[UUID, dict[str, Any]]) -> str:
    """What was decided: `Shop suspended`, `Product refused: Hex bolt M8`."""
    word = gettext(quality.KIND_WORDS[kind])
    title = text(titles.get(product_id)) if product_id is not None else ""
    return f"{word}{gettext(': ')}{title}" if title else word


def reasons_in_words(reasons: Sequence[str]) -> list[str]:
    """The statement of reasons; codes about a product as words."""
    return [gettext(TAKEDOWN_REASONS.get(reason, reason)) for reason in reasons]


def appeal_rows(appeals: Sequence[VendorAppeal]) -> list[dict[str, Any]]:
    """Appeals of one vendor as its pages show them."""
    titles = quality.product_titles(appeals)
    return [
        {"appeal": each, "subject": subject_of(each.kind, each.product_id, titles), "word": appeal_word(each.state)} for each in appeals
    ]


@bp.get("/portal/appeals")
@requires(Permission.DECISION_APPEAL)
def list_appeals() -> str:
    """The appeals of this vendor, the newest first."""
    return render_template("vendors/list_appeals.html", rows=appeal_rows(quality.appeals_of(viewer_here().company_id)))


@bp.route("/portal/appeals/new/<decision_id>", methods=["GET", "POST"])
@requires(Permission.DECISION_APPEAL)
@in_person
@takes_files(MOST_PAPERS)
def file_appeal(decision_id: str) -> Page:
    """Appeal against a decision, with papers; one that was appealed against leads to its appeal."""
    vendor_id = viewer_here().company_id
    decision = quality.decision_of(path_id(decision_id), vendor_id=vendor_id)
    form = Form(AppealInput, request.form if request.method == "POST" else None)
    if request.method != "POST":
        there = quality.appeal_about(decision.decision_id)
        if there is not None:
            return see_other("vendors.show_appeal", appeal_id=there.id)
        return _form(decision, form)
    if not form.is_valid():
        return _form(decision, form), 422
    file_ids = keep_papers(form, "papers", vendor_id, most=MOST_PAPERS, keep=services.keep_papers)
    if form.messages:
        return _form(decision, form), 422
    said = form.data.said
    try:
        act_once(
            "file_appeal",
            {"decision": str(decision.decision_id), "said": said},
            lambda: services.file_appeal(decision.decision_id, said=said, file_ids=file_ids, actor=current_actor()),
        )
    except Conflict as refused:
        form.add_error("form", gettext(refused.text))
        return _form(decision, form), refused.status
    filed = quality.appeal_about(decision.decision_id)
    flash(gettext("Your appeal has come in. A person who did not take the decision answers it."), "done")
    return see_other("vendors.show_appeal", appeal_id=filed.id) if filed else see_other("vendors.list_appeals")


def _form(decision: quality.Decision, form: Form[AppealInput]) -> str:
    until = quality.appeal_until(decision.decision_at)
    standing = quality.Standing(decision, quality.appeal_about(decision.decision_id), until)
    over = None
    if not quality.is_in_force(decision):
        over = gettext(DecisionOver.message)
    elif standing.is_late:
        over = gettext(AppealTooLate.message)
    return render_template(
        "vendors/file_appeal.html",
        form=form,
        over=over,
        until=until,
        days=policy.current().decision_answer_business_days,
        most_papers=MOST_PAPERS,
        **contested_facts(decision),
    )


def contested_facts(contested: quality.Decision | VendorAppeal) -> dict[str, Any]:
    """What pages say of the decision: what it was, when, by whom, why."""
    titles, takedown = quality.product_titles([contested]), quality.takedown_of(contested)
    evidence = queries.files_by_id(takedown.file_ids, company_id=contested.vendor_id) if takedown is not None else {}
    return {
        "contested": contested,
        "subject": subject_of(contested.kind, contested.product_id, titles),
        "reasons": reasons_in_words(contested.decision_reasons),
        "evidence": list(evidence.values()),
    }


@bp.get("/portal/appeals/<appeal_id>")
@requires(Permission.DECISION_APPEAL)
def show_appeal(appeal_id: str) -> str:
    """How an appeal stands: the decision, what the vendor said, and the answer with its reasons."""
    return _page(quality.appeal_of(path_id(appeal_id), vendor_id=viewer_here().company_id))


def _page(appeal: VendorAppeal, refusal: str | None = None) -> str:
    return render_template(
        "vendors/show_appeal.html",
        appeal=appeal,
        refusal=refusal,
        word=appeal_word(appeal.state),
        files=list(queries.files_by_id(appeal.file_ids, company_id=appeal.vendor_id).values()),
        **contested_facts(appeal),
    )


@bp.post("/portal/appeals/<appeal_id>/withdraw")
@requires(Permission.DECISION_APPEAL)
@in_person
def withdraw_appeal(appeal_id: str) -> Page:
    """Take an appeal back before it is answered."""
    appeal = quality.appeal_of(path_id(appeal_id), vendor_id=viewer_here().company_id)
    try:
        act_once("withdraw_appeal", {"appeal": str(appeal.id)}, lambda: services.withdraw_appeal(appeal.id, actor=current_actor()))
    except Conflict as refused:
        return _page(quality.appeal_by_id(appeal.id), gettext(refused.text)), refused.status
    flash(gettext("Withdrawn. The decision stands."), "done")
    return see_other("vendors.show_appeal", appeal_id=appeal.id)
