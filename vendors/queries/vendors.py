"""Vendors and their facts. What is public shows only vendors that are seen; the rest is for the vendor itself and the desk."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.recent import KeptEach, stamp_of
from vendors.facts import VendorFacts, facts_from
from vendors.models import SEEN_STATES, Certificate, LevelCheck, ShippingMethod, Vendor

FACT_TABLES = ("vendors", "vendor_level_checks", "certificates", "shipping_methods")
"""Tables that `facts_from` reads: whoever reads another there adds it here."""


def facts_stamp() -> tuple[Any, ...]:
    """A number that differs when the facts of any vendor may differ: public."""
    return stamp_of(FACT_TABLES)


def find_vendor(vendor_id: UUID) -> Vendor | None:
    """A company's selling side in any state; None when it has none yet. For the company itself and the desk."""
    return db.session.get(Vendor, vendor_id)


def vendor_by_id(vendor_id: UUID) -> Vendor:
    """A vendor in any state, for the company itself, the desk, and rooms that have decided that it may be known. Raises: NotFound."""
    vendor = find_vendor(vendor_id)
    if vendor is None:
        raise NotFound
    return vendor


def vendor_by_slug(slug: str) -> Vendor:
    """A vendor's shop: public. Raises: NotFound, also for one that is not approved, or is suspended."""
    vendor = db.session.scalar(select(Vendor).where(Vendor.slug == slug, Vendor.state.in_(SEEN_STATES)))
    if vendor is None:
        raise NotFound
    return vendor


def lock_vendor(vendor_id: UUID) -> Vendor:
    """The vendor, locked until the act ends. Raises: NotFound."""
    vendor = db.session.scalar(select(Vendor).where(Vendor.id == vendor_id).with_for_update().execution_options(populate_existing=True))
    if vendor is None:
        raise NotFound
    return vendor


def facts_of(vendor_ids: Collection[UUID]) -> dict[UUID, VendorFacts]:
    """The facts of vendors in any state, at most a second old (decisions.md 22). Unknown ids are left out."""
    return _kept.of(vendor_ids)


def facts_fresh(vendor_ids: Collection[UUID]) -> dict[UUID, VendorFacts]:
    """The facts of vendors as this transaction sees them: for checkout, where a second counts."""
    ids = list(set(vendor_ids))
    if not ids:
        return {}
    today = clock.now().date()
    checks: dict[UUID, list[LevelCheck]] = defaultdict(list)
    for check in db.session.scalars(select(LevelCheck).where(LevelCheck.vendor_id.in_(ids))):
        checks[check.vendor_id].append(check)
    certificates: dict[UUID, list[Certificate]] = defaultdict(list)
    for certificate in db.session.scalars(select(Certificate).where(Certificate.vendor_id.in_(ids)).order_by(Certificate.scheme)):
        certificates[certificate.vendor_id].append(certificate)
    methods: dict[UUID, list[ShippingMethod]] = defaultdict(list)
    for method in db.session.scalars(select(ShippingMethod).where(ShippingMethod.vendor_id.in_(ids))):
        methods[method.vendor_id].append(method)
    rows = db.session.scalars(select(Vendor).where(Vendor.id.in_(ids)).execution_options(populate_existing=True))
    return {v.id: facts_from(v, checks[v.id], certificates[v.id], methods[v.id], today) for v in rows}


_kept: KeptEach[UUID, VendorFacts] = KeptEach(facts_fresh, facts_stamp)


def forget(vendor_id: UUID) -> None:
    """Drop what is kept of a vendor: its rows have just changed in this process."""
    _kept.forget()


def seen_ids() -> frozenset[UUID]:
    """Vendors of which anything may be shown: public."""
    return frozenset(db.session.scalars(select(Vendor.id).where(Vendor.state.in_(SEEN_STATES))))


def selling_ids() -> frozenset[UUID]:
    """Vendors that can be bought from now: public."""
    return frozenset(vendor_id for vendor_id, facts in facts_of(seen_ids()).items() if facts.can_sell)


def shops(*, country: str | None = None, after: str | None = None, limit: int = 50) -> list[Vendor]:
    """The vendors that are seen, by name: public. `after` is the slug of the last one of the page before."""
    query = select(Vendor).where(Vendor.state.in_(SEEN_STATES))
    if country:
        query = query.where(Vendor.country == country)
    if after:
        last = select(Vendor.name).where(Vendor.slug == after).scalar_subquery()
        query = query.where((Vendor.name > last) | ((Vendor.name == last) & (Vendor.slug > after)))
    return list(db.session.scalars(query.order_by(Vendor.name, Vendor.slug).limit(limit)))


def shop_countries() -> list[tuple[str, int]]:
    """Where the vendors are that are seen, with how many: public."""
    query = select(Vendor.country, func.count()).where(Vendor.state.in_(SEEN_STATES)).group_by(Vendor.country)
    return [(country, n) for country, n in db.session.execute(query.order_by(func.count().desc(), Vendor.country))]


def slug_is_taken(slug: str) -> bool:
    """Whether a shop address is in use."""
    return db.session.scalar(select(Vendor.id).where(Vendor.slug == slug)) is not None


def closed_days(vendor_id: UUID) -> frozenset[date]:
    """Days without work that the vendor has named, beside its week: no business days of its deadlines. Raises: NotFound."""
    return frozenset(vendor_by_id(vendor_id).closed_days)
