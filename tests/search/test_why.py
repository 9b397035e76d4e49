"""Why a hit is there: the words it has, through which other name, the attribute, the tier, my own list; and nothing else."""

import html
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import example, given
from hypothesis import strategies as st

from marketplace.catalogue.models import AttributeKind, ProductState
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.recent import ask_anew
from marketplace.pricing.models import Standing
from search import analysis
from search.engines.tantivy import TantivyEngine
from search.index import EXTENSION
from search.learning import services
from search.learning.wishes import PinWish
from search.queries import forget_ranking
from search.why import Text
from tests.conftest import count_queries
from tests.factories.accounts import log_in, make_company, make_member
from tests.factories.catalogue import make_attribute, make_category, make_product, make_variant
from tests.factories.pricing import make_price_list
from tests.factories.vendors import make_vendor
from tests.search.reading import IndexNow, page, skus, variant_of


def address_of(text: str, sku: str) -> str:
    """Where a page of results says why one hit is there."""
    fold = rf'<details class="why"[^>]*><summary>[^<]*<span class="vh">: {re.escape(sku)}</span></summary><p><a href="([^"]+)"'
    found = re.search(fold, text)
    assert found, f"no reasons offered for {sku}"
    return html.unescape(found.group(1))


def reasons_in(text: str) -> list[str]:
    """The sentences of the page that says why."""
    found = re.search(r'<ul id="reasons">(.*?)</ul>', text)
    assert found
    return [html.unescape(one) for one in re.findall(r"<li>(.*?)</li>", found.group(1))]


def why(client: FlaskClient, address: str, sku: str) -> list[str]:
    """What is said of one hit of a page of results."""
    return reasons_in(page(client, address_of(page(client, address), sku)))


@given(st.text(st.characters(codec="utf-8", max_codepoint=0x9FFF), max_size=40))
@example("Batteries, cookies, boxes, lenses, shelves, knives, mice; 2,5 mm² and 1,000 pcs of Café-Ø 螺栓 M8")
def test_a_text_has_what_its_tokens_are_and_nothing_else(text: str) -> None:
    """A text of a hit is compared without being taken apart first, and gives the same answers as the tokens of the index."""
    tokens, folded, compared = analysis.split(text), analysis.fold(text), Text(text)

    assert all(compared.has(token.text) for token in tokens)
    assert dict(compared.words) == {t.text: folded[t.start : t.end] for t in reversed(tokens) if not t.han}
    assert compared.han.split() == [token.text for token in tokens if token.han]
    assert not compared.has("battalion")


def test_words_are_named_as_they_stand_in_the_title(client: FlaskClient, index_now: IndexNow) -> None:
    index_now(make_product(make_vendor(), sku="QZ-1", title="Hex bolts, stainless, M8 × 40"))

    assert why(client, "/search?q=hex+bolt", "QZ-1") == ["In the title: hex bolts"]
    assert why(client, "/search?q=bolt+m8x40", "QZ-1") == ["In the title: bolts, m8x40"]


def test_the_digits_of_a_size_are_no_reason(client: FlaskClient, index_now: IndexNow) -> None:
    """25 m³/h and 40 somewhere are no 40 m, as for the index."""
    index_now(make_product(make_vendor(), sku="PUMP-1", title="Pump, 40 m³/h at 16 m"))

    assert why(client, "/search?q=pump+40+m", "PUMP-1") == ["In the title: pump"]


def test_another_name_is_said_with_the_word_that_was_asked_for(client: FlaskClient, index_now: IndexNow) -> None:
    valve = make_product(make_vendor(), sku="QZ-2")
    valve.title = {"zh-Hans": "不锈钢球阀"}
    index_now(make_product(make_vendor(), sku="QZ-1", title="Hexagon head screw M8"), valve)

    assert "“hex bolt” is also called “hexagon head screw”." in why(client, "/search?q=hex+bolt", "QZ-1")
    assert "“ball valve” is “球阀” in another language." in why(client, "/search?q=ball+valve", "QZ-2")


def test_a_correction_is_said(client: FlaskClient, index_now: IndexNow) -> None:
    index_now(make_product(make_vendor(), title="Flange gasket", sku="GASKET"))

    assert why(client, "/search?q=gaskte", "GASKET") == ["“gaskte” was read as “gasket”.", "In the title: gasket"]


@pytest.mark.parametrize("written", ["QZ-4017-M8X40-A2", "qz4017m8x40a2", "QZ 4017 m8x40 a2"])
def test_a_part_number_is_named_as_the_vendor_writes_it(client: FlaskClient, index_now: IndexNow, written: str) -> None:
    index_now(make_product(make_vendor(), sku="QZ-4017-M8X40-A2"))

    assert why(client, f"/search?q={written}", "QZ-4017-M8X40-A2") == ["Part number: QZ-4017-M8X40-A2"]


def test_an_attribute_is_named_with_its_value(client: FlaskClient, index_now: IndexNow) -> None:
    category = make_category(slug="bolts", name="Fixings")
    make_attribute(category, code="finish", name="Finish", kind=AttributeKind.CHOICE, choices=["zinc", "black"])
    make_attribute(category, code="length", name="Length", kind=AttributeKind.NUMBER, unit="mm")
    attributes = {"finish": {"v": "zinc"}, "length": {"v": 40, "unit": "mm"}}
    index_now(make_product(make_vendor(), category=category, sku="QZ-1", title="Anchor", attributes=attributes))

    assert why(client, "/search?q=zinc+anchor", "QZ-1") == ["In the title: anchor", "Attribute Finish: ZINC"]
    assert why(client, "/search?q=anchor+40+mm", "QZ-1") == ["In the title: anchor", "Attribute Length: 40\xa0mm"]


def test_a_size_within_a_range_is_named_with_both_its_ends(client: FlaskClient, index_now: IndexNow) -> None:
    category = make_category(slug="clamps", name="Fixings")
    for end, name in (("min", "Clamps from"), ("max", "Clamps to")):
        make_attribute(category, code=f"clamp_{end}", name=name, kind=AttributeKind.NUMBER, unit="mm")
    attributes = {"clamp_min": {"v": 10, "unit": "mm"}, "clamp_max": {"v": 16, "unit": "mm"}}
    index_now(make_product(make_vendor(), category=category, sku="QZ-1", title="Hose clip", attributes=attributes))

    said = why(client, "/search?q=hose+clip+15+mm", "QZ-1")

    assert said == ["In the title: hose clip", "Attribute Clamps from: 10\xa0mm", "Attribute Clamps to: 16\xa0mm"]


def test_reasons_go_with_a_change_of_names_or_goods(client: FlaskClient, index_now: IndexNow) -> None:
    finish = make_attribute(code="finish", name="Finish", kind=AttributeKind.CHOICE, choices=["zinc", "black"])
    product = make_product(make_vendor(), sku="QZ-1", title="Anchor", attributes={"finish": {"v": "zinc"}})
    index_now(product)
    assert why(client, "/search?q=zinc+anchor", "QZ-1") == ["In the title: anchor", "Attribute Finish: ZINC"]

    finish.name = {"en": "Surface"}
    db.session.flush()
    ask_anew()
    assert why(client, "/search?q=zinc+anchor", "QZ-1") == ["In the title: anchor", "Attribute Surface: ZINC"]

    product.attributes = {"finish": {"v": "black"}}
    db.session.flush()
    assert why(client, "/search?q=zinc+anchor", "QZ-1") == ["In the title: anchor"]


def test_the_tier_of_my_quantity_is_named(client: FlaskClient, index_now: IndexNow) -> None:
    index_now(make_product(make_vendor(), sku="QZ-1", tiers=[(1, 900_000), (1_000, 100_000)]))

    assert "Price tier: from 1,000\xa0pcs" in why(client, "/search?q=bolt&quantity=1500", "QZ-1")
    assert not any("tier" in one for one in why(client, "/search?q=bolt&quantity=10", "QZ-1"))


def test_a_contract_is_shown_to_its_company_alone(client: FlaskClient, index_now: IndexNow) -> None:
    buyer, stranger, vendor = make_company(), make_company(), make_vendor()
    product = make_product(vendor, sku="QZ-1", price_micro=900_000)
    make_price_list(
        vendor, name="Frame 2026", standing=Standing.CONTRACT, companies=[buyer.id], prices={variant_of(product).id: [(1, 123_000)]}
    )
    index_now(product)

    for reader in (None, stranger):
        if reader is not None:
            log_in(client, make_member(reader), reader)
        text = page(client, "/search?q=bolt")
        assert "0.90" in text
        text += page(client, address_of(text, "QZ-1"))
        assert not any(secret in text for secret in ("0.123", "Frame 2026", "your price", "Contract"))
    log_in(client, make_member(buyer), buyer)
    text = page(client, "/search?q=bolt")

    assert "0.123" in text
    assert "your price" in text
    assert why(client, "/search?q=bolt", "QZ-1")[-1] == "Contract price: Frame 2026"


@pytest.mark.parametrize("address", ["/search", "/search?q=-rivet", "/search?q=rivet+-rivet"])
def test_without_words_there_is_nothing_to_explain(client: FlaskClient, index_now: IndexNow, address: str) -> None:
    index_now(make_product(make_vendor(), sku="QZ-1"), make_product(make_vendor(), sku="RV-1", title="Blind rivet"))

    text = page(client, address)

    assert "QZ-1" in skus(text)
    assert "Why this result" not in text


def test_what_the_platform_put_first_has_no_other_reason_where_it_has_none_of_the_words(client: FlaskClient, index_now: IndexNow) -> None:
    chosen = make_product(make_vendor(), category=make_category(name="Sundries"), sku="QZ-1", title="Blind rivet")
    index_now(chosen, make_product(make_vendor(), sku="QZ-2", title="Hex bolt"))
    services.set_pin(None, PinWish("hex bolt", (variant_of(chosen).id,), True), seen="", actor=Actor(name="Rosa Okafor", is_staff=True))

    assert why(client, "/search?q=hex+bolt", "QZ-1") == ["Chosen by Millgate"]
    assert why(client, "/search?q=hex+bolt", "QZ-2") == ["In the title: hex bolt"]


def test_what_the_platform_put_first_says_so_beside_the_words_that_it_has(client: FlaskClient, index_now: IndexNow) -> None:
    chosen = make_product(make_vendor(), sku="QZ-1", title="Hex bolt")
    index_now(chosen, make_product(make_vendor(), sku="QZ-2", title="Hex bolt"))
    services.set_pin(None, PinWish("hex bolt", (variant_of(chosen).id,), True), seen="", actor=Actor(name="Rosa Okafor", is_staff=True))

    assert why(client, "/search?q=hex+bolt", "QZ-1") == ["Chosen by Millgate", "In the title: hex bolt"]
    assert why(client, "/search?q=hex+bolt", "QZ-2") == ["In the title: hex bolt"]


def test_the_page_is_of_the_search_that_led_there(client: FlaskClient, index_now: IndexNow) -> None:
    """Its words as they were typed, whether they may be corrected, my quantity; and it says nothing in my name."""
    index_now(make_product(make_vendor(), sku="QZ-1", title="Gasket of gaskte", tiers=[(1, 900_000), (500, 100_000)]))

    offered = address_of(page(client, "/search?q=gaskte+-rivet&exact=1&quantity=700"), "QZ-1")
    text = page(client, offered)

    assert reasons_in(text) == ["In the title: gaskte", "Price tier: from 500\xa0pcs"]
    assert 'href="/search?q=gaskte+-rivet&amp;exact=1&amp;quantity=700"' in text
    assert 'content="noindex"' in text
    with client.session_transaction() as session:
        assert "ship_to" not in session


def test_a_hit_within_a_category_says_why_where_words_were_asked_for(client: FlaskClient, index_now: IndexNow) -> None:
    index_now(make_product(make_vendor(), category=make_category(slug="fixings", name="Fixings"), sku="QZ-1", title="Anchor, zinc"))

    assert why(client, "/categories/fixings?q=anchor", "QZ-1") == ["In the title: anchor"]
    assert "Why this result" not in page(client, "/categories/fixings")


@pytest.mark.parametrize(
    "asked", ["q=bolt", "q=bolt&variant=", "q=bolt&variant=1", "q=&variant={seen}", "variant={seen}", "q=bolt&variant={hidden}"]
)
def test_what_cannot_be_explained_is_not_found(client: FlaskClient, index_now: IndexNow, asked: str) -> None:
    seen = make_product(make_vendor(), sku="QZ-1")
    hidden = make_product(make_vendor(), sku="QZ-2", state=ProductState.PAUSED)
    index_now(seen)

    answer = client.get("/search/why?" + asked.format(seen=variant_of(seen).id, hidden=variant_of(hidden).id))

    assert answer.status_code == 404


def test_without_the_index_the_page_says_so(app: Flask, client: FlaskClient, index_now: IndexNow, tmp_path: Path) -> None:
    product = make_product(make_vendor(), sku="QZ-1")
    index_now(product)
    address = address_of(page(client, "/search?q=bolt"), "QZ-1")
    app.extensions[EXTENSION] = TantivyEngine(tmp_path / "nothing")

    assert "Search does not answer at the moment" in page(client, address)


@pytest.mark.parametrize("many", [2, 20])
def test_a_page_with_reasons_and_own_prices_has_a_budget(client: FlaskClient, index_now: IndexNow, many: int) -> None:
    buyer = make_company()
    category = make_category(slug="bolts", name="Fixings")
    make_attribute(category, code="finish", name="Finish")
    vendors = [make_vendor() for _ in range(many)]
    products = [
        make_product(vendor, category=category, title="Anchor", sku=f"A-{n}", attributes={"finish": {"v": "zinc"}})
        for n, vendor in enumerate(vendors)
    ]
    for vendor, product in zip(vendors, products, strict=True):
        make_price_list(vendor, companies=[buyer.id], prices={variant_of(product).id: [(1, 123_000)]})
    index_now(*products)
    forget_ranking()
    log_in(client, make_member(buyer), buyer)
    page(client, "/search?q=zinc+anchor")

    with count_queries() as statements:
        text = page(client, "/search?q=zinc+anchor")

    assert text.count("your price") == many
    assert len(statements) <= 20, "\n".join(statements)


def test_a_title_that_speaks_of_other_variants_is_no_reason_for_them(client: FlaskClient, index_now: IndexNow) -> None:
    category = make_category(slug="vests", name="Safety wear")
    make_attribute(category, code="size", name="Size", kind=AttributeKind.CHOICE, choices=["m", "l", "2xl"])
    make_attribute(category, code="length", name="Length", kind=AttributeKind.NUMBER, unit="mm")
    vest = make_product(make_vendor(), category=category, title="Vest sizes m, l and 2xl, 600 mm or 700 mm", with_variant=False)
    for size, length in (("m", 600), ("l", 600), ("2xl", 700)):
        own = {"size": {"v": size, "unit": None}, "length": {"v": length, "unit": "mm"}}
        make_variant(vest, sku=f"QZ-{size.upper()}", label=f"Vest no. {length}", attributes=own)
    index_now(vest)

    some = "/search?q=vest+2xl"

    assert why(client, some, "QZ-2XL") == ["In the title: vest, 2xl"]
    assert why(client, some, "QZ-M") == ["In the title: vest"]
    assert why(client, "/search?q=vest+2xl+700+mm", "QZ-2XL") == ["In the title: vest, 2xl, 700 mm"]
    assert why(client, "/search?q=vest+m", "QZ-M") == ["In the title: vest, m"]
