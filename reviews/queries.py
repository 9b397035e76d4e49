"""Reads about reviews. What is shown on products and shops is public; the buyer's and the vendor's lists are scoped to the company."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Select, Text, Uuid, all_, bindparam, exists, func, literal, literal_column, select
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.accounts.models import Company
from marketplace.core import clock, policy
from marketplace.core.db import ask, db, fixed, ids_text, one_of_ids
from marketplace.core.driver import Fixed
from marketplace.core.errors import NotFound
from marketplace.orders.models import OrderLine, Purchase, VendorOrder, VendorOrderState
from reviews.models import Review, ReviewReply
from reviews.scores import NO_SCORE, UNWEIGHED_LABELS, Rating, Score, score

ARRIVED = (VendorOrderState.DELIVERED, VendorOrderState.ACCEPTED_BY_BUYER, VendorOrderState.CLOSED)
SHOWN = 20


@dataclass(frozen=True, slots=True)
class ShownReview:
    """A review with what stands beside it. The buyer is shown by country only."""

    id: UUID
    order_line_id: UUID
    product_id: UUID
    product_slug: str
    product_title: dict[str, Any]
    sku: str
    buyer_id: UUID
    buyer_country: str
    quantity: int
    display_unit: str
    display_factor: int
    stars: int
    quality: int
    on_time: int
    communication: int
    documents: int
    would_reorder: bool
    text: str
    language: str
    label: str
    is_proven: bool
    written_at: datetime
    edited_at: datetime | None
    reply_text: str | None
    replied_at: datetime | None

    @property
    def edit_until(self) -> datetime:
        """Until when the buyer may change it, once."""
        return self.written_at + timedelta(days=policy.current().review_edit_days)

    @property
    def reply_until(self) -> datetime:
        """Until when the vendor may reply."""
        return self.written_at + timedelta(days=policy.current().review_reply_days)

    @property
    def can_be_edited(self) -> bool:
        """Whether the buyer's one change is still open."""
        return self.edited_at is None and clock.now() <= self.edit_until

    @property
    def can_be_answered(self) -> bool:
        """Whether the vendor's one reply is still open."""
        return self.replied_at is None and clock.now() <= self.reply_until


@dataclass(frozen=True, slots=True)
class ReviewedLine:
    """A line that a buyer looks back at: what it was, when it came, and until when it can be reviewed."""

    line_id: UUID
    title: dict[str, Any]
    sku: str
    quantity: int
    display_unit: str
    display_factor: int
    product_id: UUID
    variant_id: UUID
    is_sample: bool
    goods_minor: int
    vendor_id: UUID
    vendor_name: str
    buyer_id: UUID
    order_number: str
    purchase_number: str
    state: VendorOrderState
    delivered_at: datetime | None

    @property
    def is_delivered(self) -> bool:
        """Whether the goods arrived and the order still stands."""
        return self.delivered_at is not None and self.state in ARRIVED

    @property
    def review_until(self) -> datetime | None:
        """The end of the window; None before delivery."""
        return self.delivered_at + timedelta(days=policy.current().review_window_days) if self.delivered_at else None


def _shown() -> Select[Review, OrderLine, str, ReviewReply]:
    return (
        select(Review, OrderLine, Company.country, ReviewReply)
        .join(OrderLine, OrderLine.id == Review.order_line_id)
        .join(Company, Company.id == Review.buyer_id)
        .outerjoin(ReviewReply, ReviewReply.review_id == Review.id)
    )


def _read(query: Select[Review, OrderLine, str, ReviewReply]) -> list[ShownReview]:
    return [
        ShownReview(
            id=review.id,
            order_line_id=review.order_line_id,
            product_id=review.product_id,
            product_slug=line.product_slug,
            product_title=line.title,
            sku=line.sku,
            buyer_id=review.buyer_id,
            buyer_country=country,
            quantity=line.quantity,
            display_unit=line.display_unit,
            display_factor=line.display_factor,
            stars=review.stars,
            quality=review.quality,
            on_time=review.on_time,
            communication=review.communication,
            documents=review.documents,
            would_reorder=review.would_reorder,
            text=review.text,
            language=review.language,
            label=review.label,
            is_proven=review.proof_withdrawn_at is None,
            written_at=review.written_at,
            edited_at=review.edited_at,
            reply_text=reply.text if reply else None,
            replied_at=reply.written_at if reply else None,
        )
        for review, line, country, reply in db.session.execute(query)
    ]


def reviews_of_product(product_id: UUID, *, limit: int = SHOWN) -> list[ShownReview]:
    """The newest reviews of a product. Public."""
    # Most products have none, and to ask for all that is shown of one is dear.
    ids = list(ask(_newest, {"product": product_id, "most": limit}).scalars())
    return _read(_shown().where(Review.id.in_(ids)).order_by(Review.written_at.desc(), Review.id.desc())) if ids else []


_newest = fixed(
    select(Review.id)
    .where(Review.product_id == bindparam("product", type_=Uuid()))
    .order_by(Review.written_at.desc(), Review.id.desc())
    .limit(bindparam("most", type_=BigInteger()))
)


def reviews_of_vendor(vendor_id: UUID, *, limit: int = SHOWN, before: tuple[datetime, UUID] | None = None) -> list[ShownReview]:
    """The newest reviews of all products of a vendor, from a place in the list on. Public."""
    query = _shown().where(Review.vendor_id == vendor_id)
    if before is not None:
        at, review_id = before
        query = query.where((Review.written_at < at) | ((Review.written_at == at) & (Review.id < review_id)))
    return _read(query.order_by(Review.written_at.desc(), Review.id.desc()).limit(limit))


def reviews_without_reply(vendor_id: UUID) -> int:
    """How many reviews of a vendor still wait for a reply that may be given."""
    since = clock.now() - timedelta(days=policy.current().review_reply_days)
    query = select(func.count()).select_from(Review).outerjoin(ReviewReply, ReviewReply.review_id == Review.id)
    return db.session.scalar(query.where(Review.vendor_id == vendor_id, Review.written_at >= since, ReviewReply.review_id.is_(None))) or 0


def review_of_buyer(review_id: UUID, *, buyer_id: UUID) -> ShownReview:
    """A review of this company. Raises: NotFound, also for another company's."""
    found = _read(_shown().where(Review.id == review_id, Review.buyer_id == buyer_id))
    if not found:
        raise NotFound
    return found[0]


def reviews_of_lines(line_ids: Iterable[UUID], *, buyer_id: UUID) -> dict[UUID, ShownReview]:
    """What a company has written about its lines."""
    found = _read(_shown().where(Review.order_line_id.in_(list(line_ids)), Review.buyer_id == buyer_id))
    return {review.order_line_id: review for review in found}


def _lines() -> Select[OrderLine, VendorOrder, str]:
    return (
        select(OrderLine, VendorOrder, Purchase.number)
        .join(VendorOrder, VendorOrder.id == OrderLine.vendor_order_id)
        .join(Purchase, Purchase.id == VendorOrder.purchase_id)
    )


def _line(line: OrderLine, order: VendorOrder, purchase_number: str) -> ReviewedLine:
    return ReviewedLine(
        line_id=line.id,
        title=line.title,
        sku=line.sku,
        quantity=line.quantity,
        display_unit=line.display_unit,
        display_factor=line.display_factor,
        product_id=line.product_id,
        variant_id=line.variant_id,
        is_sample=line.is_sample,
        goods_minor=line.goods_minor,
        vendor_id=order.vendor_id,
        vendor_name=order.vendor_name,
        buyer_id=order.buyer_id,
        order_number=order.number,
        purchase_number=purchase_number,
        state=order.state,
        delivered_at=order.delivered_at,
    )


def line_of_buyer(line_id: UUID, *, buyer_id: UUID) -> ReviewedLine:
    """A line of this company's orders. Raises: NotFound, also for another company's."""
    found = db.session.execute(_lines().where(OrderLine.id == line_id, VendorOrder.buyer_id == buyer_id)).one_or_none()
    if found is None:
        raise NotFound
    return _line(*found)


def line_ids_of_order(vendor_order_id: UUID) -> list[UUID]:
    """The lines of an order; for the platform's own jobs only."""
    return list(db.session.scalars(select(OrderLine.id).where(OrderLine.vendor_order_id == vendor_order_id)))


def lines_to_review(buyer_id: UUID, *, limit: int = 50) -> list[ReviewedLine]:
    """Delivered lines of a company inside their window and without a review, the oldest first: their time is over first."""
    since = clock.now() - timedelta(days=policy.current().review_window_days)
    query = (
        _lines()
        .where(VendorOrder.buyer_id == buyer_id, VendorOrder.state.in_(ARRIVED), VendorOrder.delivered_at >= since)
        .where(~exists().where(Review.order_line_id == OrderLine.id))
        .order_by(VendorOrder.delivered_at, OrderLine.position)
        .limit(limit)
    )
    return [_line(*row) for row in db.session.execute(query)]


def lock_review(review_id: UUID) -> Review:
    """The review, locked. The caller decides whose it must be. Raises: NotFound."""
    review = db.session.scalar(select(Review).where(Review.id == review_id).with_for_update())
    if review is None:
        raise NotFound
    return review


def score_of_products(product_ids: Sequence[UUID]) -> dict[UUID, Score]:
    """The score of each of these products, in two statements whatever their number. Public."""
    return _scores(Review.product_id, product_ids)


def score_of_vendors(vendor_ids: Sequence[UUID]) -> dict[UUID, Score]:
    """The score of each of these vendors over all its products, in two statements whatever their number. Public."""
    return _scores(Review.vendor_id, vendor_ids)


def scores_of_rated_products() -> dict[UUID, Score]:
    """The scores of all products that have enough reviews for one. Public."""
    query = select(Review.product_id).where(*COUNTED).group_by(Review.product_id)
    return score_of_products(list(db.session.scalars(query.having(func.count() >= policy.current().score_minimum_reviews))))


COUNTED = (Review.proof_withdrawn_at.is_(None), Review.label != all_(literal(sorted(UNWEIGHED_LABELS), ARRAY(Text))))


def _counted(subject: InstrumentedAttribute[UUID]) -> Fixed:
    """What counts into the scores of some products or vendors; asked by every page that shows hits."""
    return fixed(
        select(
            subject, Review.vendor_id, Review.stars, Review.quality, Review.on_time, Review.communication, Review.documents,
            Review.would_reorder, Review.written_at, Review.spend_minor,
        ).where(subject == one_of_ids(), *COUNTED)
    )  # fmt: skip


_counted_of_products, _counted_of_vendors = _counted(Review.product_id), _counted(Review.vendor_id)
_medians = fixed(
    select(Review.vendor_id, func.percentile_disc(literal_column("0.5")).within_group(Review.spend_minor))
    .where(Review.vendor_id == one_of_ids(), *COUNTED)
    .group_by(Review.vendor_id)
)


def _scores(subject: InstrumentedAttribute[UUID], ids: Sequence[UUID]) -> dict[UUID, Score]:
    if not ids:
        return {}
    rows = ask(_counted_of_vendors if subject is Review.vendor_id else _counted_of_products, {"ids": ids_text(ids)}).all()
    if not rows:
        return dict.fromkeys(ids, NO_SCORE)
    medians = _median_spend({row[1] for row in rows})
    now = clock.now()
    ratings: dict[UUID, list[Rating]] = defaultdict(list)
    for subject_id, vendor_id, stars, quality, on_time, communication, documents, would_reorder, written_at, spend in rows:
        age_days = max(0.0, (now - written_at).total_seconds() / 86400)
        ratings[subject_id].append(
            Rating(stars, quality, on_time, communication, documents, would_reorder, age_days, spend, medians[vendor_id])
        )
    numbers = policy.current()
    made = {
        subject_id: score(
            given,
            prior_weight=numbers.score_prior_weight,
            prior_tenths=numbers.score_prior_tenths,
            minimum=numbers.score_minimum_reviews,
        )
        for subject_id, given in ratings.items()
    }
    return {subject_id: made.get(subject_id, NO_SCORE) for subject_id in ids}


def _median_spend(vendor_ids: set[UUID]) -> dict[UUID, int]:
    """The median goods value of a vendor's reviewed lines, in its currency's minor units: what `spend` is measured by."""
    return {vendor_id: int(value) for vendor_id, value in ask(_medians, {"ids": ids_text(vendor_ids)})}
