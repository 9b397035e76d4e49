"""Documents of a listing for its vendor; each for whoever may read it; and who asked for the closed ones."""

from uuid import UUID

from flask import flash, render_template, request
from werkzeug.wrappers import Response

from marketplace.accounts.permissions import Permission
from marketplace.catalogue import documents, queries, services
from marketplace.catalogue.documents import ACCESS, KINDS, LANGUAGES, DocumentRefused
from marketplace.catalogue.errors import NothingClosed
from marketplace.catalogue.models import DocumentAccess, GrantState, ProductDocument
from marketplace.catalogue.schemas import AskInput, DocumentInput, GrantInput
from marketplace.catalogue.services import Details
from marketplace.catalogue.views.blueprint import bp
from marketplace.catalogue.views.form_page import product_tabs
from marketplace.catalogue.views.portal import vendor_id
from marketplace.catalogue.views.reader import keys_of_reader
from marketplace.catalogue.wording import GRANTS, STATES
from marketplace.core import clock, files
from marketplace.core.acting import Page, act_once
from marketplace.core.db import outside, transaction
from marketplace.core.downloads import download_csv
from marketplace.core.errors import InvalidMove, NotFound
from marketplace.core.files import StoredFile
from marketplace.core.forms import Form
from marketplace.core.headers import FILE_POLICY_HEADER
from marketplace.core.i18n import gettext
from marketplace.core.web import (
    current_actor,
    current_viewer,
    download,
    in_person,
    path_id,
    public,
    requires,
    see_other,
)


@bp.route("/portal/products/<product_id>/documents", methods=["GET", "POST"])
@requires(Permission.PRODUCT_EDIT)
def list_documents(product_id: str) -> Page:
    """The documents of a listing; a further one is added here."""
    own = queries.own_product(path_id(product_id), vendor_id=vendor_id())
    if request.method != "POST":
        return _documents_page(own, Form(DocumentInput, initial={"language": "en", "access": "public"}))
    form = Form(DocumentInput, request.form)
    is_valid = form.is_valid()
    sent = _sent_file(form, is_required=True)
    if not is_valid or form.errors or sent is None:
        return _documents_page(own, form), 422
    stored = _keep(own.vendor_id, *sent)
    act_once(
        "add_document",
        {"product": own.id, "file": stored.sha256, **form.data.model_dump()},
        lambda: services.add_document(own.id, stored, _details(form.data), actor=current_actor()),
    )
    flash(gettext("Added: %(name)s.", name=form.data.title), "done")
    return see_other("catalogue.list_documents", product_id=own.id)


@bp.route("/portal/products/<product_id>/documents/<document_id>", methods=["GET", "POST"])
@requires(Permission.PRODUCT_EDIT)
def edit_document(product_id: str, document_id: str) -> Page:
    """Another version of a document, or other words about it."""
    own = queries.own_product(path_id(product_id), vendor_id=vendor_id())
    document = queries.own_document(path_id(document_id), product_id=own.id, vendor_id=own.vendor_id)
    if request.method != "POST":
        start = {
            "kind": document.kind,
            "title": document.title,
            "language": document.language,
            "access": document.access.value,
            "valid_from": document.valid_from or "",
            "valid_until": document.valid_until or "",
        }
        return _document_page(own, document, Form(DocumentInput, initial=start))
    form = Form(DocumentInput, request.form)
    is_valid = form.is_valid()
    sent = _sent_file(form, is_required=False)
    if not is_valid or form.errors:
        return _document_page(own, document, form), 422
    stored = _keep(own.vendor_id, *sent) if sent is not None else None
    with transaction():
        if stored is None:
            services.edit_document(document.id, _details(form.data), product_id=own.id, actor=current_actor())
        else:
            services.replace_document(document.id, stored, _details(form.data), product_id=own.id, actor=current_actor())
    flash(gettext("Saved.") if stored is None else gettext("Replaced. Those who bought the product are told."), "done")
    return see_other("catalogue.list_documents", product_id=own.id)


@bp.post("/portal/products/<product_id>/documents/<document_id>/remove")
@requires(Permission.PRODUCT_EDIT)
def remove_document(product_id: str, document_id: str) -> Response:
    """Away with it; its versions are kept."""
    with transaction():
        services.remove_document(path_id(document_id), product_id=path_id(product_id), actor=current_actor())
    flash(gettext("Taken away."), "done")
    return see_other("catalogue.list_documents", product_id=product_id)


def _sent_file(form: Form[DocumentInput], *, is_required: bool) -> tuple[str, bytes, str] | None:
    """(name, content, media type) of the file; None when there is none that is taken, which then stands at the field."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        if is_required:
            form.add_error("file", gettext("Choose a file."))
        return None
    content = sent.read(files.MAX_BYTES + 1)
    sent.close()  # a large one lies in a temporary file
    try:
        return sent.filename, content, documents.media_type(content)
    except DocumentRefused as refused:
        form.add_error("file", gettext(refused.text))
        return None


def _keep(company_id: UUID, name: str, content: bytes, media_type: str) -> StoredFile:
    """The row first, then the bytes, then the link to it: a document that is shown is always there to be read."""
    with transaction():
        stored = files.record(company_id, name, content, media_type=media_type)
    outside()
    files.store(stored, content)
    return stored


def _details(data: DocumentInput) -> Details:
    return Details(data.kind, data.title, data.language, data.access, data.valid_from, data.valid_until)


def _choices() -> dict[str, list[tuple[str, str]]]:
    return {
        "kinds": [(code, gettext(word)) for code, word in KINDS.items()],
        "languages_known": [(code, gettext(word)) for code, word in LANGUAGES.items()],
        "levels": [(access.value, gettext(word)) for access, word in ACCESS.items()],
    }


def _documents_page(own: queries.OwnProduct, form: Form[DocumentInput]) -> str:
    return render_template(
        "catalogue/list_documents.html",
        product=own,
        rows=queries.own_documents(own.id, vendor_id=own.vendor_id),
        form=form,
        kind_words=KINDS,
        access_words=ACCESS,
        today=clock.now().date(),
        asked=queries.count_asked(own.vendor_id),
        state=STATES[own.state],
        tabs=product_tabs(own.id, "documents"),
        **_choices(),
    )


def _document_page(own: queries.OwnProduct, document: ProductDocument, form: Form[DocumentInput]) -> str:
    return render_template(
        "catalogue/edit_document.html",
        product=own,
        document=document,
        versions=queries.versions_of(document.id, vendor_id=own.vendor_id),
        form=form,
        **_choices(),
    )


@bp.get("/documents/<document_id>")
@public
def read_document(document_id: str) -> Response:
    """A document for whoever may read it; a stranger's id answers like an unused one."""
    viewer = current_viewer()
    document, stored = queries.document_for(
        path_id(document_id),
        keys=keys_of_reader(viewer),
        company_id=viewer.company_id if viewer else None,
        is_staff=viewer is not None and viewer.is_staff,
    )
    is_public = document.access is DocumentAccess.PUBLIC
    outside()
    return _attachment(stored, is_public=is_public)


@bp.get("/portal/products/<product_id>/documents/<document_id>/versions/<int:version>")
@requires(Permission.PRODUCT_EDIT)
def read_document_version(product_id: str, document_id: str, version: int) -> Response:
    """A file that a document once was."""
    document = queries.own_document(path_id(document_id), product_id=path_id(product_id), vendor_id=vendor_id())
    versions = queries.versions_of(document.id, vendor_id=document.vendor_id)
    stored = next((stored for row, stored in versions if row.version == version), None)
    if stored is None:
        raise NotFound
    outside()
    return _attachment(stored, is_public=False)


def _attachment(stored: StoredFile, *, is_public: bool) -> Response:
    response = download(files.read(stored), stored.name, stored.type)
    response.headers["Content-Security-Policy"] = FILE_POLICY_HEADER
    response.headers["Cache-Control"] = "public, max-age=3600" if is_public else "private, no-store"
    return response


@bp.post("/products/<slug>/documents/ask")
@requires(Permission.ORDER_PLACE)
def ask_for_documents(slug: str) -> Response:
    """A buyer asks the vendor to open its closed documents."""
    viewer = current_viewer()
    page = queries.product_page(slug, keys=keys_of_reader(viewer))
    form = Form(AskInput, request.form)
    if not form.is_valid():
        raise NotFound  # the page's own buttons say what is asked for
    try:
        with transaction():
            services.ask_for_documents(page.id, page.vendor_id, DocumentAccess(form.data.access), actor=current_actor())
    except NothingClosed as refused:
        flash(gettext(refused.text), "off")
    else:
        flash(gettext("Asked. The vendor answers by mail, and the documents open here."), "done")
    return see_other("catalogue.show_product", slug=page.slug)


@bp.get("/portal/documents/requests")
@requires(Permission.PRODUCT_EDIT)
def list_grants() -> str:
    """The companies that asked for closed documents."""
    asked = queries.GRANTS.read(request.args)
    page = queries.GRANTS.page(queries.asked_grants(vendor_id()), asked)
    return render_template("catalogue/list_grants.html", page=page, asked=asked, words=GRANTS, access_words=ACCESS, states=GrantState)


@bp.get("/portal/documents/requests.csv")
@requires(Permission.PRODUCT_EDIT)
def export_grants() -> Response:
    """The same list, whole."""
    asked = queries.GRANTS.read(request.args)
    head = [gettext("Company"), gettext("Asks for"), gettext("State"), gettext("Asked on"), gettext("Answered on")]
    rows = (
        [
            row.company_name,
            gettext(ACCESS[row.DocumentGrant.access]),
            gettext(GRANTS[row.DocumentGrant.state][0]),
            row.DocumentGrant.asked_at.isoformat(),
            row.DocumentGrant.decided_at.isoformat() if row.DocumentGrant.decided_at else "",
        ]
        for row in queries.GRANTS.rows(queries.asked_grants(vendor_id()), asked)
    )
    return download_csv(head, rows, "document-requests.csv")


@bp.post("/portal/documents/requests/<grant_id>")
@requires(Permission.PRODUCT_EDIT)
@in_person
def answer_grant(grant_id: str) -> Response:
    """Grant, refuse, or end it."""
    form = Form(GrantInput, request.form)
    if not form.is_valid():
        raise NotFound  # the page's own buttons say what is answered
    try:
        with transaction():
            services.answer_grant(path_id(grant_id), GrantState(form.data.answer), actor=current_actor())
    except InvalidMove:
        flash(gettext("Somebody else has answered. This is how it stands now."), "need")
    else:
        flash(gettext("Answered. The company is told."), "done")
    return see_other("catalogue.list_grants")
