"""Vendors as the index is joined with them live (decision 22): a suspension hides everything without indexing anything."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from marketplace.core.audit import AuditEvent
from marketplace.core.db import db
from vendors import queries as vendors
from vendors.facts import VendorFacts

MAX_AGE_SECONDS = 1.0
_cache: dict[str, tuple[float, "SeenVendors"]] = {}


@dataclass(frozen=True, slots=True)
class SeenVendors:
    """All vendors of which anything may be shown today, by id."""

    facts: Mapping[UUID, VendorFacts]
    ids: frozenset[UUID]

    def having(self, holds: Callable[[VendorFacts], bool]) -> frozenset[UUID]:
        """Ids of the vendors for whom something holds."""
        return frozenset(vendor_id for vendor_id, facts in self.facts.items() if holds(facts))


def seen_vendors() -> SeenVendors:
    """Every vendor who may be seen, at most a second old. Public."""
    kept = _cache.get("seen")
    if kept is None or time.monotonic() - kept[0] > MAX_AGE_SECONDS:
        facts = {vendor_id: facts for vendor_id, facts in vendors.facts_of(vendors.seen_ids()).items() if facts.is_seen}
        kept = _cache["seen"] = (time.monotonic(), SeenVendors(facts, frozenset(facts)))
    return kept[1]


OPERATOR_IMPORT = "operator import"


def vendors_of_operator_import() -> frozenset[UUID]:
    """Vendors that the operator's import has made, as the history tells (decision 31). For the judge command only."""
    rows = db.session.scalars(
        select(AuditEvent.subject_id).where(
            AuditEvent.subject_kind.in_(["vendor", "payout_account"]), AuditEvent.after["reason"].astext == OPERATOR_IMPORT
        )
    )
    return frozenset(rows)


def forget_vendors() -> None:
    """Read the tables again at the next call; between tests."""
    _cache.clear()
