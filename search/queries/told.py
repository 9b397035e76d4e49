"""What is stored of a variant beside what a hit shows: read where somebody asks why it was found."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Text, bindparam, cast, func, select, true
from sqlalchemy.orm import aliased

from marketplace.catalogue.models import Product, Variant
from marketplace.core.db import ask, fixed


class Told(NamedTuple):
    """Everything that words are found in; description and attributes as the JSON that is stored."""

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
_told = fixed(
    select(
        Variant.mpn, Variant.gtin, Variant.codes, Variant.brand, Product.category_id, Product.keywords,
        cast(Product.description, Text), cast(Product.attributes, Text), cast(Variant.attributes, Text), _family,
    )
    .join(Product, Product.id == Variant.product_id)
    .where(Variant.id == bindparam("id"))
)  # fmt: skip


def told_of(variant_id: UUID) -> Told | None:
    """What is stored of a variant. Public; the caller has asked who may see it."""
    row = ask(_told, {"id": variant_id}).first()
    if row is None:
        return None
    mpn, gtin, codes, brand, category_id, keywords, description, shared, own, family = row
    every = tuple(code for code in (mpn, gtin, *codes) if code)
    return Told(every, brand or "", category_id, tuple(keywords), description, shared, own, family or "[]")
