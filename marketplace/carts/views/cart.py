"""The cart: its page, and adding, changing and removing lines."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import flash, render_template, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from marketplace.accounts.permissions import Permission
from marketplace.carts import queries, services
from marketplace.carts.errors import CartFull, HeldAsSample, ListFull, NotForSale, OtherCurrency, QuantityRefused
from marketplace.carts.models import Cart
from marketplace.carts.queries import LineRow
from marketplace.carts.schemas import AddLineInput, ChangeLinesInput
from marketplace.carts.views.blueprint import bp, ship_to_of
from marketplace.carts.wording import quantity_message
from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.quantities import in_field
from marketplace.catalogue.queries import LineVariant
from marketplace.core.acting import Page, act_once, viewer_here
from marketplace.core.db import transaction
from marketplace.core.errors import NotFound
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, quantity
from marketplace.core.ids import parse_id
from marketplace.core.web import current_actor, own_path, path_id, requires, see_other
from marketplace.orders import queries as orders
from marketplace.pricing import queries as pricing
from marketplace.pricing.basket import Basket, PricedLine, VendorPart
from marketplace.pricing.wording import method_options, own_price_words, tier_hint
from vendors import queries as vendors
from vendors.facts import VendorFacts


@dataclass(frozen=True, slots=True)
class CartLineView:
    """A line as the page shows it; `prefix` names its fields, `old_micro` is the price last seen when it differs from now."""

    row: LineRow
    priced: PricedLine
    prefix: str
    old_micro: int | None
    problems: tuple[str, ...]
    step_hint: str
    tier_hint: str | None
    own_price: str | None
    """Which price list or contract the price is of."""


@dataclass(frozen=True, slots=True)
class CartPart:
    """What one vendor would deliver, with its minimum: `short_minor` of goods are missing for it."""

    part: VendorPart
    facts: VendorFacts
    lines: tuple[CartLineView, ...]
    minimum_minor: int
    short_minor: int
    problems: tuple[str, ...]
    method_prefix: str
    """Names the fields of the way to ship."""
    method_options: tuple[tuple[str, str], ...]
    missed_method: bool
    """The buyer chose a way to ship that does not serve any more."""


@bp.get("/cart")
@requires(Permission.CART_EDIT)
def show_cart() -> Page:
    """The open cart, by vendor, with what is missing before it can be ordered."""
    return _show(None)


def _show(form: Form[ChangeLinesInput] | None) -> str:
    viewer = viewer_here()
    cart = queries.find_open_cart(viewer.company_id, viewer.person_id)
    rows = queries.cart_lines(cart.id) if cart else []
    if not rows:
        return render_template("carts/show_cart.html", parts=[], gone=[], rows=[], form=Form(ChangeLinesInput))
    ship_to = ship_to_of(viewer)
    basket = orders.price_cart(
        [(row.variant_id, row.quantity) for row in rows],
        buyer_id=viewer.company_id,
        ship_to=ship_to,
        methods=queries.chosen_methods(cart) if cart else None,
        samples=queries.samples_in(rows),
    )
    facts = vendors.facts_of([part.vendor_id for part in basket.parts])
    reordered = orders.vendors_ordered_from(viewer.company_id)
    prefixes = {row.id: f"lines-{n}" for n, row in enumerate(rows)}
    shown = [part for part in basket.parts if facts[part.vendor_id].is_seen]
    chosen = queries.chosen_methods(cart) if cart else {}
    parts = [
        _part_view(
            part,
            facts[part.vendor_id],
            {row.variant_id: row for row in rows},
            prefixes,
            number=number,
            chosen=chosen.get(part.vendor_id),
            is_known=part.vendor_id in reordered,
        )
        for number, part in enumerate(shown)
    ]
    seen = {line.row.id for part in parts for line in part.lines}
    return render_template(
        "carts/show_cart.html",
        cart=cart,
        rows=rows,
        parts=parts,
        gone=[(row, _gone_goods(basket, row, facts)) for row in rows if row.id not in seen],
        basket=basket,
        about=pricing.indicative(basket.total_minor, basket.currency, to=viewer.currency) if basket.is_whole else None,
        form=form or Form(ChangeLinesInput, initial=_initial(rows, parts, prefixes)),
        ship_to=ship_to,
        returns=queries.returns_of([part.part.vendor_id for part in parts]),
    )


def _gone_goods(basket: Basket, row: LineRow, facts: Mapping[UUID, VendorFacts]) -> PricedLine | None:
    """What a line was that left the sale, by name; None of a vendor that nobody may see, or of goods that are hidden from this company."""
    line = next((line for line in basket.lines if line.variant_id == row.variant_id), None)
    is_hidden = line is None or not facts[line.vendor_id].is_seen or any(p.code == "not_visible" for p in line.problems)
    return None if is_hidden else line


def _part_view(
    part: VendorPart,
    facts: VendorFacts,
    rows: Mapping[UUID, LineRow],
    prefixes: Mapping[UUID, str],
    *,
    number: int,
    chosen: str | None,
    is_known: bool,
) -> CartPart:
    minimum = 0
    if part.has_goods:
        minimum = facts.reorder_minimum_minor if is_known else facts.opening_minimum_minor
    # A listing that left the sale or this buyer's sight is not shown; its line stands among those that are gone.
    lines = [line for line in part.lines if not any(p.code in ("product_not_live", "not_visible") for p in line.problems)]
    return CartPart(
        part=part,
        facts=facts,
        lines=tuple(_line_view(line, rows[line.variant_id], prefixes[rows[line.variant_id].id]) for line in lines),
        minimum_minor=minimum,
        short_minor=max(0, minimum - part.for_minimum_minor),
        problems=tuple(problem.text for problem in part.own_problems if problem.code != "vendor_minimum"),
        method_prefix=f"methods-{number}",
        method_options=tuple(method_options(part.methods, part.currency)),
        missed_method=chosen is not None and chosen != part.method_key and part.freight is not None,
    )


def _line_view(line: PricedLine, row: LineRow, prefix: str) -> CartLineView:
    minimum = quantity(line.minimum_quantity, line.display_unit, display_factor=line.display_factor)
    step = quantity(line.increment, line.display_unit, display_factor=line.display_factor)
    hint = gettext("%(minimum)s or more", minimum=minimum)
    if line.is_sample:
        hint = gettext("one for each company")
    elif line.increment > 1:
        hint = gettext("%(minimum)s or more, in steps of %(step)s", minimum=minimum, step=step)
    return CartLineView(
        row=row,
        priced=line,
        prefix=prefix,
        old_micro=row.shown_price_micro if row.shown_price_micro != line.unit_price_micro else None,
        problems=tuple(problem.text for problem in line.problems),
        step_hint=hint,
        tier_hint=tier_hint(line),
        own_price=own_price_words(line),
    )


def _initial(rows: list[LineRow], parts: list[CartPart], prefixes: Mapping[UUID, str]) -> dict[str, Any]:
    factors = {line.row.id: line.priced.display_factor for part in parts for line in part.lines}
    quantities = {f"{prefixes[row.id]}-quantity": in_field(row.quantity, factors[row.id]) for row in rows if row.id in factors}
    return quantities | {f"{part.method_prefix}-key": part.part.method_key or "" for part in parts}


@bp.post("/cart")
@requires(Permission.CART_EDIT)
def change_lines() -> Page:
    """Set the quantities of all lines, then on to `next`; what cannot be ordered is said beside its field, and nothing is changed."""
    viewer = viewer_here()
    form = Form(ChangeLinesInput, request.form)
    if not form.is_valid():
        return _show(form), 422
    wanted = {line.id: line.quantity for line in form.data.lines}
    try:
        with transaction():
            services.choose_methods({choice.vendor_id: choice.key for choice in form.data.methods}, actor=current_actor())
            services.change_lines(wanted, ship_to=ship_to_of(viewer), actor=current_actor())
    except QuantityRefused as refused:
        _say_quantities(form, refused)
        return _show(form), refused.status
    except NotForSale as refused:
        form.add_error("form", refused.text)
        return _show(form), refused.status
    return Response(status=303, headers={"Location": own_path(request.form.get("next"), "/cart")})


def _say_quantities(form: Form[ChangeLinesInput], refused: QuantityRefused) -> None:
    """Put each problem beside the field of its line."""
    typed = form.typed or MultiDict()
    prefix_of = {parse_id(typed[name]): name.removesuffix("-id") for name in typed if name.startswith("lines-") and name.endswith("-id")}
    cart = _open_cart()
    variant_of = {row.id: row.variant_id for row in queries.cart_lines(cart.id)}
    variants = catalogue.variants_for_lines(variant_of.values())
    for line_id, problem in refused.problems.items():
        variant = variants[variant_of[line_id]]
        message = quantity_message(problem, variant.rule, display_unit=variant.display_unit, display_factor=variant.display_factor)
        form.add_error(f"{prefix_of[line_id]}-quantity", message)


def _open_cart() -> Cart:
    viewer = viewer_here()
    cart = queries.find_open_cart(viewer.company_id, viewer.person_id)
    if cart is None:
        raise NotFound
    return cart


@bp.post("/cart/lines")
@requires(Permission.CART_EDIT)
def add_line() -> Page:
    """Put a quantity of a variant into the cart; a refused one can be corrected at once. Then on to `next`."""
    viewer = viewer_here()
    form = Form(AddLineInput, request.form)
    if not form.is_valid():
        return _ask_again(form), 422
    data = form.data
    content = {"variant": data.variant_id, "quantity": data.quantity}
    try:
        act_once(
            "add_line",
            content,
            lambda: services.add_line(data.variant_id, quantity=data.quantity, ship_to=ship_to_of(viewer), actor=current_actor()),
        )
    except QuantityRefused as refused:
        variant = catalogue.variants_for_lines([data.variant_id])[data.variant_id]
        message = quantity_message(
            refused.problems[data.variant_id], variant.rule, display_unit=variant.display_unit, display_factor=variant.display_factor
        )
        form.add_error("quantity", message)
        return _ask_again(form, variant), refused.status
    except OtherCurrency as refused:
        form.add_error("form", gettext(refused.text))
        return _ask_again(form, currencies=(refused.cart_currency, refused.line_currency)), refused.status
    except (NotForSale, CartFull, HeldAsSample) as refused:
        form.add_error("form", gettext(refused.text))
        return _ask_again(form), refused.status
    flash(gettext("Added to your cart."), "done")
    target = own_path(request.form.get("next"), "/cart")
    return Response(status=303, headers={"Location": target})


def _ask_again(form: Form[AddLineInput], variant: LineVariant | None = None, *, currencies: tuple[str, str] | None = None) -> str:
    """The form once more with what was typed. The variant is named only when the refusal has shown that the buyer may see it."""
    return render_template(
        "carts/add_line.html",
        form=form,
        variant=variant,
        currencies=currencies,
        next=own_path(request.form.get("next"), "/cart"),
    )


@bp.post("/cart/lines/<line_id>/remove")
@requires(Permission.CART_EDIT)
def remove_line(line_id: str) -> Page:
    """Take a line out of the cart."""
    wanted, ship_to = path_id(line_id), ship_to_of(viewer_here())
    act_once("remove_line", {"line": wanted}, lambda: services.remove_line(wanted, ship_to=ship_to, actor=current_actor()))
    flash(gettext("Removed."), "done")
    return see_other("carts.show_cart")


@bp.post("/cart/lines/<line_id>/later")
@requires(Permission.CART_EDIT)
def save_for_later(line_id: str) -> Page:
    """Move a line out of the cart into the list of things for later."""
    wanted, ship_to = path_id(line_id), ship_to_of(viewer_here())
    try:
        act_once(
            "save_for_later",
            {"line": wanted},
            lambda: services.save_for_later(wanted, gettext("Saved for later"), ship_to=ship_to, actor=current_actor()),
        )
    except ListFull as full:
        flash(gettext(full.text), "need")
        return see_other("carts.show_cart")
    flash(gettext("Moved to the list “Saved for later”."), "done")
    return see_other("carts.show_cart")
