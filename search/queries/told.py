"""What is stored of variants beside what a hit shows: read only for hits whose title does not say for sure why they are there."""

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Text, case, cast, func, literal_column, select, true
from sqlalchemy.orm import aliased

from marketplace.catalogue.models import Product, Variant
from marketplace.core.db import ask, fixed, ids_text, one_of_ids


class Told(NamedTuple):
    """Everything that words are found in; description and attributes as the JSON that is stored. It stands for a version of the listing."""

    codes: tuple[str, ...]
    brand: str
    category_id: UUID
    keywords: tuple[str, ...]
    description: str
    attributes: str
    own_attributes: str
    """The variant's own, which count for more"""
    family: str
    """[[code, value], …] of all variants of the product, each value once, stored as attributes are."""


_beside = aliased(Variant)
_value = func.jsonb_each(_beside.attributes).table_valued("key", "value")
_family = (
    select(cast(func.jsonb_agg(func.jsonb_build_array(_value.c.key, _value.c.value).distinct()), Text))
    .select_from(_beside)
    .join(_value, true())
    .where(_beside.product_id == Variant.product_id, _beside.is_active)
    .scalar_subquery()
)
# What has no values of its own stands alone, mostly: twenty looks for others took as long as the rest of the statement.
_family_of_one = case((cast(Variant.attributes, Text) != literal_column("'{}'"), _family))
_told = fixed(
    select(
        Variant.id, Variant.mpn, Variant.gtin, Variant.codes, Variant.brand, Product.category_id, Product.keywords,
        cast(Product.description, Text), cast(Product.attributes, Text), cast(Variant.attributes, Text), _family_of_one,
    )
    .join(Product, Product.id == Variant.product_id)
    .where(Variant.id == one_of_ids())
)  # fmt: skip


def told_of(variant_ids: Iterable[UUID]) -> dict[UUID, Told]:
    """What is stored of variants, in one statement. Public; the caller has asked who may see them."""
    return {
        variant_id: Told(
            tuple(code for code in (mpn, gtin, *codes) if code),
            brand or "",
            category_id,
            tuple(keywords),
            description,
            shared,
            own,
            family or "[]",
        )
        for variant_id, mpn, gtin, codes, brand, category_id, keywords, description, shared, own, family in ask(
            _told, {"ids": ids_text(variant_ids)}
        )
    }
