"""The platform's desk: reported problems and what is decided about the money, and ending an order for good."""

from flask import flash, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.accounts.permissions import Permission
from marketplace.core.errors import Conflict
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, money
from marketplace.core.web import current_actor, own_path, requires, see_other
from marketplace.orders import pages, queries, services, wording
from marketplace.orders.models import Claim
from marketplace.orders.schemas import Decision, DecisionInput, ReasonInput
from marketplace.orders.views.blueprint import act_once, bp, reader
from payments import queries as payments

Page = str | tuple[str, int] | Response


@bp.get("/desk/problems")
@requires(Permission.HOLD_DECIDE)
def list_claims() -> Page:
    """Problems that wait for a decision, the oldest first, and those decided last."""
    return render_template(
        "orders/list_claims.html",
        waiting=queries.open_claims(),
        decided=queries.decided_claims(),
        problem_word=wording.problem_word,
        decision_word=wording.decision_word,
    )


@bp.get("/desk/problems/<number>")
@requires(Permission.HOLD_DECIDE)
def show_claim(number: str) -> Page:
    """One problem with its order, its money and its history."""
    return _show(queries.claim_by_number(number), Form(DecisionInput))


def _show(claim: Claim, form: Form[DecisionInput]) -> str:
    order = queries.order_by_id(claim.vendor_order_id)
    purchase = queries.purchase_by_id(order.purchase_id)
    hold = payments.any_hold_of_vendor_order(order.id)
    return render_template(
        "orders/show_claim.html",
        claim=claim,
        order=order,
        purchase=purchase,
        view=pages.order_views([order], "staff", reader().time_zone)[0],
        money=pages.money_view([hold], [order], order.currency),
        events=pages.story_of_order(order, company_id=None),
        form=form,
        problem_word=wording.problem_word,
        decision_word=wording.decision_word,
    )


@bp.post("/desk/problems/<number>")
@requires(Permission.HOLD_DECIDE)
def decide_claim(number: str) -> Page:
    """Release the money to the vendor or refund it whole, with a reason that both sides read."""
    claim = queries.claim_by_number(number)
    form = Form(DecisionInput, request.form)
    if not form.is_valid():
        return _show(claim, form), 422
    data = form.data
    decide = services.release_after_problem if data.decision is Decision.RELEASE else services.refund_after_problem
    content = {"claim": number, **data.model_dump(mode="json")}
    try:
        act_once("decide_claim", content, lambda: decide(number, reason=data.reason, actor=current_actor()))
    except Conflict as refused:
        form.add_error("form", gettext(refused.text))
        return _show(queries.claim_by_number(number), form), refused.status
    order = queries.order_by_id(claim.vendor_order_id)
    values = {"number": number, "sum": money(order.total_minor, order.currency), "vendor": order.vendor_name, "buyer": order.buyer_name}
    if data.decision is Decision.RELEASE:
        flash(gettext("%(number)s is decided: %(sum)s is released to %(vendor)s.", **values), "done")
    else:
        flash(gettext("%(number)s is decided: %(sum)s goes back to %(buyer)s.", **values), "done")
    return see_other("orders.list_claims")


@bp.post("/desk/orders/<number>/cancel")
@requires(Permission.HOLD_DECIDE)
def cancel_by_platform(number: str) -> Page:
    """End a running paid order with its whole money going back. `next` names the desk page to return to."""
    order = queries.order_for_staff(number)
    form = Form(ReasonInput, request.form)
    back = own_path(request.form.get("next"), url_for("orders.list_claims"))
    if not form.is_valid():
        return render_template("orders/cancel_by_platform.html", order=order, form=form, back=back), 422
    content = {"order": number, **form.data.model_dump(mode="json")}
    try:
        act_once(
            "cancel_by_platform",
            content,
            lambda: services.cancel_by_platform(order.id, reason=form.data.reason, actor=current_actor()),
        )
    except Conflict as refused:
        form.add_error("form", gettext(refused.text))
        page = render_template("orders/cancel_by_platform.html", order=queries.order_for_staff(number), form=form, back=back)
        return page, refused.status
    flash(gettext("%(number)s is cancelled: %(sum)s goes back.", number=number, sum=money(order.total_minor, order.currency)), "done")
    return Response(status=303, headers={"Location": back})


@bp.get("/desk/orders/<number>/cancel")
@requires(Permission.HOLD_DECIDE)
def show_cancel_by_platform(number: str) -> Page:
    """Ask for the reason before an order is ended."""
    order = queries.order_for_staff(number)
    back = own_path(request.args.get("next"), url_for("orders.list_claims"))
    return render_template("orders/cancel_by_platform.html", order=order, form=Form(ReasonInput), back=back)
