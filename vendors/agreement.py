"""What a vendor signs: the platform's agreement, by version. The signature names the version and the hash of the English text."""

import hashlib

from marketplace.core.i18n import lazy

VERSION = "2026-1"
CLAUSES = (
    lazy("What you list is yours to sell, is described truly, and may be sold in the countries that you ship to."),
    lazy("The price, the freight and the delivery time that a buyer sees when ordering bind you; you accept or decline an order in time."),
    lazy("The buyer's money is held until the goods are accepted or the inspection ends. The commission is what the order named."),
    lazy("You pay back what was released for goods that were not delivered or not as described."),
    lazy("You answer for the people who act for your company here, and keep your legal facts, certificates and papers up to date."),
    lazy("The platform can hide or suspend your shop with a statement of reasons; you can object, and a person decides."),
)


def text_hash() -> str:
    """The digest of the text that is signed."""
    return hashlib.sha256("\n".join((VERSION, *CLAUSES)).encode()).hexdigest()
