"""Searches and what followed from them: written in batches, tied to orders, forgotten in time."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.orders.models import OrderLine, VendorOrder
from search.learning.models import SearchAct, SearchActKind, SearchRecord
from search.learning.services.hours import count_again, forget_hours
from search.learning.trails import ACTS_WITHIN, ORDERS_WITHIN, Answered, Followed, company_mark

COLUMNS = {
    "id": "uuid", "asked_at": "timestamptz", "key": "text", "words": "text", "category": "text", "filters": "jsonb", "sort": "text",
    "page": "bigint", "found": "bigint", "took_ms": "bigint", "correction": "text", "is_relaxed": "boolean", "language": "text",
    "company_mark": "text", "first_position": "bigint", "variants": "uuid[]", "versions": "bigint[]", "vendors": "uuid[]", "matches": "jsonb",
}  # fmt: skip
_NAMES = ", ".join(COLUMNS)
_TYPED = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
# One parameter for all rows: a thousand of them cost the page's process one dump and one statement.
_ADD_SEARCHES = text(
    f"INSERT INTO searches ({_NAMES}) SELECT {_NAMES} FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r({_TYPED}) ON CONFLICT DO NOTHING"  # noqa: S608
)
_ADD_ACTS = text(
    """
    INSERT INTO search_acts (search_id, position, kind, variant_id, at)
    SELECT DISTINCT ON (a.search_id, s.first_position + shown.n - 1, a.kind, coalesce(a.variant_id, shown.variant_id))
           a.search_id, s.first_position + shown.n - 1, a.kind, coalesce(a.variant_id, shown.variant_id), a.at
    FROM jsonb_to_recordset(CAST(:rows AS jsonb))
         AS a(search_id uuid, kind text, at timestamptz, position bigint, product_code text, variant_id uuid)
    JOIN searches s ON s.id = a.search_id AND a.at >= s.asked_at AND a.at <= s.asked_at + CAST(:within AS interval)
    JOIN LATERAL unnest(s.variants) WITH ORDINALITY AS shown(variant_id, n)
         ON a.position IS NULL OR s.first_position + shown.n - 1 = a.position
    JOIN variants v ON v.id = shown.variant_id
    JOIN products p ON p.id = v.product_id
    LEFT JOIN variants w ON w.id = a.variant_id
    WHERE (a.product_code IS NULL OR p.code = a.product_code)
      AND (a.variant_id IS NULL OR a.variant_id = shown.variant_id OR (a.kind = 'cart' AND w.product_id = v.product_id))
    ORDER BY a.search_id, s.first_position + shown.n - 1, a.kind, coalesce(a.variant_id, shown.variant_id), a.at
    ON CONFLICT DO NOTHING
    """
)
FORGOTTEN_AT_ONCE = 20_000


def add_searches(answered: Sequence[Answered]) -> None:
    """Keep pages of results as they were answered."""
    if answered:
        db.session.execute(_ADD_SEARCHES, {"rows": json.dumps([_plain(row) for row in answered])})
        count_again(row.asked_at for row in answered)


def _plain(row: Answered) -> dict[str, Any]:
    """A row as JSON knows it; ids without hyphens are written in a third of the time, and a page has fifty."""
    return {
        **row._asdict(),
        "id": row.id.hex,
        "asked_at": row.asked_at.isoformat(),
        "variants": [one.hex for one in row.variants],
        "vendors": [one.hex for one in row.vendors],
    }


def add_acts(followed: Sequence[Followed]) -> list[Followed]:
    """Keep what was done with results, once for each place and variant of a search, and only where that place showed that product within a day.

    Returns those whose search is not there: the process that answered it may not have written it yet.
    """
    if not followed:
        return []
    ids = {act.search_id for act in followed}
    # Asked before anything is written: a search that comes in between leaves its acts for the next time, and none is lost.
    there = set(db.session.scalars(select(SearchRecord.id).where(SearchRecord.id.in_(ids))))
    rows = json.dumps([act._asdict() for act in followed if act.search_id in there], default=str)
    db.session.execute(_ADD_ACTS, {"rows": rows, "within": ACTS_WITHIN})
    return [act for act in followed if act.search_id not in there]


def attribute_orders(secret: str) -> int:
    """Tie lines that were ordered to the last search from which that company had put that variant into its cart; returns how many.

    A company is known by its keyed hash only, so buyers of the ordered variants are hashed and compared. Lines of two days are looked at,
    so that a job that did not run for a while loses nothing.
    """
    now = clock.now()
    rows = db.session.execute(
        select(OrderLine.id, VendorOrder.buyer_id, SearchRecord.company_mark, SearchAct.search_id, SearchAct.position, SearchAct.variant_id)
        .join(VendorOrder, VendorOrder.id == OrderLine.vendor_order_id)
        .join(SearchAct, SearchAct.variant_id == OrderLine.variant_id)
        .join(SearchRecord, SearchRecord.id == SearchAct.search_id)
        .where(
            SearchAct.kind == SearchActKind.CART,
            VendorOrder.placed_at > now - timedelta(days=2),
            SearchAct.at <= VendorOrder.placed_at,
            SearchAct.at > VendorOrder.placed_at - ORDERS_WITHIN,
        )
        .order_by(OrderLine.id, SearchAct.at.desc())
    )
    last: dict[UUID, tuple[UUID, int, UUID]] = {}
    marks: dict[UUID, str] = {}
    for line_id, buyer_id, mark, search_id, position, variant_id in rows:
        if buyer_id not in marks:
            marks[buyer_id] = company_mark(buyer_id, secret)
        if mark and mark == marks[buyer_id]:
            last.setdefault(line_id, (search_id, position, variant_id))
    tied = [
        {"search_id": search_id, "position": position, "kind": SearchActKind.ORDER, "variant_id": variant_id, "at": now}
        for search_id, position, variant_id in dict.fromkeys(last.values())
    ]
    if not tied:
        return 0
    written = db.session.execute(insert(SearchAct).values(tied).on_conflict_do_nothing().returning(SearchAct.search_id))
    return len(written.all())


def forget_old(days: int) -> int:
    """Delete searches older than so many days, what followed from them and what was summed of them.

    Returns how many searches, at most a batch: call it until none is left.
    """
    before = clock.now() - timedelta(days=days)
    forget_hours(before)
    old = select(SearchRecord.id).where(SearchRecord.asked_at < before).limit(FORGOTTEN_AT_ONCE)
    gone = db.session.execute(delete(SearchRecord).where(SearchRecord.id.in_(old)).returning(SearchRecord.id))
    return len(gone.all())
