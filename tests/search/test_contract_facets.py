"""One contract for every engine, second part: filters, facets and order equal brute force on random result pages."""

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search import plan as plans
from search.documents import AttributeValue, IndexRow, variant_documents
from search.engines.elasticsearch import bodies
from search.engines.oracle import OracleEngine, lead_time_at, price_at
from search.engines.tantivy import TantivyEngine
from search.engines.tantivy import engine as tantivy_engine
from search.filters import BY_VENDOR
from search.plan import EVERYTHING
from search.query import (
    AttributeBetween,
    AttributeIn,
    Best,
    Between,
    Constant,
    Either,
    Facet,
    FacetKind,
    Filter,
    Found,
    In,
    LeadTimeAtMost,
    OneOf,
    Plan,
    PriceBetween,
    Selection,
    Sort,
    WithBonus,
)
from tests.search.rows import BY_ID, ROWS, VENDORS, make_row
from tests.search.subjects import ENGINES, EVERYBODY, Subject, numbers, search

EXAMPLES = int(os.environ.get("MILLGATE_EXAMPLES", "40"))
"""Random result pages an engine; a long run sets more."""


# Filters, facets, order: equal to brute force


def choices(values: list[Any], least: int = 1) -> st.SearchStrategy[frozenset[Any]]:
    """Some of the values."""
    return st.frozensets(st.sampled_from(values), min_size=least, max_size=3)


QUANTITIES = st.sampled_from([None, 1, 5, 99, 100, 101, 999, 1_000, 5_000, 60_000])
PRICES = st.integers(1_000_000, 95_000_000)
bounds = st.tuples(st.one_of(st.none(), PRICES), st.one_of(st.none(), PRICES))
RATED = frozenset(str(row.product_id) for row in ROWS[::7])
"""Products that are named one by one, as those with good reviews are."""
SCORES = (*(frozenset(str(row.product_id) for row in ROWS[start::9]) for start in (0, 2, 4)), frozenset[str]())
"""Products by score, best first."""
lengths = st.sampled_from([None, 20.0, 25.0, 40.0, 60.0])
bars = st.one_of(st.none(), st.floats(0, 41).map(lambda bar: round(bar, 1)))


def price_filters(quantity: int | None) -> st.SearchStrategy[Filter]:
    """One or several price ranges at the quantity."""
    ranges = bounds.map(lambda ends: PriceBetween(quantity, *ends))
    return st.one_of(ranges, st.lists(ranges, min_size=1, max_size=3).map(lambda several: Either(tuple(several))))


def selections(quantity: int | None) -> st.SearchStrategy[tuple[Selection, ...]]:
    """Any mixture of selections, one filter a facet."""
    kinds: dict[str, st.SearchStrategy[Filter]] = {
        "category": choices(["fasteners", "hex-bolts", "nuts", "valves", "electric"]).map(lambda v: In("categories", v)),
        "maker": choices(["Norrvik", "Qianzhu", "Pallwerk"]).map(lambda v: In("maker", v)),
        "level": choices([str(v) for v in VENDORS]).map(lambda v: In("vendor_id", v)),
        "material": choices(["stainless-a2", "brass", "nylon"]).map(lambda v: AttributeIn("material", v)),
        "colour": choices(["red", "blue", "green"]).map(lambda v: AttributeIn("colour", v)),
        "sealed": choices(["true", "false"]).map(lambda v: AttributeIn("sealed", v)),
        "length": st.tuples(lengths, lengths).map(lambda ends: AttributeBetween("length", *ends)),
        "pressure": st.tuples(bars, bars).map(lambda ends: AttributeBetween("pressure", *ends)),
        "minimum": st.just(Between("minimum", None, quantity)),
        "stock": st.one_of(st.just(Between("in_stock", 1, 1)), st.sampled_from([1, 4_000, 10**6]).map(lambda n: Between("available", n))),
        "sample": st.just(Between("sample", 1, 1)),
        "price": price_filters(quantity),
        "rating": choices(sorted(RATED)).map(lambda v: In("product_id", v)),
        "lead_time": st.integers(0, 31).map(lambda days: LeadTimeAtMost(quantity, days)),
    }
    subset = st.lists(st.sampled_from(sorted(kinds)), unique=True, max_size=4)

    def chosen(names: list[str]) -> st.SearchStrategy[tuple[Selection, ...]]:
        return st.tuples(*(kinds[name].map(partial(Selection, name)) for name in names))

    return subset.flatmap(chosen)


def facets(quantity: int | None) -> tuple[Facet, ...]:
    """All facets of a result page."""
    return (
        Facet("category", FacetKind.KEYWORD, "categories", size=100),
        Facet("maker", FacetKind.KEYWORD, "maker"),
        Facet("level", FacetKind.KEYWORD, "vendor_id", size=100),
        Facet("country", FacetKind.KEYWORD, "vendor_id", size=100),
        Facet("material", FacetKind.ATTRIBUTE, "material"),
        Facet("colour", FacetKind.ATTRIBUTE, "colour"),
        Facet("sealed", FacetKind.ATTRIBUTE, "sealed"),
        Facet("length", FacetKind.NUMBER, "length"),
        Facet("pressure", FacetKind.NUMBER, "pressure", size=200),
        Facet("stock", FacetKind.KEYWORD, "in_stock"),
        Facet("enough", FacetKind.HOLDS, options=(("1", Between("available", 4_000)),)),
        Facet("minimum", FacetKind.AT_MOST, "minimum", edges=(1, 100, 1_000)),
        Facet("price", FacetKind.PRICE, quantity=quantity, edges=(10_000_000, 30_000_000, 60_000_000)),
        Facet("lead_time", FacetKind.LEAD_TIME, quantity=quantity, edges=(3, 7, 14, 30)),
        Facet("rating", FacetKind.HOLDS, options=(("4", In("product_id", RATED)), ("5", In("product_id", frozenset())))),
    )


@st.composite
def wishes(draw: st.DrawFn) -> dict[str, Any]:
    """Everything a result page can be asked for at once."""
    quantity = draw(QUANTITIES)
    return {
        "text": draw(st.sampled_from(["", "", "bolt", "hex bolt m8", "valve", "40 mm", "norrvik gland"])),
        "visibility": draw(choices(["all", "registered", "country:SE", "company:7"])),
        "vendors": draw(st.one_of(st.none(), choices(list(VENDORS)))),
        "quantity": quantity,
        "selections": draw(selections(quantity)),
        "facets": facets(quantity),
        "sort": draw(st.sampled_from(list(Sort))),
        "rated": draw(st.sampled_from([(), SCORES, SCORES[1:]])),
        "limit": 200,
    }


def by_price(row: IndexRow, quantity: int | None) -> tuple[bool, int | None]:
    """What is sold at the quantity before what is sold in larger ones only, which stands by the price of its smallest order."""
    price = price_at(row, quantity)
    return (False, price) if price is not None else (True, price_at(row, None))


def sorting_value(found: Found, plan: Plan) -> list[object]:
    """What the order is about, hit by hit."""
    values: dict[Sort, Callable[[Any], object]] = {
        Sort.RELEVANCE: lambda _: None,
        Sort.NEWEST: lambda hit: BY_ID[hit.variant_id].published_at,
        Sort.PRICE: lambda hit: by_price(BY_ID[hit.variant_id], plan.quantity),
        Sort.LEAD_TIME: lambda hit: lead_time_at(BY_ID[hit.variant_id], plan.quantity),
        Sort.RATING: lambda hit: next((place for place, ids in enumerate(plan.rated) if str(hit.product_id) in ids), None),
    }
    return [values[plan.sort](hit) for hit in found.hits]


TICKED = st.fixed_dictionaries(
    {
        "maker": st.lists(st.sampled_from(["Norrvik", "Qianzhu", "Pallwerk", "Nobody"]), unique=True),
        "material": st.lists(st.sampled_from(["stainless-a2", "brass", "nylon", "wood"]), unique=True),
        "length": st.lists(st.sampled_from(["20", "25", "40", "60", "61"]), unique=True),
    }
)
FILTERS: dict[str, tuple[FacetKind, Callable[[str], Filter]]] = {
    "maker": (FacetKind.KEYWORD, lambda value: In("maker", frozenset([value]))),
    "material": (FacetKind.ATTRIBUTE, lambda value: AttributeIn("material", frozenset([value]))),
    "length": (FacetKind.NUMBER, lambda value: AttributeBetween("length", float(value), float(value))),
}


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chosen=selections(None), ticked=TICKED)
def test_what_is_ticked_is_counted_however_rare_it_is(
    engine: str, chosen: tuple[Selection, ...], ticked: dict[str, list[str]], filled: Callable[[str], Subject], oracle: OracleEngine
) -> None:
    def facets_with(size: int, names: Mapping[str, list[str]]) -> list[Facet]:
        return [
            Facet(name, kind, name, size=size, options=tuple((value, wanted(value)) for value in names.get(name, ())))
            for name, (kind, wanted) in FILTERS.items()
        ]

    wish = plans.build("", vocabulary=oracle.vocabulary(), visibility=EVERYBODY, selections=chosen, facets=facets_with(200, {}))
    every = oracle.find(wish).facets
    few = search(filled(engine), selections=chosen, facets=facets_with(1, ticked)).facets

    for name, counts in few.items():
        must, said = dict(every[name].counts), dict(counts.counts)
        frequent = dict(counts.counts[:1])
        assert list(frequent.values()) == sorted(must.values())[-1:]
        assert said == {**frequent, **{value: must[value] for value in ticked[name] if value in must}}
        assert (counts.low, counts.high) == (every[name].low, every[name].high)


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wish=wishes())
def test_totals_facets_and_order_equal_brute_force(
    engine: str, wish: dict[str, Any], filled: Callable[[str], Subject], oracle: OracleEngine
) -> None:
    wanted = dict(wish)
    plan = plans.build(wanted.pop("text"), vocabulary=oracle.vocabulary(), **wanted)
    expected = oracle.find(plan)

    found = filled(engine).find(plan)

    assert found.total == expected.total
    assert {hit.variant_id for hit in found.hits} == {hit.variant_id for hit in expected.hits}
    assert found.facets == expected.facets
    assert sorting_value(found, plan) == sorting_value(expected, plan)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wish=wishes())
def test_a_large_index_that_counts_beside_ranking_says_the_same(
    wish: dict[str, Any], embedded: TantivyEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = dict(wish)
    plan = plans.build(wanted.pop("text"), vocabulary=embedded.vocabulary(), **wanted)
    one_after_the_other = embedded.find(plan)
    embedded.state().answers.clear()

    with monkeypatch.context() as patch:
        patch.setattr(tantivy_engine, "LARGE", 0)
        side_by_side = embedded.find(plan)

    assert side_by_side is not one_after_the_other
    assert side_by_side == one_after_the_other


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> TantivyEngine:
    """The made-up catalogue in the embedded engine itself."""
    engine = TantivyEngine(tmp_path_factory.mktemp("embedded"))
    engine.put(variant_documents(ROWS))
    return engine


def test_what_is_named_by_id_joins_what_matches_and_can_be_lifted(full: Subject, oracle: OracleEngine) -> None:
    plan = plans.build("ball valve", vocabulary=oracle.vocabulary(), visibility=EVERYBODY, limit=200, facets=facets(None))
    named = OneOf(frozenset(row.variant_id for row in ROWS if "gland" in row.titles["en"].lower()))
    joined = WithBonus(Best((plan.clause, named)), (Constant(named, 1_000.0),))

    for clause in (named, joined):
        wish = replace(plan, clause=clause, strict=None)
        found, expected = full.find(wish), oracle.find(wish)
        assert (found.total, found.facets) == (expected.total, expected.facets)
        assert {hit.variant_id for hit in found.hits} == {hit.variant_id for hit in expected.hits}
    lifted = [hit.variant_id in named.ids for hit in full.find(replace(plan, clause=joined, strict=None)).hits]
    assert any(lifted)
    assert not all(lifted)
    assert lifted == sorted(lifted, reverse=True)
    assert full.find(replace(plan, clause=OneOf(frozenset()), strict=None)).total == 0


@pytest.mark.parametrize("sort", list(Sort))
def test_pages_are_the_whole_list_cut_in_pieces(full: Subject, sort: Sort) -> None:
    whole = search(full, "hex bolt" if sort is Sort.RELEVANCE else "", sort=sort, rated=SCORES, quantity=150, limit=200)

    pieces = [
        search(full, "hex bolt" if sort is Sort.RELEVANCE else "", sort=sort, rated=SCORES, quantity=150, limit=7, offset=offset)
        for offset in range(0, whole.total + 7, 7)
    ]

    assert all(piece.total == whole.total for piece in pieces)
    assert [hit.variant_id for piece in pieces for hit in piece.hits] == [hit.variant_id for hit in whole.hits]


def test_every_text_that_is_listed_can_be_ticked_whatever_it_looks_like(subject: Subject) -> None:
    texts = [
        "42",
        "-1",
        "3.50",
        "1e5",
        "true",
        "null",
        "0x1f",
        "12:30",
        "2024-05-05",
        "2024-05-05 10:00",
        "a.b",
        "a=b",
        "a\\b",
        'say "x"',
        "红色",
        " *",
    ]
    moments = ["2012-01-01T00:00:00Z", "2012-01-01T00:00:00+02:00", "1985-04-12T23:20:50.52Z"]
    rows = [make_row(number, attributes={"mark": AttributeValue(text)}) for number, text in enumerate([*texts, *moments, 27 * "abc"])]
    subject.write(rows)

    facet = search(subject, facets=[Facet("mark", FacetKind.ATTRIBUTE, "mark", size=50)]).facets["mark"]

    assert dict(facet.counts) == dict.fromkeys(texts, 1), "moments and long texts are no choice"
    for number, text in enumerate(texts):
        ticked = Selection("mark", AttributeIn("mark", frozenset([text])))
        assert numbers(search(subject, selections=[ticked])) == [number]


def test_every_number_that_is_listed_can_be_ticked_however_small_it_is(subject: Subject) -> None:
    values = [0.000103421355, 0.00001, 3e-12, 0.123456789012, 2.5, 40.0, -7.25, 999_999_999_999_999.0]
    subject.write([make_row(number, attributes={"mark": AttributeValue(value)}) for number, value in enumerate(values)])

    facet = search(subject, facets=[Facet("mark", FacetKind.NUMBER, "mark", size=50)]).facets["mark"]

    assert {float(name) for name, _ in facet.counts} == set(values)
    for name, _ in facet.counts:
        ticked = Selection("mark", AttributeBetween("mark", float(name), float(name)))
        assert numbers(search(subject, selections=[ticked])) == [values.index(float(name))]


def test_a_page_of_nothing_still_counts(full: Subject) -> None:
    found = search(full, limit=0, facets=[Facet("maker", FacetKind.KEYWORD, "maker")])

    assert found.hits == ()
    assert found.total > 0
    assert found.facets["maker"].counts


def test_what_has_no_price_at_the_quantity_stands_last_by_that_of_its_smallest_order(full: Subject) -> None:
    found = search(full, sort=Sort.PRICE, quantity=50, limit=200)

    prices = [by_price(BY_ID[hit.variant_id], 50) for hit in found.hits]
    assert len({price for has_none, price in prices if has_none and price}) > 1, "sold in larger quantities only, at several prices"
    assert prices == sorted(prices, key=lambda price: (price[0], price[1] is None, price[1] or 0))


def test_the_best_rated_stand_first_and_what_nobody_has_rated_last_newest_first(full: Subject) -> None:
    found = search(full, sort=Sort.RATING, rated=SCORES, limit=200)
    unrated = search(full, sort=Sort.RATING, limit=200)

    places = sorting_value(found, Plan(clause=EVERYTHING, visibility=EVERYBODY, sort=Sort.RATING, rated=SCORES))
    assert {0, 1, 2, None} == set(places)
    assert places == sorted(places, key=lambda place: len(SCORES) if place is None else place)  # type: ignore[arg-type, return-value]
    for behind in (found.hits[places.index(None) :], unrated.hits):
        dates = [str(BY_ID[hit.variant_id].published_at) for hit in behind]
        assert dates == sorted(dates, reverse=True)
    assert unrated.total == found.total == len(unrated.hits)


@pytest.mark.parametrize("chosen", [0, 1, 3, len(BY_VENDOR)])
def test_a_search_server_counts_vendors_once_for_all_facets_that_ask_alike(chosen: int) -> None:
    selections = tuple(Selection(facet.name, In("vendor_id", frozenset([f"v{n}"]))) for n, facet in enumerate(BY_VENDOR[:chosen]))
    plan = Plan(EVERYTHING, frozenset({"all"}), facets=BY_VENDOR, selections=selections)

    counted = bodies.aggregations(plan)

    assert len(counted) == min(chosen + 1, len(BY_VENDOR)), "each chosen facet has its own filter, the others share one"
    assert set(bodies.facet_names(plan)) == set(counted)
    buckets = sum(whole["aggs"]["values"]["terms"]["size"] for whole in counted.values())
    assert buckets < 65_536, "the server's default limit for an answer"
