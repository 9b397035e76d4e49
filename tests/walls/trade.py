"""The trading part of a side: a purchase in each state, placed and paid through the services, with problem, review and reply."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID, uuid4

from marketplace.accounts.models import Company
from marketplace.carts import queries as carts
from marketplace.carts import services as cart_services
from marketplace.core import clock
from marketplace.core.audit import Actor
from marketplace.core.db import transaction
from marketplace.orders import queries, services
from marketplace.orders.models import Purchase, VendorOrder
from marketplace.orders.schemas import PlaceOrderInput
from payments import queries as payment_queries
from payments import services as payments
from payments.facts import Movement, ProviderIntent
from payments.models import Payment
from tests.factories.accounts import actor_of
from tests.walls.claims import make_claims
from tests.walls.fulfilment import propose, tell
from tests.walls.side import Side, World

STEPS = ("unpaid", "placed", "accepted", "ready", "shipped", "delivered", "problem", "done", "cancelled", "asked", "wished")
"""Purchases of a side, each driven to the state of its name."""


@dataclass(frozen=True)
class Traders:
    """Who acts for whom."""

    buyer: Actor
    vendor: Actor
    covendor: Actor


def traders(world: World, side: Side) -> Traders:
    """The owners of a side as actors."""

    def actor(name: str) -> Actor:
        person = world.people[side.key(name)].person
        assert person is not None
        company: Company = side.companies["buyer" if name == "owner" else name]
        return actor_of(person, company)

    return Traders(actor("owner"), actor("vendor"), actor("covendor"))


def make_purchases(world: World, side: Side) -> None:
    """Each purchase is of two vendors, so that each of them is a stranger to the other's part."""
    who = traders(world, side)
    for step in STEPS:
        purchase = _place(world, side, who, step)
        if step != "unpaid":
            with transaction():
                pay(purchase)
                services.mark_paid(purchase.id)
        side.ids[f"{step}_purchase"] = purchase.number
        side.ids[f"{step}_payment"] = str(payment_queries.payment_of_purchase(purchase.id, buyer_id=purchase.buyer_id).id)
        for order in queries.orders_of_purchase(purchase.id, buyer_id=purchase.buyer_id):
            key = "order" if order.vendor_id == who.vendor.company_id else "coorder"
            side.ids[f"{step}_{key}"] = order.number
            side.ids[f"{step}_{key}_line"] = str(queries.line_ids([order.id])[0])
            _drive(world, side, who, step, order, by=who.vendor if key == "order" else who.covendor)


def put_in_cart(variant_id: UUID, actor: Actor, *, quantity: int = 10) -> None:
    """A line in the person's open cart."""
    with transaction():
        cart_services.add_line(variant_id, quantity=Decimal(quantity), ship_to="SE", actor=actor)


def checkout_fields(actor: Actor, location_id: UUID) -> PlaceOrderInput:
    """What the page of the checkout would send: the cart as it stands now, at its present price."""
    assert actor.company_id is not None
    assert actor.person_id is not None
    cart = carts.find_open_cart(actor.company_id, actor.person_id)
    assert cart is not None
    lines = [(line.variant_id, line.quantity) for line in carts.cart_lines(cart.id)]
    basket = queries.price_cart(lines, buyer_id=actor.company_id, ship_to="SE")
    assert basket.can_be_ordered, basket.problems
    return PlaceOrderInput(
        location_id=location_id,
        cart_id=cart.id,
        cart_version=cart.updated_at,
        total_minor=basket.total_minor,
        currency=basket.currency,
    )


def _place(world: World, side: Side, who: Traders, step: str) -> Purchase:
    for key in ("live_variant", "covendor_variant"):
        put_in_cart(UUID(side.ids[key]), who.buyer)
    wanted = checkout_fields(who.buyer, UUID(side.ids["location"]))
    sight = ("buyer",) if step == "unpaid" else ("buyer", "vendor", "covendor")
    reference = world.word(side, f"{step} reference", *sight)[:60]
    note = f"Note {world.word(side, f'{step} note', *sight)}"
    with transaction():
        return services.place_order(wanted.model_copy(update={"buyer_reference": reference, "note": note}), actor=who.buyer)


def pay(purchase: Purchase) -> Payment:
    """The provider says that the whole sum is here; the caller has opened the transaction."""
    payment = payment_queries.payment_of_purchase(purchase.id, buyer_id=purchase.buyer_id)
    now, mark = clock.now(), uuid4().hex
    movement = Movement(
        f"txn_{mark}", "charge", payment.currency, payment.amount_minor, 100, payment.amount_minor - 100, f"ch_{mark}", now, now
    )
    intent = ProviderIntent(
        f"pi_{mark}",
        "succeeded",
        payment.amount_minor,
        payment.amount_minor,
        payment.currency,
        str(payment.id),
        None,
        f"ch_{mark}",
        movement,
    )
    assert payments.apply_intent(payment.id, intent) == "funded"
    return payment


def _drive(world: World, side: Side, who: Traders, step: str, order: VendorOrder, *, by: Actor) -> None:
    """Bring a vendor order to the state that its purchase is called after."""
    vendor = "vendor" if by is who.vendor else "covendor"
    carrier = world.word(side, f"{step} {vendor} carrier", "buyer", vendor)
    signed = world.word(side, f"{step} {vendor} signature", "buyer", vendor)
    path: list[tuple[str, Callable[[], object]]] = [
        ("accepted", lambda: services.accept_order(order.id, actor=by)),
        ("ready", lambda: services.mark_ready(order.id, actor=by)),
        ("shipped", lambda: services.ship_order(order.id, carrier=carrier, tracking=f"T-{carrier}", actor=by)),
        ("delivered", lambda: services.deliver_with_proof(order.id, signed_by=signed, actor=by)),
    ]
    wanted = {"problem": "delivered", "done": "delivered", "asked": "accepted", "wished": "accepted"}.get(step, step)
    names = [name for name, _ in path]
    for _, act in path[: names.index(wanted) + 1] if wanted in names else []:
        with transaction():
            act()
    if step == "problem":
        text = f"The third box is wet: {world.word(side, f'{vendor} claim', 'buyer', vendor)}"
        make_claims(side, order, buyer=who.buyer, vendor=by, text=text, prefix="" if vendor == "vendor" else "co")
    if step in ("asked", "wished"):
        propose(world, side, step, order, vendor=by, buyer=who.buyer, name=vendor)
    if step == "asked":
        tell(world, side, order, vendor=by, name=vendor)
    if step == "done":
        with transaction():
            services.accept_goods(order.id, actor=who.buyer)
    if step == "cancelled":
        with transaction():
            services.cancel_order(order.id, actor=who.buyer)
