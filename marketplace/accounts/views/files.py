"""Files of companies: after the permission, as an attachment, under a policy of their own (robustness.md 13)."""

from flask import Response

from marketplace.accounts import queries
from marketplace.accounts.views.blueprint import bp
from marketplace.core import files
from marketplace.core.db import outside
from marketplace.core.errors import NotFound
from marketplace.core.files import FileAccess
from marketplace.core.pictures import WIDTHS
from marketplace.core.web import FILE_POLICY_HEADER, current_viewer, path_id, public


@bp.get("/files/<file_id>")
@public
def show_file(file_id: str) -> Response:
    """A public file for everybody, any other for its company and for platform staff; a stranger's id answers like an unused one."""
    stored = queries.file_for(path_id(file_id), current_viewer())
    outside()
    response = Response(files.read(stored), mimetype=stored.type)
    response.headers.set("Content-Disposition", "attachment", filename=stored.name)
    response.headers["Content-Security-Policy"] = FILE_POLICY_HEADER
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
