"""The messages of the orders: who gets which, in whose language and zone, and that each can be written in every case."""

import email
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from marketplace.core import clock, jobs
from marketplace.core.db import db, transaction
from marketplace.orders import services
from marketplace.orders.models import VendorOrderState
from marketplace.worker import run_job
from tests.factories.accounts import actor_of, make_operator
from tests.factories.orders import fund, make_order, make_purchase, make_trade, orders_of, report

S = VendorOrderState


@pytest.fixture
def inbox(app: Flask) -> Callable[[], dict[str, list[EmailMessage]]]:
    """Do the waiting jobs of the orders, and read the mails that they wrote: address → messages."""
    folder = Path(urlsplit(app.config["SMTP_URL"]).path)

    def read() -> dict[str, list[EmailMessage]]:
        for old in folder.glob("*.eml"):
            old.unlink()
        while True:
            db.session.commit()
            query = select(jobs.Job.id).where(
                jobs.Job.state == jobs.JobState.QUEUED, jobs.Job.run_at <= clock.now(), jobs.Job.name.startswith("orders.")
            )
            waiting = list(db.session.scalars(query.order_by(jobs.Job.run_at)))
            db.session.commit()
            if not waiting:
                break
            for job_id in waiting:
                run_job(app, job_id)
        db.session.expire_all()
        failed = db.session.scalars(select(jobs.Job).where(jobs.Job.last_error.is_not(None))).all()
        assert not failed, [(job.name, job.last_error) for job in failed]
        mails: dict[str, list[EmailMessage]] = {}
        for path in sorted(folder.glob("*.eml")):
            message = email.message_from_bytes(path.read_bytes(), policy=default)
            mails.setdefault(str(message["To"]), []).append(message)
        return mails

    return read


def only(mails: dict[str, list[EmailMessage]], address: str, *, subject: str) -> str:
    """The one message to an address with these words in its subject, as text; its HTML part says the same heading."""
    found = [m for m in mails.get(address, []) if subject in str(m["Subject"]).replace("\u00a0", " ")]
    assert len(found) == 1, {to: [str(m["Subject"]) for m in messages] for to, messages in mails.items()}
    parts = {part.get_content_type(): str(part.get_content()) for part in found[0].walk() if not part.is_multipart()}
    text = parts["text/plain"]
    assert text.splitlines()[0].strip() in parts["text/html"].replace("&#39;", "'")
    assert "Undefined" not in text
    return str(text.replace("\u00a0", " "))


def test_placed_paid_accepted_shipped_delivered_released(inbox: Callable[[], dict[str, list[EmailMessage]]]) -> None:
    trade, purchase = make_purchase()
    buyer, seller = trade.person.email, trade.sellers[0].email
    text = only(inbox(), buyer, subject=f"{purchase.number} placed")
    assert "It waits for your payment until" in text
    assert f"http://localhost/orders/{purchase.number}" in text

    fund(purchase)
    order = orders_of(purchase)[0]
    text = only(inbox(), seller, subject=f"New order {order.number}")
    assert "Accept or decline by" in text
    assert f"http://localhost/portal/orders/{order.number}" in text

    with transaction():
        services.accept_order(order.id, actor=trade.seller())
    only(inbox(), buyer, subject=f"accepted {order.number}")

    with transaction():
        services.mark_ready(order.id, actor=trade.seller())
        services.ship_order(order.id, carrier="Nordsjö Line", tracking=None, actor=trade.seller())
    text = only(inbox(), buyer, subject=f"{order.number} has been shipped")
    assert "Carrier: Nordsjö Line" in text
    assert "Tracking: Not stated" in text

    with transaction():
        services.deliver_with_proof(order.id, signed_by="A. Berg", actor=trade.seller())
    text = only(inbox(), buyer, subject=f"{order.number} is delivered: inspect by")
    assert "Reporting a problem stops the clock." in text

    with transaction():
        services.accept_goods(order.id, actor=trade.actor)
    text = only(inbox(), seller, subject="is released to you")
    assert "less EUR 2.00 commission: EUR 83.63 is on its way" in text


def test_declined_and_refunded(inbox: Callable[[], dict[str, list[EmailMessage]]]) -> None:
    trade, order = make_order()
    inbox()
    with transaction():
        services.decline_order(order.id, reason="No capacity until March.", actor=trade.seller())

    assert "Reason: No capacity until March." in only(inbox(), trade.person.email, subject=f"declined {order.number}")


def test_cancelled_by_the_buyer_and_by_the_platform(inbox: Callable[[], dict[str, list[EmailMessage]]]) -> None:
    trade = make_trade(stock=10_000)
    _, first = make_order(trade=trade)
    _, second = make_order(S.SHIPPED, trade=trade)
    inbox()
    company, staff = make_operator()
    with transaction():
        services.cancel_order(first.id, actor=trade.actor)
        services.cancel_by_platform(second.id, reason="The vendor is suspended.", actor=actor_of(staff, company))

    mails = inbox()

    assert f"/portal/orders/{first.number}" in only(mails, trade.sellers[0].email, subject=f"{first.number} is cancelled")
    assert "/orders/PO-" in only(mails, trade.person.email, subject=f"{second.number} is cancelled")


def test_unpaid_reminder_and_end(inbox: Callable[[], dict[str, list[EmailMessage]]]) -> None:
    trade, purchase = make_purchase()
    inbox()

    with clock.at(purchase.placed_at + timedelta(days=3, seconds=1)):
        only(inbox(), trade.person.email, subject=f"{purchase.number} waits for your payment")
    with clock.at(purchase.placed_at + timedelta(days=5, seconds=1)):
        only(inbox(), trade.person.email, subject=f"{purchase.number} is cancelled: it was not paid")
    assert orders_of(purchase)[0].state is S.CANCELLED


def test_the_vendor_is_reminded_and_then_it_ends(inbox: Callable[[], dict[str, list[EmailMessage]]]) -> None:
    trade, order = make_order()
    inbox()

    with clock.at(order.accept_by_at or clock.now()):
        only(inbox(), trade.sellers[0].email, subject=f"Answer order {order.number}")
    with clock.at(order.cancel_unaccepted_at or clock.now()):
        mails = inbox()
        only(mails, trade.sellers[0].email, subject=f"{order.number} is cancelled")
        only(mails, trade.person.email, subject=f"{order.number} is cancelled")


def test_the_inspection_is_reminded_of_three_times_and_not_after_a_report(inbox: Callable[[], dict[str, list[EmailMessage]]]) -> None:
    trade, order = make_order(S.DELIVERED)
    inbox()
    delivered = order.delivered_at or clock.now()

    for days in (5, 8, 9):
        with clock.at(delivered + timedelta(days=days, seconds=1)):
            only(inbox(), trade.person.email, subject=f"Inspect {order.number}")
    with clock.at(delivered + timedelta(days=9, seconds=2)):
        report(trade, order)
        assert not [m for m in inbox().get(trade.person.email, []) if "Inspect" in str(m["Subject"])]


def test_a_claim_is_told_to_the_vendor_and_once_handed_over_to_the_platforms_finance_and_its_decision_to_both(
    inbox: Callable[[], dict[str, list[EmailMessage]]],
) -> None:
    company, staff = make_operator(["platform_finance"])
    trade, order = make_order(S.DELIVERED)
    inbox()
    claim = report(trade, order)

    mails = inbox()
    told = only(mails, trade.sellers[0].email, subject=f"claims on {order.number}")
    assert "Damaged" in told
    assert f"/portal/orders/{order.number}/claims/{claim.number}" in told
    assert staff.email not in mails
    with clock.at(claim.answer_by_at):
        with transaction():
            services.hand_over_as_buyer(claim.id, actor=trade.actor)
        told = only(inbox(), staff.email, subject=f"{claim.number} waits for the platform")
    assert f"/desk/problems/{claim.number}" in told

    with transaction():
        services.refund_after_problem(claim.number, reason="Forty of a hundred are bent.", actor=actor_of(staff, company))
    mails = inbox()
    for address in (trade.person.email, trade.sellers[0].email):
        only(mails, address, subject=f"{claim.number} is decided: Refunded to the buyer")


def test_a_refund_is_told_to_the_buyer(inbox: Callable[[], dict[str, list[EmailMessage]]]) -> None:
    trade, order = make_order()
    inbox()
    with transaction():
        services.tell_refunded(order.id, 1_000)

    only(inbox(), trade.person.email, subject="is on its way back to you")


def test_times_stand_in_the_readers_zone(inbox: Callable[[], dict[str, list[EmailMessage]]]) -> None:
    trade = make_trade()
    trade.sellers[0].time_zone = "Asia/Shanghai"
    db.session.commit()
    make_order(trade=trade)

    assert " CST" in only(inbox(), trade.sellers[0].email, subject="New order")


def test_somebody_who_has_left_is_not_written_to(inbox: Callable[[], dict[str, list[EmailMessage]]]) -> None:
    trade, order = make_order()
    inbox()
    trade.person.disabled_at = clock.now()
    db.session.commit()
    with transaction():
        services.accept_order(order.id, actor=trade.seller())

    assert inbox().get(trade.person.email) is None
