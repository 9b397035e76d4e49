"""A workbook as LibreOffice writes it: texts in a list of their own, days as numbers with a style, a title merged over the heading, rows and
cells that are empty but formatted down to the end of the sheet."""

import io
import zipfile
from datetime import date

import pytest
from flask.testing import FlaskClient

from marketplace.accounts.models import Company
from marketplace.catalogue.models import ImportState, Variant
from marketplace.core.db import db
from tests.catalogue.file_runs import Jobs, counts, step, tried
from tests.factories.accounts import log_in, make_member
from tests.factories.catalogue import make_category, stock_of
from tests.factories.vendors import make_vendor
from vendors.models import Vendor

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
LOOK = 'customFormat="false" ht="12.8" hidden="false" customHeight="false" outlineLevel="0" collapsed="false"'
TEXTS = (
    "Price list 2026", "SKU", "Title", "Category", "Price", "Stock", "Expected", "LO-1", "LO-2", "Hex nut M8", "bolts",
)  # fmt: skip
STYLES = f"""{HEAD}<styleSheet xmlns="{MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="General"/>
<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd"/></numFmts><fonts count="1"><font><sz val="10"/><name val="Arial"/></font></fonts>
<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>
<borders count="1"><border diagonalUp="false" diagonalDown="false"><left/><right/><top/><bottom/><diagonal/></border></borders>
<cellStyleXfs count="1"><xf numFmtId="164" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>
<cellXfs count="2"><xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0"/>
<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs></styleSheet>"""


def text_cell(place: str, text: str) -> str:
    return f'<c r="{place}" s="0" t="s"><v>{TEXTS.index(text)}</v></c>'


def number_cell(place: str, value: str, style: int = 0) -> str:
    return f'<c r="{place}" s="{style}" t="n"><v>{value}</v></c>'


def sheet() -> str:
    heads = "".join(text_cell(f"{column}2", text) for column, text in zip("ABCDEF", TEXTS[1:7], strict=True))
    title = text_cell("A1", "Price list 2026") + "".join(f'<c r="{column}1" s="0"/>' for column in "BCDEF")
    day = (date(2027, 3, 1) - date(1899, 12, 30)).days
    rows = []
    for number, sku in ((3, "LO-1"), (4, "LO-2")):
        cells = text_cell(f"A{number}", sku) + text_cell(f"B{number}", "Hex nut M8") + text_cell(f"C{number}", "bolts")
        cells += number_cell(f"D{number}", "0.30000000000000004") + number_cell(f"E{number}", "20")
        rows.append((number, cells + number_cell(f"F{number}", str(day), 1)))
    rows += [(number, "".join(f'<c r="{column}{number}" s="1"/>' for column in "ABCDEF")) for number in range(5, 60)]
    body = "".join(f'<row r="{number}" {LOOK}>{cells}</row>' for number, cells in [(1, title), (2, heads), *rows])
    body += f'<row r="1048575" {LOOK}/><row r="1048576" {LOOK}></row>'
    columns = '<cols><col collapsed="false" customWidth="true" hidden="false" outlineLevel="0" max="1024" min="1" style="0" width="11.53"/></cols>'
    return (
        f'{HEAD}<worksheet xmlns="{MAIN}"><dimension ref="A1:F1048576"/>{columns}<sheetData>{body}</sheetData>'
        '<mergeCells count="1"><mergeCell ref="A1:F1"/></mergeCells></worksheet>'
    )


def workbook() -> bytes:
    shared = "".join(f'<si><t xml:space="preserve">{text}</t></si>' for text in TEXTS[:-2])
    # A text of which a part is bold is written in runs.
    shared += '<si><r><rPr><b val="true"/></rPr><t xml:space="preserve">Hex</t></r><r><t xml:space="preserve"> nut M8</t></r></si>'
    shared += f'<si><t xml:space="preserve">{TEXTS[-1]}</t></si>'
    kinds = {"workbook": "sheet.main", "worksheets/sheet1": "worksheet", "sharedStrings": "sharedStrings", "styles": "styles"}
    overrides = "".join(
        f'<Override PartName="/xl/{part}.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.{kind}+xml"/>'
        for part, kind in kinds.items()
    )
    links = "".join(
        f'<Relationship Id="rId{number}" Type="{OFFICE}/{kind}" Target="{target}.xml"/>'
        for number, (kind, target) in enumerate(
            (("styles", "styles"), ("worksheet", "worksheets/sheet1"), ("sharedStrings", "sharedStrings")), start=1
        )
    )
    parts = {
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Type="{OFFICE}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{links}</Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><workbookPr date1904="false"/><sheets>'
        '<sheet name="Sheet1" sheetId="1" state="visible" r:id="rId2"/></sheets></workbook>',
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}" count="{len(TEXTS)}" uniqueCount="{len(TEXTS)}">{shared}</sst>',
        "xl/styles.xml": STYLES.removeprefix(HEAD),
        "xl/worksheets/sheet1.xml": sheet().removeprefix(HEAD),
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
        f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>{overrides}</Types>',
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, HEAD + content)
    return out.getvalue()


@pytest.fixture
def vendor(client: FlaskClient) -> Vendor:
    make_category(slug="bolts")
    shop = make_vendor()
    company = db.session.get_one(Company, shop.id)
    log_in(client, make_member(company), company)
    return shop


def test_a_workbook_of_libreoffice_is_read_as_it_is_seen(client: FlaskClient, vendor: Vendor, run_jobs: Jobs) -> None:
    found = tried(client, workbook(), run_jobs, "prices.xlsx", **{"column-5": "back_order_on"})
    assert found.heads == list(TEXTS[1:7])
    assert (found.total, counts(found)) == (2, (2, 0, 0, 0))

    found = step(client, found, "start", run_jobs)

    assert (found.state, counts(found)) == (ImportState.DONE, (2, 0, 0, 0))
    nut, _ = db.session.query(Variant).order_by(Variant.sku)
    assert (nut.sku, nut.back_order_on, stock_of(nut.id)[0]) == ("LO-1", date(2027, 3, 1), 20)
