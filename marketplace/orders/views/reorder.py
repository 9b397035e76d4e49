"""Reorder: a purchase priced afresh, and the chosen lines of it put into the cart."""

from decimal import Decimal

from flask import flash, render_template, request

from marketplace.accounts.permissions import Permission
from marketplace.carts import services as carts
from marketplace.carts.errors import NotForSale, QuantityRefused
from marketplace.carts.wording import quantity_message
from marketplace.catalogue import queries as catalogue
from marketplace.core.errors import Conflict, NotFound
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, ngettext
from marketplace.core.web import current_actor, requires, see_other
from marketplace.orders import quantities, queries
from marketplace.orders.models import OrderLine, Purchase
from marketplace.orders.pages.reorder import GONE, ReorderLine, reorder_lines
from marketplace.orders.schemas import ReorderInput
from marketplace.orders.views import rows
from marketplace.orders.views.blueprint import act_once, bp, reader
from marketplace.orders.views.sides import Page


@bp.get("/orders/<number>/reorder")
@requires(Permission.CART_EDIT)
def show_reorder(number: str) -> Page:
    """What was ordered, at today's prices, with what changed or ended."""
    return _ask(queries.purchase_by_number(number, buyer_id=reader().company_id))


def _found(purchase: Purchase) -> list[ReorderLine]:
    buyer_id = reader().company_id
    return reorder_lines(purchase, queries.orders_of_purchase(purchase.id, buyer_id=buyer_id), buyer_id=buyer_id)


def _ask(purchase: Purchase, form: Form[ReorderInput] | None = None) -> str:
    found = _found(purchase)
    lines = [one.line for one in found]
    chosen = [str(one.line.id) for one in found if one.ended is None]
    filled = rows.initial(lines, {"quantity": lambda line: quantities.written(line.quantity, line)})
    form = form or Form(ReorderInput, initial=filled | {"line_ids": chosen})
    places = {line.id: prefix for prefix, line in rows.prefixes(form, lines)}
    return render_template("orders/reorder.html", purchase=purchase, form=form, found=found, places=places)


@bp.post("/orders/<number>/reorder")
@requires(Permission.CART_EDIT)
def reorder(number: str) -> Page:
    """Put the chosen lines into the cart, all or none."""
    purchase = queries.purchase_by_number(number, buyer_id=reader().company_id)
    lines = [one.line for one in _found(purchase)]
    form = Form(ReorderInput, request.form)
    if not form.is_valid():
        return _ask(purchase, form), 422
    typed = {row.line_id: row.quantity for row in form.data.lines}
    if {*typed, *form.data.line_ids} - {line.id for line in lines}:
        raise NotFound
    wanted = [line for line in lines if line.id in set(form.data.line_ids)]
    at: list[OrderLine] = []

    def add_all() -> None:
        for line in wanted:
            at[:] = [line]
            shown = typed.get(line.id) or Decimal(line.quantity) / line.display_factor
            carts.add_line(line.variant_id, quantity=shown, ship_to=purchase.ship_to["country"], actor=current_actor())

    try:
        act_once("reorder", {"purchase": number, **form.data.model_dump(mode="json")}, add_all)
    except (QuantityRefused, NotForSale, NotFound) as refused:
        rows.say(form, lines, at[0].id, "quantity", _why(refused, at[0]))
        return _ask(purchase, form), 409
    except Conflict as refused:
        form.add_error("form", gettext(refused.text))
        return _ask(purchase, form), refused.status
    flash(
        ngettext("%(num)s line is in your cart, at today's price.", "%(num)s lines are in your cart, at today's prices.", len(wanted)),
        "done",
    )
    return see_other("carts.show_cart")


def _why(refused: QuantityRefused | NotForSale | NotFound, line: OrderLine) -> str:
    """Why a line does not go into the cart, with what would be right."""
    if isinstance(refused, NotFound):
        return gettext(GONE)
    if isinstance(refused, NotForSale):
        return gettext(refused.text)
    rule = catalogue.variants_for_lines([line.variant_id])[line.variant_id].rule
    problem = refused.problems[line.variant_id]
    return quantity_message(problem, rule, display_unit=line.display_unit, display_factor=line.display_factor)
