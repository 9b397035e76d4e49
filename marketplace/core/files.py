"""The one file pipeline: type by content, generated names, served as attachment under a policy of its own (robustness.md 13)."""

import hashlib
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urlsplit
from uuid import UUID

import filetype
import obstore
from flask import current_app
from obstore.exceptions import BaseError
from obstore.store import ObjectStore, from_url
from sqlalchemy import ForeignKey
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core import clock, pictures
from marketplace.core.breaker import Breaker
from marketplace.core.db import Base, db, enum_type
from marketplace.core.errors import Invalid, NotFound, Unavailable
from marketplace.core.i18n import gettext, lazy
from marketplace.core.ids import new_id

MAX_BYTES = 10 * 1024 * 1024
CALL_SECONDS, CONNECT_SECONDS, RETRIES = 10, 3, 1
LOW_DISK_BYTES = 256 << 20
FAILURES, PAUSE_SECONDS = 3, 10.0
PDF = "application/pdf"
TYPES = {PDF: "pdf", "image/png": "png", "image/jpeg": "jpg"}


class FileAccess(StrEnum):
    """Who may read a file besides the company that it belongs to."""

    COMPANY = "company"  # the company, those it is shared with, and platform staff
    REGISTERED = "registered"  # everybody who has signed in
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


class FileReader(Base):
    """A company that may read another's file: the other side of an order, an approved buyer."""

    __tablename__ = "file_readers"

    file_id: Mapped[UUID] = mapped_column(ForeignKey(StoredFile.id, ondelete="CASCADE"), primary_key=True)
    company_id: Mapped[UUID] = mapped_column(primary_key=True)


class FileRefused(Invalid):
    """The file is too large, empty, or of a kind that is not taken."""

    code = "file_refused"
    message = lazy("This file is not taken. Send a PDF, PNG or JPEG of up to 10 MB.")


class FileEmpty(FileRefused):
    """There is nothing in it."""

    message = lazy("This file is empty: 0 bytes. Choose another one.")


class FileTooLarge(FileRefused):
    """It has more bytes than a file may have."""

    message = lazy("This file is too large: a file may have up to 10 MB.")


def check(content: bytes) -> str:
    """The media type of a file by its content. Raises: FileRefused, and of it FileEmpty and FileTooLarge."""
    if not content:
        raise FileEmpty
    if len(content) > MAX_BYTES:
        raise FileTooLarge
    kind = filetype.guess(content)
    if kind is None or kind.mime not in TYPES:
        raise FileRefused
    return str(kind.mime)


def record(
    company_id: UUID, name: str, content: bytes, *, access: FileAccess = FileAccess.COMPANY, media_type: str | None = None
) -> StoredFile:
    """The row of a file whose bytes `store` has already taken or will take; the given name is only ever shown.

    `media_type` is for a room that takes further kinds and has looked at the content itself.
    """
    stored = StoredFile(
        id=new_id(),
        company_id=company_id,
        name="".join(c for c in name if c.isprintable() and c not in '/\\"')[-120:] or "file",
        type=media_type or check(content),
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        access=access,
        created_at=clock.now(),
    )
    db.session.add(stored)
    return stored


def share(stored: StoredFile, company_id: UUID) -> None:
    """Let another company read the file; a repeat changes nothing."""
    db.session.flush()
    db.session.execute(insert(FileReader).values(file_id=stored.id, company_id=company_id).on_conflict_do_nothing())


def is_shared(file_id: UUID, company_id: UUID) -> bool:
    """Whether the file is shared with the company by name."""
    return db.session.get(FileReader, (file_id, company_id)) is not None


class FilesUnavailable(Unavailable):
    """The object store does not answer."""

    code = "files_unavailable"
    message = lazy("Files cannot be read or stored at the moment. Everything else works.")


def _store() -> ObjectStore:
    if "object_store" not in current_app.extensions:
        current_app.extensions["object_store"] = _connect(current_app.config["OBJECT_STORE_URL"])
    store: ObjectStore = current_app.extensions["object_store"]
    return store


def _connect(url: str) -> ObjectStore:
    if urlsplit(url).scheme == "file":
        return from_url(url)
    # Its own variable for plain http is not read beside these options, and a store of one's own network may well speak it:
    # the endpoint's address says which.
    return from_url(
        url,
        client_options={
            "allow_http": True,
            "timeout": timedelta(seconds=CALL_SECONDS),
            "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
        },
        retry_config={"max_retries": RETRIES, "retry_timeout": timedelta(seconds=CALL_SECONDS)},
    )


def _folder() -> Path | None:
    """Where the files lie, when that is a disk of this machine."""
    where = urlsplit(current_app.config["OBJECT_STORE_URL"])
    return Path(unquote(where.path)) if where.scheme == "file" else None


@contextmanager
def _asking() -> Iterator[ObjectStore]:
    """The store; one that does not answer is left alone for a while, since a list of pictures would hold every thread of the pages.

    Raises: FilesUnavailable; FileNotFoundError as the store says it.
    """
    folder = _folder()
    if folder and not folder.is_dir():  # else reading would say that the file never was, and writing would make the folder anew
        raise FilesUnavailable
    made = Breaker(limit=FAILURES, pause=PAUSE_SECONDS, clock=time.monotonic)
    breaker: Breaker = current_app.extensions.setdefault("object_store.breaker", made)
    if breaker.is_open:
        raise FilesUnavailable
    try:
        yield _store()
    except FileNotFoundError:
        breaker.succeeded()
        raise
    except (BaseError, OSError) as error:
        breaker.failed()
        raise FilesUnavailable from error
    breaker.succeeded()


def why_not_ready() -> str | None:
    """Why files cannot be read, for status pages; None when they can. Asks for a file that never is: `there is none` is an answer."""
    folder = _folder()
    if folder and not folder.is_dir():
        return gettext("the folder of the files is not there")
    if folder and (left := shutil.disk_usage(folder).free) < LOW_DISK_BYTES:
        return gettext("the disk of the files has only %(size)s MB left", size=left >> 20)
    try:
        with _asking() as where_to:
            obstore.head(where_to, "readiness")
    except FileNotFoundError:
        return None
    except FilesUnavailable as refusal:
        cause = type(refusal.__cause__).__name__ if refusal.__cause__ else gettext("left alone for a while")
        return gettext("the object store does not answer (%(fault)s)", fault=cause)
    return None


def _put(path: str, content: bytes) -> None:
    try:
        with _asking() as where:
            obstore.put(where, path, content)
    except FileNotFoundError as error:  # the bucket itself
        raise FilesUnavailable from error


def _get(path: str) -> bytes:
    try:
        with _asking() as where:
            return bytes(obstore.get(where, path).bytes())
    except FileNotFoundError as error:
        raise NotFound from error


def _remove(path: str) -> None:
    try:
        with _asking() as where:
            obstore.delete(where, path)
    except FileNotFoundError:
        return


def store(stored: StoredFile, content: bytes) -> None:
    """Put the bytes; a repeat writes the same. Raises: FilesUnavailable."""
    _put(f"{stored.company_id}/{stored.id}", content)


def store_picture(stored: StoredFile, content: bytes) -> None:
    """Put a picture and what pages show of it. Raises: PictureRefused before anything is put."""
    small = pictures.thumbnails(content)
    for width, drawn in small.items():
        _put(f"{stored.company_id}/{stored.id}-{width}.webp", drawn)
    store(stored, content)


def remove_picture(company_id: UUID, file_id: UUID) -> None:
    """Take away the bytes of a picture whose row is gone, and what pages showed of it; a repeat finds nothing. Raises: FilesUnavailable."""
    for ending in ("", *(f"-{width}.webp" for width in pictures.WIDTHS)):
        _remove(f"{company_id}/{file_id}{ending}")


def read_thumbnail(stored: StoredFile, width: int) -> bytes:
    """A picture at one of `pictures.WIDTHS`. Raises: NotFound when it is no picture, FilesUnavailable."""
    return _get(f"{stored.company_id}/{stored.id}-{width}.webp")


def read(stored: StoredFile) -> bytes:
    """The bytes of a file. Raises: NotFound when they are gone, FilesUnavailable."""
    return _get(f"{stored.company_id}/{stored.id}")


def put_large(company_id: UUID, name: str, source: IO[bytes]) -> None:
    """Put a file of a company that a job works on, such as `imports/<id>`, piece by piece; it is no row of `files`.

    Raises: FilesUnavailable.
    """
    try:
        with _asking() as where:
            obstore.put(where, f"{company_id}/{name}", source)
    except FileNotFoundError as error:  # the bucket itself
        raise FilesUnavailable from error


def fetch_large(company_id: UUID, name: str, to: Path) -> None:
    """Write a file of `put_large` to a path, piece by piece. Raises: NotFound when it is gone, FilesUnavailable."""
    with to.open("wb") as out:
        for piece in stream_large(company_id, name):
            out.write(piece)


def stream_large(company_id: UUID, name: str) -> Iterator[bytes]:
    """A file of `put_large` in pieces. Raises: NotFound at once when it is gone, FilesUnavailable."""
    try:
        with _asking() as where:
            found = obstore.get(where, f"{company_id}/{name}")
    except FileNotFoundError as error:
        raise NotFound from error
    return (bytes(piece) for piece in found.stream(min_chunk_size=1 << 20))
