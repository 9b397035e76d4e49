"""The connection to the database: what ours does otherwise than the driver's own."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg._preparing import Prepare, PrepareManager
from psycopg.abc import PQGen
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import _WaitTimeout, error_from_result
from psycopg.generators import execute
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult
from sqlalchemy.engine.result import SimpleResultMetaData

from marketplace.core.meanwhile import with_work

WAIT_INTERVAL = 0.1  # the driver's own
_PLACE = re.compile(r"%\((\w+)\)s|%%")


@dataclass(frozen=True, slots=True)
class Fixed:
    """A statement that is always the same, with the values that never change and the names of its columns."""

    text: str
    """With named places, as the dialect of the engine writes it."""
    numbered: bytes
    """As the server takes it; `names` are those of its places."""
    names: tuple[str, ...]
    constants: Mapping[str, Any]
    columns: SimpleResultMetaData


def numbered(statement: str) -> tuple[bytes, tuple[str, ...]]:
    """A statement whose places, `%(name)s`, have numbers, and the names by them."""
    names: list[str] = []

    def place(found: re.Match[str]) -> str:
        if found[1] is None:
            return "%"
        if found[1] not in names:
            names.append(found[1])
        return f"${names.index(found[1]) + 1}"

    return _PLACE.sub(place, statement).encode(), tuple(names)


@dataclass(frozen=True, slots=True)
class _Own:
    """What a connection keeps for its fixed statements: what writes values and reads rows, and their names by text and types of values."""

    transformer: Any
    prepared: dict[tuple[bytes, tuple[int, ...]], bytes]


class _Prepared(PrepareManager):
    """What is prepared stays so when a transaction or a savepoint is rolled back.

    The driver forgets it there, for fear that it speaks of tables which the transaction had made. Ours make none, and the server reads a
    statement anew whenever a table of it has changed.
    """

    def _should_discard(self, prep: Prepare, results: Sequence[PGresult]) -> bool:  # type: ignore[override] # its own third is a constant
        return super()._should_discard(prep, [one for one in results if one.command_status != b"ROLLBACK"])


class KeepingConnection(psycopg.Connection[Any]):
    """A connection that keeps its prepared statements when a transaction is rolled back, which is how every page that only reads ends:
    without them the server read and planned each statement of each page.

    And one that waits no longer than the server may take: a halted server keeps its sockets open and its own time-outs for itself.
    """

    patience_seconds: float | None = None
    _own: "_Own | None" = None

    def __init__(self, pgconn: PGconn) -> None:
        super().__init__(pgconn)
        self._prepared = _Prepared()

    def wait(self, gen: PQGen[Any], interval: float = WAIT_INTERVAL, timeout: float | None = None) -> Any:
        """What the server answers. Raises: OperationalError, and the connection is closed, when it says nothing for too long."""
        try:
            return super().wait(with_work(gen, self.pgconn.socket), interval, self.patience_seconds if timeout is None else timeout)
        except _WaitTimeout as error:
            self.close()
            raise psycopg.OperationalError("the server does not answer") from error

    def exchange(self, statements: bytes) -> PGresult:
        """The last answer to some statements without values, past the cursor, which takes as long as the way there and back."""
        self.pgconn.send_query(statements)
        return self.wait(execute(self.pgconn))[-1]

    def answer(self, statement: Fixed, values: Mapping[str, Any]) -> list[Any]:
        """The rows of a SELECT, past the cursor; it is prepared at its first use. Raises: psycopg.Error."""
        if self._own is None:
            self._own = _Own(Transformer(self), {})
        transformer, prepared = self._own.transformer, self._own.prepared
        given = transformer.dump_sequence([values[name] for name in statement.names], [PyFormat.AUTO] * len(statement.names))
        # A value can be of another type than the last time: a number is as small as it can be.
        key = (statement.numbered, transformer.types or ())
        name = prepared.get(key)
        if name is None:
            name = b"own_%d" % len(prepared)
            self.pgconn.send_prepare(name, statement.numbered, transformer.types)
            self._answered(ExecStatus.COMMAND_OK)
            prepared[key] = name
        self.pgconn.send_query_prepared(name, given, transformer.formats)
        found = self._answered(ExecStatus.TUPLES_OK)
        transformer.set_pgresult(found)
        return transformer.load_rows(0, found.ntuples, tuple)

    def rollback(self) -> None:
        """Undo what the transaction has done, if one is open. Raises: OperationalError when the server is gone."""
        if self.info.transaction_status is TransactionStatus.IDLE:
            return
        ended = self.exchange(b"ROLLBACK")
        if ended.status != ExecStatus.COMMAND_OK:
            raise psycopg.OperationalError(ended.error_message.decode(errors="replace"))

    def _deallocate(self, name: bytes | None) -> PQGen[None]:
        # After a table that is dropped or changed the driver has the server forget all that is prepared: ours too.
        yield from super()._deallocate(name)
        if name is None:
            self._own = None

    def _answered(self, status: ExecStatus) -> PGresult:
        """What has just been sent is answered. Raises: psycopg.Error."""
        found: PGresult = self.wait(execute(self.pgconn))[-1]
        if found.status != status:
            raise error_from_result(found, encoding=self.info.encoding)
        return found
