"""What pages read again and again and the platform seldom changes: kept at most a second, then asked whether it has changed.

The question is one number over the row versions of the tables (`stamp_of`), which costs a fraction of reading them; what a page keeps
grows old together and is asked for by one statement. Nothing that belongs to one company is kept here, and no price, stock or right.
"""

import time
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from threading import Event, Thread
from typing import Any, Generic, TypeVar

from flask import Flask
from sqlalchemy import event, literal_column, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from marketplace.core import clock
from marketplace.core.db import ask, fixed, in_act
from marketplace.core.driver import Fixed

MAX_AGE_SECONDS = 0.95
Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
_changes = {"seen": 0}
"""Counts the commits of this process: what it has just changed itself is asked for at once."""


class Kept(Generic[Value]):
    """A value made by `read`, kept while `stamp` stays what it was; the stamp is asked for when it is older than `seconds`."""

    def __init__(self, read: Callable[[], Value], stamp: Callable[[], Hashable], *, seconds: float = MAX_AGE_SECONDS) -> None:
        self._read, self._stamp, self._seconds = read, stamp, seconds
        self._kept: tuple[Hashable, Value] | None = None
        self._asked: tuple[float, int] = (0.0, -1)

    def get(self) -> Value:
        """The value, at most a second old. An act asks each time, so it decides on what is true now, and keeps nothing that it reads
        itself: it may yet be undone.
        """
        kept, now, seen, is_act = self._kept, time.monotonic(), _changes["seen"], in_act()
        if kept is not None and not is_act and self._asked[1] == seen and now - self._asked[0] <= self._seconds:
            return kept[1]
        # The stamp first: what changes between the two is found by the next question. Where it was asked for by somebody else, the value is
        # as old as that answer, of which only what stood before is sure: another thread may have asked since.
        answered = _last.get("stamps", NEVER).at
        stamp = self._stamp()
        if kept is None or kept[0] != stamp:
            value = self._read()
            if is_act:
                return value
            kept = self._kept = (stamp, value)
        self._asked = (now if is_act else min(now, answered), seen)
        return kept[1]

    def forget(self) -> None:
        """Read it again at the next call."""
        self._kept = None


class KeptEach(Generic[Key, Value]):
    """Values by key, each read when it is first asked for; all of them go when the stamp changes.

    `read` answers for a list of keys with what there is; it names a key without a value too where asking again would cost.
    """

    def __init__(self, read: Callable[[list[Key]], Mapping[Key, Value]], stamp: Callable[[], Hashable]) -> None:
        self._read = read
        self._kept: Kept[dict[Key, Value]] = Kept(dict, stamp)

    def of(self, keys: Collection[Key]) -> dict[Key, Value]:
        """The values of these keys, at most a second old, in an act as they are now. Keys without one are left out."""
        kept = self._kept.get()
        try:
            return {key: kept[key] for key in keys}
        except KeyError:
            return self._with_missing(kept, keys)

    def _with_missing(self, kept: dict[Key, Value], keys: Collection[Key]) -> dict[Key, Value]:
        missing = [key for key in dict.fromkeys(keys) if key not in kept]
        fresh = self._read(missing) if missing else {}
        if fresh and not in_act():
            kept.update(fresh)
        return {key: fresh[key] if key in fresh else kept[key] for key in keys if key in fresh or key in kept}

    def forget(self) -> None:
        """Read all of them again at the next call."""
        self._kept.forget()


def ask_anew() -> None:
    """What is kept is asked for again at its next use: for whoever changes rows without a commit, as a test does."""
    _changes["seen"] += 1


@event.listens_for(Session, "after_commit")
def _changed(_session: Session) -> None:
    _changes["seen"] += 1


TOGETHER_SECONDS = 0.4
"""How old an answer may be that was given to another question. What it is about counts its age from there, so it grows no older for that."""


@dataclass(frozen=True, slots=True)
class _Stamps:
    """The last answer: when, after how many commits of this process, and the number of each table that has ever been asked for."""

    at: float
    seen: int
    numbers: Mapping[str, int]


AHEAD_SECONDS = 0.3
"""Between two answers that are asked for ahead: less than the above, with room for the answer itself."""
_needed = Event()
"""Set when something kept has looked at the answer."""
NEVER = _Stamps(float("-inf"), -1, {})
_last: dict[str, _Stamps] = {}


def stamp_of(tables: Sequence[str], *others: Hashable) -> tuple[Any, ...]:
    """A number that differs after any change to the rows of these tables that this transaction can see; with it the day and `others`.

    Each version of a row has its own place and its own transaction; together they are hashed to 64 bits.
    """
    numbers = _in_act(tables) if in_act() else _together(tables).numbers
    return (*(numbers[table] for table in tables), clock.now().date(), *others)


@contextmanager
def at_one_moment() -> Iterator[None]:
    """What an act reads inside is true at one moment, and asked for by one statement. Only around what writes nothing."""
    token = _moment.set({})
    try:
        yield
    finally:
        _moment.reset(token)


_moment: ContextVar[dict[str, int] | None] = ContextVar("moment", default=None)


def _in_act(tables: Sequence[str]) -> Mapping[str, int]:
    moment = _moment.get()
    if moment is None:
        return _ask(tables)
    if not moment.keys() >= set(tables):
        last = _last.get("stamps")
        moment |= _ask(sorted({*tables, *(last.numbers if last else ())}))
    return moment


def _together(tables: Sequence[str]) -> _Stamps:
    """The answer for these and all other tables that pages of this process ask for."""
    last, now, seen = _last.get("stamps", NEVER), time.monotonic(), _changes["seen"]
    _needed.set()
    if now - last.at > TOGETHER_SECONDS or seen != last.seen or not last.numbers.keys() >= set(tables):
        last = _last["stamps"] = _Stamps(now, seen, _ask(sorted(last.numbers.keys() | set(tables))))
    return last


def keep_asking(app: Flask) -> None:
    """Ask ahead of the pages of this process from now on, as long as there are any: the answer takes some milliseconds, for which every
    third page would wait where ten are asked for in a second.
    """
    Thread(target=_keep_asking, args=(app,), name="stamps", daemon=True).start()


def _keep_asking(app: Flask) -> None:
    with app.app_context():
        while True:
            time.sleep(AHEAD_SECONDS)
            _needed.wait()
            _needed.clear()
            with suppress(SQLAlchemyError):  # a page that finds no answer asks itself, and says what is wrong
                ask_ahead()


def ask_ahead() -> None:
    """Ask for all that pages of this process have ever asked for. Raises: DBAPIError."""
    now, seen, tables = time.monotonic(), _changes["seen"], sorted(_last.get("stamps", NEVER).numbers)
    if tables:
        _last["stamps"] = _Stamps(now, seen, _ask(tables))


def _ask(tables: Sequence[str]) -> dict[str, int]:
    [row] = ask(_numbers_of(tuple(tables)), {}).all()
    return dict(zip(tables, row, strict=True))


@lru_cache(maxsize=64)
def _numbers_of(tables: tuple[str, ...]) -> Fixed:
    number = "(SELECT count(*) # coalesce(bit_xor(hashtidextended(ctid, xmin::text::bigint)), 0) FROM {})"
    return fixed(select(*(literal_column(number.format(table)).label(table) for table in tables)))
