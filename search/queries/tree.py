"""The category tree as the pages and the index need it: a few hundred nodes, read in one statement."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.models import Category
from marketplace.core.db import db
from marketplace.core.recent import Kept, stamp_of

LANGUAGES = ("en", "zh-Hans")


@dataclass(frozen=True, slots=True)
class CategoryNode:
    """A category. `names` are its own in every language, then those of its parents: the index reads them in this order."""

    id: UUID
    slug: str
    name: Mapping[str, Any]
    parent_id: UUID | None
    path: tuple[UUID, ...]
    is_leaf: bool
    position: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tree:
    """All categories, by id and by slug."""

    by_id: Mapping[UUID, CategoryNode]
    by_slug: Mapping[str, CategoryNode]
    below: Mapping[UUID | None, Sequence[CategoryNode]] = field(init=False)
    """Categories right below each that has some, in their order."""
    _slugs: Mapping[UUID, tuple[str, ...]] = field(init=False)

    def __post_init__(self) -> None:
        slugs = {key: tuple(self.by_id[i].slug for i in node.path if i in self.by_id) for key, node in self.by_id.items()}
        object.__setattr__(self, "_slugs", slugs)
        below: defaultdict[UUID | None, list[CategoryNode]] = defaultdict(list)
        for node in sorted(self.by_id.values(), key=lambda n: (n.position, n.slug)):
            below[node.parent_id].append(node)
        object.__setattr__(self, "below", dict(below))

    def slugs(self, category_id: UUID) -> tuple[str, ...]:
        """Slugs from the root to a category; empty for an unknown one."""
        return self._slugs.get(category_id, ())

    def children(self, category_id: UUID | None) -> Sequence[CategoryNode]:
        """Categories right below one (None: the roots), in their order."""
        return self.below.get(category_id, ())

    def leaves(self, category_id: UUID) -> list[CategoryNode]:
        """The leaves below a category, itself if it is one."""
        return sorted((n for n in self.by_id.values() if n.is_leaf and category_id in n.path), key=lambda n: (n.position, n.slug))

    def trail(self, node: CategoryNode) -> list[CategoryNode]:
        """From the root to a category."""
        return [self.by_id[i] for i in node.path if i in self.by_id]


def category_tree() -> Tree:
    """The whole tree, at most a second old. Public."""
    return _kept.get()


def standing_category(slug: str) -> CategoryNode | None:
    """The category of an address as it stands today: of one that was merged or retired the one that its page leads to; None: none."""
    by_slug = category_tree().by_slug
    return by_slug.get(slug) or by_slug.get(catalogue.moved_addresses().get(slug) or "")


def standing_slugs(slugs: Iterable[str]) -> tuple[str, ...]:
    """Addresses of categories as they stand today; one that leads nowhere stays, and holds nothing."""
    by_slug = category_tree().by_slug
    found = (slug if slug in by_slug else (node.slug if (node := standing_category(slug)) else slug) for slug in slugs)
    return tuple(dict.fromkeys(found))


def _read() -> Tree:
    rows = db.session.execute(
        select(Category.id, Category.slug, Category.name, Category.parent_id, Category.path, Category.is_leaf, Category.position).where(
            Category.retired_at.is_(None)
        )
    ).all()
    named = {row.id: tuple(row.name[language] for language in LANGUAGES if language in row.name) for row in rows}
    nodes = {
        row.id: CategoryNode(
            row.id, row.slug, row.name, row.parent_id, tuple(row.path), row.is_leaf, row.position,
            tuple(name for i in reversed(row.path) for name in named.get(i, ())),
        )
        for row in rows
    }  # fmt: skip
    return Tree(nodes, {node.slug: node for node in nodes.values()})


_kept: Kept[Tree] = Kept(_read, lambda: stamp_of(("categories",)))
