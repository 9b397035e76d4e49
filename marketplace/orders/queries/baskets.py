"""What a cart costs when it is ordered."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from marketplace.orders.queries.facts import vendors_ordered_from
from marketplace.orders.queries.samples import samples_of
from marketplace.pricing import queries as pricing
from marketplace.pricing.basket import Basket


def price_cart(
    lines: Sequence[tuple[UUID, int]],
    *,
    buyer_id: UUID,
    ship_to: str,
    location_id: UUID | None = None,
    methods: Mapping[UUID, str] | None = None,
    samples: Collection[UUID] = (),
) -> Basket:
    """Price (variant, base units) pairs as an order is priced: with the reorder minimum of vendors that have taken an order before.

    `location_id` is the delivery address, by default the buyer's first; `methods` are the chosen shipping methods by vendor; `samples`
    are the variants of which a sample is ordered.
    """
    return pricing.price_lines(
        lines,
        buyer_id=buyer_id,
        ship_to=ship_to,
        location_id=location_id,
        known_vendors=frozenset(vendors_ordered_from(buyer_id)),
        methods=methods,
        samples=samples_of(buyer_id, [variant_id for variant_id, _ in lines], wanted=samples),
    )
