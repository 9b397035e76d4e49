"""The desk's certificates: what waits for a check, the paper beside what it says, the decision, and the claim that is withdrawn."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Response, flash, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from marketplace.accounts.permissions import Permission
from marketplace.core import audit, clock
from marketplace.core.acting import Page, viewer_here
from marketplace.core.db import transaction
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, lazy
from marketplace.core.web import current_actor, frames_files, path_id, requires, see_other
from vendors import queries, services
from vendors.certificates import POINTS, Standing, standing
from vendors.errors import CertificateClosed, PointsOpen, ReasonNeeded
from vendors.models import Certificate
from vendors.requirements import LOOK_UPS
from vendors.schemas import ExaminationInput, ReasonInput
from vendors.services import Examination
from vendors.views.blueprint import bp
from vendors.views.papers import papers
from vendors.views.queues import Queue, desk_tabs, hand_over, verifiers, waits
from vendors.views.words import history_steps, scope_words, standing_word


def _row(certificate: Certificate, vendor_name: str, names: dict[UUID, str]) -> dict[str, Any]:
    stands = standing(certificate, clock.now().date())
    return {
        "certificate": certificate,
        "vendor_name": vendor_name,
        "word": standing_word(stands),
        "scope": scope_words(certificate),
        **waits(certificate.due_at if stands is Standing.SENT else None, certificate.assigned_to, names),
    }


def _rows(found: Sequence[Any]) -> list[dict[str, Any]]:
    names = verifiers()
    return [_row(row.Certificate, row.name, names) for row in found]


QUEUE = Queue(
    template="vendors/list_certificate_checks.html",
    table=queries.certificates_table,
    query=queries.certificates_with_vendors,
    rows=_rows,
    file="certificates.csv",
    columns=(
        (lazy("Vendor"), lambda row, _: row.name),
        (lazy("Certificate"), lambda row, _: row.Certificate.scheme),
        (lazy("Certificate number"), lambda row, _: row.Certificate.number),
        (lazy("Issuer"), lambda row, _: row.Certificate.issuer),
        (lazy("Scope"), lambda row, _: row.Certificate.scope or ""),
        (lazy("Valid from"), lambda row, _: row.Certificate.valid_from),
        (lazy("Valid until"), lambda row, _: row.Certificate.valid_until or ""),
        (lazy("Standing"), lambda row, _: standing_word(standing(row.Certificate, clock.now().date())).text),
    ),
    first="check",
)


@bp.get("/desk/certificates")
@requires(Permission.VENDOR_VERIFY)
def list_certificate_checks() -> str:
    """The certificates that wait for a check, the soonest deadline first; by the filter all others."""
    return QUEUE.page()


@bp.get("/desk/certificates.csv")
@requires(Permission.VENDOR_VERIFY)
def export_certificate_checks() -> Response:
    """The same certificates as CSV."""
    return QUEUE.csv()


@bp.get("/desk/certificates/<certificate_id>")
@requires(Permission.VENDOR_VERIFY)
@frames_files
def show_certificate_check(certificate_id: str) -> str:
    """One certificate: the paper beside what the vendor says, the checklist, the look-up."""
    certificate = queries.certificate_by_id(path_id(certificate_id))
    initial = {
        "ticked": certificate.ticked,
        "look_up": certificate.look_up.value if certificate.look_up else None,
        "look_up_note": certificate.look_up_note,
    }
    return _page(certificate, Form(ExaminationInput, initial=initial), Form(ReasonInput))


@bp.post("/desk/certificates/<certificate_id>")
@requires(Permission.VENDOR_VERIFY)
@frames_files
def decide_certificate(certificate_id: str) -> Page:
    """Keep what was seen; and find the certificate right, or turn it down."""
    certificate = queries.certificate_by_id(path_id(certificate_id))
    form = Form(ExaminationInput, request.form)
    if not form.is_valid():
        return _page(certificate, form, Form(ReasonInput)), 422
    data = form.data
    seen = Examination(data.ticked, data.look_up, data.look_up_note)
    try:
        with transaction():
            if data.act == "check":
                services.check_certificate(certificate.id, seen, actor=current_actor())
            elif data.act == "refuse":
                services.refuse_certificate(certificate.id, seen, reason=data.reason or "", actor=current_actor())
            else:
                services.save_examination(certificate.id, seen, actor=current_actor())
    except PointsOpen as refusal:
        text = gettext("It passes when every point is ticked and the issuer agrees, or has no register.")
        for name in (["ticked"] if refusal.facts["points"] else []) + ([] if refusal.facts["is_looked_up"] else ["look_up"]):
            form.add_error(name, text)
    except ReasonNeeded as refusal:
        form.add_error("reason", gettext(refusal.text))
    except CertificateClosed as refusal:
        form.add_error("form", gettext(refusal.text))
    if form.messages:
        return _page(queries.certificate_by_id(path_id(certificate_id)), form, Form(ReasonInput)), 409
    said = {
        "check": gettext("Checked: it is shown from now on while its dates hold."),
        "refuse": gettext("Refused; the vendor is told why."),
        "save": gettext("Saved. Nothing is decided yet."),
    }
    flash(said[data.act], "done")
    return see_other("vendors.show_certificate_check", certificate_id=certificate.id)


@bp.post("/desk/certificates/<certificate_id>/withdraw")
@requires(Permission.VENDOR_VERIFY)
@frames_files
def withdraw_claim(certificate_id: str) -> Page:
    """Take a claim out of shop and search at once."""
    certificate = queries.certificate_by_id(path_id(certificate_id))
    reason = Form(ReasonInput, request.form)
    if not reason.is_valid():
        return _page(certificate, Form(ExaminationInput), reason), 422
    with transaction():
        services.withdraw_claim(certificate.id, reason=reason.data.reason, actor=current_actor())
    flash(gettext("Withdrawn: it has left shop and search. The vendor and the buyers with open orders are told."), "done")
    return see_other("vendors.show_certificate_check", certificate_id=path_id(certificate_id))


@bp.post("/desk/certificates/<certificate_id>/assign")
@requires(Permission.VENDOR_VERIFY)
def assign_certificate(certificate_id: str) -> BaseResponse:
    """Take the certificate, give it back, or let a colleague have it."""
    hand_over(services.assign_certificate, path_id(certificate_id))
    return see_other("vendors.show_certificate_check", certificate_id=path_id(certificate_id))


def _page(certificate: Certificate, form: Form[ExaminationInput], reason: Form[ReasonInput]) -> str:
    vendor = queries.vendor_by_id(certificate.vendor_id)
    stored = list(queries.files_by_id([certificate.file_id], company_id=vendor.id).values()) if certificate.file_id else []
    names = verifiers()
    viewer = viewer_here()
    stands = standing(certificate, clock.now().date())
    events = [
        event
        for event in audit.history_of(vendor.id, company_id=None)
        if event.act.startswith("vendor.certificate_") and event.after.get("number", certificate.number) == certificate.number
    ]
    return render_template(
        "vendors/show_certificate_check.html",
        certificate=certificate,
        vendor=vendor,
        # The page has two forms; whichever was refused names the page's title.
        form=reason if reason.messages else form,
        examination=form,
        withdrawal=reason,
        row=_row(certificate, vendor.name, names),
        stands=stands,
        is_open=certificate.checked_at is None and stands is Standing.SENT,
        is_shown=certificate.checked_at is not None and certificate.withdrawn_at is None,
        papers=papers(stored, company_id=vendor.id),
        points=[(key, gettext(point)) for key, point in POINTS.items()],
        look_ups=[(look_up.value, gettext(word)) for look_up, (word, _) in LOOK_UPS.items()],
        verifiers=list(names.items()),
        is_mine=certificate.assigned_to == viewer.person_id,
        history=history_steps(events),
        tabs=desk_tabs(),
    )
