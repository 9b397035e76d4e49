"""Stock: counted, promised, given back, sold."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func

from marketplace.accounts.models import Company
from marketplace.catalogue import services
from marketplace.catalogue.errors import OutOfStock, StockBelowReserved
from marketplace.catalogue.models import MovementKind, ReservationState, StockMovement, StockReservation, Supply, Variant
from marketplace.catalogue.services import Leaving, Wanted
from marketplace.core import clock, jobs
from marketplace.core.audit import Actor
from marketplace.core.changes import Change
from marketplace.core.db import db
from marketplace.core.ids import new_id
from tests.factories.accounts import actor_of, make_member
from tests.factories.catalogue import make_product, only_variant, stock_of
from tests.factories.vendors import make_vendor


def make_stocked(stock: int = 10, **fields: object) -> Variant:
    return only_variant(make_product(make_vendor(), stock=stock, **fields))  # type: ignore[arg-type]


def keeper_of(variant: Variant) -> Actor:
    company = db.session.get_one(Company, variant.vendor_id)
    return actor_of(make_member(company), company)


def reserve(variant: Variant, quantity: int, line: UUID | None = None) -> UUID:
    line = line or new_id()
    services.reserve_stock([Wanted(line, variant.id, quantity)], until=clock.now() + timedelta(hours=1))
    return line


def moved(variant_id: UUID) -> tuple[int, int]:
    """The sums of a variant's movements: they have to be its stock row."""
    row = (
        db.session.query(func.sum(StockMovement.on_hand_change), func.sum(StockMovement.reserved_change))
        .filter_by(variant_id=variant_id)
        .one()
    )
    return int(row[0]), int(row[1])


def test_a_promise_takes_from_what_is_free(app: Flask) -> None:
    variant = make_stocked(10)

    reserve(variant, 4)

    assert stock_of(variant.id) == (10, 4) == moved(variant.id)
    assert db.session.get(Change, ("product", variant.product_id)) is not None


def test_more_than_is_free_is_refused_with_what_is(app: Flask) -> None:
    variant, other = make_stocked(10), make_stocked(1)
    reserve(variant, 8)

    with pytest.raises(OutOfStock) as short:
        services.reserve_stock([Wanted(new_id(), variant.id, 3), Wanted(new_id(), other.id, 2)], until=None)

    assert short.value.shortages == {variant.id: 2, other.id: 1}


def test_goods_made_to_order_promise_nothing(app: Flask) -> None:
    variant = make_stocked(0, supply=Supply.MADE_TO_ORDER)

    reserve(variant, 10**6)

    assert stock_of(variant.id) == (0, 0)
    assert db.session.query(StockReservation).count() == 0


def test_asking_again_for_a_line_keeps_its_promise_and_moves_its_end(app: Flask) -> None:
    variant = make_stocked(10)
    line = reserve(variant, 4)
    later = clock.now() + timedelta(days=5)

    services.reserve_stock([Wanted(line, variant.id, 4)], until=later)

    assert stock_of(variant.id) == (10, 4)
    assert db.session.query(StockReservation).one().expires_at == later


def test_a_promise_is_given_back_once(app: Flask) -> None:
    variant = make_stocked(10)
    line = reserve(variant, 4)

    services.give_back([line])
    services.give_back([line, new_id()])

    assert stock_of(variant.id) == (10, 0) == moved(variant.id)


def test_a_line_can_be_promised_again_after_it_was_given_back(app: Flask) -> None:
    variant = make_stocked(10)
    line = reserve(variant, 4)
    services.give_back([line])

    reserve(variant, 6, line)

    assert stock_of(variant.id) == (10, 6)


def test_goods_leave_with_their_order(app: Flask) -> None:
    variant = make_stocked(10)
    line = reserve(variant, 4)

    services.use_reservations([line])
    services.use_reservations([line])

    assert stock_of(variant.id) == (6, 0) == moved(variant.id)
    assert [m.kind for m in db.session.query(StockMovement).filter_by(variant_id=variant.id).order_by(StockMovement.id)] == [
        MovementKind.COUNTED,
        MovementKind.RESERVED,
        MovementKind.SOLD,
    ]


def test_a_part_leaves_and_the_rest_stays_promised(app: Flask) -> None:
    variant = make_stocked(10)
    line = reserve(variant, 6)

    services.use_part_of_reservations([Leaving(line, 2, left=6)])

    assert stock_of(variant.id) == (8, 4) == moved(variant.id)
    services.use_part_of_reservations([Leaving(line, 4, left=4)])
    assert stock_of(variant.id) == (4, 0) == moved(variant.id)
    used = db.session.query(StockReservation).filter_by(order_line_id=line, state=ReservationState.USED)
    assert sum(row.quantity for row in used) == 6


def test_what_is_left_after_a_part_can_be_given_back(app: Flask) -> None:
    variant = make_stocked(10)
    line = reserve(variant, 6)
    services.use_part_of_reservations([Leaving(line, 2, left=6)])

    services.give_back([line])

    assert stock_of(variant.id) == (8, 0) == moved(variant.id)


def test_a_part_of_goods_made_to_order_moves_no_stock(app: Flask) -> None:
    variant = make_stocked(0, supply=Supply.MADE_TO_ORDER)
    line = reserve(variant, 6)

    services.use_part_of_reservations([Leaving(line, 2, left=6)])

    assert stock_of(variant.id) == (0, 0)


def test_a_paid_promise_has_no_end_and_an_old_one_is_given_back(app: Flask) -> None:
    variant = make_stocked(10)
    paid, unpaid = reserve(variant, 1), reserve(variant, 2)
    services.keep_reservations([paid])

    with clock.at(clock.now() + timedelta(hours=2)):
        assert services.give_back_expired() == [unpaid]
        assert services.give_back_expired() == []

    assert stock_of(variant.id) == (10, 1)


def test_a_count_sets_what_lies_there(app: Flask) -> None:
    variant = make_stocked(10)
    reserve(variant, 4)

    services.count_stock(variant.id, 25, actor=keeper_of(variant))

    assert stock_of(variant.id) == (25, 4) == moved(variant.id)


def test_a_count_below_what_is_promised_is_refused(app: Flask) -> None:
    variant = make_stocked(10)
    reserve(variant, 4)

    with pytest.raises(StockBelowReserved) as refused:
        services.count_stock(variant.id, 3, actor=keeper_of(variant))

    assert refused.value.reserved == 4
    assert stock_of(variant.id) == (10, 4)


acts = st.lists(st.tuples(st.sampled_from(["reserve", "back", "use", "count"]), st.integers(0, 12)), max_size=25)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts)
def test_whatever_happens_stock_is_the_sum_of_its_movements(app: Flask, steps: list[tuple[str, int]]) -> None:
    variant = make_stocked(10)
    keeper = keeper_of(variant)
    lines: list[UUID] = []
    for act, number in steps:
        try:
            with db.session.begin_nested():
                if act == "reserve":
                    lines.append(reserve(variant, number + 1))
                elif act == "back" and lines:
                    services.give_back([lines[number % len(lines)]])
                elif act == "use" and lines:
                    services.use_reservations([lines[number % len(lines)]])
                elif act == "count":
                    services.count_stock(variant.id, number, actor=keeper)
        except (OutOfStock, StockBelowReserved):
            continue

    on_hand, reserved = stock_of(variant.id)
    open_ones = db.session.query(func.sum(StockReservation.quantity)).filter_by(variant_id=variant.id, state="open").scalar() or 0
    assert (on_hand, reserved) == moved(variant.id)
    assert 0 <= reserved <= on_hand
    assert reserved == open_ones


def test_the_job_gives_back_everything_whose_end_has_passed(app: Flask, run_jobs: Callable[[], int]) -> None:
    variant = make_stocked(10)
    reserve(variant, 1)
    reserve(variant, 2)

    with clock.at(clock.now() + timedelta(hours=2)):
        jobs.enqueue("catalogue.give_back_expired")
        assert run_jobs() >= 1

    assert stock_of(variant.id) == (10, 0)
