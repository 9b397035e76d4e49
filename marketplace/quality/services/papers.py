"""Papers that come with an appeal, or with the taking down of a product: files of the vendor from the moment they are sent, and gone again
when no such act has taken them.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import any_, delete, exists, select

from marketplace.catalogue.models import ProductTakedown
from marketplace.core import clock, files, jobs
from marketplace.core.db import db
from marketplace.core.files import StoredFile
from marketplace.quality.models import VendorAppeal

UNUSED_KEPT = timedelta(days=7)
"""As long as photos of claims that were given up."""


def keep_papers(vendor_id: UUID, papers: Sequence[tuple[str, bytes]]) -> list[StoredFile]:
    """The rows of papers, `(name, content)`, that a form has brought; the caller stores the bytes."""
    kept = [files.record(vendor_id, name, content) for name, content in papers]
    if kept:
        ids = [str(stored.id) for stored in kept]
        jobs.enqueue("quality.drop_unused_papers", run_at=clock.now() + UNUSED_KEPT, vendor_id=vendor_id, file_ids=ids)
    return kept


def drop_unused_papers(file_ids: Sequence[UUID]) -> list[UUID]:
    """Forget the papers that belong to no act: it was refused, or sent twice. Which are gone, now or before."""
    taken = [
        exists().where(act.vendor_id == StoredFile.company_id, StoredFile.id == any_(act.file_ids))
        for act in (VendorAppeal, ProductTakedown)
    ]
    db.session.execute(delete(StoredFile).where(StoredFile.id.in_(file_ids), *(~each for each in taken)))
    left = set(db.session.scalars(select(StoredFile.id).where(StoredFile.id.in_(file_ids))))
    return [file_id for file_id in file_ids if file_id not in left]
