"""Hits and boxes that are written from Python: what a vendor or an address says is text and never markup."""

import html
import re

from flask.testing import FlaskClient

from search.views.facets import FacetView, Option
from search.views.markup import boxes
from tests.factories.catalogue import make_category, make_product
from tests.factories.vendors import make_vendor
from tests.search.reading import IndexNow, page

NASTY = '<b onclick="x()">&amp; \'5"'


def test_a_title_a_code_and_a_name_are_text(client: FlaskClient, index_now: IndexNow) -> None:
    vendor = make_vendor()
    vendor.name = f"Valve {NASTY}"
    index_now(make_product(vendor, sku='Q"<i>', title=f"Ball valve {NASTY}"))

    text = page(client, "/search?q=ball+valve")

    hit = text[text.index('<li class="hit">') : text.index("</ol>")]
    assert "<b onclick" not in hit
    assert "<i>" not in hit
    assert html.unescape(re.search(r"<h3><a [^>]*>(.*?)</a>", hit).group(1)) == f"Ball valve {NASTY}"  # type: ignore[union-attr]
    assert html.unescape(re.search(r'<span class="nowrap">(.*?)</span>', hit).group(1)) == 'Q"<i>'  # type: ignore[union-attr]


def test_a_hit_speaks_the_language_of_its_page(client: FlaskClient, index_now: IndexNow) -> None:
    index_now(make_product(make_vendor(), sku="QZ-1", title="Ball valve"))

    assert "<dt>Lead time</dt>" in page(client, "/search?q=ball+valve")
    assert "<dt>交期</dt>" in page(client, "/search?q=ball+valve&lang=zh-Hans")
    assert "<dt>Lead time</dt>" in page(client, "/search?q=ball+valve&lang=en")


def test_a_product_without_reviews_says_so(client: FlaskClient, index_now: IndexNow) -> None:
    index_now(make_product(make_vendor(), sku="QZ-1", title="Ball valve"))

    assert "No reviews yet" in page(client, "/search?q=ball+valve")


def test_boxes_hold_their_values_as_text() -> None:
    written = boxes(FacetView("maker", "Brand", (Option(NASTY, NASTY, 1234, is_chosen=True),)))

    assert "<b" not in written
    assert html.unescape(re.search(r'value="([^"]*)" checked>', written).group(1)) == NASTY  # type: ignore[union-attr]
    assert '<span class="n">1,234</span>' in written


def test_facts_are_yes_or_no_under_names_of_their_own() -> None:
    written = boxes(FacetView("facts", "Facts", (Option("stock", "In stock", 3, is_chosen=False),)))

    assert 'name="stock" value="1">' in written


def test_names_of_categories_are_looked_up_anew_when_one_is_renamed(client: FlaskClient) -> None:
    category = make_category(name="Gearboxes")
    assert "Gearboxes" in client.get("/search/suggest?q=gearb").text

    category.name = {"en": "Reducers"}

    assert "Gearboxes" not in client.get("/search/suggest?q=gearb").text
