"""Pages of a list and of a table: past the end stands the last page, and where the pages end before the list it is said."""

import re

import pytest
from flask.testing import FlaskClient

from search.views import categories, parametric, results
from tests.factories.catalogue import make_category, make_product
from tests.factories.vendors import make_vendor
from tests.search.reading import IndexNow, page, skus


def shelf(index_now: IndexNow, number: int) -> None:
    vendor, category = make_vendor(), make_category(slug="hex-bolts")
    index_now(*(make_product(vendor, category=category, sku=f"P-{n}") for n in range(number)))


@pytest.mark.parametrize("address", ["/search?q=bolt", "/search?q=bolt&sort=price", "/categories/hex-bolts?x=1"])
def test_past_the_end_stands_the_last_page(client: FlaskClient, index_now: IndexNow, address: str) -> None:
    shelf(index_now, 30)

    text = page(client, f"{address}&page=50")

    assert skus(text) == skus(page(client, f"{address}&page=2"))
    assert "25–30 of 30" in text
    assert 'rel="prev"' in text
    assert "Nothing found" not in text


def test_a_table_leads_to_the_first_page_of_the_list(client: FlaskClient, index_now: IndexNow) -> None:
    shelf(index_now, 60)

    assert 'href="/search?q=bolt"' in page(client, "/search/table?q=bolt&page=2"), "its pages have another length"


@pytest.mark.parametrize(
    "address", ["/search?q=bolt", "/search/table?q=bolt", "/categories/hex-bolts?x=1", "/categories/hex-bolts/table?x=1"]
)
def test_where_the_pages_end_before_the_list_it_is_said_and_no_page_lies_beyond(
    client: FlaskClient, index_now: IndexNow, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    for module in (results, categories, parametric):
        monkeypatch.setattr(module, "SIZE", 24, raising=False)
        monkeypatch.setattr(module, "REACH", 48)
    shelf(index_now, 50)
    said = "Only the first 48 products can be leafed through."

    text = page(client, f"{address}&page=300")

    assert "50 products" in text
    assert "25–48 of 48" in text
    assert said in text
    assert re.findall(r'aria-current="page" aria-label="Page (\d+)"', text) == ["2"]
    monkeypatch.setattr(results, "REACH", 50)
    monkeypatch.setattr(categories, "REACH", 50)
    monkeypatch.setattr(parametric, "REACH", 50)
    assert said not in page(client, address)
