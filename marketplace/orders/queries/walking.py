"""Walking a list that falls by (placed_at, id), in both directions, without counting it."""

from typing import Any, TypeVar

from sqlalchemy import Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.core.db import db
from marketplace.core.tables import Stretch
from marketplace.orders.paging import PAGE, Walk, write_cursor

Model = TypeVar("Model")


def stretch(query: Select[Model], placed_at: InstrumentedAttribute[Any], row_id: InstrumentedAttribute[Any], walk: Walk) -> Stretch[Model]:
    """One page of the query. Asks for one row more than it shows, to know whether the list goes on."""
    key = tuple_(placed_at, row_id)
    if walk.before is not None:
        rows = list(db.session.scalars(query.where(key > walk.before).order_by(placed_at, row_id).limit(PAGE + 1)))
        has_previous, has_next = len(rows) > PAGE, True
        rows = rows[:PAGE][::-1]
    else:
        if walk.after is not None:
            query = query.where(key < walk.after)
        rows = list(db.session.scalars(query.order_by(placed_at.desc(), row_id.desc()).limit(PAGE + 1)))
        has_previous, has_next = walk.after is not None, len(rows) > PAGE
        rows = rows[:PAGE]

    def cursor(row: Any) -> str:
        return write_cursor(row.placed_at, row.id)

    return Stretch(tuple(rows), cursor(rows[0]) if rows and has_previous else None, cursor(rows[-1]) if rows and has_next else None)
