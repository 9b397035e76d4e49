"""Writing, changing and answering reviews (product.md §11)."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from marketplace.accounts.models import Membership
from marketplace.catalogue import services as catalogue
from marketplace.core import audit, changes, clock, policy
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.ids import new_id
from reviews import queries
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

VERIFIED_ORDER, VERIFIED_SAMPLE = "verified_order", "verified_sample"
MARKS = ("stars", "quality", "on_time", "communication", "documents")


def write_review(line_id: UUID, given: ReviewInput, *, language: str, actor: Actor) -> UUID:
    """A buyer company judges a delivered line; returns the id of the review.

    Raises: NotFound (not this company's line), NotDelivered, ReviewWindowClosed, LinkedCompany, AlreadyReviewed.
    `language` is the tag of the language that the text is written in.
    """
    if actor.company_id is None:
        raise NotFound
    line = queries.line_of_buyer(line_id, buyer_id=actor.company_id)
    now = clock.now()
    if not line.is_delivered:
        raise NotDelivered
    if line.review_until is not None and now > line.review_until:
        raise ReviewWindowClosed(days=policy.current().review_window_days)
    if are_linked(line.buyer_id, line.vendor_id):
        raise LinkedCompany
    review_id = new_id()
    statement = insert(Review).values(
        id=review_id,
        order_line_id=line.line_id,
        product_id=line.product_id,
        variant_id=line.variant_id,
        vendor_id=line.vendor_id,
        buyer_id=line.buyer_id,
        person_id=actor.person_id,
        **_content(given),
        language=language,
        label=VERIFIED_SAMPLE if line.is_sample else VERIFIED_ORDER,
        spend_minor=line.goods_minor,
        written_at=now,
    )
    if db.session.scalar(statement.on_conflict_do_nothing(index_elements=["order_line_id"]).returning(Review.id)) is None:
        raise AlreadyReviewed
    catalogue.mark_reviewed(line.product_id)
    _record(actor, "review.written", review_id, line.buyer_id, line.vendor_id, after=_content(given))
    changes.mark("product", [line.product_id])
    return review_id


def edit_review(review_id: UUID, given: ReviewInput, *, language: str, actor: Actor) -> None:
    """The buyer company changes its review, once and in time; what stood there before stays in the history.

    Raises: NotFound (not this company's review), EditNotPossible.
    """
    review = queries.lock_review(review_id)
    if review.buyer_id != actor.company_id:
        raise NotFound
    now = clock.now()
    if review.edited_at is not None or now > review.written_at + timedelta(days=policy.current().review_edit_days):
        raise EditNotPossible
    before = {name: getattr(review, name) for name in (*MARKS, "would_reorder", "text")}
    for name, value in _content(given).items():
        setattr(review, name, value)
    review.language = language
    review.edited_at = now
    _record(actor, "review.edited", review.id, review.buyer_id, review.vendor_id, before=before, after=_content(given))
    changes.mark("product", [review.product_id])


def reply_to_review(review_id: UUID, given: ReplyInput, *, actor: Actor) -> None:
    """The vendor answers a review, once and in time.

    Raises: NotFound (not a review of this vendor), ReplyTooLate, AlreadyReplied.
    """
    review = queries.lock_review(review_id)
    if review.vendor_id != actor.company_id:
        raise NotFound
    now = clock.now()
    if now > review.written_at + timedelta(days=policy.current().review_reply_days):
        raise ReplyTooLate
    statement = insert(ReviewReply).values(
        review_id=review.id, vendor_id=review.vendor_id, person_id=actor.person_id, text=given.text, written_at=now
    )
    if db.session.scalar(statement.on_conflict_do_nothing().returning(ReviewReply.review_id)) is None:
        raise AlreadyReplied
    _record(actor, "review.answered", review.id, review.buyer_id, review.vendor_id, after={"text": given.text})


def withdraw_proof(vendor_order_id: UUID, line_ids: list[UUID]) -> None:
    """Reviews of a fully refunded order lose their proof mark and leave the score; a repeat changes nothing."""
    lost = db.session.execute(
        update(Review)
        .where(Review.order_line_id.in_(line_ids), Review.proof_withdrawn_at.is_(None))
        .values(proof_withdrawn_at=clock.now())
        .returning(Review.id, Review.product_id, Review.buyer_id, Review.vendor_id)
    ).all()
    for review_id, product_id, buyer_id, vendor_id in lost:
        _record(audit.SYSTEM, "review.proof_withdrawn", review_id, buyer_id, vendor_id, after={"vendor_order": str(vendor_order_id)})
        changes.mark("product", [product_id])


def are_linked(company_id: UUID, vendor_id: UUID) -> bool:
    """Whether two companies are the same or share a member."""
    if company_id == vendor_id:
        return True
    mine, theirs = aliased(Membership), aliased(Membership)
    shared = (
        select(mine.id)
        .join(theirs, theirs.person_id == mine.person_id)
        .where(mine.company_id == company_id, theirs.company_id == vendor_id, mine.ended_at.is_(None), theirs.ended_at.is_(None))
    )
    return db.session.scalar(shared.limit(1)) is not None


def _content(given: ReviewInput) -> dict[str, object]:
    marks = {name: getattr(given, name) for name in MARKS}
    return {**marks, "would_reorder": given.would_reorder == "yes", "text": given.text}


def _record(
    actor: Actor,
    act: str,
    review_id: UUID,
    buyer_id: UUID,
    vendor_id: UUID,
    *,
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
) -> None:
    audit.record(actor, act, "review", review_id, companies=(buyer_id, vendor_id), before=before, after=after)
