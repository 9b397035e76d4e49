"""The verification desk: the queue, the case with its checklist and documents, decisions, suspension (product.md §14)."""

from typing import Any

from flask import flash, render_template, request
from werkzeug.wrappers import Response

from marketplace.accounts import queries as accounts
from marketplace.accounts.permissions import Permission
from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.models import ProductState
from marketplace.core import audit, clock, policy
from marketplace.core.db import transaction
from marketplace.core.errors import InvalidMove
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, lazy
from marketplace.core.web import current_actor, path_id, requires, see_other
from marketplace.orders import queries as orders
from vendors import queries, services
from vendors.errors import CaseChanged, ReasonNeeded, RequirementsOpen
from vendors.models import Vendor, VendorState
from vendors.requirements import GIVEN_BY_VENDOR, KINDS
from vendors.schemas import FindingsInput, ReasonInput
from vendors.services import Finding
from vendors.views.common import bp, typed_minor, written_sum
from vendors.views.words import history_steps, kind_word, requirement_rows, state_word

Answer = str | Response | tuple[str, int]
SIZE = 25
QUEUE_WORDS = {
    "open": lazy("Open"),
    "late": lazy("Overdue"),
    "waiting": lazy("Waiting for the vendor"),
    "approved": lazy("Approved"),
    "refused": lazy("Refused"),
    "suspended": lazy("Suspended"),
}
DONE = {
    "save": lazy("Saved. Nothing is decided yet."),
    "approve": lazy("%(name)s is approved: level 1, seen and sold from now on."),
    "ask": lazy("Asked. The clock stops until %(name)s sends the application again."),
    "refuse": lazy("%(name)s is refused, and told why."),
}


def _queue() -> str:
    asked = request.args.get("queue", "open")
    return asked if asked in queries.QUEUES else "open"


def _page_number() -> int:
    asked = request.args.get("page", "1")
    return min(int(asked), 10_000) if asked.isdigit() and asked.isascii() and len(asked) < 6 and int(asked) > 0 else 1


def _queue_facts() -> dict[str, Any]:
    queue, page = _queue(), _page_number()
    now = clock.now()
    rows = [
        {
            "vendor": vendor,
            "kind": kind_word(vendor.kind),
            "state": state_word(vendor.state),
            "due": vendor.answer_due_at,
            "tone": None if vendor.answer_due_at is None else "late" if vendor.answer_due_at < now else "need",
        }
        for vendor in queries.cases(queue, page=page, size=SIZE)
    ]
    counts = {name: queries.count_cases(name) for name in queries.QUEUES}
    return {
        "queue": queue,
        "queues": [(name, gettext(word), counts[name]) for name, word in QUEUE_WORDS.items()],
        "cases": rows,
        "page": page,
        "size": SIZE,
        "total": counts[queue],
        "open_count": counts["open"],
        "late_count": counts["late"],
        "target_hours": policy.current().first_answer_business_hours,
    }


@bp.get("/desk/verification")
@requires(Permission.VENDOR_VERIFY)
def list_cases() -> str:
    """The cases that wait, the soonest deadline first."""
    return render_template("vendors/list_cases.html", vendor=None, **_queue_facts())


@bp.get("/desk/verification/<vendor_id>")
@requires(Permission.VENDOR_VERIFY)
def show_case(vendor_id: str) -> str:
    """One vendor: what it says, what it sent, what was found."""
    vendor = queries.vendor_by_id(path_id(vendor_id))
    return _case(vendor, _blank(vendor))


def _blank(vendor: Vendor) -> Form[FindingsInput]:
    initial: dict[str, Any] = {"stamp": queries.case_stamp(vendor)}
    for row in requirement_rows(vendor.id):
        if row.is_passed or row.is_failed:
            initial[row.kind] = "passed" if row.is_passed else "failed"
        initial[f"{row.kind}_reason"] = row.reason
    numbers = policy.current()
    is_ours = vendor.currency == numbers.platform_currency
    cap = (
        vendor.exposure_cap_minor if vendor.exposure_cap_minor is not None else (numbers.new_vendor_order_limit_minor if is_ours else None)
    )
    initial["exposure_cap"] = written_sum(cap, vendor.currency)
    return Form(FindingsInput, initial=initial)


def _case(vendor: Vendor, form: Form[FindingsInput]) -> str:
    numbers = policy.current()
    return render_template(
        "vendors/list_cases.html",
        vendor=vendor,
        form=form,
        company=accounts.company_by_id(vendor.id),
        state=state_word(vendor.state),
        # After a refusal the page shows how the case stands now; a decision is about that.
        stamp=queries.case_stamp(vendor),
        rows=requirement_rows(vendor.id),
        facts=queries.facts_fresh([vendor.id])[vendor.id],
        history=history_steps(audit.history_of(vendor.id, company_id=None)),
        is_open=vendor.state in (VendorState.UNDER_REVIEW, VendorState.RECHECK_DUE),
        can_hand_back=vendor.state is VendorState.UNDER_REVIEW,
        is_first_time=vendor.approved_at is None,
        can_suspend=vendor.state in (VendorState.APPROVED, VendorState.RECHECK_DUE),
        is_suspended=vendor.state is VendorState.SUSPENDED,
        new_vendor_orders=numbers.new_vendor_orders,
        lines=KINDS,
        **_queue_facts(),
    )


@bp.post("/desk/verification/<vendor_id>")
@requires(Permission.VENDOR_VERIFY)
def decide_case(vendor_id: str) -> Answer:
    """Keep the findings; and approve, ask for more, or refuse."""
    vendor = queries.vendor_by_id(path_id(vendor_id))
    form = Form(FindingsInput, request.form)
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
    except RequirementsOpen as refusal:
        kinds = refusal.facts["kinds"]
        names = ", ".join(gettext(KINDS[kind].name) for kind in kinds) if isinstance(kinds, list) else ""
        form.add_error("form", gettext("Approval needs every requirement passed. Open: %(names)s.", names=names))
    except (CaseChanged, InvalidMove) as refusal:
        form.add_error("form", gettext(refusal.text))
    if form.messages:
        return _case(queries.vendor_by_id(vendor.id), form), 409
    flash(gettext(DONE[data.act], name=vendor.name), "done")
    return see_other("vendors.show_case", vendor_id=vendor.id)


def _decide(vendor: Vendor, data: FindingsInput, cap: int | None) -> None:
    findings = {
        kind: Finding(None if not getattr(data, kind) else getattr(data, kind) == "passed", getattr(data, f"{kind}_reason"))
        for kind in GIVEN_BY_VENDOR
    }
    actor = current_actor()
    if data.act == "approve":
        services.approve_vendor(vendor.id, findings, stamp=data.stamp, exposure_cap_minor=cap, actor=actor)
    elif data.act == "ask":
        services.ask_for_more(vendor.id, findings, stamp=data.stamp, reason=data.reason or "", actor=actor)
    elif data.act == "refuse":
        services.refuse_vendor(vendor.id, findings, stamp=data.stamp, reason=data.reason or "", actor=actor)
    else:
        services.save_findings(vendor.id, findings, stamp=data.stamp, actor=actor)


@bp.route("/desk/verification/<vendor_id>/suspend", methods=["GET", "POST"])
@requires(Permission.VENDOR_SUSPEND)
def suspend_vendor(vendor_id: str) -> Answer:
    """What a suspension would do, and the statement of reasons that goes with it."""
    vendor = queries.vendor_by_id(path_id(vendor_id))
    if vendor.state not in (VendorState.APPROVED, VendorState.RECHECK_DUE):
        raise InvalidMove(state=vendor.state.value)
    form = Form(ReasonInput, request.form if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        page = render_template(
            "vendors/suspend_vendor.html", form=form, vendor=vendor, state=state_word(vendor.state), effect=_effect(vendor)
        )
        return page, 422 if request.method == "POST" else 200
    with transaction():
        services.suspend_vendor(vendor.id, reason=form.data.reason, actor=current_actor())
    flash(gettext("%(name)s is suspended. Nothing of it is seen from now on.", name=vendor.name), "done")
    return see_other("vendors.show_case", vendor_id=vendor.id)


def _effect(vendor: Vendor) -> dict[str, int]:
    return {
        "products": catalogue.product_counts(vendor.id).get(ProductState.LIVE, 0),
        "orders": len(orders.orders_to_answer(vendor.id)),
    }


@bp.route("/desk/verification/<vendor_id>/restore", methods=["GET", "POST"])
@requires(Permission.VENDOR_SUSPEND)
def lift_suspension(vendor_id: str) -> Answer:
    """Show the shop again, with the reason."""
    vendor = queries.vendor_by_id(path_id(vendor_id))
    if vendor.state is not VendorState.SUSPENDED:
        raise InvalidMove(state=vendor.state.value)
    form = Form(ReasonInput, request.form if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        page = render_template("vendors/lift_suspension.html", form=form, vendor=vendor, effect=_effect(vendor))
        return page, 422 if request.method == "POST" else 200
    with transaction():
        services.lift_suspension(vendor.id, reason=form.data.reason, actor=current_actor())
    flash(gettext("%(name)s is seen and sold again.", name=vendor.name), "done")
    return see_other("vendors.show_case", vendor_id=vendor.id)
