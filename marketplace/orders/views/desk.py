"""The platform's desk: ending an order for good."""

from flask import flash, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.accounts.permissions import Permission
from marketplace.core.acting import Page, act_once
from marketplace.core.errors import Conflict
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, money
from marketplace.core.web import current_actor, own_path, requires
from marketplace.orders import queries, services
from marketplace.orders.schemas import ReasonInput
from marketplace.orders.views.blueprint import bp


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
