"""The checklist for level 1: what each line asks, how it is looked at, and what it is called (product.md §10)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from marketplace.core.i18n import lazy
from vendors.models import LookUp


@dataclass(frozen=True, slots=True)
class Kind:
    """One line: its name, the points that the verifier ticks, whether a document must come with it, who gives it."""

    name: str
    points: Mapping[str, str] = field(default_factory=dict)
    """Key → what must be right; the line passes with every point."""
    register: str = ""
    """Where it is looked up, as a suggestion."""
    needs_document: bool = False
    is_ours: bool = False
    """Set by the payments room, not by the vendor."""


KINDS = {
    "registry": Kind(
        lazy("Registry entry"),
        {
            "current": lazy("The extract is not older than 3 months"),
            "name": lazy("Name and legal form agree with the register"),
            "number": lazy("The number agrees, and the company is active"),
        },
        lazy("Company register"),
        needs_document=True,
    ),
    "tax_id": Kind(
        lazy("Tax id"),
        {"valid": lazy("The number is valid today"), "owner": lazy("It belongs to this company")},
        lazy("Tax register"),
    ),
    "address": Kind(lazy("Address"), {"agrees": lazy("The registered address agrees with the extract")}, lazy("Company register")),
    "owners": Kind(
        lazy("Owners"),
        {
            "named": lazy("Everybody who owns or controls 25 % or more is named"),
            "sanctions": lazy("Nobody is on a sanctions list"),
        },
        lazy("Register of owners and sanctions lists"),
    ),
    "agreement": Kind(
        lazy("Agreement"),
        {"version": lazy("The present version is signed"), "signer": lazy("By somebody who may sign for the company")},
    ),
    "payout_account": Kind(lazy("Payout account"), is_ours=True),
}
LOOK_UPS = {
    LookUp.AGREES: (lazy("Agrees"), "done"),
    LookUp.DIFFERS: (lazy("Differs"), "need"),
    LookUp.NOT_FOUND: (lazy("Not found there"), "late"),
    LookUp.NO_REGISTER: (lazy("No register exists"), None),
}
GIVEN_BY_VENDOR = tuple(kind for kind, line in KINDS.items() if not line.is_ours)
METHODS = {
    "identity": lazy("Registry number, tax id, address, owners and payout account checked"),
    "documents": lazy("Documents looked up at their issuers"),
    "site_audit": lazy("Site audited"),
    "orders": lazy("Inside every quality limit in 9 of the last 12 months"),
}
"""How a level was checked: words for `LevelCheck.method`."""
