"""The desk's changes of checked facts: the queue, one change with old, new and paper side by side, the decision (product.md §10)."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Response, flash, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from marketplace.accounts.permissions import Permission
from marketplace.core import audit, clock
from marketplace.core.acting import Page, act_once, viewer_here
from marketplace.core.errors import Conflict
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, lazy, ngettext
from marketplace.core.web import current_actor, frames_files, path_id, requires, see_other
from marketplace.quality import queries as quality
from vendors import queries, services
from vendors.changing import READ_BY_BUYERS, lines_of
from vendors.errors import PointsOpen, ReasonNeeded
from vendors.models import ChangeState, FactChange
from vendors.requirements import KINDS, LOOK_UPS
from vendors.schemas import ChangeCheckInput
from vendors.services import Finding
from vendors.views.blueprint import bp
from vendors.views.fact_words import change_row, facts_of_line, files_of, line_names
from vendors.views.papers import papers
from vendors.views.queues import Queue, desk_tabs, hand_over, name_of, verifiers, waits, written
from vendors.views.words import history_steps, look_up_word, state_word

DONE = {
    "save": lazy("Saved. Nothing is decided yet."),
    "confirm": lazy("Confirmed. The vendor is told."),
    "ask": lazy("Asked. The clock stops until the vendor answers."),
    "refuse": lazy("Refused; the vendor is told why. Everything stays as it was."),
}


def _row(change: FactChange, vendor_name: str, names: Mapping[UUID, str]) -> dict[str, Any]:
    return change_row(change) | {"vendor_name": vendor_name} | waits(change.due_at, change.assigned_to, names)


def _rows(found: Sequence[Any]) -> list[dict[str, Any]]:
    names = verifiers()
    return [_row(row.FactChange, row.name, names) for row in found]


def _told(change: FactChange, side: str) -> str:
    """What changes, in one cell of the sheet."""
    return "; ".join(f"{row.name}: {getattr(row, side) or '–'}" for row in change_row(change)["facts"])


QUEUE = Queue(
    template="vendors/list_change_checks.html",
    table=queries.fact_changes_table,
    query=queries.fact_changes_with_vendors,
    rows=_rows,
    file="changes.csv",
    columns=(
        (lazy("Vendor"), lambda row, _: row.name),
        (lazy("Until now"), lambda row, _: _told(row.FactChange, "before")),
        (lazy("New value"), lambda row, _: _told(row.FactChange, "after")),
        (lazy("Reason"), lambda row, _: gettext(queries.REASON_WORDS[row.FactChange.reason])),
        (lazy("Holds from"), lambda row, _: row.FactChange.holds_from.isoformat()),
        (lazy("Sent"), lambda row, _: written(row.FactChange.asked_at)),
        (lazy("Answer due"), lambda row, _: written(row.FactChange.due_at)),
        (lazy("State"), lambda row, _: change_row(row.FactChange)["word"].text),
        (lazy("Taken by"), lambda row, names: name_of(row.FactChange.assigned_to, names)),
    ),
)


@bp.get("/desk/changes")
@requires(Permission.VENDOR_VERIFY)
def list_change_checks() -> str:
    """The changes that wait for an answer, the soonest deadline first; by the filter all others."""
    return QUEUE.page()


@bp.get("/desk/changes.csv")
@requires(Permission.VENDOR_VERIFY)
def export_change_checks() -> Response:
    """The same changes as CSV."""
    return QUEUE.csv()


@bp.get("/desk/changes/<change_id>")
@requires(Permission.VENDOR_VERIFY)
@frames_files
def show_change_check(change_id: str) -> str:
    """One change: old, new and paper side by side, what a verifier looks at, and what confirming would do."""
    change = queries.change_by_id(path_id(change_id))
    initial: dict[str, Any] = {}
    for kind in lines_of(change.after):
        found = change.findings.get(kind, {})
        initial |= {
            f"{kind}_points": found.get("ticked", []),
            f"{kind}_look_up": found.get("look_up"),
            f"{kind}_look_up_at": found.get("look_up_at") or gettext(KINDS[kind].register),
            f"{kind}_look_up_note": found.get("look_up_note"),
        }
    return _page(change, Form(ChangeCheckInput, initial=initial))


@bp.post("/desk/changes/<change_id>")
@requires(Permission.VENDOR_VERIFY)
@frames_files
def decide_change(change_id: str) -> Page:
    """Keep what was seen; and confirm, ask for more, or refuse."""
    change = queries.change_by_id(path_id(change_id))
    form: Form[Any] = Form(ChangeCheckInput, request.form)
    if not form.is_valid():
        return _page(change, form), 422
    data = form.data
    if data.act in ("ask", "refuse") and not data.reason:
        form.add_error("reason", gettext(ReasonNeeded.message))
        return _page(change, form), 422
    try:
        act_once("decide_change", {"change": str(change.id)} | data.model_dump(mode="json"), lambda: _decide(change.id, data))
    except PointsOpen as refused:
        said = gettext("Tick every point that you have seen to be right; where one is not, ask for more or refuse.")
        form.add_error(f"{refused.facts['kind']}_points", said)
        return _page(queries.change_by_id(change.id), form), refused.status
    except Conflict as refused:
        form.add_error("form", gettext(refused.text))
        return _page(queries.change_by_id(change.id), form), refused.status
    flash(gettext(DONE[data.act]), "done")
    return see_other("vendors.show_change_check", change_id=change.id)


def _decide(change_id: UUID, data: Any) -> None:
    findings = {kind: _finding(kind, data) for kind in KINDS if hasattr(data, f"{kind}_points")}
    actor, revision = current_actor(), data.revision
    if data.act == "confirm":
        services.confirm_change(change_id, findings, revision=revision, actor=actor)
    elif data.act == "ask":
        services.ask_about_change(change_id, findings, reason=data.reason or "", revision=revision, actor=actor)
    elif data.act == "refuse":
        services.refuse_change(change_id, findings, reason=data.reason or "", revision=revision, actor=actor)
    else:
        services.save_change_findings(change_id, findings, revision=revision, actor=actor)


def _finding(kind: str, data: Any) -> Finding:
    look_up = getattr(data, f"{kind}_look_up")
    return Finding(
        is_passed=None,
        ticked=getattr(data, f"{kind}_points"),
        look_up=look_up,
        # The place is suggested; without a result nothing was looked up there.
        look_up_at=getattr(data, f"{kind}_look_up_at") if look_up else None,
        look_up_note=getattr(data, f"{kind}_look_up_note"),
    )


@bp.post("/desk/changes/<change_id>/assign")
@requires(Permission.VENDOR_VERIFY)
def assign_change(change_id: str) -> BaseResponse:
    """Take the change, give it back, or let a colleague have it."""
    hand_over(services.assign_change, path_id(change_id))
    return see_other("vendors.show_change_check", change_id=path_id(change_id))


def _effect(change: FactChange) -> list[str]:
    """What confirming would do, in sentences."""
    facts = set(change.after)
    said = []
    if facts & READ_BY_BUYERS:
        said.append(gettext("The shop, search and the papers of new orders read the new facts."))
        said.append(gettext("Papers that were issued, and those of orders that were placed, keep the facts of their day."))
        buyers = len(quality.buyers_with_open_orders(change.vendor_id))
        said.append(
            ngettext("%(num)s company with open orders is told.", "%(num)s companies with open orders are told.", buyers)
            if buyers
            else gettext("No company has open orders: only the vendor is told.")
        )
    else:
        said.append(gettext("Nothing that buyers read changes: only the vendor is told."))
    if change.holds_from > clock.now().date():
        said.append(gettext("It comes into force on the day from which it holds, by itself."))
    return said


def _lines(change: FactChange) -> list[dict[str, Any]]:
    """Each line of the checklist that is looked at again: its facts, points, paper and what was found."""
    row, files = change_row(change), files_of(change)
    sheets = papers(files.values(), company_id=change.vendor_id)
    lines = []
    for kind in lines_of(change.after):
        about, found = KINDS[kind], change.findings.get(kind, {})
        lines.append(
            {
                "kind": kind,
                "name": gettext(about.name),
                "facts": facts_of_line(kind, row["facts"]),
                "points": [(key, gettext(point)) for key, point in about.points.items()],
                "ticked": found.get("ticked", []),
                "look_up": look_up_word(found.get("look_up")),
                "look_up_note": found.get("look_up_note"),
                "sheet": sheets.get(files[kind].id) if kind in files else None,
            }
        )
    return lines


def _page(change: FactChange, form: Form[Any]) -> str:
    vendor, viewer, names = queries.vendor_by_id(change.vendor_id), viewer_here(), verifiers()
    events = [event for event in audit.history_of(vendor.id, company_id=None) if event.act.startswith(("vendor.change_", "vendor.facts_"))]
    return render_template(
        "vendors/show_change_check.html",
        change=change,
        form=form,
        vendor=vendor,
        vendor_state=state_word(vendor.state),
        row=_row(change, vendor.name, names),
        lines=_lines(change),
        line_names=line_names(lines_of(change.after)),
        look_ups=[(look_up.value, gettext(word)) for look_up, (word, _) in LOOK_UPS.items()],
        effect=_effect(change),
        is_open=change.state is ChangeState.WAITING,
        is_own=change.asked_by == viewer.person_id,
        others=[(person_id, name) for person_id, name in names.items() if person_id != change.asked_by],
        is_mine=change.assigned_to == viewer.person_id,
        earlier=[change_row(each) for each in queries.changes_of(vendor.id) if each.id != change.id],
        history=history_steps(events),
        tabs=desk_tabs(),
    )
