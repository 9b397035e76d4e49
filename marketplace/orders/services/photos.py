"""Photos that come with a form: files of a company from the moment they are sent, and gone again when no act has taken them."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, exists, select

from marketplace.core import clock, files, jobs
from marketplace.core.db import db
from marketplace.core.files import StoredFile
from marketplace.orders.models import ClaimPhoto, ProductionPhoto

UNUSED_KEPT = timedelta(days=7)
"""How long a refused form may stand open, or lie behind a log-in, before its photos are gone."""


def keep_photos(company_id: UUID, photos: Sequence[tuple[str, bytes]]) -> list[StoredFile]:
    """The rows of photos, `(name, content)`, that a form has brought; the caller stores the bytes."""
    kept = [files.record(company_id, name, content) for name, content in photos]
    ids = [str(stored.id) for stored in kept]
    jobs.enqueue("orders.drop_unused_photos", run_at=clock.now() + UNUSED_KEPT, company_id=company_id, file_ids=ids)
    return kept


def drop_unused_photos(file_ids: Sequence[UUID]) -> list[UUID]:
    """Forget the photos that have become part of no claim and no stage: the form was refused and given up. Which are gone, now or before.

    One that an act takes at this moment stays: the database refuses to part the two, and the job is done again.
    """
    used = (select(photo.file_id).where(photo.file_id == StoredFile.id) for photo in (ClaimPhoto, ProductionPhoto))
    unused = [~exists(query) for query in used]
    db.session.execute(delete(StoredFile).where(StoredFile.id.in_(file_ids), *unused))
    left = set(db.session.scalars(select(StoredFile.id).where(StoredFile.id.in_(file_ids))))
    return [file_id for file_id in file_ids if file_id not in left]
