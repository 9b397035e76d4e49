"""Duty on an import (pure): the operator's table of HS code × country, the longest prefix that fits (product.md §4).

No row is unknown, never 0. Within a country or a customs union there is none.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from marketplace.accounts.tax_ids import EU
from marketplace.core import i18n
from marketplace.core.i18n import gettext, lazy
from marketplace.core.money import share_bp

UNIONS = dict.fromkeys(EU, "EU") | {"MC": "EU"}
"""Countries without customs between them, by the name under which the table has their rates."""
VALUED_WITHOUT_FREIGHT = frozenset({"US", "CA", "AU", "NZ"})
"""They take duty of the goods alone; all others of the goods with their freight. Source: WTO Customs Valuation Agreement, article 8.2."""

WORDS = {
    "none": lazy("No duty inside %(place)s"),
    "rate": lazy("Duty of %(place)s on HS %(hs)s, %(rate)s"),
    "example": lazy("Duty of %(place)s on HS %(hs)s, %(rate)s, an example that the operator has not checked"),
    "paid_by_vendor": lazy("Duty is paid by the vendor (%(incoterm)s)"),
    "no_code": lazy("Duty unknown: the vendor does not state the HS code"),
    "no_row": lazy("Duty unknown: no rate of %(place)s for HS %(hs)s is on file"),
}


@dataclass(frozen=True, slots=True)
class DutyTable:
    """The rates of one day: {(country or union, HS prefix): (basis points, is an example)}."""

    rates: Mapping[tuple[str, str], tuple[int, bool]]

    def find(self, place: str, hs_code: str) -> tuple[str, int, bool] | None:
        """(prefix, basis points, is an example) of the longest prefix that fits."""
        for length in range(len(hs_code), 1, -1):
            found = self.rates.get((place, hs_code[:length]))
            if found is not None:
                return hs_code[:length], *found
        return None


@dataclass(frozen=True, slots=True)
class Duty:
    """What customs take, in minor units; None is unknown. `reason` is a key of WORDS."""

    amount_minor: int | None
    reason: str
    place: str
    hs: str = ""
    rate_bp: int = 0
    incoterm: str = ""

    @property
    def text(self) -> str:
        """The reason in the reader's language."""
        name = gettext("the EU") if self.place == "EU" else i18n.country(self.place)
        rate = f"{i18n.number(self.rate_bp / 100)}{i18n.NBSP}%"
        return gettext(WORDS[self.reason], place=name, hs=self.hs, rate=rate, incoterm=self.incoterm)


def customs_place(country: str) -> str:
    """The union that a country belongs to for customs, else itself."""
    return UNIONS.get(country, country)


def duty_on(
    hs_code: str | None,
    *,
    vendor_country: str,
    ship_to: str,
    goods_minor: int,
    freight_minor: int,
    incoterm: str,
    is_paid_by_vendor: bool,
    table: DutyTable,
) -> Duty:
    """The duty on a line. `is_paid_by_vendor` is what the Incoterm says of import duty; rounded half up once a line."""
    place = customs_place(ship_to)
    if customs_place(vendor_country) == place:
        return Duty(0, "none", place)
    if is_paid_by_vendor:
        return Duty(0, "paid_by_vendor", place, incoterm=incoterm)
    digits = "".join(character for character in hs_code or "" if character.isdigit())
    if not digits:
        return Duty(None, "no_code", place)
    found = table.find(place, digits)
    if found is None:
        return Duty(None, "no_row", place, hs=digits)
    prefix, rate_bp, is_example = found
    value = goods_minor + (0 if ship_to in VALUED_WITHOUT_FREIGHT else freight_minor)
    return Duty(share_bp(value, rate_bp), "example" if is_example else "rate", place, prefix, rate_bp)
