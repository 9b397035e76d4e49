"""Worlds of the stand-in application, ended and searched for survivors after each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.supervisor.stand_in import Site, lay_out


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
