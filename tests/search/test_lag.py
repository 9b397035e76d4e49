"""The lag of the index is measured by a change that is none."""

import psycopg
from flask import Flask

from marketplace.core import changes
from marketplace.core.ids import new_id
from search import lag
from search.cli.indexer import Indexer, heard
from search.index import engine
from tests.factories.catalogue import make_product
from tests.factories.vendors import make_vendor
from tests.search.reading import IndexNow


def test_without_an_indexer_the_lag_is_unknown_and_nothing_is_left_behind(index_now: IndexNow) -> None:
    assert lag.measured(limit=0.05) is None
    assert changes.waiting() == 0


def test_a_probe_is_settled_like_any_change_and_touches_no_document(index_now: IndexNow) -> None:
    index_now(make_product(make_vendor()))
    before = dict(engine().all_versions())
    changes.mark(lag.PROBE, [new_id()])

    assert Indexer(engine()).drain() == 1
    assert changes.waiting() == 0
    assert dict(engine().all_versions()) == before


def test_whoever_waits_for_a_mark_goes_on_when_it_comes_and_hears_of_it_once(app: Flask) -> None:
    address = app.config["SETTINGS"].jobs_database_url.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(address, autocommit=True) as listening, psycopg.connect(address, autocommit=True) as marking:
        listening.execute(f"LISTEN {changes.CHANNEL}")
        assert not heard(listening, 0)

        for _ in range(3):
            marking.execute(f"NOTIFY {changes.CHANNEL}")

        assert heard(listening, 30)
        assert not heard(listening, 0)
