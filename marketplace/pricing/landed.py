"""Landed cost (pure): goods + freight + duty + tax that cannot be reclaimed, each part with its reason (product.md §4).

An estimate: only goods, freight and the tax of the order are ever charged here. A part that nobody knows leaves the total unknown.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from marketplace.core.i18n import gettext, lazy
from marketplace.core.money import share_bp
from marketplace.core.regions import TAXED_BY_REGION
from marketplace.pricing.basket import PricedLine, VendorPart
from marketplace.pricing.duty import Duty, DutyTable, duty_on
from marketplace.pricing.lines import Seller, Terms
from marketplace.pricing.tax import STANDARD, BuyerStatus, Place, is_reclaimable, place_words, tax_words

WORDS = {
    "goods": lazy("Goods at your price"),
    "freight": lazy("Freight as offered"),
    "freight_unknown": lazy("Freight unknown"),
    "own_carriage": lazy("Carriage from the vendor's place is yours (%(incoterm)s); what it costs is not known here"),
    "reclaimed": lazy("You get it back: %(tax)s"),
    "not_reclaimed": lazy("You do not get it back: %(tax)s"),
    "import_reclaimed": lazy("Import VAT of %(place)s: you get it back"),
    "import": lazy("Import VAT of %(place)s on goods, freight and duty"),
    "use_tax": lazy("Use tax of %(place)s on goods and freight"),
    "import_by_vendor": lazy("Import tax is paid by the vendor (%(incoterm)s)"),
    "import_unknown": lazy("Import tax of %(place)s unknown"),
}


@dataclass(frozen=True, slots=True)
class Share:
    """One part of the landed cost, in minor units; None is unknown, and never counts as 0."""

    amount_minor: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Landed:
    """What goods cost until they stand in the buyer's yard, in the currency of their price."""

    currency: str
    goods: Share
    freight: Share
    duty: Share
    tax: Share

    @property
    def parts(self) -> tuple[Share, ...]:
        """Goods, freight, duty, tax."""
        return self.goods, self.freight, self.duty, self.tax

    @property
    def total_minor(self) -> int | None:
        """The whole; None while a part is unknown."""
        return None if any(part.amount_minor is None for part in self.parts) else self.known_minor

    @property
    def known_minor(self) -> int:
        """What is known of it: the landed cost is at least this."""
        return sum(part.amount_minor or 0 for part in self.parts)


@dataclass(frozen=True, slots=True)
class Customs:
    """What a destination takes: the duty table of the day, HS codes by variant, and for each Incoterm who pays what."""

    table: DutyTable
    hs_codes: Mapping[UUID, str | None]
    pays_carriage: frozenset[str]
    """Incoterms by which the buyer pays the main carriage."""
    vendor_pays_duty: frozenset[str]


def land_line(line: PricedLine, part: VendorPart, *, seller: Seller, category_id: UUID, terms: Terms, customs: Customs) -> Landed:
    """The landed cost of a line of a part."""
    incoterm = part.freight["incoterm"] if part.freight else ""
    freight = _freight(line, part, customs, incoterm)
    duty = duty_on(
        customs.hs_codes.get(line.variant_id),
        vendor_country=seller.country,
        ship_to=terms.ship_to.country,
        goods_minor=line.goods_minor,
        freight_minor=line.freight_minor,
        incoterm=incoterm,
        is_paid_by_vendor=incoterm in customs.vendor_pays_duty,
        table=customs.table,
    )
    return Landed(
        currency=line.currency,
        goods=Share(line.goods_minor, _said("goods")),
        freight=freight,
        duty=Share(duty.amount_minor, duty.text),
        tax=_tax(line, freight, duty, tax_class=terms.tax_classes.get(category_id, STANDARD), terms=terms, customs=customs),
    )


def land_part(lines: Iterable[Landed], currency: str) -> Landed:
    """The landed cost of several lines: a share is unknown as soon as one of its lines is. The texts are those of the first that says it."""
    rows = list(lines)

    def added(name: str) -> Share:
        shares: list[Share] = [getattr(row, name) for row in rows]
        unknown = next((share for share in shares if share.amount_minor is None), None)
        if unknown is not None:
            return unknown
        texts = list(dict.fromkeys(share.text for share in shares))
        return Share(sum(share.amount_minor or 0 for share in shares), "; ".join(texts))

    return Landed(currency, added("goods"), added("freight"), added("duty"), added("tax"))


def _freight(line: PricedLine, part: VendorPart, customs: Customs, incoterm: str) -> Share:
    if part.freight is None:
        return Share(None, _said("freight_unknown"))
    if incoterm in customs.pays_carriage:
        return Share(None, _said("own_carriage", incoterm=incoterm))
    return Share(line.freight_minor, _said("freight"))


def _tax(line: PricedLine, freight: Share, duty: Duty, *, tax_class: str, terms: Terms, customs: Customs) -> Share:
    code = line.tax_reason.partition(":")[0]
    words = tax_words(line.tax_reason, line.tax_rate_bp)
    if code in ("unknown", "no_region"):
        return Share(None, words)
    if code != "export":
        if line.tax_minor == 0 or is_reclaimable(line.tax_reason, terms.buyer):
            return Share(0, _said("reclaimed", tax=words) if line.tax_minor else words)
        return Share(line.tax_minor, _said("not_reclaimed", tax=words))
    return _import_tax(line, freight, duty, tax_class=tax_class, terms=terms, customs=customs)


def _import_tax(line: PricedLine, freight: Share, duty: Duty, *, tax_class: str, terms: Terms, customs: Customs) -> Share:
    place, buyer = terms.ship_to, terms.buyer
    name = place_words(place.jurisdiction)
    if duty.reason == "paid_by_vendor":
        return Share(0, _said("import_by_vendor", incoterm=duty.incoterm))
    if _gets_import_tax_back(place, buyer):
        return Share(0, _said("import_reclaimed", place=name))
    is_use_tax = place.country in TAXED_BY_REGION
    rate = None if is_use_tax and not place.region else terms.taxes.rate(place, tax_class)
    if is_use_tax and buyer.exemption_in(place) is not None:
        rate = 0
    on_top = 0 if is_use_tax else duty.amount_minor
    if rate is None or on_top is None or freight.amount_minor is None:
        return Share(None, _said("import_unknown", place=name))
    base = line.goods_minor + freight.amount_minor + on_top
    return Share(share_bp(base, rate), _said("use_tax" if is_use_tax else "import", place=name))


def _gets_import_tax_back(place: Place, buyer: BuyerStatus) -> bool:
    return place.country not in TAXED_BY_REGION and buyer.vat_country == place.country


def _said(key: str, **values: object) -> str:
    return gettext(WORDS[key], **values)
