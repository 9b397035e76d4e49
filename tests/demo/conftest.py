"""A world of its own for the demo's tests: real commits, a payment simulator whose clock may be moved."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from marketplace.core.db import db
from marketplace.demo.cli import group
from tests.conftest import TEMPLATE, Services, whole_app
from tests.services import start_simulator

NAME = "demo_world"


@pytest.fixture(scope="package")
def demo_app(services: Services, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application on an empty database, connected as commands are, with its own simulator and data folder."""
    folder: Path = tmp_path_factory.mktemp("demo")
    services.postgres.create_database(NAME, template=TEMPLATE)
    simulator = start_simulator(folder, "http://127.0.0.1:9/payments/stripe/events")
    settings = services.settings_for(NAME)
    home = folder / "home"
    home.mkdir()
    app = whole_app(replace(settings, database_url=settings.jobs_database_url, stripe_api_base=simulator.url, home=str(home)))
    yield app
    with app.app_context():
        db.engine.dispose()
    simulator.stop()
    services.postgres.drop_database(NAME)


@pytest.fixture(scope="package")
def command(demo_app: Flask) -> Callable[..., Result]:
    """Runs a command of the demo as `python -m marketplace demo …` does."""

    def run(*arguments: str) -> Result:
        with demo_app.app_context():
            return CliRunner().invoke(group, arguments)

    return run


@pytest.fixture(scope="package")
def seeded(demo_app: Flask, command: Callable[..., Result]) -> Flask:
    """The demo's companies and catalogue, seeded by the command."""
    answer = command("seed", "--companies")
    assert answer.exit_code == 0, answer.output
    return demo_app


@pytest.fixture
def context(seeded: Flask) -> Iterator[None]:
    """Each test reads in a context of its own."""
    with seeded.app_context():
        yield
        db.session.remove()
