"""Samples that a company has had, and what they cost: one of a SKU for a company, credited on the first order of the goods."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, text

from marketplace.core.db import db
from marketplace.orders.models import SAMPLE, OrderLine, VendorOrder, VendorOrderState
from marketplace.orders.queries.claims import credited_parts
from marketplace.pricing.samples import Credit, Samples

ENDED = (VendorOrderState.DECLINED, VendorOrderState.CANCELLED)


def samples_of(buyer_id: UUID, variant_ids: Collection[UUID], *, wanted: Collection[UUID]) -> Samples:
    """What a basket of variants has to do with the samples of a company; `wanted` are those that it holds as samples.

    A sample of an order that was declined or cancelled was never had. It is credited once it is paid, less what came back for it by a
    claim, until an order of the goods has been credited with it. Source: product.md §3.
    """
    is_sample = OrderLine.price_source == SAMPLE
    columns: tuple[Any, ...] = (OrderLine.id, OrderLine.variant_id, is_sample, OrderLine.credits_later_minor, VendorOrder.funded_at)
    rows = db.session.execute(
        select(*columns, VendorOrder.currency)
        .join(VendorOrder, VendorOrder.id == OrderLine.vendor_order_id)
        .where(
            OrderLine.variant_id.in_(set(variant_ids)),
            VendorOrder.buyer_id == buyer_id,
            VendorOrder.state.not_in(ENDED),
            OrderLine.cancelled_at.is_(None),
            or_(is_sample, OrderLine.sample_credit_minor > 0),
        )
    ).all()
    had = [row for row in rows if row[2]]
    credited = {row.variant_id for row in rows if not row[2]}
    owed = [row for row in had if row.credits_later_minor and row.funded_at and row.variant_id not in credited]
    back = credited_parts([row.id for row in owed])
    open_credits = {
        row.variant_id: Credit(row.credits_later_minor - (back[row.id].goods_minor if row.id in back else 0), row.currency) for row in owed
    }
    return Samples(frozenset(wanted), frozenset(row.variant_id for row in had), open_credits)


def lock_samples(buyer_id: UUID) -> None:
    """Let one checkout of a company at a time decide about samples: two at once would have a sample, or its credit, twice."""
    key = func.hashtextextended(f"samples:{buyer_id}", text("0"))
    db.session.execute(select(func.pg_advisory_xact_lock(key)))
