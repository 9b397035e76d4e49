"""Rows of learning: how a place is named in an address, what an order is tied to, and when it is all forgotten."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

from flask import Flask
from sqlalchemy import select

from marketplace.core import clock, jobs, policy
from marketplace.core.db import db
from marketplace.orders.models import OrderLine
from search.learning import services
from search.learning.models import SearchAct, SearchRecord
from search.learning.trails import company_mark, read_token, token_of, without_addresses
from tests.factories.orders import make_order
from tests.search.test_learning import SECRET, answered


def test_a_token_is_signed_and_read_back() -> None:
    search_id = uuid4()
    token = token_of(search_id, SECRET)

    assert read_token(f"{token}.12", SECRET) == (search_id, 12)
    assert read_token(token, SECRET) == (search_id, None)
    for wrong in (
        "",
        "x",
        token[:-1],
        f"{token}.",
        f"{token}.-1",
        token_of(search_id, "another"),
        f"{'B' if token[0] == 'A' else 'A'}{token[1:]}",
        "é" * 30,
        f"{token}.123456",
    ):
        assert read_token(wrong, SECRET) is None
    assert without_addresses("valve a@b.example DN 20") == "valve @ DN 20"
    assert without_addresses("hose clip +46 70 123-45 67 A2") == "hose clip + A2"
    assert without_addresses("toner +drum 4029-06010-45") == "toner +drum 4029-06010-45"


def test_an_order_is_tied_to_the_last_search_of_that_company_alone(app: Flask) -> None:
    _, order = make_order()
    variant_id = db.session.scalars(select(OrderLine.variant_id).where(OrderLine.vendor_order_id == order.id)).all()[0]
    before = order.placed_at - timedelta(hours=2)
    mine = [
        answered(
            asked_at=before,
            company_mark=company_mark(order.buyer_id, SECRET),
            variants=[variant_id],
            vendors=[order.vendor_id],
            versions=[1],
        )
        for _ in range(2)
    ]
    other = answered(
        asked_at=before, company_mark=company_mark(uuid4(), SECRET), variants=[variant_id], vendors=[order.vendor_id], versions=[1]
    )
    services.add_searches([*mine, other])
    for n, one in enumerate((*mine, other)):
        db.session.add(SearchAct(search_id=one.id, position=1, kind="cart", variant_id=variant_id, at=before + timedelta(minutes=n)))
    db.session.flush()

    assert services.attribute_orders(SECRET) == 1
    assert services.attribute_orders(SECRET) == 0
    ordered = db.session.query(SearchAct).filter_by(kind="order").one()
    assert ordered.search_id == mine[1].id


def test_searches_are_forgotten_when_their_time_is_over(app: Flask, run_jobs: Callable[[], int]) -> None:
    days = policy.current().search_record_days
    old, young = (answered(asked_at=clock.now() - timedelta(days=days, hours=hours)) for hours in (1, -1))
    services.add_searches([old, young])
    db.session.add(SearchAct(search_id=old.id, position=1, kind="click", variant_id=uuid4(), at=old.asked_at))
    jobs.enqueue("search.forget_old_searches")
    jobs.enqueue("search.attribute_orders")

    assert run_jobs() == 2

    assert [record.id for record in db.session.query(SearchRecord)] == [young.id]
    assert db.session.query(SearchAct).count() == 0


def test_a_search_that_is_written_twice_is_kept_once(app: Flask) -> None:
    one = answered(words="“quoted” \\ 钢球阀", filters={"a": ["b"]})

    services.add_searches([one])
    services.add_searches([one])

    record = db.session.query(SearchRecord).one()
    assert (record.words, record.filters, record.asked_at) == (one.words, {"a": ["b"]}, one.asked_at)
