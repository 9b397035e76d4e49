"""Bulk edits of a vendor: the listings that one is done to, its rows, and those that are still to be done."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, select

from marketplace.catalogue.models import (
    BulkEdit,
    BulkEditRow,
    KitPart,
    Place,
    PriceTier,
    Product,
    ProductState,
    RowState,
    Stock,
    Supply,
    Variant,
)
from marketplace.catalogue.queries.listing import PRODUCTS, own_products
from marketplace.catalogue.wording import ROW_STATES
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.i18n import gettext, lazy
from marketplace.core.ids import parse_id
from marketplace.core.tables import Choice, Sort, Table, Words


@dataclass(frozen=True, slots=True)
class CandidateVariant:
    """A variant as it stands, in base units. `is_stocked`: it has a count of its own."""

    id: UUID
    sku: str
    tiers: tuple[tuple[int, int], ...]
    minimum: int
    increment: int
    maximum: int | None
    display_factor: int
    is_stocked: bool
    on_hand: int
    reserved: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A listing that a bulk edit is done to, with its active variants."""

    product_id: UUID
    state: ProductState
    variants: tuple[CandidateVariant, ...]

    @property
    def sku(self) -> str:
        """By which people know it."""
        return self.variants[0].sku if self.variants else ""


def scope_of(vendor_id: UUID, scope: Mapping[str, Any]) -> Select[Any]:
    """The ids of the vendor's listings that a scope names: those ticked, or those that fit the filters of the list."""
    query = own_products(vendor_id).with_only_columns(Product.id)
    if "ids" in scope:
        return query.where(Product.id.in_([UUID(one) for one in scope["ids"]]))
    return PRODUCTS.narrowed(query, PRODUCTS.read(scope["filter"]))


def count_scope(vendor_id: UUID, scope: Mapping[str, Any]) -> int:
    """How many of the vendor's listings a scope names; ids that are none of them, or no ids, do not count."""
    if "ids" in scope:
        scope = {"ids": [one for one in scope["ids"] if parse_id(one)]}
    return db.session.scalar(select(func.count()).select_from(scope_of(vendor_id, scope).subquery())) or 0


def count_reckoned(edit: BulkEdit) -> int:
    """How many listings of a bulk edit are planned already."""
    if edit.reached_id is None:
        return 0
    return (
        db.session.scalar(
            select(func.count()).select_from(scope_of(edit.vendor_id, edit.scope).where(Product.id <= edit.reached_id).subquery())
        )
        or 0
    )


def candidates(edit: BulkEdit, *, after: UUID | None, limit: int) -> list[Candidate]:
    """The next listings of a bulk edit in the order of their ids."""
    ids = scope_of(edit.vendor_id, edit.scope)
    if after is not None:
        ids = ids.where(Product.id > after)
    query = select(Product.id, Product.state).where(Product.id.in_(ids.order_by(None))).order_by(Product.id).limit(limit)
    found = dict(db.session.execute(query).all())
    variants: dict[UUID, list[CandidateVariant]] = {}
    kits = set(db.session.scalars(select(KitPart.kit_id).join(Variant, Variant.id == KitPart.kit_id).where(Variant.product_id.in_(found))))
    tiers = _tiers(list(found))
    rows = db.session.execute(
        select(Variant, func.coalesce(Stock.on_hand, 0), func.coalesce(Stock.reserved, 0))
        .outerjoin(Place, and_(Place.vendor_id == Variant.vendor_id, Place.is_default))
        .outerjoin(Stock, and_(Stock.variant_id == Variant.id, Stock.place_id == Place.id))
        .where(Variant.product_id.in_(found), Variant.is_active)
        .order_by(Variant.product_id, Variant.position)
    )
    for v, on_hand, reserved in rows:
        is_stocked = v.supply is Supply.STOCK and v.id not in kits
        own = CandidateVariant(
            v.id, v.sku, tuple(tiers.get(v.id, ())), v.minimum_quantity, v.increment, v.maximum_quantity, v.display_factor, is_stocked,
            on_hand, reserved,
        )  # fmt: skip
        variants.setdefault(v.product_id, []).append(own)
    return [Candidate(product_id, state, tuple(variants.get(product_id, ()))) for product_id, state in found.items()]


def _tiers(product_ids: list[UUID]) -> dict[UUID, list[tuple[int, int]]]:
    tiers: dict[UUID, list[tuple[int, int]]] = {}
    query = (
        select(PriceTier.variant_id, PriceTier.from_quantity, PriceTier.unit_price_micro)
        .join(Variant, Variant.id == PriceTier.variant_id)
        .where(Variant.product_id.in_(product_ids))
        .order_by(PriceTier.variant_id, PriceTier.from_quantity)
    )
    for variant_id, start, price in db.session.execute(query):
        tiers.setdefault(variant_id, []).append((start, price))
    return tiers


def lock_bulk_edit(bulk_edit_id: UUID, *, vendor_id: UUID | None) -> BulkEdit:
    """A bulk edit, locked and read afresh; `vendor_id` None is for the clockwork. Raises: NotFound, also for another vendor's."""
    query = select(BulkEdit).where(BulkEdit.id == bulk_edit_id).with_for_update().execution_options(populate_existing=True)
    if vendor_id is not None:
        query = query.where(BulkEdit.vendor_id == vendor_id)
    edit = db.session.scalar(query)
    if edit is None:
        raise NotFound
    return edit


def bulk_edit_of(bulk_edit_id: UUID, *, vendor_id: UUID) -> BulkEdit:
    """A vendor's bulk edit. Raises: NotFound."""
    query = select(BulkEdit).where(BulkEdit.id == bulk_edit_id, BulkEdit.vendor_id == vendor_id)
    edit = db.session.scalar(query.execution_options(populate_existing=True))
    if edit is None:
        raise NotFound
    return edit


def rows_to_do(bulk_edit_id: UUID, state: RowState, *, limit: int) -> list[BulkEditRow]:
    """The next rows of a bulk edit in a state, by number, and no listing in part unless it alone is more than `limit`.

    The caller has locked the bulk edit.
    """
    query = select(BulkEditRow).where(BulkEditRow.bulk_edit_id == bulk_edit_id, BulkEditRow.state == state)
    rows = list(db.session.scalars(query.order_by(BulkEditRow.number).limit(limit)))
    last = rows[-1].product_id if len(rows) == limit else None
    whole = [row for row in rows if row.product_id != last]
    return whole or rows


def count_by_state(bulk_edit_id: UUID) -> dict[RowState, int]:
    """How many values of a bulk edit stand in which state; the caller has read the bulk edit."""
    query = select(BulkEditRow.state, func.count()).where(BulkEditRow.bulk_edit_id == bulk_edit_id).group_by(BulkEditRow.state)
    return dict(db.session.execute(query).all())


BULK_EDITS = Table(name="catalogue.bulk_edits", key=BulkEdit.id, sorts={"made": Sort(BulkEdit.created_at, falls=True)}, default="-made")


def bulk_edits(vendor_id: UUID) -> Select[Any]:
    """The bulk edits of a vendor that were not dropped or are still being looked at."""
    return select(BulkEdit).where(BulkEdit.vendor_id == vendor_id)


def _row_states() -> list[tuple[str, str]]:
    return [(state.value, gettext(word)) for state, (word, _) in ROW_STATES.items()]


ROWS = Table(
    name="catalogue.bulk_rows",
    key=BulkEditRow.number,
    sorts={"number": Sort(BulkEditRow.number), "sku": Sort(func.lower(BulkEditRow.sku))},
    default="number",
    filters=(
        Words("q", lazy("SKU"), lambda typed: BulkEditRow.sku.icontains(typed, autoescape=True)),
        Choice("state", lazy("State"), _row_states, lambda value: BulkEditRow.state == RowState(value)),
    ),
)


def bulk_rows(bulk_edit_id: UUID) -> Select[Any]:
    """The rows of a bulk edit with their variants' units and the listing's title and currency; the caller has read the bulk edit."""
    return (
        select(BulkEditRow, Product.title, Product.currency, Variant.display_unit, Variant.display_factor, Variant.price_per)
        .join(Product, Product.id == BulkEditRow.product_id)
        .outerjoin(Variant, Variant.id == BulkEditRow.variant_id)
        .where(BulkEditRow.bulk_edit_id == bulk_edit_id)
    )
