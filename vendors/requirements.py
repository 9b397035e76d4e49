"""The checklist for level 1: what each line asks, how it is looked at, and what it is called (product.md §10)."""

from dataclasses import dataclass

from marketplace.core.i18n import lazy


@dataclass(frozen=True, slots=True)
class Kind:
    """One line: its name, what the verifier compares, whether a document must come with it, who gives it."""

    name: str
    check: str
    needs_document: bool = False
    is_ours: bool = False
    """Set by the payments room, not by the vendor."""


KINDS = {
    "registry": Kind(
        lazy("Registry entry"), lazy("The extract is current; name, number and legal form agree with the register."), needs_document=True
    ),
    "tax_id": Kind(lazy("Tax id"), lazy("The number is valid and belongs to this company.")),
    "address": Kind(lazy("Address"), lazy("The registered address agrees with the extract.")),
    "owners": Kind(lazy("Owners"), lazy("Everybody who owns or controls 25 % or more is named; nobody is on a sanctions list.")),
    "agreement": Kind(lazy("Agreement"), lazy("Signed in the present version by somebody who may sign.")),
    "payout_account": Kind(lazy("Payout account"), lazy("Active at the payment provider; set by it, not by hand."), is_ours=True),
}
GIVEN_BY_VENDOR = tuple(kind for kind, line in KINDS.items() if not line.is_ours)
METHODS = {
    "identity": lazy("Registry number, tax id, address, owners and payout account checked"),
    "documents": lazy("Documents looked up at their issuers"),
    "site_audit": lazy("Site audited"),
    "orders": lazy("Inside every quality limit in 9 of the last 12 months"),
}
"""How a level was checked: words for `LevelCheck.method`."""
