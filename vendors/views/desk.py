"""The verification desk: the queue, the case with its checklist and documents, who works on it, decisions (product.md §14)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response, flash, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from marketplace.accounts import queries as accounts
from marketplace.accounts.permissions import Permission
from marketplace.core import audit, clock, policy
from marketplace.core.acting import Page, viewer_here
from marketplace.core.db import transaction
from marketplace.core.downloads import download_csv
from marketplace.core.errors import InvalidMove, NotFound
from marketplace.core.forms import Form
from marketplace.core.i18n import country, gettext, lazy
from marketplace.core.tables import Asked, Table
from marketplace.core.web import current_actor, frames_files, path_id, requires, see_other
from marketplace.quality import queries as quality
from payments import queries as payments
from vendors import queries, services
from vendors.errors import CaseChanged, PointsOpen, ReasonNeeded, RequirementsOpen, SecondReaderNeeded, TakenByColleague
from vendors.models import LevelProposal, ProposalState, Vendor, VendorState
from vendors.requirements import GIVEN_BY_VENDOR, KINDS, LOOK_UPS
from vendors.schemas import AssignInput, FindingsInput
from vendors.services import Finding
from vendors.views.blueprint import bp
from vendors.views.papers import papers
from vendors.views.sums import typed_minor, written_sum
from vendors.views.words import history_steps, kind_word, level_rows, requirement_rows, state_word

NEIGHBOURS = 12
"""Cases of the queue that stand beside an open one."""
CASES_HEAD = (
    lazy("Vendor"), lazy("Country"), lazy("State"), lazy("Registry number"), lazy("Sent"), lazy("Answer due"), lazy("Taken by"),
)  # fmt: skip
DONE = {
    "save": lazy("Saved. Nothing is decided yet."),
    "approve": lazy("%(name)s is approved: level 1, seen and sold from now on."),
    "ask": lazy("Asked. The clock stops until %(name)s sends the application again."),
    "refuse": lazy("%(name)s is refused, and told why."),
}


def asked_queue(table: Table) -> Asked:
    """What the address asks of a queue; a plain address asks for what is to be done."""
    args = request.args if "queue" in request.args else {"queue": table_default(table)} | request.args.to_dict()
    return table.read(args)


def table_default(table: Table) -> str:
    """The part of a queue that a plain address shows."""
    return "check" if table.name == "vendors.certificates" else "open"


def verifiers() -> list[tuple[UUID, str]]:
    """The people of the platform who may work on cases, by name."""
    operator = accounts.operator_company_id()
    people = accounts.people_to_write_to(operator, Permission.VENDOR_VERIFY) if operator else []
    return sorted(((person.id, person.name) for person in people), key=lambda each: each[1])


def desk_tabs() -> list[tuple[str, str, int]]:
    """(endpoint, words, how many wait) of the parts of the desk."""
    return [
        ("vendors.list_cases", gettext("Vendors"), queries.count_cases("open")),
        ("vendors.list_certificate_checks", gettext("Certificates"), queries.count_certificates("check")),
        ("vendors.list_second_readings", gettext("Second reading"), queries.count_second_readings()),
        ("vendors.list_appeal_checks", gettext("Appeals"), quality.count_appeals()),
        ("payments.list_bank_changes", gettext("Bank details"), payments.count_bank_changes()),
        ("vendors.show_lists", gettext("Choice lists"), 0),
    ]


def _row(vendor: Vendor, names: Mapping[UUID, str]) -> dict[str, Any]:
    now, due = clock.now(), vendor.answer_due_at
    return {
        "vendor": vendor,
        "kind": kind_word(vendor.kind),
        "state": state_word(vendor.state),
        "due": due,
        "tone": None if due is None else "late" if due < now else "need",
        "taken_by": names.get(vendor.assigned_to, gettext("Somebody who has left")) if vendor.assigned_to else None,
        "is_second": vendor.second_asked_by is not None,
    }


def _queue_facts() -> dict[str, Any]:
    table = queries.cases_table(viewer_here().person_id)
    asked = asked_queue(table)
    found = table.page(queries.every_case(), asked)
    names = dict(verifiers())
    return {
        "asked": asked,
        "found": found,
        "cases": [_row(vendor, names) for vendor in found.rows],
        "tabs": desk_tabs(),
        "open_count": queries.count_cases("open"),
        "late_count": queries.count_cases("late"),
        "target_hours": policy.current().first_answer_business_hours,
    }


@bp.get("/desk/verification")
@requires(Permission.VENDOR_VERIFY)
def list_cases() -> str:
    """The cases that wait, the soonest deadline first."""
    return render_template("vendors/list_cases.html", **_queue_facts())


@bp.get("/desk/verification.csv")
@requires(Permission.VENDOR_VERIFY)
def export_cases() -> Response:
    """The same cases as CSV."""
    table = queries.cases_table(viewer_here().person_id)
    names = dict(verifiers())
    rows = (
        (
            v.name,
            country(v.country),
            state_word(v.state).text,
            v.registry_number,
            v.submitted_at.isoformat() if v.submitted_at else "",
            v.answer_due_at.isoformat() if v.answer_due_at else "",
            names.get(v.assigned_to, "") if v.assigned_to else "",
        )
        for v in table.rows(queries.every_case(), asked_queue(table))
    )
    return download_csv([gettext(word) for word in CASES_HEAD], rows, "cases.csv")


@bp.get("/desk/verification/<vendor_id>")
@requires(Permission.VENDOR_VERIFY)
@frames_files
def show_case(vendor_id: str) -> str:
    """One vendor: what it says, what it sent, what was found."""
    vendor = queries.vendor_by_id(path_id(vendor_id))
    return _case(vendor, _blank(vendor))


def _blank(vendor: Vendor) -> Form[Any]:
    initial: dict[str, Any] = {"stamp": queries.case_stamp(vendor)}
    for row in requirement_rows(vendor.id):
        if row.is_passed or row.is_failed:
            initial[row.kind] = "passed" if row.is_passed else "failed"
        initial |= {
            f"{row.kind}_reason": row.reason,
            f"{row.kind}_points": sorted(row.ticked),
            f"{row.kind}_look_up": row.look_up_value,
            f"{row.kind}_look_up_at": row.look_up_at or row.register,
            f"{row.kind}_look_up_note": row.look_up_note,
        }
    numbers = policy.current()
    is_ours = vendor.currency == numbers.platform_currency
    cap = (
        vendor.exposure_cap_minor if vendor.exposure_cap_minor is not None else (numbers.new_vendor_order_limit_minor if is_ours else None)
    )
    initial["exposure_cap"] = written_sum(cap, vendor.currency)
    return Form(FindingsInput, initial=initial)


def _case(vendor: Vendor, form: Form[Any]) -> str:
    numbers = policy.current()
    rows = requirement_rows(vendor.id)
    stored = [row.document for row in rows if row.document is not None]
    viewer = viewer_here()
    names = dict(verifiers())
    proposals = queries.proposals_of(vendor.id)
    certificates = queries.certificates_of(vendor.id)
    return render_template(
        "vendors/show_case.html",
        vendor=vendor,
        form=form,
        company=accounts.company_by_id(vendor.id),
        case=_row(vendor, names),
        state=state_word(vendor.state),
        # After a refusal the page shows how the case stands now; a decision is about that.
        stamp=queries.case_stamp(vendor),
        rows=rows,
        papers=papers(stored, company_id=vendor.id),
        look_ups=[(look_up.value, gettext(word)) for look_up, (word, _) in LOOK_UPS.items()],
        facts=queries.facts_fresh([vendor.id])[vendor.id],
        history=history_steps(audit.history_of(vendor.id, company_id=None)),
        is_open=vendor.state in (VendorState.UNDER_REVIEW, VendorState.RECHECK_DUE),
        can_refuse=vendor.state is VendorState.UNDER_REVIEW,
        is_first_time=vendor.approved_at is None,
        can_suspend=vendor.state in (VendorState.APPROVED, VendorState.RECHECK_DUE),
        is_suspended=vendor.state is VendorState.SUSPENDED,
        new_vendor_orders=numbers.new_vendor_orders,
        verifiers=list(names.items()),
        is_mine=vendor.assigned_to == viewer.person_id,
        asked_second=vendor.second_asked_by == viewer.person_id,
        levels=level_rows(vendor.id),
        proposals=proposals,
        open_proposals=[p for p in proposals if p.state is ProposalState.OPEN],
        waiting_certificates=[c for c in certificates if c.checked_at is None and c.refused_at is None and c.withdrawn_at is None],
        certificates=len(certificates),
        accepted_orders=quality.accepted_orders(vendor.id),
        on_time=quality.on_time(vendor.id),
        neighbours=_neighbours(vendor),
        **_head(),
    )


def _head() -> dict[str, Any]:
    return {
        "tabs": desk_tabs(),
        "open_count": queries.count_cases("open"),
        "late_count": queries.count_cases("late"),
        "target_hours": policy.current().first_answer_business_hours,
    }


def _neighbours(vendor: Vendor) -> list[dict[str, Any]]:
    """The first cases of the queue that the reader came from, for the list beside the case."""
    table = queries.cases_table(viewer_here().person_id)
    names = dict(verifiers())
    return [_row(each, names) for each in table.page(queries.every_case(), asked_queue(table)).rows[:NEIGHBOURS]]


@bp.post("/desk/verification/<vendor_id>")
@requires(Permission.VENDOR_VERIFY)
@frames_files
def decide_case(vendor_id: str) -> Page:
    """Keep the findings; and approve, ask for more, or refuse."""
    vendor = queries.vendor_by_id(path_id(vendor_id))
    form: Form[Any] = Form(FindingsInput, request.form)
    if not form.is_valid():
        return _case(vendor, form), 422
    data = form.data
    cap = typed_minor(form, "exposure_cap", data.exposure_cap, vendor.currency)
    if data.act == "approve" and vendor.approved_at is None and cap is None:
        form.messages.setdefault("exposure_cap", gettext("Write the cap of each of the first orders."))
    if data.act in ("ask", "refuse") and not data.reason:
        form.add_error("reason", gettext(ReasonNeeded.message))
    if form.messages:
        return _case(vendor, form), 422
    try:
        with transaction():
            _decide(vendor, data, cap)
    except ReasonNeeded as refusal:
        form.add_error(f"{refusal.facts.get('kind')}_reason", gettext(refusal.text))
    except PointsOpen as refusal:
        form.add_error(f"{refusal.facts.get('kind')}_points", gettext(refusal.text))
    except RequirementsOpen as refusal:
        kinds = refusal.facts["kinds"]
        names = ", ".join(gettext(KINDS[kind].name) for kind in kinds) if isinstance(kinds, list) else ""
        form.add_error("form", gettext("Approval needs every requirement passed. Open: %(names)s.", names=names))
    except (CaseChanged, InvalidMove, SecondReaderNeeded) as refusal:
        form.add_error("form", gettext(refusal.text))
    if form.messages:
        return _case(queries.vendor_by_id(vendor.id), form), 409
    flash(gettext(DONE[data.act], name=vendor.name), "done")
    return see_other("vendors.show_case", vendor_id=vendor.id)


def _decide(vendor: Vendor, data: Any, cap: int | None) -> None:
    findings = {kind: _finding(kind, data) for kind in GIVEN_BY_VENDOR}
    actor = current_actor()
    if data.act == "approve":
        services.approve_vendor(vendor.id, findings, stamp=data.stamp, exposure_cap_minor=cap, actor=actor)
    elif data.act == "ask":
        services.ask_for_more(vendor.id, findings, stamp=data.stamp, reason=data.reason or "", actor=actor)
    elif data.act == "refuse":
        services.refuse_vendor(vendor.id, findings, stamp=data.stamp, reason=data.reason or "", actor=actor)
    else:
        services.save_findings(vendor.id, findings, stamp=data.stamp, actor=actor)


def _finding(kind: str, data: Any) -> Finding:
    found = getattr(data, kind)
    look_up = getattr(data, f"{kind}_look_up")
    return Finding(
        is_passed=None if not found else found == "passed",
        reason=getattr(data, f"{kind}_reason"),
        ticked=getattr(data, f"{kind}_points"),
        look_up=look_up,
        # The place is suggested; without a result nothing was looked up there.
        look_up_at=getattr(data, f"{kind}_look_up_at") if look_up else None,
        look_up_note=getattr(data, f"{kind}_look_up_note"),
    )


@bp.post("/desk/verification/<vendor_id>/assign")
@requires(Permission.VENDOR_VERIFY)
def assign_case(vendor_id: str) -> BaseResponse:
    """Take the case, give it back, or let a colleague have it."""
    vendor = queries.vendor_by_id(path_id(vendor_id))
    data, name = chosen_verifier()
    try:
        with transaction():
            services.assign_case(vendor.id, to=data.to, seen=data.seen, to_name=name, actor=current_actor())
    except TakenByColleague as refusal:
        flash(gettext(refusal.text), "late")
    else:
        flash(said_of(name), "done")
    return see_other("vendors.show_case", vendor_id=vendor.id)


def chosen_verifier() -> tuple[AssignInput, str]:
    """Whom the form names, with the name; an empty choice gives the thing back. Raises: NotFound (nonsense, or no verifier)."""
    form = Form(AssignInput, request.form)
    names = dict(verifiers())
    if not form.is_valid() or (form.data.to is not None and form.data.to not in names):
        raise NotFound
    return form.data, names.get(form.data.to, "") if form.data.to else ""


def said_of(name: str) -> str:
    """What is said after an assignment."""
    return gettext("%(name)s works on it from now on.", name=name) if name else gettext("Given back: anybody can take it.")


@bp.post("/desk/verification/<vendor_id>/second-reader")
@requires(Permission.VENDOR_VERIFY)
def ask_second_reader(vendor_id: str) -> BaseResponse:
    """Ask for a second pair of eyes on this case."""
    with transaction():
        services.ask_second_reader(path_id(vendor_id), actor=current_actor())
    flash(gettext("A second reader is asked for: another verifier approves."), "done")
    return see_other("vendors.show_case", vendor_id=path_id(vendor_id))


@bp.get("/desk/second-readings")
@requires(Permission.VENDOR_VERIFY)
def list_second_readings() -> str:
    """Cases and levels that wait for a second pair of eyes."""
    names = dict(verifiers())
    table = queries.cases_table(viewer_here().person_id)
    cases = table.page(queries.cases_for_second_reader(), table.read({}))
    proposals: list[tuple[LevelProposal, str]] = queries.open_proposals()
    return render_template(
        "vendors/list_second_readings.html",
        cases=[_row(vendor, names) for vendor in cases.rows],
        proposals=proposals,
        person_id=viewer_here().person_id,
        **_head(),
    )
