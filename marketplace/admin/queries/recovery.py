"""What a look at the whole world asks: is everything that rows speak of there, and does the provider agree?"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from marketplace.core.db import db
from marketplace.core.files import StoredFile
from payments.models import ProviderMovement

FILES_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Movements:
    """Movements at the provider that no entry explains, in minor units by currency."""

    waiting: int
    waiting_minor: dict[str, int]
    in_suspense: int


def movements() -> Movements:
    """Count what still waits for its entry, and what only suspense explains."""
    waiting = (ProviderMovement.entry_id.is_(None), ProviderMovement.net_minor != 0)
    sums = select(ProviderMovement.currency, func.sum(ProviderMovement.net_minor), func.count()).where(*waiting)
    rows = db.session.execute(sums.group_by(ProviderMovement.currency)).all()
    suspense = db.session.scalar(select(func.count()).select_from(ProviderMovement).where(ProviderMovement.is_unexplained)) or 0
    return Movements(sum(row[2] for row in rows), {row[0]: int(row[1]) for row in rows}, suspense)


def stored_files() -> Iterator[list[StoredFile]]:
    """Every file, some hundreds at a time, by id; the caller may reach the object store between two lots."""
    after: UUID | None = None
    while True:
        query = select(StoredFile).order_by(StoredFile.id).limit(FILES_AT_ONCE)
        found = list(db.session.scalars(query.where(StoredFile.id > after) if after else query))
        if not found:
            return
        after = found[-1].id
        yield found


def is_whole(stored: StoredFile, content: bytes) -> bool:
    """Whether these are the bytes that were stored."""
    return hashlib.sha256(content).hexdigest() == stored.sha256
