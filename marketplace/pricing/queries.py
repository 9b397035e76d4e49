"""What a line costs for a buyer, read from the database; and what a sum is worth in another currency, as an indication."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from marketplace.accounts.models import Company
from marketplace.accounts.tax_ids import vat_id
from marketplace.catalogue import queries as catalogue
from marketplace.core import clock, policy
from marketplace.core.db import db
from marketplace.core.money import divide_half_up, exponent
from marketplace.pricing.basket import Basket
from marketplace.pricing.freight import Method
from marketplace.pricing.lines import Seller, Terms, price_basket
from marketplace.pricing.models import ExchangeRate, TaxRate
from vendors import queries as vendors
from vendors.models import ShippingMethod

STANDARD = "standard"
NOBODY_KNOWN: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Rate:
    """What one unit of a currency is worth in the platform's currency, as an indication."""

    currency: str
    rate: Decimal
    valid_from: date
    source: str


@dataclass(frozen=True, slots=True)
class Indication:
    """A sum in another currency, with the rate that was used: units of `currency` for one unit of the sum's own."""

    amount_minor: int
    currency: str
    rate: Decimal
    valid_from: date
    source: str


def price_lines(
    lines: Sequence[tuple[UUID, int]],
    *,
    buyer_id: UUID | None,
    ship_to: str,
    on: date | None = None,
    known_vendors: frozenset[UUID] = NOBODY_KNOWN,
) -> Basket:
    """Price (variant id, quantity in base units) pairs for a buyer, delivered to a country; a handful of statements for any number.

    `buyer_id` None is a visitor. `known_vendors` are those that the buyer has ordered from: their reorder minimum counts, not the
    opening one. Ids of no variant are left out. Nothing here refuses: what stands in the way is in `problems`.
    """
    variants = catalogue.variants_for_lines(variant_id for variant_id, _ in lines)
    known = [(variants[variant_id], quantity) for variant_id, quantity in lines if variant_id in variants]
    day = on or clock.now().date()
    sellers = _sellers({variant.vendor_id for variant, _ in known}, known_vendors)
    terms = Terms(
        ship_to=ship_to,
        keys=catalogue.keys_of(buyer_id, ship_to),
        vat_country=_vat_country(buyer_id),
        on=day,
        standard_bp=standard_rates({seller.country for seller in sellers.values()}, on=day),
    )
    return price_basket(known, sellers, terms)


def _sellers(vendor_ids: set[UUID], known_vendors: frozenset[UUID]) -> dict[UUID, Seller]:
    methods: dict[UUID, list[Method]] = {}
    query = select(ShippingMethod).where(ShippingMethod.vendor_id.in_(vendor_ids)).order_by(ShippingMethod.position, ShippingMethod.key)
    for row in db.session.scalars(query):
        methods.setdefault(row.vendor_id, []).append(Method(row.key, row.name, row.incoterm, row.zones))
    return {
        facts.id: Seller(
            id=facts.id,
            name=facts.name,
            slug=facts.slug,
            country=facts.country,
            currency=facts.currency,
            can_sell=facts.can_sell,
            minimum_minor=facts.reorder_minimum_minor if facts.id in known_vendors else facts.opening_minimum_minor,
            exposure_cap_minor=facts.exposure_cap_minor,
            stock_display=facts.stock_display,
            methods=methods.get(facts.id, []),
        )
        for facts in vendors.facts_fresh(vendor_ids).values()
    }


def _vat_country(buyer_id: UUID | None) -> str | None:
    """The country that issued the buyer's VAT number; None for a visitor and for a company without one."""
    if buyer_id is None:
        return None
    row = db.session.execute(select(Company.country, Company.tax_ids).where(Company.id == buyer_id)).one_or_none()
    return row.country if row is not None and vat_id(row.country, row.tax_ids) else None


def standard_rates(countries: set[str], *, on: date) -> dict[str, int]:
    """The standard tax rate of whole countries on a day, in basis points; a country without one is absent."""
    rows = db.session.execute(
        select(TaxRate.country, TaxRate.rate_bp)
        .where(TaxRate.country.in_(countries), TaxRate.region == "", TaxRate.tax_class == STANDARD, TaxRate.valid_from <= on)
        .ext(distinct_on(TaxRate.country))
        .order_by(TaxRate.country, TaxRate.valid_from.desc())
    )
    return dict(rows.all())


def rates(*, on: date | None = None) -> dict[str, Rate]:
    """The latest indicative rate of each currency on a day; the platform's own is 1."""
    day = on or clock.now().date()
    rows = db.session.scalars(
        select(ExchangeRate)
        .where(ExchangeRate.valid_from <= day)
        .ext(distinct_on(ExchangeRate.currency))
        .order_by(ExchangeRate.currency, ExchangeRate.valid_from.desc())
    )
    found = {row.currency: Rate(row.currency, row.rate, row.valid_from, row.source) for row in rows}
    own = policy.current().platform_currency
    return found | {own: Rate(own, Decimal(1), day, "")}


def indicative(amount_minor: int, currency: str, *, to: str, known: Mapping[str, Rate] | None = None) -> Indication | None:
    """A sum in another currency, rounded half up; None when a rate is missing or the currencies are the same.

    Never used to charge. `known` spares the read where a page shows many sums.
    """
    if currency == to:
        return None
    found = rates() if known is None else known
    if currency not in found or to not in found:
        return None
    one, other = found[currency], found[to]
    rate = Fraction(one.rate) / Fraction(other.rate)
    minor = Fraction(amount_minor) * rate * Fraction(10) ** (exponent(to) - exponent(currency))
    older = min(one, other, key=lambda r: r.valid_from)
    shown = (one.rate / other.rate).quantize(Decimal("0.0001"))
    source = one.source or other.source
    return Indication(divide_half_up(minor.numerator, minor.denominator), to, shown, older.valid_from, source)


def indicative_micro(unit_price_micro: int, currency: str, *, to: str, known: Mapping[str, Rate]) -> int | None:
    """A unit price in another currency, micro per the same quantity; None when a rate is missing."""
    if currency not in known or to not in known:
        return None
    price = Fraction(unit_price_micro) * Fraction(known[currency].rate) / Fraction(known[to].rate)
    return divide_half_up(price.numerator, price.denominator)
