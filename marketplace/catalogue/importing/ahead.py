"""The next piece of a file, read while the server writes the one before."""

from collections.abc import Generator, Iterator
from typing import TypeVar

from marketplace.core.meanwhile import Early, meanwhile

T = TypeVar("T")
Steps = Generator[T | None, None, None]
"""Nothing after each part of the work on a piece, and the piece when it is whole."""


def ahead(steps: Steps[T]) -> Iterator[T]:
    """The pieces in their order; while one is used, the next is made whenever the database is waited for, and never more than that one.

    What the steps raise is raised here, in its place. Whoever stops early, for whatever reason, closes them. They are taken in the caller's
    thread and context, but in the middle of its statements: no database there.
    """
    coming = Early(steps, most=1)
    try:
        with meanwhile(coming.step):
            yield from coming
    finally:
        steps.close()
