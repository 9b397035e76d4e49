"""Photos that come with a form: read and checked, then kept as files of a company."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from werkzeug.datastructures import FileStorage

from marketplace.core import files, pictures
from marketplace.core.db import outside, transaction
from marketplace.core.files import FileEmpty, FileRefused, FileTooLarge, StoredFile
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, lazy
from marketplace.core.pictures import PictureRefused

MAX_PHOTOS = 6
TOO_MANY = lazy("At most %(most)s photos.")
NO_PICTURE = lazy("This is no PNG or JPEG. A photo in another form, such as HEIC, can be saved as JPEG and sent then.")
Photo = tuple[str, bytes]


def read_photos(form: Form[Any], field: str, sent: Sequence[FileStorage]) -> list[Photo]:
    """The photos of one field; one that cannot be shown is said beside it, and the form is then not valid any more."""
    named = [one for one in sent if one.filename]
    if len(named) > MAX_PHOTOS:
        form.add_error(field, gettext(TOO_MANY, most=MAX_PHOTOS))
        return []
    read = [(one.filename or "photo", one.read(files.MAX_BYTES + 1)) for one in named]
    for one in named:
        one.close()  # a large one lies in a temporary file
    for name, content in read:
        if why := _refused(content):
            form.add_error(field, f"{name}: {why}")
    return read


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


def keep_photos(company_id: UUID, photos: Sequence[Photo]) -> list[StoredFile]:
    """Their rows first, then their bytes: what an act shows afterwards is always there to be read."""
    if not photos:
        return []
    with transaction():
        kept = [files.record(company_id, name, content) for name, content in photos]
    outside()
    for stored, (_, content) in zip(kept, photos, strict=True):
        files.store_picture(stored, content)
    return kept
