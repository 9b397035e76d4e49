"""The night of the index: whatever it was before, afterwards it is the database."""

import json
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from flask import Flask

from marketplace.catalogue.models import ProductState
from marketplace.core import changes, clock, duties, jobs
from marketplace.core.db import db, transaction
from marketplace.core.duties import Duty
from marketplace.worker import run_job
from search import night, queries, services
from search.cli.indexer import DatabaseTruth, Indexer
from search.documents import Document
from search.engines.port import Engine, Put
from search.errors import SearchUnavailable
from search.index import engine as app_engine
from search.rebuilding import differences
from tests.factories.catalogue import make_product
from tests.factories.vendors import make_vendor
from tests.search.test_indexing import IndexNow, indexed, variant_of


def test_the_night_is_asked_for_by_a_job_and_done_by_the_indexer(app: Flask, index_now: IndexNow) -> None:
    index_now(make_product(make_vendor()))
    job_id = jobs.enqueue("search.reconcile", key="search.reconcile:test")
    assert job_id is not None
    db.session.commit()

    run_job(app, job_id)
    run_job(app, job_id)  # delivered twice
    assert [mark.kind for mark in changes.read_marked(100)] == [night.CHECK]
    assert Indexer(app_engine()).drain() == 1

    assert changes.waiting() == 0
    done = duties.last(Duty.INDEX_CHECK)
    assert done is not None
    assert (done.facts["documents"], done.facts["missing"], done.is_late(Duty.INDEX_CHECK)) == (1, 0, False)
    with clock.at(clock.now() + timedelta(hours=27)):
        assert done.is_late(Duty.INDEX_CHECK)


def test_the_operator_looks_at_any_time_and_has_it_mended(app: Flask, index_now: IndexNow) -> None:
    product = make_product(make_vendor())
    index_now(product)
    with transaction():
        services.raise_versions([product.id])

    def differ(*options: str) -> int:
        answer = app.test_cli_runner().invoke(args=["search", "check", *options])
        assert answer.exit_code == 0, answer.output
        return int(json.loads(answer.output)["differ"])

    assert differ() == 1
    assert changes.waiting() == 0
    assert differ("--repair") == 1
    while changes.waiting():
        Indexer(app_engine()).drain()
    assert differ() == 0


def test_what_was_changed_just_now_and_is_marked_is_no_drift(index_now: IndexNow) -> None:
    paused, new = make_product(vendor := make_vendor()), make_product(vendor)
    index_now(paused)
    with transaction():
        paused.state = ProductState.PAUSED
        changes.mark("product", [paused.id, new.id])

    night.check_index(app_engine())

    done = duties.last(Duty.INDEX_CHECK)
    assert done is not None
    assert done.facts["unmarked"] == 0


def test_after_the_night_the_index_is_the_database_whatever_it_was_before(index_now: IndexNow) -> None:
    vendor = make_vendor()
    missing, behind, ahead, good, paused, unmarked, new = (make_product(vendor) for _ in range(7))
    index_now(missing, behind, ahead, good, paused, unmarked)
    engine = app_engine()
    app_index_without(engine, variant_of(missing).id)
    with transaction():
        services.raise_versions([behind.id])
    engine.put([replace(document, version=9, fields=None) for document in DatabaseTruth().documents([variant_of(ahead).id])])
    never_known = uuid4()
    engine.put([replace(document, id=str(never_known)) for document in DatabaseTruth().documents([variant_of(good).id])])
    paused.state = ProductState.PAUSED
    index_now(paused)
    unmarked.state = ProductState.PAUSED  # by a hand that marked nothing
    db.session.commit()

    found = night.check_index(engine)

    assert (found.missing, found.behind) == ([variant_of(missing).id], [variant_of(behind).id])
    assert (found.ahead, found.surplus) == ({variant_of(ahead).id: 9}, {never_known: 1})
    assert found.tombstones == [variant_of(paused).id]
    assert {mark.subject_id for mark in changes.read_marked(100)} == {missing.id, behind.id, ahead.id, unmarked.id, new.id}
    done = duties.last(Duty.INDEX_CHECK)
    assert done is not None
    assert (done.facts["surplus"], done.facts["unmarked"], done.facts["purged"]) == (1, 2, 2)
    assert never_known not in dict(engine.all_versions())
    Indexer(engine).drain()
    assert indexed() == {variant_of(product).id for product in (missing, behind, ahead, good, new)}
    assert differences(engine, queries.standings()) == []
    second = night.check_index(engine)
    assert (second.count, second.tombstones) == (0, [variant_of(unmarked).id])
    assert night.check_index(engine).tombstones == []


def test_a_variant_whose_tombstone_was_purged_comes_back_in_a_newer_version(index_now: IndexNow) -> None:
    product = make_product(make_vendor())
    index_now(product)
    product.state = ProductState.PAUSED
    index_now(product)
    night.check_index(app_engine())
    assert dict(app_engine().all_versions()) == {}

    product.state = ProductState.LIVE
    index_now(product)

    assert app_engine().versions([variant_of(product).id]) == {variant_of(product).id: 3}


def test_a_night_without_an_index_notes_nothing_and_comes_again(index_now: IndexNow) -> None:
    class Away:
        def put(self, _documents: object) -> Put:
            return Put(0, 0)

        def all_versions(self) -> object:
            raise SearchUnavailable

    changes.mark(night.CHECK, [duties.SUBJECTS[Duty.INDEX_CHECK]])
    with pytest.raises(SearchUnavailable):
        Indexer(Away()).drain()  # type: ignore[arg-type]

    assert changes.waiting() == 1
    assert duties.last(Duty.INDEX_CHECK) is None


def app_index_without(engine: Engine, variant_id: UUID) -> None:
    """Lose one document, as a disk does."""
    version = engine.versions([variant_id])[variant_id]
    engine.put([Document(str(variant_id), version + 1, None)])
    engine.purge([variant_id])
