"""Work of one's own while the server works: both processors are busy, and no second thread takes the interpreter from the one that asks."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from select import POLLIN, POLLOUT, poll
from typing import Any, Generic, TypeVar

from psycopg.abc import PQGen
from psycopg.waiting import Wait

T = TypeVar("T")
Work = Callable[[], bool]
"""A step of some ten microseconds, which neither asks the database nor raises; returns whether there are more."""
_WORK: ContextVar[Work | None] = ContextVar("meanwhile", default=None)


@contextmanager
def meanwhile(work: Work) -> Iterator[None]:
    """Whatever is asked of the database in here: until it answers, `work` goes on."""
    before = _WORK.set(work)
    try:
        yield
    finally:
        _WORK.reset(before)


class Early(Generic[T]):
    """Things in their order, up to `most` of them made before they are asked for; `step` is the work that makes them.

    `parts` gives each thing when it is whole, and None after other parts of the work. What it raises is raised in its place.
    """

    def __init__(self, parts: Iterator[T | None], most: int) -> None:
        self._parts, self._most = parts, most
        self._made: deque[T] = deque()
        self._end: BaseException | None = None

    def step(self) -> bool:
        """Go on; returns whether there is more to do early."""
        if self._end is not None or len(self._made) >= self._most:
            return False
        try:
            made = next(self._parts)
        except BaseException as end:  # noqa: BLE001 - also of a keyboard: the driver in between could not go on with its answer
            self._end = end
            return False
        if made is not None:
            self._made.append(made)
        return True

    def __iter__(self) -> Iterator[T]:
        """The things."""
        while self._made or self.step():
            if self._made:
                yield self._made.popleft()
        if not isinstance(self._end, StopIteration | None):
            raise self._end


def with_work(waiting: PQGen[Any], socket: int) -> PQGen[Any]:
    """What the driver waits for, with steps of the work of this context, if there is one, for as long as the socket is not ready."""
    work = _WORK.get()
    return waiting if work is None else _filled(waiting, socket, work)


def _filled(waiting: PQGen[Any], socket: int, work: Work) -> PQGen[Any]:
    look = poll()
    try:
        wanted = next(waiting)
        while True:
            look.register(socket, (POLLIN if wanted & Wait.R else 0) | (POLLOUT if wanted & Wait.W else 0))
            while not look.poll(0) and work():
                pass
            wanted = waiting.send((yield wanted))
    except StopIteration as answered:
        return answered.value
