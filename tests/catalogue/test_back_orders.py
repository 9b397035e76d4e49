"""Back-orders: where a vendor takes them, what is not there waits for what comes in, the oldest first."""

from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func

from marketplace.catalogue import queries, services
from marketplace.catalogue.errors import OutOfStock
from marketplace.catalogue.models import ReservationState, StockMovement, StockReservation, Variant
from marketplace.catalogue.services import Leaving, Wanted
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.ids import new_id
from tests.catalogue.test_stock import keeper_of, make_stocked, moved, reserve
from tests.factories.catalogue import stock_of

SOON = clock.now().date() + timedelta(days=20)


def held(line: UUID) -> dict[str, int]:
    """State → quantity of what a line holds."""
    rows = db.session.query(StockReservation.state, func.sum(StockReservation.quantity)).filter_by(order_line_id=line)
    return {state.value: int(n) for state, n in rows.group_by(StockReservation.state) if state.value in ("open", "waiting", "used")}


def test_without_the_vendors_yes_nothing_is_back_ordered(app: Flask) -> None:
    with pytest.raises(OutOfStock):
        reserve(make_stocked(5), 6)


def test_what_is_there_is_promised_and_the_rest_waits(app: Flask) -> None:
    variant = make_stocked(5, back_order_on=SOON)

    line = reserve(variant, 8)

    assert held(line) == {"open": 5, "waiting": 3}
    assert stock_of(variant.id) == (5, 5) == moved(variant.id)


def test_what_comes_in_goes_to_the_oldest_first(app: Flask) -> None:
    variant = make_stocked(0, back_order_on=SOON)
    first, second = reserve(variant, 4), reserve(variant, 4)

    services.receive_stock(variant.id, 6, actor=keeper_of(variant))
    assert (held(first), held(second)) == ({"open": 4}, {"open": 2, "waiting": 2})
    services.receive_stock(variant.id, 5, actor=keeper_of(variant))

    assert held(second) == {"open": 4}
    assert stock_of(variant.id) == (11, 8) == moved(variant.id)


def test_what_is_given_back_goes_to_who_waits(app: Flask) -> None:
    variant = make_stocked(5, back_order_on=SOON)
    first, second = reserve(variant, 5), reserve(variant, 3)

    services.give_back([first])

    assert held(second) == {"open": 3}
    assert stock_of(variant.id) == (5, 3) == moved(variant.id)


def test_a_waiting_line_that_ends_changes_no_stock(app: Flask) -> None:
    variant = make_stocked(5, back_order_on=SOON)
    line = reserve(variant, 8)

    services.give_back([line])

    assert held(line) == {}
    assert stock_of(variant.id) == (5, 0) == moved(variant.id)


def test_an_unpaid_back_order_ends_with_its_time(app: Flask) -> None:
    variant = make_stocked(0, back_order_on=SOON)
    line = reserve(variant, 3)

    with clock.at(clock.now() + timedelta(hours=2)):
        assert services.give_back_expired() == [line]

    assert held(line) == {}


def test_goods_that_left_before_they_were_counted_are_written_as_received_and_sold(app: Flask) -> None:
    variant = make_stocked(2, back_order_on=SOON)
    line = reserve(variant, 5)

    services.use_part_of_reservations([Leaving(line, 3, left=5)])
    services.use_reservations([line])

    assert held(line) == {"used": 5}
    assert stock_of(variant.id) == (0, 0) == moved(variant.id)
    sold = db.session.query(func.sum(StockMovement.on_hand_change)).filter_by(variant_id=variant.id, kind="sold").scalar()
    assert sold == -5


def test_a_back_order_waits_for_its_day(app: Flask) -> None:
    variant = make_stocked(5, back_order_on=SOON, lead_time=((None, 2, 4),))

    line = queries.variants_for_lines([variant.id])[variant.id]

    wait = (SOON - clock.now().date()).days
    assert line.lead_days(5) == (2, 4)
    assert line.lead_days(6) == (2 + wait, 4 + wait)
    assert line.takes_back_orders


steps = st.lists(st.tuples(st.sampled_from(["reserve", "back", "use", "receive"]), st.integers(0, 9)), max_size=25)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_whatever_happens_nobody_waits_while_something_is_free(app: Flask, acts: list[tuple[str, int]]) -> None:
    variant: Variant = make_stocked(3, back_order_on=SOON)
    keeper = keeper_of(variant)
    lines: list[UUID] = []
    for act, number in acts:
        if act == "reserve":
            line = new_id()
            services.reserve_stock([Wanted(line, variant.id, number + 1)], until=None)
            lines.append(line)
        elif act == "back" and lines:
            services.give_back([lines[number % len(lines)]])
        elif act == "use" and lines:
            services.use_reservations([lines[number % len(lines)]])
        elif act == "receive":
            services.receive_stock(variant.id, number, actor=keeper)

    on_hand, reserved = stock_of(variant.id)
    in_state = db.session.query(func.sum(StockReservation.quantity)).filter_by(variant_id=variant.id)
    waiting = in_state.filter_by(state=ReservationState.WAITING).scalar() or 0
    assert (on_hand, reserved) == moved(variant.id)
    assert reserved == (in_state.filter_by(state=ReservationState.OPEN).scalar() or 0)
    assert waiting == 0 or on_hand == reserved
