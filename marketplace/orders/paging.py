"""Pure: the place in a list that is walked by key, as it stands in an address."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

PAGE = 25


@dataclass(frozen=True, slots=True)
class Walk:
    """Where the reader stands: after or before one row of a list that falls by (placed_at, id). Both none: at its beginning."""

    after: tuple[datetime, UUID] | None = None
    before: tuple[datetime, UUID] | None = None


def write_cursor(placed_at: datetime, row_id: UUID) -> str:
    """The place of a row as text for an address."""
    return f"{placed_at.isoformat()}_{row_id}"


def read_cursor(text: str | None) -> tuple[datetime, UUID] | None:
    """The place that a text names; none when it is nonsense: the list then begins at its beginning."""
    moment, _, row_id = (text or "").partition("_")
    try:
        at = datetime.fromisoformat(moment)
        return (at, UUID(row_id)) if at.tzinfo is not None else None
    except ValueError:
        return None


def read_walk(after: str | None, before: str | None) -> Walk:
    """The walk that the `after` and `before` of an address ask for."""
    return Walk(read_cursor(after), None if after else read_cursor(before))
