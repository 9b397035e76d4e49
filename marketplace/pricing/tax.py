"""Tax in its first form (pure; decisions.md 6): vendor's country × ship-to × the buyer's VAT number.

The reason is stored with its jurisdiction, such as `domestic:SE`. Sources: Directive 2006/112/EC art. 32, 33, 138, 146, 194–196;
what it says about an exemption certificate, a reduced class or a state's sales tax waits for its own issue.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from marketplace.accounts.tax_ids import EU
from marketplace.core import i18n
from marketplace.core.i18n import gettext, lazy

WORDS = {
    "domestic": lazy("VAT of %(country)s, %(rate)s"),
    "reverse_charge": lazy("Reverse charge: your company owes the VAT in %(country)s"),
    "no_vat_id": lazy("VAT of %(country)s, %(rate)s, because your company has no EU VAT number on file"),
    "export": lazy("Export to %(country)s, no VAT; import tax may be due there"),
    "unknown": lazy("Tax unknown"),
}


@dataclass(frozen=True, slots=True)
class Tax:
    """A rate in basis points with its reason, `<code>:<country>`; `rate_bp` None is unknown, and blocks the order."""

    rate_bp: int | None
    reason: str


def tax_on(vendor_country: str, ship_to: str, *, vat_country: str | None, standard_bp: Mapping[str, int]) -> Tax:
    """The tax on a delivery.

    `vat_country` is the country that issued the buyer's VAT number, None without one; `standard_bp` holds the standard rate of the
    day by country. Within a country its own rate; within the EU reverse charge for a buyer registered in another member state, else
    the vendor's rate; everything else leaves as an export at 0.
    """
    if vendor_country == ship_to:
        return _rated("domestic", vendor_country, standard_bp)
    if vendor_country in EU and ship_to in EU:
        if vat_country in EU and vat_country != vendor_country:
            return Tax(0, f"reverse_charge:{ship_to}")
        return _rated("no_vat_id" if vat_country is None else "domestic", vendor_country, standard_bp)
    return Tax(0, f"export:{ship_to}")


def _rated(code: str, country: str, standard_bp: Mapping[str, int]) -> Tax:
    rate = standard_bp.get(country)
    return Tax(None, f"unknown:{country}") if rate is None else Tax(rate, f"{code}:{country}")


def tax_words(reason: str, rate_bp: int) -> str:
    """A stored reason in the reader's language: `VAT of Sweden, 25 %`."""
    code, _, country = reason.partition(":")
    rate = f"{i18n.number(rate_bp / 100)}{i18n.NBSP}%"
    return gettext(WORDS.get(code, WORDS["unknown"]), country=i18n.country(country), rate=rate)
