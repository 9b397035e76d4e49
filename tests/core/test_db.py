"""What stands between a page and the database."""

import pytest
from flask import Flask
from sqlalchemy import Integer, NullPool, Text, bindparam, create_engine, func, literal_column, select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from marketplace.app import POOL
from marketplace.catalogue.models import Category
from marketplace.core.db import acting_company, ask, db, fixed, ids_text, one_of_ids, transaction
from marketplace.core.ids import new_id
from tests.conftest import count_queries
from tests.factories.catalogue import make_category


def test_a_statement_stays_prepared_when_a_page_that_only_reads_ends(committed_app: Flask) -> None:
    with committed_app.app_context(), db.engine.connect() as connection:
        for _page in range(8):
            connection.execute(text("SELECT 'asked by a page'::text WHERE :n > 0"), {"n": 1})
            connection.rollback()
        prepared = connection.scalar(text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%asked by a page%$1%'"))

    assert prepared == 1


def test_a_statement_stays_prepared_when_a_savepoint_is_undone(committed_app: Flask) -> None:
    with committed_app.app_context(), db.engine.connect() as connection:
        for _refused in range(8):
            part = connection.begin_nested()
            connection.execute(text("SELECT 'asked within'::text WHERE :n > 0"), {"n": 1})
            part.rollback()
        prepared = connection.scalar(text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%asked within%$1%'"))

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


def test_a_fixed_statement_is_prepared_once_for_each_type_of_its_values(committed_app: Flask) -> None:
    sent = fixed(select(bindparam("n", type_=Integer()).label("n"), bindparam("s", type_=Text()).label("s")))
    known = fixed(select(func.count().label("prepared")).select_from(text("pg_prepared_statements WHERE statement LIKE '%AS n%$2%'")))
    with committed_app.app_context():
        given = [(1, "a"), (2, "五"), (2**40, "b"), (None, ""), (3, None)]
        answered = [tuple(ask(sent, {"n": n, "s": s}).one()) for n, s in given]
        again = [tuple(ask(sent, {"n": n, "s": s}).one()) for n, s in given]
        prepared = ask(known, {}).one().prepared

    assert (answered, again) == (given, given)
    assert prepared == 4  # a small and a large number, a text, and nothing in place of either


def test_a_fixed_statement_survives_what_makes_the_driver_forget_all_that_is_prepared(committed_app: Flask) -> None:
    """A savepoint that is rolled back, and a table that is dropped, after the driver has prepared something itself."""
    sent = fixed(select(bindparam("n", type_=Integer()).label("n")))
    with committed_app.app_context():
        for undoing in (lambda: db.session.begin_nested().rollback(), lambda: db.session.execute(text("DROP TABLE passing"))):
            db.session.execute(text("CREATE TEMPORARY TABLE passing (n int)"))
            for number in range(8):
                db.session.execute(text("SELECT n FROM passing WHERE n = :n"), {"n": number})
            before = ask(sent, {"n": 1}).one().n
            undoing()
            db.session.execute(text("SELECT 1"))
            assert (before, ask(sent, {"n": 2}).one().n) == (1, 2)
            db.session.rollback()


def test_what_nobody_acts_in_is_read_without_a_transaction(committed_app: Flask) -> None:
    state = fixed(select(func.current_setting(bindparam("name", type_=Text()), literal_column("true")).label("company")))
    with committed_app.app_context(), count_queries() as statements:
        alone = ask(state, {"name": "app.company"}).one()
        was_begun = db.session.registry.has() and db.session().in_transaction()

    assert not alone.company
    assert not was_begun
    assert len(statements) == 1


def test_a_company_reads_as_itself_and_leaves_nothing_to_the_next_visitor(committed_app: Flask) -> None:
    state = fixed(select(func.current_setting(bindparam("name", type_=Text()), literal_column("true")).label("company")))
    company = new_id()
    with committed_app.app_context():
        token = acting_company.set(company)
        try:
            own = ask(state, {"name": "app.company"}).one()
        finally:
            acting_company.reset(token)
            db.session.remove()
        visitor = [ask(state, {"name": "app.company"}).one().company for _ in range(POOL)]

    assert own.company == str(company)
    assert not any(visitor)


def test_an_act_sees_what_it_has_changed_itself(committed_app: Flask) -> None:
    title = fixed(select(Category.slug).where(Category.id == one_of_ids()))
    with committed_app.app_context(), transaction():
        category = make_category()
        found = ask(title, {"ids": ids_text([category.id])}).all()
        db.session.rollback()

    assert [row.slug for row in found] == [category.slug]


def test_a_reading_survives_a_server_that_has_closed_its_connections(committed_app: Flask) -> None:
    statement = fixed(select(func.pg_backend_pid().label("pid")))
    with committed_app.app_context():
        first = ask(statement, {}).one().pid
        apart = create_engine(db.engine.url, poolclass=NullPool)
        with apart.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": first})
        with pytest.raises(OperationalError) as lost:
            ask(statement, {})
        again = ask(statement, {}).one().pid

    assert lost.value.connection_invalidated
    assert again != first
