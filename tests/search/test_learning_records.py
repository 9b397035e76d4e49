"""Rows of learning: how a place is named in an address, what an order is tied to, and when it is all forgotten."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
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


def test_mail_addresses_and_telephone_numbers_are_cut_out() -> None:
    for typed, kept in (
        ("valve a@b.example DN 20", "valve @ DN 20"),
        ("valve anna＠halden.example", "valve @"),
        ("hose clip +46 70 123-45 67 A2", "hose clip + A2"),
        ("tel:+46101234500", "tel:+"),
        ("Phone. 1234500 hose", "Phone. + hose"),
        ("电话13800138000", "电话+"),
        ("手机：13800138000螺栓", "手机:+螺栓"),
        ("联系010-12345678", "联系+"),
    ):
        assert without_addresses(typed) == kept
    for number in (
        "010-123 45 00", "010–123 45 00", "0046101234500", "00 46 10 123 45 00", "070-123 45 67", "(010) 1234500", "+46.10.123.45.00",
        "＋46 10 123 45 00", "+46 (0)10-123 45 00", "0455-123 45", "0571-88881234", "020 7946 0958", "01 23 45 67 89", "138 0013 8000",
    ):  # fmt: skip
        assert without_addresses(f"valve {number} DN 20") == "valve + DN 20"


@pytest.mark.parametrize(
    "typed",
    [
        "toner +drum 4029-06010-45", "4006381333931", "012345678905", "00012345678905", "00712345678904", "0 986 494 123", "0445 110 414",
        "0986494123", "13800138000", "SKU-010-1234500", "−40 +85 °C", "24V +10/-15 %", "½ inch", "6205-2RS 25 52 15", "0-10 V 4–20 mA",
        "0402 10k 1000", "mobile phone 128 GB", "fax toner 1020", "telescope 123456", "100-240 VAC 50-60 Hz",
    ],
)  # fmt: skip
def test_part_numbers_sizes_and_eans_stay_as_they_were_typed(typed: str) -> None:
    assert without_addresses(typed) == typed


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
