"""Standards of companies: who asks for a bolt of a certified vendor is shown bolts, and led to the vendors who have the certificate."""

import html
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from search import lexical
from search.engines.oracle import OracleEngine
from tests.factories.catalogue import make_product
from tests.factories.vendors import make_certificate, make_vendor
from tests.search.reading import IndexNow, page, skus


@pytest.mark.parametrize(
    ("text", "words", "papers"),
    [
        ("iso 9001 bolt", "bolt", ("ISO 9001",)),
        ("bolt ISO9001:2015", "bolt", ("ISO 9001",)),
        ("iso-14001 hex bolt iatf 16949", "hex bolt", ("ISO 14001", "IATF 16949")),
        ("螺栓 SA 8000", "螺栓", ("SA8000",)),
    ],
)
def test_a_standard_of_companies_is_no_word_for_goods(oracle: OracleEngine, text: str, words: str, papers: tuple[str, ...]) -> None:
    reading = lexical.read(text, oracle.vocabulary())

    assert (reading.text, reading.papers) == (words, papers)


@pytest.mark.parametrize(
    "text",
    [
        "iso 4017 bolt",
        "din 933 bolt",
        "iso 9001",
        "ISO 9001, ISO 14001",
        "ce bolt",
        "rohs cable",
        "iso 90012 bolt",
        "x-iso-9001 bolt",
        "vdiso 9001 bolt",
    ],
)
def test_what_goods_are_made_to_stays_a_word(oracle: OracleEngine, text: str) -> None:
    reading = lexical.read(text, oracle.vocabulary())

    assert (reading.text, reading.papers) == (text, ())


def test_who_searches_for_exactly_the_words_asks_nothing_of_vendors(oracle: OracleEngine) -> None:
    assert lexical.read("iso 9001 bolt", oracle.vocabulary(), correct=False).papers == ()


def test_the_page_leads_to_vendors_who_have_the_certificate(client: FlaskClient, index_now: IndexNow) -> None:
    certified, other = make_vendor(), make_vendor()
    make_certificate(certified, scheme="ISO 9001")
    index_now(make_product(certified, title="Brass hinge", sku="HINGE-1"), make_product(other, title="Brass hinge", sku="HINGE-2"))

    text = html.unescape(page(client, "/search?q=hinge+iso+9001+-steel&stock="))
    way = re.findall(r'<a href="([^"]*)">Only vendors who have it</a>', text)[0]

    assert sorted(skus(text)) == ["HINGE-1", "HINGE-2"]
    assert "ISO 9001 says how a vendor works" in text
    assert "Lacks" not in text
    assert parse_qs(urlsplit(way).query) == {"q": ["hinge -steel"], "cert": ["ISO 9001"]}
    assert skus(page(client, "/search" + way)) == ["HINGE-1"]
    assert "Only vendors who have it" not in page(client, "/search/table?q=hinge+iso+27001"), "nobody has it"
    assert "says how a vendor works" not in page(client, "/search?q=hinge+iso+9001&exact=1")
