"""Listings go from a merged category to another one, and back again, a part at a time: each part is a transaction that keeps how far it is.

A worker that is killed costs a part: the job comes again and goes on behind the last one.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from marketplace.catalogue.models import Category, CategoryChange, CategoryMove, Product
from marketplace.catalogue.queries.taxonomy import lock_change
from marketplace.core import changes, clock, jobs
from marketplace.core.audit import Actor
from marketplace.core.db import db

PART = 500
"""Listings moved at once: what a page that waits for it can take, too."""


def start_moving(change: CategoryChange, *, actor: Actor) -> None:
    """Move the first part at once; a job moves the rest. The category takes no new listing any more (it is retired in this act)."""
    if not _move_part(change, actor.person_id):
        jobs.enqueue("catalogue.move_listings", change_id=change.id, person_id=actor.person_id)


def start_moving_back(change: CategoryChange, *, actor: Actor) -> None:
    """Begin to take a merge back, also one that is still under way: what it has moved so far returns."""
    change.state, change.done, change.total = CategoryMove.MOVING_BACK, 0, len(change.product_ids)
    start_moving(change, actor=actor)


def move_listings(change_id: UUID, *, person_id: UUID | None) -> bool:
    """Move the next part of a merge, or of taking it back; returns whether that was the last one."""
    return _move_part(lock_change(change_id), person_id)


def _move_part(change: CategoryChange, person_id: UUID | None) -> bool:
    into_id = UUID(change.after["into"])
    if change.state is CategoryMove.MOVING:
        query = select(Product.id).where(Product.category_id == change.category_id).order_by(Product.id).limit(PART)
        part = list(db.session.scalars(query.with_for_update()))
        _move(change.category_id, into_id, part, person_id)
        change.product_ids = [*change.product_ids, *part]
        change.done += len(part)
        if len(part) < PART:
            change.state, change.total = CategoryMove.STANDS, change.done
    elif change.state is CategoryMove.MOVING_BACK:
        part = change.product_ids[change.done : change.done + PART]
        _move(into_id, change.category_id, part, person_id)
        change.done += len(part)
        if change.done == change.total:
            change.state = CategoryMove.UNDONE
    return change.state in (CategoryMove.STANDS, CategoryMove.UNDONE)


def _move(source: UUID, target: UUID, only: list[UUID], person_id: UUID | None) -> None:
    """Each listing gets a version that says where it stands now, so that orders keep the one they saw and open forms are stale.

    Those that stand somewhere else by now stay there.
    """
    values: dict[str, Any] = {"source": source, "target": target, "only": only, "now": clock.now(), "person": person_id}
    moved = list(
        db.session.scalars(
            text(
                """
                WITH moved AS (
                    UPDATE products SET category_id = :target, version = version + 1, updated_at = :now
                    WHERE category_id = :source AND id = ANY(CAST(:only AS uuid[])) RETURNING id, version, state, reasons
                )
                INSERT INTO product_versions (product_id, version, state, content, reasons, made_by, made_at)
                SELECT moved.id, moved.version, moved.state, old.content || jsonb_build_object('category_id', CAST(:target AS text)),
                       moved.reasons, :person, :now
                FROM moved JOIN product_versions old ON old.product_id = moved.id AND old.version = moved.version - 1
                RETURNING product_id
                """
            ),
            values,
        )
    )
    db.session.execute(
        text(
            "UPDATE product_proposals SET content = content || jsonb_build_object('category_id', CAST(:target AS text))"
            " WHERE state = 'waiting' AND product_id = ANY(CAST(:moved AS uuid[])) AND content->>'category_id' = CAST(:source AS text)"
        ),
        {"source": source, "target": target, "moved": moved},
    )
    changes.mark("product", moved)


def is_moving(category: Category) -> bool:
    """Whether listings are just being moved out of a category or into it."""
    running = CategoryChange.state.in_((CategoryMove.MOVING, CategoryMove.MOVING_BACK))
    here = (CategoryChange.category_id == category.id) | (CategoryChange.after["into"].astext == str(category.id))
    return db.session.scalar(select(CategoryChange.id).where(running, here).limit(1)) is not None
