"""Import and export in the portal: sent, mapped, tried, imported in parts that nothing is done twice in, and taken home without loss."""

import io
import zipfile
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from marketplace.accounts.models import Company
from marketplace.catalogue import queries
from marketplace.catalogue.importing.files import open_file
from marketplace.catalogue.importing.mapping import ColumnMapping, decimal_point, guess
from marketplace.catalogue.models import (
    AttributeKind,
    CatalogueImport,
    Category,
    ImportFault,
    ImportState,
    Product,
    ProductProposal,
    ProductState,
    ProductVersion,
    Variant,
)
from marketplace.catalogue.services import import_runs
from marketplace.catalogue.services.import_parts import Reading
from marketplace.core import jobs
from marketplace.core.audit import AuditEvent
from marketplace.core.db import db, transaction
from tests.catalogue.file_runs import Jobs, counts, fresh, member_of, name_columns, send, step, tried, workbook
from tests.conftest import count_queries
from tests.factories.accounts import log_in, make_member
from tests.factories.catalogue import make_attribute, make_category, make_product, stock_of
from tests.factories.vendors import make_vendor
from vendors.models import Vendor

GOOD = "sku,title,category,price,stock\nA,Flange bolt,bolts,0.5,10\nB,Hex nut,bolts,0.25,20\n"


@pytest.fixture
def vendor(client: FlaskClient) -> Vendor:
    make_category(slug="bolts")
    shop = make_vendor()
    company = db.session.get_one(Company, shop.id)
    log_in(client, make_member(company), company)
    return shop


def test_a_dry_run_counts_and_changes_nothing(client: FlaskClient, vendor: Vendor, run_jobs: Jobs) -> None:
    found = tried(client, GOOD + "C,,bolts,1,\n", run_jobs)

    assert (found.state, found.total, counts(found)) == (ImportState.CHECKED, 3, (2, 0, 0, 1))
    assert db.session.query(Product).count() == 0
    assert db.session.query(AuditEvent).filter_by(act="catalogue.imported").count() == 0
    page = client.get(f"/portal/products/import/{found.id}").get_data(as_text=True)
    assert "Nothing is changed yet." in page
    assert "Fill this in." in page
    assert "Line of the file" in page


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


def test_a_fault_in_a_file_with_decimal_commas_writes_numbers_as_the_file_does(client: FlaskClient, vendor: Vendor, run_jobs: Jobs) -> None:
    text = (
        'SKU;Title;Category;Price;Price tiers\nA;Bolt;bolts;0,25;\nB;Nut;bolts;1,2,3;\nC;Pin;bolts;;"1000:0,5; 5000"\nD;Cap;bolts;-1,5;\n'
    )

    found = tried(client, text.encode(), run_jobs)

    assert found.mapping["decimal"] == ","
    page = client.get(f"/portal/products/import/{found.id}").get_data(as_text=True)
    for words in ("1,2,3 is no number; write it as 1250,50.", "Write tiers as 1000:0,0498; 5000:0,0421.", "-1,5 must not be negative."):
        assert words in page


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


def test_zeros_that_a_spreadsheet_drops_from_a_gtin_come_back(client: FlaskClient, vendor: Vendor, run_jobs: Jobs) -> None:
    head: list[object] = ["SKU", "Title", "Category", "Price", "EAN"]
    text = tried(client, workbook(head, ["A", "Bolt", "bolts", 1, "0095205603217"]), run_jobs, "a.xlsx")
    step(client, text, "start", run_jobs)

    number = tried(
        client, workbook(head, ["A", "Bolt", "bolts", 1, 95205603217], ["B", "Nut", "bolts", 1, 95205603217]), run_jobs, "a.xlsx"
    )

    assert counts(step(client, number, "start", run_jobs)) == (1, 0, 1, 0)
    assert {row.sku: row.gtin for row in db.session.query(Variant)} == {"A": "0095205603217", "B": "095205603217"}


def test_reasons_stand_behind_the_names_that_the_file_has(client: FlaskClient, vendor: Vendor, run_jobs: Jobs) -> None:
    rows = "Artikelnummer,Titel,Kategorie,Preis,Bestand,Artikelgruppe\nA,Bolt,bolts,abc,x,\nB,Nut,bolts,1,1,n\nC,Nut,bolts,-1,1,n\n"
    found = tried(client, rows, run_jobs)

    page = client.get(f"/portal/products/import/{found.id}").get_data(as_text=True)
    errors = client.get(f"/portal/products/import/{found.id}/errors").get_data(as_text=True)

    written = ["abc is no number; write it as 1250.50.", "x is no number; write it as 1250.50."]
    assert f"Preis: {written[0]}<br>Bestand: {written[1]}" in page
    assert f"Preis: {written[0]} Bestand: {written[1]}" in errors
    # Of a product with several rows, each row says which of them is wrong.
    assert page.count("C: Preis: -1 must not be negative.") == 2


def test_new_products_without_a_category_take_the_one_that_was_chosen(client: FlaskClient, vendor: Vendor, run_jobs: Jobs) -> None:
    make_category(slug="nuts")
    tried(client, "sku,title,category,price\nA,Bolt,bolts,1\n", run_jobs)
    found = tried(client, "sku,title,category,price\nA,Bolt,bolts,1\nB,Nut,,1\n", run_jobs, category="nuts")

    step(client, found, "start", run_jobs)

    slugs = dict(db.session.query(Variant.sku, Category.slug).join(Product, Product.id == Variant.product_id).join(Category).all())
    assert slugs == {"A": "bolts", "B": "nuts"}
    assert send(client, "sku,title,category,price\nC,Nut,,1\n").mapping["category"] == "nuts"
    refused = client.post(f"/portal/products/import/{send(client, GOOD).id}/columns", data={"column-0": "sku", "category": "nothing"})
    assert refused.status_code == 422


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty."),
        (b"sku,title\n", "no rows"),
        (b"PK\x03\x04 and nothing", "no XLSX workbook"),
        (b"\xd0\xcf\x11\xe0old", "old workbook"),
        (b"\x1f\x8bpacked", "Unpack this file first."),
        (b"a,a\n1,2\n", "name each column once"),
    ],
    ids=["empty", "heading", "broken", "xls", "gzip", "twice"],
)
def test_a_file_that_cannot_be_taken_is_refused_with_the_reason(client: FlaskClient, vendor: Vendor, content: bytes, words: str) -> None:
    answer = client.post("/portal/products/import", data={"file": (io.BytesIO(content), "f.xlsx")}, content_type="multipart/form-data")

    assert answer.status_code == 422
    assert words in answer.get_data(as_text=True)
    assert db.session.query(CatalogueImport).count() == 0


def test_a_trial_that_takes_nothing_offers_no_start(client: FlaskClient, vendor: Vendor, run_jobs: Jobs) -> None:
    head = "sku,title,category,price,stock\n"
    wrong = tried(client, head + "A,Bolt,nowhere,0.5,1\n", run_jobs)
    mixed = tried(client, head + "A,Bolt,nowhere,0.5,1\nB,Bolt,bolts,0.5,1\n", run_jobs)

    pages = [client.get(f"/portal/products/import/{one.id}").get_data(as_text=True) for one in (wrong, mixed)]

    assert ["No row can be taken as it stands." in page for page in pages] == [True, False]
    assert ["Import all but the refused rows" in page for page in pages] == [False, True]
    listed = client.get("/portal/products/import").get_data(as_text=True)
    assert (listed.count("No row can be taken"), listed.count("Waits for your yes")) == (1, 2)  # one of them in the filter


def test_a_trial_of_what_stands_already_says_so_and_a_new_count_is_a_change(client: FlaskClient, vendor: Vendor, run_jobs: Jobs) -> None:
    assert step(client, tried(client, GOOD, run_jobs), "start", run_jobs).made == 2

    same, counted = tried(client, GOOD, run_jobs), tried(client, "sku,stock\nA,7\n", run_jobs)

    assert (counts(same), counts(counted)) == ((0, 0, 2, 0), (0, 1, 0, 0))
    pages = [client.get(f"/portal/products/import/{one.id}").get_data(as_text=True) for one in (same, counted)]
    assert ["The rows say what stands already." in page for page in pages] == [True, False]
    assert ["Import them" in page for page in pages] == [False, True]


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


def test_a_sku_that_comes_again_far_down_is_refused_in_the_dry_run_and_after_a_kill(
    client: FlaskClient, vendor: Vendor, run_jobs: Jobs
) -> None:
    lines = "".join(f"S{n},Bolt,bolts,0.5,1\n" for n in range(1_200)) + "S7,Bolt,bolts,0.6,1\n"

    found = tried(client, "sku,title,category,price,stock\n" + lines, run_jobs)
    assert counts(found) == (1_200, 0, 0, 1)
    (fault,) = db.session.query(ImportFault).filter_by(import_id=found.id)
    assert (fault.line, fault.sku, fault.reason) == (1_202, "S7", "This SKU stands further up in this file.")
    # A worker is killed behind the first part: the one that goes on knows what stood there.
    found.state, found.position, found.made, found.refused = ImportState.CHECKING, 1_000, 1_000, 0
    db.session.delete(fault)
    jobs.enqueue("catalogue.check_import", import_id=found.id)
    run_jobs()

    assert counts(fresh(found.id)) == (1_200, 0, 0, 1)


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


def test_numbers_without_an_end_stop_no_import(client: FlaskClient, vendor: Vendor, run_jobs: Jobs) -> None:
    """What is read as infinite cannot be kept, not even in the file of errors: one such row held the whole import up for ever."""
    sheet = io.BytesIO(
        workbook(["sku", "title", "category", "price", "stock"], ["A", "Bolt", "bolts", 1, 7.25], ["B", "Nut", "bolts", 1, 3])
    )
    endless = io.BytesIO()
    with zipfile.ZipFile(sheet) as packed, zipfile.ZipFile(endless, "w") as again:
        for name in packed.namelist():
            again.writestr(name, packed.read(name).replace(b"<v>7.25</v>", b"<v>1e999</v>"))
    lines = '{"sku": "A", "title": "x", "category": "bolts", "price": 1e400}\n{"sku": "C", "title": "x", "category": "bolts", "price": 1}\n'

    book = tried(client, endless.getvalue(), run_jobs)
    rows = tried(client, lines, run_jobs)

    assert (book.state, counts(book)) == (ImportState.CHECKED, (1, 0, 0, 1))
    assert (rows.state, counts(rows)) == (ImportState.CHECKED, (1, 0, 0, 1))
    reasons = {fault.reason for fault in db.session.query(ImportFault)}
    assert reasons == {"stock: inf is no number; write it as 1250.50.", "This line holds a number that is too large."}


def test_a_bare_price_of_goods_priced_per_hundred_is_never_guessed(client: FlaskClient, vendor: Vendor, run_jobs: Jobs) -> None:
    make_product(vendor, sku="PER-100", price_per=100)
    make_product(vendor, sku="PER-ONE")

    bare = tried(client, "sku,price\nPER-100,0.0530\nPER-ONE,0.0530\n", run_jobs)
    said = tried(client, "sku,price,price_per\nPER-100,5.30,100\n", run_jobs)

    assert counts(bare) == (0, 1, 0, 1)
    (fault,) = db.session.query(ImportFault).filter_by(import_id=bare.id)
    assert (fault.sku, "priced per 100" in fault.reason) == ("PER-100", True)
    assert counts(said) == (0, 1, 0, 0)


def test_an_empty_price_of_a_known_product_says_nothing(client: FlaskClient, vendor: Vendor, run_jobs: Jobs) -> None:
    product = make_product(vendor, sku="KNOWN")

    found = step(client, tried(client, "sku,price,stock\nKNOWN,,77\n", run_jobs), "start", run_jobs)

    assert [fault.reason for fault in db.session.query(ImportFault)] == []
    assert counts(found)[3] == 0
    (variant,) = db.session.query(Variant).filter_by(product_id=product.id)
    assert stock_of(variant.id)[0] == 77


def test_an_empty_title_or_category_of_a_known_product_says_nothing(client: FlaskClient, vendor: Vendor, run_jobs: Jobs) -> None:
    product = make_product(vendor, sku="KNOWN", title="Hex bolt M8")

    found = step(client, tried(client, "sku,title,category,price\nKNOWN,,,0.07\n", run_jobs), "start", run_jobs)

    assert counts(found) == (0, 1, 0, 0)
    content = queries.version_content(product.id, 2)
    assert (content["title"]["en"], content["category_id"]) == ("Hex bolt M8", str(product.category_id))
