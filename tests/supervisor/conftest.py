"""Worlds of the stand-in application, ended and searched for survivors after each test."""

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.supervisor.stand_in import Site, lay_out, wait_for

OF_ONE_RUN = ("calls.txt", "lock", "logs", "metrics", "run")
"""What a world holds about a run that has ended."""


@pytest.fixture(scope="session")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stand-in application with the real supervisor."""
    return lay_out(tmp_path_factory.mktemp("code"))


@pytest.fixture
def site(code: Path, tmp_path: Path) -> Iterator[Site]:
    """A world that has never been up."""
    site = Site(code, tmp_path / "home")
    yield site
    site.end()
    assert site.survivors() == []


@pytest.fixture(scope="session")
def first_run(code: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a world that was up once, until its demo was played."""
    site = Site(code, tmp_path_factory.mktemp("first") / "home")
    up = site.up()
    wait_for(lambda: site.state("history") == "done")
    up.send_signal(signal.SIGTERM)
    up.communicate(timeout=60)
    assert up.returncode == 0
    return site.home


@pytest.fixture
def was_up(site: Site, first_run: Path) -> None:
    """`site` was up before. Its next start makes no cluster, no demo and no index, which is most of what a first one takes."""
    shutil.copytree(first_run, site.home, ignore=shutil.ignore_patterns(*OF_ONE_RUN), symlinks=True)
