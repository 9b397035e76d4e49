"""XLSX files: measured before they are opened, the first rows of a large one without the rest, and every broken one refused in words."""

import io
import re
import zipfile
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest
import xlsxwriter
from flask.testing import FlaskClient

from marketplace.accounts.models import Company
from marketplace.catalogue.importing import beginnings, workbooks
from marketplace.catalogue.importing.files import Unreadable, open_file
from marketplace.catalogue.models import CatalogueImport, ImportState
from marketplace.core.db import db
from marketplace.core.i18n import speaking
from tests.catalogue.file_runs import Jobs, fresh, name_columns, send, workbook
from tests.factories.accounts import log_in, make_member
from tests.factories.catalogue import make_category
from tests.factories.vendors import make_vendor

ROWS = 3_000
SHEET = "xl/worksheets/sheet1.xml"


@pytest.fixture
def client_of_vendor(client: FlaskClient) -> FlaskClient:
    make_category(slug="bolts")
    company = db.session.get_one(Company, make_vendor().id)
    log_in(client, make_member(company), company)
    return client


def list_of(rows: int, *, shares_texts: bool = True) -> bytes:
    """A price list, its texts in one list for all sheets or each in its cell, behind a cover."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"constant_memory": not shares_texts})
    book.add_worksheet("Cover").write_row(0, 0, ["Prices", "of all", "we make"])
    sheet = book.add_worksheet("Articles")
    sheet.write_row(0, 0, ["sku", "title", "category", "price", "stock"])
    for number in range(1, rows + 1):
        sheet.write_row(number, 0, [f"S-{number}", f"Bolt no. {number}", "bolts", 0.5, number])
    book.close()
    return out.getvalue()


def changed(content: bytes, part: str, old: bytes, new: bytes) -> bytes:
    """The workbook with other bytes in one of its parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as packed, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as again:
        for name in packed.namelist():
            again.writestr(name, packed.read(name).replace(old, new) if name == part else packed.read(name))
    return out.getvalue()


def damaged(content: bytes, part: str) -> bytes:
    """The workbook as a disk spoils it: bytes near the beginning of a packed part are others."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        place = packed.getinfo(part).header_offset + 300
    return content[:place] + b"\xff" * 60 + content[place + 60 :]


def prefixed(content: bytes) -> bytes:
    """The workbook as some programs write it: every element of a sheet with the name of its space."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as packed, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as again:
        for name in packed.namelist():
            text = packed.read(name)
            if name.startswith("xl/worksheets/") or name == "xl/sharedStrings.xml":
                text = re.sub(rb"<(/?)(?=[a-zA-Z])", rb"<\1x:", text).replace(b"xmlns=", b"xmlns:x=")
            again.writestr(name, text)
    return out.getvalue()


def test_the_articles_are_found_behind_a_cover(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(tmp_path / "book.xlsx")
    book.add_worksheet("Cover").write_column(0, 0, ["Price list", "Valid from 2027"])
    sheet = book.add_worksheet("Artikel")
    sheet.merge_range(0, 0, 0, 1, "Our articles")
    sheet.write_row(2, 0, ["Artikel-Nr.", "Titel"])
    sheet.write_row(3, 0, ["A", "Bolt"])
    book.close()

    with open_file(tmp_path / "book.xlsx") as opened:
        assert [(row.line, row.values) for row in opened.rows] == [(4, {"Artikel-Nr.": "A", "Titel": "Bolt"})]


def test_without_a_sku_anywhere_the_first_sheet_that_holds_something_is_read(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(tmp_path / "book.xlsx")
    book.add_worksheet("Empty")
    book.add_worksheet("Goods").write_column(0, 0, ["Name", "Bolt"])
    book.add_worksheet("Notes").write_column(0, 0, ["Remark", "None"])
    book.close()

    with open_file(tmp_path / "book.xlsx") as opened:
        assert [row.values for row in opened.rows] == [{"Name": "Bolt"}]


def test_a_workbook_of_empty_sheets_has_nothing_to_read(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(tmp_path / "book.xlsx")
    book.add_worksheet("Empty")
    book.close()

    with speaking("en"), pytest.raises(Unreadable, match="no sheet"), open_file(tmp_path / "book.xlsx") as opened:
        list(opened.rows)


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


def moved(content: bytes, name: str, target: str) -> bytes:
    """The workbook with its sheet under another name, which only its list of relations tells."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as packed, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as again:
        for part in packed.namelist():
            written = packed.read(part).replace(b"worksheets/sheet1.xml", target.encode())
            again.writestr(name if part.endswith("sheet1.xml") else part, written)
    return out.getvalue()


def open_document(rows: int) -> bytes:
    """An OpenDocument sheet, of which one line stands for any number of rows."""
    cell = '<table:table-cell office:value-type="string"><text:p>sku</text:p></table:table-cell>'
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{word}:1.0"'
        for name, word in (("office", "office"), ("table", "table"), ("text", "text"))
    )
    body = f'<table:table table:name="S"><table:table-row table:number-rows-repeated="{rows}">{cell}</table:table-row></table:table>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        packed.writestr("META-INF/manifest.xml", "<manifest/>")
        content = f"<office:document-content {spaces}><office:body><office:spreadsheet>{body}</office:spreadsheet></office:body></office:document-content>"
        packed.writestr("content.xml", content)
    return out.getvalue()


def test_a_broken_workbook_is_no_fault_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(workbook(["sku"], ["A"])[:-30])
    with speaking("en"), pytest.raises(Unreadable), open_file(path) as opened:
        list(opened.rows)


@pytest.mark.parametrize(
    "make",
    [lambda: list_of(ROWS), lambda: list_of(ROWS, shares_texts=False), lambda: prefixed(list_of(ROWS)), lambda: list_of(20)],
    ids=["texts in a list", "texts in cells", "prefixed", "few rows"],
)
def test_a_glance_shows_the_rows_that_the_whole_file_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[], bytes]
) -> None:
    monkeypatch.setattr(beginnings, "LARGE", 5_000)
    path = tmp_path / "x.xlsx"
    path.write_bytes(make())

    with open_file(path, is_glance=True) as opened:
        heads, seen = opened.heads, list(opened.rows)
    with open_file(path) as opened:
        assert opened.heads == heads
        rows = list(islice(opened.rows, ROWS))

    assert rows[: len(seen)] == seen
    assert len(seen) == min(len(rows), beginnings.ROWS - 1)


def test_what_stands_below_the_first_rows_is_met_where_progress_is_shown(
    client_of_vendor: FlaskClient, run_jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cell far below its table is found when the file is read to its end, and the page of the import says so."""
    monkeypatch.setattr(beginnings, "LARGE", 5_000)
    far = changed(list_of(ROWS), "xl/worksheets/sheet2.xml", b'"D2900"', b'"XFD1000000"')

    found = send(client_of_vendor, far, "far.xlsx")
    name_columns(client_of_vendor, found)
    waiting = client_of_vendor.get(f"/portal/products/import/{found.id}").get_data(as_text=True)
    run_jobs()

    assert "The file is read to its end." in waiting
    page = client_of_vendor.get(f"/portal/products/import/{found.id}").get_data(as_text=True)
    assert fresh(found.id).state is ImportState.FAILED
    assert "spans more cells" in page


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (bomb, "unpacks to far more"),
        (far_cell, "spans more cells"),
        (lambda: moved(far_cell(), "xl/other/one.xml", "other/one.xml"), "spans more cells"),
        (lambda: moved(far_cell(), "xl/media/picture.png", "media/picture.png"), "spans more cells"),
        (lambda: changed(far_cell(), SHEET, b'"XFD1048576"', b"'XFD1048576'"), "spans more cells"),
        (lambda: open_document(1_000_000), "of another kind"),
        (lambda: damaged(list_of(ROWS), "xl/worksheets/sheet2.xml"), "no XLSX workbook"),
        (lambda: changed(list_of(5), "xl/worksheets/sheet2.xml", b"</c>", b"</d>"), "no XLSX workbook"),
    ],
    ids=["bomb", "far", "far elsewhere", "far in a picture", "far in other quotes", "OpenDocument", "damaged", "no XML"],
)
@pytest.mark.parametrize("large", [5_000, beginnings.LARGE], ids=["large", "small"])
def test_a_broken_workbook_is_refused_beside_the_field(
    client_of_vendor: FlaskClient, monkeypatch: pytest.MonkeyPatch, large: int, make: Callable[[], bytes], words: str
) -> None:
    monkeypatch.setattr(beginnings, "LARGE", large)
    answer = client_of_vendor.post(
        "/portal/products/import", data={"file": (io.BytesIO(make()), "f.xlsx")}, content_type="multipart/form-data"
    )

    assert answer.status_code == 422
    assert words in answer.get_data(as_text=True)
    assert db.session.query(CatalogueImport).count() == 0


def test_a_reader_that_takes_too_long_ends_the_import_in_words(
    client_of_vendor: FlaskClient, run_jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = send(client_of_vendor, list_of(ROWS), "long.xlsx")
    name_columns(client_of_vendor, found)
    monkeypatch.setattr(workbooks, "WHOLE", workbooks.Bounds(memory=workbooks.WHOLE.memory, seconds=0))
    run_jobs()

    assert fresh(found.id).state is ImportState.FAILED
    assert "spans more cells" in str(fresh(found.id).fault)


def processes_of_mine() -> set[str]:
    """The processes that this one has started and that run still."""
    return {pid for thread in Path("/proc/self/task").iterdir() for pid in (thread / "children").read_text().split()}


def test_whoever_stops_early_leaves_no_reader_behind(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(list_of(ROWS))
    before = processes_of_mine()
    with open_file(path) as opened:
        next(opened.rows)
        assert len(processes_of_mine() - before) == 1

    assert processes_of_mine() == before
