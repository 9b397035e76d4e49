"""What is kept for a second is asked for again, and what this process has changed is seen at once."""

import time
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import text

from marketplace.core import recent
from marketplace.core.db import begin_again, db, transaction
from marketplace.core.recent import Kept, ask_ahead, ask_anew, at_one_moment, stamp_of
from tests.conftest import count_queries

TABLES = ("exchange_rates",)


def counting() -> tuple[Kept[int], list[int]]:
    """A kept count of rates, and what was read so far."""
    seen: list[int] = []

    def read() -> int:
        seen.append(int(db.session.scalar(text("SELECT count(*) FROM exchange_rates")) or 0))
        return seen[-1]

    return Kept(read, lambda: stamp_of(TABLES)), seen


def add_rate(currency: str) -> None:
    db.session.execute(
        text("INSERT INTO exchange_rates (currency, rate, valid_from, source) VALUES (:c, 1.5, '2020-01-01', 'test')"),
        {"c": currency},
    )


def test_it_is_read_once_while_nothing_changes(app: Flask) -> None:
    kept, seen = counting()

    assert {kept.get() for _ in range(5)} == {seen[0]}
    db.session.commit()
    assert kept.get() == seen[0]
    assert len(seen) == 1


def test_a_change_of_this_process_is_seen_at_once(app: Flask) -> None:
    kept, _ = counting()
    before = kept.get()

    with transaction():
        add_rate("XTS")

    assert kept.get() == before + 1


def test_a_change_of_another_process_is_seen_within_a_second(committed_app: Flask) -> None:
    with committed_app.app_context():
        kept, _ = counting()
        before = kept.get()
        begin_again()
        with db.engine.connect() as other, other.begin():
            other.execute(text("INSERT INTO exchange_rates (currency, rate, valid_from, source) VALUES ('XTS', 1.5, '2020-01-01', 'test')"))
        at_once = kept.get()
        time.sleep(recent.MAX_AGE_SECONDS + 0.05)

        assert at_once == before
        assert kept.get() == before + 1


def test_a_page_takes_what_was_asked_ahead_of_it(committed_app: Flask) -> None:
    with committed_app.app_context():
        before = stamp_of(TABLES)
        begin_again()
        with db.engine.connect() as other, other.begin():
            other.execute(text("INSERT INTO exchange_rates (currency, rate, valid_from, source) VALUES ('XPD', 1.5, '2020-01-01', 'test')"))

        ask_ahead()

        with count_queries() as statements:
            assert stamp_of(TABLES) != before
        assert statements == []


def test_what_an_older_answer_tells_is_as_old_as_that(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    kept, late = counting()[0], Kept(int, partial(stamp_of, TABLES), seconds=0.2)
    kept.get()
    time.sleep(0.15)
    late.get()
    time.sleep(0.1)

    with count_queries() as statements:
        monkeypatch.setattr(recent, "TOGETHER_SECONDS", 0.2)
        late.get()

    assert len(statements) == 1


def test_what_an_act_undoes_was_never_kept(app: Flask) -> None:
    kept, seen = counting()
    db.session.commit()

    def undone() -> None:
        with transaction():
            add_rate("XTS")
            kept.get()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        undone()

    assert kept.get() == seen[0] - 1


def test_what_an_act_reads_at_one_moment_is_asked_for_by_one_statement_and_later_anew(app: Flask) -> None:
    kept, _ = counting()
    other: Kept[int] = Kept(int, partial(stamp_of, ("tax_rates",)))
    before = kept.get()
    other.get()

    with transaction():
        with count_queries() as statements, at_one_moment():
            assert kept.get() == before
            other.get()
        add_rate("XTS")
        with at_one_moment():
            assert kept.get() == before + 1

    assert len(statements) == 1


def test_what_a_page_keeps_is_asked_for_by_one_statement(app: Flask) -> None:
    kept: list[Kept[int]] = [Kept(int, partial(stamp_of, (table,))) for table in ("exchange_rates", "tax_rates", "duty_rates")]
    for one in kept:
        one.get()
    ask_anew()

    with count_queries() as statements:
        for one in kept:
            one.get()

    assert len(statements) == 1


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE exchange_rates SET rate = rate WHERE currency = 'XTS'",
        "DELETE FROM exchange_rates WHERE currency = 'XTS'",
        "INSERT INTO exchange_rates (currency, valid_from, rate, source) SELECT 'XXX', valid_from, 1, source FROM exchange_rates WHERE currency = 'XTS'",
    ],
)
def test_the_stamp_differs_after_any_change(app: Flask, change: str) -> None:
    add_rate("XTS")
    before = stamp_of(TABLES)

    db.session.execute(text(change))
    ask_anew()

    assert stamp_of(TABLES) != before
    assert stamp_of(TABLES) == stamp_of(TABLES)
