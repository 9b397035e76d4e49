"""The port that every engine fills, and what they share. An engine is used outside transactions only.

Writing is idempotent: every document has a version that the database gave it, and an older or equal one never replaces what is
there, so late, repeated and reordered batches do no harm.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from search.documents import Document
from search.query import Found, Plan, Vocabulary


@dataclass(frozen=True, slots=True)
class Put:
    """What became of a batch: documents written, and documents that were older than what the index has."""

    written: int
    stale: int


class Writable(Protocol):
    """Something that takes documents: the live index, or the next one while it is built."""

    def put(self, documents: Iterable[Document]) -> Put:
        """Write documents as they come, and make them visible together at the end; older or equal versions are ignored. What `documents`
        raises ends it, and nothing may be taken as written.
        """

    def versions(self, ids: Iterable[UUID]) -> dict[UUID, int]:
        """Versions by id, tombstones included; what is not there is absent."""

    def all_versions(self) -> Iterator[tuple[UUID, int]]:
        """Every id with its version, tombstones included."""


class Building(Writable, Protocol):
    """The next index. Nobody sees it before `publish`."""

    def publish(self) -> None:
        """Let the pointer (or alias) name this index from now on; the one before it stays for one more rebuild."""

    def abandon(self) -> None:
        """Throw it away."""


class Engine(Writable, Protocol):
    """A search engine. All methods raise `SearchUnavailable` when it does not answer in time."""

    name: str

    def vocabulary(self) -> Vocabulary:
        """What the index knows of words, for `plan.build`."""

    def find(self, plan: Plan) -> Found:
        """Answer a plan. Raises: ValueError for a plan without visibility."""

    def count(self) -> int:
        """Documents that can be found; tombstones do not count."""

    def purge(self, ids: Iterable[UUID]) -> int:
        """Remove tombstones for good; documents stay. Returns how many went."""

    def rebuild(self) -> Building:
        """Begin the next index beside the live one."""

    def close(self) -> None:
        """Let go of files and connections."""


def check(plan: Plan) -> None:
    """Refuse a plan that would show everything to everybody (decision 23). Raises: ValueError."""
    if not plan.visibility:
        raise ValueError("a plan without a visibility filter")


def newest(documents: Iterable[Document]) -> dict[str, Document]:
    """One document per id, the one with the highest version: a batch may hold several."""
    kept: dict[str, Document] = {}
    for document in documents:
        other = kept.get(document.id)
        if other is None or other.version < document.version:
            kept[document.id] = document
    return kept
