"""From rows to the index: versions, changes during indexing, prices in another currency, and the nightly comparison."""

import json
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from flask import Flask

from marketplace.catalogue.models import AttributeKind, PriceTier, Product, ProductState, Variant
from marketplace.core import changes, clock
from marketplace.core.db import db, transaction
from marketplace.core.ids import new_id
from marketplace.pricing.models import ExchangeRate
from search import queries, services
from search.cli.commands import REBUILD_LOCK
from search.cli.indexer import BACKLOG, BATCH, DatabaseTruth, Indexer
from search.documents import Document, variant_documents
from search.engines.oracle import lead_time_at, price_at
from search.engines.port import Put
from search.engines.tantivy import TantivyEngine
from search.errors import SearchUnavailable
from search.index import engine as app_engine
from search.models import SearchVersion
from search.query import Everything, Plan
from search.rebuilding import rebuild
from tests.conftest import count_queries
from tests.factories.catalogue import make_attribute, make_category, make_product
from tests.factories.vendors import make_vendor

IndexNow = Callable[..., int]
EVERYTHING = Plan(clause=Everything(), visibility=frozenset({"all"}))


def variant_of(product: Product) -> Variant:
    return db.session.query(Variant).filter_by(product_id=product.id).one()


def indexed() -> set[UUID]:
    """What the application's index finds."""
    return {hit.variant_id for hit in app_engine().find(EVERYTHING).hits}


def test_a_change_reaches_the_index_and_its_mark_is_settled(index_now: IndexNow) -> None:
    product = make_product(make_vendor())

    index_now(product)

    assert indexed() == {variant_of(product).id}
    assert changes.waiting() == 0


def test_each_round_raises_the_version(index_now: IndexNow) -> None:
    product = make_product(make_vendor())
    index_now(product)
    index_now(product)

    version = db.session.get_one(SearchVersion, variant_of(product).id)
    assert version.version == 2
    assert app_engine().versions([variant_of(product).id]) == {variant_of(product).id: 2}


def test_a_product_that_is_taken_out_leaves_a_tombstone_and_can_come_back(index_now: IndexNow) -> None:
    product = make_product(make_vendor())
    index_now(product)

    product.state = ProductState.PAUSED
    index_now(product)
    assert indexed() == set()
    assert not db.session.get_one(SearchVersion, variant_of(product).id).is_live

    product.state = ProductState.LIVE
    index_now(product)
    assert indexed() == {variant_of(product).id}


def test_a_variant_that_is_taken_out_of_its_product_is_gone(index_now: IndexNow) -> None:
    product = make_product(make_vendor())
    index_now(product)

    variant_of(product).is_active = False
    index_now(product)

    assert indexed() == set()


def test_a_change_during_indexing_is_not_lost(app: Flask, index_now: IndexNow) -> None:
    product = make_product(make_vendor())
    index_now()
    engine = app_engine()

    class ChangesMeanwhile:
        """The engine, with an act of somebody else between reading and settling."""

        def put(self, documents: object) -> Put:
            with transaction():
                changes.mark("product", [product.id])
            return engine.put(documents)  # type: ignore[arg-type]

    changes.mark("product", [product.id])
    Indexer(ChangesMeanwhile()).drain()  # type: ignore[arg-type]

    assert changes.waiting() == 1, "the newer mark stays"
    assert Indexer(engine).drain() == 1
    assert changes.waiting() == 0


class Counting:
    """The engine, and the size of each batch that it was given."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def put(self, documents: Iterable[Document]) -> Put:
        taken = list(documents)
        self.sizes.append(len(taken))
        return app_engine().put(taken)


def test_few_changes_are_visible_at_once_without_waiting_for_more(app: Flask, index_now: IndexNow) -> None:
    products = [make_product(make_vendor()) for _ in range(3)]
    changes.mark("product", [product.id for product in products])
    engine = Counting()
    waits: list[float] = []

    assert Indexer(engine).drain(waits.append) == 3  # type: ignore[arg-type]

    assert (engine.sizes, waits) == ([3], [])


def test_behind_an_import_what_comes_meanwhile_joins_the_same_commit(app: Flask, index_now: IndexNow) -> None:
    late = make_product(make_vendor())
    changes.mark("product", [new_id() for _ in range(BATCH)])
    engine = Counting()
    waits: list[float] = []

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        if len(waits) == 2:
            changes.mark("product", [late.id])
        return False

    assert Indexer(engine).drain(wait) == BATCH + 1  # type: ignore[arg-type]

    assert engine.sizes == [1]
    assert len(waits) == 2, "part of a batch is the end of the import"
    assert changes.waiting() == 0
    assert indexed() == {variant_of(late).id}


def test_the_end_of_an_import_waits_for_nothing(app: Flask, index_now: IndexNow) -> None:
    changes.mark("product", [new_id() for _ in range(BATCH + 100)])
    waits: list[float] = []

    assert Indexer(Counting()).drain(waits.append) == BATCH + 100  # type: ignore[arg-type]

    assert waits == []


def test_one_commit_takes_a_bounded_part_of_a_backlog(app: Flask, index_now: IndexNow) -> None:
    changes.mark("product", [new_id() for _ in range(BACKLOG + 500)])
    worker = Indexer(Counting())  # type: ignore[arg-type]

    done = worker.drain(lambda _: True)

    assert BATCH <= done <= BACKLOG
    assert changes.waiting() == BACKLOG + 500 - done


def test_a_thing_marked_again_while_more_gathers_is_settled_once(app: Flask, index_now: IndexNow) -> None:
    product = make_product(make_vendor())
    changes.mark("product", [product.id, *(new_id() for _ in range(BATCH - 1))])

    def wait(_: float) -> bool:
        changes.mark("product", [product.id])
        return False

    assert Indexer(app_engine()).drain(wait) == BATCH + 1

    assert changes.waiting() == 0
    assert indexed() == {variant_of(product).id}


def test_an_index_that_is_away_loses_nothing(index_now: IndexNow) -> None:
    product = make_product(make_vendor())

    class Away:
        def put(self, _documents: object) -> Put:
            raise SearchUnavailable

    changes.mark("product", [product.id])
    with pytest.raises(SearchUnavailable):
        Indexer(Away()).drain()  # type: ignore[arg-type]

    assert changes.waiting() == 1
    assert Indexer(app_engine()).drain() == 1
    assert indexed() == {variant_of(product).id}


def test_one_product_that_cannot_be_indexed_stops_no_other(index_now: IndexNow) -> None:
    good, bad = make_product(make_vendor()), make_product(make_vendor())
    variant_id = variant_of(bad).id
    db.session.add_all(
        PriceTier(variant_id=variant_id, from_quantity=1 + n, unit_price_micro=500_000 - n, currency="EUR") for n in range(1, 12)
    )
    db.session.flush()
    changes.mark("product", [good.id, bad.id])
    db.session.commit()  # a refused batch is rolled back
    good_id = variant_of(good).id
    worker = Indexer(app_engine())

    with pytest.raises(ValueError, match="price tiers"):
        worker.drain()
    assert worker.drain_singly() == 1

    assert indexed() == {good_id}
    assert changes.waiting() == 1, "it stays marked until it is mended"


def test_late_and_repeated_batches_do_no_harm(index_now: IndexNow) -> None:
    product = make_product(make_vendor())
    index_now()
    with transaction():
        old = variant_documents(queries.products_for_index(services.raise_versions([product.id])))
    product.title = {"en": "Ball valve DN 20"}
    with transaction():
        new = variant_documents(queries.products_for_index(services.raise_versions([product.id])))

    engine = app_engine()
    assert engine.put(new).written == 1
    assert engine.put(old) == Put(0, 1)
    assert engine.put(new) == Put(0, 1)


def test_rows_hold_what_search_needs(index_now: IndexNow) -> None:
    root = make_category(slug="pipes", name="Pipes", is_leaf=False)
    leaf = make_category(slug="valves", name="Ball valves", parent=root)
    make_attribute(leaf, code="material", kind=AttributeKind.CHOICE, choices=["brass"])
    make_attribute(leaf, code="bore", kind=AttributeKind.NUMBER, unit="mm")
    attributes = {"material": {"v": "brass"}, "bore": {"v": 15, "unit": "mm"}}
    product = make_product(
        make_vendor(), category=leaf, attributes=attributes, tiers=[(10, 3_000_000), (100, 2_000_000)], minimum=10,
        lead_time=[(50, 1, 3), (None, 9, None)], gtin="4006381333931", sample={"price_micro": 0, "credited": True},
    )  # fmt: skip
    with transaction():
        row = queries.products_for_index(services.raise_versions([product.id]))[0]

    assert row.categories == ("pipes", "valves")
    assert row.category_names[0] == "Ball valves"
    assert (row.attributes["material"].value, row.attributes["material"].texts) == ("brass", ("BRASS",))
    assert (row.attributes["bore"].value, row.attributes["bore"].unit) == (15, "mm")
    assert row.codes == ("4006381333931",)
    assert (row.available > 0, row.sample, row.minimum) == (True, True, 9_001)
    # 3.00 a piece is 3,000,000,000 millionths per 1,000 pieces; quantities count thousandths of a piece.
    assert price_at(row, 10_000) == 3_000_000_000
    assert price_at(row, 99_000) == 3_000_000_000
    assert price_at(row, 100_000) == 2_000_000_000
    assert price_at(row, 9_000) is None
    assert (lead_time_at(row, 50_000), lead_time_at(row, 51_000)) == (3, 9)


@pytest.mark.parametrize("text", ["a}, b", 'black}, "finish": {"v": "matt"', "}}", '\\"}, {"', "plain"])
def test_texts_that_look_like_json_are_one_value(index_now: IndexNow, text: str) -> None:
    category = make_category()
    for code in ("colour", "finish"):
        make_attribute(category, code=code, kind=AttributeKind.TEXT)
    stated = {"colour": {"v": text}, "finish": {"v": "gloss"}, "gone": {"v": "whatever"}}
    known = queries.Known()
    for own in (stated, {"finish": {"v": "matt"}}, stated):
        product = make_product(make_vendor(), category=category, attributes=own)
        with transaction():
            row = queries.products_for_index(services.raise_versions([product.id]), known)[0]

        assert {key: value.value for key, value in row.attributes.items()} == {
            key: value["v"] for key, value in own.items() if key != "gone"
        }, "an attribute without a definition is left out"


def test_prices_are_compared_in_the_platforms_currency(index_now: IndexNow) -> None:
    day = clock.now().date()
    db.session.add(ExchangeRate(currency="USD", valid_from=day, rate=Decimal("0.924"), source="a table"))
    product = make_product(make_vendor(currency="USD"), price_micro=1_000_000)
    with transaction():
        row = queries.products_for_index(services.raise_versions([product.id]))[0]

    assert price_at(row, None) == 924_000_000


def test_without_a_rate_a_price_is_unknown(index_now: IndexNow) -> None:
    product = make_product(make_vendor(currency="XAF"))
    with transaction():
        row = queries.products_for_index(services.raise_versions([product.id]))[0]

    assert row.tiers == ()


def test_indexing_costs_the_same_statements_for_any_number(index_now: IndexNow) -> None:
    vendor, category = make_vendor(), make_category()
    products = [make_product(vendor, category=category) for _ in range(12)]
    needed = []
    for some in (products[:1], products[:2], products):
        with transaction(), count_queries() as statements:
            queries.products_for_index(services.raise_versions(product.id for product in some))
        needed.append(len(statements))

    assert needed[1] == needed[2] <= 9


def test_a_rebuild_holds_exactly_what_is_live(index_now: IndexNow, tmp_path: Path) -> None:
    vendor = make_vendor()
    live, paused = make_product(vendor), make_product(vendor, state=ProductState.PAUSED)
    index_now(live, paused)
    fresh = TantivyEngine(tmp_path / "fresh")

    assert rebuild(fresh, DatabaseTruth()) == []

    assert dict(fresh.all_versions()) == {variant_of(live).id: 1}
    fresh.close()


def test_the_rebuild_command_makes_an_index_from_nothing(app: Flask, index_now: IndexNow) -> None:
    product = make_product(make_vendor())

    answer = app.test_cli_runner().invoke(args=["search", "rebuild"])

    assert answer.exit_code == 0, answer.output
    assert json.loads(answer.stdout) == {"documents": 1, "marked": 0}
    assert indexed() == {variant_of(product).id}


def test_a_second_rebuild_is_refused_while_one_runs(app: Flask, index_now: IndexNow) -> None:
    index_now(make_product(make_vendor()))
    before = dict(app_engine().all_versions())
    address = app.config["SETTINGS"].jobs_database_url.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(address, autocommit=True) as first:
        first.execute("SELECT pg_advisory_lock(%s)", (REBUILD_LOCK,))

        answer = app.test_cli_runner().invoke(args=["search", "rebuild"])

    assert answer.exit_code == 1
    assert "another `search rebuild` is at work" in answer.output
    assert dict(app_engine().all_versions()) == before
    assert app.test_cli_runner().invoke(args=["search", "rebuild"]).exit_code == 0


def test_a_mark_of_something_that_is_no_product_is_settled(index_now: IndexNow) -> None:
    changes.mark("something", [new_id()])
    changes.mark("product", [uuid4()])

    assert Indexer(app_engine()).drain() == 2
    assert changes.waiting() == 0
