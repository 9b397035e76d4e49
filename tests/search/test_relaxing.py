"""Where little or nothing is found: words left out are said, filters in the way are named with their counts, the way back is strict."""

import html
import re
from urllib.parse import quote
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from search import plan, relaxing
from search.engines.oracle import OracleEngine
from search.query import AllOf, OneOf, Plan
from search.schemas import SearchInput
from tests.factories.accounts import log_in, make_company, make_member
from tests.factories.catalogue import make_category, make_product
from tests.factories.vendors import make_vendor
from tests.search.reading import IndexNow, page, skus
from tests.search.subjects import Subject


def ways(text: str) -> dict[str, tuple[str, int]]:
    """Label → (address, count) of the links that find more."""
    found = re.findall(r'<li><a href="([^"]+)">([^<]+)</a> <span class="muted">([\d,]+) product', text)
    return {html.unescape(label): (html.unescape(url), int(n.replace(",", ""))) for url, label, n in found}


def test_a_word_that_no_product_has_is_named(client: FlaskClient, index_now: IndexNow) -> None:
    index_now(make_product(make_vendor(), sku="QZ-1"))

    text = html.unescape(page(client, "/search?q=hex+bolt+xylophonic&exact=1"))

    assert skus(text) == ["QZ-1"]
    assert "No product has every word" in text
    assert "No product here has “xylophonic”." in text
    assert "Lacks: xylophonic" in text
    assert ways(text)["hex bolt"] == ("?q=hex+bolt&every=1", 1)


def test_each_hit_says_which_of_the_words_it_lacks(client: FlaskClient, index_now: IndexNow) -> None:
    vendor = make_vendor()
    index_now(
        make_product(vendor, title="Brass hinge", sku="HINGE-1"),
        make_product(vendor, title="Steel hinge", sku="HINGE-2"),
        make_product(vendor, title="Brass knob", sku="KNOB-1"),
    )

    text = html.unescape(page(client, "/search?q=brass+hinge"))
    lacks = dict(re.findall(r'<span class="nowrap">([^<]+)</span></p>\s*<p class="small muted">Lacks: ([^<]+)</p>', text))

    assert "Only 1 product has every word" in text
    assert lacks == {"HINGE-2": "brass", "KNOB-1": "hinge"}
    assert skus(text)[0] == "HINGE-1"
    assert skus(page(client, "/search?q=brass+hinge&every=1")) == ["HINGE-1"]


def test_a_page_without_the_goods_that_have_every_word_says_so_of_itself_alone(client: FlaskClient, index_now: IndexNow) -> None:
    vendor = make_vendor()
    knobs = [make_product(vendor, title="Brass knob", sku=f"KNOB-{number}") for number in range(plan.PAGE)]
    index_now(make_product(vendor, title="Brass hinge", sku="HINGE-1"), *knobs)

    text = html.unescape(page(client, "/search?q=brass+hinge&page=2"))

    assert "Only 1 product has every word" in text
    assert "No product on this page has “hinge”." in text
    assert "Left out" not in text


def test_the_strict_search_finds_nothing_and_offers_less(client: FlaskClient, index_now: IndexNow) -> None:
    vendor = make_vendor()
    index_now(make_product(vendor, title="Brass hinge", sku="HINGE-1"), make_product(vendor, title="Copper pipe", sku="PIPE-1"))

    text = html.unescape(page(client, "/search?q=copper+hinge&every=1"))

    assert skus(text) == []
    assert "Nothing found" in text
    assert "Some of the words are enough" in text
    label, (url, n) = next(iter(ways(text).items()))
    assert (label, n) == ("hinge", 1)
    assert len(skus(page(client, f"/search{url}"))) == n


def test_filters_in_the_way_are_named_with_what_each_would_give(client: FlaskClient, index_now: IndexNow) -> None:
    vendor = make_vendor(country="SE")
    index_now(*(make_product(vendor, title="Brass hinge", sku=f"HINGE-{n}", brand="Blum") for n in range(3)))

    text = html.unescape(page(client, "/search?q=brass+hinge&country=DE&maker=Blum"))
    found = ways(text)

    assert skus(text) == []
    assert "none passes every filter" in text
    assert found["Without “Germany”"][1] == 3
    assert found["Without “Blum”"][1] == 0
    assert found["Without any filter"][1] == 3
    assert len(skus(page(client, f"/search{found['Without “Germany”'][0]}"))) == 3


def test_a_list_that_only_a_filter_relaxed_names_the_filter(client: FlaskClient, index_now: IndexNow) -> None:
    swede, german = make_vendor(country="SE"), make_vendor(country="DE")
    index_now(make_product(swede, title="Brass hinge", sku="HINGE-1"), make_product(german, title="Steel hinge", sku="HINGE-2"))

    text = html.unescape(page(client, "/search?q=brass+hinge&country=DE"))
    url, n = ways(text)["Without “Sweden”" if "Without “Sweden”" in ways(text) else "Without “Germany”"]

    assert skus(text) == ["HINGE-2"]
    assert n == 1
    assert skus(page(client, f"/search{url}")) == ["HINGE-1"]


def test_where_no_word_is_known_the_nearest_category_is_shown(client: FlaskClient, index_now: IndexNow) -> None:
    hinges = make_category(name="Cabinet hinges", slug="cabinet-hinges")
    make_category(name="Paper", slug="paper")
    index_now(make_product(make_vendor(), category=hinges, title="Brass flap", sku="FLAP-1"))

    text = html.unescape(page(client, "/search?q=Hingesystemz&exact=1"))

    assert "No product here has “Hingesystemz”" in text
    assert "From the nearest category, Cabinet hinges" in text
    assert "None of these has your words." in text
    assert skus(text) == ["FLAP-1"]


def test_of_a_branch_no_goods_are_shown_but_those_of_a_leaf_behind_it(client: FlaskClient, index_now: IndexNow) -> None:
    office = make_category(name="Office", slug="office", is_leaf=False)
    adapters = make_category(parent=office, name="Adapters", slug="adapters")
    index_now(make_product(make_vendor(), category=adapters, title="Serial card", sku="CARD-1"))

    branch = html.unescape(page(client, "/search?q=officechair&exact=1"))
    supplies = make_category(name="Office supplies", slug="office-supplies")
    index_now(make_product(make_vendor(), category=supplies, title="Lever arch file", sku="FILE-1"))
    leaf = html.unescape(page(client, "/search?q=officechair&exact=1"))

    assert 'Nearest categories: <a href="/categories/office">Office</a></p>' in branch
    assert skus(branch) == []
    assert "From the nearest category" not in branch
    assert "From the nearest category, Office supplies" in leaf
    assert skus(leaf) == ["FILE-1"]


@pytest.mark.parametrize(
    ("text", "found"), [("hingez", ["hinges"]), ("hinge", ["hinges"]), ("合页", ["hinges"]), ("hard", []), ("card", ["cards"]), ("qq", [])]
)
def test_names_are_near_that_begin_alike_or_hold_the_word(text: str, found: list[str]) -> None:
    names = [("Cabinet hinges", "hinges"), ("柜用合页", "hinges"), ("Memory cards", "cards")]

    assert relaxing.nearest(names, text, 3) == found


@pytest.mark.parametrize("words", ["safety shoes", "pressure gauge"])
def test_goods_of_the_size_alone_are_no_answer_where_nothing_is_called_so(client: FlaskClient, index_now: IndexNow, words: str) -> None:
    vendor = make_vendor()
    index_now(make_product(vendor, title="Pressure hose 10 bar", sku="HOSE-1"), make_product(vendor, title="Wire gauge 1 mm", sku="WIRE-1"))

    text = html.unescape(page(client, f"/search?q={quote(words)}+10+bar"))

    assert f"No product here has “{words}”" in text
    assert skus(text) == []
    assert ways(text)["10 bar"][1] == 1


def test_nothing_that_the_reader_may_not_see_is_offered(client: FlaskClient, index_now: IndexNow) -> None:
    hinges = make_category(name="Cabinet hinges", slug="cabinet-hinges-2")
    index_now(make_product(make_vendor(), category=hinges, title="Brass hinge", sku="SECRET-1", visibility=[f"company:{uuid4()}"]))

    for address in (
        "/search?q=Hingesystemz&exact=1",
        "/search?q=brass+hinge",
        "/search?q=brass+hinge&every=1",
        "/search?q=brass+xylophonic",
    ):
        text = page(client, address)
        assert "SECRET-1" not in text
        assert ways(text) == {}


@pytest.mark.parametrize("typed", ["???!!!", "(((", "🔩"])
def test_what_is_no_word_at_all_is_said_to_be_unknown(client: FlaskClient, index_now: IndexNow, typed: str) -> None:
    index_now(make_product(make_vendor()))

    text = html.unescape(page(client, f"/search?q={quote(typed)}"))

    assert f"No product here has “{typed}”." in text


def test_an_empty_list_leads_to_a_request_of_factories(client: FlaskClient, index_now: IndexNow) -> None:
    index_now(make_product(make_vendor()))

    text = html.unescape(page(client, "/search?q=xylophonic+membrane&exact=1&quantity=500"))

    assert 'href="/wishes/new?words=xylophonic+membrane&quantity=500"' in text


@pytest.mark.parametrize(("role", "may_ask"), [("buyer", True), ("requester", True), ("viewer", False), ("vendor_owner", False)])
def test_whoever_may_not_ask_factories_is_not_led_to_it(client: FlaskClient, index_now: IndexNow, role: str, may_ask: bool) -> None:
    index_now(make_product(make_vendor()))
    company = make_company()
    log_in(client, make_member(company, [role]), company)

    for address in ("/search?q=xylophonic+membrane&exact=1", "/search?q=hex+bolt+xylophonic&exact=1"):
        assert ("/wishes/new" in page(client, address)) is may_ask
    assert client.get("/wishes/new").status_code == (200 if may_ask else 403)


def test_beside_a_part_number_each_hit_says_what_it_lacks(client: FlaskClient, index_now: IndexNow) -> None:
    vendor = make_vendor()
    index_now(make_product(vendor, title="Coin cell", sku="CR2032"), make_product(vendor, title="Brass hinge", sku="HINGE-1"))

    text = html.unescape(page(client, "/search?q=CR2032+hinge"))

    assert "No product has every word" in text
    assert "Lacks: hinge" in text
    assert "Lacks: cr2032" in text


def test_a_rare_word_is_searched_for_and_the_common_one_offered(client: FlaskClient, index_now: IndexNow) -> None:
    vendor = make_vendor()
    index_now(
        make_product(vendor, title="Etherner hub", sku="HUB-1"),
        *(make_product(vendor, title="Ethernet cable", sku=f"CABLE-{n}") for n in range(50)),
    )

    for address in ("/search", "/search/table"):
        text = html.unescape(page(client, f"{address}?q=etherner+-blue+20+pcs"))
        assert "HUB-1" in text
        assert 'Did you mean: <a href="?q=ethernet+-blue&quantity=20">ethernet</a> <span class="muted">50 products' in text
        assert "Did you mean" not in page(client, f"{address}?q=etherner&exact=1")


@pytest.mark.parametrize(
    ("text", "first"),
    [("hex bolt xylophonic", ("hex bolt", ("xylophonic",))), ("六角螺栓 xylophonic", ("六角 螺栓", ("xylophonic",)))],
)
def test_the_ladder_leaves_out_what_is_unknown_first_and_keeps_the_noun(
    oracle: OracleEngine, text: str, first: tuple[str, tuple[str, ...]]
) -> None:
    parts = relaxing.parts_of(text, oracle.vocabulary(), correct=False)
    steps = relaxing.shorter(parts)

    assert steps[0] == first
    head = next(part.text for part in parts if part.is_head)
    assert all(head in step for step, _ in steps)


def test_which_words_a_document_has_is_the_same_on_every_engine(full: Subject, oracle: OracleEngine) -> None:
    """The question behind “Lacks”: one word and some ids."""
    listed = oracle.find(Plan(clause=relaxing.parts_of("bolt", oracle.vocabulary())[0].clause, visibility=frozenset(["all"]), limit=40))
    ids = frozenset(hit.variant_id for hit in listed.hits)
    for part in relaxing.parts_of("steel hex bolt", full.vocabulary()):
        asked = Plan(clause=AllOf((part.clause, OneOf(ids))), visibility=frozenset(["all"]), limit=len(ids))
        wanted = Plan(clause=AllOf((_same(part.text, oracle), OneOf(ids))), visibility=frozenset(["all"]), limit=len(ids))
        assert {hit.variant_id for hit in full.find(asked).hits} == {hit.variant_id for hit in oracle.find(wanted).hits}


def _same(text: str, oracle: OracleEngine) -> relaxing.Clause:
    return relaxing.parts_of(text, oracle.vocabulary())[0].clause


def test_an_address_asks_for_every_word_only_when_it_says_so() -> None:
    assert SearchInput(every="1").every  # type: ignore[arg-type]
    assert not SearchInput(every="yes").every  # type: ignore[arg-type]


def test_what_the_words_say_without_can_be_left_out(client: FlaskClient, index_now: IndexNow) -> None:
    vendor = make_vendor()
    index_now(*[make_product(vendor, title=f"{metal} hinge", sku=f"IN-{metal}") for metal in ("Brass", "Steel", "Zinc")])

    text = html.unescape(page(client, "/search?q=hinge+without+steel"))
    offered = re.findall(r'write a minus: <a href="([^"]*)">([^<]*)</a> <span class="muted">([^<]*)<', text)

    assert offered == [("?q=hinge+-steel", "hinge -steel", "2 products")]
    assert set(skus(page(client, "/search?q=hinge+-steel"))) == {"IN-Brass", "IN-Zinc"}
    assert "write a minus" not in page(client, "/search?q=hinge+without+copper"), "nothing would be left out"
    assert "write a minus" not in page(client, "/search?q=hinge+without+hinge"), "nothing would be left"
