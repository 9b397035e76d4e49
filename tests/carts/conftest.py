"""The embedded index for pages that look codes up."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from marketplace.catalogue.models import Product
from marketplace.core import changes
from marketplace.core.db import db
from search.cli.indexer import Indexer
from search.engines.tantivy import TantivyEngine
from search.index import EXTENSION
from search.queries import forget_vendors


@pytest.fixture
def index_now(app: Flask, tmp_path: Path) -> Iterator[Callable[..., int]]:
    """An empty index of the application; the function indexes products as the indexer does."""
    engine = TantivyEngine(tmp_path / "index")
    app.extensions[EXTENSION] = engine

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
