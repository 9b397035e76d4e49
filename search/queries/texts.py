"""What of each listed variant is read for its meaning, and the vectors that were made of it."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, select

from marketplace.catalogue.models import Product, Variant
from marketplace.core.db import db
from search.models import SearchVector, SearchVersion
from search.queries.rows import LISTED, in_ids


class VariantText(NamedTuple):
    """Title and description of a variant's product in every language."""

    variant_id: UUID
    title: dict[str, str]
    description: dict[str, str]


def count_listed() -> int:
    """How many variants `texts_after` walks through."""
    query = select(func.count()).select_from(Variant).join(Product, Product.id == Variant.product_id).where(LISTED)
    return int(db.session.scalar(query) or 0)


def texts_after(variant_id: UUID | None, limit: int) -> list[VariantText]:
    """The next listed variants in the order of their ids."""
    query = (
        select(Variant.id, Product.title, Product.description)
        .join(Product, Product.id == Variant.product_id)
        .where(LISTED)
        .order_by(Variant.id)
        .limit(limit)
    )
    if variant_id is not None:
        query = query.where(Variant.id > variant_id)
    return [VariantText(*row) for row in db.session.execute(query)]


def index_state() -> tuple[Any, ...]:
    """Something that differs whenever a variant was indexed anew."""
    return tuple(db.session.execute(select(func.count(), func.sum(SearchVersion.version)).select_from(SearchVersion)).one())


def vector_state() -> tuple[int, int]:
    """(how many vectors there are, the newest number): differs after every change of them."""
    count, newest = db.session.execute(
        select(func.count(), func.coalesce(func.max(SearchVector.number), 0)).select_from(SearchVector)
    ).one()
    return count, newest


def vector_digests() -> dict[UUID, bytes]:
    """What each vector was made from, by variant."""
    return dict(db.session.execute(select(SearchVector.variant_id, SearchVector.text_digest)).all())


def vectors_of(variant_ids: Sequence[UUID]) -> list[tuple[UUID, bytes, bytes]]:
    """(variant, digest of its text, vector) of these variants, of those that have one."""
    query = select(SearchVector.variant_id, SearchVector.text_digest, SearchVector.vector)
    return [(i, mark, vector) for i, mark, vector in db.session.execute(query.where(in_ids(SearchVector.variant_id, variant_ids)))]
