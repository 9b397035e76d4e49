"""The vendor's certificates: sent, checked, ending, ended. Buyers see only those that are checked and valid today."""

from typing import Any
from uuid import UUID

from flask import flash, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.accounts.permissions import Permission
from marketplace.core import clock
from marketplace.core.acting import Page, act_once, viewer_here
from marketplace.core.db import transaction
from marketplace.core.errors import InvalidMove
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext
from marketplace.core.web import current_actor, in_person, path_id, requires, see_other
from marketplace.orders import queries as orders
from vendors import queries, services
from vendors.certificates import Standing, days_left, standing, was_valid_on
from vendors.errors import CertificateClosed, CertificateSentTwice
from vendors.models import Certificate, CertificateScope, ListKind
from vendors.schemas import CertificateInput
from vendors.services import CertificateFacts
from vendors.views.blueprint import bp
from vendors.views.papers import keep_file, sent_files
from vendors.views.words import SCOPES, scope_words, standing_word

FIELDS = ("scheme", "number", "issuer", "scope", "valid_from", "valid_until")


@bp.get("/portal/certificates")
@requires(Permission.SHOP_EDIT)
def list_certificates() -> str:
    """All certificates of the vendor: what needs it first, then the valid ones, at last what is over."""
    vendor = queries.vendor_by_id(viewer_here().company_id)
    today = clock.now().date()
    order = [Standing.REFUSED, Standing.SENT, Standing.VALID, Standing.AHEAD, Standing.EXPIRED, Standing.WITHDRAWN]
    rows = [
        {
            "certificate": certificate,
            "standing": standing(certificate, today),
            "word": standing_word(standing(certificate, today)),
            "scope": scope_words(certificate),
            "days_left": days_left(certificate, today),
        }
        for certificate in queries.certificates_of(vendor.id)
    ]
    rows.sort(key=lambda row: order.index(row["standing"]))  # type: ignore[arg-type]
    files = queries.documents_of(vendor.id)
    return render_template("vendors/list_certificates.html", vendor=vendor, rows=rows, files=files)


@bp.route("/portal/certificates/new", methods=["GET", "POST"])
@requires(Permission.SHOP_EDIT)
@in_person
def add_certificate() -> Page:
    """Send a certificate to the verification desk."""
    vendor_id = viewer_here().company_id
    queries.vendor_by_id(vendor_id)
    if request.method != "POST":
        return _page(Form(CertificateInput, initial=_renewed(vendor_id)), None)
    form = Form(CertificateInput, request.form)
    is_valid = form.is_valid()
    _check_scheme(form, None)
    if not sent_files("file"):
        form.add_error("file", gettext("Add the certificate as a PDF or a picture."))
    if not is_valid or form.messages:
        return _page(form, None), 422
    file_id = keep_file(form, "file", vendor_id)
    if file_id is None:
        return _page(form, None), 422
    try:
        act_once(
            "add_certificate",
            form.data.model_dump(),
            lambda: services.send_certificate(vendor_id, _facts(form.data), file_id=file_id, actor=current_actor()),
        )
    except CertificateSentTwice as refused:
        form.add_error("number", gettext(refused.text))
        return _page(form, None), refused.status
    flash(gettext("Sent. The verification desk answers within 16 business hours; until then nothing is shown."), "done")
    return see_other("vendors.list_certificates")


@bp.get("/portal/certificates/<certificate_id>")
@requires(Permission.SHOP_EDIT)
def edit_certificate(certificate_id: str) -> str:
    """One certificate: how it stands, and the form while it can be corrected."""
    certificate = queries.certificate_of(path_id(certificate_id), vendor_id=viewer_here().company_id)
    initial: dict[str, Any] = {name: getattr(certificate, name) for name in FIELDS}
    initial |= {"scope_kind": certificate.scope_kind.value, "is_public": "1" if certificate.is_file_public else ""}
    return _page(Form(CertificateInput, initial=initial), certificate)


@bp.post("/portal/certificates/<certificate_id>")
@requires(Permission.SHOP_EDIT)
@in_person
def correct_certificate(certificate_id: str) -> Page:
    """Change a certificate that is not checked, and send it again."""
    vendor_id = viewer_here().company_id
    certificate = queries.certificate_of(path_id(certificate_id), vendor_id=vendor_id)
    if not _is_writable(certificate):
        raise CertificateClosed
    form = Form(CertificateInput, request.form)
    is_valid = form.is_valid()
    _check_scheme(form, certificate)
    if certificate.file_id is None and not sent_files("file"):
        form.add_error("file", gettext("Add the certificate as a PDF or a picture."))
    if not is_valid or form.messages:
        return _page(form, certificate), 422
    file_id = keep_file(form, "file", vendor_id)
    if form.messages:
        return _page(form, queries.certificate_of(certificate.id, vendor_id=vendor_id)), 422
    with transaction():
        services.correct_certificate(
            path_id(certificate_id), _facts(form.data), vendor_id=vendor_id, file_id=file_id, actor=current_actor()
        )
    flash(gettext("Sent again. The verification desk answers within 16 business hours."), "done")
    return see_other("vendors.list_certificates")


@bp.post("/portal/certificates/<certificate_id>/withdraw")
@requires(Permission.SHOP_EDIT)
@in_person
def withdraw_certificate(certificate_id: str) -> Response:
    """Take a certificate back: it is shown no longer."""
    try:
        with transaction():
            services.withdraw_certificate(path_id(certificate_id), vendor_id=viewer_here().company_id, actor=current_actor())
    except CertificateClosed as refusal:
        raise InvalidMove from refusal
    flash(gettext("Withdrawn. Orders that were placed keep the proof of their day."), "done")
    return see_other("vendors.list_certificates")


@bp.get("/orders/<number>/certificates")
@requires(Permission.ORDER_VIEW)
def show_proof(number: str) -> str:
    """What the vendor's certificates were on the day when the buyer ordered, and how they stand today."""
    order = orders.order_for_buyer(number, buyer_id=viewer_here().company_id)
    return _proof(order, "buyer")


@bp.get("/portal/orders/<number>/certificates")
@requires(Permission.VENDOR_ORDER_VIEW)
def show_own_proof(number: str) -> str:
    """The same for the vendor of the order."""
    order = orders.vendor_order_by_number(number, vendor_id=viewer_here().company_id)
    return _proof(order, "vendor")


def _proof(order: Any, reader: str) -> str:
    today, day = clock.now().date(), order.placed_at.date()
    rows = [
        {
            "certificate": certificate,
            "scope": scope_words(certificate),
            "now": standing_word(standing(certificate, today)),
        }
        for certificate in queries.certificates_on(order.vendor_id, day)
        if was_valid_on(certificate, day)
    ]
    purchase = orders.purchase_by_id(order.purchase_id)
    back = (
        (order.number, url_for("orders.show_vendor_order", number=order.number))
        if reader == "vendor"
        else (purchase.number, url_for("orders.show_purchase", number=purchase.number))
    )
    return render_template("vendors/show_proof.html", order=order, day_of_order=day, rows=rows, reader=reader, back=back)


def _is_writable(certificate: Certificate) -> bool:
    return certificate.checked_at is None and certificate.withdrawn_at is None


def _renewed(vendor_id: UUID) -> dict[str, Any]:
    """What a renewal takes over from the certificate that ends. Raises: NotFound, also for another vendor's."""
    if "renews" not in request.args:
        return {"scope_kind": CertificateScope.COMPANY.value}
    old = queries.certificate_of(path_id(request.args["renews"]), vendor_id=vendor_id)
    written: dict[str, Any] = {name: getattr(old, name) for name in ("scheme", "issuer", "scope")}
    return written | {"scope_kind": old.scope_kind.value, "is_public": "1" if old.is_file_public else ""}


def _check_scheme(form: Form[CertificateInput], certificate: Certificate | None) -> None:
    offered = {entry.key for entry in queries.entries(ListKind.SCHEME) if entry.is_offered}
    typed = form.value("scheme").strip()
    if typed and typed not in offered and (certificate is None or typed != certificate.scheme):
        form.messages.setdefault("scheme", gettext("Choose one of the list."))


def _facts(data: CertificateInput) -> CertificateFacts:
    return CertificateFacts(
        scheme=data.scheme,
        number=data.number,
        issuer=data.issuer,
        scope_kind=CertificateScope(data.scope_kind),
        scope=data.scope,
        valid_from=data.valid_from,
        valid_until=data.valid_until,
        is_file_public=data.is_public == "1",
    )


def _page(form: Form[CertificateInput], certificate: Certificate | None) -> str:
    schemes = [(entry.key, entry.name) for entry in queries.entries(ListKind.SCHEME) if entry.is_offered]
    if certificate is not None and certificate.scheme not in {key for key, _ in schemes}:
        schemes.insert(0, (certificate.scheme, certificate.scheme))
    stands = standing(certificate, clock.now().date()) if certificate else None
    return render_template(
        "vendors/edit_certificate.html",
        form=form,
        certificate=certificate,
        state=standing_word(stands) if stands else None,
        stands=stands,
        is_writable=certificate is None or _is_writable(certificate),
        scope=scope_words(certificate) if certificate else "",
        files=queries.documents_of(viewer_here().company_id),
        schemes=schemes,
        scopes=[(kind.value, gettext(word)) for kind, word in SCOPES.items()],
    )
