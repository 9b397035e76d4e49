"""What stands between a page and the database."""

import pytest
from flask import Flask
from sqlalchemy import Integer, bindparam, literal_column, select, text
from sqlalchemy.exc import DBAPIError

from marketplace.core.db import ask, db, fixed
from tests.conftest import count_queries


def test_a_statement_stays_prepared_when_a_page_that_only_reads_ends(committed_app: Flask) -> None:
    with committed_app.app_context(), db.engine.connect() as connection:
        for _page in range(8):
            connection.execute(text("SELECT 'asked by a page'::text WHERE :n > 0"), {"n": 1})
            connection.rollback()
        prepared = connection.scalar(text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%asked by a page%$1%'"))

    assert prepared == 1


def test_a_fixed_statement_gives_rows_by_name_and_is_counted(app: Flask) -> None:
    statement = fixed(select(bindparam("n", type_=Integer()).label("first"), literal_column("'50 %'").label("second")))

    with count_queries() as statements:
        row = ask(statement, {"n": 3}).one()

    assert (row.first, row.second, tuple(row)) == (3, "50 %", (3, "50 %"))
    assert len(statements) == 1


def test_a_fixed_statement_fails_as_any_other(committed_app: Flask) -> None:
    broken = fixed(select(literal_column("1 / (SELECT 0)")))

    with committed_app.app_context(), pytest.raises(DBAPIError, match="division by zero"):
        ask(broken, {})
