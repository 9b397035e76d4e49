"""Tables are walked by key in both directions, whatever the order, and nonsense in an address is no error."""

import base64
import json
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from marketplace.core import i18n
from marketplace.core.audit import SYSTEM, AuditEvent, record
from marketplace.core.db import db
from marketplace.core.tables import EXPORT_CHUNK, Choice, Days, Sort, Table, Words, in_parts
from tests.conftest import count_queries

TABLE = Table(
    name="test.events",
    key=AuditEvent.id,
    sorts={"at": Sort(AuditEvent.at, falls=True), "act": Sort(AuditEvent.act), "seq": Sort(AuditEvent.seq)},
    default="-at",
    filters=(
        Words("q", "Act", lambda words: AuditEvent.act.contains(words, autoescape=True)),
        Choice("kind", "Kind", lambda: [("a", "A"), ("b", "B")], lambda value: AuditEvent.subject_kind == value),
        Days("at", "At", AuditEvent.at),
    ),
    size=3,
)
SUBJECT = UUID(int=7)
MINE = select(AuditEvent).where(AuditEvent.subject_id == SUBJECT)


@pytest.fixture
def events(app: Flask) -> Iterator[list[AuditEvent]]:
    """Ten lines of history: three acts, two kinds, two at the same moment."""
    with app.app_context():
        for n in range(10):
            record(SYSTEM, f"act.{n % 3}", "a" if n % 2 else "b", SUBJECT)
        db.session.flush()
        rows = list(db.session.scalars(MINE.order_by(AuditEvent.seq)))
        yield rows


def walk(args: dict[str, str]) -> list[UUID]:
    """Every row from the first page to the last, and back again."""
    there: list[UUID] = []
    pages = 0
    page = TABLE.page(MINE, TABLE.read(args))
    ends = []
    while True:
        ends.append([row.id for row in page.rows])
        there += ends[-1]
        pages += 1
        assert pages < 20
        if page.next is None:
            break
        page = TABLE.page(MINE, TABLE.read(args | {"after": page.next}))
    for expected in reversed(ends[:-1]):
        page = TABLE.page(MINE, TABLE.read(args | {"before": page.previous or ""}))
        assert [row.id for row in page.rows] == expected
    assert page.previous is None
    return there


@pytest.mark.parametrize("sort", ["at", "-at", "act", "-act", "seq", "-seq"])
def test_every_row_comes_once_in_every_order(sort: str, events: list[AuditEvent]) -> None:
    walked = walk({"sort": sort})

    assert sorted(walked) == sorted(event.id for event in events)
    by = {event.id: event for event in events}
    keys = [(getattr(by[row], sort.removeprefix("-")), row) for row in walked]
    assert keys == sorted(keys, reverse=sort.startswith("-"))


def test_the_download_holds_what_the_pages_hold(events: list[AuditEvent]) -> None:
    asked = TABLE.read({"sort": "act", "kind": "a"})

    assert [row.id for row in TABLE.rows(MINE, asked)] == walk({"sort": "act", "kind": "a"})
    assert len(list(TABLE.rows(MINE, asked, limit=2))) == 2
    assert {event.id for event in events if event.subject_kind == "a"} == set(walk({"sort": "act", "kind": "a"}))


def test_a_download_is_sorted_once_however_long_it_is(events: list[AuditEvent], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("marketplace.core.tables.EXPORT_CHUNK", 3)

    with count_queries() as statements:
        rows = [row.id for row in TABLE.rows(MINE, TABLE.read({"sort": "seq"}))]

    assert rows == [event.id for event in events]
    assert len(statements) == 1


def test_a_long_download_is_read_part_by_part() -> None:
    left = iter(range(2 * EXPORT_CHUNK + 1))
    parts = in_parts(left)

    assert len(next(parts)) == EXPORT_CHUNK
    assert next(left) == EXPORT_CHUNK  # what stands beside these rows can be asked for before the next are read
    assert [len(part) for part in parts] == [EXPORT_CHUNK]


def test_a_day_begins_where_the_reader_is(events: list[AuditEvent]) -> None:
    moment = events[0].at
    for zone in ("UTC", "Asia/Shanghai", "America/Los_Angeles"):
        with i18n.speaking("en", zone):
            there = moment.astimezone(ZoneInfo(zone)).date()
            asked = TABLE.read({"at_from": there.isoformat(), "at_to": there.isoformat()})
            assert events[0].id in [row.id for row in TABLE.rows(MINE, asked)]
            late = TABLE.read({"at_from": (there + timedelta(days=1)).isoformat()})
            assert events[0].id not in [row.id for row in TABLE.rows(MINE, late)]


def test_an_unknown_value_or_order_is_no_filter(events: list[AuditEvent]) -> None:
    asked = TABLE.read({"sort": "password_hash", "kind": "c", "at_from": "yesterday", "q": "\0"})

    assert asked.sort == "-at"
    assert not asked.is_filtered
    assert len(list(TABLE.rows(MINE, asked))) == len(events)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(cursor=st.one_of(st.text(max_size=40), st.recursive(st.none() | st.integers() | st.text(), lambda x: st.lists(x, max_size=3))))
def test_a_broken_cursor_shows_the_first_page(cursor: object, events: list[AuditEvent]) -> None:
    text = cursor if isinstance(cursor, str) else base64.urlsafe_b64encode(json.dumps(cursor).encode()).decode()
    for sort in ("at", "act", "seq"):
        page = TABLE.page(MINE, TABLE.read({"sort": sort, "after": text}))
        assert len(page.rows) == TABLE.size


@pytest.mark.parametrize("written", ["[" * 20_000, "9" * 20_000, "[1e999, 1]", '["9999-12-31T23:59:59-14:00", "0"]', "x" * 20_000])
def test_a_cursor_written_to_do_harm_shows_the_first_page(written: str, events: list[AuditEvent]) -> None:
    for text in (written, base64.urlsafe_b64encode(written.encode()).decode()):
        for sort in ("at", "act", "seq"):
            assert len(TABLE.page(MINE, TABLE.read({"sort": sort, "before": text})).rows) == TABLE.size


def test_a_cursor_of_another_order_is_no_error(events: list[AuditEvent]) -> None:
    cursor = TABLE.page(MINE, TABLE.read({"sort": "act"})).next

    page = TABLE.page(MINE, TABLE.read({"sort": "at", "after": cursor or ""}))

    assert len(page.rows) == TABLE.size


def test_two_lists_never_share_their_saved_views(app: Flask) -> None:
    assert app.url_map  # every room is loaded
    rooms = ("marketplace.", "vendors.", "search.", "reviews.", "payments.")
    modules = [module for name, module in list(sys.modules.items()) if name.startswith(rooms)]
    tables = {id(each): each for module in modules for each in vars(module).values() if type(each) is Table}

    names = Counter(each.name for each in tables.values())
    assert len(names) > 30
    assert {name for name, times in names.items() if times > 1} == set()


def test_rows_of_several_columns_keep_their_names(events: list[AuditEvent]) -> None:
    page = TABLE.page(select(AuditEvent.act, AuditEvent.subject_kind).where(AuditEvent.subject_id == SUBJECT), TABLE.read({}))

    newest = sorted(events, key=lambda event: (event.at, event.id), reverse=True)[: TABLE.size]
    assert [(row.act, row.subject_kind) for row in page.rows] == [(event.act, event.subject_kind) for event in newest]
