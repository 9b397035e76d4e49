"""Partial shipments: what leaves, what arrives, what is accepted, line by line. Source: product.md §8."""

from uuid import UUID

import pytest

from marketplace.core import clock
from marketplace.core.audit import SYSTEM
from marketplace.core.db import db, transaction
from marketplace.core.errors import InvalidMove, NotFound
from marketplace.core.ids import new_id
from marketplace.orders import queries, services
from marketplace.orders.claims import line_parts
from marketplace.orders.errors import NothingToAccept, NothingToShip, NotReadyYet, QuantityTooLarge, ShipComplete
from marketplace.orders.models import VendorOrder, VendorOrderState
from payments.models import HoldState
from tests.factories.catalogue import stock_of
from tests.factories.orders import Trade, claimed, fresh, hold_of, make_trade
from tests.orders.clockwork import job_at, mails
from tests.orders.lines import lines_of, make_wide_order

S = VendorOrderState
pytestmark = pytest.mark.usefixtures("app")


def ship(trade: Trade, order: VendorOrder, *quantities: int) -> None:
    """Ship so much of each line."""
    wanted = {line.id: quantity for line, quantity in zip(lines_of(order), quantities, strict=True)}
    with transaction():
        services.ship_part(order.id, quantities=wanted, carrier="NSL", tracking=None, actor=trade.seller())


def progress(order: VendorOrder) -> list[tuple[int, int, int]]:
    """(shipped, delivered, accepted) of each line."""
    return [(line.shipped_quantity, line.delivered_quantity, line.accepted_quantity) for line in lines_of(order)]


class TestLeaving:
    def test_the_order_is_shipped_when_every_line_has_wholly_left(self) -> None:
        trade, order = make_wide_order()

        ship(trade, order, 60, 0)
        assert (fresh(order).state, fresh(order).is_partly_shipped) == (S.READY, True)
        ship(trade, order, 40, 50)
        assert fresh(order).state is S.READY
        ship(trade, order, 0, 50)

        assert fresh(order).state is S.SHIPPED
        assert fresh(order).shipped_at is not None
        assert [one.position for one in queries.shipments_of_orders([order.id])[order.id]] == [1, 2, 3]
        assert progress(order) == [(100, 0, 0), (100, 0, 0)]

    def test_stock_leaves_by_what_is_shipped_and_the_rest_stays_promised(self) -> None:
        trade, order = make_wide_order()

        ship(trade, order, 60, 0)

        assert stock_of(trade.variants[0].id) == (940, 40)
        assert stock_of(trade.variants[1].id) == (1_000, 100)
        with transaction():
            services.ship_order(order.id, carrier="NSL", tracking=None, actor=trade.seller())
        assert [stock_of(variant.id) for variant in trade.variants] == [(900, 0), (900, 0)]

    def test_the_rest_of_a_cancelled_order_is_given_back(self) -> None:
        trade, order = make_wide_order()
        ship(trade, order, 60, 0)

        with transaction():
            services.cancel_by_platform(order.id, reason="The vendor is suspended.", actor=trade.seller())

        assert [stock_of(variant.id) for variant in trade.variants] == [(940, 0), (1_000, 0)]

    def test_a_part_may_leave_during_production_but_the_last_goods_only_when_ready(self) -> None:
        trade, order = make_wide_order(S.IN_PRODUCTION)

        ship(trade, order, 100, 0)
        with pytest.raises(NotReadyYet):
            ship(trade, order, 0, 100)

        assert fresh(order).state is S.IN_PRODUCTION
        assert fresh(order).is_partly_shipped

    @pytest.mark.parametrize("state", [S.PLACED, S.ACCEPTED, S.SHIPPED, S.DELIVERED])
    def test_nothing_leaves_in_other_states(self, state: VendorOrderState) -> None:
        trade, order = make_wide_order(state)

        with pytest.raises(InvalidMove):
            ship(trade, order, 1, 1)

    def test_more_than_there_is_is_refused_with_the_most_that_is_right(self) -> None:
        trade, order = make_wide_order()
        ship(trade, order, 60, 0)

        with pytest.raises(QuantityTooLarge) as refused:
            ship(trade, order, 41, 0)

        assert refused.value.limit == 40
        assert progress(order)[0] == (60, 0, 0)

    def test_an_empty_shipment_is_refused(self) -> None:
        trade, order = make_wide_order()

        with pytest.raises(NothingToShip):
            ship(trade, order, 0, 0)

    def test_a_line_of_another_order_is_not_found(self) -> None:
        trade, order = make_wide_order()

        for stranger in (new_id(), lines_of(make_wide_order()[1])[0].id):
            with pytest.raises(NotFound), transaction():
                services.ship_part(order.id, quantities={stranger: 1}, carrier="NSL", tracking=None, actor=trade.seller())

    def test_ship_complete_refuses_a_part_and_takes_the_whole(self) -> None:
        trade, order = make_wide_order()
        order.ship_complete = True
        db.session.commit()

        with pytest.raises(ShipComplete):
            ship(trade, order, 100, 50)
        ship(trade, order, 100, 100)

        assert fresh(order).state is S.SHIPPED

    def test_another_vendor_ships_nothing(self) -> None:
        _, order = make_wide_order()
        other = make_trade()

        with pytest.raises(NotFound), transaction():
            services.ship_part(order.id, quantities={}, carrier="NSL", tracking=None, actor=other.seller())


class TestArriving:
    def test_the_inspection_runs_from_the_last_delivery(self) -> None:
        trade, order = make_wide_order()
        ship(trade, order, 100, 0)

        with transaction():
            services.confirm_shipment(order.id, 1, counted={}, actor=trade.actor)
        assert (fresh(order).state, fresh(order).inspection_ends_at) == (S.READY, None)
        ship(trade, order, 0, 100)
        with transaction():
            services.deliver_shipment_with_proof(order.id, 2, signed_by="A. Berg", proof_file_id=None, actor=trade.seller())

        order = fresh(order)
        assert order.state is S.DELIVERED
        assert order.inspection_ends_at is not None
        assert job_at(f"accept_goods:{order.id}") == order.inspection_ends_at
        assert mails("email_delivered") == 1

    def test_goods_that_arrive_while_others_are_on_their_way_do_not_deliver_the_order(self) -> None:
        trade, order = make_wide_order()
        ship(trade, order, 100, 0)
        ship(trade, order, 0, 100)

        with transaction():
            services.confirm_shipment(order.id, 2, counted={}, actor=trade.actor)

        assert fresh(order).state is S.SHIPPED
        assert progress(order) == [(100, 0, 0), (100, 100, 0)]

    def test_what_was_counted_stands_on_line_and_shipment(self) -> None:
        trade, order = make_wide_order(S.SHIPPED)
        first, second = lines_of(order)

        with transaction():
            services.confirm_shipment(order.id, 1, counted={first.id: 90}, actor=trade.actor)

        assert progress(order) == [(100, 90, 0), (100, 100, 0)]
        shipment = queries.shipment_of_order(order.id, 1)
        rows = {row.line_id: row.delivered_quantity for row in queries.lines_of_shipments([shipment.id])[shipment.id]}
        assert rows == {first.id: 90, second.id: 100}
        assert (shipment.delivered_by, shipment.signed_by) == ("buyer", trade.actor.name)

    def test_more_than_was_sent_cannot_arrive(self) -> None:
        trade, order = make_wide_order(S.SHIPPED)

        with pytest.raises(QuantityTooLarge), transaction():
            services.confirm_shipment(order.id, 1, counted={lines_of(order)[0].id: 101}, actor=trade.actor)

        assert progress(order) == [(100, 0, 0), (100, 0, 0)]

    def test_a_shipment_arrives_once(self) -> None:
        trade, order = make_wide_order(S.SHIPPED)
        with transaction():
            services.confirm_shipment(order.id, 1, counted={}, actor=trade.actor)

        for act in (
            lambda: services.confirm_shipment(order.id, 1, counted={}, actor=trade.actor),
            lambda: services.deliver_shipment_with_proof(order.id, 1, signed_by="A. Berg", proof_file_id=None, actor=trade.seller()),
            lambda: services.confirm_delivery(order.id, actor=trade.actor),
        ):
            with pytest.raises(InvalidMove), transaction():
                act()

    def test_a_shipment_that_does_not_exist_and_a_strangers_order_are_not_found(self) -> None:
        trade, order = make_wide_order(S.SHIPPED)
        other = make_trade()

        for position, actor in ((2, trade.actor), (1, other.actor)):
            with pytest.raises(NotFound), transaction():
                services.confirm_shipment(order.id, position, counted={}, actor=actor)

    def test_one_click_confirms_everything_that_is_on_its_way(self) -> None:
        trade, order = make_wide_order()
        ship(trade, order, 100, 0)
        ship(trade, order, 0, 100)

        with transaction():
            services.confirm_delivery(order.id, actor=trade.actor)

        assert fresh(order).state is S.DELIVERED
        assert progress(order) == [(100, 100, 0), (100, 100, 0)]


class TestAccepting:
    def accept(self, trade: Trade, order: VendorOrder, **quantities: int) -> None:
        lines = lines_of(order)
        wanted: dict[UUID, int] = {lines[int(place[1:])].id: quantity for place, quantity in quantities.items()}
        with transaction():
            services.accept_lines(order.id, quantities=wanted, actor=trade.actor)

    def test_the_money_of_a_line_goes_with_the_last_of_it(self) -> None:
        trade, order = make_wide_order(S.DELIVERED)
        first = line_parts(lines_of(order)[0]).total_minor

        self.accept(trade, order, _0=99)
        assert hold_of(order).released_minor == 0
        self.accept(trade, order, _0=1)
        self.accept(trade, order, _1=40)
        assert (fresh(order).state, hold_of(order).state, hold_of(order).released_minor) == (S.DELIVERED, HoldState.FUNDED, first)
        self.accept(trade, order, _1=60)

        assert (fresh(order).state, fresh(order).accepted_by) == (S.ACCEPTED_BY_BUYER, "buyer")
        assert (hold_of(order).state, hold_of(order).released_minor) == (HoldState.RELEASED, order.total_minor)
        assert job_at(f"accept_goods:{order.id}") is None

    def test_an_order_that_the_platform_cancels_takes_released_money_back(self) -> None:
        trade, order = make_wide_order()
        ship(trade, order, 100, 0)
        with transaction():
            services.confirm_shipment(order.id, 1, counted={}, actor=trade.actor)
        self.accept(trade, order, _0=100)

        with transaction():
            services.cancel_by_platform(order.id, reason="Fraud.", actor=SYSTEM)

        assert (fresh(order).state, hold_of(order).returned_minor) == (S.CANCELLED, order.total_minor)

    def test_an_order_is_accepted_by_a_decision_that_leaves_nothing_held(self) -> None:
        trade, order = make_wide_order(S.DELIVERED)
        self.accept(trade, order, _0=100)
        with transaction():
            claim = services.report_problem(order.id, lines=[claimed(order, position=2, quantity=100)], actor=trade.actor)

        rest = order.total_minor - hold_of(order).released_minor
        with transaction():
            services.split_after_problem(claim.number, amount_minor=rest, reason="All of it is rust.", actor=SYSTEM)

        hold = hold_of(order)
        assert (fresh(order).state, hold.held_minor, hold.released_minor + hold.returned_minor) == (
            S.ACCEPTED_BY_BUYER,
            0,
            order.total_minor,
        )

    def test_a_disputed_line_waits_and_the_others_are_paid(self) -> None:
        trade, order = make_wide_order(S.DELIVERED)
        lines = lines_of(order)
        with transaction():
            claim = services.report_problem(order.id, lines=[claimed(order, position=2, quantity=30)], actor=trade.actor)

        self.accept(trade, order, _0=100, _1=100)

        hold = hold_of(order)
        assert hold.released_minor == line_parts(lines[0]).total_minor
        assert hold.frozen_at is not None
        with transaction():
            services.release_after_problem(claim.number, reason="No rust.", actor=SYSTEM)
        assert (fresh(order).state, hold_of(order).released_minor) == (S.ACCEPTED_BY_BUYER, order.total_minor)

    def test_a_delivered_order_of_which_everything_goes_back_ends_though_a_line_was_paid(self) -> None:
        trade, order = make_wide_order(S.DELIVERED)
        self.accept(trade, order, _0=100)
        said = [claimed(order, position=place, quantity=100) for place in (1, 2)]
        with transaction():
            claim = services.report_problem(order.id, lines=said, actor=trade.actor)

        with transaction():
            services.split_after_problem(claim.number, amount_minor=order.total_minor, reason="All rust.", actor=SYSTEM)

        assert (fresh(order).state, hold_of(order).returned_minor) == (S.CANCELLED, order.total_minor)

    def test_a_part_is_accepted_while_the_rest_is_not_shipped(self) -> None:
        trade, order = make_wide_order()
        ship(trade, order, 100, 0)
        with transaction():
            services.confirm_shipment(order.id, 1, counted={}, actor=trade.actor)

        self.accept(trade, order, _0=100)

        assert progress(order) == [(100, 100, 100), (0, 0, 0)]
        assert fresh(order).state is S.READY

    def test_more_than_has_arrived_is_refused(self) -> None:
        trade, order = make_wide_order(S.DELIVERED)
        self.accept(trade, order, _0=70)

        with pytest.raises(QuantityTooLarge) as refused:
            self.accept(trade, order, _0=31)

        assert refused.value.limit == 30

    def test_nothing_is_refused(self) -> None:
        trade, order = make_wide_order(S.DELIVERED)

        with pytest.raises(NothingToAccept):
            self.accept(trade, order, _0=0)

    def test_short_goods_do_not_release_by_their_lines(self) -> None:
        trade, order = make_wide_order(S.SHIPPED)
        with transaction():
            services.confirm_shipment(order.id, 1, counted={lines_of(order)[0].id: 90}, actor=trade.actor)

        self.accept(trade, order, _0=90, _1=100)

        assert (fresh(order).state, hold_of(order).state) == (S.DELIVERED, HoldState.FUNDED)

    def test_accepting_everything_accepts_each_line(self) -> None:
        trade, order = make_wide_order(S.DELIVERED)

        with transaction():
            services.accept_goods(order.id, actor=trade.actor)

        assert progress(order) == [(100, 100, 100), (100, 100, 100)]

    def test_the_timer_takes_what_was_left(self) -> None:
        trade, order = make_wide_order(S.DELIVERED)
        self.accept(trade, order, _0=10)
        ends = fresh(order).inspection_ends_at
        assert ends is not None

        with clock.at(ends), transaction():
            services.accept_goods_by_timer(order.id)

        assert progress(order) == [(100, 100, 100), (100, 100, 100)]
        assert fresh(order).accepted_by == "timer"

    def test_a_stranger_accepts_nothing(self) -> None:
        _, order = make_wide_order(S.DELIVERED)
        other = make_trade()

        with pytest.raises(NotFound), transaction():
            services.accept_lines(order.id, quantities={lines_of(order)[0].id: 1}, actor=other.actor)
