"""The next piece of a file is read while the one before is written: in order, one at a time, and nothing is left behind."""

import threading
import time
from collections.abc import Generator
from contextvars import ContextVar
from pathlib import Path

import pytest
from flask import Flask

from marketplace.catalogue import cli
from marketplace.catalogue.importing.ahead import ahead
from marketplace.catalogue.listings import Refused
from marketplace.core.audit import Actor

LANGUAGE: ContextVar[str] = ContextVar("language", default="en")


def threads_ahead() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("ahead")]


class Pieces:
    """Numbers from 0 on, and how many of them were asked for."""

    def __init__(self, count: int, fault: Exception | None = None) -> None:
        self.count, self.fault, self.made, self.is_closed = count, fault, 0, False

    def run(self) -> Generator[int, None, None]:
        try:
            for number in range(self.count):
                self.made += 1
                yield number
            if self.fault is not None:
                raise self.fault
        finally:
            self.is_closed = True


def test_pieces_come_in_their_order_and_the_thread_ends() -> None:
    assert list(ahead(Pieces(50).run())) == list(range(50))
    assert threads_ahead() == []


def test_one_piece_is_made_ahead_and_never_more() -> None:
    pieces = Pieces(50)
    for number in ahead(pieces.run()):
        until = time.monotonic() + 10
        while pieces.made < min(number + 2, 50):
            assert time.monotonic() < until, "nothing was read while this piece was used"
            time.sleep(0.001)
        assert pieces.made <= number + 2


def test_what_reading_raises_comes_in_its_place() -> None:
    seen: list[int] = []
    with pytest.raises(ValueError, match="torn"):
        seen.extend(ahead(Pieces(3, ValueError("torn")).run()))

    assert seen == [0, 1, 2]
    assert threads_ahead() == []


@pytest.mark.parametrize("fault", [KeyboardInterrupt, RuntimeError])
def test_whoever_stops_leaves_no_thread_and_no_open_file(fault: type[BaseException]) -> None:
    pieces = Pieces(1_000)

    def work() -> None:
        for number in ahead(pieces.run()):
            if number == 2:
                raise fault

    with pytest.raises(fault):
        work()

    assert threads_ahead() == []
    assert pieces.is_closed
    assert pieces.made <= 4


def test_pieces_are_made_in_the_callers_language() -> None:
    def languages() -> Generator[str, None, None]:
        yield LANGUAGE.get()

    before = LANGUAGE.set("zh_Hans")
    try:
        assert list(ahead(languages())) == ["zh_Hans"]
    finally:
        LANGUAGE.reset(before)


def test_an_import_that_is_interrupted_leaves_no_thread(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text("{broken\n" * 5_000, encoding="utf-8")

    def interrupted(_row: Refused) -> None:
        raise KeyboardInterrupt

    run = cli.Run("rows.jsonl", Actor(name="import"), interrupted)
    with pytest.raises(KeyboardInterrupt):
        list(run.chunks(path, dict))

    assert threads_ahead() == []
    assert run.rows == cli.FIRST_CHUNKS[0]
