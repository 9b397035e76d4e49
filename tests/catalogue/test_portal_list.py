"""The vendor's list of listings: filtered, sorted, walked by key, taken home."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from marketplace.catalogue import queries
from marketplace.catalogue.models import ProductState, Supply
from tests.catalogue.shop import vendor
from tests.conftest import count_queries
from tests.factories.catalogue import make_category, make_kit, make_product, make_variant, only_variant
from tests.factories.vendors import make_vendor
from vendors.models import Vendor

__all__ = ["vendor"]  # a fixture


def test_the_list_is_the_vendors_own_and_says_when_it_is_empty(client: FlaskClient, vendor: Vendor) -> None:
    make_product(make_vendor(), title="Of somebody else")

    page = client.get("/portal/products").get_data(as_text=True)

    assert "No products yet" in page
    assert "Of somebody else" not in page


def test_the_list_is_filtered_by_state_and_words(client: FlaskClient, vendor: Vendor) -> None:
    make_product(vendor, title="Flange bolt", sku="QZ_1")
    make_product(vendor, title="Washer", state=ProductState.DRAFT, mpn="W-125")

    def titles(query: str) -> list[str]:
        page = client.get(f"/portal/products?{query}").get_data(as_text=True)
        return [title for title in ("Flange bolt", "Washer") if f">{title}<" in page]

    assert titles("") == ["Flange bolt", "Washer"]
    assert titles("state=draft") == ["Washer"]
    assert titles("state=nonsense") == ["Flange bolt", "Washer"]
    assert titles("q=bolt+QZ_") == ["Flange bolt"]
    assert titles("q=w-12") == ["Washer"]
    assert titles("q=%25") == []
    assert "Nothing found" in client.get("/portal/products?q=nothing").get_data(as_text=True)


def test_the_list_is_walked_by_key_both_ways(client: FlaskClient, vendor: Vendor) -> None:
    category = make_category()
    made = [make_product(vendor, category=category, sku=f"S-{n:02}").id for n in range(60)][::-1]

    def ids(**cursor: Any) -> tuple[list[Any], Any]:
        page = queries.product_page_of(vendor.id, queries.PRODUCTS.read(cursor))
        return [row.id for row in page.rows], page

    first, page = ids()
    second, page = ids(after=page.next)
    third, last = ids(after=page.next)
    back, _ = ids(before=last.previous)

    assert first + second + third == made
    assert back == second
    assert last.next is None
    assert ids(after="nonsense")[0] == first
    assert client.get("/portal/products?after=1_x&before=%00").status_code == 200


@pytest.mark.parametrize("sort", ["title", "-title", "state", "-state", "version", "-version", "changed"])
def test_the_list_is_sorted_and_walked_in_any_order(client: FlaskClient, vendor: Vendor, sort: str) -> None:
    category = make_category()
    for n, state in enumerate([ProductState.LIVE, ProductState.DRAFT, ProductState.PAUSED] * 10):
        make_product(vendor, category=category, title=f"Bolt {n % 4}", state=state)

    seen: list[Any] = []
    cursor: dict[str, str] | None = {}
    while cursor is not None:
        page = queries.product_page_of(vendor.id, queries.PRODUCTS.read({"sort": sort, **cursor}))
        seen += [row.id for row in page.rows]
        cursor = {"after": page.next} if page.next else None

    assert len(seen) == len(set(seen)) == 30


def test_the_list_is_filtered_by_stock_with_kits_counted_by_their_parts(client: FlaskClient, vendor: Vendor) -> None:
    make_product(vendor, title="Some", stock=5)
    make_product(vendor, title="Nothing", stock=0)
    make_product(vendor, title="Made", supply=Supply.MADE_TO_ORDER, stock=0)
    full, empty = (make_product(vendor, title=title, stock=0) for title in ("Full kit", "Empty kit"))
    make_kit(only_variant(full), {only_variant(make_product(vendor, title="Part in stock", stock=4)): 4})
    make_kit(only_variant(empty), {only_variant(make_product(vendor, title="Part too few", stock=3)): 4})

    def titles(stock: str) -> set[str]:
        page = queries.product_page_of(vendor.id, queries.PRODUCTS.read({"stock": stock}))
        return {row.title["en"] for row in page.rows}

    assert titles("some") == {"Some", "Full kit", "Part in stock", "Part too few"}
    assert titles("none") == {"Nothing", "Empty kit"}
    assert titles("made_to_order") == {"Made"}


def test_the_list_comes_as_csv_with_formulas_neutralised(client: FlaskClient, vendor: Vendor) -> None:
    make_product(vendor, title="=HYPERLINK(1)", sku="S-1", stock=7)
    make_product(vendor, title="Paused one", sku="S-2", state=ProductState.PAUSED)

    answer = client.get("/portal/products.csv?state=live")

    text = answer.get_data(as_text=True)
    assert answer.mimetype == "text/csv"
    assert "S-1,'=HYPERLINK(1),Live,0.5000,EUR,pc,7.0,0.0,1," in text
    assert "S-2" not in text


def test_the_list_takes_the_same_statements_for_any_number_of_rows(client: FlaskClient, vendor: Vendor) -> None:
    make_product(vendor)
    with count_queries() as few:
        client.get("/portal/products")
    for _ in range(20):
        make_variant(make_product(vendor))
    with count_queries() as many:
        client.get("/portal/products")

    assert len(many) <= len(few) <= 18
