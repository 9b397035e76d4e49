"""Fulfilment when several act at once, on real connections of the pages' role."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import delete, func, select
from sqlalchemy.exc import ProgrammingError

from marketplace.core.db import db, transaction
from marketplace.orders import queries, services
from marketplace.orders.errors import ChangeIsAnswered, QuantityTooLarge
from marketplace.orders.models import (
    ChangeRequest,
    ChangeRequestLine,
    ChangeState,
    Invoice,
    LinePromise,
    ProductionStage,
    VendorOrder,
    VendorOrderState,
)
from tests.factories.catalogue import stock_of
from tests.factories.orders import make_order, make_trade
from tests.orders.at_once import acting_as, together

S = VendorOrderState
pytestmark = pytest.mark.committed
ROUNDS = 8


def test_two_shipments_of_the_same_goods_at_once_leave_once(app: Flask) -> None:
    with acting_as(None):
        trade, order = make_order(S.READY, trade=make_trade(stock=1_000))
        order_id, vendor_id, seller, variant_id = order.id, order.vendor_id, trade.seller(), trade.variants[0].id
        line_id = queries.line_ids([order_id])[0]

    def ship() -> VendorOrder:
        return services.ship_part(order_id, quantities={line_id: 60}, carrier="NSL", tracking=None, actor=seller)

    results = together(app, [(vendor_id, ship)] * 4)

    assert sum(isinstance(result, VendorOrder) for result in results) == 1, results
    assert sum(isinstance(result, QuantityTooLarge) for result in results) == 3
    with acting_as(None):
        assert stock_of(variant_id) == (940, 40)


def test_a_change_is_signed_or_withdrawn_never_both(app: Flask) -> None:
    with acting_as(None):
        trade = make_trade(stock=10_000)
        buyer_id, buyer, seller = trade.buyer.id, trade.actor, trade.seller()
    for _ in range(ROUNDS):
        with acting_as(None):
            order = make_order(S.ACCEPTED, trade=trade)[1]
            vendor_id, line_id = order.vendor_id, queries.line_ids([order.id])[0]
            with transaction():
                change = services.propose_days_as_vendor(order.id, days={line_id: date(2030, 3, 1)}, reason="Steel is late.", actor=seller)
            change_id = change.id

        results = together(
            app,
            [
                (buyer_id, lambda c=change_id: services.accept_change_as_buyer(c, answer=None, actor=buyer)),  # type: ignore[misc]
                (vendor_id, lambda c=change_id: services.withdraw_change_as_vendor(c, actor=seller)),  # type: ignore[misc]
            ],
        )

        assert sum(isinstance(result, ChangeIsAnswered) for result in results) == 1, results
        with acting_as(None):
            db.session.expire_all()
            is_signed = queries.change_by_id(change_id).state is ChangeState.ACCEPTED
            assert is_signed is bool(queries.promises_of_lines([line_id]))


def test_invoices_of_one_vendor_issued_at_once_leave_no_gap(app: Flask) -> None:
    with acting_as(None):
        trade = make_trade(stock=10_000)
        vendor_id, seller = trade.vendors[0].id, trade.seller()
        orders = [make_order(S.READY, trade=trade)[1].id for _ in range(6)]

    results = together(
        app,
        [
            (vendor_id, lambda o=order_id: services.ship_order(o, carrier="NSL", tracking=None, actor=seller))  # type: ignore[misc]
            for order_id in orders
        ],
    )

    assert all(isinstance(result, VendorOrder) for result in results), results
    with acting_as(None):
        sequences = db.session.scalars(select(Invoice.sequence).where(Invoice.vendor_id == vendor_id).order_by(Invoice.sequence)).all()
        assert sequences == [1, 2, 3, 4, 5, 6]


def test_what_was_promised_or_issued_cannot_be_changed_behind_the_wall(app: Flask) -> None:
    with acting_as(None):
        order = make_order(S.SHIPPED)[1]
        vendor_id, stranger_id = order.vendor_id, make_trade().vendors[0].id

    with acting_as(vendor_id):
        assert db.session.scalar(select(func.count()).select_from(Invoice)) == 1
        for kept in (Invoice, LinePromise, ChangeRequestLine, ProductionStage):
            with pytest.raises(ProgrammingError, match="permission denied"):
                db.session.execute(delete(kept))
            db.session.rollback()
    with acting_as(stranger_id):
        assert db.session.scalar(select(func.count()).select_from(Invoice)) == 0
        assert db.session.scalar(select(func.count()).select_from(ChangeRequest)) == 0
