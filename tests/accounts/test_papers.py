"""Tax numbers and exemption certificates."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from marketplace.accounts import queries
from marketplace.accounts.models import Company, ExemptionCertificate
from marketplace.accounts.permissions import Role
from marketplace.accounts.tax_ids import kind_of, scheme_of, vat_id
from marketplace.core import clock, files
from marketplace.core.audit import AuditEvent
from marketplace.core.db import db, transaction
from tests.factories.accounts import log_in, make_company, make_exemption, make_member

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF"
PAPER = {"country": "US", "region": "Texas", "number": "01-339", "valid_from": "2026-01-01", "valid_until": "2028-12-31"}
VAT = {"country": "SE", "kind": "found", "number": "SE 559998-4001 01"}


def enter(client: FlaskClient, *roles: Role) -> Company:
    company = make_company()
    log_in(client, make_member(company, roles or None), company)
    return company


def add_paper(
    client: FlaskClient, fields: dict[str, str] | None = None, content: bytes = PDF, name: str = "certificate.pdf"
) -> tuple[int, str]:
    data: dict[str, object] = {**PAPER, **(fields or {})}
    if name:
        data["file"] = (BytesIO(content), name)
    response = client.post("/company/exemptions/new", data=data, content_type="multipart/form-data")
    return response.status_code, response.get_data(as_text=True)


def test_a_number_is_added_when_its_check_digits_are_right(client: FlaskClient) -> None:
    company = enter(client)
    assert "No number yet" in client.get("/company/tax-numbers").get_data(as_text=True)

    saved = client.post("/company/tax-numbers", data=VAT)

    db.session.refresh(company)
    [number] = company.tax_ids
    assert saved.status_code == 303
    assert (number["scheme"], number["display"], number["country"]) == ("se.vat", "SE559998400101", "SE")
    assert (number["checked_at"], number["checked_how"]) == (None, None), "no register was asked, and none is said to be"
    assert vat_id("SE", company.tax_ids) == "SE559998400101"
    page = client.get("/company/tax-numbers").get_data(as_text=True)
    assert "Check digits right" in page
    assert "Not looked up" in page


def test_several_numbers_of_several_countries_stand_side_by_side(client: FlaskClient) -> None:
    company = enter(client)

    for country, kind, number in (("SE", "vat", "559998400101"), ("SE", "registry", "559998-4001"), ("DE", "found", "DE136695976")):
        assert client.post("/company/tax-numbers", data={"country": country, "kind": kind, "number": number}).status_code == 303

    db.session.refresh(company)
    assert [number["scheme"] for number in company.tax_ids] == ["se.vat", "se.orgnr", "de.vat"]
    assert vat_id("DE", company.tax_ids) == "DE136695976"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"number": "SE559998400102"}, "number"),
        ({"number": "559998-4001", "kind": "vat"}, "number"),
        ({"number": ""}, "number"),
        ({"number": "x" * 61}, "number"),
        ({"country": "XX"}, "country"),
        ({"kind": "magic"}, "kind"),
    ],
)
def test_a_wrong_number_is_refused_at_its_field_and_kept(client: FlaskClient, fields: dict[str, str], field: str) -> None:
    company = enter(client)

    response = client.post("/company/tax-numbers", data={**VAT, **fields})

    page = response.get_data(as_text=True)
    assert response.status_code == 422
    assert f'id="{field}-error"' in page
    assert f'value="{ {**VAT, **fields}["number"] }"' in page
    db.session.refresh(company)
    assert company.tax_ids == []


def test_a_number_stands_once_and_a_double_click_adds_one(client: FlaskClient) -> None:
    company = enter(client)
    for _ in range(2):
        assert client.post("/company/tax-numbers", data={**VAT, "_once": "one-click"}).status_code == 303

    again = client.post("/company/tax-numbers", data=VAT)

    db.session.refresh(company)
    assert again.status_code == 409
    assert "in the list already" in again.get_data(as_text=True)
    assert len(company.tax_ids) == 1


def test_a_country_without_a_known_form_takes_any_and_says_so(client: FlaskClient) -> None:
    enter(client)

    client.post("/company/tax-numbers", data={"country": "XK", "kind": "found", "number": "810 123 456"})

    assert "No form known" in client.get("/company/tax-numbers").get_data(as_text=True)


def test_a_number_is_removed_and_both_stand_in_the_history(client: FlaskClient) -> None:
    company = enter(client)
    client.post("/company/tax-numbers", data=VAT)

    gone = client.post("/company/tax-numbers/remove", data={"scheme": "se.vat", "value": "559998400101"})
    again = client.post("/company/tax-numbers/remove", data={"scheme": "se.vat", "value": "559998400101"})
    nothing = client.post("/company/tax-numbers/remove")

    db.session.refresh(company)
    assert (gone.status_code, again.status_code, nothing.status_code) == (303, 404, 404)
    assert company.tax_ids == []
    page = client.get("/company/history").get_data(as_text=True)
    assert "Added the tax number SE559998400101" in page
    assert "Removed the tax number SE559998400101" in page


def test_who_may_not_change_the_company_reads_its_papers(client: FlaskClient) -> None:
    enter(client, Role.FINANCE)

    assert client.get("/company/tax-numbers").status_code == 200
    assert "Add the number" not in client.get("/company/tax-numbers").get_data(as_text=True)
    assert client.post("/company/tax-numbers", data=VAT).status_code == 403
    assert client.get("/company/exemptions").status_code == 200
    assert add_paper(client)[0] == 403


def test_schemes_by_kind() -> None:
    assert (scheme_of("SE", "vat"), scheme_of("SE", "registry"), scheme_of("SE", "found")) == ("se.vat", "se.orgnr", None)
    assert (scheme_of("CN", "vat"), scheme_of("CN", "registry"), scheme_of("XK", "vat")) == ("cn.uscc", None, None)
    assert [kind_of(scheme) for scheme in ("se.vat", "se.orgnr", "cn.uscc", "xk.unchecked", "magic")] == [
        "vat",
        "registry",
        "vat",
        "other",
        "other",
    ]


def test_a_certificate_is_kept_with_its_file(app: Flask, client: FlaskClient) -> None:
    company = enter(client)
    assert "No certificate yet" in client.get("/company/exemptions").get_data(as_text=True)

    status, _ = add_paper(client)

    certificate = db.session.execute(select(ExemptionCertificate).where(ExemptionCertificate.company_id == company.id)).scalar_one()
    assert status == 303
    assert (certificate.jurisdiction, certificate.number) == ("US-TX", "01-339")
    page = client.get("/company/exemptions").get_data(as_text=True)
    assert "United States, Texas" in page
    file = client.get(f"/files/{certificate.file_id}")
    assert (file.data, file.headers["Content-Disposition"]) == (PDF, "attachment; filename=certificate.pdf")
    stranger = app.test_client()
    enter(stranger)
    assert stranger.get(f"/files/{certificate.file_id}").status_code == 404


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"valid_until": "2025-12-31"}, "valid_until"),
        ({"valid_from": "2026-02-30"}, "valid_from"),
        ({"valid_from": "0001-01-01"}, "valid_from"),
        ({"valid_from": ""}, "valid_from"),
        ({"number": ""}, "number"),
        ({"region": "T-X"}, "region"),
        ({"region": ""}, "region"),  # no tax of the whole country is there to be freed from
        ({"country": "CA", "region": "Ontario"}, "region"),
        ({"country": "ZZ"}, "country"),
    ],
)
def test_a_wrong_fact_of_a_certificate_is_said_at_its_field(client: FlaskClient, fields: dict[str, str], field: str) -> None:
    company = enter(client)

    status, page = add_paper(client, fields)

    assert status == 422
    assert f'id="{field}-error"' in page
    assert queries.kept_exemptions(company.id) == []


@pytest.mark.parametrize(
    ("content", "name"), [(b"", "empty.pdf"), (b"hello", "text.pdf"), (b"<svg/>", "x.svg"), (PDF, "")], ids=["empty", "text", "svg", "none"]
)
def test_a_missing_or_strange_file_is_said_at_its_field(client: FlaskClient, content: bytes, name: str) -> None:
    company = enter(client)

    status, page = add_paper(client, None, content, name)

    assert status == 422
    assert 'id="file-error"' in page
    assert 'value="01-339"' in page
    assert queries.kept_exemptions(company.id) == []


def test_a_double_click_keeps_one_certificate(client: FlaskClient) -> None:
    company = enter(client)

    for _ in range(2):
        assert add_paper(client, {"_once": "one-click"})[0] == 303

    assert len(queries.kept_exemptions(company.id)) == 1


def test_a_certificate_counts_within_its_dates_until_it_is_removed(client: FlaskClient) -> None:
    company = enter(client)
    with transaction():
        stored = files.record(company.id, "paper.pdf", PDF)
    certificate = make_exemption(company, stored.id, valid_from=date(2026, 1, 1), valid_until=date(2026, 12, 31))
    make_exemption(make_company(), stored.id)

    def valid(day: date) -> list[str]:
        return [found.number for found in queries.exemptions_of(company.id, day)]

    inside = [valid(date(2026, 1, 1)), valid(date(2026, 12, 31))]
    outside = [valid(date(2025, 12, 31)), valid(date(2027, 1, 1))]
    certificate.valid_until = None
    for_ever = valid(date(2090, 1, 1))
    client.post(f"/company/exemptions/{certificate.id}/remove")

    assert inside == [["TX-4711"], ["TX-4711"]]
    assert outside == [[], []]
    assert for_ever == ["TX-4711"]
    assert valid(date(2026, 6, 1)) == []
    assert client.post(f"/company/exemptions/{certificate.id}/remove").status_code == 404
    assert db.session.execute(select(AuditEvent).where(AuditEvent.act == "exemption.removed")).scalar_one().before["number"] == "TX-4711"


def test_states_are_told_by_the_readers_day(client: FlaskClient) -> None:
    company = enter(client)
    with transaction():
        stored = files.record(company.id, "paper.pdf", PDF)
    today = clock.now().date()
    make_exemption(company, stored.id, number="OLD", valid_from=date(2020, 1, 1), valid_until=today - timedelta(days=2))
    make_exemption(company, stored.id, number="NEXT", valid_from=today + timedelta(days=2))

    page = client.get("/company/exemptions").get_data(as_text=True)

    assert "Ended" in page
    assert "Not begun" in page


def test_a_strangers_certificate_is_not_found_and_dates_are_the_databases_business(client: FlaskClient) -> None:
    company = enter(client)
    other = make_company()
    with transaction():
        stored = files.record(other.id, "paper.pdf", PDF)
    theirs = make_exemption(other, stored.id)

    assert client.post(f"/company/exemptions/{theirs.id}/remove").status_code == 404
    assert theirs.removed_at is None
    assert company.id != other.id
    theirs.valid_until = date(2000, 1, 1)
    with pytest.raises(IntegrityError), db.session.begin_nested():
        db.session.flush()
