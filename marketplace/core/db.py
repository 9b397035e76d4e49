"""The database session, and the only place that commits.

A door opens `transaction()` around one service. Reading opens a transaction too: `outside()` ends it before the network is
used, and refuses inside `transaction()` (house-style §4).
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import partial
from typing import Any
from uuid import UUID

import psycopg
from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    CompoundSelect,
    Date,
    DateTime,
    Enum,
    MetaData,
    Numeric,
    Select,
    Text,
    Uuid,
    any_,
    bindparam,
    cast,
    event,
    func,
    literal_column,
    select,
    text,
)  # fmt: skip
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine import Connection, Engine, Result
from sqlalchemy.engine.interfaces import BindTyping
from sqlalchemy.engine.result import IteratorResult, SimpleResultMetaData
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session, SessionTransaction, registry

from marketplace.core.driver import Fixed, KeepingConnection, numbered
from marketplace.core.readings import Readings, rows_of

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Parent of all models. Text has no length, integers are BIGINT, instants are aware, enums are stored by value."""

    registry = registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={
            int: BigInteger,
            str: Text,
            bool: Boolean,
            Decimal: Numeric,
            datetime: DateTime(timezone=True),
            date: Date,
            UUID: Uuid,
            dict[str, Any]: JSONB(none_as_null=True),
            list[Any]: JSONB(none_as_null=True),
            list[str]: ARRAY(Text),
            list[UUID]: ARRAY(Uuid),
        },
    )


def enum_type(kind: type[StrEnum], name: str) -> Enum:
    """The column type of a status: its value as text, with a CHECK named after the column."""
    return Enum(kind, name=name, native_enum=False, create_constraint=True, length=40, values_callable=lambda e: [m.value for m in e])


db = SQLAlchemy(metadata=Base.metadata, session_options={"expire_on_commit": False, "join_transaction_mode": "create_savepoint"})

acting_company: ContextVar[UUID | None] = ContextVar("acting_company", default=None)
"""The company that the running request acts for; row security compares with it."""

as_staff: ContextVar[bool] = ContextVar("as_staff", default=False)
"""True while platform staff work at the desk: their transactions run as the role that sees every company."""

_is_act: ContextVar[bool] = ContextVar("is_act", default=False)

STAFF_ROLE = "millgate_jobs"
GRACE_SECONDS = 2
"""How much longer than the server's own limit of a statement its answer is waited for."""


def init_app(app: Flask) -> None:
    """Bind the session to the application and make every transaction begin with its company."""
    db.init_app(app)
    patience = app.config["STATEMENT_SECONDS"] + GRACE_SECONDS
    with app.app_context():
        event.listen(db.engine, "do_connect", partial(_connect, patience))
        event.listen(db.engine, "connect", _leave_begin_to_us)
        event.listen(db.engine, "begin", _begin_with_company)
        app.extensions["readings"] = Readings(db.engine)


def _connect(patience: float, _dialect: object, _record: object, arguments: list[Any], options: dict[str, Any]) -> KeepingConnection:
    connection = KeepingConnection.connect(*arguments, **options)
    connection.patience_seconds = patience
    return connection


def _leave_begin_to_us(connection: psycopg.Connection[Any], _record: object) -> None:
    # The driver then sends no BEGIN of its own: ours carries the company along and saves the way there and back.
    connection.autocommit = True


def _company_statements() -> str:
    """What every transaction begins with: the company, '' when there is none, since a pooled connection must never carry the one of
    the request before; and the role of platform staff.
    """
    company: UUID | None = acting_company.get()
    role = f"; SET LOCAL ROLE {STAFF_ROLE}" if as_staff.get() else ""
    return f"SELECT set_config('app.company', '{company or ''}', true){role}"


def _begin_with_company(connection: Connection) -> None:
    driver: Any = connection.connection.driver_connection
    try:
        begun = driver.exchange(f"BEGIN; {_company_statements()}".encode())
        if begun.status not in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
            raise error_from_result(begun)
    except psycopg.DatabaseError as error:  # without a code where the server went away in the middle
        _give_up(connection, error)
        raise OperationalError("BEGIN", None, error, connection_invalidated=True) from error


@event.listens_for(Session, "after_begin")
def _enter_with_company(_session: Session, _transaction: SessionTransaction, connection: Connection) -> None:
    # Inside a transaction that somebody else began, such as a test's, the company may be another one by now.
    if connection.in_nested_transaction():
        for statement in _company_statements().split("; "):
            connection.execute(text(statement))


def one_of_ids(name: str = "ids") -> ColumnElement[UUID]:
    """To compare a column with: it is one of some ids, whatever their number, and the server plans the statement only once.

    It weighs a plan for these ids against one for any ids, and would make the first anew each time, which takes longer than the reading;
    behind a subquery it cannot know how many there are. The value is written by `ids_text`.
    """
    return any_(cast(select(bindparam(name, type_=Text())).scalar_subquery(), ARRAY(Uuid)))  # type: ignore[return-value]


def one_of_found(column: Any, found: Select[UUID] | CompoundSelect[UUID]) -> ColumnElement[bool]:
    """Whether a column is one of the few ids that a query finds: read first and once, then looked up by index, also beside an OR.

    An EXISTS there would be tried on every row that the rest of the condition leaves.
    """
    matches: ColumnElement[bool] = column == any_(func.array(found.scalar_subquery()))
    return matches


def ids_text(ids: Iterable[UUID]) -> str:
    """Some ids for `one_of_ids`: as one text, because the driver takes longer to write a list than the server to find what it names."""
    return "{" + ",".join(map(str, ids)) + "}"


def holds_any(rows: Select[*tuple[Any, ...]]) -> ColumnElement[bool]:
    """Whether there are such rows, found by their index for each row of the statement around.

    For a plain EXISTS the server may read the whole table into a hash instead, where it guesses wrong how many it asks for.
    """
    return rows.limit(literal_column("1")).scalar_subquery().is_not(None)


class _Uncast(PGDialect_psycopg):
    """Writes no casts at parameters: the driver says their types itself."""

    bind_typing = BindTyping.NONE
    supports_statement_cache = False


def fixed(statement: Select[*tuple[Any, ...]]) -> Fixed:
    """A statement for `ask`, so that a page that asks it always does not have it put together again each time.

    Rows hold what the driver gives: ids, JSON and arrays as usual, enums by their value.
    """
    compiled = statement.compile(dialect=_Uncast())
    constants = {name: value for name, value in compiled.params.items() if value is not None}
    return Fixed(str(compiled), *numbered(str(compiled)), constants, SimpleResultMetaData(list(statement.selected_columns.keys())))


def ask(statement: Fixed, values: Mapping[str, Any]) -> Result[*tuple[Any, ...]]:
    """Run a statement made by `fixed`, past the engine, which takes three times as long as the driver; who counts statements is told.

    Where nobody acts and nothing is open yet, it stands by itself: no session, no BEGIN and no ROLLBACK (docs/decisions/0031).
    What an act has changed already is sent first, as the session does before its own queries. Raises: DBAPIError, as the engine does.
    """
    given = {**statement.constants, **values}
    alone = _alone()
    if alone is not None:
        rows = alone.rows(statement, given)
    else:
        session = db.session()
        session.flush()
        rows = _read_within(session.connection(), statement, given)
    return IteratorResult(statement.columns, iter(rows))


def _alone() -> Readings | None:
    """Where a reading would begin a transaction of nobody, and end it: no company, no staff, no act, and nothing begun."""
    if acting_company.get() is not None or as_staff.get() or in_act():
        return None
    if db.session.registry.has() and db.session().in_transaction():
        return None
    bound: object = db.engine
    if not isinstance(bound, Engine):  # a test has one connection for everything that it does
        return None
    readings: Readings = current_app.extensions["readings"]
    return readings


def _read_within(connection: Connection, statement: Fixed, given: Mapping[str, Any]) -> list[Any]:
    """The same in the transaction that is open."""
    driver: Any = connection.connection.driver_connection
    try:
        return rows_of(driver, connection.dispatch, connection, statement, given)
    except psycopg.Error as error:
        if driver.closed:
            _give_up(connection, error)
        raise DBAPIError.instance(statement.text, dict(given), error, psycopg.Error, connection_invalidated=driver.closed) from error


def _give_up(connection: Connection, error: psycopg.Error) -> None:
    # As the engine does where a statement finds the server gone: the other connections are of the same time.
    connection.invalidate(error)
    connection.engine.dispose()


def in_act() -> bool:
    """Whether a transaction() is open, whose own changes must not be kept for others."""
    return _is_act.get()


@contextmanager
def transaction() -> Iterator[None]:
    """One act, all or nothing. Opened by a door, never by a rule, never inside another."""
    if in_act():
        raise RuntimeError("transaction() may not nest: only a door opens one")
    token = _is_act.set(True)
    try:
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise
    finally:
        _is_act.reset(token)


def outside() -> None:
    """End the transaction that reading has opened, before anything waits for the network.

    Raises: RuntimeError inside `transaction()`: an act never waits for somebody else's server.
    """
    if in_act():
        raise RuntimeError("the network is reached outside transaction()")
    db.session.commit()


@contextmanager
def for_every_company() -> Iterator[None]:
    """What is read and written inside may be of any company, though nobody acts for it: what a signed link names, what was noticed of all.

    A transaction begins with its role, so what was read before ends here, and this before what follows. Raises: RuntimeError as `outside`.
    """
    outside()
    before = as_staff.set(True)
    try:
        yield
        outside()
    except BaseException:
        db.session.rollback()
        raise
    finally:
        as_staff.reset(before)


def begin_again() -> None:
    """End the read transaction because who is acting has just become known: the next one begins with the company."""
    db.session.rollback()
