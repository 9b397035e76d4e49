"""Several variants at once into the cart: what can be ordered goes in, the rest is told with its reason."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select

from marketplace.carts.models import Cart, CartLine
from marketplace.carts.quantities import QuantityProblem, besides, check_quantity, in_base_units
from marketplace.carts.queries import FirstLine
from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.queries import LineVariant
from marketplace.core.db import db
from marketplace.pricing import queries as pricing
from marketplace.pricing.basket import Basket, PricedLine, Problem
from marketplace.pricing.samples import Samples
from vendors import queries as vendors

GONE = "product_not_live"
STOPS = frozenset({"vendor_not_selling", "product_not_live", "product_ended", "part_not_sold", "not_visible", "no_price", "out_of_stock"})
Refusal = QuantityProblem | Problem


def held_lines(cart: Cart) -> dict[UUID, CartLine]:
    """The lines of a cart by variant, in the order in which they were added."""
    found = db.session.scalars(select(CartLine).where(CartLine.cart_id == cart.id).order_by(CartLine.added_at, CartLine.id))
    return {line.variant_id: line for line in found}


def wanted_in_all(
    wanted: Mapping[UUID, Decimal], held: Mapping[UUID, CartLine], *, buyer_id: UUID, ship_to: str
) -> tuple[dict[UUID, int], dict[UUID, Refusal]]:
    """(base units with what the cart holds already, refusals) of wanted shown units. Hidden, withdrawn and unknown variants read alike."""
    facts = catalogue.variants_for_lines(wanted)
    sellers = vendors.facts_of(list({variant.vendor_id for variant in facts.values()}))
    keys = pricing.keys_for(facts, buyer_id=buyer_id, ship_to=ship_to)
    totals: dict[UUID, int] = {}
    refused: dict[UUID, Refusal] = {}
    for variant_id, typed in wanted.items():
        variant = facts.get(variant_id)
        if variant is None or not (variant.is_listed and variant.is_visible_to(keys) and sellers[variant.vendor_id].is_seen):
            refused[variant_id] = Problem(GONE, variant_id)
            continue
        found = _total(typed, variant, held[variant_id].quantity if variant_id in held else 0)
        if isinstance(found, QuantityProblem):
            refused[variant_id] = found
        else:
            totals[variant_id] = found
    return totals, refused


def _total(typed: Decimal, variant: LineVariant, held: int) -> int | QuantityProblem:
    base = in_base_units(typed, display_factor=variant.display_factor)
    if isinstance(base, QuantityProblem):
        return base
    problem = check_quantity(base + held, variant.rule, display_factor=variant.display_factor)
    return besides(problem, held=held, display_factor=variant.display_factor) if problem and held else problem or base + held


def priced_together(
    totals: Mapping[UUID, int], held: Mapping[UUID, CartLine], *, buyer_id: UUID, ship_to: str
) -> tuple[dict[UUID, PricedLine], dict[UUID, Refusal]]:
    """Prices of the new totals beside the rest of the cart, whose currency counts; and what cannot be ordered now."""
    rest = [line for line in held.values() if line.variant_id not in totals]
    samples = Samples(frozenset(line.variant_id for line in rest if line.is_sample))
    lines = [*((line.variant_id, line.quantity) for line in rest), *totals.items()]
    basket = pricing.price_lines(lines, buyer_id=buyer_id, ship_to=ship_to, samples=samples)
    refused = stopped(basket)
    prices = {line.variant_id: line for line in basket.lines if line.variant_id in totals and line.variant_id not in refused}
    return prices, {variant_id: why for variant_id, why in refused.items() if variant_id in totals}


def priced_beside(
    first: FirstLine | None, wanted: Sequence[tuple[UUID, int]], *, ready: Collection[UUID], buyer_id: UUID, ship_to: str
) -> tuple[dict[UUID, PricedLine], dict[UUID, Refusal]]:
    """(prices, refusals) of base units that may join a cart which begins with `first`, as they are told before anything is added.

    The cart's currency counts; where it is empty, the one in which most of the `ready` can be ordered, of equals the first.
    """
    head = [] if first is None else [(first.variant_id, next((base for each, base in wanted if each == first.variant_id), first.quantity))]
    samples = Samples(frozenset([first.variant_id]) if first and first.is_sample else frozenset())

    def price(rest: Iterable[tuple[UUID, int]]) -> Basket:
        lines = [*head, *(line for line in rest if first is None or line[0] != first.variant_id)]
        return pricing.price_lines(lines, buyer_id=buyer_id, ship_to=ship_to, samples=samples)

    basket = price(wanted)
    currencies = {line.variant_id: part.currency for part in basket.parts for line in part.lines}
    leading = Counter(currencies[each] for each in ready if each in currencies).most_common(1)
    if first is None and leading and leading[0][0] != basket.currency:
        # The first line gives a cart its currency: one odd row on top must not refuse all others.
        wanted = sorted(wanted, key=lambda line: currencies.get(line[0]) != leading[0][0])
        basket = price(wanted)
    prices, refused = {line.variant_id: line for line in basket.lines}, stopped(basket)
    if refused:
        # What cannot be ordered is not shipped: a million pieces too many must not take the day of arrival from the others.
        prices |= {line.variant_id: line for line in price(line for line in wanted if line[0] not in refused).lines}
    named = {variant_id for variant_id, _ in wanted}
    return {each: line for each, line in prices.items() if each in named}, {each: why for each, why in refused.items() if each in named}


def stopped(basket: Basket) -> dict[UUID, Refusal]:
    """The lines that cannot go into a cart, with the first reason. Freight and minimums are the checkout's matter."""
    refused: dict[UUID, Refusal] = {}
    for part in basket.parts:
        own = next((p for p in part.own_problems if p.code in STOPS or p.code == "other_currency"), None)
        for line in part.lines:
            why = own or next((problem for problem in line.problems if problem.code in STOPS), None)
            if why is not None:
                refused[line.variant_id] = why
    return refused
