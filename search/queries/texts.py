"""What of each listed variant is read for its meaning."""

from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, select

from marketplace.catalogue.models import Product, ProductState, Variant
from marketplace.core.db import db
from search.models import SearchVersion


class VariantText(NamedTuple):
    """Title and description of a variant's product in every language."""

    variant_id: UUID
    title: dict[str, str]
    description: dict[str, str]


def texts_after(variant_id: UUID | None, limit: int) -> list[VariantText]:
    """The next listed variants in the order of their ids."""
    query = (
        select(Variant.id, Product.title, Product.description)
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.is_active, Product.state == ProductState.LIVE)
        .order_by(Variant.id)
        .limit(limit)
    )
    if variant_id is not None:
        query = query.where(Variant.id > variant_id)
    return [VariantText(*row) for row in db.session.execute(query)]


def index_state() -> tuple[Any, ...]:
    """Something that differs whenever a variant was indexed anew."""
    return tuple(db.session.execute(select(func.count(), func.sum(SearchVersion.version)).select_from(SearchVersion)).one())
