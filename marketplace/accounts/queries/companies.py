"""Companies, and the files that belong to one."""

from uuid import UUID

from sqlalchemy import select

from marketplace.accounts.models import Company
from marketplace.core import files
from marketplace.core.audit import Viewer
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.files import FileAccess, StoredFile


def operator_company_id() -> UUID | None:
    """The company that runs the platform; None before it was made."""
    return db.session.scalar(select(Company.id).where(Company.is_operator))


def lock_company(company_id: UUID) -> Company:
    """The company, locked until the act ends: members, addresses and sides change one after the other. Raises: NotFound."""
    company = db.session.scalar(select(Company).where(Company.id == company_id).with_for_update())
    if company is None:
        raise NotFound
    return company


def company_by_id(company_id: UUID) -> Company:
    """A company by its id; the caller has already decided that it may be known. Raises: NotFound."""
    company = db.session.get(Company, company_id)
    if company is None:
        raise NotFound
    return company


def file_for(file_id: UUID, viewer: Viewer | None) -> StoredFile:
    """A file that the viewer may read: public, for the registered, of the own company, shared with it, or any for platform staff.

    Raises: NotFound.
    """
    stored = db.session.scalar(select(StoredFile).where(StoredFile.id == file_id))
    if stored is None or not (stored.access is FileAccess.PUBLIC or (viewer is not None and _may_read(stored, viewer))):
        raise NotFound
    return stored


def _may_read(stored: StoredFile, viewer: Viewer) -> bool:
    return (
        viewer.is_staff
        or stored.company_id == viewer.company_id
        or stored.access is FileAccess.REGISTERED
        or files.is_shared(stored.id, viewer.company_id)
    )
