"""Work of one's own goes on while the server works, stops when it answers, and is never in the way of an answer."""

import threading
import time

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DataError

from marketplace.core.db import db
from marketplace.core.meanwhile import meanwhile


class Counted:
    """Work of so many steps."""

    def __init__(self, most: int = 10**9) -> None:
        self.most, self.done = most, 0

    def step(self) -> bool:
        self.done += 1
        return self.done < self.most


def test_work_is_done_until_the_server_answers(app: Flask) -> None:
    work = Counted()
    with meanwhile(work.step):
        assert db.session.scalar(text("SELECT 7 FROM pg_sleep(0.1)")) == 7
    assert work.done > 100
    done = work.done
    assert db.session.scalar(text("SELECT 7 FROM pg_sleep(0.02)")) == 7
    assert work.done == done


def test_work_that_ends_leaves_the_wait_to_the_driver(app: Flask) -> None:
    work = Counted(3)
    spent = time.thread_time()
    with meanwhile(work.step):
        assert db.session.scalar(text("SELECT 7 FROM pg_sleep(0.3)")) == 7
    assert work.done >= 3
    assert time.thread_time() - spent < 0.2  # it slept until the answer came


def test_rows_beyond_one_answer_and_a_copy_both_ways_come_whole(app: Flask) -> None:
    db.session.execute(text("CREATE TEMPORARY TABLE counted (number int, filling text)"))
    work = Counted()
    driver = db.session.connection().connection.driver_connection
    assert driver is not None
    with meanwhile(work.step):
        with driver.cursor() as cursor, cursor.copy("COPY counted FROM STDIN") as copy:
            for number in range(20_000):
                copy.write_row((number, "x" * 100))
        found = db.session.execute(text("SELECT number, length(filling) FROM counted ORDER BY number")).all()
    assert [tuple(row) for row in found] == [(number, 100) for number in range(20_000)]


def test_an_error_of_the_server_is_raised_as_ever(app: Flask) -> None:
    work = Counted()
    with meanwhile(work.step), pytest.raises(DataError):
        db.session.execute(text("SELECT 1 / length(CAST(pg_sleep(0.05) AS text))"))
    db.session.rollback()
    assert db.session.scalar(text("SELECT 7")) == 7
    assert work.done


def test_the_work_is_this_contexts_alone(app: Flask) -> None:
    work, seen = Counted(), []

    def other() -> None:
        with app.app_context():
            before = work.done
            db.session.execute(text("SELECT pg_sleep(0.05)"))
            seen.append(work.done - before)
            db.session.rollback()

    with meanwhile(work.step):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert seen == [0]
