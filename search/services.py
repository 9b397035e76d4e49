"""The room's writes: versions of documents, and vectors of texts. The row lock makes the order of versions the order of reads (house-style §6)."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import delete, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from marketplace.catalogue.models import Product, Variant
from marketplace.core.db import db
from search.models import VECTOR_NUMBERS, SearchVector, SearchVersion
from search.queries.rows import LISTED, in_ids


def raise_versions(product_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Give every variant of these products the next version, and say which; whoever reads the rows after this reads that version.

    Shape: {variant id: version}. Variants that are gone keep their row, so that a tombstone has a version too.
    """
    wanted = list(product_ids)
    # In the order of ids: two processes that meet wait for each other instead of locking crosswise.
    rows = (
        select(Variant.id, Variant.product_id, literal(1), LISTED)
        .join(Product, Product.id == Variant.product_id)
        .where(in_ids(Variant.product_id, wanted))
        .order_by(Variant.id)
    )
    statement = insert(SearchVersion).from_select(["variant_id", "product_id", "version", "is_live"], rows)
    written = db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["variant_id"],
            set_={"version": SearchVersion.version + 1, "product_id": statement.excluded.product_id, "is_live": statement.excluded.is_live},
        ).returning(SearchVersion.variant_id, SearchVersion.version)
    )
    return dict(written.all())


def pass_versions(indexed: Mapping[UUID, int]) -> None:
    """Lift the versions of these variants to what an index holds already, so that the next one is newer than its document."""
    for variant_id in sorted(indexed):
        statement = update(SearchVersion).where(SearchVersion.variant_id == variant_id, SearchVersion.version < indexed[variant_id])
        db.session.execute(statement.values(version=indexed[variant_id]))


def hold_versions(variant_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Versions of these variants, which nobody raises before the transaction ends: what is read now belongs to them."""
    rows = db.session.execute(
        select(SearchVersion.variant_id, SearchVersion.version)
        .where(in_ids(SearchVersion.variant_id, variant_ids))
        .order_by(SearchVersion.variant_id)
        .with_for_update(read=True)
    )
    return dict(rows.all())


def keep_vectors(rows: Mapping[UUID, tuple[bytes, bytes]]) -> None:
    """Write vectors, {variant id: (digest of its text, vector)}, in the place of older ones."""
    if not rows:
        return
    values = [
        {"variant_id": i, "text_digest": mark, "vector": vector, "number": VECTOR_NUMBERS.next_value()}
        for i, (mark, vector) in rows.items()
    ]
    statement = insert(SearchVector).values(values)
    fresh = {name: statement.excluded[name] for name in ("text_digest", "vector", "number")}
    db.session.execute(statement.on_conflict_do_update(index_elements=["variant_id"], set_=fresh))


def forget_vectors(variant_ids: Iterable[UUID]) -> None:
    """Delete the vectors of what is no longer listed."""
    db.session.execute(delete(SearchVector).where(in_ids(SearchVector.variant_id, variant_ids)))
