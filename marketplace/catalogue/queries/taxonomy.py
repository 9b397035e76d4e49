"""What the desk reads of the category tree: how many listings stand where, and what a change would do to them. For staff only."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Text, and_, any_, func, literal, or_, select
from sqlalchemy.orm import aliased

from marketplace.catalogue.models import (
    AttributeDefinition,
    Category,
    CategoryAttribute,
    CategoryChange,
    Product,
    ProductState,
    Variant,
)
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.recent import Kept, stamp_of

FOUND_LIMIT = 20
CHANGES_LIMIT = 50


@dataclass(frozen=True, slots=True)
class TreeRow:
    """A category of the desk's tree. `live` and `listings` count what stands in it or below it; `listings` are all but retired ones."""

    id: UUID
    slug: str
    name: Mapping[str, str]
    path: tuple[UUID, ...]
    depth: int
    is_leaf: bool
    is_retired: bool
    attributes: int
    live: int
    listings: int


def category_by_id(category_id: UUID) -> Category:
    """A category. Raises: NotFound."""
    found = db.session.get(Category, category_id, populate_existing=True)
    if found is None:
        raise NotFound
    return found


def tree_rows() -> list[TreeRow]:
    """The whole tree from the top, each branch together; three statements."""
    rows = list(db.session.scalars(select(Category)))
    asked = dict(
        db.session.execute(select(CategoryAttribute.category_id, func.count()).group_by(CategoryAttribute.category_id)).all()
    )  # fmt: skip
    live, listings = listing_counts()
    place = {row.id: (row.position, row.slug) for row in rows}
    return [
        TreeRow(
            row.id, row.slug, row.name, tuple(row.path), len(row.path) - 1, row.is_leaf, row.retired_at is not None, asked.get(row.id, 0),
            live.get(row.id, 0), listings.get(row.id, 0),
        )
        for row in sorted(rows, key=lambda row: [place.get(step, (0, "")) for step in row.path])
    ]  # fmt: skip


def listing_counts() -> tuple[dict[UUID, int], dict[UUID, int]]:
    """(live, all but retired) listings of each category with what stands below it."""
    node = func.unnest(Category.path).label("node")
    inner = select(node, Product.state.label("state")).join(Product, Product.category_id == Category.id)
    each = inner.where(Product.state != ProductState.RETIRED).subquery()
    query = select(each.c.node, func.count().filter(each.c.state == ProductState.LIVE), func.count()).group_by(each.c.node)
    live: dict[UUID, int] = {}
    listings: dict[UUID, int] = {}
    for category_id, n_live, n in db.session.execute(query):
        live[category_id], listings[category_id] = n_live, n
    return live, listings


def states_in(category_id: UUID) -> dict[ProductState, int]:
    """How many listings in each state stand in a category itself."""
    query = select(Product.state, func.count()).where(Product.category_id == category_id).group_by(Product.state)
    return dict(db.session.execute(query).all())


@dataclass(frozen=True, slots=True)
class AskedRow:
    """An attribute that a category asks for, with how many live listings hold a value."""

    definition: AttributeDefinition
    asked: CategoryAttribute
    held: int


def attributes_asked(category_id: UUID) -> list[AskedRow]:
    """The attributes of a category in their order."""
    rows = db.session.execute(
        select(AttributeDefinition, CategoryAttribute)
        .join(CategoryAttribute, CategoryAttribute.attribute_id == AttributeDefinition.id)
        .where(CategoryAttribute.category_id == category_id)
        .order_by(CategoryAttribute.position, AttributeDefinition.code)
        .execution_options(populate_existing=True)
    ).all()
    lacks = {
        definition.code: n
        for definition, n in zip(
            [definition for definition, _ in rows],
            _lacking_counts(category_id, [definition.code for definition, _ in rows]),
            strict=True,
        )
    }
    live = states_in(category_id).get(ProductState.LIVE, 0)
    return [AskedRow(definition, asked, live - lacks[definition.code]) for definition, asked in rows]


def _lacks(code: str) -> ColumnElement[bool]:
    """A live listing of which an offered variant has no value, neither its own nor the listing's."""
    bare = select(Variant.id).where(Variant.product_id == Product.id, Variant.is_active, ~Variant.attributes.has_key(code))
    return and_(Product.state == ProductState.LIVE, ~Product.attributes.has_key(code), bare.correlate(Product).exists())


def _lacking_counts(category_id: UUID, codes: Sequence[str]) -> list[int]:
    if not codes:
        return []
    counts = [func.count().filter(_lacks(code)) for code in codes]
    return list(db.session.execute(select(*counts).select_from(Product).where(Product.category_id == category_id)).one())


def lacking(category_id: UUID, code: str) -> tuple[int, int]:
    """(live listings, their vendors) of a category that hold no value of an attribute."""
    query = select(func.count(), func.count(Product.vendor_id.distinct())).where(Product.category_id == category_id, _lacks(code))
    listings, vendors = db.session.execute(query).one()
    return listings, vendors


def holding(code: str, values: Collection[str] | None = None, *, category_id: UUID | None = None) -> int:
    """Listings, retired ones apart, that hold a value of an attribute (or one of `values`), anywhere or in one category."""
    other = aliased(Variant)
    if values is None:
        own, of_variant = Product.attributes.has_key(code), other.attributes.has_key(code)
    else:
        wanted = any_(literal(list(values), ARRAY(Text)))
        own, of_variant = Product.attributes[code]["v"].astext == wanted, other.attributes[code]["v"].astext == wanted
    query = select(func.count()).select_from(Product)
    query = query.where(
        Product.state != ProductState.RETIRED, or_(own, select(other.id).where(other.product_id == Product.id, of_variant).exists())
    )
    if category_id is not None:
        query = query.where(Product.category_id == category_id)
    return db.session.scalar(query) or 0


def categories_asking(attribute_id: UUID) -> list[Category]:
    """The categories that ask for an attribute."""
    query = select(Category).join(CategoryAttribute, CategoryAttribute.category_id == Category.id)
    return list(db.session.scalars(query.where(CategoryAttribute.attribute_id == attribute_id).order_by(Category.slug)))


def attribute_by_id(attribute_id: UUID) -> AttributeDefinition:
    """An attribute. Raises: NotFound."""
    found = db.session.get(AttributeDefinition, attribute_id, populate_existing=True)
    if found is None:
        raise NotFound
    return found


def find_attribute(code: str) -> AttributeDefinition | None:
    """The attribute under a code."""
    return db.session.scalar(select(AttributeDefinition).where(AttributeDefinition.code == code))


def attribute_by_code(code: str) -> AttributeDefinition:
    """The attribute under a code. Raises: NotFound."""
    found = find_attribute(code)
    if found is None:
        raise NotFound
    return found


def find_asked(category_id: UUID, attribute_id: UUID) -> CategoryAttribute | None:
    """How a category asks for an attribute; None where it does not."""
    return db.session.get(CategoryAttribute, (category_id, attribute_id), populate_existing=True)


def attributes_like(words: str, *, but_of: UUID) -> list[AttributeDefinition]:
    """Up to 20 attributes by code or name that a category does not ask for yet."""
    pattern = "%" + words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    name = AttributeDefinition.name
    fits = or_(AttributeDefinition.code.ilike(pattern), name["en"].astext.ilike(pattern), name["zh-Hans"].astext.ilike(pattern))
    asked = select(CategoryAttribute.attribute_id).where(CategoryAttribute.category_id == but_of)
    query = select(AttributeDefinition).where(fits, AttributeDefinition.id.not_in(asked)).order_by(AttributeDefinition.code)
    return list(db.session.scalars(query.limit(FOUND_LIMIT)))


def changes_of(category_id: UUID) -> list[CategoryChange]:
    """The newest 50 changes of a category, also of those that were merged into it, the newest first."""
    query = select(CategoryChange).join(Category, Category.id == CategoryChange.category_id)
    query = query.where(or_(CategoryChange.category_id == category_id, CategoryChange.after["into"].astext == str(category_id)))
    return list(db.session.scalars(query.order_by(CategoryChange.made_at.desc(), CategoryChange.id.desc()).limit(CHANGES_LIMIT)))


def lock_change(change_id: UUID) -> CategoryChange:
    """A change of the tree that nobody else takes back or goes on with meanwhile. Raises: NotFound."""
    found = db.session.get(CategoryChange, change_id, populate_existing=True, with_for_update=True)
    if found is None:
        raise NotFound
    return found


def change_by_id(change_id: UUID) -> CategoryChange:
    """A change of the tree. Raises: NotFound."""
    found = db.session.get(CategoryChange, change_id, populate_existing=True)
    if found is None:
        raise NotFound
    return found


def _read_moved() -> dict[str, str | None]:
    rows: dict[UUID, Any] = {
        row.id: row
        for row in db.session.execute(select(Category.id, Category.slug, Category.parent_id, Category.merged_into_id, Category.retired_at))
    }

    def target(row: Any) -> str | None:
        seen: set[UUID] = set()
        while row is not None and row.retired_at is not None and row.id not in seen:
            seen.add(row.id)
            row = rows.get(row.merged_into_id or row.parent_id)
        return row.slug if row is not None and row.retired_at is None else None

    return {row.slug: target(row) for row in rows.values() if row.retired_at is not None}


_moved: Kept[dict[str, str | None]] = Kept(_read_moved, lambda: stamp_of(("categories",)))


def moved_addresses() -> dict[str, str | None]:
    """Addresses of retired categories → where they lead now: what took their products, else what stood above; None: all categories.

    At most a second old.
    """
    return _moved.get()


def next_position(parent_id: UUID | None) -> int:
    """Behind the last of the categories that stand right below one."""
    same = Category.parent_id == parent_id if parent_id else Category.parent_id.is_(None)
    return (db.session.scalar(select(func.max(Category.position)).where(same)) or 0) + 1
