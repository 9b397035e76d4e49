"""Photos that come with a form: read and checked, then kept as files of a company, also while the form is refused for something else."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from marketplace.core import files, pictures
from marketplace.core.db import db, outside, transaction
from marketplace.core.files import FileEmpty, FileRefused, FileTooLarge, StoredFile
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, lazy
from marketplace.core.ids import parse_id
from marketplace.core.pictures import PictureRefused
from marketplace.orders import services

MAX_PHOTOS = 6
SALT = "orders.photos"
TOO_MANY = lazy("At most %(most)s photos.")
NO_PICTURE = lazy("This is no PNG or JPEG. A photo in another form, such as HEIC, can be saved as JPEG and sent then.")
Photo = tuple[str, bytes]


def read_photos(form: Form[Any], field: str, sent: Sequence[FileStorage], *, kept: int = 0) -> list[Photo]:
    """The good photos of one field; those that cannot be shown are said beside it, and the form is then not valid any more.

    `kept` is how many the form has already.
    """
    named = [one for one in sent if one.filename]
    if kept + len(named) > MAX_PHOTOS:
        form.add_error(field, gettext(TOO_MANY, most=MAX_PHOTOS))
        return []
    read = [(one.filename or "photo", one.read(files.MAX_BYTES + 1)) for one in named]
    for one in named:
        one.close()  # a large one lies in a temporary file
    refused = {name: why for name, content in read if (why := _refused(content))}
    if refused:
        form.add_error(field, " ".join(f"{name}: {why}" for name, why in refused.items()))
    return [photo for photo in read if photo[0] not in refused]


def _refused(content: bytes) -> str | None:
    """Why a file is no photo that both sides can see."""
    try:
        if files.check(content) == files.PDF:
            return gettext(NO_PICTURE)
        pictures.thumbnails(content)
    except (FileEmpty, FileTooLarge, PictureRefused) as refused:
        return gettext(refused.text)
    except FileRefused:
        return gettext(NO_PICTURE)
    return None


def photos_of(form: Form[Any], field: str, company_id: UUID) -> list[StoredFile]:
    """What a form has of photos: those that were kept when it was refused, and the good ones that come now, which are kept too.

    A browser never fills a field of files in again, so a refused form names its photos by tokens in `<field>-kept`.
    """
    before = _kept(request.form.getlist(f"{field}-kept"), company_id)
    new = read_photos(form, field, request.files.getlist(field), kept=len(before))
    return [*before, *keep_photos(company_id, new)]


def _tokens() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt=SALT)


def token_of(photo: StoredFile) -> str:
    """Names a kept photo in a form: no other file of the company can be named there."""
    return str(_tokens().dumps(str(photo.id)))


def _kept(tokens: Sequence[str], company_id: UUID) -> list[StoredFile]:
    ids = []
    for token in tokens[:MAX_PHOTOS]:
        try:
            ids.append(parse_id(str(_tokens().loads(token))))
        except BadSignature:
            continue
    if not ids:
        return []
    return list(
        db.session.scalars(select(StoredFile).where(StoredFile.id.in_(ids), StoredFile.company_id == company_id).order_by(StoredFile.id))
    )


def keep_photos(company_id: UUID, photos: Sequence[Photo]) -> list[StoredFile]:
    """Their rows first, then their bytes: what an act shows afterwards is always there to be read. One that no act takes is dropped later."""
    if not photos:
        return []
    with transaction():
        kept = services.keep_photos(company_id, photos)
    outside()
    for stored, (_, content) in zip(kept, photos, strict=True):
        files.store_picture(stored, content)
    return kept
