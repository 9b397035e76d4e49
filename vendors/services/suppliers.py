"""The vendors of the operator's own import, by the bulk: a service call for each costs 17 ms, and a file names hundreds.

What `admit_by_operator` does for one company, with the company and a shipping method made too (decisions.md 31).
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.accounts.models import Company
from marketplace.accounts.zones import zone_of
from marketplace.core import audit, clock, jobs, policy
from marketplace.core.audit import Actor, Done
from marketplace.core.bulk import insert_all
from marketplace.core.db import db
from marketplace.core.ids import new_code, new_id
from vendors.certificates import first_moment_after
from vendors.levels import RECHECK_DAYS_AHEAD, a_year_after
from vendors.models import LevelCheck, Requirement, RequirementState, ShippingMethod, Vendor, VendorState
from vendors.requirements import GIVEN_BY_VENDOR, KINDS
from vendors.slugs import slug_of

REASON = "operator import"
KIND = "maker"
FULL_TRUCK_G = 24_000_000
ZONES = [{"zone": "world", "countries": ["*"], "days": [2, 5], "bands": [{"up_to_g": FULL_TRUCK_G, "price_minor": 0}]}]


def admit_suppliers(names: Iterable[str], *, currency: str, actor: Actor) -> dict[str, UUID]:
    """The vendor of each supplier name, made where there is none: approved, level 1, delivering free everywhere.

    Each is a company of the operator's country. Its payout account is opened by the payments room afterwards. Raises nothing.
    """
    wanted = sorted(set(names))
    found: dict[str, UUID] = dict(db.session.execute(select(Vendor.name, Vendor.id).where(Vendor.name.in_(wanted))).all())
    new = {name: new_id() for name in wanted if name not in found}
    if new:
        _write(new, currency, actor)
    return found | new


def _write(new: dict[str, UUID], currency: str, actor: Actor) -> None:
    now = clock.now()
    country = policy.current().platform_country
    until = a_year_after(now.date())
    slugs = _free_slugs(new)
    insert_all(Company, [_company(key, name, country, currency, now) for name, key in new.items()])
    insert_all(Vendor, [_vendor(key, name, slug=slugs[name], country=country, currency=currency, now=now) for name, key in new.items()])
    insert_all(Requirement, [_requirement(key, kind, actor, now) for key in new.values() for kind in KINDS])
    checks = {key: new_id() for key in new.values()}
    insert_all(LevelCheck, [_check(checks[key], key, now.date(), until, actor) for key in new.values()])
    insert_all(ShippingMethod, [_method(key) for key in new.values()])
    # As for every other check of level 1; that it has run out then need not be told as well, since nobody of theirs is here yet.
    due = first_moment_after(until - timedelta(days=RECHECK_DAYS_AHEAD))
    sides = {"country": country, "buys": False, "sells": True}
    audit.record_own(actor, "company.opened", "company", [Done(key, after={"name": name} | sides) for name, key in new.items()])
    admitted = {"state": VendorState.APPROVED.value, "level": 1, "reason": REASON}
    audit.record_own(actor, "vendor.admitted", "vendor", [Done(key, after=admitted) for key in new.values()])
    jobs.enqueue_each("vendors.mark_recheck_due", {f"recheck:{checks[key]}": {"vendor_id": key} for key in new.values()}, run_at=due)


def _free_slugs(names: Iterable[str]) -> dict[str, str]:
    slugs = {name: slug_of(name) or "shop" for name in names}
    taken = set(db.session.scalars(select(Vendor.slug).where(Vendor.slug.in_(slugs.values())))) | {"shop"}
    for name, slug in slugs.items():
        if slug in taken:
            slugs[name] = f"{slug}-{new_code(4)}"
        taken.add(slugs[name])
    return slugs


def _company(key: UUID, name: str, country: str, currency: str, now: datetime) -> dict[str, Any]:
    return {
        "id": key, "name": name, "country": country, "currency": currency, "time_zone": zone_of(country), "language": "en", "tax_ids": [],
        "is_buyer": False, "is_vendor": True, "is_operator": False, "created_at": now,
    }  # fmt: skip


def _vendor(key: UUID, name: str, *, slug: str, country: str, currency: str, now: datetime) -> dict[str, Any]:
    return {
        "id": key, "slug": slug, "name": name, "state": VendorState.APPROVED, "country": country, "currency": currency, "kind": KIND,
        "address": {}, "about": {}, "languages": ["en"], "hours": {}, "returns": {}, "opening_minimum_minor": 0,
        "reorder_minimum_minor": 0, "inspection_days": policy.current().inspection_days, "stock_display": "exact",
        "submitted_at": now, "approved_at": now, "created_at": now,
    }  # fmt: skip


def _requirement(key: UUID, kind: str, actor: Actor, now: datetime) -> dict[str, Any]:
    is_given = kind in GIVEN_BY_VENDOR
    return {
        "id": new_id(), "vendor_id": key, "kind": kind, "state": RequirementState.PASSED if is_given else RequirementState.OPEN,
        "decided_by": actor.person_id if is_given else None, "decided_at": now if is_given else None,
    }  # fmt: skip


def _check(check_id: UUID, key: UUID, day: date, until: date, actor: Actor) -> dict[str, Any]:
    return {
        "id": check_id, "vendor_id": key, "level": 1, "checked_by": actor.name, "method": "identity", "checked_on": day,
        "valid_until": until,
    }  # fmt: skip


def _method(key: UUID) -> dict[str, Any]:
    name = {"en": "Operator", "zh-Hans": "平台发货"}
    return {"id": new_id(), "vendor_id": key, "key": "operator", "name": name, "incoterm": "DAP", "position": 1, "zones": ZONES}
