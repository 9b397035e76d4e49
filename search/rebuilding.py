"""A whole index beside the live one, and how an index is compared with the database."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from search.documents import Document
from search.engines.port import Engine, Writable

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
    """Build the index anew beside the live one and swap. Searches and changes go on meanwhile; tombstones are left behind.

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
        building.publish()
    except BaseException:
        building.abandon()
        raise
    return differences(engine, truth.standings())


def _catch_up(target: Writable, truth: Truth) -> int:
    behind = differences(target, truth.standings())
    for start in range(0, len(behind), CHUNK):
        target.put(truth.documents(behind[start : start + CHUNK]))
    return len(behind)


def differences(target: Writable, standings: Mapping[UUID, Standing]) -> list[UUID]:
    """Ids that the index holds in another version than the database, or not at all though they are live."""
    indexed = dict(target.all_versions())
    return [
        variant_id
        for variant_id, standing in standings.items()
        if indexed.get(variant_id, None if standing.is_live else standing.version) != standing.version
    ]
