"""A vendor's imports and exports, and its listings as the import finds them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, any_, cast, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from marketplace.catalogue.attributes import Definition
from marketplace.catalogue.importing import words
from marketplace.catalogue.models import (
    AttributeDefinition,
    CatalogueExport,
    CatalogueImport,
    Category,
    ImportFault,
    ImportMapping,
    ImportState,
    Place,
    Product,
    ProductProposal,
    ProductState,
    ProductVersion,
    ProposalState,
    Stock,
    Variant,
)
from marketplace.catalogue.queries.categories import definition_of
from marketplace.catalogue.wording import IMPORT_STATES
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.i18n import gettext, lazy
from marketplace.core.tables import Choice, Sort, Table, Words

EXPORT_CHUNK = 500
DEFINITION_LIMIT = 3_000


@dataclass(frozen=True, slots=True)
class KnownListing:
    """A listing that exists under one of the SKUs of a file, with the change of it that waits for the platform."""

    product_id: UUID
    code: str
    state: ProductState
    version: int
    content: Mapping[str, Any]
    proposal_id: UUID | None
    proposal: Mapping[str, Any] | None


def category_slugs() -> dict[UUID, str]:
    """The slugs of the categories that products can stand in."""
    return dict(db.session.execute(select(Category.id, Category.slug).where(Category.is_leaf)).all())


def category_addresses() -> dict[str, UUID]:
    """Address → the category that products can stand in, also under the addresses of those that were merged into it, and under its
    names where no other has them.
    """
    rows = {
        row.id: row
        for row in db.session.execute(
            select(Category.id, Category.slug, Category.name, Category.merged_into_id, Category.is_leaf, Category.retired_at)
        )
    }
    found: dict[str, UUID] = {}
    named: dict[str, set[UUID]] = {}
    for row in rows.values():
        end, steps = row, 0
        while end.merged_into_id in rows and steps < len(rows):
            end, steps = rows[end.merged_into_id], steps + 1
        if end.is_leaf and end.retired_at is None:
            found[row.slug] = end.id
            for name in row.name.values():
                named.setdefault(words.category(name), set()).add(end.id)
    return {name: next(iter(ids)) for name, ids in named.items() if len(ids) == 1} | found


def known_listings(vendor_id: UUID, skus: Iterable[str]) -> dict[str, KnownListing]:
    """The vendor's listings by the SKUs of a file, also by those of variants that were taken out; unknown SKUs are absent."""
    wanted = list({sku for sku in skus if sku and "\0" not in sku})
    here = Variant.sku == any_(cast(literal(wanted, ARRAY(Text)), ARRAY(Text)))
    by_sku = dict(db.session.execute(select(Variant.sku, Variant.product_id).where(Variant.vendor_id == vendor_id, here)).all())
    if not by_sku:
        return {}
    query = (
        select(
            Product.id, Product.code, Product.state, Product.version, ProductVersion.content, ProductProposal.id, ProductProposal.content
        )
        .join(ProductVersion, (ProductVersion.product_id == Product.id) & (ProductVersion.version == Product.version))
        .outerjoin(ProductProposal, (ProductProposal.product_id == Product.id) & (ProductProposal.state == ProposalState.WAITING))
        .where(Product.id.in_(set(by_sku.values())), Product.vendor_id == vendor_id)
    )
    listings = {row[0]: KnownListing(*row) for row in db.session.execute(query)}
    return {sku: listings[product_id] for sku, product_id in by_sku.items() if product_id in listings}


def import_of(import_id: UUID, *, vendor_id: UUID) -> CatalogueImport:
    """A vendor's import. Raises: NotFound."""
    query = select(CatalogueImport).where(CatalogueImport.id == import_id, CatalogueImport.vendor_id == vendor_id)
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    return found


def lock_import(import_id: UUID, *, vendor_id: UUID | None) -> CatalogueImport:
    """An import, locked and read afresh; `vendor_id` None is for the clockwork. Raises: NotFound, also for another vendor's."""
    query = select(CatalogueImport).where(CatalogueImport.id == import_id).with_for_update().execution_options(populate_existing=True)
    if vendor_id is not None:
        query = query.where(CatalogueImport.vendor_id == vendor_id)
    found = db.session.scalar(query)
    if found is None:
        raise NotFound
    return found


def find_import(import_id: UUID) -> CatalogueImport | None:
    """An import, for the clockwork."""
    return db.session.scalar(select(CatalogueImport).where(CatalogueImport.id == import_id).execution_options(populate_existing=True))


def running_import(vendor_id: UUID) -> CatalogueImport | None:
    """The import of the vendor that is being done now."""
    query = select(CatalogueImport).where(CatalogueImport.vendor_id == vendor_id, CatalogueImport.state == ImportState.IMPORTING)
    return db.session.scalar(query.execution_options(populate_existing=True))


def remembered_mapping(vendor_id: UUID, fingerprint: str) -> dict[str, Any] | None:
    """What the vendor said last time about a file with this heading."""
    row = db.session.get(ImportMapping, (vendor_id, fingerprint))
    return row.mapping if row is not None else None


def all_definitions() -> list[Definition]:
    """Attributes that a column may be, those of the platform's table first."""
    rows = db.session.scalars(select(AttributeDefinition).order_by(AttributeDefinition.code.startswith("op_"), AttributeDefinition.code))
    return [definition_of(row) for row in rows.fetchmany(DEFINITION_LIMIT)]


def _states() -> list[tuple[str, str]]:
    return [(state.value, gettext(word)) for state, (word, _) in IMPORT_STATES.items()]


IMPORTS = Table(
    name="catalogue.imports",
    key=CatalogueImport.id,
    sorts={"made": Sort(CatalogueImport.created_at, falls=True), "file": Sort(func.lower(CatalogueImport.file_name))},
    default="-made",
    filters=(
        Words("q", lazy("File"), lambda typed: CatalogueImport.file_name.icontains(typed, autoescape=True)),
        Choice("state", lazy("State"), _states, lambda value: CatalogueImport.state == ImportState(value)),
    ),
)


def imports_of(vendor_id: UUID) -> Select[Any]:
    """The imports of a vendor."""
    return select(CatalogueImport).where(CatalogueImport.vendor_id == vendor_id)


FAULTS = Table(
    name="catalogue.import_faults",
    key=ImportFault.number,
    sorts={"line": Sort(ImportFault.line), "sku": Sort(func.lower(ImportFault.sku)), "reason": Sort(ImportFault.reason)},
    default="line",
    filters=(
        Words("q", lazy("SKU"), lambda typed: ImportFault.sku.icontains(typed, autoescape=True)),
        Words("reason", lazy("Reason"), lambda typed: ImportFault.reason.icontains(typed, autoescape=True)),
    ),
)


def faults_of_import(import_id: UUID, *, vendor_id: UUID) -> Select[Any]:
    """The rows of an import that were not taken."""
    return select(ImportFault).where(ImportFault.import_id == import_id, ImportFault.vendor_id == vendor_id)


def fault_rows(import_id: UUID, *, vendor_id: UUID) -> Iterator[ImportFault]:
    """All rows of an import that were not taken, in their order, some at a time."""
    last = -1
    while True:
        query = faults_of_import(import_id, vendor_id=vendor_id).where(ImportFault.number > last).order_by(ImportFault.number)
        found = list(db.session.scalars(query.limit(EXPORT_CHUNK)))
        yield from found
        if len(found) < EXPORT_CHUNK:
            return
        last = found[-1].number
        db.session.expunge_all()


def export_of(export_id: UUID, *, vendor_id: UUID | None) -> CatalogueExport:
    """A vendor's export; `vendor_id` None is for the clockwork. Raises: NotFound."""
    query = select(CatalogueExport).where(CatalogueExport.id == export_id)
    if vendor_id is not None:
        query = query.where(CatalogueExport.vendor_id == vendor_id)
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    return found


def last_exports(vendor_id: UUID, limit: int = 5) -> list[CatalogueExport]:
    """The newest exports of a vendor."""
    query = select(CatalogueExport).where(CatalogueExport.vendor_id == vendor_id)
    return list(db.session.scalars(query.order_by(CatalogueExport.created_at.desc()).limit(limit)))


def count_exported(vendor_id: UUID) -> int:
    """How many listings an export of the vendor holds: all but those that are retired."""
    query = select(func.count()).where(Product.vendor_id == vendor_id, Product.state != ProductState.RETIRED)
    return db.session.scalar(query) or 0


def common_attributes(vendor_id: UUID, limit: int) -> list[str]:
    """The attributes that most of the vendor's listings have, in the order of their codes: those get columns of their own."""
    codes = (
        select(func.jsonb_object_keys(Product.attributes).label("code"))
        .where(Product.vendor_id == vendor_id, Product.state != ProductState.RETIRED)
        .subquery()
    )
    query = select(codes.c.code).group_by(codes.c.code).order_by(func.count().desc(), codes.c.code).limit(limit)
    return sorted(db.session.scalars(query))


def exported(vendor_id: UUID, *, after: UUID | None, limit: int = EXPORT_CHUNK) -> list[tuple[UUID, str, dict[str, Any], dict[str, int]]]:
    """The next listings by id: (id, code, content of the version, what lies in the default place by SKU in base units)."""
    query = (
        select(Product.id, Product.code, ProductVersion.content)
        .join(ProductVersion, (ProductVersion.product_id == Product.id) & (ProductVersion.version == Product.version))
        .where(Product.vendor_id == vendor_id, Product.state != ProductState.RETIRED)
        .order_by(Product.id)
        .limit(limit)
    )
    rows = db.session.execute(query if after is None else query.where(Product.id > after)).all()
    counts: dict[UUID, dict[str, int]] = {}
    stock = (
        select(Variant.product_id, Variant.sku, Stock.on_hand)
        .join(Stock, Stock.variant_id == Variant.id)
        .join(Place, Place.id == Stock.place_id)
        .where(Variant.product_id.in_([row[0] for row in rows]), Place.is_default)
    )
    for product_id, sku, on_hand in db.session.execute(stock):
        counts.setdefault(product_id, {})[sku] = on_hand
    return [(key, code, content, counts.get(key, {})) for key, code, content in rows]
