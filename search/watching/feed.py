"""The feed of what somebody follows, made from what the house knows anyway: listings and their versions, certificates, the audit log,
and the price lists that are meant for the reader's company.

Nothing is written for it, so nothing can be stale in it: what the reader may not see today is left out, whatever happened then.
An entry has a place: (when, source, id), the newest first; that is what the pages are walked by.
"""

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, cast, exists, func, or_, select, true, tuple_
from sqlalchemy.dialects.postgresql import JSONPATH
from sqlalchemy.orm import aliased

from marketplace.catalogue.models import Product, ProductState, ProductVersion
from marketplace.core import clock
from marketplace.core.audit import AuditEvent
from marketplace.core.db import db
from search import queries
from search.queries import SeenVendors
from search.watching import own_prices
from search.watching.entries import CAPACITY, CERTIFICATE, CHANGED, NEW, PAGE, STATE, Entry, Place
from search.watching.models import FollowKind
from search.watching.prices import Moved, moved, variants_in
from vendors.models import Certificate

KEPT = timedelta(days=90)
"""How far back the feed goes."""
CALM = timedelta(hours=1)
"""Changes of a listing that come sooner after each other than this are one."""
EXPIRING = timedelta(days=30)
"""How long before its last day a certificate is news again."""
STATE_ACTS = {
    "product.paused": ("paused", ProductState.PAUSED),
    "product.resumed": ("resumed", ProductState.LIVE),
    "product.retired": ("retired", ProductState.RETIRED),
}
"""Act → what is told of it, while the listing is still in that state."""
WATCHED = ("tiers", "lifecycle", "last_time_buy_on", "capacity_month")
"""Fields of a variant of which followers hear."""


@dataclass(frozen=True, slots=True)
class VariantChange:
    """What changed of a variant: its public price at its minimum, its lifecycle, what can be made a month."""

    variant_id: UUID
    sku: str
    display_factor: int
    display_unit: str
    price: Moved | None
    lifecycle: tuple[str, date | None] | None
    """(status, last day to order)"""
    capacity: tuple[int | None, int | None] | None
    """(before, now) in base units"""


@dataclass(frozen=True, slots=True)
class Feed:
    """A page of the feed and the cursor of the next."""

    entries: tuple[Entry, ...]
    next: str | None


def feed_of(
    subjects: dict[FollowKind, frozenset[UUID]], *, keys: frozenset[str], company_id: UUID | None = None, after: str | None = None
) -> Feed:
    """What happened to what is followed in the last 90 days, as a reader with these visibility keys may know it today.

    Prices agreed with a company are told to `company_id` alone.
    """
    if not any(subjects.values()):
        return Feed((), None)
    walk = _Walk(subjects, keys, queries.seen_vendors(), _read(after))
    found: list[Entry] = []
    for source in (walk.new, walk.changed, walk.states, walk.certificates, walk.capacities):
        found += source()
    if company_id is not None:
        for of_company in (own_prices.written, own_prices.reckoned, own_prices.came_and_went):
            found += of_company(company_id, walk.visible, walk.here)
    found.sort(key=lambda entry: entry.place, reverse=True)
    page = found[:PAGE]
    is_more = len(found) > PAGE
    shown = [entry for entry in page if entry.kind != "changed" or entry.facts["variants"]]
    if company_id is not None:
        shown = own_prices.filled(shown, company_id, walk.visible, subjects[FollowKind.PRODUCT])
    return Feed(tuple(shown), _write(page[-1].place) if is_more else None)


def _write(place: Place) -> str:
    text = json.dumps([place[0].isoformat(), place[1], str(place[2])])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(cursor: str | None) -> Place | None:
    """The place that a cursor names; None for the beginning, and for nonsense: an address may be old or typed by hand."""
    if not cursor:
        return None
    try:
        at, source, key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        moment = datetime.fromisoformat(at)
        return (moment, int(source), UUID(key)) if moment.tzinfo else None
    except (ValueError, TypeError, AttributeError, binascii.Error, OverflowError, RecursionError):
        return None


class _Walk:
    """One page's questions to each source: at most a page and one more from each."""

    def __init__(self, subjects: dict[FollowKind, frozenset[UUID]], keys: frozenset[str], seen: SeenVendors, before: Place | None) -> None:
        self.vendors = subjects[FollowKind.VENDOR] & seen.ids
        tree = queries.category_tree()
        leaves = {leaf.id for category_id in subjects[FollowKind.CATEGORY] for leaf in tree.leaves(category_id)}
        followed = or_(Product.vendor_id.in_(self.vendors), Product.id.in_(subjects[FollowKind.PRODUCT]), Product.category_id.in_(leaves))
        self.visible = and_(followed, Product.vendor_id.in_(seen.ids), Product.visibility.overlap(sorted(keys)))
        self.before = before
        self.since = clock.now() - KEPT

    def here(self, source: int, at: Any, key: Any) -> ColumnElement[bool]:
        """Where the walk stands, for one source."""
        if self.before is None:
            return and_(at > self.since, at <= clock.now())
        moment, rank, last = self.before
        if -source == rank:
            return and_(at > self.since, tuple_(at, key) < (moment, last))
        return and_(at > self.since, at < moment if -source > rank else at <= moment)

    def _is_here(self, entry: Entry) -> bool:
        return entry.at > self.since and entry.at <= clock.now() and (self.before is None or entry.place < self.before)

    def new(self) -> list[Entry]:
        """Listings that came on sale."""
        rows = db.session.execute(
            select(Product.id, Product.vendor_id, Product.published_at)
            .where(self.visible, Product.state == ProductState.LIVE, self.here(NEW, Product.published_at, Product.id))
            .order_by(Product.published_at.desc(), Product.id.desc())
            .limit(PAGE + 1)
        )
        return [Entry(row.published_at, NEW, row.id, "new", row.vendor_id, row.id) for row in rows]

    def changed(self) -> list[Entry]:
        """Versions of listings on sale that differ in what followers hear of from what was told before. Of versions that came within an
        hour of each other only the last is told: a price that goes up and down all day would leave no place for others.
        """
        later, old = aliased(ProductVersion), _told_before()

        def part(content: Any, name: str) -> Any:
            return func.jsonb_path_query_array(content, cast(f"$.variants[*].{name}", JSONPATH))

        rows = db.session.execute(
            select(
                ProductVersion.product_id, Product.vendor_id, ProductVersion.made_at, ProductVersion.content, old.c.content.label("before")
            )
            .join(Product, Product.id == ProductVersion.product_id)
            .join(old, true())
            .where(
                self.visible,
                Product.state == ProductState.LIVE,
                ProductVersion.made_at > Product.published_at,
                self.here(CHANGED, ProductVersion.made_at, ProductVersion.product_id),
                ~exists().where(_follows(later, ProductVersion), later.made_at < ProductVersion.made_at + CALM),
                or_(*(part(ProductVersion.content, name).is_distinct_from(part(old.c.content, name)) for name in WATCHED)),
            )
            .order_by(ProductVersion.made_at.desc(), ProductVersion.product_id.desc())
            .limit(PAGE + 1)
        )
        return [
            Entry(
                row.made_at,
                CHANGED,
                row.product_id,
                "changed",
                row.vendor_id,
                row.product_id,
                {"variants": changes(row.before, row.content)},
            )
            for row in rows
        ]

    def states(self) -> list[Entry]:
        """Listings that are paused or retired today, or on sale again: when they last came to that, from the log."""
        later = aliased(AuditEvent)
        is_over = exists().where(later.subject_id == AuditEvent.subject_id, later.seq > AuditEvent.seq, later.act.in_(STATE_ACTS))
        rows = db.session.execute(
            select(AuditEvent.id, AuditEvent.at, AuditEvent.act, Product.id.label("product_id"), Product.vendor_id)
            .join(Product, Product.id == AuditEvent.subject_id)
            .where(
                self.visible,
                Product.published_at.is_not(None),
                Product.updated_at > self.since,
                or_(*(and_(AuditEvent.act == act, Product.state == state) for act, (_, state) in STATE_ACTS.items())),
                ~is_over,
                self.here(STATE, AuditEvent.at, AuditEvent.id),
            )
            .order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
            .limit(PAGE + 1)
        )
        return [Entry(row.at, STATE, row.id, STATE_ACTS[row.act][0], row.vendor_id, row.product_id) for row in rows]

    def certificates(self) -> list[Entry]:
        """Certificates of followed vendors: checked lately, or ending soon. A vendor has a handful, so all are read."""
        if not self.vendors:
            return []
        today = clock.now().date()
        rows = db.session.scalars(
            select(Certificate).where(
                Certificate.vendor_id.in_(self.vendors),
                Certificate.checked_at.is_not(None),
                Certificate.withdrawn_at.is_(None),
                or_(Certificate.valid_until.is_(None), Certificate.valid_until >= today),
            )
        )
        found = [entry for row in rows for entry in _of_certificate(row)]
        return sorted(filter(self._is_here, found), key=lambda entry: entry.place, reverse=True)[: PAGE + 1]

    def capacities(self) -> list[Entry]:
        """What followed vendors say that they can make a month."""
        if not self.vendors:
            return []
        rows = db.session.scalars(
            select(AuditEvent)
            .where(
                AuditEvent.subject_id.in_(self.vendors),
                AuditEvent.act == "vendor.capabilities_edited",
                self.here(CAPACITY, AuditEvent.at, AuditEvent.id),
                func.jsonb_extract_path(AuditEvent.after, "capabilities", "capacity_month").is_distinct_from(
                    func.jsonb_extract_path(AuditEvent.before, "capabilities", "capacity_month")
                ),
            )
            .order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
            .limit(PAGE + 1)
        )
        return [
            Entry(row.at, CAPACITY, row.id, "capacity", row.subject_id, facts=dict((row.after or {}).get("capabilities") or {}))
            for row in rows
        ]


def _follows(version: Any, before: Any) -> ColumnElement[bool]:
    return (version.product_id == before.product_id) & (version.version == before.version + 1)


def _told_before() -> Any:
    """What followers knew of a listing before a version: the one at its publication, or the last that stood for an hour. For a row of
    `Product` and `ProductVersion`.
    """
    was, after = aliased(ProductVersion), aliased(ProductVersion)
    soon_over = exists().where(_follows(after, was), after.made_at < was.made_at + CALM)
    return (
        select(was.content)
        .where(
            was.product_id == ProductVersion.product_id,
            was.version < ProductVersion.version,
            (was.made_at <= Product.published_at) | ~soon_over,
        )
        .order_by(was.version.desc())
        .limit(1)
        .correlate(Product, ProductVersion)
        .lateral()
    )


def _of_certificate(row: Certificate) -> Iterable[Entry]:
    facts = {"scheme": row.scheme, "until": row.valid_until}
    if row.checked_at is not None:
        yield Entry(row.checked_at, CERTIFICATE, row.id, "certificate_added", row.vendor_id, facts=facts)
    if row.valid_until is not None:
        warned = _midnight(row.valid_until) - EXPIRING
        if row.checked_at is not None and warned <= row.checked_at:
            warned = row.checked_at + timedelta(microseconds=1)  # a place of its own beside the entry of the check
        yield Entry(warned, CERTIFICATE, row.id, "certificate_expiring", row.vendor_id, facts=facts)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


@dataclass(frozen=True, slots=True)
class NamedProduct:
    """A listing as an entry names it."""

    title: dict[str, Any]
    slug: str
    is_live: bool


def products_in(entries: Iterable[Entry]) -> dict[UUID, NamedProduct]:
    """The listings of entries by id. What the reader may see was decided when the feed was made."""
    ids = {entry.product_id for entry in entries if entry.product_id}
    if not ids:
        return {}
    rows = db.session.execute(select(Product.id, Product.title, Product.slug, Product.state).where(Product.id.in_(ids)))
    return {row.id: NamedProduct(row.title, row.slug, row.state is ProductState.LIVE) for row in rows}


def changes(before: dict[str, Any], after: dict[str, Any]) -> list[VariantChange]:
    """What changed between two contents of a listing in the variants that both have: public prices, lifecycle, capacity."""
    old = variants_in(before)
    found = []
    for key, variant in variants_in(after).items():
        was = old.get(key)
        if was is None:
            continue
        price = moved(before, after, UUID(key))
        status = _status(variant)
        lifecycle = status if status != _status(was) else None
        capacity = (was.get("capacity_month"), variant.get("capacity_month"))
        if price or lifecycle or capacity[0] != capacity[1]:
            found.append(
                VariantChange(
                    UUID(key), variant["sku"], variant["display_factor"], variant["display_unit"], price, lifecycle,
                    capacity if capacity[0] != capacity[1] else None,
                )
            )  # fmt: skip
    return found


def _status(variant: Mapping[str, Any]) -> tuple[str, date | None]:
    last_day = variant.get("last_time_buy_on")
    return (variant["lifecycle"], date.fromisoformat(last_day) if last_day else None)
