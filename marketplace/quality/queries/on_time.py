"""Which orders came on time, by first promise. The rule stands in `shares.py`, its reading in the database (migration 0018)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Boolean, ColumnElement, Date, DateTime, Select, Uuid, cast, column, func, literal, select
from sqlalchemy.sql.selectable import TableValuedAlias

from marketplace.core import clock, i18n
from marketplace.core.db import db
from marketplace.core.i18n import gettext, lazy
from marketplace.core.tables import Choice, Days, Sort, Table
from marketplace.orders.models import VendorOrder
from marketplace.quality.shares import NOTHING, WINDOW, Share

IDS = ARRAY(Uuid)
WEEKS = 13
"""Weeks that the window of 90 days touches, about."""


def on_time(vendor_id: UUID) -> Share:
    """The on-time share of a vendor today: public, since it tells two numbers and no order."""
    return on_time_of([vendor_id])[vendor_id]


def on_time_of(vendor_ids: Collection[UUID]) -> dict[UUID, Share]:
    """The on-time shares of vendors in one statement: public. A vendor without an order that counts has `Share(0, 0)`."""
    ids = sorted(set(vendor_ids))
    if not ids:
        return {}
    now = clock.now()
    counts = func.on_time_counts(literal(ids, IDS), now - WINDOW, now).table_valued("vendor_id", "met", "n")
    found = {row.vendor_id: Share(row.met, row.n) for row in db.session.execute(select(counts))}
    return {vendor_id: found.get(vendor_id, NOTHING) for vendor_id in ids}


def judged_orders(vendor_id: UUID) -> TableValuedAlias:
    """The orders behind the share, as a table to join: order_id, promised_on, arrived_on (None: not yet), is_met.

    For the vendor itself and the desk: row security leaves nothing of it to others.
    """
    now = clock.now()
    return func.on_time_rows(literal([vendor_id], IDS), now - WINDOW, now).table_valued(
        column("vendor_id", Uuid),
        column("order_id", Uuid),
        column("promised_on", Date),
        column("arrived_on", Date),
        column("is_met", Boolean),
    )


@dataclass(frozen=True, slots=True)
class WeekOnTime:
    """Orders judged in a week: on time and late."""

    begins_on: date
    ends_on: date
    met: int
    late: int


def _judged_on(rows: TableValuedAlias) -> ColumnElement[date]:
    """The day on which an order is judged: its arrival, or the day after the promise that passed."""
    judged: ColumnElement[date] = func.coalesce(rows.c.arrived_on, rows.c.promised_on + 1)
    return judged


def on_time_by_week(vendor_id: UUID) -> list[WeekOnTime]:
    """The judged orders of the window by week, Monday to Sunday, the running week last; for the vendor itself."""
    rows = judged_orders(vendor_id)
    today = clock.now().date()
    monday = today - timedelta(days=today.weekday(), weeks=WEEKS - 1)
    # The window begins up to six days before the first Monday, and a buyer's calendar may be a day ahead: both stand with the nearest week.
    begun = _judged_on(rows) - func.mod(_judged_on(rows) - monday, 7)
    week = func.least(func.greatest(begun, monday), monday + timedelta(weeks=WEEKS - 1))
    query = select(week, func.count().filter(rows.c.is_met), func.count()).select_from(rows).group_by(week)
    found = {row[0]: (int(row[1]), int(row[2])) for row in db.session.execute(query)}
    weeks = [monday + timedelta(weeks=n) for n in range(WEEKS)]
    counts = [(begin, *found.get(begin, (0, 0))) for begin in weeks]
    return [WeekOnTime(begin, begin + timedelta(days=6), met, n - met) for begin, met, n in counts]


ON_TIME = {"met": lazy("On time"), "late": lazy("Late")}


def judged_rows(vendor_id: UUID) -> tuple[Table, Select[Any]]:
    """The orders behind the share as a table and its query: number, buyer_name, placed_at, promised_on, arrived_on, is_met."""
    rows = judged_orders(vendor_id)
    # The reader's midnight of that day, since `Days` counts by the reader's zone.
    judged_at = func.timezone(i18n.zone(), cast(_judged_on(rows), DateTime), type_=DateTime(timezone=True))
    table = Table(
        name="vendors.on_time",
        key=VendorOrder.id,
        sorts={"promised": Sort(rows.c.promised_on, falls=True), "placed": Sort(VendorOrder.placed_at, falls=True)},
        default="-promised",
        filters=(
            Choice(
                "result",
                lazy("Result"),
                lambda: [(value, gettext(word)) for value, word in ON_TIME.items()],
                lambda value: rows.c.is_met.is_(value == "met"),
            ),
            Days("judged", lazy("Judged"), judged_at),
        ),
    )
    query = select(
        VendorOrder.number,
        VendorOrder.buyer_name,
        VendorOrder.placed_at,
        rows.c.promised_on,
        rows.c.arrived_on,
        rows.c.is_met,
    ).join_from(VendorOrder, rows, rows.c.order_id == VendorOrder.id)
    return table, query.where(VendorOrder.vendor_id == vendor_id)
