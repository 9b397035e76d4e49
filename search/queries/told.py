"""What is stored of variants beside what a hit shows: read only for hits whose title does not say why they are there."""

from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select

from marketplace.catalogue.models import Product, Variant
from marketplace.core.db import ask, fixed, ids_text, one_of_ids


class Told(NamedTuple):
    """Everything that words are found in. Attributes are in stored form, those of the product and the variant's own together."""

    codes: tuple[str, ...]
    brand: str
    category_id: UUID
    keywords: tuple[str, ...]
    description: dict[str, str]
    attributes: dict[str, Any]


_told = fixed(
    select(
        Variant.id, Variant.mpn, Variant.gtin, Variant.codes, Variant.brand, Product.category_id, Product.keywords, Product.description,
        Product.attributes, Variant.attributes,
    )
    .join(Product, Product.id == Variant.product_id)
    .where(Variant.id == one_of_ids())
)  # fmt: skip


def told_of(variant_ids: Iterable[UUID]) -> dict[UUID, Told]:
    """What is stored of variants, in one statement. Public; the caller has asked who may see them."""
    return {
        variant_id: Told(
            tuple(code for code in (mpn, gtin, *codes) if code), brand or "", category_id, tuple(keywords), description, {**shared, **own}
        )
        for variant_id, mpn, gtin, codes, brand, category_id, keywords, description, shared, own in ask(
            _told, {"ids": ids_text(variant_ids)}
        )
    }
