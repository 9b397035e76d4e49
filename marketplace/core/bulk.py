"""Many new rows of one table by one statement with one value: the driver takes longer to write thousands of values than the server to read
them all out of one text.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic_core import to_json
from sqlalchemy import column, select, text
from sqlalchemy.dialects.postgresql import insert

from marketplace.core.db import Base, db


def insert_all(model: type[Base], rows: Sequence[Mapping[str, Any]], *, unless: str = "") -> None:
    """Insert rows that name the same columns; the others get what the model, else the database, gives a new row.

    With `unless`, a column that is unique, a row whose value stands there already is left out.
    """
    if not rows:
        return
    names = list(rows[0])
    sent = text(f"jsonb_populate_recordset(CAST(NULL AS {model.__tablename__}), CAST(:rows AS jsonb))")
    table: Any = model.__table__
    statement = insert(table).from_select(names, select(*map(column, names)).select_from(sent))
    if unless:
        statement = statement.on_conflict_do_nothing(index_elements=[unless])
    db.session.execute(statement, {"rows": to_json(rows).decode()})
