"""What waits for somebody, in queues of several rooms, counted by one statement.

The frame of every page says what needs its reader. Each room says what its queue is; whoever shows several of them asks once.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, func, literal_column, select, union_all

from marketplace.core.db import db


class Waits(NamedTuple):
    """What stands in a queue."""

    n: int
    late: int
    """How many of them are past their time; 0 in a queue that has none."""


Queue = Select[int, int]
"""A statement with one row: `n` and `late` of a queue."""
NONE_LATE: ColumnElement[int] = literal_column("0")


def queue(*where: ColumnElement[bool], late: ColumnElement[bool] | None = None) -> Queue:
    """The queue of the rows that fit; `late` says which of them are past their time."""
    return select(func.count(), NONE_LATE if late is None else func.count().filter(late)).where(*where)


def counted(queues: Sequence[Queue]) -> list[Waits]:
    """What stands in some queues, in their order, by one statement."""
    if not queues:
        return []
    numbered = [each.add_columns(literal_column(str(place))) for place, each in enumerate(queues)]
    found = {place: Waits(n, late) for n, late, place in db.session.execute(union_all(*numbered) if len(numbered) > 1 else numbered[0])}
    return [found[place] for place in range(len(queues))]


def count(each: Queue) -> int:
    """How much stands in one queue."""
    return counted([each])[0].n
