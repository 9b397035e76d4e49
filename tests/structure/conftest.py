"""The worlds of the tenant matrix, made once; each module here writes into a copy of its own."""

import shutil
from copy import deepcopy
from dataclasses import replace

import pytest
from flask import Flask

from marketplace.core.db import db
from marketplace.supervisor.simulator import Simulator
from search.engines.tantivy import TantivyEngine
from search.index import EXTENSION
from tests.conftest import TEMPLATE, Services, whole_app
from tests.walls import world as worlds
from tests.walls.side import World

WALLS = "template_walls"
PATIENCE = 12
"""Both worlds are made in few long transactions: one that stands still for five seconds on a crowded machine would cost every test here."""


@pytest.fixture(scope="package")
def built(services: Services, simulator: Simulator, tmp_path_factory: pytest.TempPathFactory) -> World:
    """Both worlds in a database that is only copied, and their index."""
    services.postgres.create_database(WALLS, TEMPLATE)
    app = whole_app(replace(services.settings_for(WALLS), stripe_api_base=simulator.url), patience=PATIENCE)
    with app.app_context():
        world = worlds.build(app)
        worlds.fill_index(world, tmp_path_factory.mktemp("walls"))
        db.engine.dispose()  # a template must have no open connection
    return world


@pytest.fixture(scope="module")
def template(built: World) -> str:
    """Modules here begin with the worlds in their database."""
    return WALLS


@pytest.fixture(scope="module")
def world(built: World, committed_app: Flask, tmp_path_factory: pytest.TempPathFactory) -> World:
    """The worlds as this module has them."""
    folder = tmp_path_factory.mktemp("index")
    shutil.copytree(built.app.extensions[EXTENSION].path, folder, dirs_exist_ok=True)
    committed_app.extensions[EXTENSION] = TantivyEngine(folder)
    return replace(built, app=committed_app, sides=deepcopy(built.sides), people=dict(built.people))
