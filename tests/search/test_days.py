"""What a day changes: rates that begin and back orders that come nearer are in the index, though nobody has touched the goods."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask

from marketplace.catalogue.models import Product
from marketplace.core import changes, clock, jobs
from marketplace.core.audit import SYSTEM
from marketplace.core.db import db
from marketplace.pricing.services import load_rates
from marketplace.worker import run_job
from search.cli.indexer import DatabaseTruth, Indexer
from search.index import engine as app_engine
from tests.factories.catalogue import make_product
from tests.factories.vendors import make_vendor
from tests.search.reading import page, skus
from tests.search.test_indexing import IndexNow, variant_of


def load(rate: float, first: date) -> None:
    load_rates({"USD": rate}, valid_from=first, source="European reference rate", actor=SYSTEM)
    db.session.commit()


def document(product: Product) -> dict[str, object]:
    [one] = DatabaseTruth().documents([variant_of(product).id])
    assert one.fields is not None
    return one.fields


def longest_lead_time(product: Product) -> int:
    return max(days for name, days in document(product).items() if name.startswith("lead_") and name.endswith("_days"))  # type: ignore[type-var, return-value]


@pytest.fixture
def begin_day(app: Flask) -> Callable[[], int]:
    """The job of a new day, and what the indexer then does; returns how many goods it indexed."""

    def begin() -> int:
        job_id = jobs.enqueue("search.begin_day", key=f"search.begin_day:{clock.now().isoformat()}")
        assert job_id is not None
        db.session.commit()
        run_job(app, job_id)
        return Indexer(app_engine()).drain()

    return begin


def test_a_rate_that_is_loaded_is_in_filters_and_documents_at_once(app: Flask, index_now: IndexNow) -> None:
    load(0.924, date(2020, 1, 1))
    foreign = make_product(make_vendor(currency="USD"), sku="US-1", tiers=[(1, 1_000_000)])
    own = make_product(make_vendor(), sku="EU-1", tiers=[(1, 1_000_000)])
    index_now(foreign, own)
    client = app.test_client()
    assert skus(page(client, "/search?q=bolt&price_from=0.9&price_to=0.95")) == ["US-1"]

    load(1.848, clock.now().date())

    assert changes.marked("product", [foreign.id, own.id]) == {foreign.id}
    assert Indexer(app_engine()).drain() == 1
    assert skus(page(client, "/search?q=bolt&price_from=1.8&price_to=1.9")) == ["US-1"]
    assert skus(page(client, "/search?q=bolt&price_from=0.9&price_to=0.95")) == []


def test_a_rate_of_a_later_day_is_indexed_on_that_day(index_now: IndexNow, begin_day: Callable[[], int]) -> None:
    load(0.924, date(2020, 1, 1))
    foreign, own = (make_product(make_vendor(currency=currency), tiers=[(1, 1_000_000)]) for currency in ("USD", "EUR"))
    index_now(foreign, own)
    load(1.848, clock.now().date() + timedelta(days=2))
    assert changes.waiting() == begin_day() == 0

    with clock.at(clock.now() + timedelta(days=3)):  # a day was missed
        assert begin_day() == 1
        assert document(foreign)["tier_0_price"] == 1_848_000_000


def test_a_back_order_comes_nearer_every_day(index_now: IndexNow, begin_day: Callable[[], int]) -> None:
    due = clock.now().date() + timedelta(days=10)
    awaited, there = make_product(vendor := make_vendor(), back_order_on=due), make_product(vendor)
    index_now(awaited, there)
    before = longest_lead_time(awaited)

    with clock.at(clock.now() + timedelta(days=4)):
        assert begin_day() == 1
        assert longest_lead_time(awaited) == before - 4
    with clock.at(clock.now() + timedelta(days=30)):
        assert begin_day() == 0, "it has long come in"
