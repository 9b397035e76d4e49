"""A vendor's whole catalogue as a file: at once where it is small, else by a job."""

from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Response, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from marketplace.accounts.permissions import Permission
from marketplace.catalogue.exporting import AT_ONCE, FORMATS, write_catalogue
from marketplace.catalogue.models import ExportState
from marketplace.catalogue.queries import imports
from marketplace.catalogue.services import import_runs
from marketplace.catalogue.views.blueprint import bp
from marketplace.catalogue.views.portal import vendor_id
from marketplace.core import files
from marketplace.core.db import outside, transaction
from marketplace.core.errors import NotFound
from marketplace.core.web import current_actor, download, path_id, requires, see_other


@bp.get("/portal/products/export.<kind>")
@requires(Permission.PRODUCT_EDIT)
def export_catalogue(kind: str) -> BaseResponse:
    """The whole catalogue in one click; a large one is written by a job, which the list of imports starts."""
    company_id = vendor_id()
    if kind not in FORMATS:
        raise NotFound
    if imports.count_exported(company_id) > AT_ONCE:
        return see_other("catalogue.list_imports", _anchor="export")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        write_catalogue(kind, company_id, path)
        return download(path.read_bytes(), f"catalogue.{kind}", FORMATS[kind])


@bp.post("/portal/products/export")
@requires(Permission.PRODUCT_EDIT)
def start_export() -> BaseResponse:
    """Have the whole catalogue written."""
    kind = request.form.get("format", "")
    if kind not in FORMATS:
        raise NotFound
    total = imports.count_exported(vendor_id())
    with transaction():
        export = import_runs.start_export(kind, total, actor=current_actor())
    return see_other("catalogue.show_export", export_id=export.id)


@bp.get("/portal/products/export/<export_id>")
@requires(Permission.PRODUCT_EDIT)
def show_export(export_id: str) -> str:
    """How far it is, and the file."""
    export = imports.export_of(path_id(export_id), vendor_id=vendor_id())
    return render_template("catalogue/show_export.html", export=export, is_done=export.state is ExportState.DONE)


@bp.get("/portal/products/export/<export_id>/file")
@requires(Permission.PRODUCT_EDIT)
def download_export(export_id: str) -> Response:
    """The file."""
    export = imports.export_of(path_id(export_id), vendor_id=vendor_id())
    if export.state is not ExportState.DONE:
        raise NotFound
    outside()
    pieces = files.stream_large(export.vendor_id, f"exports/{export.id}")
    response = Response(pieces, mimetype=FORMATS[export.format])
    response.headers.set("Content-Disposition", "attachment", filename=f"catalogue.{export.format}")
    return response
