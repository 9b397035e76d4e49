"""Who may review what, when, and once; replies; the proof mark."""

from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from marketplace.accounts.models import Company, Person
from marketplace.core import clock
from marketplace.core.audit import Actor, AuditEvent
from marketplace.core.changes import Change
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.jobs import Job
from marketplace.orders import queries as order_queries
from marketplace.orders import services as order_services
from marketplace.orders.models import OrderLine, VendorOrder, VendorOrderState
from reviews import queries, services, tasks
from reviews.errors import (
    AlreadyReplied,
    AlreadyReviewed,
    EditNotPossible,
    LinkedCompany,
    NotDelivered,
    ReplyTooLate,
    ReviewWindowClosed,
)
from reviews.models import Review, ReviewReply
from reviews.schemas import ReplyInput, ReviewInput
from tests.factories.accounts import make_company, make_member
from tests.factories.catalogue import make_product
from tests.factories.orders import make_order
from tests.factories.reviews import make_delivered_line, make_review
from tests.factories.vendors import make_vendor

pytestmark = pytest.mark.usefixtures("app")
REVIEW = ReviewInput(stars=4, quality=5, on_time=3, communication=4, documents=4, would_reorder="yes", text="Gauge passed on 80 samples.")
REPLY = ReplyInput(text="Thank you: the boxes are now weighed twice.")


def actor_of(company_id: UUID, person: Person | None = None) -> Actor:
    return Actor(person_id=person.id if person else None, company_id=company_id, name="Somebody")


def buyer_of(line: OrderLine) -> Actor:
    return actor_of(db.session.get_one(VendorOrder, line.vendor_order_id).buyer_id)


def write(line: OrderLine, actor: Actor | None = None) -> UUID:
    return services.write_review(line.id, REVIEW, language="en", actor=actor or buyer_of(line))


def test_a_delivered_line_gets_its_review_with_history_and_a_mark_for_the_index() -> None:
    line = make_delivered_line(goods_minor=12_345)

    review_id = write(line)

    review = db.session.get_one(Review, review_id)
    assert (review.stars, review.would_reorder, review.label, review.spend_minor) == (4, True, "verified_order", 12_345)
    event = db.session.query(AuditEvent).filter(AuditEvent.subject_id == review_id).one()
    assert event.act == "review.written"
    assert set(event.companies) == {review.buyer_id, review.vendor_id}
    assert db.session.get(Change, ("product", line.product_id)) is not None


def test_another_companys_line_is_not_there() -> None:
    line = make_delivered_line()

    with pytest.raises(NotFound):
        write(line, actor_of(make_company().id))


@pytest.mark.parametrize("state", [VendorOrderState.SHIPPED, VendorOrderState.PLACED])
def test_what_has_not_arrived_is_not_reviewed(state: VendorOrderState) -> None:
    line = make_delivered_line(state=state, delivered_days_ago=None)

    with pytest.raises(NotDelivered):
        write(line)


def test_what_was_cancelled_after_delivery_is_not_reviewed() -> None:
    line = make_delivered_line(state=VendorOrderState.CANCELLED)

    with pytest.raises(NotDelivered):
        write(line)


def test_the_window_closes_60_days_after_delivery() -> None:
    late, in_time = make_delivered_line(delivered_days_ago=60.01), make_delivered_line(delivered_days_ago=59.9)

    write(in_time)
    with pytest.raises(ReviewWindowClosed):
        write(late)


def test_a_line_has_one_review() -> None:
    line = make_delivered_line()
    write(line)

    with pytest.raises(AlreadyReviewed):
        write(line)


def test_a_company_does_not_review_itself() -> None:
    company = make_company(is_vendor=True)
    line = make_delivered_line(buyer=company, vendor=make_vendor(company=company))

    with pytest.raises(LinkedCompany):
        write(line)


def test_a_company_that_shares_a_member_with_the_vendor_does_not_review_it() -> None:
    vendor = make_vendor()
    line = make_delivered_line(vendor=vendor)
    both = make_member(db.session.get_one(Company, vendor.id))
    buyer = db.session.get_one(Company, buyer_of(line).company_id)
    make_member(buyer, person=both)

    with pytest.raises(LinkedCompany):
        write(line)


def test_a_review_is_changed_once_and_what_stood_there_is_kept() -> None:
    line = make_delivered_line()
    review_id = write(line)
    changed = REVIEW.model_copy(update={"stars": 2, "text": "Two boxes were short."})

    services.edit_review(review_id, changed, language="en", actor=buyer_of(line))

    review = db.session.get_one(Review, review_id)
    assert (review.stars, review.text) == (2, "Two boxes were short.")
    event = db.session.query(AuditEvent).filter(AuditEvent.act == "review.edited", AuditEvent.subject_id == review_id).one()
    assert event.before["stars"] == 4
    assert event.before["text"] == REVIEW.text
    with pytest.raises(EditNotPossible):
        services.edit_review(review_id, REVIEW, language="en", actor=buyer_of(line))


def test_a_review_is_not_changed_after_30_days() -> None:
    line = make_delivered_line(delivered_days_ago=50)
    review = make_review(line, days_ago=30.01)

    with pytest.raises(EditNotPossible):
        services.edit_review(review.id, REVIEW, language="en", actor=buyer_of(line))


def test_another_companys_review_cannot_be_changed() -> None:
    review = make_review(make_delivered_line())

    with pytest.raises(NotFound):
        services.edit_review(review.id, REVIEW, language="en", actor=actor_of(make_company().id))


def test_the_vendor_replies_once() -> None:
    review = make_review(make_delivered_line())
    vendor = actor_of(review.vendor_id)

    services.reply_to_review(review.id, REPLY, actor=vendor)

    assert db.session.get_one(ReviewReply, review.id).text == REPLY.text
    with pytest.raises(AlreadyReplied):
        services.reply_to_review(review.id, REPLY, actor=vendor)


def test_another_vendor_does_not_reply() -> None:
    review = make_review(make_delivered_line())

    with pytest.raises(NotFound):
        services.reply_to_review(review.id, REPLY, actor=actor_of(make_vendor().id))
    assert db.session.get(ReviewReply, review.id) is None


def test_the_vendor_does_not_reply_after_30_days() -> None:
    review = make_review(make_delivered_line(delivered_days_ago=50), days_ago=30.01)

    with pytest.raises(ReplyTooLate):
        services.reply_to_review(review.id, REPLY, actor=actor_of(review.vendor_id))


def test_a_refunded_order_takes_the_proof_mark_and_the_weight_away() -> None:
    product = make_product(make_vendor())
    reviews = [make_review(make_delivered_line(product=product), stars=5) for _ in range(3)]
    line = db.session.get_one(OrderLine, reviews[0].order_line_id)
    before = queries.score_of_products([product.id])[product.id]

    services.withdraw_proof(line.vendor_order_id, [line.id])
    services.withdraw_proof(line.vendor_order_id, [line.id])

    after = queries.score_of_products([product.id])[product.id]
    assert (before.n, after.n) == (3, 2)
    assert after.value is None
    shown = {review.id: review.is_proven for review in queries.reviews_of_product(product.id)}
    assert shown == {reviews[0].id: False, reviews[1].id: True, reviews[2].id: True}
    assert db.session.query(AuditEvent).filter(AuditEvent.act == "review.proof_withdrawn").count() == 1


def test_incentivised_and_imported_reviews_weigh_nothing() -> None:
    vendor = make_vendor()
    product = make_product(vendor)
    for label in ("incentivised", "imported"):
        make_review(make_delivered_line(product=product), stars=5, label=label)

    assert queries.score_of_vendors([vendor.id])[vendor.id].n == 0
    assert len(queries.reviews_of_vendor(vendor.id)) == 2


def test_a_score_is_weighed_by_age_and_by_the_vendors_median_spend(app: Flask) -> None:
    vendor = make_vendor()
    product = make_product(vendor)
    with clock.at(clock.now()):
        make_review(make_delivered_line(product=product, goods_minor=100), stars=5, days_ago=365)
        make_review(make_delivered_line(product=product, goods_minor=200), stars=4, days_ago=0)
        make_review(make_delivered_line(product=product, goods_minor=900), stars=1, days_ago=0)

        found = queries.score_of_products([product.id])[product.id]

    # Median 200: weights ½·½ = 0.25, 1, and 3 (capped): (24.5 + 1.25 + 4 + 3) ÷ (7 + 4.25)
    assert found.value == pytest.approx(32.75 / 11.25, abs=1e-4)
    assert found.distribution == (1, 0, 0, 1, 1)


def test_lines_to_review_are_the_companys_own_delivered_and_unreviewed_ones() -> None:
    buyer = make_company()
    mine = make_delivered_line(buyer=buyer, person=make_member(buyer))
    person = make_member(buyer)
    reviewed = make_delivered_line(buyer=buyer, person=person)
    make_review(reviewed)
    make_delivered_line(buyer=buyer, person=person, delivered_days_ago=61)
    make_delivered_line(buyer=buyer, person=person, state=VendorOrderState.SHIPPED, delivered_days_ago=None)
    make_delivered_line()

    found = queries.lines_to_review(buyer.id)

    assert [line.line_id for line in found] == [mine.id]
    assert found[0].review_until is not None
    assert found[0].review_until - clock.now() > timedelta(days=54)


def test_a_refund_of_delivered_goods_asks_for_the_proof_mark_back() -> None:
    trade, order = make_order(VendorOrderState.DELIVERED)
    line_id = order_queries.line_ids([order.id])[0]
    review_id = services.write_review(line_id, REVIEW, language="en", actor=trade.actor)

    order_services.cancel_by_platform(order.id, reason="The whole lot is rusty.", actor=Actor(name="S. Brandt", is_staff=True))
    withdraw = db.session.scalars(select(Job.id).where(Job.name == "reviews.withdraw_proof")).one()
    tasks.withdraw_proof(withdraw, vendor_order_id=str(order.id))

    assert db.session.get_one(Review, review_id, populate_existing=True).proof_withdrawn_at is not None
