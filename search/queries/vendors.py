"""Vendors as the index is joined with them live (decision 22): a suspension hides everything without indexing anything."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from marketplace.core.audit import AuditEvent
from marketplace.core.db import db
from marketplace.core.recent import Kept
from vendors import queries as vendors
from vendors.facts import VendorFacts


@dataclass(frozen=True, slots=True)
class SeenVendors:
    """All vendors of which anything may be shown today, by id."""

    facts: Mapping[UUID, VendorFacts]
    ids: frozenset[UUID]
    by_text: Mapping[str, VendorFacts]
    """By the id as the index writes it."""

    def having(self, holds: Callable[[VendorFacts], bool]) -> frozenset[UUID]:
        """Ids of the vendors for whom something holds."""
        return frozenset(vendor_id for vendor_id, facts in self.facts.items() if holds(facts))


def seen_from(facts: Mapping[UUID, VendorFacts]) -> SeenVendors:
    """These vendors, each of whom may be seen."""
    return SeenVendors(facts, frozenset(facts), {str(vendor_id): found for vendor_id, found in facts.items()})


def _read() -> SeenVendors:
    facts = {vendor_id: facts for vendor_id, facts in vendors.facts_fresh(vendors.seen_ids()).items() if facts.is_seen}
    return seen_from(facts)


SECONDS = 0.4
"""A suspension is seen within a second by every process: what it takes to answer a page comes on top."""
_kept: Kept[SeenVendors] = Kept(_read, vendors.facts_stamp, seconds=SECONDS)


def seen_vendors() -> SeenVendors:
    """Every vendor who may be seen, less than half a second old. Public."""
    return _kept.get()


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
    _kept.forget()
