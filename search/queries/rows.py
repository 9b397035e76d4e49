"""Variants as the index reads them: seven statements for any number of them."""

from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, literal, select

from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.attributes import Definition
from marketplace.catalogue.models import AttributeKind, PriceTier, Product, ProductState, Supply, Variant
from marketplace.catalogue.queries.lines import free_stock
from marketplace.core.db import db
from marketplace.core.money import divide_half_up
from marketplace.pricing.queries import Rate, rates
from search.documents import AttributeValue, IndexRow, attribute_key
from search.models import SearchVersion
from search.queries.tree import Tree, category_tree
from search.rebuilding import Standing

QUANTITY_SCALE = 1_000
"""Quantities in the index count thousandths of the display unit: 2.5 m is 2,500 and 5 pieces are 5,000, so that one quantity of a
buyer means the same for goods by the piece and by the metre."""
PRICE_SCALE = 1_000
LANGUAGES = ("en", "zh-Hans")


def in_ids(column: Any, ids: Iterable[UUID]) -> Any:
    """`column = ANY(array)`: one parameter for any number of ids."""
    return column == any_(literal(list(ids), ARRAY(Uuid)))


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


def products_for_index(versions: Mapping[UUID, int], known: MutableMapping[str, Definition] | None = None) -> list[IndexRow]:
    """Rows of these variants with the given versions; what is gone or not for sale is not `listed`.

    `known` keeps attribute definitions between calls: a catalogue has thousands of them.
    """
    known = {} if known is None else known
    rows = db.session.execute(
        select(
            Variant.id, Variant.product_id, Product.vendor_id, Product.state, Variant.is_active, Product.category_id, Product.title,
            Product.description, Product.keywords, Product.attributes, Variant.attributes.label("own"), Product.visibility,
            Product.published_at, Product.currency, Variant.item_id, Variant.sku, Variant.label, Variant.brand, Variant.mpn,
            Variant.gtin, Variant.codes, Variant.minimum_quantity, Variant.price_per, Variant.display_factor, Variant.lead_time,
            Variant.supply, Variant.sample,
        )
        .join(Product, Product.id == Variant.product_id)
        .where(in_ids(Variant.id, versions))
    ).all()  # fmt: skip
    used = {code for row in rows for part in (row.attributes, row.own) for code in part if code not in known}
    known.update(catalogue.definitions_by_code(used))
    tree, known_rates, tiers = category_tree(), rates(), _tiers(versions)
    free = free_stock(row.id for row in rows if row.supply is Supply.STOCK)
    reader = _Reader(tree, known, known_rates, tiers, free)
    found = [reader.row(row, versions[row.id]) for row in rows]
    here = {row.variant_id for row in found}
    # A variant that no longer exists still has a version: its tombstone goes out.
    return found + [
        IndexRow(variant_id, variant_id, variant_id, version, {}, "", listed=False)
        for variant_id, version in versions.items()
        if variant_id not in here
    ]


def platform_micro(unit_price_micro: int, price_per: int, display_factor: int, rate: Rate) -> int:
    """A price in millionths of the platform's currency per 1,000 display units, rounded half up.

    For goods by the piece that is 1,000 pieces, for cable 1,000 metres: one price range means the same for both.
    """
    price = Fraction(unit_price_micro * PRICE_SCALE * display_factor, price_per) * Fraction(rate.rate)
    return divide_half_up(price.numerator, price.denominator)


def scaled(quantity: int | Decimal, display_factor: int) -> int:
    """A quantity of base units in the index's unit."""
    return int(quantity * QUANTITY_SCALE // display_factor)


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


@dataclass(frozen=True, slots=True)
class _Reader:
    """What a batch shares: the tree, definitions, rates, and tiers and free stock of its variants."""

    tree: Tree
    known: Mapping[str, Definition]
    rates: Mapping[str, Rate]
    tiers: Mapping[UUID, list[tuple[int, int]]]
    free: Mapping[UUID, int]
    values: dict[tuple[str, type, Any], AttributeValue] = field(default_factory=dict)

    def row(self, row: Any, version: int) -> IndexRow:
        """One variant."""
        factor, rate = row.display_factor, self.rates.get(row.currency)
        category = self.tree.by_id.get(row.category_id)
        attributes = {**row.attributes, **row.own}
        return IndexRow(
            variant_id=row.id,
            product_id=row.product_id,
            vendor_id=row.vendor_id,
            version=version,
            titles=row.title,
            sku=row.sku,
            listed=row.is_active and row.state is ProductState.LIVE,
            item_id=row.item_id,
            categories=self.tree.slugs(row.category_id),
            category_names=category.names if category else (),
            label=row.label or "",
            descriptions=row.description,
            keywords=tuple(row.keywords),
            brand=row.brand or "",
            mpn=row.mpn or "",
            codes=tuple(code for code in (row.gtin, *row.codes) if code),
            attributes={attribute_key(code): self.attribute(code, entry["v"]) for code, entry in attributes.items() if code in self.known},
            # Without a rate there is no price to compare by: unknown, not zero.
            tiers=tuple(
                (scaled(start, factor), platform_micro(price, row.price_per, factor, rate)) for start, price in self.tiers.get(row.id, ())
            )
            if rate
            else (),
            minimum=scaled(row.minimum_quantity, factor),
            lead_times=tuple(
                (None if up_to is None else scaled(up_to, factor), days_from if days_to is None else days_to)
                for up_to, days_from, days_to in row.lead_time
            ),
            in_stock=self.free.get(row.id, 0) > 0,
            sample=row.sample is not None,
            visibility=tuple(row.visibility),
            published_at=row.published_at,
        )

    def attribute(self, code: str, value: Any) -> AttributeValue:
        """One value with its words. Values repeat: most of a catalogue is black."""
        key = (code, type(value), value)
        found = self.values.get(key)
        if found is None:
            found = self.values[key] = _attribute(self.known[code], value)
        return found


def _attribute(definition: Definition, value: Any) -> AttributeValue:
    texts: tuple[str, ...] = ()
    if definition.kind is AttributeKind.CHOICE:
        names = definition.choice_name(str(value))
        texts = tuple(names[language] for language in LANGUAGES if language in names) or tuple(names.values())
    name = " ".join(definition.name[language] for language in LANGUAGES if language in definition.name) if value is True else ""
    return AttributeValue(value, definition.unit, texts, name)
