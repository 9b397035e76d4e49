"""Python's search for reference cycles, kept out of work that makes a million small things and no cycle."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

COLLECT_AFTER = (20_000, 20, 50)
"""Objects made before the collector looks at the young, and at the older ones: a page makes some thousands, which die with it."""

A_START = 1_000_000
"""The same until all modules are there: they make half a million objects, and hardly a cycle."""

LARGE_PIECE = 100_000
"""The same where a thousand products are read, written and forgotten at a time: they are that many objects."""


def look_after_the_start() -> None:
    """Begin to look for cycles when everything is imported, with `look_seldom`; where nobody says when, after so many objects."""
    gc.set_threshold(A_START, *COLLECT_AFTER[1:])


def look_seldom() -> None:
    """Look for cycles as seldom as suits a process of ours; Python itself looks after each 700 objects."""
    gc.set_threshold(*COLLECT_AFTER)


def keep_what_stands() -> None:
    """What stands now stays for the life of the process: the collector need not look through it again and again."""
    gc.collect()
    gc.freeze()
    look_seldom()


@contextmanager
def no_cycles() -> Iterator[None]:
    """Let what is made in here be freed by its count alone: looking for cycles took a quarter of the time of an index batch.

    For one batch at a time, never for a whole process: cycles made meanwhile are found afterwards.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextmanager
def large_pieces() -> Iterator[None]:
    """Look for cycles once for many thousands of objects, and never through what stands already: a tenth of an import went into walking
    through rows that were still at work, for they make hundreds of times as many objects as the collector waits for.
    """
    gc.freeze()
    before = gc.get_threshold()
    gc.set_threshold(LARGE_PIECE, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
