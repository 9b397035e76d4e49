"""A count with a counting word says how many somebody wants; goods that are called by a count are found by it as before."""

import html

import pytest
from flask.testing import FlaskClient

from search import lexical
from search.engines.oracle import OracleEngine
from tests.factories.catalogue import make_product
from tests.factories.vendors import make_vendor
from tests.search.reading import IndexNow, page, skus


@pytest.mark.parametrize(
    ("text", "words", "number"),
    [
        ("hex bolt 1000 pcs", "hex bolt", 1_000),
        ("500PCS hex bolt", "hex bolt", 500),
        ("hex bolt, 1,000 pcs.", "hex bolt", 1_000),
        ("hex bolt 1.250 pieces m8", "hex bolt m8", 1_250),
        ("work gloves 100 pairs", "work gloves", 100),
        ("work gloves 10 dozen", "work gloves", 120),
        ("hex bolt 10k pcs", "hex bolt", 10_000),
        ("qty 500 hex bolt", "hex bolt", 500),
        ("hex bolt quantity: 250", "hex bolt", 250),
        ("608 100 pcs", "608", 100),
        ("1000个螺栓", "螺栓", 1_000),
        ("螺栓 2万个", "螺栓", 20_000),
        ("螺栓100pcs", "螺栓", 100),
        ("数量500 螺栓", "螺栓", 500),
        ("hex bolt 200 Stück", "hex bolt", 200),
    ],
)
def test_a_count_says_how_many_and_is_no_word(oracle: OracleEngine, text: str, words: str, number: int) -> None:
    reading = lexical.read(text, oracle.vocabulary())

    assert reading.text == words
    assert reading.count
    assert reading.count.number == number


@pytest.mark.parametrize(
    "text",
    [
        "screwdriver 10 pcs set", "pack of 100 pcs washer", "100 pcs/box bolt", "100 pcs per bag bolt", "3 piece ball valve",
        "12-pack battery", "10件套 螺丝刀", "100个装 螺母", "10台灯", "windows 11 pc", "10k resistor", "24 port switch", "1000 pcs",
        "hex bolt 0 pcs", "bolt 10pcsx", "2 pcs bolt 3 pcs nut", "1,5 pcs bolt",
    ],
)  # fmt: skip
def test_what_names_a_thing_stays_a_word(oracle: OracleEngine, text: str) -> None:
    reading = lexical.read(text, oracle.vocabulary())

    assert reading.count is None
    assert reading.text == text


def test_who_searches_for_exactly_the_words_says_no_quantity(oracle: OracleEngine) -> None:
    assert lexical.read("hex bolt 1000 pcs", oracle.vocabulary(), correct=False).count is None


def test_the_count_becomes_my_quantity_and_is_told(client: FlaskClient, index_now: IndexNow) -> None:
    index_now(make_product(make_vendor(), title="Brass hinge", sku="HINGE-1"))

    for address in ("/search", "/search/table"):
        text = html.unescape(page(client, f"{address}?q=brass+hinge+1000+pcs"))
        assert "“1000 pcs” was read as how many you want" in text
        assert 'name="quantity" form="facets" inputmode="decimal" value="1,000"' in text
        assert "HINGE-1" in text
        assert "Lacks" not in text

    assert "?variant=HINGE-1&quantity=1000" in html.unescape(page(client, "/search?q=brass+hinge+1000+pcs"))
    assert 'inputmode="decimal" value=""' in page(client, "/search?q=brass+hinge"), "it is said for one search"


def test_a_quantity_in_the_field_counts_more(client: FlaskClient, index_now: IndexNow) -> None:
    index_now(make_product(make_vendor(), title="Brass hinge", sku="HINGE-1"))

    text = html.unescape(page(client, "/search?q=brass+hinge+1000+pcs&quantity=250"))

    assert 'inputmode="decimal" value="250"' in text
    assert "“1000 pcs” was read as how many you want" in text
    assert "Lacks" not in text


def test_a_count_can_be_searched_for_as_words(client: FlaskClient, index_now: IndexNow) -> None:
    index_now(make_product(make_vendor(), title="Brass hinge", sku="HINGE-1"))

    text = html.unescape(page(client, "/search?q=brass+hinge+1000+pcs&exact=1"))

    assert "was read as how many" not in text
    assert "Lacks: 1000" in text


def test_goods_that_are_called_by_the_count_are_wanted_by_it(client: FlaskClient, index_now: IndexNow) -> None:
    vendor = make_vendor()
    index_now(
        make_product(vendor, title="Cable tie black", sku="TIE-1"),
        make_product(vendor, title="Cable tie black, 100 pcs", sku="TIE-100"),
        make_product(vendor, title="Brass hinge", sku="HINGE-1"),
    )

    called = page(client, "/search?q=cable+tie+100+pcs")
    others = html.unescape(page(client, "/search?q=hinge+100+pcs"))

    assert skus(called) == ["TIE-100", "TIE-1"]
    assert "was read as how many" not in called
    assert "was read as how many" in others, "none of the hinges is called so"


def test_ways_to_less_keep_the_quantity(client: FlaskClient, index_now: IndexNow) -> None:
    index_now(make_product(make_vendor(), title="Brass hinge", sku="HINGE-1"))

    text = html.unescape(page(client, "/search?q=brass+hinge+xylophonic+1000+pcs&exact=&every=1"))

    assert 'href="?q=brass+hinge&every=1&quantity=1000"' in text
