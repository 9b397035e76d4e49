"""Tax on a delivery (pure): vendor's jurisdiction × ship-to × class of the goods × status of the buyer (product.md §4).

The reason is stored with its jurisdiction, such as `domestic:SE` or `sales_tax:US-WI`. Sources: Directive 2006/112/EC art. 32, 33,
138, 146, 194–196; sales tax of states: docs/decisions/0008-tax-by-jurisdiction.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from marketplace.accounts.tax_ids import EU
from marketplace.core import i18n
from marketplace.core.i18n import gettext, lazy
from marketplace.core.regions import TAXED_BY_REGION, region_name

STANDARD = "standard"
STATE_TAX = "sales_tax_state"
"""How the shipped table calls the general sales tax of a state."""

WORDS = {
    "domestic": lazy("VAT of %(country)s, %(rate)s"),
    "sales_tax": lazy("Sales tax of %(country)s, %(rate)s"),
    "reverse_charge": lazy("Reverse charge: your company owes the VAT in %(country)s"),
    "no_vat_id": lazy("VAT of %(country)s, %(rate)s, for a buyer without an EU VAT number on file"),
    "exempt": lazy("Exempt in %(country)s by your certificate %(number)s"),
    "export": lazy("Export to %(country)s, no VAT; import tax may be due there"),
    "no_region": lazy("Tax unknown: it depends on the state of the delivery address"),
    "unknown": lazy("Tax unknown"),
}
WORDS_TO_OTHERS = WORDS | {
    "reverse_charge": lazy("Reverse charge: the buyer owes the VAT in %(country)s"),
    "no_vat_id": lazy("VAT of %(country)s, %(rate)s, because the buyer has no EU VAT number on file"),
    "exempt": lazy("Exempt in %(country)s by the buyer's certificate %(number)s"),
}
"""The same for the vendor and the platform, whose company it is not."""
NOTES = {
    "reverse_charge": lazy("Reverse charge: the customer owes the VAT (Directive 2006/112/EC, article 196)."),
    "export": lazy("Exempt export (Directive 2006/112/EC, article 146, or the law of the vendor's country)."),
    "exempt": lazy("No tax: exemption certificate %(number)s of the customer."),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody is for tax: country, and the code of the part where parts tax by themselves ('' is not known)."""

    country: str
    region: str = ""

    @property
    def jurisdiction(self) -> str:
        """`SE`, `US-WI`."""
        return f"{self.country}-{self.region}" if self.region else self.country


@dataclass(frozen=True, slots=True)
class Exemption:
    """A certificate that is valid on the day of the order: for a country or a part of one."""

    jurisdiction: str
    number: str

    def covers(self, place: Place) -> bool:
        """Whether it counts there."""
        return self.jurisdiction in (place.country, place.jurisdiction)


@dataclass(frozen=True, slots=True)
class BuyerStatus:
    """What a buyer is for tax: the country that issued its VAT number (None without one), and its valid certificates."""

    vat_country: str | None = None
    exemptions: tuple[Exemption, ...] = ()

    def exemption_in(self, place: Place) -> Exemption | None:
        """The certificate that counts in a place, the narrower one first."""
        fitting = [exemption for exemption in self.exemptions if exemption.covers(place)]
        return min(fitting, key=lambda exemption: (-len(exemption.jurisdiction), exemption.number), default=None)


@dataclass(frozen=True, slots=True)
class RateTable:
    """The rates of one day: {(country, region, class): basis points}; region '' is the whole country."""

    rates: Mapping[tuple[str, str, str], int] = field(default_factory=dict)

    def rate(self, place: Place, tax_class: str) -> int | None:
        """The rate in a place; a class that it does not have is taxed as standard. The part's own rate goes before the country's."""
        for region in dict.fromkeys((place.region, "")):
            for name in dict.fromkeys((tax_class, STANDARD, STATE_TAX)):
                found = self.rates.get((place.country, region, name))
                if found is not None:
                    return found
        return None


@dataclass(frozen=True, slots=True)
class Tax:
    """A rate in basis points with its reason, `<code>:<jurisdiction>`; `rate_bp` None is unknown, and blocks the order."""

    rate_bp: int | None
    reason: str

    @property
    def jurisdiction(self) -> str:
        """Whose tax it is."""
        return jurisdiction_of(self.reason)


def jurisdiction_of(reason: str) -> str:
    """Whose tax a stored reason speaks of: `SE`, `US-WI`; '' for none."""
    parts = reason.split(":")
    return parts[1] if len(parts) > 1 else ""


def tax_on(vendor: Place, ship_to: Place, *, tax_class: str, buyer: BuyerStatus, table: RateTable) -> Tax:
    """The tax on a delivery.

    Within a country its own rate, by the part that the goods go to where parts tax by themselves; within the EU reverse charge for a
    buyer registered in another member state, else the vendor's rate; everything else leaves as an export at 0. A certificate that
    covers the taxing place makes it 0.
    """
    if vendor.country == ship_to.country:
        return _rated("domestic", ship_to, tax_class, buyer, table)
    if vendor.country in EU and ship_to.country in EU:
        if buyer.vat_country in EU and buyer.vat_country != vendor.country:
            return Tax(0, f"reverse_charge:{ship_to.country}")
        return _rated("no_vat_id" if buyer.vat_country is None else "domestic", vendor, tax_class, buyer, table)
    return Tax(0, f"export:{ship_to.country}")


def _rated(code: str, place: Place, tax_class: str, buyer: BuyerStatus, table: RateTable) -> Tax:
    if place.country in TAXED_BY_REGION and not place.region:
        return Tax(None, f"no_region:{place.country}")
    exemption = buyer.exemption_in(place)
    if exemption is not None:
        return Tax(0, f"exempt:{place.jurisdiction}:{exemption.number}")
    rate = table.rate(place, tax_class)
    if rate is None:
        return Tax(None, f"unknown:{place.jurisdiction}")
    if place.country in TAXED_BY_REGION:
        return Tax(rate, f"sales_tax:{place.jurisdiction}")
    return Tax(rate, f"{code}:{place.country}")


def is_reclaimable(reason: str, buyer: BuyerStatus) -> bool:
    """Whether a buyer gets this tax back: VAT of the country that registered it, and what it owes by reverse charge; never a sales tax."""
    code, _, _ = reason.partition(":")
    if code == "reverse_charge":
        return True
    return code in ("domestic", "import") and buyer.vat_country is not None and jurisdiction_of(reason) == buyer.vat_country


def place_words(jurisdiction: str) -> str:
    """`SE` is Sweden, `US-WI` Wisconsin, in the reader's language as far as CLDR goes."""
    country, _, region = jurisdiction.partition("-")
    name = i18n.country(country)
    return f"{region_name(country, region)} ({name})" if region else name


def _values(reason: str, rate_bp: int) -> dict[str, str]:
    parts: Sequence[str] = reason.split(":", 2)
    number = parts[2] if len(parts) > 2 else ""
    rate = f"{i18n.number(rate_bp / 100)}{i18n.NBSP}%"
    return {"country": place_words(jurisdiction_of(reason)), "rate": rate, "number": number}


def is_tax_known(reason: str) -> bool:
    """Whether the tax of a stored reason is a tax, and not the nought of one that nobody knows."""
    return not reason.startswith(("unknown", "no_region"))


def tax_words(reason: str, rate_bp: int) -> str:
    """A stored reason in the buyer's language: `VAT of Sweden, 25 %`."""
    code, _, _ = reason.partition(":")
    return gettext(WORDS.get(code, WORDS["unknown"]), **_values(reason, rate_bp))


def tax_words_to_others(reason: str, rate_bp: int) -> str:
    """The same for a reader who is not the buyer."""
    code, _, _ = reason.partition(":")
    return gettext(WORDS_TO_OTHERS.get(code, WORDS["unknown"]), **_values(reason, rate_bp))


def tax_note(reason: str) -> str | None:
    """What the invoice has to say about it; None where the rate says all. Source: Directive 2006/112/EC art. 226 (11, 11a)."""
    code, _, _ = reason.partition(":")
    return gettext(NOTES[code], **_values(reason, 0)) if code in NOTES else None
