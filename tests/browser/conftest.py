"""One Chromium and one running world with the demo in it for all browser tests. No test waits for a time, only for what a page shows.

`MILLGATE_WORLD=<data folder>` takes a world that already runs (`dev.py up`), `MILLGATE_SHOTS=<folder>` keeps pictures of every page.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.people import LogIns, Windows
from tests.conftest import required
from tests.world import World, running_world

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, where there is one; without it the tests are skipped, except where the browser is required."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        missing = "Chromium is not installed here, so the browser tests do not run."
        if required("browser"):
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        chromium.close()


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
