"""The table of attributes beside the list: the same goods, sorted by a column, unknown last and said so."""

import csv
import html
import io
import re

from flask.testing import FlaskClient

from marketplace.catalogue.models import AttributeKind
from tests.conftest import count_queries
from tests.factories.catalogue import make_attribute, make_category, make_product
from tests.factories.vendors import make_vendor
from tests.search.reading import IndexNow, page

BUDGET = 14
"""Statements of a page of the table, however many rows."""


def shelf(index_now: IndexNow) -> None:
    """Bolts with lengths and threads; one says neither."""
    leaf, vendor = make_category(slug="hex-bolts", name="Hex bolts"), make_vendor(name="Norrvik")
    make_attribute(leaf, code="length", kind=AttributeKind.NUMBER, unit="mm", name="Length")
    make_attribute(leaf, code="thread", kind=AttributeKind.TEXT, name="Thread")
    make_attribute(leaf, code="head", kind=AttributeKind.CHOICE, choices=("low", "high"), name="Head")
    for sku, length, thread, head in (
        ("B-40", 40, "M10", "high"),
        ("B-8", 8, "M8", "low"),
        ("B-100", 100, "M12", "low"),
        ("B-0", None, None, None),
    ):
        values = {"length": (length, "mm"), "thread": (thread, None), "head": (head, None)}
        index_now(
            make_product(
                vendor,
                category=leaf,
                sku=sku,
                attributes={code: {"v": v, "unit": unit} for code, (v, unit) in values.items() if v is not None},
            )
        )


def rows(text: str) -> list[str]:
    """SKUs of the rows, in order."""
    return re.findall(r'<th scope="row" class="stick"><a [^>]*>([^<]+)</a>', text)


def test_a_column_sorts_both_ways_and_what_is_unknown_stands_last_in_words(client: FlaskClient, index_now: IndexNow) -> None:
    shelf(index_now)

    rising = page(client, "/categories/hex-bolts/table?sort=a.length")
    falling = page(client, "/categories/hex-bolts/table?sort=-a.length")

    assert rows(rising) == ["B-8", "B-40", "B-100", "B-0"]
    assert rows(falling) == ["B-100", "B-40", "B-8", "B-0"]
    assert re.search(
        r'<th scope="col" class="num" aria-sort="ascending"><a href="[^"]*sort=-a.length[^"]*">Length</a><small>mm</small>', rising
    )
    assert rising.count("unknown") >= 3
    assert rows(page(client, "/categories/hex-bolts/table?sort=a.thread")) == ["B-8", "B-40", "B-100", "B-0"], "M8 before M10"
    assert rows(page(client, "/categories/hex-bolts/table?sort=-a.head"))[0] == "B-40", "choices in their own order"


def test_the_table_of_a_search_has_the_attributes_of_most_results_and_its_filters(client: FlaskClient, index_now: IndexNow) -> None:
    shelf(index_now)

    text = page(client, "/search/table?q=bolt&a.length.from=10&sort=a.length")

    assert rows(text) == ["B-40", "B-100"]
    assert 'href="/search?q=bolt' in text
    assert "/search/table?q=bolt" in page(client, "/search?q=bolt")
    assert rows(page(client, "/search/table?q=bolt&sort=a.nonsense&page=99")) != []


def test_no_word_in_the_address_is_one_of_the_routers(client: FlaskClient, index_now: IndexNow) -> None:
    shelf(index_now)
    asked = "q=bolt&endpoint=x&_method=POST&_external=1&_scheme=javascript&slug=y"

    for address in ("/search", "/categories/hex-bolts"):
        text = html.unescape(page(client, f"{address}/table?{asked}"))

        assert f'href="{address}?{asked}"' in text
        assert f'href="{address}/table.csv?{asked}"' in text


def test_the_sheet_holds_every_row_with_units_in_the_heads(client: FlaskClient, index_now: IndexNow) -> None:
    shelf(index_now)

    answer = client.get("/categories/hex-bolts/table.csv?sort=-a.length")
    table = list(csv.reader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))

    assert table[0][-3:] == ["Length, mm", "Thread", "Head"]
    assert [row[0] for row in table[1:]] == ["B-100", "B-40", "B-8", "B-0"]
    assert table[1][-3:] == ["100", "M12", "LOW"]
    assert table[4][-3:] == ["Unknown", "Unknown", "Unknown"]


def test_what_a_head_says_is_not_said_again_in_its_cells(client: FlaskClient, index_now: IndexNow) -> None:
    leaf = make_category(slug="hex-bolts")
    index_now(make_product(make_vendor(), category=leaf, sku="B-40", minimum=500))

    text = page(client, "/categories/hex-bolts/table")
    table = list(csv.reader(io.StringIO(client.get("/categories/hex-bolts/table.csv").get_data(as_text=True).removeprefix("\ufeff"))))

    cells = re.findall(r"<td[^>]*>([^<]*)</td>", text.replace("\u00a0", " "))
    sheet = dict(zip(table[0], table[1], strict=True))
    assert {"500 pcs", "2 to 4 days"} <= set(cells)
    assert (sheet["MOQ"].replace("\u00a0", " "), sheet["Lead time"]) == ("500 pcs", "2 to 4 days")


def test_a_category_that_is_not_there_has_no_table_and_an_empty_one_says_so(client: FlaskClient, index_now: IndexNow) -> None:
    make_category(slug="empty", name="Empty")
    index_now(make_product(make_vendor()))

    assert client.get("/categories/nowhere/table").status_code == 404
    assert client.get("/categories/nowhere/table.csv").status_code == 404
    assert "Nothing found" in page(client, "/categories/empty/table")


def test_a_page_of_the_table_asks_the_same_few_statements_for_many_rows(client: FlaskClient, index_now: IndexNow) -> None:
    shelf(index_now)
    page(client, "/categories/hex-bolts/table?sort=a.length")

    with count_queries() as statements:
        page(client, "/categories/hex-bolts/table?sort=a.length")

    assert len(statements) <= BUDGET, "\n".join(statements)


def test_a_table_of_goods_that_lack_words_says_so_as_the_list_does(client: FlaskClient, index_now: IndexNow) -> None:
    vendor = make_vendor()
    index_now(
        make_product(vendor, title="Ring spanner 19 mm", sku="S-19"),
        *(make_product(vendor, title="Ring spanner", sku=f"S-{n}") for n in range(3)),
    )

    text = page(client, "/search/table?q=spanner+19&stock=1")
    whole = page(client, "/search/table?q=spanner")

    assert "Only 1 product has every word" in text
    assert rows(text)[0] == "S-19"
    lacking = re.findall(r'<th scope="row" class="stick"><a [^>]*>([^<]+)</a>(?:(?!</tr>).)*Lacks: ([^<]+)<', text, re.DOTALL)
    assert sorted(lacking) == [("S-0", "19"), ("S-1", "19"), ("S-2", "19")]
    [strictly] = re.findall(r'<a href="([^"]+)">Show only the 1 with every word', text)
    assert rows(page(client, f"/search/table{html.unescape(strictly)}")) == ["S-19"]
    assert "every word" not in whole
    assert "Lacks" not in whole


def test_a_table_of_a_thing_that_nobody_sells_is_as_empty_as_the_list(client: FlaskClient, index_now: IndexNow) -> None:
    index_now(*(make_product(make_vendor(), title=f"Hex bolt M8, row {n}") for n in range(3)))

    assert rows(page(client, "/search/table?q=zzyzxograph+M8")) == []
    assert "Nothing found" in page(client, "/search?q=zzyzxograph+M8")


def test_the_box_at_the_top_says_what_was_understood(client: FlaskClient, index_now: IndexNow) -> None:
    index_now(make_product(make_vendor(), title="Brass hinge"))

    assert 'id="top-q" name="q" type="search" value="brass hinge"' in page(client, "/search/table?q=brass+hinge")
    assert 'id="top-q" name="q" type="search" value="hinge -steel"' in page(client, "/search?q=hinge+not+steel")
