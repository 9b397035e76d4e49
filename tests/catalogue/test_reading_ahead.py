"""The next piece of a file is read while the server writes the one before: in order, one at a time, and nothing is left behind."""

from collections.abc import Generator
from contextvars import ContextVar
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from marketplace.catalogue import cli
from marketplace.catalogue.importing.ahead import ahead
from marketplace.catalogue.listings import Refused
from marketplace.core.audit import Actor
from marketplace.core.db import db

LANGUAGE: ContextVar[str] = ContextVar("language", default="en")
PARTS = 3


class Pieces:
    """Numbers from 0 on, in three parts each, how many of them were asked for, and of the last how many parts."""

    def __init__(self, count: int, fault: BaseException | None = None) -> None:
        self.count, self.fault, self.made, self.parts, self.is_closed = count, fault, 0, 0, False

    def run(self) -> Generator[int | None, None, None]:
        try:
            for number in range(self.count):
                self.made += 1
                for part in range(PARTS):
                    self.parts = part + 1
                    yield None
                yield number
            if self.fault is not None:
                raise self.fault
        finally:
            self.is_closed = True


def ask_slowly() -> None:
    """A statement that takes the server long enough for a piece."""
    db.session.execute(text("SELECT pg_sleep(0.05)"))


def test_pieces_come_in_their_order_though_nobody_waits_for_the_database() -> None:
    pieces = Pieces(50)
    assert list(ahead(pieces.run())) == list(range(50))
    assert pieces.is_closed


def test_one_piece_is_made_while_the_server_works_and_never_more(app: Flask) -> None:
    pieces = Pieces(10)
    for number in ahead(pieces.run()):
        assert pieces.made == number + 1  # of what comes next nothing is made before the server works
        for _ in range(3):
            ask_slowly()
            assert (pieces.made, pieces.parts) == (min(number + 2, 10), PARTS)


def test_what_comes_behind_the_last_piece_is_asked_of_the_database_as_ever(app: Flask) -> None:
    pieces = Pieces(2)
    assert list(ahead(pieces.run())) == [0, 1]
    made = pieces.made
    ask_slowly()
    assert pieces.made == made


@pytest.mark.parametrize("fault", [ValueError("torn"), KeyboardInterrupt()])
def test_what_reading_raises_comes_in_its_place_and_the_statement_has_its_answer(app: Flask, fault: BaseException) -> None:
    seen: list[int] = []

    def work() -> None:
        for number in ahead(Pieces(3, fault).run()):
            seen.append(number)
            assert db.session.scalar(text("SELECT 7 FROM pg_sleep(0.05)")) == 7

    with pytest.raises(type(fault)):
        work()

    assert seen == [0, 1, 2]
    assert db.session.scalar(text("SELECT 7")) == 7


@pytest.mark.parametrize("fault", [KeyboardInterrupt, RuntimeError])
def test_whoever_stops_leaves_no_open_file_and_no_work(app: Flask, fault: type[BaseException]) -> None:
    pieces = Pieces(1_000)

    def work() -> None:
        for number in ahead(pieces.run()):
            if number == 2:
                raise fault

    with pytest.raises(fault):
        work()

    assert pieces.is_closed
    assert pieces.made == 3
    ask_slowly()
    assert pieces.made == 3


def test_pieces_are_made_in_the_callers_language(app: Flask) -> None:
    def languages() -> Generator[str | None, None, None]:
        for _ in range(3):
            yield None
            yield LANGUAGE.get()

    before = LANGUAGE.set("zh_Hans")
    try:
        seen = []
        for language in ahead(languages()):
            seen.append(language)
            ask_slowly()
        assert seen == ["zh_Hans"] * 3
    finally:
        LANGUAGE.reset(before)


def test_an_import_that_is_interrupted_has_read_no_further(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text("{broken\n" * 5_000, encoding="utf-8")

    def interrupted(_row: Refused) -> None:
        raise KeyboardInterrupt

    run = cli.Run("rows.jsonl", Actor(name="import"), interrupted)
    with pytest.raises(KeyboardInterrupt):
        list(run.chunks(path, dict))

    assert run.rows == cli.FIRST_CHUNKS[0]


@pytest.mark.parametrize("rows", [1, cli.FIRST_CHUNKS[0], sum(cli.FIRST_CHUNKS) + 1])
def test_every_row_of_a_file_is_in_one_chunk(app: Flask, tmp_path: Path, rows: int) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(f'{{"id": "{number}"}}\n' for number in range(rows)), encoding="utf-8")

    run = cli.Run("rows.jsonl", Actor(name="import"), lambda _row: None)
    chunks = list(run.chunks(path, dict))

    assert [values["id"] for chunk in chunks for _, values in chunk] == [str(number) for number in range(rows)]
    assert all(chunks)
    assert run.rows == rows
