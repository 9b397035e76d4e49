"""Learning from searches: what is kept of one, what follows from it, who is never noticed, and when it is forgotten."""

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from unittest.mock import Mock

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from structlog.testing import capture_logs

from marketplace.accounts.permissions import Role
from marketplace.catalogue.models import Product, Variant
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.ids import new_id
from marketplace.orders.models import OrderLine
from search.learning import services, trails
from search.learning.models import SearchAct, SearchActKind, SearchRecord
from search.learning.trails import Answered, Followed, company_mark
from search.views import parametric, trail
from tests.conftest import count_queries
from tests.factories.accounts import log_in, make_company, make_member, make_operator
from tests.factories.catalogue import make_category, make_product, make_variant
from tests.factories.orders import make_order
from tests.factories.vendors import make_vendor
from tests.search.reading import IndexNow, variant_of

BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0"}
SECRET = "a secret of the test-suite, long enough"


@pytest.fixture(autouse=True)
def _empty(app: Flask) -> Iterator[None]:
    trail.notes.take()
    yield
    trail.notes.take()


@pytest.fixture
def bolts(index_now: IndexNow) -> list[Product]:
    """Three bolts of three vendors, found by their name."""
    category = make_category(name="Sundries", slug="sundries")
    made = [make_product(make_vendor(), title=f"Hex bolt M{n}", sku=f"HB-{n}", category=category) for n in (6, 8, 10)]
    index_now(*made)
    return made


def ask(client: FlaskClient, address: str, **headers: str) -> str:
    answer = client.get(address, headers=BROWSER | headers)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def links(text: str) -> list[str]:
    """Addresses of the hits, of a list or of a table, as a reader follows them."""
    found = re.findall(r'<h3><a href="([^"]+)"|<th scope="row" class="stick"><label .*?</label><a href="([^"]+)"', text)
    return [max(pair).replace("&amp;", "&") for pair in found]


def kept(app: Flask) -> list[SearchRecord]:
    trail.write_notes(app)
    db.session.expire_all()
    return db.session.query(SearchRecord).order_by(SearchRecord.asked_at, SearchRecord.id).all()


def acts(app: Flask) -> list[tuple[int, str]]:
    kept(app)
    return [(act.position, act.kind.value) for act in db.session.query(SearchAct).order_by(SearchAct.kind, SearchAct.position)]


def answered(**changes: object) -> Answered:
    facts: dict[str, object] = {
        "id": new_id(), "asked_at": clock.now(), "key": "hex bolt", "words": "hex bolt", "category": "", "filters": {}, "sort": "relevance",
        "page": 1, "found": 1, "took_ms": 12, "correction": "", "is_relaxed": False, "language": "en", "company_mark": "",
        "first_position": 1, "variants": [], "versions": [], "vendors": [], "matches": {},
    }  # fmt: skip
    return Answered(**(facts | changes))  # type: ignore[arg-type]


def test_a_search_is_kept_as_it_was_answered(app: Flask, client: FlaskClient, bolts: list[Product]) -> None:
    text = ask(client, "/search?q=Hex+Bolts&stock=1")

    (record,) = kept(app)
    assert (record.words, record.key, record.found, record.page, record.sort) == ("Hex Bolts", "hex bolt", 3, 1, "relevance")
    assert record.filters == {"stock": True}
    assert record.company_mark == ""
    assert record.first_position == 1
    assert set(record.variants) == {variant_of(product).id for product in bolts}
    assert len(record.vendors) == len(record.versions) == len(links(text)) == 3
    assert all(version > 0 for version in record.versions)
    assert record.matches == {str(product.vendor_id): 1 for product in bolts}
    assert 0 <= record.took_ms < 60_000


def test_matches_of_every_vendor_that_is_shown_are_kept(
    app: Flask, client: FlaskClient, bolts: list[Product], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trails, "VENDORS_KEPT", 1)
    ask(client, "/search?q=hex+bolt")

    assert kept(app)[0].matches == {str(product.vendor_id): 1 for product in bolts}


def test_searches_that_differ_in_their_count_are_one_query(app: Flask, client: FlaskClient, bolts: list[Product]) -> None:
    for asked in ("hex+bolt", "hex+bolt+1000+pcs", "Hex+bolts,+500+pcs"):
        ask(client, f"/search?q={asked}")
    ask(client, "/search?q=hex+bolt+1000+pcs&exact=1")
    records = kept(app)
    company, person = make_operator((Role.PLATFORM_ADMIN,))
    log_in(client, person, company)
    report = html.unescape(ask(client, "/desk/search"))

    assert [record.key for record in records] == ["hex bolt"] * 3 + ["hex bolt 1000 pcs"]
    assert [(record.words, record.filters) for record in records[:3]] == [
        ("hex bolt", {}),
        ("hex bolt", {"count": "1000 pcs"}),
        ("Hex bolts", {"count": "500 pcs"}),
    ]
    assert re.search(r"<th scope=\"row\"[^>]*><a [^>]*>[Hh]ex bolts?</a></th><td class=\"num\" data-label=\"Searches\">3</td>", report)
    assert "Quantity: 1000 pcs" in html.unescape(ask(client, f"/desk/search/searches/{records[1].id}"))


def test_a_page_writes_nothing_while_it_is_made(client: FlaskClient, bolts: list[Product]) -> None:
    with count_queries() as statements:
        text = ask(client, "/search?q=hex+bolt")
        ask(client, links(text)[0])

    assert not [one for one in statements if "searches" in one or "search_acts" in one]


def test_a_correction_and_nothing_found_are_kept(app: Flask, client: FlaskClient, bolts: list[Product]) -> None:
    ask(client, "/search?q=hex+bollt")
    ask(client, "/search?q=zzzzqqqq")

    corrected, nothing = kept(app)
    assert corrected.correction == "hex bolt"
    assert (nothing.found, nothing.variants) == (0, [])


@pytest.mark.parametrize("view", ["/search", "/search/table"])
def test_clicks_comparisons_and_carts_follow_from_a_place_and_count_once(
    app: Flask, client: FlaskClient, bolts: list[Product], view: str
) -> None:
    company = make_company()
    log_in(client, make_member(company), company)
    text = ask(client, f"{view}?q=hex+bolt")
    second = links(text)[1]
    (record,) = kept(app)

    for _ in range(2):
        ask(client, second)
    token = re.search(r'name="from" value="([^"]+)"', text)
    assert token
    ask(client, f"/compare?variant={record.variants[0]}&variant={record.variants[2]}&from={token.group(1)}")
    body = {"variant_id": str(record.variants[1]), "quantity": "10"}
    added = client.post("/cart/lines", data=body, headers=BROWSER | {"Referer": f"http://localhost{second}&quantity=10"})

    assert added.status_code == 303
    assert acts(app) == [(2, "cart"), (2, "click"), (1, "compare"), (3, "compare")]


def test_a_sample_that_is_put_into_the_cart_is_a_cart(app: Flask, client: FlaskClient, bolts: list[Product]) -> None:
    company = make_company()
    log_in(client, make_member(company), company)
    variant = variant_of(bolts[0])
    variant.sample = {"price_micro": 12_500_000, "credited": True}
    db.session.flush()
    first = links(ask(client, "/search?q=hex+bolt+M6"))[0]

    body = {"variant_id": str(variant.id)}
    added = client.post("/cart/samples", data=body, headers=BROWSER | {"Referer": f"http://localhost{first}"})

    assert added.status_code == 303
    assert acts(app) == [(1, "cart")]


def clicked_elsewhere(client: FlaskClient) -> list[Answered]:
    """A hit is opened whose search another process has noticed; returns what that one has still to write."""
    first = links(ask(client, "/search?q=hex+bolt"))[0]
    of_another, _ = trail.notes.take()
    ask(client, first)
    return of_another


def test_a_click_waits_for_the_search_that_another_process_has_not_written(
    app: Flask, client: FlaskClient, bolts: list[Product], monkeypatch: pytest.MonkeyPatch
) -> None:
    of_another = clicked_elsewhere(client)

    timer = Mock()
    monkeypatch.setattr(trail, "Timer", timer)
    monkeypatch.setitem(app.config, "TESTING", False)
    assert acts(app) == []
    assert timer.call_count == 1
    services.add_searches(of_another)

    assert acts(app) == [(1, "click")]
    assert timer.call_count == 1


def test_the_end_of_a_process_waits_for_searches_of_others(
    app: Flask, client: FlaskClient, bolts: list[Product], monkeypatch: pytest.MonkeyPatch
) -> None:
    of_another = clicked_elsewhere(client)
    monkeypatch.setattr(trail, "sleep", lambda _: services.add_searches(of_another))

    trail.write_last_notes(app)

    assert acts(app) == [(1, "click")]


def test_a_click_whose_search_is_never_written_is_left_out_and_said(app: Flask, client: FlaskClient, bolts: list[Product]) -> None:
    addresses = links(ask(client, "/search?q=hex+bolt"))
    trail.notes.take()
    for address in addresses[:2]:
        ask(client, address)

    with clock.at(clock.now() + trail.SEARCH_WITHIN), capture_logs() as said:
        trail.write_last_notes(app)

    assert [(one["event"], one["acts"]) for one in said if "acts" in one] == [("acts_without_search", 2)]
    assert trail.notes.take() == ([], [])


def test_a_table_is_kept_as_it_was_shown(app: Flask, client: FlaskClient, bolts: list[Product], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parametric, "SIZE", 2)
    skus = {variant_of(product).id: variant_of(product).sku for product in bolts}
    table = "/categories/sundries/table?q=hex+bolt+5+pcs"

    for address in ("&sort=-vendor", "&sort=-vendor&page=9", "&sort=price", "&sort=landed", ""):
        links(ask(client, f"{table}{address}"))
    ask(client, f"{table.replace('?', '.csv?')}")
    records = kept(app)

    assert [(one.sort, one.page, one.first_position, len(one.variants)) for one in records] == [
        ("-vendor", 1, 1, 2), ("-vendor", 2, 3, 1), ("price", 1, 1, 2), ("landed", 1, 1, 2), ("relevance", 1, 1, 2),
    ]  # fmt: skip
    assert {(one.category, one.key, one.found) for one in records} == {("sundries", "hex bolt", 3)}
    assert {*records[0].variants, *records[1].variants} == set(skus)
    assert all(len(one.vendors) == len(one.versions) == len(one.variants) and min(one.versions) > 0 for one in records)
    assert records[0].matches == {str(product.vendor_id): 1 for product in bolts}


def test_a_click_on_the_second_page_counts_for_the_query(
    app: Flask, client: FlaskClient, bolts: list[Product], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parametric, "SIZE", 2)
    for page in (1, 2):
        found = links(ask(client, f"/search/table?q=hex+bolt&page={page}"))
    ask(client, found[0])
    kept(app)
    company, person = make_operator((Role.PLATFORM_ADMIN,))
    log_in(client, person, company)

    assert ask(client, "/desk/search/reports/queries.csv").splitlines()[1:] == ["hex bolt,1,3,1.0,0,0"]
    assert ask(client, "/desk/search/reports/positions.csv").splitlines()[1:] == ["1,1,0,0.0", "2,1,0,0.0", "3,1,1,1.0"]


def test_clicks_by_position_count_lists_and_tables_alike(app: Flask, client: FlaskClient, bolts: list[Product]) -> None:
    for view in ("/search", "/search/table", "/search/table"):
        text = ask(client, f"{view}?q=hex+bolt")
        kept(app)
    ask(client, links(text)[1])
    kept(app)
    company, person = make_operator((Role.PLATFORM_ADMIN,))
    log_in(client, person, company)

    sheet = ask(client, "/desk/search/reports/positions.csv").splitlines()[1:]

    assert sheet == ["1,3,0,0.0", "2,3,1,0.3333", "3,3,0,0.0"]


def test_the_quantity_form_of_the_product_page_keeps_the_trail(client: FlaskClient, bolts: list[Product]) -> None:
    first = links(ask(client, "/search?q=hex+bolt"))[0]

    assert first.partition("from=")[2] in ask(client, first)


def test_another_size_of_the_same_product_keeps_the_trail(app: Flask, client: FlaskClient, bolts: list[Product]) -> None:
    company = make_company()
    log_in(client, make_member(company), company)
    thicker = make_variant(bolts[1], sku="HB-8-50", label="M8 × 50")
    text = ask(client, links(ask(client, "/search?q=hex+bolt+m8"))[0])

    (onward,) = re.findall(r'<a href="([^"]+)">M8 × 50</a>', text)
    other = ask(client, html.unescape(onward))
    back = re.search(r'name="next" value="([^"]+)"', other)
    assert back
    body = {"variant_id": str(thicker.id), "quantity": "10", "next": html.unescape(back[1])}
    added = client.post("/cart/lines", data=body, headers=BROWSER | {"Referer": f"http://localhost{html.unescape(onward)}"})

    assert acts(app) == [(1, "cart"), (1, "click")]
    assert re.search(r'<a href="[^"]+&amp;from=[^"]+">', ask(client, added.location))


def test_each_size_of_one_hit_that_is_put_into_the_cart_is_kept_and_can_be_ordered(
    app: Flask, client: FlaskClient, bolts: list[Product]
) -> None:
    _, order = make_order()
    ordered = db.session.scalars(select(OrderLine.variant_id).where(OrderLine.vendor_order_id == order.id)).all()[0]
    shown = make_variant(db.session.query(Product).join(Variant).filter(Variant.id == ordered).one(), sku="ANOTHER", label="another")
    mark, before = company_mark(order.buyer_id, SECRET), order.placed_at - timedelta(hours=2)
    one = answered(asked_at=before, company_mark=mark, variants=[shown.id], vendors=[order.vendor_id], versions=[1])
    services.add_searches([one])
    carts = [Followed(one.id, SearchActKind.CART, before, 1, variant_id=variant_id) for variant_id in (shown.id, ordered, ordered)]
    for _ in range(2):
        services.add_acts(carts)

    assert services.attribute_orders(SECRET) == 1
    kept_acts = {(act.kind.value, act.variant_id) for act in db.session.query(SearchAct)}
    assert kept_acts == {("cart", shown.id), ("cart", ordered), ("order", ordered)}


def test_a_product_that_no_search_led_to_has_no_trail(client: FlaskClient, bolts: list[Product]) -> None:
    make_variant(bolts[1], sku="HB-8-50", label="M8 × 50")

    assert not re.findall(r'href="[^"]*from=|name="from"', ask(client, f"/products/{bolts[1].slug}"))


def test_a_place_counts_only_for_the_product_that_stood_there_and_within_a_day(
    app: Flask, client: FlaskClient, bolts: list[Product]
) -> None:
    first, second, _ = links(ask(client, "/search?q=hex+bolt"))
    kept(app)
    token = second.partition("from=")[2]

    ask(client, first.partition("&from=")[0] + "&from=" + token)
    ask(client, first + "9")
    ask(client, first.partition("&from=")[0] + "&from=nonsense.1")
    assert acts(app) == []
    with clock.at(clock.now() + timedelta(hours=25)):
        ask(client, first)
    assert acts(app) == []
    ask(client, first)
    assert acts(app) == [(1, "click")]


@pytest.mark.parametrize(
    "headers",
    [{"DNT": "1"}, {"Sec-GPC": "1"}, {"Sec-Purpose": "prefetch"}, {"User-Agent": "Googlebot/2.1"}, {"User-Agent": "curl/8.5"}],
)
def test_who_asks_not_to_be_tracked_and_programs_are_not_noticed(
    app: Flask, client: FlaskClient, bolts: list[Product], headers: dict[str, str]
) -> None:
    for view in ("/search", "/search/table"):
        text = ask(client, f"{view}?q=hex+bolt", **headers)
        assert links(text)
        assert "&from=" not in text
        assert 'name="from"' not in text
    assert kept(app) == []

    noticed = links(ask(client, "/search?q=hex+bolt"))[0]
    kept(app)
    ask(client, noticed, **headers)
    assert acts(app) == []


def test_staff_are_not_noticed(app: Flask, client: FlaskClient, bolts: list[Product]) -> None:
    company, person = make_operator((Role.PLATFORM_SUPPORT,))
    log_in(client, person, company)

    ask(client, "/search?q=hex+bolt")

    assert kept(app) == []


def test_nothing_that_names_a_reader_is_kept(app: Flask, client: FlaskClient, bolts: list[Product]) -> None:
    company = make_company(name="Halden Rail Systems AB")
    person = make_member(company)
    log_in(client, person, company)

    ask(client, "/search?q=bolts+for+kari@halden.example", **{"X-Forwarded-For": "192.0.2.7"})

    (record,) = kept(app)
    written = repr({name: value for name, value in vars(record).items() if not name.startswith("_")})
    for private in (str(company.id), str(person.id), person.email, company.name, "halden.example", "192.0.2.7", "Firefox"):
        assert private not in written
    assert record.words == "bolts for @"
    assert record.company_mark == company_mark(company.id, SECRET) != company_mark(company.id, "another secret")


def test_addresses_are_cut_out_of_corrections_and_filters_too(app: Flask, client: FlaskClient, bolts: list[Product]) -> None:
    ask(client, "/search?q=hex+bollt+anna.priv@halden.example")
    ask(client, "/search?q=hex&maker=anna.priv@halden.example&a.x=tel+0101234500&a.length.from=anna@halden.example&a.anna@halden.example=1")

    corrected, filtered = kept(app)
    assert (corrected.words, corrected.correction) == ("hex bollt @", "hex bolt @")
    assert "halden" not in repr(filtered.filters)
    assert filtered.filters["maker"] == ["@"]
    assert filtered.filters["attributes"]["x"] == ["tel +"]
