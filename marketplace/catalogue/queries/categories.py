"""Reads of the category tree and its attributes. All public: they belong to the platform."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from marketplace.catalogue.attributes import Definition
from marketplace.catalogue.models import AttributeDefinition, Category, CategoryAttribute
from marketplace.core.db import db
from marketplace.core.errors import NotFound


def definition_of(row: AttributeDefinition, *, is_required: bool = False, is_facet: bool = False) -> Definition:
    """A stored definition as the pure rules know it."""
    choices = tuple((choice["code"], {k: v for k, v in choice.items() if k != "code"}) for choice in row.choices)
    return Definition(row.code, row.kind, row.name, row.unit, choices, is_required, is_facet)


def category_by_slug(slug: str) -> Category:
    """A category. Raises: NotFound."""
    found = db.session.scalar(select(Category).where(Category.slug == slug))
    if found is None:
        raise NotFound
    return found


def leaf_category(category_id: UUID) -> Category | None:
    """A category that products can stand on; None for any other id."""
    return db.session.scalar(select(Category).where(Category.id == category_id, Category.is_leaf))


def leaf_categories() -> list[tuple[Category, list[Category]]]:
    """Every root with the leaves below it, in their order; roots without leaves are left out."""
    rows = list(db.session.scalars(select(Category).order_by(Category.position, Category.slug)))
    leaves: dict[UUID, list[Category]] = {}
    for row in rows:
        if row.is_leaf:
            leaves.setdefault(row.path[0], []).append(row)
    return [(root, leaves[root.id]) for root in rows if root.id in leaves]


def category_trail(category_id: UUID) -> list[Category]:
    """The categories from the root to this one. Raises: NotFound."""
    leaf = db.session.get(Category, category_id)
    if leaf is None:
        raise NotFound
    rows = {row.id: row for row in db.session.scalars(select(Category).where(Category.id.in_(leaf.path)))}
    return [rows[node] for node in leaf.path if node in rows]


def asked_by_categories(category_ids: Iterable[UUID]) -> dict[UUID, list[Definition]]:
    """The attributes that each category asks for, in its order."""
    rows = db.session.execute(
        select(CategoryAttribute, AttributeDefinition)
        .join(AttributeDefinition, AttributeDefinition.id == CategoryAttribute.attribute_id)
        .where(CategoryAttribute.category_id.in_(set(category_ids)))
        .order_by(CategoryAttribute.category_id, CategoryAttribute.position, AttributeDefinition.code)
    )
    found: dict[UUID, list[Definition]] = {}
    for asked, row in rows:
        found.setdefault(asked.category_id, []).append(definition_of(row, is_required=asked.is_required, is_facet=asked.is_facet))
    return found


def asked_by_category(category_id: UUID) -> list[Definition]:
    """The attributes that a category asks for, in its order."""
    return asked_by_categories([category_id]).get(category_id, [])


def definitions_by_code(codes: Iterable[str]) -> dict[str, Definition]:
    """Definitions by code; unknown codes are absent."""
    wanted = set(codes)
    if not wanted:
        return {}
    rows = db.session.scalars(select(AttributeDefinition).where(AttributeDefinition.code.in_(wanted)))
    return {row.code: definition_of(row) for row in rows}
