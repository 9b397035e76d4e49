"""The order by landed price: equal to brute force on every engine, sure as far as it says, and honest about what is unknown."""

import csv
import io
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from functools import cache
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.core import i18n
from marketplace.core.audit import SYSTEM
from marketplace.pricing import queries as pricing
from marketplace.pricing import services
from marketplace.pricing.models import Standing
from search import landing
from search import plan as plans
from search.engines.oracle import OracleEngine, price_at
from search.landing import Cost
from search.query import Plan, Sort
from search.views import parametric, results
from tests.conftest import count_queries
from tests.factories.accounts import log_in, make_company, make_member
from tests.factories.catalogue import make_category, make_product
from tests.factories.pricing import make_price_list
from tests.factories.vendors import make_sender, make_vendor
from tests.search.reading import IndexNow, page, skus, variant_of
from tests.search.rows import ROWS, VENDORS
from tests.search.subjects import ENGINES, EVERYBODY, Subject

BUDGET = 27
"""Statements of a page by landed price, however many hits were looked at."""


# Pure: any engine, any costs


class World:
    """Made-up costs: freight and duty on top of the index's price, cheaper goods of some vendors, and parts that nobody knows."""

    def __init__(self, seed: int, quantity: int | None, own: frozenset[UUID]) -> None:
        chance = random.Random(seed)
        self.looked: list[UUID] = []
        self.costs: dict[UUID, Cost] = {}
        for row in ROWS:
            # What is bought in steps is more than was asked for, and may reach a tier that the asked quantity does not.
            bought = None if quantity is None else quantity + chance.choice((0, 0, quantity - 1))
            public, price = (
                None if found is None else Fraction(found, 10**9)
                for found in (price_at(row, landing.looked_by(quantity)), price_at(row, bought))
            )
            share = chance.choice((Fraction(1), Fraction(1, 2))) if row.vendor_id in own else Fraction(1)
            goods = None if price is None else price * share
            on_top = Fraction(chance.choice((0, 0, 500, 20_000, 90_000)), 10**6)
            known = goods is not None and chance.random() < 0.8
            self.costs[row.variant_id] = Cost(public, goods, goods + on_top if known and goods is not None else None)

    def read(self, ids: Sequence[UUID]) -> dict[UUID, Cost]:
        self.looked += ids
        return {variant_id: self.costs[variant_id] for variant_id in ids}

    def brute(self, ids: Sequence[UUID]) -> list[UUID]:
        """Every match by landed price: those without one left out."""
        known = [one for one in ids if self.costs[one].landed is not None]
        return sorted(known, key=lambda one: (self.costs[one].landed, str(one)))


def by_price(subject: Any, text: str, quantity: int | None, **changes: Any) -> Plan:
    wanted = plans.build(
        text, vocabulary=subject.vocabulary(), visibility=EVERYBODY, vendors=VENDORS, sort=Sort.PRICE, quantity=quantity, **changes
    )
    return replace(wanted, strict=None)


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 10**6),
    text=st.sampled_from(["", "bolt", "valve", "nothing at all"]),
    quantity=st.sampled_from([None, 1, 100, 1_000, 60_000]),
    own=st.frozensets(st.sampled_from(VENDORS), max_size=3),
    first=st.integers(1, 40),
    size=st.integers(1, 30),
)
def test_what_is_said_to_be_sure_equals_brute_force_and_pages_have_no_holes(
    engine: str, seed: int, text: str, quantity: int | None, own: frozenset[UUID], first: int, size: int,
    filled: Callable[[str], Subject], oracle: OracleEngine,
) -> None:  # fmt: skip
    subject, world = filled(engine), World(seed, quantity, own)
    every = [hit.variant_id for hit in oracle.find(by_price(oracle, text, quantity, limit=200)).hits]
    expected = world.brute(every)
    find = cache(subject.find)  # each page begins with the same first hits

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(landing, "FIRST", first)
        patch.setattr(landing, "MOST", first + 20)
        pages = [
            landing.find(find, by_price(subject, text, quantity, offset=offset, limit=size), own, world.read)
            for offset in range(0, len(every) + size, size)
        ]

    shown = [hit.variant_id for found in pages for hit in found.hits]
    assert sorted(shown) == sorted(every), "nothing twice, nothing left out"
    for number, found in enumerate(pages):
        sure = [hit.variant_id for hit in found.hits][: max(0, found.final - number * size)]
        place = number * size
        assert sure[: len(expected) - place if place < len(expected) else 0] == expected[place : place + len(sure)]


def test_no_more_is_looked_at_than_the_page_needs(oracle: OracleEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landing, "FIRST", 20)
    monkeypatch.setattr(landing, "MOST", 60)
    world = World(1, None, frozenset())
    for variant_id, cost in world.costs.items():
        world.costs[variant_id] = Cost(cost.public, cost.goods, cost.goods)  # nothing on top of the goods

    found = landing.find(oracle.find, by_price(oracle, "", None, limit=10), frozenset(), world.read)

    assert len(world.looked) == 20
    assert 10 <= found.final <= 20


def test_a_plan_that_does_not_say_whose_goods_may_be_seen_is_refused(oracle: OracleEngine) -> None:
    with pytest.raises(ValueError, match="whose goods"):
        landing.find(oracle.find, replace(by_price(oracle, "", None), vendors=None), frozenset(), lambda _: {})


# Pages


def far_and_near(index_now: IndexNow) -> None:
    """Cheap goods whose freight is dear, dear goods that are sent for nothing, and goods that are not sent to Sweden."""
    far = make_sender(90_000)
    near = make_sender(0)
    silent = make_vendor(with_shipping=False, country="SE")
    index_now(
        make_product(far, sku="FAR", price_micro=100_000),
        make_product(near, sku="NEAR", price_micro=500_000),
        make_product(silent, sku="SILENT", price_micro=50_000),
    )


def landed_of(text: str, sku: str) -> str:
    """What a hit says of its landed price, without markup."""
    row = text[text.index(f">{sku}<") :]
    return re.sub(r"<[^>]+>|\s", " ", row[row.index("<dt>Landed in") : row.index("<dt>Lead time")]).replace(" ", " ")


def test_freight_decides_and_what_is_unknown_stands_last_and_says_why(client: FlaskClient, index_now: IndexNow, rates_known: None) -> None:
    far_and_near(index_now)

    by_goods = page(client, "/search?q=bolt&sort=price&quantity=1000&ship_to=SE")
    text = page(client, "/search?q=bolt&sort=landed&quantity=1000&ship_to=SE")

    assert skus(by_goods) == ["SILENT", "FAR", "NEAR"]
    assert skus(text) == ["NEAR", "FAR", "SILENT"]
    assert "freight" in landed_of(text, "FAR")
    assert "900.00" in landed_of(text, "FAR")
    assert "Unknown" in landed_of(text, "SILENT")
    assert "Landed in" not in by_goods
    assert '<option value="landed" selected>' in text
    assert "not enough" not in text


def test_a_larger_quantity_shares_the_freight(client: FlaskClient, index_now: IndexNow, rates_known: None) -> None:
    far_and_near(index_now)

    assert skus(page(client, "/search?q=bolt&sort=landed&quantity=10000&ship_to=SE")) == ["FAR", "NEAR", "SILENT"]


def test_what_cannot_be_bought_at_the_quantity_has_no_landed_price(client: FlaskClient, index_now: IndexNow, rates_known: None) -> None:
    vendor = make_sender(0)
    index_now(
        make_product(vendor, sku="LARGE", tiers=[(5_000, 10_000)], minimum=5_000), make_product(vendor, sku="SMALL", price_micro=900_000)
    )

    text = page(client, "/search?q=bolt&sort=landed&quantity=10&ship_to=SE")

    assert skus(text) == ["SMALL", "LARGE"]
    assert "Only from 5,000" in landed_of(text, "LARGE").replace(i18n.NBSP, " ")


FIGURE = re.compile(r"([\d.,]+)\s+EUR(?:/| per )")


@pytest.mark.parametrize(
    ("asked", "bought", "figure"),
    [
        (1, "100", "11.3025"),  # the smallest order, and not asked for: compared at it, and no price of one piece
        (250, "300", "3.7916"),  # a step reaches the next tier
        (300, "300", "3.7916"),
        (2_000, "1,000", "1.1666"),  # more than the largest order
    ],
)
def test_list_and_comparison_say_one_landed_price_of_what_would_be_bought(
    client: FlaskClient, index_now: IndexNow, rates_known: None, asked: int, bought: str, figure: str
) -> None:
    tiers, vendor = [(100, 42_000), (300, 33_300)], make_sender(90_000)
    product = make_product(vendor, sku="STEPS", tiers=tiers, minimum=100, increment=100, maximum=1_000)
    index_now(product)

    listed = landed_of(page(client, f"/search?q=bolt&sort=landed&quantity={asked}&ship_to=SE"), "STEPS")
    side = page(client, f"/compare?variant={variant_of(product).id}&quantity={asked}&ship_to=SE")

    row = side[side.index("Landed cost of one") :]
    assert FIGURE.findall(row[: row.index("</tr>")]) == [figure]
    if asked < 100:
        assert "Only from 100" in listed.replace(i18n.NBSP, " ")
    else:
        assert FIGURE.findall(listed) == [figure]
        assert (f"when you buy {bought} pcs" in listed.replace(i18n.NBSP, " ")) == (bought != str(asked))


def test_goods_at_less_than_a_cent_have_one_landed_price(client: FlaskClient, index_now: IndexNow, rates_known: None) -> None:
    product = make_product(make_sender(0), sku="WASHER", price_micro=4_200)
    index_now(product)

    listed = landed_of(page(client, "/search?q=bolt&sort=landed&quantity=3&ship_to=SE"), "WASHER")
    side = page(client, f"/compare?variant={variant_of(product).id}&quantity=3&ship_to=SE")

    row = side[side.index("Landed cost of one") :]
    assert FIGURE.findall(row[: row.index("</tr>")]) == FIGURE.findall(listed)


def test_a_step_that_reaches_a_tier_stands_before_what_is_cheaper_at_the_asked_quantity(
    client: FlaskClient, index_now: IndexNow, rates_known: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the price of 250 pieces the stepped goods are the dearest of all; of 300, which would be bought, the cheapest."""
    vendor = make_sender(0)
    stepped = make_product(vendor, sku="STEPS", tiers=[(100, 900_000), (300, 10_000)], minimum=100, increment=100)
    index_now(stepped, *(make_product(vendor, sku=f"P-{n}", price_micro=100_000 + n) for n in range(8)))
    monkeypatch.setattr(landing, "FIRST", 3)
    monkeypatch.setattr(results, "SIZE", 4)

    assert skus(page(client, "/search?q=bolt&sort=landed&quantity=250&ship_to=SE"))[0] == "STEPS"


def test_prices_agreed_with_my_company_count_and_nobody_else_sees_them(client: FlaskClient, index_now: IndexNow, rates_known: None) -> None:
    buyer, stranger = make_company(country="SE"), make_company(country="SE")
    agreed, public = make_sender(0), make_sender(0)
    mine = make_product(agreed, sku="AGREED", price_micro=900_000)
    index_now(mine, make_product(public, sku="PUBLIC", price_micro=500_000))
    make_price_list(agreed, companies=[buyer.id], prices={variant_of(mine).id: [(1, 123_400)]}, standing=Standing.CONTRACT)
    address = "/search?q=bolt&sort=landed&quantity=10&ship_to=SE"

    assert skus(page(client, address)) == ["PUBLIC", "AGREED"]
    log_in(client, make_member(stranger), stranger)
    seen = page(client, address)
    assert skus(seen) == ["PUBLIC", "AGREED"]
    assert "0.1544" not in seen
    log_in(client, make_member(buyer), buyer)
    own = page(client, address)
    assert skus(own) == ["AGREED", "PUBLIC"]
    assert "0.1544" in landed_of(own, "AGREED")


def test_who_has_said_no_country_is_told_which_is_assumed_and_may_choose(
    client: FlaskClient, index_now: IndexNow, rates_known: None
) -> None:
    far_and_near(index_now)

    assumed = page(client, "/search?q=bolt&sort=landed")
    chosen = page(client, "/search?q=bolt&sort=landed&ship_to=SE")

    assert "You have not said where the goods go" in assumed
    assert '<select id="ship_to" name="ship_to" form="facets">' in assumed
    assert "You have not said" not in chosen
    assert '<option value="SE" selected>' in chosen
    assert chosen.count('name="ship_to"') == 1, "the field sends it, and nothing else"
    buyer = make_company(country="SE")
    log_in(client, make_member(buyer), buyer)
    assert "You have not said" not in page(client, "/search?q=bolt&sort=landed")


def test_beyond_what_was_looked_at_the_page_says_that_the_order_is_not_sure(
    client: FlaskClient, index_now: IndexNow, rates_known: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor = make_sender(90_000)
    category = make_category(slug="hex-bolts")
    index_now(*(make_product(vendor, category=category, sku=f"P-{n:02}", price_micro=10_000 * (n + 1)) for n in range(12)))
    monkeypatch.setattr(landing, "FIRST", 3)
    monkeypatch.setattr(landing, "MOST", 6)
    monkeypatch.setattr(results, "SIZE", 4)

    first, last = (page(client, f"/categories/hex-bolts?sort=landed&quantity=10&ship_to=SE&page={number}") for number in (1, 3))

    assert skus(first) == ["P-00", "P-01", "P-02", "P-03"]
    assert skus(last) == ["P-08", "P-09", "P-10", "P-11"]
    assert "worked out for the 6 offers" in first
    assert "The first" not in first, "nothing is sure while freight is dearer than all the goods"
    assert "900.00" in landed_of(last, "P-11"), "each hit tells its landed price, looked at or not"


def test_sheet_and_page_say_where_the_sure_order_ends(
    client: FlaskClient, index_now: IndexNow, rates_known: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor, category = make_sender(0), make_category(slug="hex-bolts")
    index_now(*(make_product(vendor, category=category, sku=f"P-{n:02}", price_micro=10_000_000 * 2**n) for n in range(9)))
    monkeypatch.setattr(landing, "FIRST", 3)
    monkeypatch.setattr(landing, "MOST", 6)
    monkeypatch.setattr(parametric, "SIZE", 8)
    asked = "/categories/hex-bolts/table{}?sort=landed&quantity=10&ship_to=SE"

    text = page(client, asked.format(""))
    head, *lines = sheet_of(client, asked.format(".csv"))
    few = sheet_of(client, f"{asked.format('.csv')}&price_to=100")
    by_price = sheet_of(client, asked.format(".csv").replace("landed", "price"))

    place = head.index("Place is sure")
    assert [line[place] for line in lines] == ["Yes"] * 5 + ["No"] * 4
    assert [line[0] for line in lines] == [f"P-{n:02}" for n in range(9)], "goods alone are rows"
    assert len({len(line) for line in (head, *lines)}) == 1
    assert {line[place] for line in few[1:]} == {"Yes"}
    assert "Place is sure" not in by_price[0]
    assert "The first 5 of the list stand where they belong." in text
    assert "the column “Place is sure” says how far this order is sure" in text
    assert "Place is sure" not in page(client, f"{asked.format('')}&price_to=20"), "all of it is"
    assert "位置已确定" in sheet_of(client, f"{asked.format('.csv')}&lang=zh-Hans")[0]


def sheet_of(client: FlaskClient, address: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(page(client, address).removeprefix("\ufeff"))))


def test_the_order_is_that_of_landing_each_match(client: FlaskClient, index_now: IndexNow, rates_known: None) -> None:
    """Goods of several countries, currencies and agreements: pages are those of everything landed by hand."""
    services.load_rates({"CNY": "0.128"}, valid_from=date(2020, 1, 1), source="European reference rate", actor=SYSTEM)
    chance = random.Random(7)
    buyer = make_company(country="SE")
    places = (("SE", "EUR"), ("DE", "EUR"), ("CN", "CNY"), ("CN", "EUR"), ("SE", "CNY"))
    vendors = [make_sender(chance.choice((0, 3_000, 40_000)), country=country, currency=currency) for country, currency in places]
    goods = [
        make_product(
            vendors[n % 5], sku=f"G-{n:02}", price_micro=chance.randrange(10_000, 900_000), hs_code=chance.choice(("731815", None))
        )
        for n in range(40)
    ]
    index_now(*goods)
    listed = [product for product in goods if product.vendor_id == vendors[0].id]
    make_price_list(vendors[0], companies=[buyer.id], prices={variant_of(product).id: [(1, 5_000)] for product in listed[:2]})
    log_in(client, make_member(buyer), buyer)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(landing, "FIRST", 5)
        patch.setattr(results, "SIZE", 8)
        address = "/search?q=bolt&sort=landed&quantity=250&ship_to=SE&page="
        shown = [sku for number in range(1, 6) for sku in skus(page(client, f"{address}{number}"))]

    sums: list[tuple[bool, Fraction]] = []
    for sku in shown:
        variant = next(one for one in map(variant_of, goods) if one.sku == sku)
        found = pricing.land_lines([(variant.id, 250)], buyer_id=buyer.id, ship_to="SE")
        line, cost = found.basket.lines[0], found.parts[0]
        exact = Fraction(line.unit_price_micro * 250, line.price_per * 10**6)
        total = None if cost.total_minor is None else exact + Fraction(cost.total_minor - line.goods_minor, 100)
        known = exact if total is None else total
        sums.append((total is None, known * Fraction(pricing.rates()[line.currency].rate)))
    assert len(set(shown)) == 40
    assert sums == sorted(sums)
    assert {is_unknown for is_unknown, _ in sums} == {True, False}


def test_a_page_by_landed_price_asks_a_bounded_number_of_statements(client: FlaskClient, index_now: IndexNow, rates_known: None) -> None:
    buyer = make_company(country="SE")
    vendors = [make_sender(90_000) for _ in range(4)]
    goods = [make_product(vendors[n % 4], sku=f"P-{n:02}", price_micro=10_000 * (n + 1)) for n in range(60)]
    index_now(*goods)
    make_price_list(vendors[0], companies=[buyer.id], prices={variant_of(goods[0]).id: [(1, 5_000)]})
    log_in(client, make_member(buyer), buyer)
    address = "/search?q=bolt&sort=landed&quantity=10&ship_to=SE"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(landing, "FIRST", 10)
        page(client, address)

        with count_queries() as statements:
            page(client, address)

    assert len(statements) <= BUDGET, "\n".join(statements)
