"""The desk's changes of the category tree: each is kept with what was before, and can be taken back while nothing has changed since."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import any_, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Uuid

from marketplace.catalogue.errors import CategoryChangedSince, CategoryRefused
from marketplace.catalogue.models import (
    AttributeDefinition,
    AttributeKind,
    Category,
    CategoryAttribute,
    CategoryChange,
    CategoryChangeKind,
    CategoryMove,
    Product,
    ProductState,
    Variant,
)
from marketplace.catalogue.queries.taxonomy import attribute_by_id, find_asked, find_attribute, holding, lock_change
from marketplace.catalogue.services.category_moves import is_moving, start_moving, start_moving_back
from marketplace.catalogue.taxonomy import AttributeWish, CategoryWish, attribute_snapshot, category_snapshot, digest
from marketplace.core import audit, changes, clock
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.i18n import lazy
from marketplace.core.ids import new_id


def _lock_tree() -> dict[UUID, Category]:
    """Nobody else changes the tree meanwhile; listings can still be saved."""
    query = select(Category).order_by(Category.id).with_for_update(key_share=True).execution_options(populate_existing=True)
    return {row.id: row for row in db.session.scalars(query)}


def _standing(tree: Mapping[UUID, Category], category_id: UUID) -> Category:
    found = tree.get(category_id)
    if found is None:
        raise NotFound
    if found.retired_at is not None:
        raise CategoryRefused("form", lazy("This category is retired."))
    return found


def _keep(
    category: Category,
    kind: CategoryChangeKind,
    *,
    actor: Actor,
    subject_id: UUID | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    moving: int | None = None,
) -> CategoryChange:
    """Keep a change; `moving` is how many listings go along, which begins afterwards."""
    change = CategoryChange(
        id=new_id(),
        category_id=category.id,
        kind=kind,
        subject_id=subject_id or category.id,
        before=before or {},
        after=after or {},
        product_ids=[],
        state=CategoryMove.STANDS if moving is None else CategoryMove.MOVING,
        total=moving or 0,
        done=0,
        made_by=actor.person_id,
        made_by_name=actor.name,
        made_at=clock.now(),
    )
    db.session.add(change)
    told = {"products": moving} if moving is not None else {}
    audit.record(
        actor,
        f"category.{kind.value}",
        "category",
        category.id,
        before=change.before,
        after={"slug": category.slug, **change.after, **told},
    )
    return change


def add_category(wish: CategoryWish, *, slug: str, is_leaf: bool, actor: Actor) -> UUID:
    """A new category, for products or for further categories. Raises: CategoryRefused (parent, taken address)."""
    tree = _lock_tree()
    if any(row.slug == slug for row in tree.values()):
        raise CategoryRefused("slug", lazy("Another category has this address."))
    category = Category(id=new_id(), slug=slug, is_leaf=is_leaf, path=[], retired_at=None, merged_into_id=None)
    _place(category, wish, tree)
    db.session.add(category)
    db.session.flush()  # its change points to it
    _keep(category, CategoryChangeKind.ADDED, actor=actor, after=wish.snapshot())
    return category.id


def edit_category(category_id: UUID, wish: CategoryWish, *, seen: str, actor: Actor) -> None:
    """Names, codes and place in the tree; everything below moves along and is indexed again.

    Raises: NotFound, CategoryRefused (parent), CategoryChangedSince.
    """
    tree = _lock_tree()
    category = _standing(tree, category_id)
    before = category_snapshot(category)
    if digest(before) != seen:
        raise CategoryChangedSince
    if before == wish.snapshot():
        return
    _place(category, wish, tree)
    _follow(category, tree)
    _keep(category, CategoryChangeKind.EDITED, actor=actor, before=before, after=wish.snapshot())


def _place(category: Category, wish: CategoryWish, tree: Mapping[UUID, Category]) -> None:
    parent = None
    if wish.parent_id is not None:
        parent = tree.get(wish.parent_id)
        if parent is None or parent.is_leaf or parent.retired_at is not None:
            raise CategoryRefused("parent_id", lazy("Choose one of the list."))
        if category.id in parent.path:
            raise CategoryRefused("parent_id", lazy("A category cannot stand below itself."))
    category.parent_id = wish.parent_id
    category.path = [*(parent.path if parent else []), category.id]
    category.name = dict(wish.name)
    category.unspsc = wish.unspsc
    category.hs_codes = list(wish.hs_codes)
    category.position = wish.position


def _follow(category: Category, tree: Mapping[UUID, Category]) -> None:
    """What stands below takes the new way, and the index learns the names of the way."""
    below = [row for row in tree.values() if category.id in row.path]
    for row in below:
        if row.id != category.id:
            row.path = [*category.path, *row.path[row.path.index(category.id) + 1 :]]
    changes.mark("product", _listings_in(row.id for row in below))


def _listings_in(category_ids: Any) -> list[UUID]:
    wanted = literal(list(category_ids), ARRAY(Uuid))
    return list(db.session.scalars(select(Product.id).where(Product.category_id == any_(wanted), Product.state != ProductState.RETIRED)))


def retire_category(category_id: UUID, *, seen: str, actor: Actor) -> None:
    """Take a category out that holds nothing any more. Raises: NotFound, CategoryRefused (something is left), CategoryChangedSince."""
    tree = _lock_tree()
    category = _standing(tree, category_id)
    if digest(category_snapshot(category)) != seen:
        raise CategoryChangedSince
    if any(row.parent_id == category.id and row.retired_at is None for row in tree.values()):
        raise CategoryRefused("form", lazy("Categories stand below this one. Move or retire them first."))
    _check_still(category)
    _shut(category)
    left = len(_listings_in([category.id]))
    if left:
        raise CategoryRefused("form", lazy("Listings that stand here: %(n)s. Merge it into another category instead."), n=left)
    category.retired_at = clock.now()
    _keep(category, CategoryChangeKind.RETIRED, actor=actor, before={"retired": False}, after={"retired": True})


def _shut(category: Category) -> None:
    """Wait for listings that are just being saved in it; what comes later finds it retired."""
    db.session.execute(select(Category.id).where(Category.id == category.id).with_for_update())


def merge_category(category_id: UUID, into_id: UUID, *, seen: str, actor: Actor) -> CategoryChange:
    """Retire a category whose address leads to another one from now on, and move its listings there: the first part at once, the rest by
    a job. Returns the change, which says how far that is.

    Raises: NotFound, CategoryRefused, CategoryChangedSince.
    """
    tree = _lock_tree()
    category = _standing(tree, category_id)
    if digest(category_snapshot(category)) != seen:
        raise CategoryChangedSince
    into = tree.get(into_id)
    if not category.is_leaf:
        raise CategoryRefused("form", lazy("This one holds categories. Move them, then retire it."))
    if into is None or not into.is_leaf or into.retired_at is not None or into.id == category.id:
        raise CategoryRefused("into_id", lazy("Choose one of the list."))
    _check_still(category)
    _shut(category)
    category.retired_at = clock.now()
    category.merged_into_id = into.id
    total = db.session.scalar(select(func.count()).select_from(Product).where(Product.category_id == category.id)) or 0
    after = {"into": str(into.id), "into_slug": into.slug}
    change = _keep(category, CategoryChangeKind.MERGED, actor=actor, before={"into": None}, after=after, moving=total)
    start_moving(change, actor=actor)
    return change


def _check_still(category: Category) -> None:
    if is_moving(category):
        raise CategoryRefused("form", lazy("Listings are just being moved into it. Wait until that has ended."))


def set_attribute(category_id: UUID, wish: AttributeWish, *, seen: str, actor: Actor) -> UUID:
    """Ask for an attribute in a category, and say what it is; the definition is shared by all categories that ask for it.

    Type and unit stay what they are, and an allowed value stays, as long as a listing uses them.
    Raises: NotFound, CategoryRefused, CategoryChangedSince.
    """
    category = _standing(_lock_tree(), category_id)
    definition = find_attribute(wish.code)
    asked = find_asked(category_id, definition.id) if definition else None
    before, after = attribute_snapshot(definition, asked), wish.snapshot()
    if digest(before) != seen:
        raise CategoryChangedSince
    if before == after and definition is not None:
        return definition.id
    attribute_id = _write_definition(definition, after["definition"])
    _write_asked(category_id, attribute_id, asked, after["asked"])
    _keep(category, CategoryChangeKind.ATTRIBUTE_SET, actor=actor, subject_id=attribute_id, before=before, after=after)
    return attribute_id


def _write_definition(definition: AttributeDefinition | None, wanted: Mapping[str, Any]) -> UUID:
    code = wanted["code"]
    if definition is None:
        definition = AttributeDefinition(id=new_id(), code=code)
        db.session.add(definition)
    else:
        check_definition(definition, wanted)
        if (definition.name, definition.choices) != (wanted["name"], wanted["choices"]):
            # Its words stand in the documents of every listing that uses it.
            own = select(Variant.product_id).where(Variant.attributes.has_key(code))
            changes.mark("product", db.session.scalars(own.union(select(Product.id).where(Product.attributes.has_key(code)))))
    definition.kind = AttributeKind(wanted["kind"])
    definition.unit = wanted["unit"]
    definition.name = dict(wanted["name"])
    definition.choices = [dict(choice) for choice in wanted["choices"]]
    db.session.flush()  # what asks for it points to it
    return definition.id


def check_definition(definition: AttributeDefinition, wanted: Mapping[str, Any]) -> None:
    """Whether listings allow that an attribute becomes this (the `definition` of a snapshot). Raises: CategoryRefused."""
    if (definition.kind.value, definition.unit) != (wanted["kind"], wanted["unit"]):
        held = holding(definition.code)
        if held:
            field = "kind" if definition.kind.value != wanted["kind"] else "unit"
            raise CategoryRefused(
                field, lazy("Listings that hold a value: %(n)s. Make another attribute and stop asking for this one."), n=held
            )
    kept = {choice["code"] for choice in wanted["choices"]}
    gone = [choice["code"] for choice in definition.choices if choice["code"] not in kept]
    held = holding(definition.code, gone) if gone else 0
    if held:
        raise CategoryRefused(
            "choices",
            lazy("You have left out a value that is in use (%(codes)s). Listings that use it: %(n)s."),
            n=held,
            codes=", ".join(gone)[:200],
        )


def _write_asked(category_id: UUID, attribute_id: UUID, asked: CategoryAttribute | None, wanted: Mapping[str, Any]) -> None:
    if asked is None:
        db.session.add(CategoryAttribute(category_id=category_id, attribute_id=attribute_id, **wanted))
        return
    for name, value in wanted.items():
        setattr(asked, name, value)


def remove_attribute(category_id: UUID, attribute_id: UUID, *, seen: str, actor: Actor) -> None:
    """Stop asking for an attribute; listings keep their values. Raises: NotFound, CategoryRefused, CategoryChangedSince."""
    category = _standing(_lock_tree(), category_id)
    definition = attribute_by_id(attribute_id)
    asked = find_asked(category_id, attribute_id)
    if asked is None:
        raise NotFound
    before = attribute_snapshot(definition, asked)
    if digest(before) != seen:
        raise CategoryChangedSince
    db.session.delete(asked)
    after = attribute_snapshot(definition, None)
    _keep(category, CategoryChangeKind.ATTRIBUTE_REMOVED, actor=actor, subject_id=attribute_id, before=before, after=after)


CHANGED_SINCE = lazy("Something has been changed since; this cannot be taken back any more.")


def undo_change(change_id: UUID, *, actor: Actor) -> UUID:
    """Take a change back, as long as what it made still stands; returns its category. A merge that is under way is stopped by it.

    Raises: NotFound, CategoryRefused.
    """
    tree = _lock_tree()
    change = lock_change(change_id)
    if change.undone_at is not None:
        raise CategoryRefused("form", lazy("This has been taken back already."))
    category = tree[change.category_id]
    if change.kind is CategoryChangeKind.EDITED:
        _undo_edit(category, change, tree)
    elif change.kind is CategoryChangeKind.RETIRED:
        _reopen(category, tree)
    elif change.kind is CategoryChangeKind.MERGED:
        if category.merged_into_id != UUID(change.after["into"]):
            raise CategoryRefused("form", CHANGED_SINCE)
        _reopen(category, tree)
        category.merged_into_id = None
        start_moving_back(change, actor=actor)
    elif change.kind is CategoryChangeKind.ADDED:
        raise CategoryRefused("form", lazy("A new category is not taken back; retire it."))
    else:
        _undo_attribute(_standing(tree, category.id), change)
    if change.kind is not CategoryChangeKind.MERGED:  # which has begun to move its listings back
        change.state = CategoryMove.UNDONE
    change.undone_at = clock.now()
    audit.record(actor, "category.change_undone", "category", category.id, before=change.after, after=change.before)
    return category.id


def _undo_edit(category: Category, change: CategoryChange, tree: Mapping[UUID, Category]) -> None:
    if category.retired_at is not None or category_snapshot(category) != change.after:
        raise CategoryRefused("form", CHANGED_SINCE)
    old = change.before
    parent_id = UUID(old["parent_id"]) if old["parent_id"] else None
    _place(category, CategoryWish(parent_id, old["name"], old["unspsc"], tuple(old["hs_codes"]), old["position"]), tree)
    _follow(category, tree)


def _reopen(category: Category, tree: Mapping[UUID, Category]) -> None:
    parent = tree.get(category.parent_id) if category.parent_id else None
    if category.retired_at is None or (parent is not None and parent.retired_at is not None):
        raise CategoryRefused("form", CHANGED_SINCE)
    category.retired_at = None


def _undo_attribute(category: Category, change: CategoryChange) -> None:
    definition = attribute_by_id(change.subject_id)
    asked = find_asked(category.id, change.subject_id)
    if attribute_snapshot(definition, asked) != change.after:
        raise CategoryRefused("form", CHANGED_SINCE)
    old = change.before
    if old["definition"] is not None:
        _write_definition(definition, old["definition"])
    if old["asked"] is not None:
        _write_asked(category.id, definition.id, asked, old["asked"])
    elif asked is not None:
        db.session.delete(asked)
