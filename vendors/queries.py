"""Reads about vendors. What is public shows only vendors that are seen; the rest is scoped to one vendor or to the desk."""

import hashlib
import time
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.files import StoredFile
from vendors.facts import VendorFacts, facts_from
from vendors.models import SEEN_STATES, Certificate, LevelCheck, Requirement, ShippingMethod, Vendor, VendorState

MAX_AGE_SECONDS = 1.0
MOST_KEPT = 20_000
_kept: dict[UUID, tuple[float, VendorFacts]] = {}
_lock = Lock()


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
    now = time.monotonic()
    found, missing = {}, []
    for vendor_id in set(vendor_ids):
        kept = _kept.get(vendor_id)
        if kept is not None and now - kept[0] <= MAX_AGE_SECONDS:
            found[vendor_id] = kept[1]
        else:
            missing.append(vendor_id)
    if missing:
        fresh = facts_fresh(missing)
        with _lock:
            if len(_kept) + len(fresh) > MOST_KEPT:
                _kept.clear()
            _kept.update({vendor_id: (now, facts) for vendor_id, facts in fresh.items()})
        found |= fresh
    return found


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


def forget(vendor_id: UUID) -> None:
    """Drop what is kept of a vendor: its rows have just changed in this process."""
    with _lock:
        _kept.pop(vendor_id, None)


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


def requirements_of(vendor_id: UUID) -> dict[str, Requirement]:
    """The checklist of a vendor by kind."""
    rows = db.session.scalars(select(Requirement).where(Requirement.vendor_id == vendor_id).execution_options(populate_existing=True))
    return {requirement.kind: requirement for requirement in rows}


def documents_of(vendor_id: UUID) -> dict[UUID, StoredFile]:
    """The files that stand behind a vendor's checklist and certificates, by id."""
    ids = [r.file_id for r in requirements_of(vendor_id).values() if r.file_id]
    ids += [c.file_id for c in certificates_of(vendor_id) if c.file_id]
    return {f.id: f for f in db.session.scalars(select(StoredFile).where(StoredFile.id.in_(ids), StoredFile.company_id == vendor_id))}


def level_checks_of(vendor_id: UUID) -> list[LevelCheck]:
    """What was checked for each level, the newest first."""
    query = select(LevelCheck).where(LevelCheck.vendor_id == vendor_id)
    return list(db.session.scalars(query.order_by(LevelCheck.level.desc(), LevelCheck.checked_on.desc(), LevelCheck.id.desc())))


def certificates_of(vendor_id: UUID) -> list[Certificate]:
    """All certificates of a vendor; what may be shown of them, `facts.is_valid_certificate` says."""
    query = select(Certificate).where(Certificate.vendor_id == vendor_id)
    return list(db.session.scalars(query.order_by(Certificate.scheme, Certificate.valid_from.desc())))


def shipping_methods(vendor_id: UUID) -> list[ShippingMethod]:
    """How a vendor ships, the first one first: the first with a zone for a country is used (decisions.md 6)."""
    query = select(ShippingMethod).where(ShippingMethod.vendor_id == vendor_id)
    return list(db.session.scalars(query.order_by(ShippingMethod.position, ShippingMethod.key)))


def shipping_method_of(method_id: UUID, *, vendor_id: UUID) -> ShippingMethod:
    """One shipping method. Raises: NotFound, also for another vendor's."""
    found = next((m for m in shipping_methods(vendor_id) if m.id == method_id), None)
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """A part of the verification queue: which states, and whether by deadline."""

    states: tuple[VendorState, ...]
    is_late: bool = False


QUEUES = {
    "open": QueueFilter((VendorState.UNDER_REVIEW, VendorState.RECHECK_DUE)),
    "late": QueueFilter((VendorState.UNDER_REVIEW,), is_late=True),
    "waiting": QueueFilter((VendorState.INVITED, VendorState.DATA_NEEDED)),
    "approved": QueueFilter((VendorState.APPROVED,)),
    "refused": QueueFilter((VendorState.REFUSED,)),
    "suspended": QueueFilter((VendorState.SUSPENDED,)),
}


def _in_queue(name: str) -> list[ColumnElement[bool]]:
    queue = QUEUES[name]
    rules: list[ColumnElement[bool]] = [Vendor.state.in_(queue.states)]
    if queue.is_late:
        rules.append(Vendor.answer_due_at < clock.now())
    return rules


def cases(queue: str, *, page: int, size: int) -> Sequence[Vendor]:
    """A page of the verification queue, the soonest deadline first; for the desk. `queue` is a key of QUEUES."""
    query = select(Vendor).where(*_in_queue(queue))
    order = query.order_by(Vendor.answer_due_at.asc().nulls_last(), Vendor.name, Vendor.id)
    return list(db.session.scalars(order.offset((page - 1) * size).limit(size)))


def count_cases(queue: str = "open") -> int:
    """How many cases a part of the queue holds; for the desk."""
    return db.session.scalar(select(func.count()).select_from(Vendor).where(*_in_queue(queue))) or 0


def next_case_due_at() -> datetime | None:
    """When the soonest answer of the verification desk is due."""
    return db.session.scalar(select(func.min(Vendor.answer_due_at)).where(Vendor.state == VendorState.UNDER_REVIEW))


def case_stamp(vendor: Vendor) -> str:
    """How a case stands, as a short digest: the form carries it, and a decision on an older state is refused."""
    parts = [vendor.state.value, str(vendor.submitted_at)]
    for kind, requirement in sorted(requirements_of(vendor.id).items()):
        # The payout account moves by itself; it must not spoil what a verifier is typing.
        if kind != "payout_account":
            parts += [kind, requirement.state.value, str(requirement.decided_at), str(requirement.file_id), requirement.value or ""]
    return hashlib.sha256("|".join(parts).encode("utf-8", "replace")).hexdigest()[:16]


def slug_is_taken(slug: str) -> bool:
    """Whether a shop address is in use."""
    return db.session.scalar(select(Vendor.id).where(Vendor.slug == slug)) is not None
