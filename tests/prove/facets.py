"""Proof: every count beside every filter is right. Random result pages over the demo's goods, on both engines, against brute force.

What must be counted is told from the rows of the database alone (`tests/search/brute.py`), without the index's documents. Words are
asked of the engine, which decides what they match; everything that is filtered and counted among that is brute force. No difference is
allowed. `--engine` chooses one engine; `--home` uses a world that runs already. Exit 1 with what differed.
"""

import argparse
import random
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen
from uuid import UUID

from elasticsearch import Elasticsearch

from marketplace.app import create_app
from marketplace.config import Settings
from marketplace.core import clock
from marketplace.core.db import outside
from search import index, rebuilding
from search.cli.indexer import DatabaseTruth
from search.engines.elasticsearch import ElasticsearchEngine
from search.engines.port import Engine
from tests.search.brute import Goods, read_goods
from tests.search.random_pages import Draw, Drawn, wrong_on
from tests.search.server.node import SearchServer
from tests.search.server.shim import LEGACY_BM25, OpenSearchNode
from tests.world import World, running_world

PAGES, SHORT_PAGES = 1_000, 150
SAID = 30


def compare(engine: Engine, pages: Sequence[Drawn], goods: Mapping[UUID, Goods]) -> list[str]:
    """Ask an engine for all pages; returns what was wrong."""
    wrong: list[str] = []
    begun, hits, empty = time.monotonic(), 0, 0
    for number, drawn in enumerate(pages, 1):
        must, said = wrong_on(engine, drawn, goods)
        hits, empty = hits + must, empty + (not must)
        outside()
        if said:
            wrong.append(f"page {number}, {said}")
            print(f"  wrong: {wrong[-1]}", flush=True)
        if len(wrong) >= SAID:
            break
    seconds = time.monotonic() - begun
    print(
        f"facets: {engine.name}: {len(pages):,} pages, {hits:,} hits, {empty:,} pages of nothing, {len(wrong)} wrong, {seconds:.0f} s",
        flush=True,
    )
    return wrong


@contextmanager
def server_engine(folder: Path) -> Iterator[Engine]:
    """A real search server with the same goods."""
    server = SearchServer(folder)
    try:
        client = Elasticsearch(server.url, node_class=OpenSearchNode)
        engine = ElasticsearchEngine(client, before=outside, similarity=LEGACY_BM25, query_seconds=20)
        rebuilding.rebuild(engine, DatabaseTruth())
        yield engine
    finally:
        server.stop()


def main() -> None:
    """Draw, ask, compare."""
    options = argparse.ArgumentParser()
    options.add_argument("--short", action="store_true")
    options.add_argument("--seed", type=int, default=None)
    options.add_argument("--engine", choices=["tantivy", "server", "both"], default=None)
    options.add_argument("--pages", type=int, default=None)
    options.add_argument("--home", type=Path, default=None, help="a world that runs already")
    chosen = options.parse_args()
    seed = chosen.seed if chosen.seed is not None else secrets.randbelow(2**31)
    number = chosen.pages or (SHORT_PAGES if chosen.short else PAGES)
    engines = chosen.engine or ("tantivy" if chosen.short else "both")
    print(f"facets: {number:,} pages on {engines}, seed {seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="facets-") as folder:
        if chosen.home:
            wrong = prove(World(chosen.home, Popen(["true"])), Path(folder), engines, number, seed)
        else:
            with running_world(Path(folder) / "world", with_history=not chosen.short) as world:
                wrong = prove(world, Path(folder), engines, number, seed)
    sys.exit(1 if wrong else 0)


def prove(world: World, folder: Path, engines: str, number: int, seed: int) -> list[str]:
    """All pages on the engines that are wanted."""
    app = create_app(Settings.from_env(world.environment), doors="cli")
    wrong: list[str] = []
    with app.app_context():
        goods = read_goods(clock.now().date())
        draw = Draw(random.Random(seed), goods)
        pages = [draw.page() for _ in range(number)]
        outside()
        print(f"facets: {len(goods):,} goods are for sale", flush=True)
        if engines in ("tantivy", "both"):
            wrong += compare(index.engine(), pages, goods)
        if engines in ("server", "both"):
            with server_engine(folder / "server") as server:
                wrong += compare(server, pages, goods)
    return wrong


if __name__ == "__main__":
    main()
