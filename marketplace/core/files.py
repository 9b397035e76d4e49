"""The one file pipeline: type by content, generated names, served as attachment under a policy of its own (robustness.md 13)."""

import hashlib
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import filetype
import obstore
from flask import current_app
from obstore.store import ObjectStore, from_url
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core import clock
from marketplace.core.db import Base, db, enum_type
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.i18n import lazy
from marketplace.core.ids import new_id

MAX_BYTES = 10 * 1024 * 1024
TYPES = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg"}


class FileAccess(StrEnum):
    """Who may read a file besides the company that it belongs to."""

    COMPANY = "company"  # the company and platform staff
    PUBLIC = "public"  # everybody


class StoredFile(Base):
    """A file of a company; its bytes lie in the object store under `<company>/<id>`."""

    __tablename__ = "files"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    company_id: Mapped[UUID] = mapped_column(index=True)
    name: Mapped[str]
    type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]
    access: Mapped[FileAccess] = mapped_column(enum_type(FileAccess, "access"))
    created_at: Mapped[datetime]


class FileRefused(Invalid):
    """The file is too large, empty, or of a kind that is not taken."""

    code = "file_refused"
    message = lazy("This file is not taken. Send a PDF, PNG or JPEG of up to 10 MB.")


def check(content: bytes) -> str:
    """The media type of a file by its content. Raises: FileRefused."""
    kind = filetype.guess(content)
    if not content or len(content) > MAX_BYTES or kind is None or kind.mime not in TYPES:
        raise FileRefused
    return str(kind.mime)


def record(company_id: UUID, name: str, content: bytes, *, access: FileAccess = FileAccess.COMPANY) -> StoredFile:
    """The row of a file whose bytes `store` has already taken or will take; the given name is only ever shown."""
    stored = StoredFile(
        id=new_id(),
        company_id=company_id,
        name="".join(c for c in name if c.isprintable() and c not in '/\\"')[-120:] or "file",
        type=check(content),
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        access=access,
        created_at=clock.now(),
    )
    db.session.add(stored)
    return stored


def _store() -> ObjectStore:
    store: ObjectStore = current_app.extensions.setdefault("object_store", from_url(current_app.config["OBJECT_STORE_URL"]))
    return store


def store(stored: StoredFile, content: bytes) -> None:
    """Put the bytes; a repeat writes the same."""
    obstore.put(_store(), f"{stored.company_id}/{stored.id}", content)


def read(stored: StoredFile) -> bytes:
    """The bytes of a file. Raises: NotFound when they are gone."""
    try:
        return bytes(obstore.get(_store(), f"{stored.company_id}/{stored.id}").bytes())
    except FileNotFoundError as error:
        raise NotFound from error
