"""Vendors and their facts. What is public shows only vendors that are seen; the rest is for the vendor itself and the desk."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from marketplace.core import clock
from marketplace.core.db import ask, db, fixed, ids_text, one_of_ids
from marketplace.core.driver import Fixed
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


def any_vendor_by_slug(slug: str) -> Vendor:
    """A vendor by its shop's address, whatever its state; for the operator's commands. Raises: NotFound."""
    vendor = db.session.scalar(select(Vendor).where(Vendor.slug == slug))
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
    checks, certificates, methods = (_rows_of(statement, ids) for statement in (_checks, _certificates, _methods))
    today = clock.now().date()
    return {
        vendor_id: facts_from(row, checks.get(vendor_id, ()), certificates.get(vendor_id, ()), methods.get(vendor_id, ()), today)
        for vendor_id, (row,) in _rows_of(_vendors, ids).items()
    }


def _rows_of(statement: Fixed, ids: Collection[UUID]) -> dict[UUID, list[Any]]:
    """The rows of each vendor; the first column of the statement names it."""
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in ask(statement, {"ids": ids_text(ids)}):
        found[row[0]].append(row)
    return found


_vendors = fixed(
    select(
        Vendor.id, Vendor.slug, Vendor.name, Vendor.country, Vendor.address, Vendor.currency, Vendor.state, Vendor.payout_active_at,
        Vendor.holiday_from, Vendor.holiday_until, Vendor.inspection_days, Vendor.opening_minimum_minor, Vendor.reorder_minimum_minor,
        Vendor.exposure_cap_minor, Vendor.stock_display, Vendor.approved_at, Vendor.terms, Vendor.capabilities, Vendor.languages,
    ).where(Vendor.id == one_of_ids())
)  # fmt: skip
_checks = fixed(
    select(
        LevelCheck.vendor_id, LevelCheck.level, LevelCheck.checked_by, LevelCheck.method, LevelCheck.checked_on, LevelCheck.valid_until,
        LevelCheck.withdrawn_at,
    )
    .where(LevelCheck.vendor_id == one_of_ids())
    .order_by(LevelCheck.checked_on.desc(), LevelCheck.id.desc())
)  # fmt: skip
_certificates = fixed(
    select(
        Certificate.vendor_id, Certificate.id, Certificate.scheme, Certificate.number, Certificate.issuer, Certificate.scope_kind,
        Certificate.scope, Certificate.valid_from, Certificate.valid_until, Certificate.file_id, Certificate.is_file_public,
        Certificate.checked_at, Certificate.refused_at, Certificate.withdrawn_at,
    )
    .where(Certificate.vendor_id == one_of_ids())
    .order_by(Certificate.scheme)
)  # fmt: skip
_methods = fixed(
    select(
        ShippingMethod.vendor_id, ShippingMethod.key, ShippingMethod.name, ShippingMethod.incoterm, ShippingMethod.zones,
        ShippingMethod.kind, ShippingMethod.free_from_minor, ShippingMethod.currency,
    )
    .where(ShippingMethod.vendor_id == one_of_ids())
    .order_by(ShippingMethod.position, ShippingMethod.key)
)  # fmt: skip
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
