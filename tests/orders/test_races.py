"""What holds when several act at once, on real connections of the pages' role, each behind the wall of its own company."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select

from marketplace.catalogue.errors import OutOfStock
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import NotFound
from marketplace.orders import queries, services
from marketplace.orders.errors import NotOrderable, ProblemIsOpen
from marketplace.orders.models import Claim, ProblemKind, Purchase, PurchaseState, VendorOrder, VendorOrderState
from payments.models import HoldState, JournalEntry
from tests.factories.catalogue import stock_of
from tests.factories.orders import (
    Trade,
    checkout_of,
    claimed,
    fill_cart,
    fresh,
    fund,
    hold_of,
    make_order,
    make_purchase,
    make_trade,
    orders_of,
)
from tests.orders.at_once import acting_as, together

S = VendorOrderState
pytestmark = pytest.mark.committed
BUYERS, ROUNDS = 50, 12
BENT = "Forty of the hundred are bent."


def test_the_last_unit_to_fifty_buyers_is_sold_once(app: Flask) -> None:
    with acting_as(None):
        first = make_trade(stock=1)
        buyers = [first] + [make_buyer(first) for _ in range(BUYERS - 1)]
        orders = []
        for buyer in buyers:
            fill_cart(buyer, (1,))
            orders.append((buyer.buyer.id, checkout_of(buyer), buyer.actor))
        variant_id = first.variants[0].id

    results = together(
        app,
        [(company_id, lambda o=order, a=actor: services.place_order(o, actor=a)) for company_id, order, actor in orders],  # type: ignore[misc]
    )

    placed = [result for result in results if isinstance(result, Purchase)]
    refused = [result for result in results if isinstance(result, OutOfStock | NotOrderable)]
    assert (len(placed), len(refused)) == (1, BUYERS - 1), [r for r in results if r not in placed and r not in refused]
    with acting_as(None):
        assert stock_of(variant_id) == (1, 1)
        assert db.session.scalar(select(func.count()).select_from(Purchase)) == 1


def make_buyer(trade: Trade) -> Trade:
    """Another buyer of the same vendors and goods."""
    other = make_trade(vendors=0)
    return Trade(other.buyer, other.person, trade.vendors, trade.sellers, trade.variants)


def test_a_double_click_from_two_connections_is_one_purchase(app: Flask) -> None:
    with acting_as(None):
        trade = make_trade()
        fill_cart(trade, (10,))
        order, company_id, actor = checkout_of(trade), trade.buyer.id, trade.actor

    results = together(app, [(company_id, lambda: services.place_order(order, actor=actor))] * 4)

    assert all(isinstance(result, Purchase) for result in results), results
    assert len({result.id for result in results if isinstance(result, Purchase)}) == 1


def test_two_timers_release_once(app: Flask) -> None:
    with acting_as(None), clock.at(clock.now() - timedelta(days=11)):
        order_id = make_order(S.DELIVERED)[1].id

    results = together(app, [(None, lambda: services.accept_goods_by_timer(order_id))] * 4)

    assert results == [None] * 4
    with acting_as(None):
        order = queries.order_by_id(order_id)
        hold = hold_of(order)
        assert (fresh(order).accepted_by, hold.state, hold.released_minor) == ("timer", HoldState.RELEASED, order.total_minor)
        entries = select(func.count()).select_from(JournalEntry).where(JournalEntry.kind == "J09", JournalEntry.reference_id == order.id)
        assert db.session.scalar(entries) == 1


def test_accepting_and_reporting_at_once_does_exactly_one_of_them(app: Flask) -> None:
    with acting_as(None):
        trade = make_trade(stock=10_000)
        company_id, actor = trade.buyer.id, trade.actor
    won = {"accepted": 0, "reported": 0}
    for _ in range(ROUNDS):
        with acting_as(None):
            order_id = make_order(S.DELIVERED, trade=trade)[1].id
            said = claimed(queries.order_by_id(order_id), text=BENT)

        results = together(
            app,
            [
                (company_id, lambda o=order_id: services.accept_goods(o, actor=actor)),  # type: ignore[misc]
                (company_id, lambda o=order_id, s=said: services.report_problem(o, lines=[s], actor=actor)),  # type: ignore[misc]
            ],
        )

        with acting_as(None):
            order = queries.order_by_id(order_id)
            hold, now = hold_of(order), fresh(order)
            claim = queries.find_open_claim(order.id)
            assert claim is not None
            if now.state is S.ACCEPTED_BY_BUYER:  # accepted first: the claim is one on released money
                assert (hold.state, hold.frozen_at, claim.inspect_by_at) == (HoldState.RELEASED, None, None)
                won["accepted"] += 1
            else:
                assert (hold.state, now.state, hold.released_minor) == (HoldState.FUNDED, S.DELIVERED, 0)
                assert hold.frozen_at is not None
                assert isinstance(results[0], ProblemIsOpen)
                won["reported"] += 1
    assert won["accepted"] + won["reported"] == ROUNDS


def test_two_vendors_declining_at_once_cancel_the_purchase(app: Flask) -> None:
    with acting_as(None):
        trade, purchase = make_purchase(make_trade(vendors=2))
        fund(purchase)
        purchase_id = purchase.id
        seller_of = {vendor.id: trade.seller(n) for n, vendor in enumerate(trade.vendors)}
        found = [(order.vendor_id, order.id) for order in orders_of(purchase)]

    results = together(
        app,
        [
            (vendor_id, lambda v=vendor_id, o=order_id: services.decline_order(o, reason="No capacity.", actor=seller_of[v]))  # type: ignore[misc]
            for vendor_id, order_id in found
        ],
    )

    assert all(isinstance(result, VendorOrder) for result in results), results
    with acting_as(None):
        with transaction():
            services.settle_purchase(purchase_id)
        assert queries.purchase_by_id(purchase_id).state is PurchaseState.CANCELLED


def test_one_vendor_that_declines_does_not_cancel_what_another_one_still_has(app: Flask) -> None:
    with acting_as(None):
        trade, purchase = make_purchase(make_trade(vendors=2))
        fund(purchase)
        purchase_id, first = purchase.id, orders_of(purchase)[0]
        vendor_id, order_id = first.vendor_id, first.id
        seller = trade.seller([vendor.id for vendor in trade.vendors].index(vendor_id))

    with acting_as(vendor_id), transaction():
        services.decline_order(order_id, reason="No capacity.", actor=seller)

    with acting_as(None):
        with transaction():
            services.settle_purchase(purchase_id)
        assert queries.purchase_by_id(purchase_id).state is PurchaseState.PLACED


def test_each_step_works_behind_the_wall_of_its_own_company_and_of_no_other(app: Flask) -> None:
    with acting_as(None):
        trade = make_trade(stock=10_000)
        buyer_id, buyer, vendor_id, seller = trade.buyer.id, trade.actor, trade.vendors[0].id, trade.seller()
        stranger_id = make_trade().buyer.id
    order_id = paid_order(trade)

    with acting_as(stranger_id), pytest.raises(NotFound):
        queries.order_by_id(order_id)
    steps: list[Callable[[], VendorOrder]] = [
        lambda: services.accept_order(order_id, actor=seller),
        lambda: services.mark_in_production(order_id, actor=seller),
        lambda: services.mark_ready(order_id, actor=seller),
        lambda: services.ship_order(order_id, carrier="NSL", tracking=None, actor=seller),
        lambda: services.deliver_with_proof(order_id, signed_by="A. Berg", actor=seller),
    ]
    for step in steps:
        with acting_as(vendor_id), transaction():
            step()
    with acting_as(buyer_id), transaction():
        said = claimed(queries.order_by_id(order_id), kind=ProblemKind.WRONG, text="These are M10, not M8.")
        number = services.report_problem(order_id, lines=[said], actor=buyer).number
    with acting_as(stranger_id):
        assert db.session.scalar(select(func.count()).select_from(Claim)) == 0
    with acting_as(None), transaction():
        services.release_after_problem(number, reason="Replaced by the vendor.", actor=seller)
    with acting_as(None):
        assert hold_of(queries.order_by_id(order_id)).state is HoldState.RELEASED


def test_declining_and_cancelling_send_the_money_back_behind_the_wall(app: Flask) -> None:
    with acting_as(None):
        trade = make_trade(stock=10_000)
        buyer_id, buyer, vendor_id, seller = trade.buyer.id, trade.actor, trade.vendors[0].id, trade.seller()
    declined_id, cancelled_id = paid_order(trade), paid_order(trade)

    with acting_as(vendor_id), transaction():
        services.decline_order(declined_id, reason="No capacity.", actor=seller)
    with acting_as(buyer_id), transaction():
        services.cancel_order(cancelled_id, actor=buyer)

    with acting_as(None):
        assert hold_of(queries.order_by_id(declined_id)).state is HoldState.REFUNDED
        assert hold_of(queries.order_by_id(cancelled_id)).state is HoldState.REFUNDED


def paid_order(trade: Trade) -> UUID:
    """An order that was placed behind the buyer's wall, and whose money came by the clockwork."""
    with acting_as(None):
        buyer_id = trade.buyer.id
    with acting_as(buyer_id):
        fill_cart(trade, (100,))
        with transaction():
            purchase_id = services.place_order(checkout_of(trade), actor=trade.actor).id
    with acting_as(None):
        purchase = queries.purchase_by_id(purchase_id)
        fund(purchase)
        return orders_of(purchase)[0].id
