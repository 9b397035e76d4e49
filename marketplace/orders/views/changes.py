"""Changes after placement: either side proposes, the other answers. The same pages in both frames."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from flask import flash, render_template, request

from marketplace.accounts.permissions import Permission
from marketplace.core.acting import Page, act_once, viewer_here
from marketplace.core.errors import Conflict, NotFound
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, lazy
from marketplace.core.web import current_actor, path_id, requires
from marketplace.orders import pages, queries, services
from marketplace.orders.errors import DayNotPossible, LineHasLeft
from marketplace.orders.models import OrderLine, VendorOrder, VendorOrderState
from marketplace.orders.schemas import AnswerInput, ProposeCancelInput, ProposeDaysInput
from marketplace.orders.views import rows
from marketplace.orders.views.blueprint import bp
from marketplace.orders.views.buyer import show_refused as show_refused_to_buyer
from marketplace.orders.views.proposing import propose
from marketplace.orders.views.sides import BUYER, VENDOR, Side
from marketplace.orders.views.vendor import show_refused as show_refused_to_vendor

DAYS_PROPOSED = lazy("Proposed. The other side answers; until then the promised days stand.")
CANCEL_PROPOSED = lazy("Proposed. The other side answers; until then every line stands.")


def _open_lines(order: VendorOrder) -> list[OrderLine]:
    return [line for line in queries.lines_of_orders([order.id])[order.id] if line.to_ship]


def _promised(order: VendorOrder) -> dict[UUID, date | None]:
    view = pages.order_views([order], "staff", viewer_here().time_zone)[0]
    return {one.line.id: one.promised_on for one in view.lines}


def _ask_days(side: Side, order: VendorOrder, form: Form[ProposeDaysInput] | None = None) -> str:
    promised, lines = _promised(order), _open_lines(order)
    form = form or Form(ProposeDaysInput, initial=rows.initial(lines, {"day": lambda line: str(promised[line.id] or "")}))
    return render_template(
        "orders/propose_days.html",
        layout=side.layout,
        side=side,
        order=order,
        back_number=side.page_number(order),
        is_condition=order.state is VendorOrderState.PLACED,
        form=form,
        rows=rows.prefixes(form, lines),
        labels=rows.labels(form, lines, "day"),
        promised=promised,
    )


def _days(data: ProposeDaysInput, promised: Mapping[UUID, date | None]) -> dict[UUID, date]:
    """The new day of each line: its own where one was written, else the one for all of them."""
    written = {row.line_id: row.day for row in data.lines}
    if data.day is not None:
        written |= {line_id: data.day for line_id, day in written.items() if day is None or day == promised.get(line_id)}
    return {line_id: day for line_id, day in written.items() if day is not None}


def _propose_days(side: Side, number: str, act: Callable[[VendorOrder, Mapping[UUID, date], str], object]) -> Page:
    order = side.order(number)
    form = Form(ProposeDaysInput, request.form)
    if not form.is_valid():
        return _ask_days(side, order, form), 422
    days = _days(form.data, _promised(order))

    def say(refused: Conflict) -> bool:
        if not isinstance(refused, (DayNotPossible, LineHasLeft)):
            return False
        if isinstance(refused, DayNotPossible) and days.get(refused.line_id) == form.data.day:
            form.add_error("day", gettext(refused.text))
            return True
        rows.say(form, _open_lines(order), refused.line_id, "day", gettext(refused.text))
        return True

    service = partial(act, order, days, form.data.reason)
    return propose(side, number, form, "propose_days", service, ask=_ask_days, done=DAYS_PROPOSED, at_line=say)


def _ask_cancel(side: Side, order: VendorOrder, form: Form[ProposeCancelInput] | None = None) -> str:
    return render_template(
        "orders/propose_cancel.html",
        layout=side.layout,
        side=side,
        order=order,
        back_number=side.page_number(order),
        form=form or Form(ProposeCancelInput),
        lines=_open_lines(order),
    )


def _propose_cancel(side: Side, number: str, act: Callable[[VendorOrder, list[UUID], str], object]) -> Page:
    order = side.order(number)
    form = Form(ProposeCancelInput, request.form)
    if not form.is_valid():
        return _ask_cancel(side, order, form), 422
    service = partial(act, order, form.data.line_ids, form.data.reason)
    return propose(side, number, form, "propose_cancel", service, ask=_ask_cancel, done=CANCEL_PROPOSED)


AGREED = lazy("Agreed. The order stands with the change.")
DECLINED = lazy("Declined. Everything stays as it was.")
WITHDRAWN = lazy("Withdrawn. Everything stays as it was.")


def _accept(side: Side, number: str, change: str, accept: Callable[..., object]) -> Page:
    return _answer(side, number, change, "accept", service=lambda one, text: accept(one, answer=text, actor=current_actor()), done=AGREED)


def _decline(side: Side, number: str, change: str, decline: Callable[..., object]) -> Page:
    return _answer(
        side, number, change, "decline", service=lambda one, text: decline(one, answer=text, actor=current_actor()), done=DECLINED
    )


def _withdraw(side: Side, number: str, change: str, withdraw: Callable[..., object]) -> Page:
    return _answer(side, number, change, "withdraw", service=lambda one, _: withdraw(one, actor=current_actor()), done=WITHDRAWN)


def _answer(side: Side, number: str, change: str, act: str, *, service: Callable[[UUID, str | None], object], done: str) -> Page:
    order = side.order(number)
    form = Form(AnswerInput, request.form)
    change_id = path_id(change)
    if not form.is_valid():
        return _ask_answer(side, order, change_id, form), 422
    content: dict[str, Any] = {"order": number, "change": change, "answer": form.data.answer}
    try:
        act_once(f"change.{act}.{side.name}", content, lambda: service(change_id, form.data.answer))
    except Conflict as refused:
        return _show_refused(side, number, gettext(refused.text), status=refused.status)
    flash(gettext(done), "done")
    return side.back(order)


def _ask_answer(side: Side, order: VendorOrder, change_id: UUID, form: Form[AnswerInput]) -> str:
    """The answer by itself, when what was typed beside the order cannot be kept. Raises: NotFound for another order's change."""
    view = pages.order_views([order], side.name, viewer_here().time_zone)[0]
    change = next((one for one in view.changes if one.change.id == change_id), None)
    if change is None:
        raise NotFound
    return render_template(
        "orders/answer_change.html", layout=side.layout, side=side, order=order, back_number=side.page_number(order), one=change, form=form
    )


def _show_refused(side: Side, number: str, refusal: str, *, status: int) -> Page:
    order = side.order(number)
    if side.name == "vendor":
        return show_refused_to_vendor(order, refusal, status=status)
    return show_refused_to_buyer(queries.purchase_by_id(order.purchase_id).number, refusal, status=status)


@bp.get("/portal/orders/<number>/change")
@requires(Permission.VENDOR_ORDER_FULFIL)
def show_vendor_days_form(number: str) -> Page:
    """Ask the vendor for other arrival days, also as the condition on which it takes the order."""
    return _ask_days(VENDOR, VENDOR.order(number))


@bp.post("/portal/orders/<number>/change")
@requires(Permission.VENDOR_ORDER_FULFIL)
def propose_days_as_vendor(number: str) -> Page:
    """The vendor proposes other arrival days."""
    return _propose_days(
        VENDOR, number, lambda order, days, why: services.propose_days_as_vendor(order.id, days=days, reason=why, actor=current_actor())
    )


@bp.get("/orders/<number>/change")
@requires(Permission.ORDER_PLACE)
def show_buyer_days_form(number: str) -> Page:
    """Ask the buyer for other arrival days."""
    return _ask_days(BUYER, BUYER.order(number))


@bp.post("/orders/<number>/change")
@requires(Permission.ORDER_PLACE)
def propose_days_as_buyer(number: str) -> Page:
    """The buyer proposes other arrival days."""
    return _propose_days(
        BUYER, number, lambda order, days, why: services.propose_days_as_buyer(order.id, days=days, reason=why, actor=current_actor())
    )


@bp.get("/portal/orders/<number>/cancel-lines")
@requires(Permission.VENDOR_ORDER_FULFIL)
def show_vendor_cancel_form(number: str) -> Page:
    """Ask the vendor which lines it cannot make."""
    return _ask_cancel(VENDOR, VENDOR.order(number))


@bp.post("/portal/orders/<number>/cancel-lines")
@requires(Permission.VENDOR_ORDER_FULFIL)
def propose_cancel_as_vendor(number: str) -> Page:
    """The vendor proposes not to make some lines."""
    return _propose_cancel(
        VENDOR, number, lambda order, ids, why: services.propose_cancel_as_vendor(order.id, line_ids=ids, reason=why, actor=current_actor())
    )


@bp.get("/orders/<number>/cancel-lines")
@requires(Permission.ORDER_PLACE)
def show_buyer_cancel_form(number: str) -> Page:
    """Ask the buyer which lines it takes back."""
    return _ask_cancel(BUYER, BUYER.order(number))


@bp.post("/orders/<number>/cancel-lines")
@requires(Permission.ORDER_PLACE)
def propose_cancel_as_buyer(number: str) -> Page:
    """The buyer proposes not to make some lines."""
    return _propose_cancel(
        BUYER, number, lambda order, ids, why: services.propose_cancel_as_buyer(order.id, line_ids=ids, reason=why, actor=current_actor())
    )


@bp.post("/portal/orders/<number>/changes/<change>/accept")
@requires(Permission.VENDOR_ORDER_FULFIL)
def accept_change_as_vendor(number: str, change: str) -> Page:
    """The vendor signs what the buyer proposed."""
    return _accept(VENDOR, number, change, services.accept_change_as_vendor)


@bp.post("/portal/orders/<number>/changes/<change>/decline")
@requires(Permission.VENDOR_ORDER_FULFIL)
def decline_change_as_vendor(number: str, change: str) -> Page:
    """The vendor does not agree."""
    return _decline(VENDOR, number, change, services.decline_change_as_vendor)


@bp.post("/portal/orders/<number>/changes/<change>/withdraw")
@requires(Permission.VENDOR_ORDER_FULFIL)
def withdraw_change_as_vendor(number: str, change: str) -> Page:
    """The vendor takes its proposal back."""
    return _withdraw(VENDOR, number, change, services.withdraw_change_as_vendor)


@bp.post("/orders/<number>/changes/<change>/accept")
@requires(Permission.ORDER_PLACE)
def accept_change_as_buyer(number: str, change: str) -> Page:
    """The buyer signs what the vendor proposed."""
    return _accept(BUYER, number, change, services.accept_change_as_buyer)


@bp.post("/orders/<number>/changes/<change>/decline")
@requires(Permission.ORDER_PLACE)
def decline_change_as_buyer(number: str, change: str) -> Page:
    """The buyer does not agree."""
    return _decline(BUYER, number, change, services.decline_change_as_buyer)


@bp.post("/orders/<number>/changes/<change>/withdraw")
@requires(Permission.ORDER_PLACE)
def withdraw_change_as_buyer(number: str, change: str) -> Page:
    """The buyer takes its proposal back."""
    return _withdraw(BUYER, number, change, services.withdraw_change_as_buyer)
