"""A price in the words of a search: read as people write it, and a filter of the page instead of words."""

from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from search.lexical.budgets import parted
from tests.factories.catalogue import make_product
from tests.factories.vendors import make_vendor
from tests.search.reading import IndexNow, page, skus

SOME = Decimal


@pytest.mark.parametrize(
    ("text", "rest", "low", "high", "currency"),
    [
        ("monitor under 150 EUR", "monitor", None, "150", "EUR"),
        ("monitor €150", "monitor", None, "150", "EUR"),
        ("monitor 27 inch max 300€", "monitor 27 inch", None, "300", "EUR"),
        ("laptop under 500 euro", "laptop", None, "500", "EUR"),
        ("laptop below $600", "laptop", None, "600", "USD"),
        ("laptop cheaper than 1.000 EUR", "laptop", None, "1000", "EUR"),
        ("toner 1,250.50 USD", "toner", None, "1250.50", "USD"),
        ("price under 20 EUR mouse", "mouse", None, "20", "EUR"),
        ("budget: 500 EUR laptop", "laptop", None, "500", "EUR"),
        ("M8 bolt 0.05 EUR", "M8 bolt", None, "0.05", "EUR"),
        ("usb hub < 20 €", "usb hub", None, "20", "EUR"),
        ("cable from 5 EUR", "cable", "5", None, "EUR"),
        ("drill 50-80 EUR", "drill", "50", "80", "EUR"),
        ("drill $50-80", "drill", "50", "80", "USD"),
        ("between 50 and 80 GBP drill", "drill", "50", "80", "GBP"),
        ("显示器 1000元以下", "显示器", None, "1000", "CNY"),
        ("1000元以内的显示器", "显示器", None, "1000", "CNY"),
        ("鼠标 100元", "鼠标", None, "100", "CNY"),
        ("显示器 500到800元", "显示器", "500", "800", "CNY"),
        ("螺栓 1元以上", "螺栓", "1", None, "CNY"),
    ],
)
def test_a_price_is_read_as_it_is_written(text: str, rest: str, low: str | None, high: str | None, currency: str) -> None:
    found, budget = parted(text)

    assert budget is not None
    ends = tuple(None if end is None else Decimal(end) for end in (low, high))
    assert (found, budget.low, budget.high, budget.currency) == (rest, *ends, currency)


@pytest.mark.parametrize(
    "text",
    [
        "10 euro pallets", "euro pallet 20 pcs", "元件 100", "100 元件", "3块电池", "cable under 1 m", "dollar bill counter", "500 USD",
        "drill 80-50 EUR", "5 EUR and 7 USD cable", "pound scale 5 kg", "EUR-pallet", "USB-C 3.2", "NOK 8",
    ],
)  # fmt: skip
def test_what_names_no_price_of_goods_stays(text: str) -> None:
    assert parted(text) == (text, None)


@pytest.mark.parametrize("view", ["/search", "/search/table"])
def test_the_price_becomes_a_filter_that_the_page_takes_back(client: FlaskClient, index_now: IndexNow, view: str) -> None:
    vendor = make_vendor()
    index_now(
        make_product(vendor, title="Brass hinge", sku="HINGE-CHEAP", price_micro=2_000_000),
        make_product(vendor, title="Brass hinge", sku="HINGE-DEAR", price_micro=9_000_000),
    )

    answer = client.get(view, query_string={"q": "hinge under 5 EUR", "stock": "0"})

    asked = parse_qs(urlsplit(answer.location).query)
    assert (answer.status_code, asked["q"], asked["price_to"], asked["stock"]) == (303, ["hinge"], ["5"], ["0"])
    shown = client.get(answer.location)
    assert "HINGE-CHEAP" in shown.text
    assert "HINGE-DEAR" not in shown.text


def test_who_searches_for_exactly_the_words_or_filters_already_is_led_nowhere(client: FlaskClient, index_now: IndexNow) -> None:
    index_now(make_product(make_vendor(), title="Brass hinge under 5 EUR", sku="HINGE"))

    assert skus(page(client, "/search?q=hinge+under+5+EUR&exact=1")) == ["HINGE"]
    filtered = client.get("/search", query_string={"q": "hinge under 5 EUR", "price_to": "3"})
    assert filtered.status_code == 200
    assert "was read as a price, and not searched for" in filtered.text


def test_what_no_goods_have_leaves_nothing_out_and_is_said(client: FlaskClient, index_now: IndexNow) -> None:
    index_now(make_product(make_vendor(), title="Brass hinge", sku="HINGE"))

    answer = client.get("/search", query_string={"q": "hinge -xyzzy"})

    assert "HINGE" in answer.text
    assert "No product has “xyzzy”, so nothing is left out." in answer.text
