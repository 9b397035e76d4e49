"""The checkout: everything that the buyer agrees to on one page, and the act that carries what was seen."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for

from marketplace.accounts import queries as accounts
from marketplace.accounts.models import Location
from marketplace.accounts.permissions import Permission
from marketplace.carts import queries as carts
from marketplace.catalogue.errors import OutOfStock
from marketplace.core import clock, policy
from marketplace.core.acting import Page, act_once, answer_once, viewer_here
from marketplace.core.audit import Viewer
from marketplace.core.errors import Conflict
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, lazy
from marketplace.core.ids import parse_id
from marketplace.core.web import current_actor, requires, see_other
from marketplace.orders import pages, queries, services, wording
from marketplace.orders.errors import PriceChanged
from marketplace.orders.models import PurchaseState
from marketplace.orders.places import place_of
from marketplace.orders.schemas import PlaceOrderInput
from marketplace.orders.views.blueprint import bp
from marketplace.orders.views.buyer import show_refused
from marketplace.pricing import queries as pricing
from marketplace.pricing.basket import Basket
from marketplace.pricing.tax import tax_words
from marketplace.pricing.wording import method_options
from payments import queries as payments
from vendors import queries as vendors

JUST_ORDERED = timedelta(hours=1)
SEEN = ("cart_id", "cart_version", "total_minor", "currency")
"""Fields of the checkout that the page fills in: what the buyer saw."""
STOCK_TEXT = lazy("Somebody was faster: not everything is in stock any more. Nothing was ordered.")


@bp.get("/checkout")
@requires(Permission.ORDER_PLACE)
def checkout() -> Page:
    """The cart as it would be ordered: addresses, freight, tax, total, returns and what happens to the money."""
    return _show(None)


@bp.post("/checkout")
@requires(Permission.ORDER_PLACE)
def place_order() -> Page:
    """Place the order, or show the prices for another address. Whatever is refused, everything typed stays."""
    form = Form(PlaceOrderInput, request.form)
    if request.form.get("act") == "price":
        return _show(form)
    if not form.is_valid():
        _say_seen(form)
        return _show(form, status=422)
    viewer = viewer_here()
    content = form.data.model_dump(mode="json")

    def place() -> dict[str, str]:
        purchase = services.place_order(form.data, actor=current_actor())
        return {"purchase": str(purchase.id), "number": purchase.number}

    try:
        placed = answer_once("place", content, place)
    except PriceChanged as changed:
        return _show(form, status=changed.status, changed=changed)
    except OutOfStock as refused:
        form.add_error("form", gettext(STOCK_TEXT))
        return _show(form, status=refused.status)
    except Conflict as refused:
        form.add_error("form", gettext(refused.text))
        return _show(form, status=refused.status)
    flash(gettext("Placed: %(number)s.", number=placed["number"]), "done")
    payment = payments.payment_of_purchase(UUID(placed["purchase"]), buyer_id=viewer.company_id)
    return see_other("payments.show_payment", payment_id=payment.id)


def _say_seen(form: Form[PlaceOrderInput]) -> None:
    """What is wrong with hidden fields is said of the page: there is no control to lead to."""
    wrong = [form.messages.pop(name, None) for name in SEEN]
    if any(wrong):
        form.add_error("form", gettext("This page was too old or damaged. Check it and place the order again."))


def _instead(viewer: Viewer) -> Page:
    """Where the checkout of an empty cart leads: to what the cart has just become, for whoever came by the back button."""
    found = carts.last_purchase(viewer.company_id, viewer.person_id, since=clock.now() - JUST_ORDERED)
    if found is None:
        return see_other("carts.show_cart")
    number = queries.purchase_by_id(found).number
    flash(gettext("This cart is ordered already, as %(number)s.", number=number), "need")
    return see_other("orders.show_purchase", number=number)


def _show(form: Form[PlaceOrderInput] | None, *, status: int = 200, changed: PriceChanged | None = None) -> Page:
    viewer = viewer_here()
    cart = carts.find_open_cart(viewer.company_id, viewer.person_id)
    rows = carts.cart_lines(cart.id) if cart else []
    if cart is None or not rows:
        return _instead(viewer)
    locations = accounts.locations(viewer.company_id)
    location = _chosen(locations, form) or accounts.location_of_member(viewer.company_id, viewer.person_id)
    country = location.country if location else viewer.ship_to_country or policy.current().platform_country
    basket = queries.price_cart(
        [(row.variant_id, row.quantity) for row in rows],
        buyer_id=viewer.company_id,
        ship_to=country,
        location_id=location.id if location else None,
        methods=carts.chosen_methods(cart) | _chosen_methods(form),
        samples=carts.samples_in(rows),
    )
    facts = vendors.facts_of([part.vendor_id for part in basket.parts])
    initial: dict[str, Any] = {"location_id": location.id if location else ""}
    initial |= {f"methods-{number}-key": part.method_key or "" for number, part in enumerate(basket.parts)}
    page = render_template(
        "orders/checkout.html",
        cart=cart,
        rows=rows,
        basket=basket,
        about=pricing.indicative(basket.total_minor, basket.currency, to=viewer.currency) if basket.is_whole else None,
        facts=facts,
        returns=carts.returns_of([part.vendor_id for part in basket.parts]),
        locations=locations,
        location=location,
        taken=" · ".join(wording.driver_words(place_of(location))) if location else "",
        country=country,
        taxes=_taxes(basket),
        method_options=method_options,
        arrivals={part.vendor_id: pages.arrival([line.arrives_on for line in part.lines]) for part in basket.parts},
        form=form or Form(PlaceOrderInput, initial=initial),
        changed=changed,
        refused=_refused(locations, basket, lines=len(rows)),
        reservation_minutes=policy.current().card_reservation_minutes,
        pay_days=policy.current().unpaid_cancel_days,
    )
    return page, status


def _taxes(basket: Basket) -> list[tuple[str, int | None]]:
    """Each kind of tax with its sum; None where nobody knows it."""
    known = [(line.tax_reason, line.tax_rate_bp, line.tax_minor) for line in basket.lines if line.is_tax_known]
    unknown = dict.fromkeys(tax_words(line.tax_reason, 0) for line in basket.lines if not line.is_tax_known)
    return [*wording.tax_rows(known), *((word, None) for word in unknown)]


def _chosen(locations: list[Location], form: Form[PlaceOrderInput] | None) -> Location | None:
    """The address that was typed or named in the address bar."""
    asked = parse_id(form.value("location_id") if form else request.args.get("location", ""))
    return next((location for location in locations if location.id == asked), None)


def _chosen_methods(form: Form[PlaceOrderInput] | None) -> dict[UUID, str]:
    """The shipping methods that were typed, also beside fields that are refused."""
    if form is None:
        return {}
    found = {}
    for prefix in form.rows("methods", blank=0):
        vendor_id = parse_id(form.value(f"{prefix}-vendor_id"))
        if vendor_id is not None:
            found[vendor_id] = form.value(f"{prefix}-key")
    return found


def _refused(locations: list[Location], basket: Basket, *, lines: int) -> str | None:
    """Why the order cannot be placed now."""
    if not locations:
        return gettext("Add a delivery address first.")
    is_orderable = basket.can_be_ordered and len(basket.lines) == lines
    return None if is_orderable else gettext("Settle what is marked first.")


@bp.post("/orders/<number>/pay")
@requires(Permission.PAYMENT_START)
def pay_purchase(number: str) -> Page:
    """Promise the stock of an unpaid purchase again, then hand this very form on to the start of its payment.

    What is gone is said on the purchase's page. Payments stands below and cannot ask for stock, so its start is reached through here.
    """
    buyer_id = viewer_here().company_id
    purchase = queries.purchase_by_number(number, buyer_id=buyer_id)
    if purchase.state is not PurchaseState.PLACED:
        return show_refused(number, gettext("This purchase does not wait for a payment."))
    try:
        act_once("pay_purchase", {"purchase": number}, lambda: services.reserve_again(purchase.id, actor=current_actor()))
    except OutOfStock:
        return show_refused(
            number, gettext("Somebody was faster: not everything is in stock any more. Cancel this purchase and order again.")
        )
    except Conflict as refused:
        return show_refused(number, gettext(refused.text))
    payment = payments.payment_of_purchase(purchase.id, buyer_id=buyer_id)
    return redirect(url_for("payments.start_payment", payment_id=payment.id), 307)
