"""A file on its way into a catalogue: sent, its columns named, tried, imported."""

import io
from collections.abc import Callable
from uuid import UUID

import xlsxwriter
from flask.testing import FlaskClient

from marketplace.accounts.models import Company
from marketplace.catalogue.models import (
    CatalogueImport,
)
from marketplace.core.audit import Actor
from marketplace.core.db import db
from tests.factories.accounts import actor_of, make_member
from vendors.models import Vendor

Jobs = Callable[[], int]


def send(client: FlaskClient, content: bytes | str, name: str = "rows.csv") -> CatalogueImport:
    body = content.encode() if isinstance(content, str) else content
    answer = client.post("/portal/products/import", data={"file": (io.BytesIO(body), name)}, content_type="multipart/form-data")
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return fresh(UUID(answer.headers["Location"].rpartition("/")[2]))


def member_of(vendor: Vendor) -> Actor:
    company = db.session.get_one(Company, vendor.id)
    return actor_of(make_member(company), company)


def fresh(import_id: UUID) -> CatalogueImport:
    return db.session.query(CatalogueImport).filter_by(id=import_id).populate_existing().one()


def name_columns(client: FlaskClient, found: CatalogueImport, **changes: str) -> None:
    columns = {f"column-{n}": found.mapping["columns"][head] for n, head in enumerate(found.heads)}
    data = {**columns, "decimal": found.mapping["decimal"], "encoding": found.mapping["encoding"], **changes}
    answer = client.post(f"/portal/products/import/{found.id}/columns", data=data)
    assert answer.status_code == 303, answer.get_data(as_text=True)


def tried(client: FlaskClient, content: bytes | str, run_jobs: Jobs, name: str = "rows.csv", **changes: str) -> CatalogueImport:
    found = send(client, content, name)
    name_columns(client, found, **changes)
    run_jobs()
    return fresh(found.id)


def step(client: FlaskClient, found: CatalogueImport, word: str, run_jobs: Jobs) -> CatalogueImport:
    assert client.post(f"/portal/products/import/{found.id}/{word}").status_code == 303
    run_jobs()
    return fresh(found.id)


def counts(found: CatalogueImport) -> tuple[int, int, int, int]:
    return found.made, found.changed, found.unchanged, found.refused


def workbook(*rows: list[object]) -> bytes:
    """A workbook of one sheet with these rows."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    return out.getvalue()
