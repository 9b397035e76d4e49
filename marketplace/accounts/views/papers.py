"""What the company shows to tax offices: its numbers, and the certificates that free it from a tax."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import flash, render_template, request
from werkzeug.wrappers import Response

from marketplace.accounts import queries, services
from marketplace.accounts.errors import FactsChecked, NumberThere, TooManyNumbers
from marketplace.accounts.models import ExemptionCertificate
from marketplace.accounts.permissions import Permission
from marketplace.accounts.schemas import ExemptionInput, TaxNumberInput, WhichNumberInput
from marketplace.accounts.tax_ids import check_tax_id, is_checked_by_form, kind_of, scheme_of
from marketplace.accounts.views.blueprint import bp
from marketplace.core import clock, files, i18n, once
from marketplace.core.acting import Page, act_once, viewer_here
from marketplace.core.db import outside, transaction
from marketplace.core.errors import NotFound
from marketplace.core.files import FileRefused
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, lazy
from marketplace.core.regions import region_name
from marketplace.core.web import current_actor, once_key, page_url, path_id, requires, see_other
from vendors import queries as vendors

KIND_WORDS = {"vat": lazy("VAT or tax number"), "registry": lazy("Registry number"), "other": lazy("Other number")}


@dataclass(frozen=True, slots=True)
class NumberRow:
    """A tax number as the page shows it."""

    scheme: str
    value: str
    display: str
    kind: str
    country: str | None
    has_right_form: bool
    checked_at: datetime | None
    checked_how: str | None


def _row(number: dict[str, Any]) -> NumberRow:
    checked_at = number.get("checked_at")
    code = number.get("country") or number["scheme"].partition(".")[0].rstrip("_").upper()
    return NumberRow(
        number["scheme"],
        number["value"],
        number["display"],
        gettext(KIND_WORDS[kind_of(number["scheme"])]),
        i18n.country(code) if len(code) == 2 and code != "EU" else None,
        has_right_form=is_checked_by_form(number["scheme"]),
        checked_at=datetime.fromisoformat(checked_at) if checked_at else None,
        checked_how=number.get("checked_how"),
    )


@bp.get("/company/tax-numbers")
@requires(Permission.COMPANY_VIEW)
def list_tax_numbers() -> str:
    """The numbers of the company, and what is known of each."""
    return _numbers(Form(TaxNumberInput, initial={"country": viewer_here().country, "kind": "found"}))


@bp.post("/company/tax-numbers")
@requires(Permission.COMPANY_EDIT)
def add_tax_number() -> Page:
    """Another number; its form is checked, whether it is in use is not."""
    form = Form(TaxNumberInput, request.form)
    if not form.is_valid():
        return _numbers(form), 422
    data = form.data
    number = check_tax_id(data.country, data.number, scheme_of(data.country, data.kind))
    try:
        act_once(
            "add_tax_number",
            data.model_dump(),
            lambda: services.add_tax_number(viewer_here().company_id, number, country=data.country, actor=current_actor()),
        )
    except (NumberThere, TooManyNumbers) as refusal:
        form.add_error("number", gettext(refusal.text))
        return _numbers(form), 409
    flash(gettext("Added: %(number)s. Its form is right.", number=number["display"]), "done")
    return see_other("accounts.list_tax_numbers")


@bp.post("/company/tax-numbers/remove")
@requires(Permission.COMPANY_EDIT)
def remove_tax_number() -> Response:
    """Take a number from the list."""
    form = Form(WhichNumberInput, request.form)
    if not form.is_valid():
        raise NotFound
    company_id, data = viewer_here().company_id, form.data
    try:
        with transaction():
            checked = _checked(company_id)
            services.remove_tax_number(company_id, data.scheme, data.value, checked=checked, actor=current_actor())
    except FactsChecked as refusal:
        flash(gettext(refusal.text), "late")
    else:
        flash(gettext("Removed. Orders keep the number that they were placed with."), "done")
    return see_other("accounts.list_tax_numbers")


def _checked(company_id: UUID) -> set[tuple[str, str]]:
    """The numbers that a verifier has seen, as (scheme, value)."""
    return {(number["scheme"], number["value"]) for number in vendors.checked_numbers(company_id)}


def _numbers(form: Form[TaxNumberInput]) -> str:
    viewer = viewer_here()
    company = queries.company_by_id(viewer.company_id)
    kinds = [("found", gettext("Find out by its form")), *((kind, gettext(KIND_WORDS[kind])) for kind in ("vat", "registry"))]
    return render_template(
        "accounts/list_tax_numbers.html",
        form=form,
        numbers=[_row(number) for number in company.tax_ids],
        kinds=kinds,
        checked=_checked(company.id),
        change_url=page_url("vendors.change_facts"),
        is_vendor=company.is_vendor,
        can_edit=viewer.can(Permission.COMPANY_EDIT),
    )


def today() -> date:
    """The day that the reader has."""
    return clock.now().astimezone(ZoneInfo(viewer_here().time_zone)).date()


@dataclass(frozen=True, slots=True)
class ExemptionRow:
    """A certificate as the page shows it; `state` is `valid`, `ended` or `later`."""

    id: UUID
    place: str
    number: str
    valid_from: date
    valid_until: date | None
    state: str
    file_id: UUID
    file_name: str


def _place(jurisdiction: str) -> str:
    country, _, region = jurisdiction.partition("-")
    return f"{i18n.country(country)}, {region_name(country, region)}" if region else i18n.country(country)


def _state(certificate: ExemptionCertificate, on: date) -> str:
    if certificate.valid_from > on:
        return "later"
    return "ended" if certificate.valid_until is not None and certificate.valid_until < on else "valid"


@bp.get("/company/exemptions")
@requires(Permission.COMPANY_VIEW)
def list_exemptions() -> str:
    """The certificates of the company, also those that have ended."""
    viewer = viewer_here()
    rows = [
        ExemptionRow(c.id, _place(c.jurisdiction), c.number, c.valid_from, c.valid_until, _state(c, today()), f.id, f.name)
        for c, f in queries.kept_exemptions(viewer.company_id)
    ]
    return render_template("accounts/list_exemptions.html", rows=rows, can_edit=viewer.can(Permission.COMPANY_EDIT))


@bp.route("/company/exemptions/new", methods=["GET", "POST"])
@requires(Permission.COMPANY_EDIT)
def add_exemption() -> Page:
    """Another certificate with its file. The row of the file first, then its bytes, then the certificate: what is listed can be read."""
    viewer = viewer_here()
    if request.method != "POST":
        return render_template("accounts/add_exemption.html", form=Form(ExemptionInput, initial={"country": viewer.country}))
    form = Form(ExemptionInput, request.form)
    is_valid = form.is_valid()
    content, name = _sent_file(form)
    if not is_valid or form.errors:
        return render_template("accounts/add_exemption.html", form=form), 422
    data, key = form.data, once_key()
    if once.answer_of("accounts.add_exemption", key) is None:
        with transaction():
            stored = files.record(viewer.company_id, name, content)
        outside()
        files.store(stored, content)
        with transaction():
            if once.claim("accounts.add_exemption", key, data.model_dump()) is None:
                services.add_exemption(
                    viewer.company_id,
                    jurisdiction=data.jurisdiction,
                    number=data.number,
                    file_id=stored.id,
                    valid_from=data.valid_from,
                    valid_until=data.valid_until,
                    actor=current_actor(),
                )
    flash(gettext("Added. It counts within its dates; the platform checks it later."), "done")
    return see_other("accounts.list_exemptions")


def _sent_file(form: Form[ExemptionInput]) -> tuple[bytes, str]:
    """The file that came; a missing or bad one is said at its field."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        form.add_error("file", gettext("Choose the file: PDF, PNG or JPEG, up to 10 MB."))
        return b"", ""
    content = sent.read(files.MAX_BYTES + 1)
    try:
        files.check(content)
    except FileRefused as refusal:
        form.add_error("file", gettext(refusal.text))
    return content, sent.filename


@bp.post("/company/exemptions/<exemption_id>/remove")
@requires(Permission.COMPANY_EDIT)
def remove_exemption(exemption_id: str) -> Response:
    """The certificate counts no more."""
    with transaction():
        services.remove_exemption(path_id(exemption_id), company_id=viewer_here().company_id, actor=current_actor())
    flash(gettext("Removed. It frees you from no tax any more; orders before keep it."), "done")
    return see_other("accounts.list_exemptions")
