"""Kinds of documents, their languages, and files that are no page or picture: drawings for CAD programs, packs of pictures (pure)."""

import io
import zipfile

from marketplace.catalogue.models import DocumentAccess
from marketplace.core import files
from marketplace.core.errors import Invalid
from marketplace.core.files import FileRefused
from marketplace.core.i18n import lazy

KINDS = {
    "spec_sheet": lazy("Spec sheet"),
    "install_guide": lazy("Installation guide"),
    "safety_data_sheet": lazy("Safety data sheet"),
    "cad": lazy("CAD model"),
    "certificate": lazy("Certificate"),
    "certificate_31": lazy("Inspection certificate 3.1, sample batch"),
    "rohs_declaration": lazy("RoHS declaration"),
    "reach_declaration": lazy("REACH declaration"),
    "ce_declaration": lazy("EU declaration of conformity"),
    "oeko_tex": lazy("Textile test certificate"),
    "safety_information": lazy("Safety information"),
    "user_information": lazy("User information"),
    "image_pack": lazy("Image pack"),
    "price_list": lazy("Price list"),
}
LANGUAGES = {
    "en": "English",
    "zh-Hans": "简体中文",
    "de": "Deutsch",
    "es": "Español",
    "fr": "Français",
    "it": "Italiano",
    "ja": "日本語",
    "pl": "Polski",
    "sv": "Svenska",
    "mul": lazy("several or none"),
}
"""Language tag → its own name"""
ACCESS = {
    DocumentAccess.PUBLIC: lazy("everybody"),
    DocumentAccess.REGISTERED: lazy("registered companies"),
    DocumentAccess.APPROVED: lazy("buyers whom the vendor has approved"),
    DocumentAccess.NDA: lazy("buyers with a non-disclosure agreement"),
}
CLOSED = (DocumentAccess.APPROVED, DocumentAccess.NDA)
TITLE_LIMIT = 200
PACKED_LIMIT = 500
"""Files in one pack"""
UNPACKED_LIMIT = 200 * 1024 * 1024


class DocumentRefused(Invalid):
    """The file is too large, empty, or of a kind that is not taken."""

    code = "document_refused"
    message = lazy("This file is not taken. Send a PDF, PNG or JPEG, a STEP or DXF drawing, or a ZIP of pictures, of up to 10 MB.")


def media_type(content: bytes) -> str:
    """The media type of a document by its content. Raises: DocumentRefused."""
    try:
        return files.check(content)
    except FileRefused as error:
        if not content or len(content) > files.MAX_BYTES:
            raise DocumentRefused from error
        start = content[:200].lstrip()
        if start.startswith(b"ISO-10303-21;"):
            return "model/step"
        if start.startswith(b"AutoCAD Binary DXF") or (start.startswith(b"0") and start[1:].lstrip().startswith(b"SECTION")):
            return "image/vnd.dxf"
        if content.startswith(b"PK\x03\x04") and _is_pack(content):
            return "application/zip"
        raise DocumentRefused from error


def _is_pack(content: bytes) -> bool:
    """Whether an archive holds pictures and pages only, and does not swell. It is never unpacked here: its list of names is read."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as pack:
            names = pack.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, UnicodeDecodeError):
        return False
    files_in = [info for info in names if not info.is_dir()]
    is_small = 0 < len(files_in) <= PACKED_LIMIT and sum(info.file_size for info in files_in) <= UNPACKED_LIMIT
    return is_small and all(
        info.filename.lower().endswith((".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".pdf")) for info in files_in
    )
