"""Table pages: what the reader filtered and sorted, one page walked by key, the same rows as CSV. Pages: docs/look.md.

A list is walked by (its sort, its id), so that a page costs the same at row 50,000 as at row 1, and is never counted.
"""

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.core import i18n
from marketplace.core.db import db

Row = TypeVar("Row")
AnySelect = Select[*tuple[Any, ...]]
"""One entity or some columns."""

Expression = ColumnElement[Any] | InstrumentedAttribute[Any]
PAGE = 25
EXPORT_LIMIT = 50_000
EXPORT_CHUNK = 1_000
WORDS_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Sort:
    """An order that a list can have. `by` is never NULL (use coalesce); `falls`: the first click begins with the largest."""

    by: Expression
    falls: bool = False


class Filter(Protocol):
    """One question above a table. `names` are its fields in the address."""

    @property
    def name(self) -> str: ...

    @property
    def label(self) -> str: ...

    @property
    def names(self) -> tuple[str, ...]: ...

    @property
    def kind(self) -> str: ...

    def condition(self, values: Mapping[str, str]) -> ColumnElement[bool] | None: ...


@dataclass(frozen=True, slots=True)
class Words:
    """Free words; `where` gets them as typed, at most `longest` characters that the database can hold."""

    name: str
    label: str
    where: Callable[[str], ColumnElement[bool]]
    kind: str = "words"
    longest: int = WORDS_LIMIT
    """More where something as a whole is looked for: cut, it would be another thing, and never found."""

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name,)

    def condition(self, values: Mapping[str, str]) -> ColumnElement[bool] | None:
        typed = values.get(self.name, "")
        return self.where(typed) if typed else None


@dataclass(frozen=True, slots=True)
class Choice:
    """One of some values; `options` gives (value, text), `where` the condition of a value. An unknown value is no filter."""

    name: str
    label: str
    options: Callable[[], Sequence[tuple[str, str]]]
    where: Callable[[str], ColumnElement[bool]]
    kind: str = "choice"

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name,)

    def condition(self, values: Mapping[str, str]) -> ColumnElement[bool] | None:
        chosen = values.get(self.name, "")
        return self.where(chosen) if chosen and any(chosen == value for value, _ in self.options()) else None


@dataclass(frozen=True, slots=True)
class Days:
    """From one day to another, both included, as the reader's zone counts days. `column` is an instant."""

    name: str
    label: str
    column: Expression
    kind: str = "days"

    @property
    def names(self) -> tuple[str, ...]:
        return (f"{self.name}_from", f"{self.name}_to")

    def condition(self, values: Mapping[str, str]) -> ColumnElement[bool] | None:
        first, last = (_day(values.get(name)) for name in self.names)
        zone = ZoneInfo(i18n.zone())
        bounds = []
        if first is not None:
            bounds.append(self.column >= datetime.combine(first, time(), zone))
        if last is not None:
            bounds.append(self.column < datetime.combine(last + timedelta(days=1), time(), zone))
        return and_(*bounds) if bounds else None


@dataclass(frozen=True, slots=True)
class Stretch(Generic[Row]):
    """A page of rows with the cursors of its neighbours; none where the list ends."""

    rows: tuple[Row, ...]
    previous: str | None
    next: str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What the reader asked of a table: kept values only, so that an address with nonsense shows the plain list."""

    table: "Table"
    sort: str
    """A key of `Table.sorts`, with a minus before it for descending."""
    values: dict[str, str]
    after: str | None = None
    before: str | None = None

    @property
    def is_filtered(self) -> bool:
        """Whether the rows are fewer than the list has: an empty page then says so."""
        return any(each.condition(self.values) is not None for each in self.table.filters)

    def get(self, name: str) -> str:
        """The value of a field as it stands in the address."""
        return self.values.get(name, "")


@dataclass(frozen=True)
class Table:
    """A list that people filter, sort, walk and take home. `name` is `room.list`: saved views belong to it."""

    name: str
    key: Expression
    """The unique id that breaks ties."""
    sorts: Mapping[str, Sort]
    default: str
    filters: Sequence[Filter] = field(default=())
    size: int = PAGE

    def read(self, args: Mapping[str, str]) -> Asked:
        """What the query string asks. Nonsense is left out, never an error: an address may be old or typed by hand."""
        wanted = args.get("sort", "")
        sort = wanted if wanted.removeprefix("-") in self.sorts else self.default
        values = {name: _typed(args.get(name, ""), getattr(each, "longest", WORDS_LIMIT)) for each in self.filters for name in each.names}
        return Asked(self, sort, {name: value for name, value in values.items() if value}, args.get("after"), args.get("before"))

    def narrowed(self, query: AnySelect, asked: Asked) -> AnySelect:
        """The query with the filters, without order or page: what sums above a table are made of."""
        conditions = [each.condition(asked.values) for each in self.filters]
        return query.where(*(condition for condition in conditions if condition is not None))

    def page(self, query: AnySelect, asked: Asked) -> Stretch[Any]:
        """One page. `query` is already limited to what the reader may see. Rows are entities where it selects one, else named rows."""
        place = self._place(asked, asked.after)
        if place is None and asked.before and (back := self._place(asked, asked.before)) is not None:
            found = list(db.session.execute(self._walk(query, asked, back, is_back=True, limit=self.size + 1)))
            has_previous, has_next = len(found) > self.size, True
            found = found[: self.size][::-1]
        else:
            found = list(db.session.execute(self._walk(query, asked, place, is_back=False, limit=self.size + 1)))
            has_previous, has_next = place is not None, len(found) > self.size
            found = found[: self.size]
        first, last = (found[0], found[-1]) if found else (None, None)
        return Stretch(
            tuple(_content(row) for row in found),
            _write(first) if first is not None and has_previous else None,
            _write(last) if last is not None and has_next else None,
        )

    def rows(self, query: AnySelect, asked: Asked, *, limit: int = EXPORT_LIMIT) -> Iterator[Any]:
        """All rows in the asked order from the beginning, at most `limit`, for CSV: sorted once, fetched a thousand at a time by a cursor
        of the database, so that the transaction of the page goes on until the last.
        """
        walked = self._walk(query, asked, None, is_back=False, limit=limit)
        yield from (_content(row) for row in db.session.execute(walked.execution_options(yield_per=EXPORT_CHUNK)))

    def _walk(self, query: AnySelect, asked: Asked, place: tuple[Any, Any] | None, *, is_back: bool, limit: int) -> AnySelect:
        by = self.sorts[asked.sort.removeprefix("-")].by
        falls = asked.sort.startswith("-") != is_back
        walked = self.narrowed(query, asked).add_columns(by.label("_sort"), self.key.label("_key"))
        if place is not None:
            here = tuple_(by, self.key)
            walked = walked.where(here < place if falls else here > place)
        order = (by.desc(), self.key.desc()) if falls else (by.asc(), self.key.asc())
        return walked.order_by(*order).limit(limit)

    def _place(self, asked: Asked, cursor: str | None) -> tuple[Any, Any] | None:
        if not cursor:
            return None
        try:
            value, key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
            return _parse(self.sorts[asked.sort.removeprefix("-")].by, value), _parse(self.key, key)
        except (ValueError, TypeError, binascii.Error, InvalidOperation, OverflowError, RecursionError):
            return None


def in_parts(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Rows of a CSV, a thousand at a time: what else a part needs is asked for it at once, and no connection stands idle meanwhile."""
    left = iter(rows)
    while part := list(islice(left, EXPORT_CHUNK)):
        yield part


def _content(row: Any) -> Any:
    return row[0] if len(row) == 3 else row  # an entity and the two columns of the walk


def _write(row: Any) -> str:
    value, key = row[-2], row[-1]
    return base64.urlsafe_b64encode(json.dumps([value, key], default=_plain).encode()).decode().rstrip("=")


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, (date, datetime)) else str(value)


def _parse(by: Expression, value: Any) -> Any:
    kind = by.type.python_type
    if kind is bool or kind is int or kind is float:
        if isinstance(value, (bool, int, float)) and abs(value) < 2**63:
            return kind(value)
        raise ValueError("not a number")
    if not isinstance(value, str) or "\0" in value:
        raise ValueError("not a text")
    if kind is datetime:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError("an instant without a zone")
        return moment
    readers: dict[type, Callable[[str], Any]] = {date: date.fromisoformat, UUID: UUID, Decimal: Decimal}
    value.encode()  # a lone surrogate is no text
    return readers.get(kind, str)(value)


def _typed(text: str, longest: int) -> str:
    return text.strip()[:longest].replace("\0", "").encode("utf-8", "ignore").decode()


def _day(text: str | None) -> date | None:
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if date(1900, 1, 1) <= day <= date(2999, 12, 31) else None
