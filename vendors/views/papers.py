"""Papers and photos that come with a form, and how the desk shows them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import request
from werkzeug.datastructures import FileStorage

from marketplace.core import files, pictures
from marketplace.core.audit import Actor
from marketplace.core.db import outside, transaction
from marketplace.core.files import FileRefused, StoredFile
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, lazy
from marketplace.core.pictures import PictureRefused
from vendors import queries, services

Keep = Callable[[UUID, Sequence[tuple[str, bytes]]], list[StoredFile]]
"""Writes the rows of papers, `(name, content)`, of a company."""
PICTURES = frozenset({"image/png", "image/jpeg"})
MOST_PHOTOS = 20
TOO_MANY = lazy("These are too many: at most %(most)s.")


@dataclass(frozen=True, slots=True)
class Paper:
    """A stored file as the desk looks at it: a picture or, in a frame, a PDF."""

    stored: StoredFile
    is_picture: bool
    sent_by_others: int
    """How many other companies have sent the very same file."""


def papers(stored: Iterable[StoredFile], *, company_id: UUID) -> dict[UUID, Paper]:
    """The files of a company by id, for the desk."""
    return {f.id: Paper(f, f.type in PICTURES, queries.sent_by_others(f.sha256, company_id=company_id)) for f in stored}


def sent_files(name: str) -> list[FileStorage]:
    """What was sent under a name; empty fields are left out."""
    return [sent for sent in request.files.getlist(name) if sent.filename]


def keep_file(form: Form[Any], name: str, company_id: UUID) -> UUID | None:
    """Store the one file that came under a name; None when none came, or a bad one, which is then said at its field."""
    sent = sent_files(name)
    stored = _keep(form, name, sent[0], company_id, must_be_picture=False) if sent else None
    return stored.id if stored else None


def keep_papers(form: Form[Any], name: str, company_id: UUID, *, most: int, keep: Keep) -> list[UUID]:
    """Store the papers that came under a name; a bad one is said at its field, and then none of them is kept.

    `keep` is the service that writes their rows, and has those dropped later that no act has taken. Rows first, then bytes, then the act: what
    it shows is always there to be read.
    """
    papers = _read_papers(form, name, most=most)
    if not papers or form.messages:
        return []
    with transaction():
        kept = keep(company_id, papers)
    outside()
    for stored, (_, content) in zip(kept, papers, strict=True):
        _put(stored, content)
    return [stored.id for stored in kept]


def _read_papers(form: Form[Any], name: str, *, most: int) -> list[tuple[str, bytes]]:
    sent = sent_files(name)
    if len(sent) > most:
        form.add_error(name, gettext(TOO_MANY, most=most))
        return []
    papers = []
    for each in sent:
        content = each.read(files.MAX_BYTES + 1)
        each.close()  # a large one lies in a temporary file
        try:
            files.check(content)
        except FileRefused as refusal:
            form.add_error(name, gettext(refusal.text))
            return []
        papers.append((each.filename or "", content))
    return papers


def keep_photos(form: Form[Any], name: str, company_id: UUID) -> list[UUID]:
    """Store the photos that came under a name, with what pages show of them; a bad one is said at its field."""
    sent = sent_files(name)
    if len(sent) > MOST_PHOTOS:
        form.add_error(name, gettext(TOO_MANY, most=MOST_PHOTOS))
        return []
    kept = [_keep(form, name, each, company_id, must_be_picture=True) for each in sent]
    return [stored.id for stored in kept if stored is not None]


def keep_documents(form: Form[Any], company_id: UUID, kinds: Sequence[str], *, actor: Actor) -> None:
    """Store the documents that came with the form, each beside its line of the checklist; a bad one is said at its field.

    The row first, then the bytes, then the link: a document that is shown beside a line is always there to be read.
    """
    for kind in kinds:
        file_id = keep_file(form, f"{kind}_file", company_id)
        if file_id is not None:
            with transaction():
                services.attach_document(company_id, kind, file_id, actor=actor)


def _keep(form: Form[Any], name: str, sent: FileStorage, company_id: UUID, *, must_be_picture: bool) -> StoredFile | None:
    content = sent.read(files.MAX_BYTES + 1)
    sent.close()  # a large one lies in a temporary file
    try:
        is_picture = files.check(content) in PICTURES
        if must_be_picture:
            if not is_picture:
                raise PictureRefused
            pictures.thumbnails(content)  # refused before its row is written
        with transaction():
            stored = files.record(company_id, sent.filename or "", content)
        outside()
        _put(stored, content)
    except (FileRefused, PictureRefused) as refusal:
        form.add_error(name, gettext(refusal.text))
        return None
    return stored


def _put(stored: StoredFile, content: bytes) -> None:
    if stored.type not in PICTURES:
        files.store(stored, content)
        return
    try:
        files.store_picture(stored, content)
    except PictureRefused:
        # A scan that cannot be drawn small is still a paper: it is opened, not shown.
        files.store(stored, content)
