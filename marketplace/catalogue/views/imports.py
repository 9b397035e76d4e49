"""A vendor's file into its catalogue: sent, its columns named, tried, imported, with what was not taken to take home."""

import json
import shutil
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from flask import Response, flash, render_template, request
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as BaseResponse

from marketplace.accounts.permissions import Permission
from marketplace.catalogue import queries
from marketplace.catalogue.errors import ImportRunning
from marketplace.catalogue.exporting import AT_ONCE, FORMATS
from marketplace.catalogue.importing.cells import ATTRIBUTE, UNIT_SUFFIX
from marketplace.catalogue.importing.encodings import NAMES
from marketplace.catalogue.importing.files import GZIP, Unreadable, open_file
from marketplace.catalogue.importing.mapping import LABELS, LOOKED_AT, ColumnMapping, fingerprint, guess, guess_decimal, samples
from marketplace.catalogue.models import CatalogueImport, ExportState, ImportState
from marketplace.catalogue.queries import imports
from marketplace.catalogue.services import import_runs
from marketplace.catalogue.views.blueprint import bp
from marketplace.catalogue.views.portal import vendor_id
from marketplace.catalogue.wording import import_word
from marketplace.core import files, i18n
from marketplace.core.acting import Page
from marketplace.core.db import outside, transaction
from marketplace.core.downloads import download_csv, download_lines, download_xlsx
from marketplace.core.errors import InvalidMove
from marketplace.core.forms import Form, FormSchema
from marketplace.core.i18n import gettext, lazy
from marketplace.core.ids import new_id
from marketplace.core.web import current_actor, path_id, requires, see_other

FILE_LIMIT = 64 * 1024 * 1024
BESIDE_THE_FILE = 1024 * 1024
"""Bytes of the form around the file."""
FURTHER_CATEGORY = lazy("Category of new products whose row names none")
DECIMALS = ((".", lazy("Point: 1250.50")), (",", lazy("Comma: 1250,50")))


class FileInput(FormSchema):
    """The file is no field of text."""


class ColumnsInput(FormSchema):
    """The columns are as many as the file has."""

    decimal: str = "."
    encoding: str = "utf-8"
    category: str = ""


@bp.url_value_preprocessor
def _take_large_files(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Before anything reads the form: this one address takes more than the house does elsewhere."""
    if endpoint == "catalogue.list_imports" and request.method == "POST":
        request.max_content_length = FILE_LIMIT + BESIDE_THE_FILE


@bp.route("/portal/products/import", methods=["GET", "POST"])
@requires(Permission.PRODUCT_EDIT)
def list_imports() -> Page:
    """Send a file, see those that were sent, and take the catalogue home."""
    form = Form(FileInput, request.form if request.method == "POST" else None)
    if request.method == "POST":
        try:
            import_id = _take_file(request.files.get("file"))
        except Unreadable as refused:
            form.add_error("file", str(refused))
            return _list_page(form), 422
        return see_other("catalogue.show_import", import_id=import_id)
    return _list_page(form)


def _list_page(form: Form[FileInput]) -> str:
    company_id = vendor_id()
    asked = imports.IMPORTS.read(request.args)
    return render_template(
        "catalogue/list_imports.html",
        form=form,
        asked=asked,
        page=imports.IMPORTS.page(imports.imports_of(company_id), asked),
        import_word=import_word,
        exports=imports.last_exports(company_id),
        is_written=lambda export: export.state is ExportState.DONE,
        total=imports.count_exported(company_id),
        at_once=AT_ONCE,
        formats=[(kind, word) for kind, word in (("csv", "CSV"), ("xlsx", "XLSX"), ("jsonl", gettext("JSON lines")))],
    )


def _take_file(sent: FileStorage | None) -> UUID:
    """Look into a file and keep it. Raises: Unreadable."""
    if sent is None or not sent.filename:
        raise Unreadable(gettext("Choose a file."))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        with path.open("wb") as out:
            shutil.copyfileobj(sent.stream, out)
        sent.close()
        size = path.stat().st_size
        if size > FILE_LIMIT:
            raise Unreadable(gettext("This file is larger than 64 MB. Send it in parts."))
        with path.open("rb") as source:
            if source.read(2) == GZIP:
                raise Unreadable(gettext("Unpack this file first."))
        with open_file(path, is_glance=True) as opened:
            first = [row.values for row in islice(opened.rows, LOOKED_AT) if row.values is not None]
            kind, heads, encoding = opened.format, opened.heads, opened.encoding
        if not first:
            raise Unreadable(gettext("The file has a heading and no rows."))
        columns = samples(heads, first)
        mapping = _first_mapping(columns, encoding, is_text=kind != "jsonl")
        import_id = new_id()
        company_id = vendor_id()
        outside()
        with path.open("rb") as source:
            files.put_large(company_id, f"imports/{import_id}", source)
    name = "".join(c for c in sent.filename if c.isprintable() and c not in '/\\"')[-120:] or "file"
    with transaction():
        import_runs.add_import(import_id, file_name=name, size=size, kind=kind, columns=columns, mapping=mapping, actor=current_actor())
    return import_id


def _first_mapping(columns: dict[str, list[str]], encoding: str, *, is_text: bool) -> ColumnMapping:
    """What the vendor said last time about this heading, else a guess."""
    kept = imports.remembered_mapping(vendor_id(), fingerprint(columns))
    guessed = guess(list(columns), imports.all_definitions())
    if kept is not None:
        remembered = {head: kept["columns"].get(head, guessed[head]) for head in columns}
        return ColumnMapping(remembered, kept["decimal"], encoding, kept.get("category", ""))
    return ColumnMapping(guessed, guess_decimal(guessed, columns) if is_text else ".", encoding)


@bp.get("/portal/products/import/<import_id>")
@requires(Permission.PRODUCT_EDIT)
def show_import(import_id: str) -> str:
    """Its columns, how far it is, what it did, and what was not taken."""
    found = imports.import_of(path_id(import_id), vendor_id=vendor_id())
    if found.state is ImportState.MAPPING:
        return _columns_page(found, Form(ColumnsInput, initial=_initial(found)))
    asked = imports.FAULTS.read(request.args)
    running = imports.running_import(found.vendor_id) if found.state is ImportState.CHECKED else None
    return render_template(
        "catalogue/show_import.html",
        found=found,
        state=import_word(found),
        is_moving=found.state in import_runs.RUNNING,
        is_trial=found.state in (ImportState.CHECKING, ImportState.CHECKED) or not found.started_at,
        running=running,
        page=imports.FAULTS.page(imports.faults_of_import(found.id, vendor_id=found.vendor_id), asked),
        asked=asked,
    )


def _initial(found: CatalogueImport) -> dict[str, str]:
    values = {f"column-{place}": found.mapping["columns"].get(head, "") for place, head in enumerate(found.heads)}
    return values | {name: found.mapping.get(name, "") for name in ("decimal", "encoding", "category")}


def _columns_page(found: CatalogueImport, form: Form[ColumnsInput]) -> str:
    chosen = set(found.mapping["columns"].values())
    definitions = imports.all_definitions()
    shown = [one for one in definitions if not one.code.startswith("op_") or ATTRIBUTE + one.code in chosen]
    names = {ATTRIBUTE + one.code: i18n.text(dict(one.name)) + (f" ({one.unit})" if one.unit else "") for one in shown}
    fields = [(column, gettext(word)) for column, word in LABELS.items()]
    attributes = list(names.items())
    attributes += [
        (column, gettext("%(name)s: unit", name=names.get(column.removesuffix(UNIT_SUFFIX), column)))
        for column in sorted(chosen)
        if column.startswith(ATTRIBUTE) and column not in names
    ]
    return render_template(
        "catalogue/map_import.html",
        found=found,
        form=form,
        columns=list(enumerate(zip(found.heads, found.samples, strict=True))),
        options=[(gettext("Fields"), fields), *([(gettext("Attributes"), attributes)] if attributes else [])],
        decimals=[(sign, gettext(word)) for sign, word in DECIMALS],
        encodings=list(NAMES.items()),
        categories=_category_options(),
        labels={f"column-{place}": head for place, head in enumerate(found.heads)} | {"category": gettext(FURTHER_CATEGORY)},
    )


def _category_options() -> list[tuple[str, list[tuple[str, str]]]]:
    return [(i18n.text(root.name), [(leaf.slug, i18n.text(leaf.name)) for leaf in leaves]) for root, leaves in queries.leaf_categories()]


@bp.post("/portal/products/import/<import_id>/columns")
@requires(Permission.PRODUCT_EDIT)
def map_import(import_id: str) -> Page:
    """The columns are as the vendor says; the file is tried."""
    found = imports.import_of(path_id(import_id), vendor_id=vendor_id())
    form = Form(ColumnsInput, request.form)
    form.is_valid()
    known = {*LABELS, *(ATTRIBUTE + one.code for one in imports.all_definitions()), *found.mapping["columns"].values(), ""}
    columns: dict[str, str] = {}
    for place, head in enumerate(found.heads):
        column = request.form.get(f"column-{place}", "")
        if column not in known:
            form.add_error(f"column-{place}", gettext("Choose one of the list."))
        elif column and column in columns.values():
            form.add_error(f"column-{place}", gettext("Another column is this already."))
        columns[head] = column
    if "sku" not in columns.values():
        place = next((n for n in range(len(found.heads)) if not columns[found.heads[n]]), 0)
        form.add_error(f"column-{place}", gettext("Say which column is the SKU."))
    decimal, encoding = request.form.get("decimal", "."), request.form.get("encoding", "utf-8")
    if decimal not in (".", ",") or encoding not in NAMES:
        form.add_error("decimal" if decimal not in (".", ",") else "encoding", gettext("Choose one of the list."))
    category = request.form.get("category", "")
    if category and category not in {slug for _, leaves in _category_options() for slug, _ in leaves}:
        form.add_error("category", gettext("Choose one of the list."))
    if form.errors:
        return _columns_page(found, form), 422
    mapping = ColumnMapping(columns, decimal, encoding, category)
    return _step(import_id, lambda key, actor: import_runs.choose_columns(key, mapping, actor=actor))


def _step(import_id: str, service: Callable[..., Any]) -> BaseResponse:
    key = path_id(import_id)
    try:
        with transaction():
            service(key, actor=current_actor())
    except ImportRunning as refused:
        flash(gettext(refused.text), "late")
    except InvalidMove:
        flash(gettext("Somebody else was faster. This is how it stands now."), "need")
    return see_other("catalogue.show_import", import_id=key)


@bp.post("/portal/products/import/<import_id>/reopen")
@requires(Permission.PRODUCT_EDIT)
def reopen_import(import_id: str) -> BaseResponse:
    """Back to the columns."""
    return _step(import_id, import_runs.reopen_columns)


@bp.post("/portal/products/import/<import_id>/start")
@requires(Permission.PRODUCT_EDIT)
def start_import(import_id: str) -> BaseResponse:
    """Yes to what the dry run has shown."""
    return _step(import_id, import_runs.start_importing)


@bp.post("/portal/products/import/<import_id>/cancel")
@requires(Permission.PRODUCT_EDIT)
def cancel_import(import_id: str) -> BaseResponse:
    """No, or stop."""
    return _step(import_id, import_runs.cancel_import)


@bp.get("/portal/products/import/<import_id>/errors")
@requires(Permission.PRODUCT_EDIT)
def download_import_errors(import_id: str) -> Response:
    """The rows that were not taken with the reason beside each, in the format of the file: correct them and send them again."""
    found = imports.import_of(path_id(import_id), vendor_id=vendor_id())
    rows = imports.fault_rows(found.id, vendor_id=found.vendor_id)
    name = f"errors.{found.format}"
    if found.format == "jsonl":
        lines = (json.dumps({**row.cells, "line": row.line, "reason": _in_one_line(row.reason)}, ensure_ascii=False) + "\n" for row in rows)
        return download_lines(lines, name, FORMATS["jsonl"])
    heads = [head for head in found.heads if head.lower() not in ("line", "reason")]
    cells: Iterator[list[Any]] = ([row.cells.get(head, "") for head in heads] + [row.line, _in_one_line(row.reason)] for row in rows)
    head = [*heads, "line", "reason"]
    if found.format == "xlsx":
        return download_xlsx(head, cells, name)
    return download_csv(head, cells, name)


def _in_one_line(reason: str) -> str:
    return reason.replace("\n", " ")
