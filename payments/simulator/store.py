"""All state, in one SQLite file that survives a kill at any time.

One connection behind one lock: an act is `with store.act():`, which is BEGIN IMMEDIATE … COMMIT, so that what was answered is on disk.
"""

import json
import secrets
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Body = dict[str, Any]

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# Fields of a body that lists are filtered by; the first of them pick out few rows and have an index of their own.
_INDEXED = ("charge", "payment_intent", "transfer_group", "transfer", "source_transaction", "source", "destination")
FILTERS = (*_INDEXED, "type", "status", "currency", "customer", "url")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, account TEXT NOT NULL,
  created INTEGER NOT NULL, body TEXT NOT NULL, hidden TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS objects_list ON objects (kind, account, created, seq);
CREATE TABLE IF NOT EXISTS funds (
  account TEXT NOT NULL, currency TEXT NOT NULL, available INTEGER NOT NULL, PRIMARY KEY (account, currency)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS maturing (
  id TEXT PRIMARY KEY, account TEXT NOT NULL, currency TEXT NOT NULL, at INTEGER NOT NULL, net INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS maturing_at ON maturing (at);
CREATE INDEX IF NOT EXISTS maturing_account ON maturing (account, currency);
CREATE TABLE IF NOT EXISTS due (at INTEGER NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (at, kind, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS keys (
  scope TEXT NOT NULL, key TEXT NOT NULL, fingerprint TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL,
  request_id TEXT NOT NULL, created INTEGER NOT NULL, PRIMARY KEY (scope, key)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS keys_created ON keys (created);
CREATE TABLE IF NOT EXISTS deliveries (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL, endpoint TEXT NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL,
  next_try REAL NOT NULL, UNIQUE (event, endpoint));
CREATE INDEX IF NOT EXISTS deliveries_open ON deliveries (state, next_try);
CREATE TABLE IF NOT EXISTS violations (seq INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
_TABLES = ("objects", "funds", "maturing", "due", "keys", "deliveries", "violations", "settings")


@dataclass
class Row:
    """One object: what the outside sees, and what only the simulator knows."""

    id: str
    kind: str
    account: str
    created: int
    body: Body
    hidden: Body = field(default_factory=dict)


def new_id(prefix: str, length: int = 24) -> str:
    """An id such as `ch_3Nf…`, unguessable."""
    return f"{prefix}_{''.join(secrets.choice(_ALPHABET) for _ in range(length))}"


class Store:
    """The file. Every method but `act` must be called inside `act`."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=5000"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.executescript(_SCHEMA)
        for name in _INDEXED:
            self._db.execute(f"CREATE INDEX IF NOT EXISTS objects_{name} ON objects (kind, json_extract(body, '$.{name}'))")

    @contextmanager
    def act(self) -> Iterator[None]:
        """One act, all or nothing, one at a time."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """A part of an act that is undone when it raises, while the act itself goes on."""
        self._db.execute("SAVEPOINT attempt")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK TO attempt")
            raise
        finally:
            self._db.execute("RELEASE attempt")

    def sql(self, statement: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """One statement for the tables beside `objects`."""
        return self._db.execute(statement, values).fetchall()

    def add(self, row: Row) -> Row:
        """A new object."""
        values = (row.id, row.kind, row.account, row.created, json.dumps(row.body), json.dumps(row.hidden))
        self._db.execute("INSERT INTO objects (id, kind, account, created, body, hidden) VALUES (?, ?, ?, ?, ?, ?)", values)
        return row

    def save(self, row: Row) -> None:
        """The object as it now is."""
        values = (json.dumps(row.body), json.dumps(row.hidden), row.id)
        self._db.execute("UPDATE objects SET body = ?, hidden = ? WHERE id = ?", values)

    def remove(self, row: Row) -> None:
        """Delete an object (webhook endpoints only)."""
        self._db.execute("DELETE FROM objects WHERE id = ?", (row.id,))

    def find(self, object_id: str, *kinds: str, account: str | None = None) -> Row | None:
        """The object of that id if it is of one of the kinds and belongs to the account."""
        found = self._db.execute("SELECT id, kind, account, created, body, hidden FROM objects WHERE id = ?", (object_id,)).fetchone()
        row = _row(found) if found else None
        if row is None or (kinds and row.kind not in kinds) or (account is not None and row.account != account):
            return None
        return row

    def must(self, object_id: str, *kinds: str) -> Row:
        """An object that is known to exist. Raises KeyError."""
        row = self.find(object_id, *kinds)
        if row is None:
            raise KeyError(object_id)
        return row

    def page(
        self,
        kind: str,
        account: str,
        *,
        where: Mapping[str, Any],
        created: Mapping[str, int],
        limit: int,
        after: Row | None,
        before: Row | None,
    ) -> tuple[list[Row], bool]:
        """Objects of one kind, newest first, and whether there are more. `where` filters by fields in FILTERS."""
        parts, values = ["kind = ?", "account = ?"], [kind, account]
        for name, value in where.items():
            if name not in FILTERS:
                raise KeyError(name)
            parts.append(f"json_extract(body, '$.{name}') = ?")
            values.append(value)
        for bound, sign in (("gt", ">"), ("gte", ">="), ("lt", "<"), ("lte", "<=")):
            if bound in created:
                parts.append(f"created {sign} ?")
                values.append(created[bound])  # type: ignore[arg-type]
        order = "DESC"
        if (edge := after or before) is not None:
            parts.append(f"(created, seq) {'<' if after else '>'} (SELECT created, seq FROM objects WHERE id = ?)")  # noqa: S608 - one of two signs
            values.append(edge.id)
            order = "DESC" if after else "ASC"
        statement = f"SELECT id, kind, account, created, body, hidden FROM objects WHERE {' AND '.join(parts)}"  # noqa: S608 - fixed words
        found = self._db.execute(f"{statement} ORDER BY created {order}, seq {order} LIMIT ?", (*values, limit + 1)).fetchall()
        rows = [_row(each) for each in found[:limit]]
        return (rows if order == "DESC" else rows[::-1]), len(found) > limit

    def setting(self, name: str, default: Any) -> Any:
        """A value the control pages set, or the default."""
        found = self._db.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
        return json.loads(found[0]) if found else default

    def set(self, name: str, value: Any) -> None:
        """Remember a value."""
        self._db.execute("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", (name, json.dumps(value)))

    def add_violation(self, at: int, body: Body) -> None:
        """Remember what was not as the text says."""
        self._db.execute("INSERT INTO violations (at, body) VALUES (?, ?)", (at, json.dumps(body)))

    def clear(self) -> None:
        """Forget everything."""
        for table in _TABLES:
            self._db.execute(f"DELETE FROM {table}")  # noqa: S608 - names from the list above


def _row(found: tuple[Any, ...]) -> Row:
    return Row(found[0], found[1], found[2], found[3], json.loads(found[4]), json.loads(found[5]))
