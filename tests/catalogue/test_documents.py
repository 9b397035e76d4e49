"""Documents of products: added, replaced, open to those they are open to; buyers are told."""

import io
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from marketplace.accounts.models import Company
from marketplace.catalogue import documents
from marketplace.catalogue.documents import DocumentRefused
from marketplace.catalogue.models import DocumentAccess, DocumentGrant, DocumentVersion, GrantState, ProductDocument, ProductState
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.files import MAX_BYTES, StoredFile
from marketplace.core.jobs import Job
from tests.factories.accounts import log_in, log_out, make_company, make_member, make_operator
from tests.factories.catalogue import make_document, make_product
from tests.factories.vendors import make_vendor
from vendors.models import Vendor

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
STEP = b"ISO-10303-21;\nHEADER;\nENDSEC;\nEND-ISO-10303-21;\n"
DXF = b"  0\r\nSECTION\r\n  2\r\nHEADER\r\n"
FIELDS = {"kind": "spec_sheet", "title": "Spec sheet", "language": "en", "access": "public"}


def zipped(*names: str, size: int = 10) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as pack:
        for name in names:
            pack.writestr(name, bytes(size))
    return out.getvalue()


def a_bomb() -> bytes:
    return zipped("a.png", size=210 * 1024 * 1024)


def enter(client: FlaskClient, company_id: UUID, roles: list[str] | None = None) -> None:
    company = db.session.get_one(Company, company_id)
    log_in(client, make_member(company, roles), company)


@pytest.fixture
def vendor(client: FlaskClient) -> Vendor:
    shop = make_vendor()
    enter(client, shop.id)
    return shop


def upload(client: FlaskClient, url: str, content: bytes = PDF, name: str = "spec.pdf", **fields: Any) -> Any:
    answer = client.post(url, data={**FIELDS, **fields, "file": (io.BytesIO(content), name)}, content_type="multipart/form-data")
    answer.request.environ["wsgi.input"].close()  # a large body lies in a temporary file of the test client
    return answer


def test_a_document_that_is_sent_twice_is_added_once(client: FlaskClient, vendor: Vendor) -> None:
    address = f"/portal/products/{make_product(vendor).id}/documents"
    assert 'name="_once"' in client.get(address).get_data(as_text=True)

    for _ in range(2):
        assert upload(client, address, _once="one-and-the-same").status_code == 303

    assert db.session.query(ProductDocument).count() == 1


def test_a_document_is_added_with_its_first_version_and_checksum(client: FlaskClient, vendor: Vendor) -> None:
    product = make_product(vendor)

    answer = upload(client, f"/portal/products/{product.id}/documents", valid_from="2026-01-01", valid_until="2031-12-31")

    document = db.session.query(ProductDocument).one()
    version = db.session.query(DocumentVersion).one()
    assert answer.status_code == 303
    assert (document.version, document.valid_until.isoformat() if document.valid_until else "", document.vendor_id) == (
        1,
        "2031-12-31",
        vendor.id,
    )
    assert version.sha256 == db.session.get_one(StoredFile, document.file_id).sha256
    page = client.get(answer.headers["Location"]).get_data(as_text=True)
    assert version.sha256[:12] in page
    given = client.get(f"/documents/{document.id}")
    assert given.get_data() == PDF
    assert given.headers["Content-Disposition"].startswith("attachment")
    assert given.headers["Content-Security-Policy"].startswith("default-src 'none'; sandbox")


def test_a_new_version_takes_its_place_and_the_old_one_stays_for_the_vendor(client: FlaskClient, vendor: Vendor) -> None:
    product = make_product(vendor)
    document = make_document(product)
    url = f"/portal/products/{product.id}/documents/{document.id}"

    assert upload(client, url, PDF + b"%second", title="Spec sheet, 2nd").status_code == 303

    assert client.get(f"/documents/{document.id}").get_data() == PDF + b"%second"
    assert client.get(f"{url}/versions/1").get_data() == PDF
    assert client.get(f"{url}/versions/3").status_code == 404
    row = db.session.query(ProductDocument).populate_existing().one()
    assert (row.title, row.version) == ("Spec sheet, 2nd", 2)


def test_other_words_make_no_version(client: FlaskClient, vendor: Vendor) -> None:
    product = make_product(vendor)
    document = make_document(product)

    answer = client.post(f"/portal/products/{product.id}/documents/{document.id}", data={**FIELDS, "title": "Words", "access": "nda"})

    row = db.session.query(ProductDocument).populate_existing().one()
    assert (answer.status_code, row.title, row.access, row.version) == (303, "Words", DocumentAccess.NDA, 1)


def test_a_removed_document_is_gone_and_its_versions_are_kept(client: FlaskClient, vendor: Vendor) -> None:
    product = make_product(vendor)
    document = make_document(product)

    assert client.post(f"/portal/products/{product.id}/documents/{document.id}/remove").status_code == 303

    assert client.get(f"/documents/{document.id}").status_code == 404
    assert client.get(f"/portal/products/{product.id}/documents/{document.id}").status_code == 404
    assert db.session.query(DocumentVersion).count() == 1


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"title": ""}, "title", "Fill this in."),
        ({"kind": ""}, "kind", "Fill this in."),
        ({"kind": "poem"}, "kind", "Choose one of the list."),
        ({"language": "xx"}, "language", "Choose one of the list."),
        ({"access": "all"}, "access", "Choose one of the list."),
        ({"valid_until": "2026-02-30"}, "valid_until", "Write a day, such as 2026-12-28."),
        ({"valid_from": "2026-02-03", "valid_until": "2026-02-01"}, "valid_until", "The last day lies before the first."),
    ],
)
def test_what_is_wrong_stands_at_its_field(client: FlaskClient, vendor: Vendor, fields: dict[str, Any], field: str, words: str) -> None:
    product = make_product(vendor)

    answer = upload(client, f"/portal/products/{product.id}/documents", **fields)

    assert answer.status_code == 422
    assert words in answer.get_data(as_text=True)
    assert field == "form" or f'href="#{field}"' in answer.get_data(as_text=True)
    assert db.session.query(ProductDocument).count() == db.session.query(StoredFile).count() == 0


@pytest.mark.parametrize(
    "make",
    [bytes, lambda: b"MZ" + bytes(50), lambda: b"<html>", lambda: PDF + bytes(MAX_BYTES), lambda: zipped("a.exe"), a_bomb],
    ids=["nothing", "a program", "a page", "too large", "an archive of a program", "a bomb"],
)
def test_a_file_of_another_kind_is_refused(client: FlaskClient, vendor: Vendor, make: Callable[[], bytes]) -> None:
    product = make_product(vendor)

    answer = upload(client, f"/portal/products/{product.id}/documents", make())

    assert answer.status_code == 422
    assert 'href="#file"' in answer.get_data(as_text=True)
    assert db.session.query(StoredFile).count() == 0


@pytest.mark.parametrize(
    ("content", "media_type"),
    [(PDF, "application/pdf"), (STEP, "model/step"), (DXF, "image/vnd.dxf"), (zipped("a.png", "b/c.jpg"), "application/zip")],
)
def test_what_a_file_is_is_read_from_its_content(content: bytes, media_type: str) -> None:
    assert documents.media_type(content) == media_type


def test_an_empty_archive_is_no_pack() -> None:
    with pytest.raises(DocumentRefused):
        documents.media_type(zipped())


def test_another_vendors_documents_are_not_found_and_unchanged(client: FlaskClient, vendor: Vendor) -> None:
    theirs = make_product(make_vendor(), state=ProductState.DRAFT)
    document = make_document(theirs)
    mine = make_product(vendor)

    for product in (theirs, mine):
        base = f"/portal/products/{product.id}/documents/{document.id}"
        assert client.get(base).status_code == 404
        assert upload(client, base).status_code == 404
        assert client.post(f"{base}/remove").status_code == 404
        assert client.get(f"{base}/versions/1").status_code == 404
    assert upload(client, f"/portal/products/{theirs.id}/documents").status_code == 404
    assert client.get(f"/documents/{document.id}").status_code == 404
    assert db.session.query(ProductDocument).populate_existing().one().removed_at is None


@pytest.mark.parametrize(
    ("access", "visitor", "buyer"),
    [
        (DocumentAccess.PUBLIC, 200, 200),
        (DocumentAccess.REGISTERED, 404, 200),
        (DocumentAccess.APPROVED, 404, 404),
        (DocumentAccess.NDA, 404, 404),
    ],
)
def test_a_document_is_open_by_its_level(client: FlaskClient, access: DocumentAccess, visitor: int, buyer: int) -> None:
    shop = make_vendor()
    document = make_document(make_product(shop), access=access)
    address = f"/documents/{document.id}"

    assert client.get(address).status_code == visitor
    enter(client, make_company().id)
    assert client.get(address).status_code == buyer
    enter(client, shop.id)
    assert client.get(address).status_code == 200
    company, verifier = make_operator()
    log_in(client, verifier, company)
    assert client.get(address).status_code == 200


@pytest.mark.parametrize("hidden", [{"state": ProductState.PAUSED}, {"visibility": ("country:US",)}])
def test_a_public_document_of_a_hidden_product_is_hidden(client: FlaskClient, hidden: dict[str, Any]) -> None:
    document = make_document(make_product(make_vendor(), **hidden))

    assert client.get(f"/documents/{document.id}").status_code == 404


def test_a_buyer_asks_and_the_vendor_opens_refuses_and_ends(client: FlaskClient, run_jobs: Callable[[], int]) -> None:
    shop, buyer = make_vendor(), make_company(name="Halden Rail")
    make_member(db.session.get_one(Company, shop.id), email="catalogue@shop.example")
    product = make_product(shop)
    document = make_document(product, access=DocumentAccess.NDA, title="Drawing with tolerances")
    ask, address = f"/products/{product.slug}/documents/ask", f"/documents/{document.id}"
    enter(client, buyer.id)
    page = client.get(f"/products/{product.slug}").get_data(as_text=True)
    assert "Drawing with tolerances" in page
    assert "Ask for the documents under a non-disclosure agreement" in page

    assert client.post(ask, data={"access": "nda"}).status_code == 303
    assert "You have asked; the vendor has not answered yet." in client.get(f"/products/{product.slug}").get_data(as_text=True)
    grant = db.session.query(DocumentGrant).one()
    for answer, state, status in (
        ("granted", GrantState.GRANTED, 200),
        ("ended", GrantState.ENDED, 404),
        ("granted", GrantState.GRANTED, 200),
    ):
        enter(client, shop.id)
        assert "Halden Rail" in client.get("/portal/documents/requests").get_data(as_text=True)
        assert client.post(f"/portal/documents/requests/{grant.id}", data={"answer": answer}).status_code == 303
        assert db.session.query(DocumentGrant).populate_existing().one().state is state
        enter(client, buyer.id)
        assert client.get(address).status_code == status
        run_jobs()
    assert {job.name for job in db.session.query(Job)} >= {"catalogue.email_grant_asked", "catalogue.email_grant_answered"}
    assert "Halden Rail" in client_as(client, shop).get("/portal/documents/requests.csv").get_data(as_text=True)


def client_as(client: FlaskClient, shop: Vendor) -> FlaskClient:
    enter(client, shop.id)
    return client


def test_an_answer_that_does_not_follow_changes_nothing(client: FlaskClient) -> None:
    shop, buyer = make_vendor(), make_company()
    product = make_product(shop)
    make_document(product, access=DocumentAccess.APPROVED)
    enter(client, buyer.id)
    client.post(f"/products/{product.slug}/documents/ask", data={"access": "approved"})
    grant = db.session.query(DocumentGrant).one()
    enter(client, make_vendor().id)
    assert client.post(f"/portal/documents/requests/{grant.id}", data={"answer": "granted"}).status_code == 404
    enter(client, shop.id)
    assert client.post(f"/portal/documents/requests/{grant.id}", data={"answer": "perhaps"}).status_code == 404

    client.post(f"/portal/documents/requests/{grant.id}", data={"answer": "ended"})

    assert db.session.query(DocumentGrant).populate_existing().one().state is GrantState.ASKED


def test_nobody_asks_for_what_is_open_or_not_there(client: FlaskClient) -> None:
    product = make_product(make_vendor())
    make_document(product)
    enter(client, make_company().id)

    for access, status in (("nda", 303), ("approved", 303), ("public", 404)):
        assert client.post(f"/products/{product.slug}/documents/ask", data={"access": access}).status_code == status
    assert db.session.query(DocumentGrant).count() == 0
    log_out(client)
    assert client.post(f"/products/{product.slug}/documents/ask", data={"access": "nda"}).status_code == 303
    assert db.session.query(DocumentGrant).count() == 0


def test_a_document_that_is_over_says_so(client: FlaskClient) -> None:
    product = make_product(make_vendor())
    make_document(product, valid_until=clock.now().date() - timedelta(days=1))

    assert "over since" in client.get(f"/products/{product.slug}").get_data(as_text=True)
