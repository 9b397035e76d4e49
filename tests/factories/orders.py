"""Builders of carts, purchases and vendor orders: through the services, up to the state that a test begins with."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.accounts.models import Company, Person
from marketplace.accounts.queries import default_location
from marketplace.carts import queries as carts
from marketplace.carts import services as cart_services
from marketplace.catalogue.models import Variant
from marketplace.core import clock
from marketplace.core.audit import Actor
from marketplace.core.db import db, transaction
from marketplace.core.ids import new_id
from marketplace.orders import queries, services
from marketplace.orders.models import Claim, ProblemKind, Purchase, VendorOrder, VendorOrderState
from marketplace.orders.schemas import PlaceOrderInput
from marketplace.orders.services import ClaimedLine
from marketplace.pricing.models import TaxRate
from payments import queries as payment_queries
from payments import services as payment_services
from payments.facts import Movement, ProviderIntent
from payments.models import Hold
from tests.factories.accounts import actor_of, make_company, make_member
from tests.factories.catalogue import make_product, only_variant
from tests.factories.vendors import make_vendor
from vendors.models import Vendor

S = VendorOrderState
_numbers = count(1)


@dataclass(frozen=True)
class Trade:
    """A buyer and vendors with one product each, ready to trade."""

    buyer: Company
    person: Person
    vendors: tuple[Vendor, ...]
    sellers: tuple[Person, ...]
    variants: tuple[Variant, ...]

    @property
    def actor(self) -> Actor:
        """The buyer's person as one who acts."""
        return actor_of(self.person, self.buyer)

    def seller(self, number: int = 0) -> Actor:
        """A vendor's person as one who acts."""
        person = self.sellers[number]
        return Actor(person_id=person.id, company_id=self.vendors[number].id, name=person.name)


def make_tax_rate(country: str = "SE", rate_bp: int = 2_500) -> TaxRate:
    """The standard rate of a country, valid since 2020; made once."""
    found = db.session.scalar(select(TaxRate).where(TaxRate.country == country))
    if found is None:
        since = clock.now().date().replace(year=2020, month=1, day=1)
        found = TaxRate(id=new_id(), country=country, region="", tax_class="standard", rate_bp=rate_bp, valid_from=since, is_example=True)
        db.session.add(found)
        db.session.flush()  # found by the next query
    return found


def make_trade(*, vendors: int = 1, vendor: dict[str, Any] | None = None, buyer: Company | None = None, **variant: Any) -> Trade:
    """A buyer in Sweden and vendors with one product each (keywords of `make_product`), at EUR 0.50 a piece unless said otherwise."""
    make_tax_rate()
    company = buyer or make_company()
    person = make_member(company)
    made = tuple(make_vendor(**(vendor or {})) for _ in range(vendors))
    sellers = tuple(make_member(company_of(one), name="Ingrid Norr") for one in made)
    variants = tuple(only_variant(make_product(one, **variant)) for one in made)
    db.session.commit()
    return Trade(company, person, made, sellers, variants)


def company_of(vendor: Vendor) -> Company:
    """The company whose selling side a vendor is."""
    return db.session.get_one(Company, vendor.id)


def fill_cart(trade: Trade, quantities: Sequence[int]) -> None:
    """Put a quantity of each vendor's product into the buyer's cart, in shown units."""
    wanted = {variant.id: Decimal(quantity) for variant, quantity in zip(trade.variants, quantities, strict=False)}
    with transaction():
        assert cart_services.add_lines(wanted, ship_to="SE", actor=trade.actor) == {}


def checkout_of(trade: Trade, *, person_id: UUID | None = None, **changes: Any) -> PlaceOrderInput:
    """What the buyer's checkout page would send now; `changes` replace single values."""
    cart = carts.find_open_cart(trade.buyer.id, person_id or trade.person.id)
    location = default_location(trade.buyer.id)
    assert cart is not None
    assert location is not None
    rows = carts.cart_lines(cart.id)
    lines = [(row.variant_id, row.quantity) for row in rows]
    basket = queries.price_cart(lines, buyer_id=trade.buyer.id, ship_to=location.country, samples=carts.samples_in(rows))
    values: dict[str, Any] = {
        "location_id": location.id,
        "cart_id": cart.id,
        "cart_version": cart.updated_at,
        "total_minor": basket.total_minor,
        "currency": basket.currency,
        "buyer_reference": "WO-88213",
        "note": None,
    }
    return PlaceOrderInput(**(values | changes))


def make_purchase(trade: Trade | None = None, *, quantities: Sequence[int] = (100, 100, 100)) -> tuple[Trade, Purchase]:
    """A placed purchase that waits for its money."""
    trade = trade or make_trade()
    fill_cart(trade, quantities)
    with transaction():
        purchase = services.place_order(checkout_of(trade), actor=trade.actor)
    return trade, purchase


def fund(purchase: Purchase) -> None:
    """Let the money of a purchase arrive, and its vendors know."""
    receive(purchase)
    with transaction():
        services.mark_paid(purchase.id)


def receive(purchase: Purchase) -> None:
    """Let the money of a purchase arrive, as the provider would report it; the orders do not know yet."""
    payment = payment_queries.payment_of_purchase(purchase.id, purchase.buyer_id)
    number = next(_numbers)
    now = clock.now()
    movement = Movement(
        id=f"txn_test{number}{payment.id.hex[-8:]}",
        type="charge",
        currency=payment.currency,
        amount_minor=payment.amount_minor,
        fee_minor=0,
        net_minor=payment.amount_minor,
        source_id=f"ch_test{number}{payment.id.hex[-8:]}",
        available_at=now,
        created_at=now,
    )
    intent = ProviderIntent(
        id=f"pi_test{number}{payment.id.hex[-8:]}",
        status="succeeded",
        amount_minor=payment.amount_minor,
        received_minor=payment.amount_minor,
        currency=payment.currency,
        payment_id=str(payment.id),
        refusal=None,
        charge_id=movement.source_id,
        movement=movement,
    )
    with transaction():
        assert payment_services.apply_intent(payment.id, intent) in ("funded", "late")


def make_order(
    state: VendorOrderState = S.PLACED, *, trade: Trade | None = None, quantities: Sequence[int] = (100, 100, 100)
) -> tuple[Trade, VendorOrder]:
    """The first vendor order of a paid purchase, walked to a state through the services."""
    trade, purchase = make_purchase(trade, quantities=quantities)
    fund(purchase)
    order = orders_of(purchase)[0]
    walk(trade, order, state)
    return trade, order


def walk(trade: Trade, order: VendorOrder, state: VendorOrderState) -> None:
    """Take a paid order along its path to a state, each step as who does it."""
    seller = trade.seller([vendor.id for vendor in trade.vendors].index(order.vendor_id))
    steps = {
        S.ACCEPTED: lambda: services.accept_order(order.id, actor=seller),
        S.IN_PRODUCTION: lambda: services.mark_in_production(order.id, actor=seller),
        S.READY: lambda: services.mark_ready(order.id, actor=seller),
        S.SHIPPED: lambda: services.ship_order(order.id, carrier="Nordsjö Line", tracking="NSL 7740", actor=seller),
        S.DELIVERED: lambda: services.deliver_with_proof(order.id, signed_by="A. Berg", actor=seller),
        S.ACCEPTED_BY_BUYER: lambda: services.accept_goods(order.id, actor=trade.actor),
    }
    if state is S.PLACED:
        return
    for step, act in steps.items():
        with transaction():
            act()
        if step is state:
            return


def claimed(order: VendorOrder, *, position: int = 1, **fields: Any) -> ClaimedLine:
    """What a buyer says about a line of a delivered order: all of it is damaged, unless `fields` say otherwise."""
    line = queries.lines_of_orders([order.id])[order.id][position - 1]
    values: dict[str, Any] = {"kind": ProblemKind.DAMAGED, "quantity": line.quantity, "text": "Forty of the hundred bolts are bent."}
    return ClaimedLine(line_id=line.id, **(values | fields))


def report(trade: Trade, order: VendorOrder, **fields: Any) -> Claim:
    """A claim on the first line of a delivered order; `fields` are those of `claimed`."""
    said = claimed(order, **fields)
    with transaction():
        return services.report_problem(order.id, lines=[said], actor=trade.actor)


def orders_of(purchase: Purchase) -> list[VendorOrder]:
    """The vendor orders of a purchase as they stand in the database."""
    db.session.expire_all()
    return queries.orders_of_purchase(purchase.id, buyer_id=purchase.buyer_id)


def fresh(order: VendorOrder) -> VendorOrder:
    """A vendor order as it stands in the database."""
    db.session.expire_all()
    return queries.order_by_id(order.id)


def hold_of(order: VendorOrder) -> Hold:
    """The money of a vendor order as it stands in the database."""
    db.session.expire_all()
    return payment_queries.any_hold_of_vendor_order(order.id)
