"""Facts about vendors and variety: bounded, fair to newcomers, off where one vendor is asked for, and steady over pages."""

import random
import re
from dataclasses import replace
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from marketplace.quality.shares import NOTHING, Share
from search import ordering, plan
from search.query import FoundVariant, In, Plan, Selection, Sort
from search.ranking import minimum, naming, spread, trust
from tests.factories.catalogue import make_product
from tests.factories.vendors import make_vendor
from tests.search.reading import IndexNow, page, skus
from tests.search.rows import ROWS, VENDORS
from tests.search.subjects import EngineSubject, OracleSubject, Subject

GOOD, BAD = VENDORS[0], VENDORS[1]
NAMES = naming.names_of(["Norrvik Fasteners AB", "Valve Makers GmbH", "Li Co"])


def hit(number: int, vendor: UUID, score: float) -> FoundVariant:
    """A hit."""
    return FoundVariant(UUID(int=number), UUID(int=number), vendor, score)


def test_trust_stays_within_five_in_a_hundred() -> None:
    chance = random.Random(3)
    for _ in range(500):
        n = chance.randrange(3000)
        factor = trust.trust_of(chance.randrange(5), Share(chance.randint(0, n), n), chance.choice([None, chance.uniform(1, 5)]))
        assert 1 - trust.MOST <= factor <= 1 + trust.MOST
    assert trust.trust_of(4, Share(5000, 5000), 5.0) > 1.049
    assert trust.trust_of(0, Share(0, 5000), 1.0) < 0.951


def test_who_is_new_stands_in_the_middle() -> None:
    assert trust.trust_of(2, NOTHING, None) == trust.trust_of(2, Share(3, 9), None) == 1.0


def test_a_share_counts_as_far_as_it_is_certain() -> None:
    few, many, late = (trust.trust_of(2, share, None) for share in (Share(12, 12), Share(400, 400), Share(40, 100)))

    assert late < 1.0 == few < many


def test_a_near_tie_goes_to_the_better_vendor_and_a_clear_winner_stays() -> None:
    factors = {GOOD: 1.03, BAD: 0.97}

    near = spread.ordered([hit(1, BAD, 10.0), hit(2, GOOD, 9.8)], factors, spread.BY_WORDS, 10)
    clear = spread.ordered([hit(1, BAD, 10.0), hit(2, GOOD, 8.0)], factors, spread.BY_WORDS, 10)

    assert [found.variant_id.int for found in near] == [2, 1]
    assert [found.variant_id.int for found in clear] == [1, 2]


def test_equal_hits_alternate_between_vendors() -> None:
    hits = [hit(n, GOOD, 1.0) for n in range(5)] + [hit(n, BAD, 0.999) for n in range(5, 8)]

    order = spread.ordered(hits, {}, spread.BY_MEANING, 8)

    assert [found.vendor_id for found in order[:6]] == [GOOD, BAD] * 3
    assert sorted(found.variant_id.int for found in order) == list(range(8))


def test_hits_that_words_cannot_tell_apart_make_room_sooner() -> None:
    apart = [hit(n, GOOD, 1.0 - n / 10_000) for n in range(10)] + [hit(20, BAD, 0.9905)]
    alike = [hit(n, GOOD, 1.0) for n in range(10)] + [hit(20, BAD, 0.9905)]

    def place(hits: list[FoundVariant]) -> int:
        order = spread.ordered(hits, {}, spread.BY_WORDS, 11)
        assert [found.variant_id.int for found in order if found.vendor_id == GOOD] == list(range(10))
        return [found.vendor_id for found in order].index(BAD)

    assert place(alike) == 5
    assert place(apart) == 9


def test_the_order_is_that_of_giving_each_place_to_the_best_of_what_is_left() -> None:
    chance = random.Random(8)
    for _ in range(100):
        scores = sorted((chance.uniform(0.2, 20) for _ in range(60)), reverse=True)
        hits = [hit(n, chance.choice(VENDORS), score) for n, score in enumerate(scores)]
        factors = {vendor: chance.uniform(0.95, 1.05) for vendor in VENDORS}
        left, given, expected = list(hits), dict.fromkeys(VENDORS, 0), []
        while left:
            worth = [found.score / scores[0] * factors[found.vendor_id] - 0.01 * given[found.vendor_id] for found in left]
            best = left.pop(worth.index(max(worth)))
            given[best.vendor_id] += 1
            expected.append(best)

        assert spread.ordered(hits, factors, 0.01, 60) == expected
        assert spread.ordered(hits, factors, 0.01, 17) == expected[:17]


def asked(subject: Subject, text: str, **changes: object) -> bool:
    """Whether facts and variety count for a query."""
    wanted = plan.build(text, vocabulary=subject.vocabulary(), visibility=["all"], **changes)  # type: ignore[arg-type]
    return naming.is_open(wanted, NAMES, subject.vocabulary())


def test_whoever_names_a_vendor_a_maker_or_a_code_gets_its_goods(full: Subject) -> None:
    maker = Selection("maker", In("maker", frozenset(["Norrvik"])))

    assert asked(full, "hex bolt")
    assert asked(full, "ball valve")
    assert not asked(full, "bolt norrvik fasteners")
    assert not asked(full, "Norrvik bolt")
    assert not asked(full, "valve makers bolt")
    assert not asked(full, ROWS[0].sku)
    assert not asked(full, "hex bolt", selections=[maker])


@pytest.mark.parametrize("sort", [Sort.PRICE, Sort.LEAD_TIME, Sort.RATING, Sort.NEWEST])
def test_another_order_is_left_alone(full: Subject, sort: Sort) -> None:
    assert not asked(full, "hex bolt", sort=sort)
    assert not asked(full, "")


def test_pages_follow_each_other_without_holes_on_each_engine(full: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(full, EngineSubject | OracleSubject)
    monkeypatch.setattr(ordering, "WINDOW", 20)
    factors = dict(zip(VENDORS, (1.05, 0.95, 1.0, 1.02, 0.97), strict=True))

    def find(**changes: object) -> list[UUID]:
        wanted = plan.build("bolt", vocabulary=full.vocabulary(), visibility=["all"], **changes)  # type: ignore[arg-type]
        return [found.variant_id for found in ordering.find(full.engine, wanted, None, factors).hits]  # type: ignore[arg-type]

    whole = find(limit=100)
    paged = [variant_id for offset in range(0, 70, 7) for variant_id in find(offset=offset, limit=7)]
    engine_order = [
        found.variant_id for found in full.find(plan.build("bolt", vocabulary=full.vocabulary(), visibility=["all"], limit=100)).hits
    ]

    assert len(set(whole)) == len(whole) == len(engine_order) > 20
    assert paged == whole
    assert set(whole[:20]) == set(engine_order[:20])
    assert whole[20:] == engine_order[20:], "behind the window the engine's order goes on"


def reachable(number: int, vendor: UUID, score: float, minimum: int) -> FoundVariant:
    """A hit with a minimum order."""
    return replace(hit(number, vendor, score), minimum=minimum)


def at_quantity(subject: Subject, text: str, quantity: int | None, **changes: object) -> Plan:
    """A plan at a quantity."""
    return plan.build(text, vocabulary=subject.vocabulary(), visibility=["all"], quantity=quantity, **changes)  # type: ignore[arg-type]


def test_of_like_goods_those_that_my_quantity_buys_come_first_and_unlike_goods_do_not(full: Subject) -> None:
    hits = [reachable(1, GOOD, 10.0, 5_000), reachable(2, BAD, 9.9, 100), reachable(3, GOOD, 8.0, 100), reachable(4, BAD, 7.0, 1)]

    def order(quantity: int | None, text: str = "bolt") -> list[int]:
        return [found.variant_id.int for found in minimum.within_reach(hits, at_quantity(full, text, quantity))]

    assert order(1_000) == [2, 3, 1, 4]
    assert order(5_000) == order(None) == [1, 2, 3, 4]
    assert order(1_000, ROWS[0].sku) == [1, 2, 3, 4], "a part number asks for that part"


def test_without_a_quantity_or_in_another_order_minimums_move_nothing(full: Subject) -> None:
    assert minimum.counts_for(at_quantity(full, "hex bolt", 1_000))
    assert not minimum.counts_for(at_quantity(full, "hex bolt", None))
    assert not minimum.counts_for(at_quantity(full, "hex bolt", 1_000, sort=Sort.PRICE))
    assert not minimum.counts_for(at_quantity(full, "", 1_000)), "without words the newest come first"


@pytest.mark.parametrize("factors", [None, dict.fromkeys(VENDORS, 1.0)])
def test_minimums_count_alike_on_each_engine_and_pages_have_no_holes(
    full: Subject, filled: object, factors: dict[UUID, float] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(full, EngineSubject | OracleSubject)
    monkeypatch.setattr(ordering, "WINDOW", 30)

    def find(subject: Subject, quantity: int | None = 500, **changes: object) -> list[FoundVariant]:
        return list(ordering.find(subject.engine, at_quantity(subject, "hex bolt", quantity, **changes), None, factors).hits)  # type: ignore[attr-defined]

    whole = find(full, limit=100)
    paged = [one for offset in range(0, len(whole) + 7, 7) for one in find(full, offset=offset, limit=7)]

    assert [one.variant_id for one in paged] == [one.variant_id for one in whole]
    assert {one.variant_id for one in whole} == {one.variant_id for one in find(full, None, limit=100)}
    reached = [one.minimum <= 500 for one in whole]
    assert any(reached)
    assert not all(reached)
    expected = [one.minimum <= 500 for one in find(filled("oracle"), limit=24)]  # type: ignore[operator]
    assert reached[:24] == expected


def test_every_engine_ranks_alike(full: Subject, filled: object) -> None:
    factors = dict(zip(VENDORS, (1.05, 0.95, 1.0, 1.02, 0.97), strict=True))
    oracle = filled("oracle")  # type: ignore[operator]

    def vendors(subject: Subject) -> list[UUID]:
        wanted = plan.build("hex bolt m8x40", vocabulary=subject.vocabulary(), visibility=["all"], limit=24)
        return [found.vendor_id for found in ordering.find(subject.engine, wanted, None, factors).hits]  # type: ignore[attr-defined]

    assert vendors(full) == vendors(oracle)


def test_a_page_gives_like_goods_of_several_vendors_room(client: FlaskClient, index_now: IndexNow) -> None:
    many, one = make_vendor(level=2), make_vendor(level=2)
    index_now(*(make_product(many, sku=f"M-{n}") for n in range(6)), make_product(one, sku="O-1"))

    assert "O-1" in skus(page(client, "/search?q=hex+bolt"))[:2]


def test_of_equal_goods_those_of_the_checked_vendor_come_first(client: FlaskClient, index_now: IndexNow) -> None:
    low, high = make_vendor(level=1), make_vendor(level=4)
    index_now(make_product(low, sku="LOW"), make_product(high, sku="HIGH"))

    assert skus(page(client, "/search?q=hex+bolt")) == ["HIGH", "LOW"]


def test_a_page_says_how_many_offers_my_quantity_cannot_buy_and_leads_to_the_others(client: FlaskClient, index_now: IndexNow) -> None:
    large, small = make_vendor(level=4), make_vendor(level=1)
    index_now(
        *(make_product(large, sku=f"L-{n}", tiers=[(5_000, 10_000)], minimum=5_000) for n in range(3)),
        *(make_product(small, sku=f"S-{n}", price_micro=900_000) for n in range(2)),
    )

    text, table = page(client, "/search?q=hex+bolt&quantity=1000"), page(client, "/search/table?q=hex+bolt&quantity=1000")
    within = page(client, "/search?q=hex+bolt&quantity=1000&moq=1")
    said = "3 of these products have a larger minimum order than 1,000."

    assert set(skus(text)[:2]) == {"S-0", "S-1"}, "what can be bought, whatever the level of its vendor"
    assert said in text
    assert said in table
    assert re.search(r'<a href="\?[^"]*moq=1[^"]*">Show only the 2 that can be bought</a>', text)
    assert set(skus(within)) == {"S-0", "S-1"}
    assert "larger minimum" not in within
    assert "larger minimum" not in page(client, "/search?q=hex+bolt&quantity=5000")
    none = page(client, "/search?q=hex+bolt&quantity=1000&level=4")
    assert said in none
    assert "Show only the" not in none
