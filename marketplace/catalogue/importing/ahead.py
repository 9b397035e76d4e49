"""The next piece of a file, read while the one before is written."""

import contextvars
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def ahead(pieces: Generator[T, None, None]) -> Iterator[T]:
    """The pieces in their order; while one is used, a thread makes the next, and never more than that one.

    What the pieces raise is raised here, in its place. Whoever stops early, for whatever reason, leaves no thread behind: the piece that is
    being made is waited for, and `pieces` is closed. They are made in the caller's context, but not in its thread: no database there.
    """
    context = contextvars.copy_context()
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as thread:

        def begin() -> "Future[tuple[T, ...]]":
            return thread.submit(context.run, _next, pieces)

        coming = begin()
        try:
            while piece := coming.result():
                coming = begin()
                yield piece[0]
        finally:
            thread.shutdown(wait=True, cancel_futures=True)
            pieces.close()


def _next(pieces: Iterator[T]) -> tuple[T, ...]:
    """The next piece, or nothing."""
    for piece in pieces:
        return (piece,)
    return ()
