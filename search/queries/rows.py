"""Variants as the index reads them: eight statements for any number of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple
from uuid import UUID

from pydantic_core import from_json
from sqlalchemy import Text, and_, any_, cast, func, or_, select, type_coerce
from sqlalchemy.orm import aliased
from sqlalchemy.types import NullType

from marketplace.catalogue.models import KitPart, PriceTier, Product, ProductState, Supply, Variant
from marketplace.catalogue.queries.lines import FREE, HAS_PARTS, free_stock
from marketplace.core import arrays, clock
from marketplace.core.db import db
from marketplace.core.forms import one_line
from marketplace.core.money import divide_half_up
from marketplace.pricing.queries import Rate, rates
from search import lead_times
from search.documents import IndexRow, axes_of, turn_of
from search.lead_times import Bands
from search.models import SearchVersion
from search.queries.known import EMPTY, Known
from search.queries.tree import Tree, category_tree
from search.rebuilding import Standing

QUANTITY_SCALE = 1_000
"""Quantities in the index count thousandths of the display unit: 2.5 m is 2,500 and 5 pieces are 5,000, so that one quantity of a
buyer means the same for goods by the piece and by the metre."""
PRICE_SCALE = 1_000
_part, _of_part = aliased(Variant), aliased(Product)
LISTED = and_(
    Variant.is_active,
    Product.state == ProductState.LIVE,
    ~select(KitPart.kit_id)
    .join(_part, _part.id == KitPart.part_id)
    .join(_of_part, _of_part.id == _part.product_id)
    .where(KitPart.kit_id == Variant.id, or_(~_part.is_active, _of_part.state != ProductState.LIVE))
    .exists(),
)
"""Whether a variant, joined with its product, can be bought as far as its vendor goes; a kit only while each of its parts can."""


def in_ids(column: Any, ids: Iterable[UUID]) -> Any:
    """`column = ANY(array)`: one parameter for any number of ids."""
    return column == any_(arrays.ids(None, ids))


def standings() -> dict[UUID, Standing]:
    """What the index should hold of every variant that was ever indexed."""
    rows = db.session.execute(select(SearchVersion.variant_id, SearchVersion.version, SearchVersion.is_live))
    return {variant_id: Standing(version, is_live) for variant_id, version, is_live in rows}


def products_of(variant_ids: Iterable[UUID]) -> set[UUID]:
    """The products that these variants stand on, as they were last indexed."""
    return set(db.session.scalars(select(SearchVersion.product_id).where(in_ids(SearchVersion.variant_id, variant_ids)).distinct()))


def unversioned_products() -> list[UUID]:
    """Products with a variant that has no version yet: they have never been indexed."""
    missing = (
        select(Variant.product_id)
        .outerjoin(SearchVersion, SearchVersion.variant_id == Variant.id)
        .where(SearchVersion.variant_id.is_(None))
        .distinct()
    )
    return list(db.session.scalars(missing))


def misjudged_products() -> list[UUID]:
    """Products with a variant that is for sale though it was last indexed as gone, or the other way round: a change was never marked."""
    query = (
        select(SearchVersion.product_id)
        .join(Variant, Variant.id == SearchVersion.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(SearchVersion.is_live.is_distinct_from(LISTED))
        .distinct()
    )
    return list(db.session.scalars(query))


def with_kits(product_ids: Iterable[UUID]) -> list[UUID]:
    """These products, and those of the kits that their variants are parts of: what is true of a part is true of the kit."""
    wanted = set(product_ids)
    kit = aliased(Variant)
    kits = (
        select(kit.product_id)
        .join(KitPart, KitPart.kit_id == kit.id)
        .join(Variant, Variant.id == KitPart.part_id)
        .where(in_ids(Variant.product_id, wanted))
    )
    return list(wanted.union(db.session.scalars(kits)))


class _Row(NamedTuple):
    """A variant as the statement below gives it, in its order. Thirty names of a result's own row are looked up in eight microseconds, of
    this in half of one.
    """

    id: UUID
    product_id: UUID
    vendor_id: UUID
    category_id: UUID
    listed: bool
    title: str
    description: str
    keywords: list[str]
    attributes: str
    own: str
    visibility: list[str]
    published_at: datetime | None
    currency: str
    sku: str
    label: str | None
    brand: str | None
    mpn: str | None
    gtin: str | None
    codes: list[str]
    minimum_quantity: int
    price_per: int
    display_factor: int
    lead_time: str
    is_stocked: bool
    back_order_on: date | None
    capacity_month: int | None
    has_sample: bool
    free: int | None
    has_parts: bool


def products_for_index(versions: Mapping[UUID, int], known: Known | None = None) -> list[IndexRow]:
    """Rows of these variants with the given versions; what is gone or not for sale is not `listed`.

    `known` spares reading between calls.
    """
    known = Known() if known is None else known
    # JSON comes as text, since most of it is the same short words again and again: `{}`, one lead time, … The session would go through
    # thirty values a row once more to see whether one of them is an object.
    answer = db.session.connection().execute(
        select(
            Variant.id, Variant.product_id, Product.vendor_id, Product.category_id,
            LISTED,
            cast(Product.title, Text), cast(Product.description, Text), _list(Product.keywords), cast(Product.attributes, Text),
            cast(Variant.attributes, Text).label("own"), _list(Product.visibility), Product.published_at, Product.currency, Variant.sku, Variant.label,
            Variant.brand, Variant.mpn, Variant.gtin, _list(Variant.codes), Variant.minimum_quantity, Variant.price_per, Variant.display_factor,
            cast(Variant.lead_time, Text), Variant.supply == Supply.STOCK, Variant.back_order_on, Variant.capacity_month,
            Variant.sample.is_not(None), FREE, HAS_PARTS,
        )
        .join(Product, Product.id == Variant.product_id)
        .where(in_ids(Variant.id, versions))
    ).all()  # fmt: skip
    rows = list(map(_Row._make, answer))
    kits = [row.id for row in rows if row.is_stocked and row.has_parts]
    free = free_stock(kits) if kits else {}
    families = _families({row.product_id for row in rows})
    own = chain((row.own for row in rows), *(family.stored for family in families.values()))
    known.learn({stored for stored in chain((row.attributes for row in rows), own) if stored != EMPTY})
    # Read here and now: a rate that was written with the mark that led here is in the document.
    today = clock.now().date()
    reader = _Reader(category_tree(), known, rates(on=today), _tiers(versions), free, families, today)
    found = [reader.row(row, versions[row.id]) for row in rows]
    here = {row.variant_id for row in found}
    # A variant that no longer exists still has a version: its tombstone goes out.
    return found + [
        IndexRow(variant_id, variant_id, variant_id, version, {}, "", listed=False)
        for variant_id, version in versions.items()
        if variant_id not in here
    ]


def _list(column: Any) -> Any:
    """A text array as the driver reads it: the ORM would copy it word by word."""
    return type_coerce(column, NullType())


@lru_cache(maxsize=1_000)
def _lead_times(text: str, factor: int) -> Bands:
    return lead_times.in_order(
        (None if up_to is None else scaled(up_to, factor), days_from if days_to is None else days_to)
        for up_to, days_from, days_to in from_json(text)
    )


def platform_micro(unit_price_micro: int, price_per: int, display_factor: int, rate: Rate) -> int:
    """A price in millionths of the platform's currency per 1,000 display units, rounded half up.

    For goods by the piece that is 1,000 pieces, for cable 1,000 metres: one price range means the same for both.
    """
    above, below = rate.rate.as_integer_ratio()
    return divide_half_up(unit_price_micro * PRICE_SCALE * display_factor * above, price_per * below)


def scaled(quantity: int | Decimal, display_factor: int) -> int:
    """A quantity of base units in the index's unit."""
    return int(quantity * QUANTITY_SCALE // display_factor)


def scaled_from(quantity: int, display_factor: int) -> int:
    """The least quantity in the index's unit that, rounded up to whole base units, reaches a quantity: 2.5 pieces are 3."""
    return scaled(quantity - 1, display_factor) + 1


def _tiers(variant_ids: Iterable[UUID]) -> dict[UUID, list[tuple[int, int]]]:
    tiers: dict[UUID, list[tuple[int, int]]] = {}
    rows = db.session.execute(
        select(PriceTier.variant_id, PriceTier.from_quantity, PriceTier.unit_price_micro)
        .where(in_ids(PriceTier.variant_id, variant_ids))
        .order_by(PriceTier.variant_id, PriceTier.from_quantity)
    )
    for variant_id, start, price in rows:
        tiers.setdefault(variant_id, []).append((start, price))
    return tiers


@dataclass(slots=True)
class Family:
    """The variants on sale of one product that has several."""

    turns: dict[UUID, int] = field(default_factory=dict)
    """How far each is from the middle of the listing."""
    stored: list[str] = field(default_factory=list)
    """The own attributes of each, as JSON."""
    axes: Mapping[str, frozenset[str]] | None = None
    """What tells the values apart in which they differ, once it was asked for."""


def _families(product_ids: Iterable[UUID]) -> dict[UUID, Family]:
    """The variants beside each other, of products with more than one."""
    place = func.row_number().over(partition_by=Variant.product_id, order_by=(Variant.position, Variant.id)) - 1
    count = func.count().over(partition_by=Variant.product_id)
    variants = (
        select(Variant.product_id, Variant.id, place.label("place"), count.label("count"), cast(Variant.attributes, Text))
        .where(in_ids(Variant.product_id, product_ids), Variant.is_active)
        .subquery()
    )
    families: dict[UUID, Family] = {}
    for product_id, variant_id, at, several, own in db.session.execute(select(variants).where(variants.c.count > 1)):
        family = families.setdefault(product_id, Family())
        family.turns[variant_id] = turn_of(at, several)
        family.stored.append(own)
    return families


@dataclass(frozen=True, slots=True)
class _Reader:
    """What a batch shares: the tree, definitions, rates, tiers of its variants, how many of its kits there are, the families of its
    products, and the day.
    """

    tree: Tree
    known: Known
    rates: Mapping[str, Rate]
    tiers: Mapping[UUID, list[tuple[int, int]]]
    free_kits: Mapping[UUID, int]
    families: Mapping[UUID, Family]
    today: date

    def row(self, row: _Row, version: int) -> IndexRow:
        """One variant; of its attributes and its product's, its own count for more."""
        factor, rate = row.display_factor, self.rates.get(row.currency)
        category, family = self.tree.by_id.get(row.category_id), self.families.get(row.product_id)
        minimum, available = scaled_from(row.minimum_quantity, factor), 0
        bands = lead_times.from_minimum(_lead_times(row.lead_time, factor), minimum)
        if row.is_stocked:
            free = (self.free_kits.get(row.id) if row.has_parts else row.free) or 0
            available = scaled(free, factor) if free >= row.minimum_quantity else 0
            bands = lead_times.from_stock(bands, available, max(0, (row.back_order_on - self.today).days) if row.back_order_on else None)
        elif row.capacity_month:
            bands = lead_times.made(bands, max(1, scaled(row.capacity_month, factor)), minimum)
        return IndexRow(
            variant_id=row.id,
            product_id=row.product_id,
            vendor_id=row.vendor_id,
            version=version,
            titles=from_json(row.title),
            sku=row.sku,
            listed=row.listed,
            categories=self.tree.slugs(row.category_id),
            category_names=category.names if category else (),
            label=row.label or "",
            descriptions=from_json(row.description) if row.description != EMPTY else {},
            keywords=tuple(row.keywords),
            brand=one_line(row.brand or ""),
            mpn=row.mpn or "",
            codes=tuple(code for code in (row.gtin, *row.codes) if code),
            attributes=self.known.attributes(row.attributes) | self.known.attributes(row.own),
            # Without a rate there is no price to compare by: unknown, not zero.
            tiers=tuple(
                [
                    (scaled_from(start, factor), platform_micro(price, row.price_per, factor, rate))
                    for start, price in self.tiers.get(row.id, ())
                ]
            )
            if rate
            else (),
            minimum=minimum,
            lead_times=bands,
            available=available,
            sample=row.has_sample,
            visibility=tuple(row.visibility),
            published_at=row.published_at,
            turn=family.turns.get(row.id, 0) if family else 0,
            axes=self.axes(family) if family else {},
        )

    def axes(self, family: Family) -> Mapping[str, frozenset[str]]:
        """Key of each attribute in which variants differ → what tells their values apart; made once for a family."""
        if family.axes is None:
            family.axes = axes_of(map(self.known.attributes, family.stored))
        return family.axes
