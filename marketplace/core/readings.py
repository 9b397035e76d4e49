"""Connections that stand ready for what is only read, outside any transaction (docs/decisions/0031).

The pool looks after each connection that it lends, which takes a third of the time of a short reading. Here one is taken and put back,
and there are as many as threads have read at the same moment.
"""

import os
from collections.abc import Mapping
from typing import Any

import psycopg
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError

from marketplace.core.driver import Fixed, KeepingConnection


def rows_of(
    driver: KeepingConnection, dispatch: Any, connection: Connection | None, statement: Fixed, given: Mapping[str, Any]
) -> list[Any]:
    """What a statement answers on the driver's connection, past the engine; who counts statements there is told of it.

    Raises: psycopg.Error.
    """
    for note in dispatch.before_cursor_execute:
        note(connection, None, statement.text, given, None, False)
    rows = driver.answer(statement, given)
    for note in dispatch.after_cursor_execute:
        note(connection, None, statement.text, given, None, False)
    return rows


class Readings:
    """The idle connections of an engine, made by it; they go when it gives up its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._process = engine, os.getpid()
        self._idle, self._parents = list[Any](), list[Any]()
        event.listen(engine, "engine_disposed", lambda _engine: self._drop())

    def rows(self, statement: Fixed, given: Mapping[str, Any]) -> list[Any]:
        """What a SELECT answers; who counts statements is told. Raises: DBAPIError, as the engine does.

        No company is set outside a transaction, so row security shows what it shows to a visitor.
        """
        driver = None
        try:
            driver = self._take()
            return rows_of(driver, self._engine.dispatch, None, statement, given)
        except psycopg.Error as error:
            is_gone = driver is None or driver.closed
            if is_gone:
                self._engine.dispose()  # the others are of the same time
            raise DBAPIError.instance(statement.text, dict(given), error, psycopg.Error, connection_invalidated=is_gone) from error
        finally:
            if driver is not None and not driver.closed:
                self._idle.append(driver)

    def _take(self) -> Any:
        if self._process != os.getpid():  # a child of whoever made them: they are the parent's, and stay open
            self._parents, self._idle, self._process = self._idle, [], os.getpid()
        try:
            return self._idle.pop()
        except IndexError:
            lent = self._engine.raw_connection()
            driver = lent.driver_connection
            lent.detach()
            return driver

    def _drop(self) -> None:
        while self._idle:
            self._idle.pop().close()
