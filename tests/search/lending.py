"""An index for each test of the contract. Most tests write a few rows and then only read, dozens of them the same rows: these share one."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from uuid import UUID

from search.documents import IndexRow
from search.engines.elasticsearch import ElasticsearchEngine
from search.engines.port import Engine
from search.query import Found, Plan, Vocabulary
from tests.search.subjects import EngineSubject, RowTruth, Subject


def put_away(subject: Subject) -> None:
    """Let go of an index: an embedded one is looked after by a thread while it is open, and each one of a server makes its next ones slower."""
    engine = subject.engine if isinstance(subject, EngineSubject) else None
    if isinstance(engine, ElasticsearchEngine):
        engine.ask(lambda client: client.indices.delete(index=f"{engine.alias}-*"), writing=True)
    subject.close()


@dataclass
class Written:
    """The index that was last begun on an engine, and the rows that it was begun with."""

    make: Callable[[], Subject]
    rows: list[IndexRow] = field(default_factory=list)
    subject: Subject | None = None
    answer: tuple[int, int] = (0, 0)

    def holding(self, rows: list[IndexRow]) -> Subject:
        """An index with exactly these rows, for reading."""
        if self.subject is not None and rows == self.rows:
            return self.subject
        if self.subject is not None:
            put_away(self.subject)
            self.subject = None
        begun = self.make()
        self.answer = begun.write(rows)
        # Only now: where writing has failed, nobody is to read what was written of it.
        self.subject, self.rows = begun, rows
        return begun


class Lent:
    """A subject that is empty at first. It is one of its own from the moment on at which more than the first rows is written to it."""

    def __init__(self, written: Written) -> None:
        self._written = written
        self._first: list[IndexRow] = []
        self._shared: Subject | None = None
        self._own: Subject | None = None

    def write(self, rows: Iterable[IndexRow]) -> tuple[int, int]:
        if self._shared is None and self._own is None:
            self._first = list(rows)
            self._shared = self._written.holding(self._first)
            return self._written.answer
        return self._owned().write(rows)

    def _owned(self) -> Subject:
        if self._own is None:
            self._own = self._written.make()
            self._own.write(self._first)
        return self._own

    def _read(self) -> Subject:
        return self._own or self._shared or self._owned()

    @property
    def engine(self) -> Engine:
        """What is done with it is not known here, so it is an engine of one's own."""
        return self._owned().engine  # type: ignore[attr-defined] # the oracle has one of its own kind

    def find(self, plan: Plan) -> Found:
        return self._read().find(plan)

    def vocabulary(self) -> Vocabulary:
        return self._read().vocabulary()

    def count(self) -> int:
        return self._read().count()

    def versions(self) -> dict[UUID, int]:
        return self._read().versions()

    def versions_of(self, ids: list[UUID]) -> dict[UUID, int]:
        return self._read().versions_of(ids)

    def purge(self, ids: list[UUID]) -> int:
        return self._owned().purge(ids)

    def rebuild(self, truth: RowTruth, meanwhile: Callable[[], None]) -> list[UUID]:
        return self._owned().rebuild(truth, meanwhile)

    def close(self) -> None:
        if self._own is not None:
            put_away(self._own)
