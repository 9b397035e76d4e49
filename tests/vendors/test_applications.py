"""The vendor's application: what it needs, when it can be changed, who may see its papers."""

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from marketplace.accounts.models import Company
from marketplace.accounts.permissions import Role
from marketplace.core import clock, files
from marketplace.core.audit import AuditEvent
from marketplace.core.db import db, transaction
from marketplace.core.files import FileRefused, FileTooLarge, StoredFile
from tests.factories.accounts import log_in, make_company, make_member
from tests.factories.orders import company_of
from tests.factories.vendors import make_vendor
from vendors import queries, services
from vendors.models import RequirementState, Vendor, VendorState

TAX = [{"scheme": "se.vat", "value": "559998400101", "display": "SE559998400101"}]


def pdf(name: str = "extract.pdf", content: bytes = b"%PDF-1.4 registry extract") -> tuple[io.BytesIO, str]:
    return io.BytesIO(content), name


def form(**changes: Any) -> dict[str, Any]:
    whole = {
        "kind": "maker",
        "registry_number": "559998-4001",
        "registry_file": pdf(),
        "street": "Rälsgatan 4",
        "postcode": "417 05",
        "city": "Göteborg",
        "country": "SE",
        "owners": "Ingrid Norr 60 %, Sven Vik 40 %",
        "phone": "+46 31 390 06 40",
        "email": "sales@norrvik.example",
        "agreement": "1",
        "act": "submit",
    }
    return {key: value for key, value in (whole | changes).items() if value is not None}


@pytest.fixture
def seller(client: FlaskClient) -> Company:
    company = make_company(is_buyer=False, is_vendor=True, tax_ids=TAX)
    log_in(client, make_member(company), company)
    return company


def vendor_of(company: Company) -> Vendor:
    db.session.expire_all()
    return queries.vendor_by_id(company.id)


def test_a_whole_application_goes_to_the_desk_with_a_deadline(client: FlaskClient, seller: Company) -> None:
    response = client.post("/portal/application", data=form())

    assert response.status_code == 303
    vendor = vendor_of(seller)
    assert vendor.state is VendorState.UNDER_REVIEW
    assert vendor.answer_due_at is not None
    assert vendor.answer_due_at > clock.now()
    lines = queries.requirements_of(seller.id)
    assert {kind: line.state for kind, line in lines.items() if kind != "payout_account"} == dict.fromkeys(
        ("registry", "tax_id", "address", "owners", "agreement"), RequirementState.PROVIDED
    )
    assert lines["payout_account"].state is RequirementState.OPEN


@pytest.mark.parametrize(
    ("left_out", "field"),
    [
        ("registry_number", "registry_number"),
        ("registry_file", "registry_number"),
        ("kind", "registry_number"),
        ("street", "street"),
        ("owners", "owners"),
        ("agreement", "agreement"),
    ],
)
def test_what_is_missing_is_said_and_the_rest_is_kept(client: FlaskClient, seller: Company, left_out: str, field: str) -> None:
    response = client.post("/portal/application", data=form(**{left_out: None}))

    page = response.get_data(as_text=True)
    assert response.status_code == 409
    assert f'href="#{field}"' in page
    assert 'value="Göteborg"' in page
    assert vendor_of(seller).state is VendorState.DATA_NEEDED


def test_without_a_tax_number_it_is_not_sent(client: FlaskClient, seller: Company) -> None:
    seller.tax_ids = []

    assert client.post("/portal/application", data=form()).status_code == 409


def test_half_an_application_is_kept_for_later(client: FlaskClient, seller: Company) -> None:
    response = client.post("/portal/application", data=form(act="save", owners=None, agreement=None, registry_file=None))

    assert response.status_code == 303
    page = client.get("/portal/application").get_data(as_text=True)
    assert 'value="559998-4001"' in page
    assert vendor_of(seller).state is VendorState.DATA_NEEDED


def test_a_file_over_ten_megabytes_is_refused() -> None:
    with pytest.raises(FileRefused):
        files.check(b"%PDF-1.4" + b"x" * files.MAX_BYTES)


@pytest.mark.parametrize("content", [b"", b"MZ not a document", b"<svg xmlns='http://www.w3.org/2000/svg'/>"])
def test_a_file_of_another_kind_is_refused_at_its_field(client: FlaskClient, seller: Company, content: bytes) -> None:
    response = client.post("/portal/application", data=form(registry_file=pdf(content=content)))

    assert response.status_code == 422
    assert 'id="registry_file-error"' in response.get_data(as_text=True)
    assert db.session.scalar(select(func.count()).select_from(StoredFile)) == 0


def test_a_wrong_phone_is_said_at_its_field(client: FlaskClient, seller: Company) -> None:
    response = client.post("/portal/application", data=form(phone="031"))

    assert response.status_code == 422
    assert 'id="phone-error"' in response.get_data(as_text=True)


def test_the_paper_can_be_read_by_its_company_alone(app: Flask, client: FlaskClient, seller: Company) -> None:
    client.post("/portal/application", data=form())
    document = queries.requirements_of(seller.id)["registry"].file_id
    stranger = make_company(is_buyer=False, is_vendor=True)
    other = app.test_client()
    log_in(other, make_member(stranger), stranger)

    assert client.get(f"/files/{document}").get_data() == b"%PDF-1.4 registry extract"
    assert other.get(f"/files/{document}").status_code == 404


def test_the_signature_names_the_version_and_the_text(client: FlaskClient, seller: Company) -> None:
    client.post("/portal/application", data=form())

    event = db.session.execute(select(AuditEvent).where(AuditEvent.act == "vendor.agreement_signed")).scalar_one()
    assert event.after["version"] == "2026-1"
    assert len(event.after["sha256"]) == 64


@pytest.mark.parametrize("state", [VendorState.UNDER_REVIEW, VendorState.APPROVED, VendorState.SUSPENDED, VendorState.RECHECK_DUE])
def test_a_closed_application_cannot_be_changed(client: FlaskClient, state: VendorState) -> None:
    vendor = make_vendor(state=state, answer_due_at=clock.now() if state is VendorState.RECHECK_DUE else None)
    company = db.session.get_one(Company, vendor.id)
    log_in(client, make_member(company), company)

    response = client.post("/portal/application", data=form(owners="Somebody else", registry_file=None))

    assert response.status_code == 303
    assert "cannot be changed now" in client.get("/portal/application").get_data(as_text=True)
    assert vendor_of(company).owners == "Ingrid Norr, Sven Vik"


def test_a_check_that_has_run_out_takes_new_papers_and_keeps_the_facts(client: FlaskClient) -> None:
    vendor = make_vendor(state=VendorState.RECHECK_DUE)
    company = db.session.get_one(Company, vendor.id)
    log_in(client, make_member(company), company)
    home = client.get("/portal").get_data(as_text=True)
    shown = client.get("/portal/application").get_data(as_text=True)

    without = client.post("/portal/application", data=form(registry_file=None, owners="Somebody else"))
    sent = client.post("/portal/application", data=form(owners="Somebody else", registry_number="1"))

    assert "Send papers for the new check" in home
    assert 'name="registry_file"' in shown
    assert 'name="registry_number"' not in shown
    assert (without.status_code, sent.status_code) == (409, 303)
    row = vendor_of(company)
    assert (row.state, row.owners, row.registry_number) == (VendorState.RECHECK_DUE, "Ingrid Norr, Sven Vik", vendor.registry_number)
    assert row.answer_due_at is not None
    assert queries.requirements_of(company.id)["registry"].file_id is not None
    closed = client.get("/portal/application").get_data(as_text=True)
    assert "The desk answers by" in closed
    assert 'name="registry_file"' not in closed


def test_a_refused_vendor_may_apply_again(client: FlaskClient) -> None:
    vendor = make_vendor(state=VendorState.REFUSED, state_reason="The extract is of another company.")
    company = db.session.get_one(Company, vendor.id)
    company.tax_ids = TAX
    log_in(client, make_member(company), company)
    before = client.get("/portal/application").get_data(as_text=True)

    response = client.post("/portal/application", data=form())

    assert "The extract is of another company." in before
    assert response.status_code == 303
    assert vendor_of(company).state is VendorState.UNDER_REVIEW


def test_a_failed_line_must_change_before_the_application_is_sent_again(client: FlaskClient, seller: Company) -> None:
    client.post("/portal/application", data=form())
    vendor = vendor_of(seller)
    vendor.state = VendorState.DATA_NEEDED
    line = queries.requirements_of(seller.id)["owners"]
    line.state, line.reason = RequirementState.FAILED, "Who owns the other 60 %?"

    unchanged = client.post("/portal/application", data=form(registry_file=None))
    changed = client.post("/portal/application", data=form(registry_file=None, owners="Ingrid Norr 100 %"))

    assert (unchanged.status_code, changed.status_code) == (409, 303)
    assert "The verification desk has turned this down: change it, or add a paper." in unchanged.get_data(as_text=True)
    line = queries.requirements_of(seller.id)["owners"]
    assert (line.state, line.reason) == (RequirementState.PROVIDED, None)


def test_a_signature_that_was_turned_down_is_given_anew(client: FlaskClient, seller: Company) -> None:
    """Its words are the same again, and there was no way on: the box stood there ticked."""
    client.post("/portal/application", data=form())
    vendor = vendor_of(seller)
    vendor.state = VendorState.DATA_NEEDED
    line = queries.requirements_of(seller.id)["agreement"]
    line.state, line.reason = RequirementState.FAILED, "The register does not name the signer."
    db.session.commit()

    shown = client.get("/portal/application").get_data(as_text=True)
    unsigned = client.post("/portal/application", data=form(registry_file=None, agreement=None))
    kept = queries.requirements_of(seller.id)["agreement"].reason
    signed = client.post("/portal/application", data=form(registry_file=None, agreement_file=pdf()))

    box = re.search(r'<input type="checkbox" id="agreement"[^>]*>', shown)
    assert box is not None
    assert "checked" not in box[0]
    assert 'name="agreement_file"' in shown
    assert (unsigned.status_code, kept, signed.status_code) == (409, "The register does not name the signer.", 303)
    line = queries.requirements_of(seller.id)["agreement"]
    assert (line.state, line.reason, line.file_id is not None) == (RequirementState.PROVIDED, None, True)


@pytest.mark.parametrize("role", [Role.VENDOR_SALES, Role.VENDOR_FINANCE, Role.VENDOR_QUALITY])
def test_who_may_not_edit_the_shop_cannot_apply(client: FlaskClient, role: Role) -> None:
    company = make_company(is_buyer=False, is_vendor=True)
    make_member(company)
    log_in(client, make_member(company, [role]), company)

    assert client.get("/portal/application").status_code == 403
    assert client.post("/portal/application", data=form()).status_code == 403
    assert queries.find_vendor(company.id) is None


def test_opening_an_application_twice_is_one(client: FlaskClient, seller: Company) -> None:
    with transaction():
        services.open_application(seller.id)
        services.open_application(seller.id)

    assert len(queries.requirements_of(seller.id)) == 6


def test_two_shops_of_one_name_have_two_addresses(client: FlaskClient) -> None:
    companies = [make_company(name="Same Name AB", is_vendor=True) for _ in range(2)]
    with transaction():
        slugs = {services.open_application(company.id).slug for company in companies}

    assert len(slugs) == 2
    assert "same-name-ab" in slugs


def test_the_payout_account_is_told_by_the_provider_and_decides_about_selling(client: FlaskClient, run_jobs: Callable[[], int]) -> None:
    vendor = make_vendor(is_payout_active=False)
    before = queries.facts_of([vendor.id])[vendor.id]

    with transaction():
        services.record_payout_state(vendor.id, True)
    active = queries.facts_of([vendor.id])[vendor.id]
    with transaction():
        services.record_payout_state(vendor.id, False)

    assert (before.can_sell, active.can_sell) == (False, True)
    assert not queries.facts_of([vendor.id])[vendor.id].can_sell
    assert queries.requirements_of(vendor.id)["payout_account"].state is RequirementState.OPEN


def test_a_missing_tax_number_leads_to_where_it_is_added(client: FlaskClient) -> None:
    company = make_company(is_buyer=False, is_vendor=True, tax_ids=[])
    log_in(client, make_member(company), company)

    page = client.post("/portal/application", data=form()).get_data(as_text=True)

    assert "Add the number on the page of your company first." in page
    assert 'href="/company/tax-numbers"' in page


def test_papers_that_are_large_together_come_in_one_form(client: FlaskClient, seller: Company) -> None:
    large = b"%PDF-1.4 " + b"0" * (files.MAX_BYTES - 9)
    papers = {f"{kind}_file": FileStorage(io.BytesIO(large), f"{kind}.pdf") for kind in ("registry", "owners")}
    boundary, body = encode_multipart(form(**papers))

    response = client.post("/portal/application", data=body, content_type=f"multipart/form-data; boundary={boundary}")

    assert response.status_code == 303
    assert vendor_of(seller).state is VendorState.UNDER_REVIEW


@pytest.mark.parametrize(("content", "said"), [(b"", "This file is empty"), (b"plain words", "This file is not taken")])
def test_a_refused_paper_says_what_is_wrong_with_it(client: FlaskClient, seller: Company, content: bytes, said: str) -> None:
    response = client.post("/portal/application", data=form(owners_file=pdf("owners.pdf", content), city="Västerås"))

    page = response.get_data(as_text=True)
    assert response.status_code == 422
    assert said in page
    assert "Västerås" in page


def test_a_paper_with_more_bytes_than_one_may_have_is_too_large() -> None:
    with pytest.raises(FileTooLarge):
        files.check(b"%PDF-1.4 " + bytes(files.MAX_BYTES))


@pytest.mark.parametrize(("role", "is_led"), [(Role.VENDOR_OWNER, True), (Role.VENDOR_CATALOGUE, False), (Role.VENDOR_MANAGER, False)])
def test_only_who_may_open_the_payout_account_is_led_to_it(client: FlaskClient, role: Role, is_led: bool) -> None:
    company = company_of(make_vendor())
    log_in(client, make_member(company, [role]), company)

    page = client.get("/portal/application").get_data(as_text=True)

    assert "Payout account" in page
    assert ('<td data-label="What you gave"><a href="/portal/payout-account">' in page) is is_led
