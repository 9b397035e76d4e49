"""Why the platform turns a listing down: codes with their words. The vendor sees the words, reports count the codes."""

from marketplace.core.i18n import lazy

REASONS = {
    "TITLE-UNCLEAR": lazy("The title does not say what it is, its standard, size and material"),
    "CATEGORY-WRONG": lazy("It stands in the wrong category"),
    "ATTR-CONTRADICTS-TITLE": lazy("Attributes and title contradict each other"),
    "ATTR-IMPLAUSIBLE": lazy("An attribute cannot be right"),
    "PRICE-IMPLAUSIBLE": lazy("A price or quantity cannot be right"),
    "CERT-MISSING": lazy("A certificate that the product claims is missing"),
    "PHOTO-OTHER-BRAND": lazy("The picture shows another brand"),
    "DUPLICATE": lazy("You already list the same product"),
    "PROHIBITED": lazy("This may not be sold here"),
}
