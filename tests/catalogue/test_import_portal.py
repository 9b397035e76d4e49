"""Import and export in the portal: sent, mapped, tried, imported in parts that nothing is done twice in, and taken home without loss."""

import io
import json
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
import xlsxwriter
from flask.testing import FlaskClient

from marketplace.accounts.models import Company
from marketplace.catalogue import cli, queries, services
from marketplace.catalogue.drafts import ProductDraft, VariantDraft
from marketplace.catalogue.exporting import FORMATS
from marketplace.catalogue.importing.files import Unreadable, open_file
from marketplace.catalogue.importing.mapping import ColumnMapping, decimal_point, guess
from marketplace.catalogue.models import (
    AttributeKind,
    CatalogueImport,
    ImportFault,
    ImportState,
    Product,
    ProductProposal,
    ProductState,
    ProductVersion,
    Supply,
    Variant,
)
from marketplace.catalogue.services import import_runs
from marketplace.catalogue.services.import_parts import Reading
from marketplace.core.audit import Actor, AuditEvent
from marketplace.core.db import db, transaction
from marketplace.core.i18n import speaking
from tests.conftest import count_queries
from tests.factories.accounts import actor_of, log_in, make_member
from tests.factories.catalogue import make_attribute, make_category, make_product, stock_of
from tests.factories.vendors import make_vendor
from vendors.models import Vendor

Jobs = Callable[[], int]
GOOD = "sku,title,category,price,stock\nA,Flange bolt,bolts,0.5,10\nB,Hex nut,bolts,0.25,20\n"


@pytest.fixture
def vendor(client: FlaskClient) -> Vendor:
    make_category(slug="bolts")
    shop = make_vendor()
    company = db.session.get_one(Company, shop.id)
    log_in(client, make_member(company), company)
    return shop


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
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    return out.getvalue()


def test_a_dry_run_counts_and_changes_nothing(client: FlaskClient, vendor: Vendor, run_jobs: Jobs) -> None:
    found = tried(client, GOOD + "C,,bolts,1,\n", run_jobs)

    assert (found.state, found.total, counts(found)) == (ImportState.CHECKED, 3, (2, 0, 0, 1))
    assert db.session.query(Product).count() == 0
    assert db.session.query(AuditEvent).filter_by(act="catalogue.imported").count() == 0
    page = client.get(f"/portal/products/import/{found.id}").get_data(as_text=True)
    assert "Nothing is changed yet." in page
    assert "Fill this in." in page


def test_an_import_takes_good_rows_and_gives_the_bad_ones_back(client: FlaskClient, vendor: Vendor, run_jobs: Jobs) -> None:
    found = tried(client, GOOD + "=C,Bolt,bolts,-1,\n", run_jobs)

    found = step(client, found, "start", run_jobs)

    assert (found.state, found.position, counts(found)) == (ImportState.DONE, 3, (2, 0, 0, 1))
    assert {row.sku: stock_of(row.id)[0] for row in db.session.query(Variant)} == {"A": 10, "B": 20}
    assert {row.state for row in db.session.query(Product)} == {ProductState.CHECKING}
    errors = client.get(f"/portal/products/import/{found.id}/errors").get_data(as_text=True)
    assert errors.splitlines()[0].lstrip("\ufeff") == "sku,title,category,price,stock,line,reason"
    assert errors.splitlines()[1].startswith("'=C,Bolt,bolts,-1,,4,")
    again = tried(client, errors.replace(",-1,", ",1.5,"), run_jobs, "errors.csv")
    assert counts(step(client, again, "start", run_jobs)) == (1, 0, 0, 0)
    assert db.session.query(Variant).filter_by(sku="=C").count() == 1


def test_the_columns_are_remembered_for_the_next_file_with_this_heading(client: FlaskClient, vendor: Vendor, run_jobs: Jobs) -> None:
    rows = "Code X,Titel,Kategorie,Preis\nA,Bolt,bolts,0.5\n"
    first = send(client, rows)
    assert first.mapping["columns"] == {"Code X": "", "Titel": "title_en", "Kategorie": "category", "Preis": "price"}
    answer = client.post(f"/portal/products/import/{first.id}/columns", data={"column-1": "title_en", "decimal": ".", "encoding": "utf-8"})
    assert answer.status_code == 422
    assert "Say which column is the SKU." in answer.get_data(as_text=True)

    name_columns(client, first, **{"column-0": "sku"})

    assert send(client, "Preis,Kategorie,Titel,Code X\n1,bolts,Nut,B\n").mapping["columns"]["Code X"] == "sku"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030"])
def test_letters_are_told_from_the_bytes(client: FlaskClient, vendor: Vendor, run_jobs: Jobs, encoding: str) -> None:
    text = "货号;标题;类别;单价\r\nA;不锈钢六角螺栓，全螺纹;bolts;0,1250\r\n"

    found = tried(client, text.encode(encoding), run_jobs)

    assert counts(step(client, found, "start", run_jobs)) == (1, 0, 0, 0)
    product = db.session.query(Product).one()
    assert product.title == {"zh-Hans": "不锈钢六角螺栓，全螺纹"}
    assert queries.version_content(product.id, 1)["variants"][0]["tiers"] == [[1, 125_000]]


def test_a_german_price_list_has_umlauts_and_decimal_commas(client: FlaskClient, vendor: Vendor, run_jobs: Jobs) -> None:
    text = "Artikel-Nr.;Bezeichnung;Warengruppe;Staffelpreise\nA;Flügelmutter groß;bolts;1:1.250,50; 10:1.100,00\n"
    text = text.replace("1:1.250,50; 10:1.100,00", '"1:1.250,50; 10:1.100,00"') + "B;Öse;bolts;1:0,25\n"

    found = tried(client, text.encode("cp1252"), run_jobs)

    assert (found.mapping["encoding"], found.mapping["decimal"], counts(found)) == ("cp1252", ",", (2, 0, 0, 0))
    step(client, found, "start", run_jobs)
    product = db.session.query(Product).join(Variant, Variant.product_id == Product.id).filter(Variant.sku == "A").one()
    assert product.title == {"en": "Flügelmutter groß"}
    assert queries.version_content(product.id, 1)["variants"][0]["tiers"] == [[1, 1_250_500_000], [10, 1_100_000_000]]


@pytest.mark.parametrize(
    ("cell", "point"),
    [("1.250,50", "1250.50"), ("0,5", "0.5"), ("1:0,0498; 5000:0,0421", "1:0.0498; 5000:0.0421"), ("[[1, 2]]", "[[1, 2]]")],
)
def test_a_decimal_comma_becomes_a_point(cell: str, point: str) -> None:
    assert decimal_point(cell) == point


def test_a_unit_in_the_heading_that_is_not_the_attributes_own_is_not_guessed(vendor: Vendor) -> None:
    make_attribute(code="length", kind=AttributeKind.NUMBER, unit="mm")
    definitions = queries.definitions_by_code(["length"]).values()

    assert guess(["Length (in)"], definitions) == {"Length (in)": ""}
    assert guess(["Length (mm)"], definitions) == {"Length (mm)": "attr_length"}


def test_a_workbook_is_read_as_it_looks(client: FlaskClient, vendor: Vendor, run_jobs: Jobs) -> None:
    found = tried(
        client, workbook(["SKU", "Title", "Category", "Price", "Stock"], [77, "Bolt", "bolts", 0.1 + 0.2, 5.0]), run_jobs, "a.xlsx"
    )

    assert counts(step(client, found, "start", run_jobs)) == (1, 0, 0, 0)
    row = db.session.query(Variant).one()
    assert (row.sku, stock_of(row.id)[0]) == ("77", 5)
    assert queries.version_content(row.product_id, 1)["variants"][0]["tiers"] == [[1, 300_000]]


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(["sku"], ["A"]))) as good, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for part in good.infolist():
            content = good.read(part)
            packed.writestr(part.filename, content + b" " * 60_000_000 if part.filename.endswith("sheet1.xml") else content)
    return out.getvalue()


def far_cell() -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet()
    sheet.write(0, 0, "sku")
    sheet.write(1_048_575, 16_383, "A")
    book.close()
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty."),
        (b"sku,title\n", "no rows"),
        (b"PK\x03\x04 and nothing", "no XLSX workbook"),
        (b"\xd0\xcf\x11\xe0old", "old workbook"),
        (b"\x1f\x8bpacked", "Unpack this file first."),
        (b"a,a\n1,2\n", "name each column once"),
        (bomb(), "unpacks to far more"),
        (far_cell(), "spans more cells"),
    ],
    ids=["empty", "heading", "broken", "xls", "gzip", "twice", "bomb", "far"],
)
def test_a_file_that_cannot_be_taken_is_refused_with_the_reason(client: FlaskClient, vendor: Vendor, content: bytes, words: str) -> None:
    answer = client.post("/portal/products/import", data={"file": (io.BytesIO(content), "f.xlsx")}, content_type="multipart/form-data")

    assert answer.status_code == 422
    assert words in answer.get_data(as_text=True)
    assert db.session.query(CatalogueImport).count() == 0


def test_a_part_that_was_done_is_not_done_again(client: FlaskClient, vendor: Vendor, run_jobs: Jobs, tmp_path: Path) -> None:
    lines = "".join(f"S{n},Bolt,bolts,0.5,1\n" for n in range(2_500))
    found = tried(client, "sku,title,category,price,stock\n" + lines, run_jobs)
    with transaction():
        import_runs.start_importing(found.id, actor=member_of(vendor))
    path = tmp_path / "rows.csv"
    path.write_text("sku,title,category,price,stock\n" + lines, encoding="utf-8")
    mapping = ColumnMapping(found.mapping["columns"])
    reading = Reading(vendor.id, vendor.currency, "rows.csv", mapping, is_text=True)
    reading.begin()
    # A worker does the first part and is killed; its ghost tries the same part again.
    with open_file(path) as opened:
        part = next(reading.parts(opened.rows))
        with transaction():
            assert import_runs.import_part(found.id, part, position=0, reading=reading) is ImportState.IMPORTING
        with transaction():
            assert import_runs.import_part(found.id, part, position=0, reading=reading) is None
    assert (fresh(found.id).position, fresh(found.id).made) == (1_000, 1_000)

    run_jobs()

    found = fresh(found.id)
    assert (found.state, found.position, counts(found)) == (ImportState.DONE, 2_500, (2_500, 0, 0, 0))
    assert db.session.query(ProductVersion).count() == 2_500


def test_a_second_import_waits_until_the_first_has_ended(client: FlaskClient, vendor: Vendor, run_jobs: Jobs) -> None:
    first, second = tried(client, GOOD, run_jobs), tried(client, GOOD.replace("0.5", "0.6"), run_jobs)
    client.post(f"/portal/products/import/{first.id}/start")

    client.post(f"/portal/products/import/{second.id}/start")

    assert (fresh(first.id).state, fresh(second.id).state) == (ImportState.IMPORTING, ImportState.CHECKED)
    assert "Another import of yours is being done" in client.get(f"/portal/products/import/{second.id}").get_data(as_text=True)
    run_jobs()
    assert counts(step(client, second, "start", run_jobs)) == (0, 1, 1, 0)


def test_a_cancelled_import_goes_no_further(client: FlaskClient, vendor: Vendor, run_jobs: Jobs) -> None:
    found = tried(client, GOOD, run_jobs)
    client.post(f"/portal/products/import/{found.id}/start")

    found = step(client, found, "cancel", run_jobs)

    assert (found.state, db.session.query(Product).count()) == (ImportState.CANCELLED, 0)


def test_of_a_product_on_sale_prices_change_at_once_and_words_wait(client: FlaskClient, vendor: Vendor, run_jobs: Jobs) -> None:
    product = make_product(vendor, sku="A", title="Bolt", tiers=((1, 500_000),))

    found = tried(client, "sku,title,price,stock\nA,Better bolt,0.4,7\n", run_jobs)
    found = step(client, found, "start", run_jobs)

    assert counts(found) == (0, 1, 0, 0)
    content = queries.version_content(product.id, 2)
    assert (content["title"], content["variants"][0]["tiers"]) == ({"en": "Bolt"}, [[1, 400_000]])
    assert db.session.query(ProductProposal).one().content["title"] == {"en": "Better bolt"}
    assert stock_of(db.session.query(Variant).one().id)[0] == 7
    again = tried(client, "sku,title,price,stock\nA,Better bolt,0.4,7\n", run_jobs)
    assert counts(again) == (0, 0, 1, 0)


def test_what_a_file_does_not_say_stays(client: FlaskClient, vendor: Vendor, run_jobs: Jobs) -> None:
    product = full_product(vendor)
    before = queries.version_content(product.id, 1)

    found = tried(client, 'sku,price\n"+HOSE,2",0.55\n', run_jobs)
    assert [fault.reason for fault in db.session.query(ImportFault)] == []
    step(client, found, "start", run_jobs)

    after = queries.version_content(product.id, 2)
    before["variants"][1]["tiers"] = [[1, 550_000]]
    assert after == before


def full_product(vendor: Vendor) -> Product:
    """A listing in which every field of the form has a value."""
    leaf = make_category(slug="hoses")
    for code, kind, unit in (
        ("length", AttributeKind.NUMBER, "mm"),
        ("note", AttributeKind.TEXT, None),
        ("food", AttributeKind.BOOLEAN, None),
    ):
        make_attribute(code=code, kind=kind, unit=unit)
    part = make_product(vendor, sku="PART: 1; x", unit="pc", supply=Supply.STOCK)
    assert part
    hose = VariantDraft(
        sku="+HOSE,1", tiers=((2_500, 118_050), (10_000, 94_001)), label="2 m", brand="Norrvik", mpn="=N-1", gtin="4006381333931",
        codes=("a;b", "c"), attributes={"length": {"v": 50.8, "unit": "in", "written": 2}}, unit="mm", display_unit="m",
        display_factor=1_000, pack="coil", pack_quantity=50_000, minimum_quantity=2_500, increment=500, maximum_quantity=10**9,
        price_per=100_000, lead_time=((20_000, 18, 22), (30_000, 5, 5), (None, None, None)), capacity_month=70_000,
        sample={"price_micro": 2_500_000, "credited": True}, weight_g=Decimal("0.0173"), dims_mm=(40.5, 13.0, 13.0), hs_code="391739",
        origin="SE", lifecycle="not_for_new_designs", substitutes=(("+HOSE,2", "successor"), ("PART: 1; x", "equivalent")), mix_group="M",
    )  # fmt: skip
    kit = VariantDraft(sku="+HOSE,2", tiers=((1, 1_000_000),), parts=(("PART: 1; x", 3),), price_per=1, attributes={})
    draft = ProductDraft(
        category_id=leaf.id,
        title={"en": "'Hose' \"x\", ÅÄÖ", "zh-Hans": "软管"},
        description={"en": "-first line\nsecond; line", "zh-Hans": "=说明"},
        keywords=("hose", "a; b"),
        attributes={"note": {"v": "'=x", "unit": None}, "food": {"v": False, "unit": None}},
        visibility=("country:SE", "country:DE"),
        videos=("https://vimeo.com/1",),
        variants=(hose, kit),
    )
    return services.create_product(draft, actor=member_of(vendor))


@pytest.mark.parametrize("kind", list(FORMATS))
def test_an_export_read_again_changes_nothing(client: FlaskClient, vendor: Vendor, run_jobs: Jobs, tmp_path: Path, kind: str) -> None:
    product = full_product(vendor)
    services.count_stock(db.session.query(Variant).filter_by(sku="+HOSE,1").one().id, 7_500, actor=member_of(vendor))
    before = queries.version_content(product.id, 1)

    body = client.get(f"/portal/products/export.{kind}").get_data()
    found = step(client, tried(client, body, run_jobs, f"c.{kind}"), "start", run_jobs)

    assert [(fault.sku, fault.reason) for fault in db.session.query(ImportFault)] == []
    assert counts(found) == (0, 0, 2, 0)
    # Into an empty shop the same file makes the same listing.
    other = make_vendor()
    path = tmp_path / "catalogue"
    path.write_bytes(body)
    faults: list[str] = []
    with speaking("en"):
        summary = cli.import_for_vendor(path, other.slug, lambda row: faults.append(row.reason))
    assert (summary["made"], faults) == (2, [])
    twin = db.session.query(Variant).filter_by(vendor_id=other.id, sku="+HOSE,1").one()
    assert without_ids(queries.version_content(twin.product_id, 1)) == without_ids(before)


def without_ids(content: dict[str, object]) -> dict[str, object]:
    variants = content["variants"]
    assert isinstance(variants, list)
    return {**content, "variants": [{**variant, "id": None} for variant in variants]}


def test_a_large_catalogue_is_written_by_a_job(client: FlaskClient, vendor: Vendor, run_jobs: Jobs) -> None:
    make_product(vendor, sku="A")

    answer = client.post("/portal/products/export", data={"format": "jsonl"})
    address = answer.headers["Location"]
    assert "0 of 1 products" in client.get(address).get_data(as_text=True)
    run_jobs()

    assert "Download" in client.get(address).get_data(as_text=True)
    assert json.loads(client.get(f"{address}/file").get_data())["sku"] == "A"


def test_the_list_of_imports_takes_the_same_statements_for_any_number(client: FlaskClient, vendor: Vendor) -> None:
    send(client, GOOD)
    client.get("/portal/products/import")
    with count_queries() as few:
        client.get("/portal/products/import")
    for _ in range(4):
        send(client, GOOD)
    with count_queries() as many:
        page = client.get("/portal/products/import")

    assert page.status_code == 200
    assert len(many) <= len(few) + 1  # the policy is read again after a second


def test_a_broken_workbook_is_no_fault_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(workbook(["sku"], ["A"])[:-30])
    with speaking("en"), pytest.raises(Unreadable), open_file(path) as opened:
        list(opened.rows)
