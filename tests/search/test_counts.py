"""A count with a counting word says how many somebody wants; goods that are called by a count are found by it as before."""

import html
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from marketplace.core.db import db
from search import lexical
from search.engines.oracle import OracleEngine
from search.spelling import TOGETHER
from search.watching.models import SavedSearch
from search.watching.wording import wording_of
from tests.factories.accounts import log_in, make_company, make_member
from tests.factories.catalogue import make_category, make_product
from tests.factories.pricing import make_price_list
from tests.factories.vendors import make_vendor
from tests.search.reading import IndexNow, page, skus, variant_of
from tests.search.written_words import Words


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
        ("5000 hex bolt m8x40", "hex bolt m8x40", 5_000),
        ("1,000 hex bolt", "hex bolt", 1_000),
        ("500 m8 bolt", "m8 bolt", 500),
        ("5000 六角螺栓", "六角螺栓", 5_000),
        ("200 x hex bolt", "hex bolt", 200),
        ("250x hex bolt", "hex bolt", 250),
        ("hex bolt m8x40 x 200", "hex bolt m8x40", 200),
        ("hex bolt m8x40 x200", "hex bolt m8x40", 200),
        ("hex bolt × 7", "hex bolt", 7),
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
        "12-pack battery", "stretch film 5 rolls", "gloves 3 boxes", "cable 2 reels", "手套 3箱", "电缆 5卷", "10件套 螺丝刀", "100个装 螺母", "10台灯", "windows 11 pc", "10k resistor", "24 port switch", "1000 pcs",
        "4017 hex bolt", "304 ball valve", "din 933 bolt", "windows 10", "office 2010", "5 bolts", "12 v valve", "50 m cable",
        "200 x 100 bolt", "20 rolls tape", "20 pack bolt", "40 grit bolt", "90 degree valve", "110 cc bolt", "10 20", "1000 wimble",
        "drill bit 10 x 200", "m8 x 40", "bolt m8 x 40", "bolt m8x40x200", "board 400x300 x 20", "tape 19 mm x 20", "bolt x200", "100 bolt x 20",
        "hex bolt 0 pcs", "bolt 10pcsx", "2 pcs bolt 3 pcs nut", "1,5 pcs bolt",
    ],
)  # fmt: skip
def test_what_names_a_thing_stays_a_word(oracle: OracleEngine, text: str) -> None:
    reading = lexical.read(text, oracle.vocabulary())

    assert reading.count is None
    assert reading.text == text


@pytest.mark.parametrize(("titles", "number"), [(TOGETHER, None), (TOGETHER - 1, 360)])
def test_a_number_that_titles_write_before_the_word_is_no_quantity(titles: int, number: int | None) -> None:
    words = Words(title_en={"camera": 9}, heads={"camera": 9}, joined={"360camera": titles})

    count = lexical.read("360 camera", words).count

    assert (count.number if count else None) == number


def test_a_code_times_a_number_is_a_quantity_of_it() -> None:
    count = lexical.read("6205 x 50", Words(codes={"6205": 1})).count

    assert count
    assert (count.written, count.number) == ("x 50", 50)


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


def test_a_number_before_goods_is_theirs_where_they_have_it(client: FlaskClient, index_now: IndexNow) -> None:
    vendor = make_vendor()
    index_now(
        make_product(vendor, title="Cable tie black", sku="TIE-1"),
        make_product(vendor, title="Cable tie black 250 mm", sku="TIE-250"),
    )

    theirs = page(client, "/search?q=250+cable+tie")
    mine = html.unescape(page(client, "/search?q=500+cable+tie"))

    assert skus(theirs) == ["TIE-250", "TIE-1"]
    assert "was read as how many" not in theirs
    assert "“500” was read as how many you want" in mine
    assert 'inputmode="decimal" value="500"' in mine
    assert "Lacks" not in mine


def test_ways_to_less_keep_the_quantity(client: FlaskClient, index_now: IndexNow) -> None:
    index_now(make_product(make_vendor(), title="Brass hinge", sku="HINGE-1"))

    text = html.unescape(page(client, "/search?q=brass+hinge+xylophonic+1000+pcs&exact=&every=1"))

    assert 'href="?q=brass+hinge&every=1&quantity=1000"' in text


def _saved_from(client: FlaskClient, address: str) -> SavedSearch:
    """Saved as a page of results offers it: by the form that its link leads to."""
    leads = html.unescape(re.findall(r'href="(/searches/new[^"]*)"', page(client, address))[0])
    form = html.unescape(page(client, leads))
    fields = {
        name: re.findall(rf'name="{name}" [^>]*?value="([^"]*)"|name="{name}" value="([^"]*)"', form)[0]
        for name in ("name", "query", "category")
    }
    client.post("/searches/new", data={**{name: max(found) for name, found in fields.items()}, "alert": "daily"})
    return db.session.query(SavedSearch).one()


@pytest.mark.parametrize("address", ["/search", "/search/table"])
@pytest.mark.parametrize(
    ("asked", "kept", "quantity"),
    [
        ("q=brass+hinge+1000+pcs", "brass hinge", "1,000"),
        ("q=brass+hinge+1000+pcs&quantity=250", "brass hinge", "250"),
        ("q=brass+hinge+1000+pcs+-steel&stock=1", "brass hinge -steel", "1,000"),
        ("q=500个+铰链", "铰链", "500"),
    ],
)
def test_a_saved_search_keeps_the_count_as_its_quantity(
    client: FlaskClient, index_now: IndexNow, address: str, asked: str, kept: str, quantity: str
) -> None:
    index_now(make_product(make_vendor(), title="Brass hinge", sku="HINGE-1"))
    company = make_company()
    log_in(client, make_member(company), company)
    client.get("/search?quantity=7")  # what was said for other searches

    saved = _saved_from(client, f"{address}?{asked}")

    assert saved.name == kept
    assert f"Quantity: {quantity}" in wording_of(saved).filters
    opened = html.unescape(page(client, client.post(f"/searches/{saved.id}/open").location))
    assert f'inputmode="decimal" value="{quantity}"' in opened
    assert "was read as how many" not in opened, "nothing is left to be read"


@pytest.mark.parametrize("asked", ["q=brass+hinge+1000+pcs&exact=1", "q=cable+tie+100+pcs", "q=1000+pcs"])
def test_a_saved_search_keeps_words_that_were_searched_for(client: FlaskClient, index_now: IndexNow, asked: str) -> None:
    vendor = make_vendor()
    index_now(make_product(vendor, title="Brass hinge", sku="HINGE-1"), make_product(vendor, title="Cable tie, 100 pcs", sku="TIE-100"))
    company = make_company()
    log_in(client, make_member(company), company)

    assert _saved_from(client, f"/search?{asked}").query == f"{asked}&ship_to=SE"


def test_a_request_for_what_was_not_found_has_the_count_as_its_quantity(client: FlaskClient, index_now: IndexNow) -> None:
    index_now(make_product(make_vendor(), title="Brass hinge", sku="HINGE-1"))
    company = make_company()
    log_in(client, make_member(company), company)

    found = html.unescape(page(client, "/search?q=xylophonic+wimble+1000+pcs"))
    asked = parse_qs(urlsplit(re.findall(r'href="(/wishes/new[^"]*)"', found)[0]).query)

    assert asked == {"words": ["xylophonic wimble"], "quantity": ["1,000"]}


def test_goods_beside_an_empty_list_are_compared_at_the_count(client: FlaskClient, index_now: IndexNow) -> None:
    hinges = make_category(name="Cabinet hinges", slug="cabinet-hinges")
    index_now(make_product(make_vendor(), category=hinges, title="Brass flap", sku="FLAP-1"))

    listed = html.unescape(page(client, "/search?q=hingesystemz+1000+pcs"))

    assert "From the nearest category" in listed
    assert '<input type="hidden" name="quantity" value="1000">' in listed.partition('id="compare-form"')[2]


def test_a_link_for_others_has_the_count_and_no_agreed_price(client: FlaskClient, index_now: IndexNow) -> None:
    vendor, company = make_vendor(), make_company()
    product = make_product(vendor, title="Brass hinge", sku="HINGE-1", tiers=[(1, 2_000_000)])
    make_price_list(vendor, companies=[company.id], prices={variant_of(product).id: [(1, 1_230_000)]})
    index_now(product)
    log_in(client, make_member(company), company)

    assert "1.23" in page(client, "/search?q=brass+hinge+1000+pcs")
    compared = html.unescape(page(client, f"/compare?variant={variant_of(product).id}&quantity=1000"))
    shared = re.findall(r'value="[^"]*(/compare\?[^"]*shared=1[^"]*)"', compared)[0]

    assert "quantity=1000" in shared
    assert "1.23" in compared
    assert "1.23" not in page(client, shared)


def test_a_past_search_keeps_its_count_and_is_never_cut(client: FlaskClient, index_now: IndexNow) -> None:
    index_now(make_product(make_vendor(), title="Brass hinge", sku="HINGE-1"))
    company = make_company()
    log_in(client, make_member(company), company)
    client.get("/search?q=brass+hinge+1000+pcs")
    client.get("/search?q=brass+hinge+with+a+very+long+leaf+for+heavy+doors+of+old+houses+1000+pcs")

    past = [one for one in client.get("/search/suggest?q=brass+hin").get_json()["items"] if one["group"] == "Searched before"]

    assert [one["text"] for one in past] == ["brass hinge 1000 pcs"]
    assert 'inputmode="decimal" value="1,000"' in page(client, past[0]["url"])
