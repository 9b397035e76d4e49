"""Files of companies: after the permission, as an attachment, under a policy of their own (robustness.md 13).

A PDF may also stand in a frame of our own pages, where a reader compares it with what is written beside it.
"""

from flask import Response

from marketplace.accounts import queries
from marketplace.accounts.views.blueprint import bp
from marketplace.core import files
from marketplace.core.db import outside
from marketplace.core.errors import NotFound
from marketplace.core.files import PDF, FileAccess, StoredFile
from marketplace.core.headers import FILE_POLICY_HEADER, FRAMED_FILE_POLICY_HEADER
from marketplace.core.pictures import WIDTHS
from marketplace.core.web import current_viewer, path_id, public


@bp.get("/files/<file_id>")
@public
def show_file(file_id: str) -> Response:
    """A public file for everybody, any other for its company and for platform staff; a stranger's id answers like an unused one."""
    return _answer(queries.file_for(path_id(file_id), current_viewer()), "attachment", FILE_POLICY_HEADER)


@bp.get("/files/<file_id>/paper.pdf")
@public
def show_paper(file_id: str) -> Response:
    """A PDF for a frame of our own pages, to the same readers as its file; no other kind of file is ever shown in place."""
    stored = queries.file_for(path_id(file_id), current_viewer())
    if stored.type != PDF:
        raise NotFound
    return _answer(stored, "inline", FRAMED_FILE_POLICY_HEADER)


def _answer(stored: StoredFile, disposition: str, policy: str) -> Response:
    outside()
    response = Response(files.read(stored), mimetype=stored.type)
    response.headers.set("Content-Disposition", disposition, filename=stored.name)
    response.headers["Content-Security-Policy"] = policy
    response.headers["Cache-Control"] = "public, max-age=3600" if stored.access is FileAccess.PUBLIC else "private, no-store"
    return response


@bp.get("/files/<file_id>/<int:width>.webp")
@public
def show_thumbnail(file_id: str, width: int) -> Response:
    """A picture as pages show it, to the same readers as its file."""
    stored = queries.file_for(path_id(file_id), current_viewer())
    outside()
    if width not in WIDTHS:
        raise NotFound
    response = Response(files.read_thumbnail(stored, width), mimetype="image/webp")
    response.headers["Content-Security-Policy"] = FILE_POLICY_HEADER
    response.headers["Cache-Control"] = "public, max-age=86400" if stored.access is FileAccess.PUBLIC else "private, no-store"
    return response
