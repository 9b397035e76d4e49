"""How long a committed change takes into the index, by trying: a mark of its own kind goes through the indexer like any other."""

import time
from uuid import UUID

from sqlalchemy import select

from marketplace.core import changes
from marketplace.core.changes import Change, Marked
from marketplace.core.db import db, outside, transaction
from marketplace.core.ids import new_id

PROBE = "probe"
"""The kind of a mark that changes nothing."""
LIMIT_SECONDS = 5.0
LOOK_SECONDS = 0.02


def measured(*, limit: float = LIMIT_SECONDS) -> float | None:
    """Seconds from a commit until the indexer has settled it; None where that takes longer than the limit, as without an indexer."""
    probe = new_id()
    with transaction():
        changes.mark(PROBE, [probe])
    began = time.monotonic()
    while (number := _number_of(probe)) is not None:
        if time.monotonic() - began > limit:
            with transaction():
                changes.settle([Marked(PROBE, probe, number)])
            return None
        time.sleep(LOOK_SECONDS)
    return time.monotonic() - began


def _number_of(probe: UUID) -> int | None:
    """The number of the mark while it waits."""
    number = db.session.scalar(select(Change.number).where(Change.kind == PROBE, Change.subject_id == probe))
    outside()
    return number
