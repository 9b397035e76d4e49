"""Reads of the category tree and its attributes. All public: they belong to the platform."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ARRAY, Text, any_, bindparam, func, select
from sqlalchemy.orm import aliased

from marketplace.catalogue.attributes import Definition
from marketplace.catalogue.models import AttributeDefinition, AttributeKind, Category, CategoryAttribute
from marketplace.core.db import ask, db, fixed, ids_text, one_of_ids
from marketplace.core.errors import NotFound
from marketplace.core.recent import KeptEach, stamp_of


def definition_of(row: AttributeDefinition) -> Definition:
    """A stored definition as the pure rules know it."""
    return Definition(row.code, row.kind, row.name, row.unit, _choices(row.choices))


def _choices(stored: Iterable[Mapping[str, str]]) -> tuple[tuple[str, Mapping[str, str]], ...]:
    return tuple((choice["code"], {k: v for k, v in choice.items() if k != "code"}) for choice in stored)


def category_by_slug(slug: str) -> Category:
    """A category. Raises: NotFound."""
    found = db.session.scalar(select(Category).where(Category.slug == slug))
    if found is None:
        raise NotFound
    return found


def leaf_category(category_id: UUID) -> Category | None:
    """A category that products can stand on, kept from being retired while the act lasts; None for any other id."""
    query = select(Category).where(Category.id == category_id, Category.is_leaf, Category.retired_at.is_(None))
    return db.session.scalar(query.with_for_update(read=True, key_share=True))


def leaf_categories() -> list[tuple[Category, list[Category]]]:
    """Every root with the leaves below it, in their order; roots without leaves are left out."""
    rows = list(db.session.scalars(select(Category).where(Category.retired_at.is_(None)).order_by(Category.position, Category.slug)))
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


@dataclass(frozen=True, slots=True)
class TrailStep:
    """A category on the way from the root to a listing."""

    id: UUID
    slug: str
    name: Mapping[str, str]


def _read_trails(category_ids: list[UUID]) -> dict[UUID, tuple[TrailStep, ...]]:
    found: dict[UUID, tuple[TrailStep, ...]] = {}
    for category_id, step_id, slug, name in ask(_steps, {"ids": ids_text(category_ids)}):
        found[category_id] = (*found.get(category_id, ()), TrailStep(step_id, slug, name))
    return found


_step = aliased(Category)
_steps = fixed(
    select(Category.id, _step.id, _step.slug, _step.name)
    .join(_step, _step.id == any_(Category.path))
    .where(Category.id == one_of_ids())
    .order_by(Category.id, func.array_position(Category.path, _step.id))
)
_trails = KeptEach(_read_trails, lambda: stamp_of(("categories",)))


def trail_of(category_id: UUID) -> tuple[TrailStep, ...]:
    """The categories from the root to this one, as a page names them; at most a second old. Raises: NotFound."""
    found = _trails.of([category_id])
    if category_id not in found:
        raise NotFound
    return found[category_id]


def asked_by_categories(category_ids: Iterable[UUID]) -> dict[UUID, list[Definition]]:
    """The attributes that each category asks for, in its order."""
    found: dict[UUID, list[Definition]] = {}
    for category_id, code, kind, name, unit, choices, *asked in ask(_asked_rows, {"ids": ids_text(set(category_ids))}):
        found.setdefault(category_id, []).append(Definition(code, AttributeKind(kind), name, unit, _choices(choices), *asked))
    return found


_asked_rows = fixed(
    select(
        CategoryAttribute.category_id,
        AttributeDefinition.code, AttributeDefinition.kind, AttributeDefinition.name, AttributeDefinition.unit, AttributeDefinition.choices,
        CategoryAttribute.is_required, CategoryAttribute.is_facet, CategoryAttribute.is_comparable,
    )
    .join(AttributeDefinition, AttributeDefinition.id == CategoryAttribute.attribute_id)
    .where(CategoryAttribute.category_id == one_of_ids())
    .order_by(CategoryAttribute.category_id, CategoryAttribute.position, AttributeDefinition.code)
)  # fmt: skip


def _read_asked(category_ids: list[UUID]) -> dict[UUID, list[Definition]]:
    return {category_id: [] for category_id in category_ids} | asked_by_categories(category_ids)


def _read_definitions(codes: list[str]) -> dict[str, Definition]:
    rows = ask(_definition_rows, {"codes": codes})
    return {code: Definition(code, AttributeKind(kind), name, unit, _choices(choices)) for code, kind, name, unit, choices in rows}


_definition_rows = fixed(
    select(
        AttributeDefinition.code, AttributeDefinition.kind, AttributeDefinition.name, AttributeDefinition.unit, AttributeDefinition.choices
    ).where(AttributeDefinition.code == any_(bindparam("codes", type_=ARRAY(Text))))
)


def _stamp_of_definitions() -> Hashable:
    return stamp_of(("category_attributes", "attribute_definitions"))


_asked = KeptEach(_read_asked, _stamp_of_definitions)
_definitions = KeptEach(_read_definitions, _stamp_of_definitions)


def asked_by_category(category_id: UUID) -> list[Definition]:
    """The attributes that a category asks for, in its order; at most a second old."""
    return list(_asked.of([category_id])[category_id])


def definitions_by_code(codes: Iterable[str]) -> dict[str, Definition]:
    """Definitions by code, at most a second old; unknown codes are absent."""
    wanted = set(codes)
    return _definitions.of(wanted) if wanted else {}
