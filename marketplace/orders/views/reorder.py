"""Reorder: a purchase priced afresh, and the chosen lines of it put into the cart."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from flask import flash, render_template, request
from werkzeug.datastructures import MultiDict

from marketplace.accounts.permissions import Permission
from marketplace.carts import services as carts
from marketplace.carts.ordering import Refusal
from marketplace.carts.quantities import QuantityProblem
from marketplace.carts.wording import quantity_message
from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.queries import LineVariant
from marketplace.core.acting import Page, answer_once, viewer_here
from marketplace.core.errors import Conflict, NotFound
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, ngettext
from marketplace.core.web import current_actor, requires, see_other
from marketplace.orders import quantities, queries
from marketplace.orders.models import OrderLine, Purchase
from marketplace.orders.pages.reorder import GONE, ReorderLine, reorder_lines
from marketplace.orders.schemas import ReorderInput
from marketplace.orders.views import rows
from marketplace.orders.views.blueprint import bp


@bp.get("/orders/<number>/reorder")
@requires(Permission.CART_EDIT)
def show_reorder(number: str) -> Page:
    """What was ordered, at today's prices, with what changed or ended."""
    return _ask(queries.purchase_by_number(number, buyer_id=viewer_here().company_id))


def _found(purchase: Purchase) -> list[ReorderLine]:
    buyer_id = viewer_here().company_id
    return reorder_lines(purchase, queries.orders_of_purchase(purchase.id, buyer_id=buyer_id), buyer_id=buyer_id)


def _ask(purchase: Purchase, form: Form[ReorderInput] | None = None) -> str:
    found = _found(purchase)
    lines = [one.line for one in found]
    chosen = [str(one.line.id) for one in found if one.ended is None]
    filled = rows.initial(lines, {"quantity": lambda line: quantities.written(line.quantity, line)})
    form = form or Form(ReorderInput, initial=filled | {"line_ids": chosen})
    places = {line.id: prefix for prefix, line in rows.prefixes(form, lines)}
    return render_template("orders/reorder.html", purchase=purchase, form=form, found=found, places=places, labels=rows.labels(form, lines))


@bp.post("/orders/<number>/reorder")
@requires(Permission.CART_EDIT)
def reorder(number: str) -> Page:
    """Put the chosen lines into the cart; what cannot be ordered stays ticked here, with the reason, and never stops the others."""
    purchase = queries.purchase_by_number(number, buyer_id=viewer_here().company_id)
    lines = [one.line for one in _found(purchase)]
    form = Form(ReorderInput, request.form)
    if not form.is_valid():
        return _ask(purchase, form), 422
    typed = {row.line_id: row.quantity for row in form.data.lines}
    if {*typed, *form.data.line_ids} - {line.id for line in lines}:
        raise NotFound
    chosen = [line for line in lines if line.id in set(form.data.line_ids)]
    wanted: dict[UUID, Decimal] = {}
    for line in chosen:
        shown = typed.get(line.id) or Decimal(line.quantity) / line.display_factor
        wanted[line.variant_id] = wanted.get(line.variant_id, Decimal(0)) + shown
    try:
        refused = answer_once(
            "reorder", {"purchase": number, **form.data.model_dump(mode="json")}, lambda: _add(wanted, purchase.ship_to["country"])
        )
    except Conflict as full:
        form.add_error("form", gettext(full.text))
        return _ask(purchase, form), full.status
    added = len(wanted) - len(refused)
    if added:
        flash(
            ngettext("%(num)s line is in your cart, at today's price.", "%(num)s lines are in your cart, at today's prices.", added), "done"
        )
    if not refused:
        return see_other("carts.show_cart")
    left = [line for line in chosen if str(line.variant_id) in refused]
    again = _left(left)
    for line in left:
        rows.say(again, lines, line.id, "quantity", str(refused[str(line.variant_id)]))
    return _ask(purchase, again), 200 if added else 409


def _add(wanted: Mapping[UUID, Decimal], ship_to: str) -> dict[str, str]:
    """What does not go into the cart, by variant, with what would be right."""
    refused = carts.add_lines(wanted, ship_to=ship_to, actor=current_actor())
    facts = catalogue.variants_for_lines(refused)
    return {str(variant_id): _why(why, facts.get(variant_id)) for variant_id, why in refused.items()}


def _left(left: Sequence[OrderLine]) -> Form[ReorderInput]:
    """The form as it was sent, with only those lines ticked that are not in the cart yet."""
    typed = MultiDict(request.form)
    typed.setlist("line_ids", [str(line.id) for line in left])
    return Form(ReorderInput, typed)


def _why(refused: Refusal, facts: LineVariant | None) -> str:
    if facts is None:
        return gettext(GONE)
    if isinstance(refused, QuantityProblem):
        return quantity_message(refused, facts.rule, display_unit=facts.display_unit, display_factor=facts.display_factor)
    return refused.text
