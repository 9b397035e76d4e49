"""Why the platform turns a listing down, or takes one down: codes with their words. The vendor sees the words, reports count the codes."""

from collections.abc import Iterable

from marketplace.core.i18n import gettext, lazy

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
TAKEDOWN_REASONS = {
    "UNSAFE": lazy("It is unsafe, or a recall of it is known"),
    "RIGHTS": lazy("It is a counterfeit, or breaks somebody's rights"),
    "MISLEADING": lazy("It claims what is not so: a certificate, a standard, an origin"),
    "ORDERED": lazy("An authority has ordered it"),
    **REASONS,
}
"""A product on sale is also taken down for what only shows later."""


def words_of(codes: Iterable[str]) -> list[str]:
    """Reasons in the reader's language, each once; codes that are no longer used are left out."""
    return [gettext(TAKEDOWN_REASONS[code]) for code in dict.fromkeys(codes) if code in TAKEDOWN_REASONS]
