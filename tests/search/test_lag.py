"""The lag of the index is measured by a change that is none."""

from marketplace.core import changes
from marketplace.core.ids import new_id
from search import lag
from search.cli.indexer import Indexer
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
