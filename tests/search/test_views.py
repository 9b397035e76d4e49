"""Result, category and compare pages: filters with counts, my quantity, walls, and the index being away."""

import html
import re
from decimal import Decimal
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.catalogue.models import AttributeKind, ProductState, Supply
from marketplace.core.db import db
from search.engines.tantivy import TantivyEngine
from search.index import EXTENSION
from search.queries import forget_vendors
from tests.conftest import count_queries
from tests.factories.accounts import log_in, make_company, make_member
from tests.factories.catalogue import make_attribute, make_category, make_product
from tests.factories.vendors import make_vendor
from tests.search.reading import IndexNow, count_of, page, skus, variant_of
from vendors.models import VendorState


def test_words_find_products_of_several_vendors(client: FlaskClient, index_now: IndexNow) -> None:
    mine, other = make_vendor(name="Qianzhu"), make_vendor(name="Pallwerk")
    index_now(make_product(mine, sku="QZ-1"), make_product(other, sku="PW-1"), make_product(other, title="Ball valve DN 20", sku="PW-2"))

    text = page(client, "/search?q=hex+bolt+m8x40")

    assert set(skus(text)) == {"QZ-1", "PW-1"}
    assert "2 products" in text
    assert "2 vendors" in text


def test_more_than_is_there_has_no_lead_time(client: FlaskClient, index_now: IndexNow) -> None:
    vendor = make_vendor()
    index_now(make_product(vendor, sku="QZ-200", stock=200, lead_time=((None, 1, 2),)), make_product(vendor, sku="PW-900", stock=900))

    enough, short = page(client, "/search?q=QZ-200&quantity=200"), page(client, "/search?q=QZ-200&quantity=500")

    assert "<b>Lead 1–2 days</b>" in enough
    assert "<b>Not enough in stock</b>" in short
    assert "Lead 1–2 days" not in short
    assert "<td>Not enough in stock</td>" in page(client, "/search/table?q=QZ-200&quantity=500")
    assert "Not enough in stock" not in page(client, "/search?q=PW-900&quantity=500")


def test_a_part_number_is_found_in_any_spelling(client: FlaskClient, index_now: IndexNow) -> None:
    vendor = make_vendor()
    index_now(make_product(vendor, sku="QZ-4017-M8X40-A2"), make_product(vendor, sku="QZ-4017-M8X45-A2"))

    for written in ("qz4017m8x40a2", "QZ 4017 M8X40 A2", "qz-4017/m8x40-a2"):
        assert skus(page(client, f"/search?q={written}"))[0] == "QZ-4017-M8X40-A2"


def test_a_word_that_is_left_out_is_said_and_can_be_taken_back(client: FlaskClient, index_now: IndexNow) -> None:
    vendor = make_vendor()
    index_now(make_product(vendor, sku="A2", title="Hex bolt, stainless"), make_product(vendor, sku="ZN", title="Hex bolt, zinc"))

    text = page(client, "/search?q=hex+bolt+-stainless&sort=price")
    nothing = page(client, "/search?q=hex+bolt+-stainless+-zinc")

    assert skus(text) == ["ZN"]
    assert "Without “stainless”" in text
    assert 'href="?sort=price&amp;q=hex+bolt"' in text
    assert "With “zinc” again" in nothing
    assert 'href="?q=hex+bolt+-stainless"' in nothing


@pytest.mark.parametrize("state", [VendorState.SUSPENDED, VendorState.UNDER_REVIEW])
def test_nothing_of_a_vendor_who_is_not_seen_is_found_or_counted(client: FlaskClient, index_now: IndexNow, state: VendorState) -> None:
    vendor, good = make_vendor(state=state), make_vendor()
    hidden = make_product(vendor, sku="HIDDEN-1")
    index_now(hidden, make_product(good, sku="SEEN-1", category=None))

    assert skus(page(client, "/search")) == ["SEEN-1"]
    assert "1 product " in page(client, "/search?q=bolt")
    assert "HIDDEN-1" not in page(client, f"/compare?variant={variant_of(hidden).id}")


def test_a_suspension_hides_at_once_without_indexing(client: FlaskClient, index_now: IndexNow) -> None:
    vendor = make_vendor()
    index_now(make_product(vendor, sku="QZ-1"))
    assert skus(page(client, "/search?q=bolt")) == ["QZ-1"]

    vendor.state = VendorState.SUSPENDED
    db.session.flush()
    forget_vendors()

    assert skus(page(client, "/search?q=bolt")) == []


def test_a_product_for_one_company_is_seen_by_it_alone(client: FlaskClient, index_now: IndexNow) -> None:
    buyer, stranger = make_company(), make_company()
    index_now(make_product(make_vendor(), sku="OURS-1", visibility=[f"company:{buyer.id}"]))

    assert skus(page(client, "/search?q=bolt")) == []
    log_in(client, make_member(stranger), stranger)
    assert skus(page(client, "/search?q=bolt")) == []
    log_in(client, make_member(buyer), buyer)
    assert skus(page(client, "/search?q=bolt")) == ["OURS-1"]


def test_what_became_hidden_a_moment_ago_is_not_shown_whatever_the_index_says(client: FlaskClient, index_now: IndexNow) -> None:
    product = make_product(make_vendor(), sku="QZ-1")
    index_now(product)

    product.state = ProductState.PAUSED
    db.session.flush()

    assert skus(page(client, "/search?q=bolt")) == []


def test_a_facet_counts_with_all_other_choices_but_not_its_own(client: FlaskClient, index_now: IndexNow) -> None:
    vendor, category = make_vendor(), make_category(slug="hex-bolts")
    make_attribute(category, code="material", kind=AttributeKind.CHOICE, choices=["a2", "a4"])
    rows = [("a2", "Norrvik"), ("a2", "Norrvik"), ("a2", "Qianzhu"), ("a4", "Norrvik")]
    index_now(*(make_product(vendor, category=category, attributes={"material": {"v": m}}, brand=brand) for m, brand in rows))

    text = page(client, "/categories/hex-bolts?a.material=a2&maker=Norrvik")

    assert len(skus(text)) == 2
    assert (count_of(text, "a.material", "a2"), count_of(text, "a.material", "a4")) == (2, 1)
    assert (count_of(text, "maker", "Norrvik"), count_of(text, "maker", "Qianzhu")) == (2, 1)
    both = page(client, "/categories/hex-bolts?a.material=a2&a.material=a4&maker=Norrvik")
    assert len(skus(both)) == 3
    assert "Remove filter" in text
    assert "MATERIAL" not in text


def test_a_number_attribute_is_filtered_by_value_and_by_range(client: FlaskClient, index_now: IndexNow) -> None:
    vendor, category = make_vendor(), make_category(slug="hex-bolts")
    make_attribute(category, code="length", kind=AttributeKind.NUMBER, unit="mm", name="Length")
    index_now(
        *(
            make_product(vendor, category=category, sku=f"L-{length}", attributes={"length": {"v": length, "unit": "mm"}})
            for length in (20, 40, 60.5)
        )
    )

    assert set(skus(page(client, "/categories/hex-bolts?a.length=40&a.length=60.5"))) == {"L-40", "L-60.5"}
    assert set(skus(page(client, "/categories/hex-bolts?a.length.from=30&a.length.to=50"))) == {"L-40"}
    assert set(skus(page(client, "/categories/hex-bolts?a.length.from=nonsense"))) == {"L-20", "L-40", "L-60.5"}


@pytest.mark.parametrize("value", ["99999999999999999999999999", "1e30", "nan", "inf", "-inf", "foo"])
@pytest.mark.parametrize("address", ["/search?q=bolt&", "/search/table?q=bolt&", "/categories/hex-bolts?", "/categories/hex-bolts/table?"])
def test_a_value_that_no_number_attribute_can_have_filters_nothing_and_is_said(
    client: FlaskClient, index_now: IndexNow, address: str, value: str
) -> None:
    vendor, category = make_vendor(), make_category(slug="hex-bolts")
    make_attribute(category, code="length", kind=AttributeKind.NUMBER, unit="mm", name="Length")
    index_now(
        make_product(vendor, category=category, attributes={"length": {"v": 20, "unit": "mm"}}), make_product(vendor, category=category)
    )

    text = page(client, f"{address}a.length={value}")

    assert "2 products" in text
    assert f"Left out: Length cannot be “{value}”." in text
    assert "Remove filter" not in text


def test_vendor_facts_are_filters_with_counts(client: FlaskClient, index_now: IndexNow) -> None:
    high, low = make_vendor(level=3, country="DE"), make_vendor(level=1, country="SE")
    index_now(make_product(high, sku="HIGH-1"), make_product(low, sku="LOW-1"), make_product(low, sku="LOW-2"))

    text = page(client, "/search?q=bolt&level=3")

    assert skus(text) == ["HIGH-1"]
    assert (count_of(text, "level", "3"), count_of(text, "level", "1")) == (1, 2)
    assert count_of(text, "country", "DE") == 1
    assert skus(page(client, "/search?q=bolt&country=SE&level=3")) == []


def test_only_vendors_who_ship_to_my_country_when_asked(client: FlaskClient, index_now: IndexNow) -> None:
    index_now(make_product(make_vendor(), sku="SHIPS"), make_product(make_vendor(with_shipping=False), sku="STAYS"))

    text = page(client, "/search?q=bolt&ships=1&ship_to=DE")

    assert skus(text) == ["SHIPS"]
    assert "Ships to Germany" in text


def test_price_is_shown_filtered_and_sorted_at_my_quantity(client: FlaskClient, index_now: IndexNow) -> None:
    vendor = make_vendor()
    falling = make_product(vendor, sku="FALLING", tiers=[(1, 900_000), (1_000, 100_000)])
    steady = make_product(vendor, sku="STEADY", tiers=[(1, 500_000)])
    large = make_product(vendor, sku="LARGE", tiers=[(5_000, 50_000)], minimum=5_000)
    index_now(falling, steady, large)

    few = page(client, "/search?q=bolt&sort=price&quantity=10")
    many = page(client, "/search?q=bolt&sort=price&quantity=2%2C000")

    assert skus(few) == ["STEADY", "FALLING", "LARGE"]
    assert skus(many) == ["FALLING", "STEADY", "LARGE"]
    assert "Only from 5,000" in many
    assert skus(page(client, "/search?q=bolt&quantity=10&price_from=0.4&price_to=0.5")) == ["STEADY"]
    assert skus(page(client, "/search?q=bolt&quantity=2000&price_to=0.2")) == ["FALLING"]


def test_below_the_smallest_order_the_price_and_its_quantity_are_those_of_that_order(client: FlaskClient, index_now: IndexNow) -> None:
    tiers = [(1, 900_000), (1_000, 500_000), (5_000, 50_000)]
    index_now(make_product(make_vendor(), sku="LARGE", tiers=tiers, minimum=1_000))

    few = html.unescape(page(client, "/search?q=bolt&quantity=20")).replace("\u00a0", " ")

    assert "<dt>Unit price at 1,000 pcs</dt>" in few
    assert "Unit price at 20 pcs" not in few
    assert '<span class="price">0.5000 ' in few
    assert "Only from 1,000 pcs" in few
    assert "0.0500 from 5,000 pcs" in few


def test_my_quantity_is_remembered(client: FlaskClient, index_now: IndexNow) -> None:
    index_now(make_product(make_vendor(), tiers=[(1, 900_000), (1_000, 100_000)]))
    page(client, "/search?q=bolt&quantity=1500")

    text = page(client, "/search?q=bolt")

    assert 'value="1,500"' in text  # as every field of a quantity has it
    assert "at 1,500" in text


def test_a_quantity_that_is_none_is_said_beside_the_field(client: FlaskClient, index_now: IndexNow) -> None:
    index_now(make_product(make_vendor()))

    text = page(client, "/search?q=bolt&quantity=many")

    assert 'value="many"' in text
    assert "Write a number" in text


def test_goods_by_the_metre_and_by_the_piece_share_one_quantity(client: FlaskClient, index_now: IndexNow) -> None:
    vendor = make_vendor()
    cable = make_product(
        vendor, title="Cable", sku="CABLE", unit="mm", display_unit="m", display_factor=1_000, price_per=1_000, minimum=1_000,
        increment=1_000, tiers=[(1_000, 2_000_000), (100_000, 1_000_000)],
    )  # fmt: skip
    index_now(cable, make_product(vendor, title="Cable gland", sku="GLAND", tiers=[(1, 1_500_000)]))

    assert skus(page(client, "/search?q=cable&sort=price&quantity=50")) == ["GLAND", "CABLE"]
    assert skus(page(client, "/search?q=cable&sort=price&quantity=100")) == ["CABLE", "GLAND"]
    assert skus(page(client, "/search?q=cable&quantity=100&price_to=1.2")) == ["CABLE"]


def test_lead_time_counts_at_my_quantity(client: FlaskClient, index_now: IndexNow) -> None:
    vendor = make_vendor()
    index_now(
        make_product(vendor, sku="QUICK", lead_time=[(100, 1, 2), (None, 20, 25)]),
        make_product(vendor, sku="EVEN", lead_time=[(None, 5, 6)]),
        make_product(vendor, sku="SILENT", lead_time=[(None, None, None)]),
    )

    assert skus(page(client, "/search?q=bolt&lead=7&quantity=50&sort=lead_time")) == ["QUICK", "EVEN"]
    assert skus(page(client, "/search?q=bolt&lead=7&quantity=500")) == ["EVEN"]
    assert skus(page(client, "/search?q=bolt&sort=lead_time&quantity=500")) == ["EVEN", "QUICK", "SILENT"]


def test_stock_sample_and_minimum_are_filters(client: FlaskClient, index_now: IndexNow) -> None:
    vendor = make_vendor()
    index_now(
        make_product(vendor, sku="STOCKED"),
        make_product(vendor, sku="EMPTY", stock=0),
        make_product(vendor, sku="ORDERED", supply=Supply.MADE_TO_ORDER, sample={"price_micro": 0, "credited": False}, minimum=50),
    )

    assert skus(page(client, "/search?q=bolt&stock=1")) == ["STOCKED"]
    assert skus(page(client, "/search?q=bolt&sample=1")) == ["ORDERED"]
    assert set(skus(page(client, "/search?q=bolt&moq=1&quantity=10"))) == {"STOCKED", "EMPTY"}


def test_another_currency_is_compared_by_indicative_rate(client: FlaskClient, index_now: IndexNow) -> None:
    unknown, own = make_vendor(currency="XAF"), make_vendor(currency="EUR")
    index_now(make_product(unknown, sku="NO-RATE", price_micro=1), make_product(own, sku="EUR-1", price_micro=500_000))

    assert skus(page(client, "/search?q=bolt&sort=price")) == ["EUR-1", "NO-RATE"], "without a rate the price is unknown, not zero"


def test_pages_follow_each_other(client: FlaskClient, index_now: IndexNow) -> None:
    vendor, category = make_vendor(), make_category(slug="hex-bolts")
    index_now(*(make_product(vendor, category=category, sku=f"P-{n}") for n in range(30)))

    first, second = page(client, "/categories/hex-bolts"), page(client, "/categories/hex-bolts?page=2")

    assert (len(skus(first)), len(skus(second))) == (24, 6)
    assert not set(skus(first)) & set(skus(second))
    assert "25–30 of 30" in second


def test_an_unknown_word_is_corrected_and_can_be_searched_as_written(client: FlaskClient, index_now: IndexNow) -> None:
    index_now(make_product(make_vendor(), title="Flange gasket", sku="GASKET"))

    text = page(client, "/search?q=gaskte")

    assert skus(text) == ["GASKET"]
    assert "Search for “gaskte” instead" in text
    assert skus(page(client, "/search?q=gaskte&exact=1")) == []


def test_nothing_found_says_what_to_do(client: FlaskClient, index_now: IndexNow) -> None:
    index_now(make_product(make_vendor()))

    assert "Nothing found" in page(client, "/search?q=qqqqqq+wwwwww")


@pytest.mark.parametrize(
    "address",
    [
        "/search?q=%00%ff&page=-1&sort=nonsense&level=x&price_from=1e9&lead=99",
        "/search?q=" + "a" * 5_000,
        "/search?page=99999999999999999999",
        "/search?a.=1&a..from=2&a.x.from=&price_to=99999999999999999999999",
        "/search?quantity=1e999",
        "/search?cat=" + "x" * 3_000,
        "/compare?variant=x&variant=&remove=y",
        "/search?q=%ED%A0%80",
    ],
)
def test_nonsense_in_an_address_is_ignored(client: FlaskClient, index_now: IndexNow, address: str) -> None:
    index_now(make_product(make_vendor()))

    assert client.get(address).status_code == 200


def test_categories_are_listed_with_counts(client: FlaskClient, index_now: IndexNow) -> None:
    root = make_category(slug="fasteners", name="Fasteners", is_leaf=False)
    leaf = make_category(slug="hex-bolts", name="Hex bolts", parent=root)
    index_now(make_product(make_vendor(), category=leaf), make_product(make_vendor(), category=leaf))

    text = page(client, "/categories")

    assert re.search(r'id="fasteners">Fasteners <span class="muted small">2<', text)
    assert 'href="/categories/fasteners">All of Fasteners<' in text
    assert re.search(r'href="/categories/hex-bolts">Hex bolts</a><span class="muted small">2<', text)
    assert len(skus(page(client, "/categories/fasteners"))) == 2
    assert client.get("/categories/no-such").status_code == 404


@pytest.fixture
def no_index(app: Flask, tmp_path_factory: pytest.TempPathFactory) -> None:
    """An index that was never built."""
    app.extensions[EXTENSION] = TantivyEngine(tmp_path_factory.mktemp("nothing"))
    forget_vendors()


def test_without_the_index_categories_work_from_the_database(client: FlaskClient, no_index: None) -> None:
    root = make_category(slug="fasteners", is_leaf=False)
    leaf = make_category(slug="hex-bolts", parent=root)
    make_product(make_vendor(), category=leaf, sku="QZ-1")
    make_product(make_vendor(state=VendorState.SUSPENDED), category=leaf, sku="HIDDEN-1")
    make_product(make_vendor(), category=leaf, sku="PRIVATE-1", visibility=[f"company:{uuid4()}"])

    text = page(client, "/categories/fasteners")

    assert skus(text) == ["QZ-1"]
    assert "Search is down" in text
    assert "1 product" in text
    assert "Search is down" in page(client, "/categories")


def test_without_the_index_search_says_so_and_leads_to_categories(client: FlaskClient, no_index: None) -> None:
    make_category(slug="fasteners", name="Fasteners", is_leaf=False)

    text = page(client, "/search?q=bolt")

    assert "Search is down" in text
    assert "/categories/fasteners" in text


@pytest.mark.parametrize("many", [2, 20])
@pytest.mark.parametrize(("address", "budget"), [("/search?q=bolt", 8), ("/categories/hex-bolts", 9), ("/categories", 4)])
def test_lists_have_a_budget_of_statements(client: FlaskClient, index_now: IndexNow, address: str, budget: int, many: int) -> None:
    category = make_category(slug="hex-bolts")
    make_attribute(category, code="material")
    products = [make_product(make_vendor(), category=category, weight_g=Decimal(1)) for _ in range(many)]
    index_now(*products)
    page(client, address)

    with count_queries() as statements:
        page(client, address)

    assert len(statements) <= budget, "\n".join(statements)


def test_pages_speak_chinese(client: FlaskClient, index_now: IndexNow) -> None:
    index_now(make_product(make_vendor()))

    text = page(client, "/search?q=bolt&lang=zh-Hans")

    assert 'lang="zh-Hans"' in text
