"""On time, by first promise: which orders are judged, and by which day."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import text

from marketplace.core import clock
from marketplace.core import db as database
from marketplace.core.db import db
from marketplace.orders import queries as orders
from marketplace.orders.models import VendorOrder, VendorOrderState
from marketplace.quality import queries
from marketplace.quality.shares import Share
from tests.conftest import count_queries
from tests.factories.orders import Trade, make_order, make_trade

S = VendorOrderState


@pytest.fixture
def trade(app: Flask) -> Trade:
    return make_trade()


def judged(trade: Trade, **fields: Any) -> VendorOrder:
    """A delivered order of the trade with its promise and its arrival moved; days count from today, by the buyer's calendar."""
    _, order = make_order(S.DELIVERED, trade=trade)
    now = clock.now()
    today = now.astimezone(ZoneInfo(trade.buyer.time_zone)).date()
    promised = fields.pop("promised", 0)
    arrived = fields.pop("arrived", 0)
    for line in orders.lines_of_orders([order.id])[order.id]:
        line.first_promise_on = None if promised is None else today + timedelta(days=promised)
        if arrived is None:
            line.delivered_quantity = 0
    moment = None if arrived is None else now + timedelta(days=arrived)
    order.delivered_at = moment
    for shipment in orders.shipments_of_orders([order.id])[order.id]:
        shipment.delivered_at = moment
    for name, value in fields.items():
        setattr(order, name, value)
    db.session.commit()
    return order


def share(trade: Trade) -> Share:
    return queries.on_time(trade.vendors[0].id)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"promised": -5, "arrived": -5}, Share(1, 1)),
        ({"promised": -5, "arrived": -6}, Share(1, 1)),
        ({"promised": 20, "arrived": -1}, Share(1, 1)),
        ({"promised": -5, "arrived": -4}, Share(0, 1)),
        ({"promised": -5, "arrived": None, "state": S.SHIPPED}, Share(0, 1)),
        ({"promised": 5, "arrived": None, "state": S.SHIPPED}, Share(0, 0)),
        ({"promised": 0, "arrived": None, "state": S.SHIPPED}, Share(0, 0)),
        ({"promised": -100, "arrived": -95}, Share(0, 0)),
        ({"promised": -100, "arrived": -80}, Share(0, 1)),
        ({"promised": -95, "arrived": None, "state": S.SHIPPED}, Share(0, 0)),
        ({"promised": None, "arrived": -5}, Share(0, 0)),
        ({"promised": -5, "arrived": None, "state": S.CANCELLED}, Share(0, 0)),
        ({"promised": -5, "arrived": None, "state": S.DECLINED, "accepted_at": None}, Share(0, 0)),
    ],
    ids=["on the day", "early", "long before", "a day late", "overdue", "not due", "due today", "out of the window", "late inside", "overdue long ago", "no promise", "cancelled", "declined"],
)  # fmt: skip
def test_an_order_is_judged_by_its_first_promise(trade: Trade, fields: dict[str, Any], expected: Share) -> None:
    judged(trade, **fields)

    assert share(trade) == expected


def test_a_later_promise_changes_nothing(trade: Trade) -> None:
    order = judged(trade, promised=-5, arrived=-3)
    line = orders.lines_of_orders([order.id])[order.id][0]

    assert line.first_promise_on is not None
    assert share(trade) == Share(0, 1)


def test_the_buyers_calendar_decides_the_day(trade: Trade) -> None:
    order = judged(trade, promised=-5, arrived=-5)
    promise = orders.lines_of_orders([order.id])[order.id][0].first_promise_on
    assert promise is not None
    late_evening = datetime.combine(promise, datetime.min.time(), UTC) + timedelta(hours=23, minutes=30)
    order.delivered_at = late_evening
    for shipment in orders.shipments_of_orders([order.id])[order.id]:
        shipment.delivered_at = late_evening
    db.session.commit()

    in_stockholm = share(trade)  # the next day there
    trade.buyer.time_zone = "America/New_York"
    db.session.commit()

    assert (in_stockholm, share(trade)) == (Share(0, 1), Share(1, 1))


def test_shares_of_many_vendors_are_one_statement(trade: Trade) -> None:
    judged(trade, promised=-5, arrived=-5)
    other = make_trade()

    with count_queries() as statements:
        found = queries.on_time_of([trade.vendors[0].id, other.vendors[0].id])

    assert found == {trade.vendors[0].id: Share(1, 1), other.vendors[0].id: Share(0, 0)}
    assert len(statements) == 1


def test_weeks_add_up_to_the_share(trade: Trade) -> None:
    judged(trade, promised=-5, arrived=-5)
    judged(trade, promised=-30, arrived=-20)
    judged(trade, promised=-2, arrived=None, state=S.SHIPPED)

    weeks = queries.on_time_by_week(trade.vendors[0].id)

    assert (sum(week.met for week in weeks), sum(week.late for week in weeks)) == (1, 2)
    assert share(trade) == Share(1, 3)


@pytest.mark.committed
def test_the_pages_role_counts_for_everybody_and_lists_for_the_vendor_alone(app: Flask) -> None:
    database.as_staff.set(True)
    database.begin_again()
    trade = make_trade()
    judged(trade, promised=-5, arrived=-5)
    vendor_id = trade.vendors[0].id
    database.as_staff.set(False)
    database.begin_again()

    def rows_for(company: str) -> int:
        with db.engine.begin() as connection:
            connection.execute(text("SELECT set_config('app.company', :company, true)"), {"company": company})
            query = text("SELECT count(*) FROM on_time_rows(ARRAY[:id]::uuid[], now() - interval '90 days', now())")
            return int(connection.execute(query, {"id": str(vendor_id)}).scalar_one())

    def counts_for(company: str) -> tuple[int, int]:
        with db.engine.begin() as connection:
            connection.execute(text("SELECT set_config('app.company', :company, true)"), {"company": company})
            query = text("SELECT met, n FROM on_time_counts(ARRAY[:id]::uuid[], now() - interval '90 days', now())")
            met, n = connection.execute(query, {"id": str(vendor_id)}).one()
            return met, n

    assert rows_for("") == 0
    assert rows_for(str(vendor_id)) == 1
    assert counts_for("") == counts_for(str(vendor_id)) == (1, 1)
