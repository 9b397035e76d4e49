"""Changes of what was checked about a vendor, sent and decided by the real services."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from marketplace.accounts.models import Company, Person
from marketplace.accounts.permissions import Role
from marketplace.core import clock, files
from marketplace.core.audit import Actor
from marketplace.core.db import db
from tests.factories.accounts import actor_of, make_member
from tests.factories.vendors import make_vendor
from vendors import queries, services
from vendors.changing import ADDRESS, Wanted, differing, lines_of, papers_of
from vendors.models import ChangeReason, FactChange, LookUp, Vendor
from vendors.requirements import KINDS
from vendors.services import Finding, Findings

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
OLD_NUMBER = {"scheme": "se.vat", "value": "556999000101", "display": "SE556999000101", "country": "SE"}
NEW_NUMBER = {"scheme": "se.vat", "value": "556036079301", "display": "SE556036079301", "country": "SE"}
MOVED = {"street": "Hamngatan 1", "postcode": "601 81", "city": "Norrköping", "country": "SE"}
WHY = "The extract names another company than yours."


@dataclass(frozen=True)
class Seller:
    """A vendor with checked facts, and its owner."""

    vendor: Vendor
    company: Company
    owner: Person

    @property
    def actor(self) -> Actor:
        return actor_of(self.owner, self.company)

    def wanted(self, **changes: Any) -> Wanted:
        """Today's facts with some others."""
        facts = queries.checked_facts(self.vendor.id)
        return Wanted(**(facts | changes))


def make_seller(**fields: Any) -> Seller:
    vendor = make_vendor(**fields)
    company = db.session.get_one(Company, vendor.id)
    company.tax_ids = [OLD_NUMBER]
    owner = make_member(company, [Role.VENDOR_OWNER])
    db.session.commit()
    return Seller(vendor, company, owner)


def paper_of(seller: Seller, name: str = "extract.pdf") -> UUID:
    return files.record(seller.vendor.id, name, PDF).id


def send(seller: Seller, wanted: Wanted | None = None, *, holds_from: date | None = None, **changes: Any) -> FactChange:
    """A change with the papers that it needs."""
    wanted = wanted or seller.wanted(**changes)
    _, after = differing(queries.checked_facts(seller.vendor.id), wanted)
    papers = {kind: paper_of(seller) for kind in papers_of(after)}
    change = services.send_change(
        seller.vendor.id,
        wanted,
        reason=ChangeReason.NEW_NAME,
        holds_from=holds_from or clock.now().date(),
        note="The register wrote it on Monday.",
        files=papers,
        actor=seller.actor,
    )
    db.session.flush()
    return change


def seen(change: FactChange, **look_up: Any) -> Findings:
    """Every point of every line ticked."""
    return {kind: Finding(None, ticked=list(KINDS[kind].points), **look_up) for kind in lines_of(change.after)}


AGREES = {"look_up": LookUp.AGREES, "look_up_at": "Bolagsverket"}


def form_of(seller: Seller, **changes: Any) -> dict[str, Any]:
    """What the vendor's page sends."""
    facts = queries.checked_facts(seller.vendor.id)
    fields = {fact: facts[fact] or "" for fact in ("name", "local_name", "registry_number", "owners")}
    fields |= {key: facts["address"].get(key, "") for key in ADDRESS if key != "country"}
    return fields | {"reason": "new_name", "holds_from": clock.now().date().isoformat(), "note": "", "tax_number": ""} | changes
