"""Less of some lines after placement: either side proposes it, the other answers as with any change."""

from collections.abc import Callable, Mapping
from functools import partial
from uuid import UUID

from flask import render_template, request

from marketplace.accounts.permissions import Permission
from marketplace.core import i18n
from marketplace.core.acting import Page
from marketplace.core.errors import Conflict
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, lazy
from marketplace.core.web import current_actor, requires
from marketplace.orders import queries, services
from marketplace.orders.errors import LineHasLeft, QuantityNotRaised, QuantityTooSmall
from marketplace.orders.models import OrderLine, VendorOrder, VendorOrderState
from marketplace.orders.quantities import written
from marketplace.orders.schemas import ProposeQuantitiesInput
from marketplace.orders.views import rows
from marketplace.orders.views.blueprint import bp
from marketplace.orders.views.proposing import propose
from marketplace.orders.views.sides import BUYER, VENDOR, Side

AT_LEAST = lazy("At least %(least)s: so much has left already.")
PROPOSED = lazy("Proposed. The other side answers; until then every quantity stands.")
NOT_NOTHING = lazy("Write more than 0. To take a whole line back, propose to cancel it.")


def _open_lines(order: VendorOrder) -> list[OrderLine]:
    return [line for line in queries.lines_of_orders([order.id])[order.id] if line.to_ship and not line.is_sample]


def _ask(side: Side, order: VendorOrder, form: Form[ProposeQuantitiesInput] | None = None) -> str:
    lines = _open_lines(order)
    form = form or Form(ProposeQuantitiesInput, initial=rows.initial(lines, {"quantity": lambda line: written(line.quantity, line)}))
    return render_template(
        "orders/propose_quantities.html",
        layout=side.layout,
        side=side,
        order=order,
        back_number=side.page_number(order),
        is_condition=order.state is VendorOrderState.PLACED,
        form=form,
        rows=rows.prefixes(form, lines),
        labels=rows.labels(form, lines),
    )


def _propose(side: Side, number: str, act: Callable[[VendorOrder, Mapping[UUID, int], str], object]) -> Page:
    order = side.order(number)
    lines = _open_lines(order)
    form = Form(ProposeQuantitiesInput, request.form)
    wanted = rows.read_quantities(form, lines) if form.is_valid() else {}
    if form.errors:
        return _ask(side, order, form), 422
    blank = {row.line_id for row in form.data.lines if row.quantity is None}
    wanted = {line_id: quantity for line_id, quantity in wanted.items() if line_id not in blank}

    def say(refused: Conflict) -> bool:
        if not isinstance(refused, (QuantityTooSmall, QuantityNotRaised, LineHasLeft)):
            return False
        rows.say(form, lines, refused.line_id, "quantity", _why(refused))
        return True

    service = partial(act, order, wanted, form.data.reason)
    return propose(side, number, form, "propose_quantities", service, ask=_ask, done=PROPOSED, at_line=say)


def _why(refused: QuantityTooSmall | QuantityNotRaised | LineHasLeft) -> str:
    if not isinstance(refused, QuantityTooSmall):
        return gettext(refused.text)
    if refused.least == 0:
        return gettext(NOT_NOTHING)
    return gettext(AT_LEAST, least=i18n.quantity(refused.least, refused.unit, display_factor=refused.display_factor))


@bp.get("/portal/orders/<number>/quantities")
@requires(Permission.VENDOR_ORDER_FULFIL)
def show_vendor_quantities_form(number: str) -> Page:
    """Ask the vendor for smaller quantities, also as the condition on which it takes the order."""
    return _ask(VENDOR, VENDOR.order(number))


@bp.post("/portal/orders/<number>/quantities")
@requires(Permission.VENDOR_ORDER_FULFIL)
def propose_quantities_as_vendor(number: str) -> Page:
    """The vendor proposes to make less of some lines."""
    return _propose(
        VENDOR,
        number,
        lambda order, wanted, why: services.propose_quantities_as_vendor(order.id, quantities=wanted, reason=why, actor=current_actor()),
    )


@bp.get("/orders/<number>/quantities")
@requires(Permission.ORDER_PLACE)
def show_buyer_quantities_form(number: str) -> Page:
    """Ask the buyer for smaller quantities."""
    return _ask(BUYER, BUYER.order(number))


@bp.post("/orders/<number>/quantities")
@requires(Permission.ORDER_PLACE)
def propose_quantities_as_buyer(number: str) -> Page:
    """The buyer proposes to take less of some lines."""
    return _propose(
        BUYER,
        number,
        lambda order, wanted, why: services.propose_quantities_as_buyer(order.id, quantities=wanted, reason=why, actor=current_actor()),
    )
