"""Every write of the cart."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select, true
from sqlalchemy.dialects.postgresql import insert

from marketplace.carts import queries
from marketplace.carts.errors import CartFull, HeldAsGoods, HeldAsSample, NotForSale, OtherCurrency, QuantityRefused
from marketplace.carts.models import Cart, CartLine
from marketplace.carts.ordering import Refusal, held_lines, priced_together, wanted_in_all
from marketplace.carts.quantities import QuantityProblem, besides, check_quantity, in_base_units, short_of_stock
from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.models import Variant
from marketplace.catalogue.queries import LineVariant
from marketplace.core import clock, policy
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.ids import new_id
from marketplace.pricing import queries as pricing
from marketplace.pricing.basket import Basket, PricedLine, Problem
from marketplace.pricing.samples import Samples
from vendors import queries as vendors

REFUSED = frozenset({"vendor_not_selling", "product_not_live", "part_not_sold", "no_price"})
SAMPLE_REFUSED = REFUSED | {"product_ended", "no_sample"}


@dataclass(frozen=True, slots=True)
class Taken:
    """What a line was that left the cart, in base units."""

    variant_id: UUID
    quantity: int


def _owner(actor: Actor) -> tuple[UUID, UUID]:
    if actor.company_id is None or actor.person_id is None:
        raise NotFound
    return actor.company_id, actor.person_id


def add_line(variant_id: UUID, *, quantity: Decimal, ship_to: str, actor: Actor) -> Cart:
    """Put a quantity of shown units of a variant into the person's open cart; what is already there counts together with it.

    Raises: NotFound (no such variant, or none that this buyer may see), HeldAsSample, QuantityRefused (by variant), NotForSale,
    OtherCurrency, CartFull.
    """
    company_id, person_id = _owner(actor)
    variant = _seen_variant(variant_id, buyer_id=company_id, ship_to=ship_to)
    base = in_base_units(quantity, display_factor=variant.display_factor)
    if isinstance(base, QuantityProblem):
        raise QuantityRefused({variant_id: base})
    cart = _lock_open_cart(company_id, person_id)
    line = _find_line(cart, variant_id)
    if line is not None and line.is_sample:
        raise HeldAsSample
    held = line.quantity if line else 0
    wanted = base + held
    try:
        price = _checked({variant_id: (variant, wanted)}, buyer_id=company_id, ship_to=ship_to)[variant_id]
    except QuantityRefused as refused:
        problem = refused.problems[variant_id]
        raise QuantityRefused({variant_id: besides(problem, held=held, display_factor=variant.display_factor)}) from refused
    _check_currency(cart, price, buyer_id=company_id, ship_to=ship_to)
    now, before = clock.now(), _mixed_prices(cart, buyer_id=company_id, ship_to=ship_to)
    if line is None:
        if queries.count_lines(company_id, person_id) >= policy.current().cart_line_limit:
            raise CartFull
        line = CartLine(id=new_id(), cart_id=cart.id, variant_id=variant_id, added_at=now)
        db.session.add(line)
    line.quantity, line.shown_price_micro, line.shown_at = wanted, price.unit_price_micro, now
    cart.updated_at = now
    _see_mixed(cart, before, {variant_id}, buyer_id=company_id, ship_to=ship_to)
    return cart


def add_sample(variant_id: UUID, *, ship_to: str, actor: Actor) -> Cart:
    """Put the sample of a variant into the person's open cart: one, whatever the goods' minimum is. A repeat changes nothing.

    Raises: NotFound (no such variant, or none that this buyer may see), HeldAsGoods, NotForSale (also: no sample is offered),
    QuantityRefused (out of stock), OtherCurrency, CartFull. Whether the company has had its sample is the checkout's matter.
    """
    company_id, person_id = _owner(actor)
    variant = _seen_variant(variant_id, buyer_id=company_id, ship_to=ship_to)
    cart = _lock_open_cart(company_id, person_id)
    line = _find_line(cart, variant_id)
    if line is not None:
        if not line.is_sample:
            raise HeldAsGoods
        return cart
    price = _priced_sample(variant, buyer_id=company_id, ship_to=ship_to)
    _check_currency(cart, price, buyer_id=company_id, ship_to=ship_to)
    if queries.count_lines(company_id, person_id) >= policy.current().cart_line_limit:
        raise CartFull
    now = clock.now()
    db.session.add(
        CartLine(
            id=new_id(),
            cart_id=cart.id,
            variant_id=variant_id,
            is_sample=True,
            quantity=variant.display_factor,
            shown_price_micro=price.unit_price_micro,
            shown_at=now,
            added_at=now,
        )
    )
    cart.updated_at = now
    return cart


def _priced_sample(variant: LineVariant, *, buyer_id: UUID, ship_to: str) -> PricedLine:
    wanted = Samples(frozenset({variant.variant_id}))
    basket = pricing.price_lines([(variant.variant_id, variant.display_factor)], buyer_id=buyer_id, ship_to=ship_to, samples=wanted)
    for found in basket.problems:
        if found.code in SAMPLE_REFUSED:
            raise NotForSale(found.code, found.text)
        if found.code == "out_of_stock":
            raise QuantityRefused({variant.variant_id: QuantityProblem("out_of_stock", Decimal(1))})
    return basket.lines[0]


def _find_line(cart: Cart, variant_id: UUID) -> CartLine | None:
    return db.session.scalar(select(CartLine).where(CartLine.cart_id == cart.id, CartLine.variant_id == variant_id))


def add_lines(wanted: Mapping[UUID, Decimal], *, ship_to: str, actor: Actor) -> dict[UUID, Refusal]:
    """Put shown units of many variants into the open cart; what is already there counts together with them.

    What can be ordered goes in, and the rest is returned with its reason, by variant: a wrong row never stops the good ones.
    Raises: CartFull (nothing is added: together they are more lines than a cart holds).
    """
    company_id, person_id = _owner(actor)
    cart = _lock_open_cart(company_id, person_id)
    held = held_lines(cart)
    samples = [variant_id for variant_id in wanted if variant_id in held and held[variant_id].is_sample]
    wanted = {variant_id: quantity for variant_id, quantity in wanted.items() if variant_id not in samples}
    totals, refused = wanted_in_all(wanted, held, buyer_id=company_id, ship_to=ship_to)
    prices, stopped = priced_together(totals, held, buyer_id=company_id, ship_to=ship_to)
    if len(held.keys() | prices.keys()) > policy.current().cart_line_limit:
        raise CartFull
    now, before = clock.now(), _mixed_prices(cart, buyer_id=company_id, ship_to=ship_to)
    for variant_id, price in prices.items():
        line = held.get(variant_id)
        if line is None:
            line = CartLine(id=new_id(), cart_id=cart.id, variant_id=variant_id, added_at=now)
            db.session.add(line)
        line.quantity, line.shown_price_micro, line.shown_at = totals[variant_id], price.unit_price_micro, now
    cart.updated_at = now
    _see_mixed(cart, before, prices.keys(), buyer_id=company_id, ship_to=ship_to)
    return refused | stopped | {variant_id: Problem("held_as_sample", variant_id) for variant_id in samples}


def change_lines(quantities: Mapping[UUID, Decimal], *, ship_to: str, actor: Actor) -> Cart:
    """Set the quantities of lines of the open cart, in shown units, all or none; the prices shown now count as seen.

    Raises: NotFound (no open cart, or a line that is not in it), QuantityRefused (by line), NotForSale.
    """
    company_id, person_id = _owner(actor)
    cart = _lock_found_cart(company_id, person_id)
    lines = {line.id: line for line in db.session.scalars(select(CartLine).where(CartLine.cart_id == cart.id))}
    if not set(quantities) <= set(lines):
        raise NotFound
    facts = catalogue.variants_for_lines([line.variant_id for line in lines.values()])
    wanted: dict[UUID, tuple[LineVariant, int]] = {}
    problems: dict[UUID, QuantityProblem] = {}
    for line_id, typed in quantities.items():
        variant = facts[lines[line_id].variant_id]
        base = in_base_units(typed, display_factor=variant.display_factor)
        if isinstance(base, QuantityProblem):
            problems[line_id] = base
        elif lines[line_id].is_sample and base != lines[line_id].quantity:
            problems[line_id] = QuantityProblem("above_maximum", typed, (variant.display_factor,))
        elif base != lines[line_id].quantity:
            wanted[variant.variant_id] = (variant, base)
    line_of = {line.variant_id: line.id for line in lines.values()}
    try:
        _checked(wanted, buyer_id=company_id, ship_to=ship_to)
    except QuantityRefused as refused:
        problems |= {line_of[variant_id]: problem for variant_id, problem in refused.problems.items()}
    if problems:
        raise QuantityRefused(problems)
    now = clock.now()
    for line in lines.values():
        if line.variant_id in wanted:
            line.quantity = wanted[line.variant_id][1]
    prices = _priced(list(lines.values()), buyer_id=company_id, ship_to=ship_to)
    for line in lines.values():
        if line.variant_id in prices:
            line.shown_price_micro, line.shown_at = prices[line.variant_id].unit_price_micro, now
    cart.updated_at = now
    return cart


def choose_methods(methods: Mapping[UUID, str], *, actor: Actor) -> Cart:
    """Remember how the goods of some vendors are to be sent, by the keys of their shipping methods. Raises: NotFound (no open cart).

    A key that does not serve when the cart is priced is passed over, so nothing is checked here.
    """
    cart = _lock_found_cart(*_owner(actor))
    cart.methods = {**cart.methods, **{str(vendor_id): key for vendor_id, key in methods.items()}}
    return cart


def remove_line(line_id: UUID, *, ship_to: str, actor: Actor) -> None:
    """Take a line out of the open cart. Raises: NotFound (no such line in it)."""
    _take(line_id, true(), ship_to=ship_to, actor=actor)


def take_line(line_id: UUID, *, ship_to: str, actor: Actor) -> Taken:
    """Take a line of goods out of the open cart, and say what it was. Raises: NotFound (no such line in it, or a sample)."""
    return _take(line_id, ~CartLine.is_sample, ship_to=ship_to, actor=actor)


def _take(line_id: UUID, rule: ColumnElement[bool], *, ship_to: str, actor: Actor) -> Taken:
    company_id, person_id = _owner(actor)
    cart = _lock_found_cart(company_id, person_id)
    before = _mixed_prices(cart, buyer_id=company_id, ship_to=ship_to)
    removed = db.session.execute(
        delete(CartLine).where(CartLine.id == line_id, CartLine.cart_id == cart.id, rule).returning(CartLine.variant_id, CartLine.quantity)
    ).one_or_none()
    if removed is None:
        raise NotFound
    cart.updated_at = clock.now()
    _see_mixed(cart, before, (), buyer_id=company_id, ship_to=ship_to)
    return Taken(removed.variant_id, removed.quantity)


def mark_ordered(cart_id: UUID, purchase_id: UUID) -> None:
    """A checkout has made a purchase of a cart that it holds locked; the person's next line opens a new cart."""
    cart = db.session.get_one(Cart, cart_id)
    cart.purchase_id = purchase_id
    cart.ordered_at = clock.now()


def _lock_open_cart(company_id: UUID, person_id: UUID) -> Cart:
    now = clock.now()
    db.session.execute(
        insert(Cart)
        .values(id=new_id(), company_id=company_id, person_id=person_id, created_at=now, updated_at=now)
        .on_conflict_do_nothing(index_elements=["company_id", "person_id"], index_where=Cart.purchase_id.is_(None))
    )
    return _lock_found_cart(company_id, person_id)


def _lock_found_cart(company_id: UUID, person_id: UUID) -> Cart:
    found = queries.find_open_cart(company_id, person_id)
    if found is None:
        raise NotFound
    cart = queries.lock_cart(found.id, company_id=company_id, person_id=person_id)
    if cart.purchase_id is not None:  # ordered between the two statements
        raise NotFound
    return cart


def _seen_variant(variant_id: UUID, *, buyer_id: UUID, ship_to: str) -> LineVariant:
    """A variant that this buyer may see. Hidden, withdrawn and unknown ones are answered alike, before anything else is said of them."""
    found = catalogue.variants_for_lines([variant_id])
    variant = found.get(variant_id)
    if variant is None or not variant.is_listed or not variant.is_visible_to(pricing.keys_for(found, buyer_id=buyer_id, ship_to=ship_to)):
        raise NotFound
    if not vendors.facts_of([variant.vendor_id])[variant.vendor_id].is_seen:
        raise NotFound
    return variant


def _check_currency(cart: Cart, price: PricedLine, *, buyer_id: UUID, ship_to: str) -> None:
    """A price list may be in another currency than the shop, so it is the prices that are compared."""
    other = db.session.scalar(select(CartLine).where(CartLine.cart_id == cart.id, CartLine.variant_id != price.variant_id).limit(1))
    if other is None:
        return
    currency = _basket([other], buyer_id=buyer_id, ship_to=ship_to).currency
    if currency != price.currency:
        raise OtherCurrency(cart_currency=currency, line_currency=price.currency)


def _basket(lines: Sequence[CartLine], *, buyer_id: UUID, ship_to: str) -> Basket:
    """Lines of the cart as they would be priced by themselves, samples as samples."""
    samples = Samples(frozenset(line.variant_id for line in lines if line.is_sample))
    return pricing.price_lines([(line.variant_id, line.quantity) for line in lines], buyer_id=buyer_id, ship_to=ship_to, samples=samples)


def _priced(lines: Sequence[CartLine], *, buyer_id: UUID, ship_to: str) -> dict[UUID, PricedLine]:
    return {line.variant_id: line for line in _basket(lines, buyer_id=buyer_id, ship_to=ship_to).lines}


def _mixed_lines(cart: Cart) -> list[CartLine]:
    """The lines whose quantities count together with others of their vendor for the price (product.md 3)."""
    found = select(CartLine).join(Variant, Variant.id == CartLine.variant_id)
    return list(db.session.scalars(found.where(CartLine.cart_id == cart.id, ~CartLine.is_sample, Variant.mix_group.is_not(None))))


def _mixed_prices(cart: Cart, *, buyer_id: UUID, ship_to: str) -> dict[UUID, int]:
    """What they cost now, by variant."""
    lines = _mixed_lines(cart)
    prices = _priced(lines, buyer_id=buyer_id, ship_to=ship_to) if lines else {}
    return {variant_id: line.unit_price_micro for variant_id, line in prices.items()}


def _see_mixed(cart: Cart, before: Mapping[UUID, int], changed: Collection[UUID], *, buyer_id: UUID, ship_to: str) -> None:
    """Prices that the buyer's own act moves, by what counts together, are no change to be told; a vendor's unseen change stays one."""
    prices = _mixed_prices(cart, buyer_id=buyer_id, ship_to=ship_to)
    for line in _mixed_lines(cart) if prices else ():
        if line.variant_id in prices and (line.variant_id in changed or line.shown_price_micro == before.get(line.variant_id)):
            line.shown_price_micro, line.shown_at = prices[line.variant_id], clock.now()


def _checked(wanted: Mapping[UUID, tuple[LineVariant, int]], *, buyer_id: UUID, ship_to: str) -> dict[UUID, PricedLine]:
    """The prices of wanted quantities of base units, when each of them can be ordered. Freight and minimums are the checkout's matter."""
    problems = {
        variant_id: problem
        for variant_id, (variant, quantity) in wanted.items()
        if (problem := check_quantity(quantity, variant.rule, display_factor=variant.display_factor))
    }
    right = [(variant_id, quantity) for variant_id, (_, quantity) in wanted.items() if variant_id not in problems]
    read = {variant_id: variant for variant_id, (variant, _) in wanted.items()}
    basket = pricing.price_lines(right, buyer_id=buyer_id, ship_to=ship_to, variants=read)
    lines = {line.variant_id: line for line in basket.lines}
    seen = vendors.facts_of([part.vendor_id for part in basket.parts])
    if set(lines) != {variant_id for variant_id, _ in right} or not all(seen[part.vendor_id].is_seen for part in basket.parts):
        raise NotFound
    for found in basket.problems:
        if found.code == "not_visible":
            raise NotFound
        if found.code in REFUSED:
            raise NotForSale(found.code, found.text)
        if found.code == "out_of_stock" and found.variant_id is not None:
            variant, quantity = wanted[found.variant_id]
            problems[found.variant_id] = short_of_stock(quantity, variant.rule, found.facts.get("available"), variant.display_factor)
    if problems:
        raise QuantityRefused(problems)
    return lines
