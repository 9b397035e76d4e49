"""Engines under one contract, and a real search server for the one that is remote."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch
from flask import Flask

from marketplace.catalogue.models import Product
from marketplace.core import changes
from marketplace.core.audit import SYSTEM
from marketplace.core.db import db
from marketplace.pricing import services, shipped
from search.cli.indexer import Indexer
from search.engines.elasticsearch import ElasticsearchEngine
from search.engines.oracle import OracleEngine
from search.engines.tantivy import TantivyEngine
from search.index import EXTENSION
from search.queries import forget_vendors
from search.views import dear
from tests.search.lending import Lent, Written
from tests.search.rows import ROWS
from tests.search.server.node import Absent, SearchServer
from tests.search.server.shim import LEGACY_BM25, OpenSearchNode
from tests.search.subjects import ENGINES, EngineSubject, OracleSubject, Subject
from tests.tools import await_installation, required


@pytest.fixture(scope="session")
def search_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchServer]:
    """A real Lucene server; skipped where Java or Maven are missing, unless `MILLGATE_REQUIRE` names it."""
    await_installation()
    try:
        server = SearchServer(tmp_path_factory.mktemp("search-server"))
    except Absent as absence:
        if required("search_server"):
            pytest.fail(f"the search server is required: {absence}")
        pytest.skip(f"no search server: {absence}")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def make_subject(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Subject]]:
    """Makes an empty index on an engine; everything is closed at the end of the session."""
    made: list[Subject] = []

    def make(engine: str) -> Subject:
        subject: Subject
        if engine == "oracle":
            subject = OracleSubject(OracleEngine())
        elif engine == "tantivy":
            subject = EngineSubject(TantivyEngine(tmp_path_factory.mktemp("index")))
        else:
            server: SearchServer = request.getfixturevalue("search_server")
            client = Elasticsearch(server.url, node_class=OpenSearchNode)
            alias = f"variants-{len(made)}"
            subject = EngineSubject(ElasticsearchEngine(client, alias=alias, similarity=LEGACY_BM25, query_seconds=20))
        made.append(subject)
        return subject

    yield make
    for subject in made:
        subject.close()


@pytest.fixture(scope="session")
def last_begun(make_subject: Callable[[str], Subject]) -> dict[str, Written]:
    """What was last begun on each engine."""
    return {engine: Written(partial(make_subject, engine)) for engine in ENGINES}


@pytest.fixture(params=ENGINES)
def subject(request: pytest.FixtureRequest, last_begun: dict[str, Written]) -> Iterator[Subject]:
    """An empty index, on each engine in turn."""
    lent = Lent(last_begun[request.param])
    yield lent
    lent.close()


@pytest.fixture(scope="session")
def filled(make_subject: Callable[[str], Subject]) -> Callable[[str], Subject]:
    """The made-up catalogue on an engine, written once."""
    ready: dict[str, Subject] = {}

    def fill(engine: str) -> Subject:
        if engine not in ready:
            subject = make_subject(engine)
            subject.write(ROWS)
            ready[engine] = subject
        return ready[engine]

    return fill


@pytest.fixture(params=ENGINES)
def full(request: pytest.FixtureRequest, filled: Callable[[str], Subject]) -> Subject:
    """The made-up catalogue, on each engine in turn. Tests must not write to it."""
    return filled(request.param)


@pytest.fixture(scope="session")
def oracle() -> OracleEngine:
    """Brute force over the same catalogue."""
    engine = OracleEngine()
    engine.write(ROWS)
    return engine


@pytest.fixture
def index_now(app: Flask, tmp_path: Path) -> Iterator[Callable[..., int]]:
    """The application's embedded index, empty; the function marks products and indexes what is marked, as the indexer does."""
    engine = TantivyEngine(tmp_path / "index")
    app.extensions[EXTENSION] = engine
    forget_vendors()

    def run(*products: Product) -> int:
        changes.mark("product", [product.id for product in products])
        forget_vendors()
        done = Indexer(engine).drain()
        db.session.expire_all()
        return done

    run()
    yield run
    engine.close()
    del app.extensions[EXTENSION]
    forget_vendors()


@pytest.fixture
def rates_known(index_now: Callable[..., int]) -> None:
    """The shipped rates of tax and duty, without which no landed price is known."""
    services.load_tax_rates(shipped.tax_rates(), actor=SYSTEM)
    services.load_duty_rates(shipped.duty_rates(), actor=SYSTEM)


@pytest.fixture(autouse=True)
def _nobody_has_asked() -> None:
    """Tests ask for more dear pages in a minute than a reader may."""
    dear.allowance.forget()
