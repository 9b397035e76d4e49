"""What pricing needs to know of a variant. Public facts only; whether a reader may see it is `visibility` against his keys."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from pydantic_core import from_json
from sqlalchemy import BigInteger, Text, any_, cast, false, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.orm import aliased

from marketplace.catalogue.drawings import picture_key
from marketplace.catalogue.models import KitPart, Place, PriceTier, Product, ProductState, Stock, Supply, Variant
from marketplace.catalogue.prices import lead_days
from marketplace.catalogue.quantities import QuantityRule
from marketplace.core import arrays, clock
from marketplace.core.db import ask, db, fixed, holds_any, ids_text, one_of_ids

MONTH_DAYS = 30
"""Of a month's capacity"""


class LineVariant(NamedTuple):
    """A variant as a line of a basket needs it. Quantities in base units, `tiers` [(from, unit_price_micro)] rising.

    `available` is what is free in the vendor's default place; None for goods made to order. `drawing` is an illustration's key: the name
    of a drawing, or of a photo (`drawings.picture_key`).
    """

    variant_id: UUID
    product_id: UUID
    product_version: int
    product_slug: str
    product_code: str
    product_state: ProductState
    visibility: tuple[str, ...]
    vendor_id: UUID
    category_id: UUID
    sku: str
    label: str | None
    title: Mapping[str, Any]
    drawing: str | None
    item_id: UUID | None
    unit: str
    display_unit: str
    display_factor: int
    rule: QuantityRule
    price_per: int
    currency: str
    tiers: tuple[tuple[int, int], ...]
    supply: Supply
    lead_time: tuple[tuple[int | None, int | None, int | None], ...]
    weight_g: Decimal | None
    available: int | None
    is_active: bool
    mix_group: str | None = None
    """Variants of the vendor with the same name here count together for the tier."""
    back_order_on: date | None = None
    back_order_days: int = 0
    """Days from today until more is there, for a variant that takes back-orders."""
    last_time_buy_on: date | None = None
    hs_code: str | None = None
    is_reviewed: bool = False
    """Whether there are reviews of the product to ask for."""
    capacity_month: int | None = None
    """What the vendor makes of it in a month, in base units."""
    missing_part: str | None = None
    """Of a kit the SKU of a part that cannot be bought now: then the kit cannot, either."""

    @property
    def takes_back_orders(self) -> bool:
        """Whether more can be ordered than is there."""
        return self.available is not None and self.back_order_on is not None

    @property
    def is_listed(self) -> bool:
        """Whether the listing itself is for sale; the vendor's state is another question."""
        return self.is_active and self.product_state is ProductState.LIVE

    def is_short(self, quantity: int) -> bool:
        """Whether more is wanted than is there, and the vendor takes no order for what is still to come."""
        return self.available is not None and quantity > self.available and not self.takes_back_orders

    def lead_days(self, quantity: int) -> tuple[int, int] | None:
        """(days from, days to) until a quantity is ready; None when the vendor does not say, or has less and takes no order for more.

        What is not there waits for it to come in; what is more than a month makes is ready with the last month that it takes.
        """
        if self.is_short(quantity):
            return None
        days = lead_days(self.lead_time, quantity)
        is_waited_for = self.takes_back_orders and self.available is not None and quantity > self.available
        later = self.back_order_days if is_waited_for else (self.months_of_capacity(quantity) - 1) * MONTH_DAYS
        return (days[0] + later, days[1] + later) if days else None

    def months_of_capacity(self, quantity: int) -> int:
        """How many months' capacity a quantity takes, begun ones whole; 1 where the vendor states none, or has it in stock."""
        if self.available is not None or not self.capacity_month:
            return 1
        return max(1, -(-quantity // self.capacity_month))

    def is_ended(self, on: date) -> bool:
        """Whether the last day to order it is over."""
        return self.last_time_buy_on is not None and on > self.last_time_buy_on

    def is_visible_to(self, keys: frozenset[str]) -> bool:
        """Whether a reader with these keys (`visibility.keys_of`) may see it."""
        return not keys.isdisjoint(self.visibility)


# As text, which is read once for all listings that have the same: the driver would take it apart for each row of each page.
_tiers = (
    select(cast(func.array_agg(array([PriceTier.from_quantity, PriceTier.unit_price_micro]), type_=ARRAY(BigInteger)), Text))
    .where(PriceTier.variant_id == Variant.id)
    .scalar_subquery()
)
# By the variant's own rows, each of which looks up its place: in a join the server reads the places of all vendors for each variant.
FREE = (
    select(Stock.on_hand - Stock.reserved)
    .where(Stock.variant_id == Variant.id, select(Place.is_default).where(Place.id == Stock.place_id).scalar_subquery())
    .scalar_subquery()
)
"""What is on hand of a variant and not promised, in the default place; none where nothing was ever counted, and of no use for a kit"""
HAS_PARTS = holds_any(select(KitPart.kit_id).where(KitPart.kit_id == Variant.id))
LINE_COLUMNS = (
    Variant.id, Product.id, Product.version, Product.slug, Product.code, Product.state, cast(Product.visibility, Text), Product.vendor_id,
    Product.category_id, Variant.sku, Variant.label, cast(Product.title, Text), Product.drawing, Product.picture_id, Variant.item_id,
    Variant.unit, Variant.display_unit, Variant.display_factor, Variant.minimum_quantity, Variant.increment,
    Variant.maximum_quantity, Variant.price_per, Product.currency, _tiers, Variant.supply, cast(Variant.lead_time, Text), Variant.weight_g,
    Variant.is_active, Variant.mix_group, Variant.back_order_on, Variant.last_time_buy_on, Variant.hs_code,
    Product.is_reviewed, Variant.capacity_month, FREE, HAS_PARTS,
)  # fmt: skip
"""What `lines_of_rows` makes a line of, for statements that read variants with their listings."""
_FREE, IS_KIT = len(LINE_COLUMNS) - 2, len(LINE_COLUMNS) - 1
_lines = fixed(select(*LINE_COLUMNS).join(Product, Product.id == Variant.product_id).where(Variant.id == one_of_ids()))
STATES, SUPPLIES = {state.value: state for state in ProductState}, {supply.value: supply for supply in Supply}


NO_PARTS = (0, None)
"""Of a kit whose parts are not found."""
KEPT = 50_000
"""Texts of columns that are kept with what they mean, of each kind."""


_rule = lru_cache(maxsize=KEPT)(QuantityRule)
"""What can be ordered: a catalogue has few such rules."""


@lru_cache(maxsize=KEPT)
def _title(written: str) -> Mapping[str, Any]:
    found: dict[str, Any] = from_json(written)
    return found


@lru_cache(maxsize=KEPT)
def _keys(written: str) -> tuple[str, ...]:
    """`{all,company:…}`: keys need no quotes in an array, whatever they are of."""
    return tuple(key for key in written[1:-1].split(",") if key)


@lru_cache(maxsize=KEPT)
def _ladder(written: str | None) -> tuple[tuple[int, int], ...]:
    """`{{1,500000},{100,400000}}`, in whatever order."""
    if written is None:
        return ()
    numbers = [int(number) for number in written.replace("{", "").replace("}", "").split(",")]
    return tuple(sorted(zip(numbers[::2], numbers[1::2], strict=True)))


@lru_cache(maxsize=KEPT)
def _bands(written: str) -> tuple[tuple[int | None, int | None, int | None], ...]:
    return tuple((band[0], band[1], band[2]) for band in from_json(written))


def variants_for_lines(variant_ids: Iterable[UUID]) -> dict[UUID, LineVariant]:
    """Facts of variants by id, whatever their state; unknown ids are absent. One statement for any number, two where a kit is among them."""
    wanted = set(variant_ids)
    if not wanted:
        return {}
    return lines_of_rows(ask(_lines, {"ids": ids_text(wanted)}).all())


def lines_of_rows(rows: Sequence[Sequence[Any]]) -> dict[UUID, LineVariant]:
    """Lines by variant of rows that begin with `LINE_COLUMNS`. Asks once more where a kit is among them."""
    today = clock.now().date()
    kits = _kits((row[0] for row in rows if row[IS_KIT]), today) if any(row[IS_KIT] for row in rows) else {}
    return {row[0]: _line_variant(row, kits.get(row[0], NO_PARTS) if row[IS_KIT] else (row[_FREE], None), today) for row in rows}


def _kits(kit_ids: Iterable[UUID], today: date) -> dict[UUID, tuple[int, str | None]]:
    """Of each kit how many the scarcest of its stocked parts allows, and a part that is not on sale: in review, paused, withdrawn, ended."""
    part, free = aliased(Variant), func.coalesce(Stock.on_hand - Stock.reserved, 0)
    is_over = func.coalesce(part.last_time_buy_on < today, false())
    rows = db.session.execute(
        select(
            KitPart.kit_id,
            func.coalesce(func.min(free // KitPart.quantity).filter(part.supply == Supply.STOCK), 0),
            func.min(part.sku).filter(~part.is_active | (Product.state != ProductState.LIVE) | is_over),
        )
        .join(part, part.id == KitPart.part_id)
        .join(Product, Product.id == part.product_id)
        .outerjoin(Place, (Place.vendor_id == part.vendor_id) & Place.is_default)
        .outerjoin(Stock, (Stock.variant_id == part.id) & (Stock.place_id == Place.id))
        .where(KitPart.kit_id == any_(arrays.ids(None, kit_ids)))
        .group_by(KitPart.kit_id)
    )
    return {kit_id: (int(least), missing) for kit_id, least, missing in rows}


def free_stock(variant_ids: Iterable[UUID]) -> dict[UUID, int]:
    """What is on hand and not promised, in the default places, in base units; of a kit as many as the scarcest of its parts allows."""
    part = aliased(Variant)
    lies = (Stock.variant_id == func.coalesce(KitPart.part_id, Variant.id)) & (Stock.place_id == Place.id)
    free = func.coalesce(Stock.on_hand - Stock.reserved, 0)
    rows = db.session.execute(
        select(Variant.id, func.min(free // func.coalesce(KitPart.quantity, 1)))
        .join(Place, (Place.vendor_id == Variant.vendor_id) & Place.is_default)
        .outerjoin(KitPart, KitPart.kit_id == Variant.id)
        .outerjoin(part, part.id == KitPart.part_id)
        .outerjoin(Stock, lies)
        .where(Variant.id == any_(arrays.ids(None, variant_ids)), or_(part.id.is_(None), part.supply == Supply.STOCK))
        .group_by(Variant.id)
    )
    return {variant_id: int(free) for variant_id, free in rows}


def _line_variant(row: Any, there: tuple[int | None, str | None], today: date) -> LineVariant:
    free, missing_part = there
    (
        variant_id, product_id, version, slug, code, state, visibility, vendor_id, category_id, sku, label, title, drawing, picture_id,
        item_id, unit, display_unit, display_factor, minimum, increment, maximum, price_per, currency, tiers, supply, lead_time,
        weight_g, is_active, mix_group, back_order_on, last_time_buy_on, hs_code, is_reviewed, capacity_month, _stock,
        _is_kit,
    ) = row[: len(LINE_COLUMNS)]  # fmt: skip
    # In the order of the fields: naming thirty of them takes longer than reading them.
    return LineVariant._make((
        variant_id, product_id, version, slug, code, STATES[state], _keys(visibility), vendor_id, category_id, sku, label, _title(title),
        picture_key(picture_id) or drawing, item_id, unit, display_unit, display_factor, _rule(minimum, increment, maximum),
        price_per, currency, _ladder(tiers), SUPPLIES[supply], _bands(lead_time), weight_g,
        int(free or 0) if supply == Supply.STOCK else None, is_active, mix_group, back_order_on,
        max(0, (back_order_on - today).days) if back_order_on else 0, last_time_buy_on, hs_code, is_reviewed,
        capacity_month, missing_part,
    ))  # fmt: skip
