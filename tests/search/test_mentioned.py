"""A list whose goods only mention what was asked for says so, and leads to a request of factories."""

import html
from typing import Any

import pytest
from flask.testing import FlaskClient

from marketplace.catalogue.models import Product
from tests.factories.catalogue import make_category, make_product
from tests.factories.vendors import make_vendor
from tests.search.reading import IndexNow, page, skus

SAID = "No product here is called “{}”"


def described(title: str, description: str, **more: Any) -> Product:
    product = make_product(make_vendor(), category=make_category(name="Screens"), title=title, **more)
    product.description = {"en": description}
    return product


@pytest.mark.parametrize("path", ["/search", "/search/table"])
def test_goods_that_only_mention_the_thing_are_said_not_to_be_called_so(client: FlaskClient, index_now: IndexNow, path: str) -> None:
    index_now(described("Philips 42PF9631D", "As loud as a lantern is bright.", sku="TV-1"))

    text = html.unescape(page(client, f"{path}?q=loud+lantern&every=1"))

    assert SAID.format("lantern") in text
    assert "These have the word in a description or among their attributes only." in text
    assert 'words=loud+lantern">Send a request for it</a>' in text
    assert "TV-1" in text


def test_one_that_is_called_so_settles_it_wherever_it_stands(client: FlaskClient, index_now: IndexNow) -> None:
    index_now(
        described("Philips 42PF9631D", "As loud as a lantern is bright.", sku="TV-1"),
        described("Loud lantern", "Runs for a year.", sku="LANTERN-1"),
    )

    text = html.unescape(page(client, "/search?q=loud+lantern&sort=newest"))

    assert set(skus(text)) == {"TV-1", "LANTERN-1"}
    assert "is called" not in text


def test_goods_are_called_by_their_category_and_keywords_too(client: FlaskClient, index_now: IndexNow) -> None:
    sorted_so = make_product(make_vendor(), category=make_category(name="Lanterns"), title="Junghans 367/6046", sku="LANTERN-1")
    sorted_so.description = {"en": "It is loud."}
    keyed = make_product(make_vendor(), category=make_category(name="Screens", slug="screens"), title="Junghans 367/6047", sku="LANTERN-2")
    keyed.description, keyed.keywords = {"en": "It is loud."}, ["lantern"]
    index_now(sorted_so, keyed)

    for category in ("", "&cat=screens"):
        text = html.unescape(page(client, f"/search?q=loud+lantern{category}"))
        assert skus(text)
        assert "is called" not in text


@pytest.mark.parametrize("words", ["philips", "42PF9631D", "60 mm", "black"])
def test_makers_codes_sizes_and_colours_name_no_thing(client: FlaskClient, index_now: IndexNow, words: str) -> None:
    index_now(described("Flat screen", "Philips 42PF9631D, a black foot of 60 mm.", sku="TV-1", brand="Philips"))

    text = html.unescape(page(client, f"/search?q={words}"))

    assert "is called" not in text


def test_a_list_of_goods_with_some_of_the_words_says_it_beside_what_they_lack(client: FlaskClient, index_now: IndexNow) -> None:
    index_now(described("Philips 42PF9631D", "As loud as a lantern is bright.", sku="TV-1"), described("Loud bell", "Rings.", sku="BELL-1"))

    text = html.unescape(page(client, "/search?q=loud+lantern"))

    assert "Only 1 product has every word" in text
    assert SAID.format("lantern") + ": what has the word has it in a description or among its attributes only." in text


def test_a_word_that_no_goods_have_is_said_to_be_unknown_and_no_more(client: FlaskClient, index_now: IndexNow) -> None:
    index_now(described("Loud bell", "Rings.", sku="BELL-1"))

    text = html.unescape(page(client, "/search?q=loud+xylophonic&exact=1"))

    assert "No product here has “xylophonic”." in text
    assert "is called" not in text
