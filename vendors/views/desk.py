"""The verification desk: the queue, the case with its checklist and documents, who works on it, decisions (product.md §14)."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Response, flash, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from marketplace.accounts import queries as accounts
from marketplace.accounts.permissions import Permission
from marketplace.core import audit, policy
from marketplace.core.acting import Page, viewer_here
from marketplace.core.db import transaction
from marketplace.core.errors import InvalidMove
from marketplace.core.forms import Form
from marketplace.core.i18n import country, gettext, lazy
from marketplace.core.waiting import counted
from marketplace.core.web import current_actor, frames_files, path_id, requires, see_other
from marketplace.quality import queries as quality
from vendors import queries, services
from vendors.errors import CaseChanged, PointsOpen, ReasonNeeded, RequirementsOpen, SecondReaderNeeded
from vendors.models import LevelProposal, ProposalState, Vendor, VendorState
from vendors.requirements import GIVEN_BY_VENDOR, KINDS, LOOK_UPS
from vendors.schemas import FindingsInput
from vendors.services import Finding
from vendors.views.blueprint import bp
from vendors.views.fact_words import opened_change
from vendors.views.papers import papers
from vendors.views.queues import Queue, desk_tabs, hand_over, name_of, verifiers, waits, written
from vendors.views.sums import typed_minor, written_sum
from vendors.views.words import history_steps, kind_word, level_rows, requirement_rows, state_word

NEIGHBOURS = 12
"""Cases of the queue that stand beside an open one."""
DONE = {
    "save": lazy("Saved. Nothing is decided yet."),
    "approve": lazy("%(name)s is approved: level 1, seen and sold from now on."),
    "ask": lazy("Asked. The clock stops until %(name)s sends the application again."),
    "refuse": lazy("%(name)s is refused, and told why."),
}


def _row(vendor: Vendor, names: Mapping[UUID, str]) -> dict[str, Any]:
    return {
        "vendor": vendor,
        "kind": kind_word(vendor.kind),
        "state": state_word(vendor.state),
        "is_second": vendor.second_asked_by is not None,
        **waits(vendor.answer_due_at, vendor.assigned_to, names),
    }


def _rows(found: Sequence[Vendor]) -> list[dict[str, Any]]:
    names = verifiers()
    return [_row(vendor, names) for vendor in found]


QUEUE = Queue(
    template="vendors/list_cases.html",
    table=queries.cases_table,
    query=queries.every_case,
    rows=_rows,
    file="cases.csv",
    columns=(
        (lazy("Vendor"), lambda vendor, _: vendor.name),
        (lazy("Country"), lambda vendor, _: country(vendor.country)),
        (lazy("State"), lambda vendor, _: state_word(vendor.state).text),
        (lazy("Registry number"), lambda vendor, _: vendor.registry_number),
        (lazy("Sent"), lambda vendor, _: written(vendor.submitted_at)),
        (lazy("Answer due"), lambda vendor, _: written(vendor.answer_due_at)),
        (lazy("Taken by"), lambda vendor, names: name_of(vendor.assigned_to, names)),
    ),
)


@bp.get("/desk/verification")
@requires(Permission.VENDOR_VERIFY)
def list_cases() -> str:
    """The cases that wait, the soonest deadline first."""
    return QUEUE.page(**_counts())


@bp.get("/desk/verification.csv")
@requires(Permission.VENDOR_VERIFY)
def export_cases() -> Response:
    """The same cases as CSV."""
    return QUEUE.csv()


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
    names = verifiers()
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
        opened=opened_change(vendor.id),
        levels=level_rows(vendor.id),
        proposals=proposals,
        open_proposals=[p for p in proposals if p.state is ProposalState.OPEN],
        waiting_certificates=[c for c in certificates if c.checked_at is None and c.refused_at is None and c.withdrawn_at is None],
        certificates=len(certificates),
        accepted_orders=quality.accepted_orders(vendor.id),
        on_time=quality.on_time(vendor.id),
        # The first cases of the queue that the reader came from stand beside the case.
        neighbours=[_row(each, names) for each in QUEUE.found().rows[:NEIGHBOURS]],
        tabs=desk_tabs(),
        **_counts(),
    )


def _counts() -> dict[str, int]:
    (cases,) = counted([queries.queue_of_cases()])
    return {
        "open_count": cases.n,
        "late_count": cases.late,
        "target_hours": policy.current().first_answer_business_hours,
    }


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
    hand_over(services.assign_case, path_id(vendor_id))
    return see_other("vendors.show_case", vendor_id=path_id(vendor_id))


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
    names = verifiers()
    table = queries.cases_table(viewer_here().person_id)
    cases = table.page(queries.cases_for_second_reader(), table.read({}))
    proposals: list[tuple[LevelProposal, str]] = queries.open_proposals()
    return render_template(
        "vendors/list_second_readings.html",
        cases=[_row(vendor, names) for vendor in cases.rows],
        proposals=proposals,
        person_id=viewer_here().person_id,
        tabs=desk_tabs(),
        **_counts(),
    )
