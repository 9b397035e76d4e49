"""What the search index must learn: one row per changed thing, written in the act's transaction, drained by the indexer.

A row carries a number that every mark raises. It is deleted after the put only if the number is still the one that was read,
so a change during indexing is never lost, and an index that is down loses nothing.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from operator import attrgetter
from uuid import UUID

from sqlalchemy import BigInteger, Sequence, func, select, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core import arrays
from marketplace.core.db import Base, db

CHANNEL = "changes"
change_numbers = Sequence("change_numbers", metadata=Base.metadata)


class Change(Base):
    """A thing whose documents are older than its rows."""

    __tablename__ = "changes"

    kind: Mapped[str] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)


@dataclass(frozen=True, slots=True)
class Marked:
    """A change as the indexer read it."""

    kind: str
    subject_id: UUID
    number: int


def mark(kind: str, ids: Iterable[UUID]) -> None:
    """Say that these things must be indexed again. Repeated marks become one row."""
    wanted = sorted(set(ids), key=attrgetter("int"))
    if not wanted:
        return
    # One array, since a bulk import marks a thousand at a time; sorted, so that two acts lock the rows in one order.
    statement = """
        INSERT INTO changes (kind, subject_id, number)
        SELECT :kind, id, nextval('change_numbers') FROM unnest(CAST(:ids AS uuid[])) AS wanted (id)
        ON CONFLICT (kind, subject_id) DO UPDATE SET number = nextval('change_numbers')
    """
    db.session.execute(text(statement).bindparams(arrays.ids("ids", wanted), kind=kind))
    db.session.execute(text(f"NOTIFY {CHANNEL}"))


def read_marked(limit: int, *, after: int = 0) -> list[Marked]:
    """The oldest marks whose numbers are above `after`, up to `limit`."""
    wanted = select(Change.kind, Change.subject_id, Change.number).where(Change.number > after)
    rows = db.session.execute(wanted.order_by(Change.number).limit(limit))
    return [Marked(*row) for row in rows]


def settle(marked: Iterable[Marked]) -> None:
    """Delete the marks that have been indexed, each only if it was not raised meanwhile."""
    done = list(marked)
    if not done:
        return
    # Three arrays: behind an import there are thousands, and as many parameters took longer than the index itself.
    statement = """
        DELETE FROM changes
        USING unnest(CAST(:kinds AS text[]), CAST(:ids AS uuid[]), CAST(:numbers AS bigint[])) AS done (kind, subject_id, number)
        WHERE (changes.kind, changes.subject_id, changes.number) = (done.kind, done.subject_id, done.number)
    """
    kinds, ids = arrays.texts("kinds", [m.kind for m in done]), arrays.ids("ids", [m.subject_id for m in done])
    db.session.execute(text(statement).bindparams(kinds, ids, numbers=[m.number for m in done]))


def oldest() -> int | None:
    """The number of the change that has waited longest; None when nothing waits."""
    return db.session.scalar(select(func.min(Change.number)))


def marked(kind: str, ids: Collection[UUID]) -> set[UUID]:
    """Which of these things wait to be indexed."""
    return set(db.session.scalars(select(Change.subject_id).where(Change.kind == kind, Change.subject_id.in_(ids))))


def waiting() -> int:
    """How many things wait to be indexed."""
    return db.session.scalar(select(func.count()).select_from(Change)) or 0
