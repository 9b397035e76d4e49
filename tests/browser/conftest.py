"""One Chromium and one running world with the demo in it for all browser tests. No test waits for a time, only for what a page shows.

`MILLGATE_WORLD=<data folder>` takes a world that already runs (`dev.py up`), `MILLGATE_SHOTS=<folder>` keeps pictures of every page.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.people import LogIns, Windows
from tests.world import World, running_world

FOLDER = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tour is the first browser test."""
    places = [place for place, item in enumerate(items) if item.path.parent == FOLDER]
    ordered = sorted((items[place] for place in places), key=lambda item: item.path.name != "test_tour.py")
    for place, item in zip(places, ordered, strict=True):
        items[place] = item


@pytest.fixture(scope="session")
def world(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The demo with its history, started as people start it."""
    given = os.environ.get("MILLGATE_WORLD")
    if given:
        yield World(Path(given), None)  # type: ignore[arg-type] # somebody else's process
        return
    with running_world(tmp_path_factory.mktemp("world"), with_history=True) as running:
        yield running


@pytest.fixture(scope="session")
def log_ins(world: World) -> LogIns:
    """Who is printed by `up`."""
    return LogIns.read(world.home)


@pytest.fixture(scope="session")
def windows(browser: Browser, world: World, log_ins: LogIns) -> Iterator[Windows]:
    """The windows of all tests."""
    opened = Windows(browser, world.url, log_ins)
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def _no_faults(windows: Windows) -> Iterator[None]:
    """No page complains, breaks its policy or fails."""
    windows.faults.taken()
    yield
    assert windows.faults.taken() == []
