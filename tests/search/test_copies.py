"""What goods mean is kept in the database, and each machine reads a copy of its own: so a search server answers by meaning too."""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from uuid import UUID

import pytest

from marketplace.catalogue.models import Product, ProductState, Variant
from marketplace.config import Settings
from marketplace.core import changes
from marketplace.core.db import db, transaction
from search import copies, queries, services
from search.cli import encoding
from search.cli.encoding import Keeper
from search.semantic.packages import is_available, numpy
from search.semantic.vectors import DIMENSIONS, Meanings, digest, read
from tests.conftest import Services
from tests.factories.catalogue import make_product
from tests.factories.vendors import make_vendor
from tests.search.rows import variant

needs_extra = pytest.mark.skipif(not is_available(), reason="the extra `semantic` is not installed")
pytestmark = pytest.mark.usefixtures("app")


def put(text: str, *numbers: int) -> None:
    """Vectors in the table, all of one text, each pointing where its number says."""
    rows = {}
    for number in numbers:
        vector = numpy.zeros(DIMENSIONS, dtype="<f4")
        vector[number] = 1
        rows[variant(number)] = digest(text), vector.tobytes()
    with transaction():
        services.keep_vectors(rows)


def copied(folder: Path) -> dict[UUID, tuple[bytes, int]]:
    """What the copy says of each variant: what its text was, and where it points."""
    known = read(folder)
    assert known is not None
    return {UUID(bytes=i): (known.digests[place], int(known.vectors[place].argmax())) for i, place in known.places.items()}


@needs_extra
def test_a_copy_follows_the_table(tmp_path: Path) -> None:
    put("one", 1, 2, 3)
    copies.renew(tmp_path)
    assert copied(tmp_path) == {variant(number): (digest("one"), number) for number in (1, 2, 3)}

    put("two", 2)
    with transaction():
        services.forget_vectors([variant(3)])
    copies.renew(tmp_path)

    assert copied(tmp_path) == {variant(1): (digest("one"), 1), variant(2): (digest("two"), 2)}


@needs_extra
def test_a_copy_that_is_new_is_left_alone_and_what_it_has_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[UUID] = []
    vectors_of = queries.vectors_of

    def noted(variant_ids: Sequence[UUID]) -> list[tuple[UUID, bytes, bytes]]:
        asked.extend(variant_ids)
        return vectors_of(variant_ids)

    monkeypatch.setattr(queries, "vectors_of", noted)
    put("one", 1, 2)
    copies.renew(tmp_path)
    first = read(tmp_path)

    copies.renew(tmp_path)
    again = read(tmp_path)
    put("two", 2)
    copies.renew(tmp_path)

    assert first is not None
    assert again is not None
    assert again.stamp == first.stamp
    assert sorted(asked) == sorted([variant(1), variant(2), variant(2)])


@needs_extra
def test_one_process_of_a_machine_copies_and_the_others_go_on(tmp_path: Path) -> None:
    put("one", 1)

    with copies.alone(tmp_path / "copy.lock"):
        copies.renew(tmp_path, waits=False)

    assert read(tmp_path) is None


@needs_extra
def test_vectors_are_made_once_for_each_text_that_is_listed(tmp_path: Path) -> None:
    bolt, lamp = _listed("Hex bolt"), _listed("Desk lamp")
    keeper = Keeper(tmp_path, Event())

    assert keeper.catch_up() == (2, 2)
    assert keeper.catch_up() == (2, 0)

    bolt.title = {"en": "Quiet keyboard"}
    lamp.state = ProductState.PAUSED
    db.session.commit()
    assert keeper.catch_up() == (1, 1)
    found = Meanings(tmp_path, waits=True).nearest("noiseless keyboard")
    assert found is not None
    assert list(found[1]) == [db.session.query(Variant.id).filter_by(product_id=bolt.id).scalar()]


@needs_extra
def test_vectors_wait_until_an_import_has_been_followed_for_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(encoding, "time", SimpleNamespace(monotonic=lambda: clock[0]))

    class Waiting(Event):
        """The indexer has followed the import when somebody has waited for a second."""

        def wait(self, timeout: float | None = None) -> bool:
            clock[0] += timeout or 0
            if clock[0] == 1.0:
                with transaction():
                    changes.settle(changes.read_marked(10))
            return False

    bolt = _listed("Hex bolt")
    with transaction():
        changes.mark("product", [bolt.id])

    assert Keeper(tmp_path, Waiting()).catch_up() == (1, 1)
    assert clock[0] == 0.5 + encoding.QUIET_SECONDS, "counted from when something was last seen to wait"


@pytest.fixture
def alone(services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings of a process beside a search server, on a machine whose folder for passing files is `tmp_path`."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return replace(services.settings, search_path=None, database_url="postgresql+psycopg://app:one@db-1/millgate")


@needs_extra
def test_a_process_without_a_shared_folder_has_one_of_its_own_for_each_database(alone: Settings) -> None:
    mine, other = copies.folder_of(alone), copies.folder_of(replace(alone, database_url="postgresql+psycopg://app:one@db-2/millgate"))

    assert mine is not None
    assert mine != other
    assert mine.parent.stat().st_mode & 0o777 == 0o700, "nobody else reads or writes in it"
    assert mine == copies.folder_of(replace(alone, database_url="postgresql+psycopg://jobs:two@db-1/millgate")), "whatever the role"


@needs_extra
@pytest.mark.parametrize("planted", ["open to others", "a link", "a file"])
def test_a_folder_that_somebody_may_have_planted_is_not_read(planted: str, alone: Settings, tmp_path: Path) -> None:
    mine = copies.folder_of(alone)
    assert mine is not None
    own = mine.parent
    if planted == "open to others":
        own.chmod(0o777)
    else:
        own.rmdir()
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir(mode=0o700)
        if planted == "a link":
            own.symlink_to(elsewhere)
        else:
            own.write_text("")

    assert copies.folder_of(alone) is None


def _listed(title: str) -> Product:
    return make_product(make_vendor(), title=title)
