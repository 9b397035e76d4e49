"""What the contract is tried on: an engine, or the oracle, behind the same few words."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Protocol
from uuid import UUID

from search import asking, rebuilding
from search import plan as plans
from search.documents import Document, IndexRow, variant_documents
from search.engines.oracle import OracleEngine
from search.engines.port import Engine
from search.query import Found, Plan, Vocabulary
from search.rebuilding import Standing

ENGINES = ("tantivy", "oracle", "server")
EVERYBODY = frozenset({"all"})


class Subject(Protocol):
    """An index that takes rows."""

    def write(self, rows: Iterable[IndexRow]) -> tuple[int, int]:
        """(written, stale)"""

    def find(self, plan: Plan) -> Found:
        """Answer."""

    def vocabulary(self) -> Vocabulary:
        """Words."""

    def count(self) -> int:
        """What can be found."""

    def versions(self) -> dict[UUID, int]:
        """Everything, tombstones included."""

    def versions_of(self, ids: list[UUID]) -> dict[UUID, int]:
        """Some."""

    def purge(self, ids: list[UUID]) -> int:
        """Remove tombstones."""

    def rebuild(self, truth: "RowTruth", meanwhile: Callable[[], None]) -> list[UUID]:
        """Build anew while `meanwhile` happens; returns what still differs."""

    def close(self) -> None:
        """Let go."""


def search(subject: Subject, text: str = "", **wanted: Any) -> Found:
    """A search as a page makes it."""
    wanted.setdefault("visibility", EVERYBODY)
    return subject.find(plans.build(text, vocabulary=subject.vocabulary(), **wanted))


def numbers(found: Found) -> list[int]:
    """The hits as the numbers of `rows.variant`."""
    return [hit.variant_id.int - 0x1000 for hit in found.hits]


class RowTruth:
    """The database of these tests: rows by id with versions."""

    def __init__(self, rows: Iterable[IndexRow]) -> None:
        self.rows = {row.variant_id: row for row in rows}

    def change(self, variant_id: UUID, **changes: object) -> IndexRow:
        """An act: the row changes and its version rises."""
        row = self.rows[variant_id]
        self.rows[variant_id] = replace(row, version=row.version + 1, **changes)  # type: ignore[arg-type]
        return self.rows[variant_id]

    def versions(self) -> dict[UUID, int]:
        """Versions of every row."""
        return {variant_id: row.version for variant_id, row in self.rows.items()}

    def standings(self) -> dict[UUID, Standing]:
        """Versions, and whether the row may be found."""
        return {variant_id: Standing(row.version, row.listed) for variant_id, row in self.rows.items()}

    def documents(self, ids: list[UUID]) -> list[Document]:
        """Documents as they are now."""
        return variant_documents(self.rows[i] for i in ids)


class EngineSubject:
    """A real engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.find, self.vocabulary, self.count = engine.find, engine.vocabulary, engine.count
        self.versions_of, self.purge, self.close = engine.versions, engine.purge, engine.close

    def write(self, rows: Iterable[IndexRow]) -> tuple[int, int]:
        put = self.engine.put(variant_documents(rows))
        return put.written, put.stale

    def versions(self) -> dict[UUID, int]:
        return dict(self.engine.all_versions())

    def rebuild(self, truth: RowTruth, meanwhile: Callable[[], None]) -> list[UUID]:
        return rebuilding.rebuild(self.engine, truth, report=lambda *_: meanwhile())


class OracleSubject:
    """Brute force; a rebuild is nothing to it."""

    def __init__(self, engine: OracleEngine) -> None:
        self.engine = engine
        self.find, self.vocabulary, self.count, self.versions = engine.find, engine.vocabulary, engine.count, engine.versions

    def write(self, rows: Iterable[IndexRow]) -> tuple[int, int]:
        return self.engine.write(rows)

    def versions_of(self, ids: list[UUID]) -> dict[UUID, int]:
        return {i: version for i, version in self.engine.versions().items() if i in ids}

    def purge(self, ids: list[UUID]) -> int:
        return self.engine.purge(ids)

    def rebuild(self, truth: RowTruth, meanwhile: Callable[[], None]) -> list[UUID]:
        fresh = OracleEngine()
        fresh.write(row for row in truth.rows.values() if row.listed)
        meanwhile()
        known = self.engine.versions().keys() | fresh.versions().keys()
        fresh.write(row for row in truth.rows.values() if row.listed or row.variant_id in known)
        self.engine = fresh
        self.find, self.vocabulary, self.count, self.versions = fresh.find, fresh.vocabulary, fresh.count, fresh.versions
        return [i for i, row in truth.rows.items() if row.listed and fresh.versions().get(i) != row.version]

    def close(self) -> None:
        pass


def having(subject: Subject, text: str) -> list[int]:
    """The variants that have every word, in order."""
    return numbers(subject.find(asking.strict(plans.build(text, vocabulary=subject.vocabulary(), visibility=EVERYBODY))))
