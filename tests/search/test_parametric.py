"""The table of attributes beside the list: the same goods, sorted by a column, unknown last and said so."""

import csv
import html
import io
import re
from datetime import date

import pytest
from flask.testing import FlaskClient

from bench import freshness
from marketplace.catalogue.models import AttributeKind
from marketplace.core import i18n
from marketplace.core.audit import SYSTEM
from marketplace.pricing.services import load_rates
from search.views import parametric
from tests.conftest import count_queries
from tests.factories.catalogue import make_attribute, make_category, make_product
from tests.factories.vendors import make_sender, make_vendor
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
    return re.findall(r'<th scope="row" class="stick"><label .*?</label><a [^>]*>([^<]+)</a>', text)


def test_a_table_by_landed_price_has_it_as_a_column_and_in_the_sheet(client: FlaskClient, index_now: IndexNow, rates_known: None) -> None:
    leaf, dear, near = make_category(slug="hex-bolts"), make_sender(90_000), make_sender(0)
    index_now(
        make_product(dear, category=leaf, sku="FAR", price_micro=100_000),
        make_product(near, category=leaf, sku="NEAR", price_micro=500_000),
    )
    address = "/categories/hex-bolts/table{}?sort=landed&quantity=1000&ship_to=SE"

    text = page(client, address.format(""))
    sheet = client.get(address.format(".csv")).get_data(as_text=True)

    assert rows(text) == ["NEAR", "FAR"]
    assert '<th scope="col" class="num wraps" aria-sort="ascending">Landed in Sweden</th>' in text
    assert "Sorted by landed price of one unit in Sweden" in text
    assert '<select id="ship_to" name="ship_to" form="facets">' in text
    head, *lines = csv.reader(io.StringIO(sheet.removeprefix("\ufeff")))
    place = head.index("Landed in Sweden")
    assert [(line[0], line[place][0]) for line in lines] == [("NEAR", "0"), ("FAR", "1")]
    abroad = page(client, "/categories/hex-bolts/table?sort=landed&quantity=1000&ship_to=US")
    assert abroad.count('<span class="sub">Freight, Duty, Tax</span>') == 2, "the list says at length why"
    plain = page(client, "/categories/hex-bolts/table?quantity=1000&ship_to=SE")
    assert "Landed in" not in plain
    assert 'sort=landed">Sort by landed price' in plain


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


def test_the_benchmark_of_freshness_sees_which_rows_there_are(client: FlaskClient, index_now: IndexNow) -> None:
    """It looks for the row of one product on pages whose address, field and links all name it."""
    index_now(make_product(make_vendor(), sku="FRESH-1"))

    assert freshness.shows(page(client, "/search/table?q=FRESH-1&exact=1&every=1"), "FRESH-1")
    assert not freshness.shows(page(client, "/search/table?q=FRESH-1&exact=1&every=1&stock=1&lead=2"), "FRESH-1")


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
    lacking = re.findall(
        r'<th scope="row" class="stick"><label (?:(?!</tr>).)*?</label><a [^>]*>([^<]+)</a>(?:(?!</tr>).)*Lacks: ([^<]+)<', text, re.DOTALL
    )
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


def stock(index_now: IndexNow) -> None:
    """Bolts of two vendors with other minimums, prices and lead times; one has no price and says no lead time."""
    leaf, north, west = make_category(slug="hex-bolts", name="Hex bolts"), make_vendor(name="Norrvik"), make_vendor(name="Abbot")
    make_attribute(leaf, code="length", kind=AttributeKind.NUMBER, unit="mm", name="Length")
    index_now(
        make_product(north, category=leaf, sku="N-100", tiers=[(100, 300_000)], minimum=100, lead_time=((None, 9, 9),)),
        make_product(west, category=leaf, sku="W-5", tiers=[(5, 900_000)], minimum=5, lead_time=((None, 2, 2),)),
        make_product(north, category=leaf, sku="N-20", tiers=[], minimum=20, lead_time=((None, None, None),)),
    )


def test_minimum_vendor_price_and_lead_time_sort_both_ways(client: FlaskClient, index_now: IndexNow) -> None:
    stock(index_now)

    def order(sort: str) -> list[str]:
        return rows(page(client, f"/categories/hex-bolts/table?sort={sort}"))

    assert order("minimum") == ["W-5", "N-20", "N-100"]
    assert order("-minimum") == ["N-100", "N-20", "W-5"]
    assert order("vendor")[0] == order("-vendor")[-1] == "W-5"
    assert order("price") == ["N-100", "W-5", "N-20"]
    assert order("-price") == ["W-5", "N-100", "N-20"], "without a price: last, whichever way it goes"
    assert order("lead_time") == ["W-5", "N-100", "N-20"]
    assert order("-lead_time") == ["N-100", "W-5", "N-20"]
    falling = page(client, "/categories/hex-bolts/table?sort=-minimum")
    assert re.search(r'<th scope="col" class="num" aria-sort="descending"><a href="[^"]*sort=minimum[^"]*">MOQ</a>', falling)


def test_above_what_a_table_sorts_the_engine_still_orders_by_price(
    client: FlaskClient, index_now: IndexNow, monkeypatch: pytest.MonkeyPatch
) -> None:
    stock(index_now)
    monkeypatch.setattr(parametric, "MOST", 2)

    text = page(client, "/categories/hex-bolts/table?sort=price")

    assert rows(text)[:2] == ["N-100", "W-5"]
    assert '<th scope="col" class="num" aria-sort="ascending">Unit price</th>' in text, "no way on that would not be kept"
    assert 'sort=lead_time"' in text
    assert '<th scope="col" class="num">MOQ</th>' in text
    assert "up to 2 products" in text
    assert rows(page(client, "/categories/hex-bolts/table?sort=-price")) != []


@pytest.mark.parametrize(("sort", "column"), [("a.length", "Length"), ("-minimum", "MOQ"), ("vendor", "Vendor"), ("-price", "Unit price")])
def test_the_list_says_that_it_has_not_the_order_of_the_table_and_keeps_it(
    client: FlaskClient, index_now: IndexNow, sort: str, column: str
) -> None:
    stock(index_now)

    table = page(client, f"/categories/hex-bolts/table?sort={sort}")
    there = html.unescape(re.search(r'href="([^"]+)">Show as a list', table).group(1))  # type: ignore[union-attr]
    shown = page(client, there)
    back = html.unescape(re.search(r'href="([^"]+)">Show as a table', shown).group(1))  # type: ignore[union-attr]

    assert f"Only the table is ordered by {column}; this list is not." in shown
    assert f'<option value="{sort}" selected>By {column}, in the table</option>' in shown, "a filter that is applied keeps it, too"
    assert rows(page(client, back)) == rows(table)
    assert "Only the table" not in page(client, "/categories/hex-bolts?sort=price")


def test_rows_are_compared_and_the_search_is_saved_as_in_the_list(client: FlaskClient, index_now: IndexNow) -> None:
    stock(index_now)

    text = page(client, "/categories/hex-bolts/table?quantity=50")

    assert text.count('<input type="checkbox" name="variant"') == 3
    assert 'form="compare-form">Compare at 50<' in text
    assert '<form action="/compare" id="compare-form" data-module="compared"><input type="hidden" name="quantity" value="50">' in text
    assert "Save this search" in text


def test_prices_at_several_quantities_say_which(client: FlaskClient, index_now: IndexNow) -> None:
    stock(index_now)

    mixed, alike = (page(client, f"/search/table?q=bolt{quantity}").replace(i18n.NBSP, " ") for quantity in ("", "&quantity=100"))
    short = page(client, "/search/table?q=bolt&quantity=50").replace(i18n.NBSP, " ")
    sheet = client.get("/search/table.csv?q=bolt&quantity=50").get_data(as_text=True).replace(i18n.NBSP, " ")

    assert '<span class="sub">at 100 pcs</span>' in mixed
    assert '<span class="sub">at 5 pcs</span>' in mixed
    assert "at 100 pcs" not in alike
    assert '<span class="sub">at 100 pcs</span>' in short, "what is sold from 100 on has no price at 50"
    assert '<span class="sub">at 50 pcs</span>' in short
    assert {row["SKU"]: row["At quantity"] for row in csv.DictReader(io.StringIO(sheet.lstrip("\ufeff")))} == {
        "N-100": "100 pcs", "W-5": "50 pcs", "N-20": "Unknown",
    }  # fmt: skip


def test_a_sheet_tells_an_indication_from_a_price(client: FlaskClient, index_now: IndexNow) -> None:
    load_rates({"USD": 0.924}, valid_from=date(2020, 1, 1), source="European reference rate", actor=SYSTEM)
    leaf = make_category(slug="studs", name="Studs")
    dear, own = (make_vendor(currency=currency) for currency in ("USD", "EUR"))
    index_now(make_product(dear, category=leaf, sku="ABOUT-1"), make_product(own, category=leaf, sku="PRICE-1"))

    sheet = client.get("/categories/studs/table.csv").get_data(as_text=True).replace(i18n.NBSP, " ").lstrip("\ufeff")

    price = {row["SKU"]: row["Unit price"] for row in csv.DictReader(io.StringIO(sheet))}
    assert re.fullmatch(r"≈ [\d.]+ EUR/pc \(USD 0\.5000\)", price["ABOUT-1"])
    assert price["PRICE-1"] == "0.5000 EUR/pc"
