"""The checkout: one cart becomes one purchase, exactly once (house-style §5)."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from marketplace.accounts import queries as accounts
from marketplace.accounts.errors import AddressNotConfirmed
from marketplace.accounts.models import Location, Person
from marketplace.carts import queries as carts
from marketplace.carts import services as cart_services
from marketplace.catalogue import services as catalogue
from marketplace.catalogue.errors import OutOfStock
from marketplace.core import audit, clock, jobs, money, numbers, policy
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.ids import new_id
from marketplace.orders import queries
from marketplace.orders.errors import AddressMissing, CartChanged, CartEmpty, NothingCharged, NotOrderable, PriceChanged
from marketplace.orders.models import OrderLine, Purchase, PurchaseState, VendorOrder
from marketplace.orders.places import place_of
from marketplace.orders.schemas import PlaceOrderInput
from marketplace.orders.services.stock import wanted_stock
from marketplace.orders.services.telling import tell_buyer_of_purchase
from marketplace.orders.splitting import split_by_vendor
from marketplace.pricing.basket import Basket, Problem
from payments import services as payments
from payments.services import NewHold
from vendors import queries as vendors
from vendors.facts import VendorFacts


def place_order(order: PlaceOrderInput, *, actor: Actor) -> Purchase:
    """Turn a cart into a purchase with one vendor order per vendor and one payment that waits for its money.

    A cart that is already ordered gives its purchase, so a second click is harmless. Everything is priced afresh.
    Raises: NotFound (not this person's cart), AddressNotConfirmed (e-mail), AddressMissing, CartEmpty, CartChanged (another version
    than the buyer saw), OutOfStock, NotOrderable (a rule of a vendor or a variant), PriceChanged (another total than the buyer saw),
    NothingCharged (a vendor's part costs nothing, so that no payment could protect it).
    Source: product.md §4, §8; house-style §5.
    """
    if actor.company_id is None or actor.person_id is None:
        raise NotFound
    cart = carts.lock_cart(order.cart_id, company_id=actor.company_id, person_id=actor.person_id)
    if cart.purchase_id is not None:
        return queries.purchase_by_id(cart.purchase_id)
    person = db.session.get_one(Person, actor.person_id)
    if person.email_confirmed_at is None:
        raise AddressNotConfirmed
    try:
        location = accounts.location_of(order.location_id, company_id=actor.company_id)
    except NotFound as error:
        raise AddressMissing from error
    lines = carts.cart_lines(cart.id)
    if not lines:
        raise CartEmpty
    if cart.updated_at != order.cart_version:
        raise CartChanged

    queries.lock_samples(actor.company_id)
    basket = queries.price_cart(
        [(line.variant_id, line.quantity) for line in lines],
        buyer_id=actor.company_id,
        ship_to=location.country,
        location_id=location.id,
        methods=carts.chosen_methods(cart) | {choice.vendor_id: choice.key for choice in order.methods},
        samples=carts.samples_in(lines),
    )
    fresh = vendors.facts_fresh([part.vendor_id for part in basket.parts])
    _check(basket, order, fresh, count=len(lines))

    purchase = _record_purchase(basket, order, location, cart_id=cart.id, person=person, actor=actor)
    split = _record_orders(basket, purchase, fresh, order, actor=actor)
    cart_services.mark_ordered(cart.id, purchase.id)
    _ask_for_money(purchase, split, actor=actor)
    return purchase


def _check(basket: Basket, order: PlaceOrderInput, fresh: Mapping[UUID, VendorFacts], *, count: int) -> None:
    stopped = [facts for facts in fresh.values() if not facts.can_sell]
    if stopped:  # the price reads facts that may be a second old
        raise NotOrderable([Problem("vendor_not_selling", facts={"vendor": facts.name}) for facts in stopped])
    if basket.problems and all(problem.code == "out_of_stock" for problem in basket.problems):
        short = {problem.variant_id for problem in basket.problems}
        raise OutOfStock({line.variant_id: line.available or 0 for line in basket.lines if line.variant_id in short})
    if not basket.can_be_ordered or len(basket.lines) != count:
        raise NotOrderable(basket.problems)
    if (basket.total_minor, basket.currency) != (order.total_minor, order.currency) or basket.total_minor > money.MAX_MINOR:
        raise PriceChanged(
            seen_minor=order.total_minor, seen_currency=order.currency, now_minor=basket.total_minor, currency=basket.currency
        )
    if any(part.total_minor <= 0 for part in basket.parts):
        raise NothingCharged


def _record_purchase(
    basket: Basket, order: PlaceOrderInput, location: Location, *, cart_id: UUID, person: Person, actor: Actor
) -> Purchase:
    purchase = Purchase(
        id=new_id(),
        number=numbers.next_number("PO", numbers.purchase_numbers),
        buyer_id=location.company_id,
        cart_id=cart_id,
        placed_by=person.id,
        placed_by_name=person.name,
        state=PurchaseState.PLACED,
        buyer_reference=order.buyer_reference,
        ship_to=place_of(location),
        currency=basket.currency,
        goods_minor=basket.goods_minor,
        freight_minor=basket.freight_minor,
        tax_minor=basket.tax_minor,
        total_minor=basket.total_minor,
        note=order.note,
        placed_at=clock.now(),
    )
    db.session.add(purchase)
    audit.record(
        actor,
        "purchase.placed",
        "purchase",
        purchase.id,
        companies=(purchase.buyer_id,),
        after={"number": purchase.number, "total_minor": purchase.total_minor, "currency": purchase.currency},
    )
    return purchase


def _record_orders(
    basket: Basket, purchase: Purchase, facts: Mapping[UUID, VendorFacts], wishes: PlaceOrderInput, *, actor: Actor
) -> list[tuple[VendorOrder, list[OrderLine]]]:
    numbers_of_trade = policy.current()
    split = split_by_vendor(
        basket,
        purchase,
        buyer_name=accounts.company_by_id(purchase.buyer_id).name,
        commission_bp=numbers_of_trade.commission_bp,
        inspection_days={vendor_id: fact.inspection_days for vendor_id, fact in facts.items()},
        returns=carts.returns_of([part.vendor_id for part in basket.parts]),
        pay_by_at=purchase.placed_at + timedelta(days=numbers_of_trade.unpaid_cancel_days),
        ship_complete=wishes.ship_complete,
        requested_on={wish.variant_id: wish.day for wish in wishes.wishes if wish.day is not None},
        next_number=lambda: numbers.next_number("ORD", numbers.vendor_order_numbers),
    )
    db.session.flush()  # there are no relationships, so each level of rows is written before the one that points to it
    db.session.add_all(order for order, _ in split)
    db.session.flush()
    db.session.add_all(line for _, lines in split for line in lines)
    for order, _ in split:
        audit.record(
            actor,
            "vendor_order.placed",
            "vendor_order",
            order.id,
            companies=(order.buyer_id,),  # unpaid: its vendor does not know of it
            after={"number": order.number, "total_minor": order.total_minor, "currency": order.currency},
        )
    return split


def _ask_for_money(purchase: Purchase, split: list[tuple[VendorOrder, list[OrderLine]]], *, actor: Actor) -> None:
    """Promise the stock while the buyer pays, open the payment, and set its clocks."""
    numbers_of_trade = policy.current()
    payments.open_payment(
        purchase_id=purchase.id,
        purchase_number=purchase.number,
        buyer_id=purchase.buyer_id,
        currency=purchase.currency,
        holds=[
            NewHold(
                vendor_order_id=order.id,
                order_number=order.number,
                vendor_id=order.vendor_id,
                goods_minor=order.goods_minor,
                freight_minor=order.freight_minor,
                tax_minor=order.tax_minor,
                commission_minor=order.commission_minor,
            )
            for order, _ in split
        ],
        actor=actor,
    )
    catalogue.reserve_stock(
        wanted_stock(line for _, lines in split for line in lines),
        until=purchase.placed_at + timedelta(minutes=numbers_of_trade.card_reservation_minutes),
    )
    tell_buyer_of_purchase("orders.email_order_placed", purchase)
    remind_at = purchase.placed_at + timedelta(days=numbers_of_trade.unpaid_reminder_days)
    jobs.enqueue("orders.remind_of_unpaid", run_at=remind_at, key=f"remind_unpaid:{purchase.id}", purchase_id=purchase.id)
    jobs.enqueue("orders.expire_unpaid", run_at=split[0][0].pay_by_at, key=f"pay_by:{purchase.id}", purchase_id=purchase.id)
