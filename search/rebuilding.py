"""A whole index beside the live one, and how an index is compared with the database."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from search.documents import Document, tombstone
from search.engines.port import Engine, Writable
from search.errors import SearchUnavailable

CHUNK = 1_000
ROUNDS = 5
"""Times that the new index catches up before the swap; what changes even then is found after it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the index should hold of a variant: this version, or nothing but at most a tombstone of it."""

    version: int
    is_live: bool


class Truth(Protocol):
    """What the database says, as a rebuild reads it."""

    def standings(self) -> Mapping[UUID, Standing]:
        """Every variant that was ever indexed."""

    def documents(self, ids: list[UUID]) -> list[Document]:
        """Documents of these variants as they are now, with their versions as they are now."""


def rebuild(engine: Engine, truth: Truth, *, report: Callable[[int, int], None] | None = None) -> list[UUID]:
    """Build the index anew beside the live one and swap. Searches and changes go on meanwhile.

    Changes that happen during the load reach the live index only, so the new one catches up by versions until nothing differs,
    is published, and is compared once more. Returned is what still differs: ids that must be marked as changed.
    """
    building = engine.rebuild()
    try:
        ids = [variant_id for variant_id, standing in truth.standings().items() if standing.is_live]
        for start in range(0, len(ids), CHUNK):
            building.put(truth.documents(ids[start : start + CHUNK]))
            if report:
                report(min(start + CHUNK, len(ids)), len(ids))
        for _ in range(ROUNDS):
            if not _catch_up(building, truth):
                break
        _carry_tombstones(engine, building, truth)
    except BaseException:
        building.abandon()
        raise
    # Not among what is abandoned: whatever fails now, pages may be reading the new index already. One that nobody reads goes next time.
    building.publish()
    return differences(engine, truth.standings())


def _catch_up(target: Writable, truth: Truth) -> int:
    behind = differences(target, truth.standings())
    for start in range(0, len(behind), CHUNK):
        target.put(truth.documents(behind[start : start + CHUNK]))
    return len(behind)


def _carry_tombstones(live: Engine, target: Writable, truth: Truth) -> None:
    """What the live index still remembers as gone is of today, since every night purges: a change that comes late must meet it."""
    try:
        remembered = {variant_id for variant_id, _ in live.all_versions()}
    except SearchUnavailable:  # there is no live index yet
        return
    standings = truth.standings()
    gone = [tombstone(i, standings[i].version) for i in remembered & standings.keys() if not standings[i].is_live]
    for start in range(0, len(gone), CHUNK):
        target.put(gone[start : start + CHUNK])


def differences(target: Writable, standings: Mapping[UUID, Standing]) -> list[UUID]:
    """Ids that the index holds in another version than the database, or not at all though they are live."""
    found = drift(dict(target.all_versions()), standings)
    return [*found.missing, *found.behind, *found.ahead]


@dataclass(frozen=True, slots=True)
class Drift:
    """How an index differs from the database, by variant ids."""

    missing: list[UUID]
    """Live, and not in the index."""
    behind: list[UUID]
    """In the index in an older version."""
    ahead: dict[UUID, int]
    """In the index in a version that no row has reached, as after a restore to an earlier moment."""
    surplus: dict[UUID, int]
    """In the index under an id that the database has never indexed."""
    tombstones: list[UUID]
    """No longer for sale, as the database says too: no difference, but room that can be given back."""

    @property
    def count(self) -> int:
        """How many documents differ."""
        return len(self.missing) + len(self.behind) + len(self.ahead) + len(self.surplus)


def drift(indexed: Mapping[UUID, int], standings: Mapping[UUID, Standing]) -> Drift:
    """Compare what an index holds (read first, so that its ids are known to the database by then) with what it should hold."""
    found = Drift([], [], {}, {version_id: version for version_id, version in indexed.items() if version_id not in standings}, [])
    for variant_id, standing in standings.items():
        version = indexed.get(variant_id)
        if version is None:
            if standing.is_live:
                found.missing.append(variant_id)
        elif version < standing.version:
            found.behind.append(variant_id)
        elif version > standing.version:
            found.ahead[variant_id] = version
        elif not standing.is_live:
            found.tombstones.append(variant_id)
    return found
