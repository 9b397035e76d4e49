"""What a basket costs for a buyer: the facts are read here, the reckoning is `pricing.lines`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select

from marketplace.accounts import queries as accounts
from marketplace.accounts.models import Company, Location
from marketplace.accounts.tax_ids import TaxIDWrong, check_tax_id, vat_id
from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.models import Variant
from marketplace.catalogue.queries import LineVariant
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.recent import at_one_moment
from marketplace.core.regions import TAXED_BY_REGION, region_code
from marketplace.pricing import shipped
from marketplace.pricing.basket import Basket, PricedLine
from marketplace.pricing.landed import Customs, Landed, land_line, land_part
from marketplace.pricing.lines import Seller, Terms, price_basket
from marketplace.pricing.queries.lists import list_prices, segment_keys
from marketplace.pricing.queries.rates import rates
from marketplace.pricing.queries.tables import duty_table, tax_classes_of, tax_table
from marketplace.pricing.resolution import ListPrice
from marketplace.pricing.samples import NO_SAMPLES, SampleOffer, Samples
from marketplace.pricing.tax import BuyerStatus, Exemption, Place
from vendors import queries as vendors

NOBODY_KNOWN: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class LandedBasket:
    """A basket with the landed cost of each line and of each vendor's part, both in the order of the basket."""

    basket: Basket
    lines: Mapping[UUID, Landed]
    """By variant."""
    parts: tuple[Landed, ...]


@dataclass(frozen=True, slots=True)
class _Facts:
    """Everything that pricing reads for one basket."""

    lines: Sequence[tuple[LineVariant, int]]
    sellers: Mapping[UUID, Seller]
    terms: Terms
    categories: Mapping[UUID, UUID]
    """By variant."""


def price_lines(
    lines: Sequence[tuple[UUID, int]],
    *,
    buyer_id: UUID | None,
    ship_to: str,
    region: str | None = None,
    location_id: UUID | None = None,
    on: date | None = None,
    known_vendors: frozenset[UUID] = NOBODY_KNOWN,
    methods: Mapping[UUID, str] | None = None,
    variants: Mapping[UUID, LineVariant] | None = None,
    samples: Samples = NO_SAMPLES,
) -> Basket:
    """Price (variant id, quantity in base units) pairs for a buyer, delivered to a country; a handful of statements for any number.

    `buyer_id` None is a visitor. `location_id` is the delivery address (of the buyer) and `region` the part of the country in any
    writing; without them the buyer's default address counts where it lies in the country. `known_vendors` are those that the buyer has
    ordered from: their reorder minimum counts, not the opening one. `methods` names the shipping method that the buyer chose of each
    vendor; one that does not serve is passed over. `variants` spares the read where the page has just made it. `samples` says which
    lines are samples, and what earlier ones are credited with. Ids of no variant are left out. Nothing here refuses: what stands in the
    way is in `problems`.
    """
    facts = _facts(
        lines,
        buyer_id=buyer_id,
        ship_to=ship_to,
        region=region,
        location_id=location_id,
        on=on,
        known=known_vendors,
        methods=methods,
        read=variants,
        samples=samples,
    )
    return price_basket(facts.lines, facts.sellers, facts.terms)


def price_each(
    lines: Sequence[tuple[UUID, int]], *, buyer_id: UUID | None, ship_to: str, variants: Mapping[UUID, LineVariant]
) -> list[PricedLine]:
    """The same pairs, each priced as if it were bought alone: a choice of goods, of which the quantities of a mix group do not add up."""
    facts = _facts_of_choice(lines, buyer_id=buyer_id, ship_to=ship_to, variants=variants)
    return [price_basket([line], facts.sellers, facts.terms).lines[0] for line in facts.lines]


def _facts_of_choice(
    lines: Sequence[tuple[UUID, int]], *, buyer_id: UUID | None, ship_to: str, variants: Mapping[UUID, LineVariant]
) -> _Facts:
    """Of goods that a reader chooses from: to its default address, by the vendors' own way of shipping, today."""
    return _facts(
        lines,
        buyer_id=buyer_id,
        ship_to=ship_to,
        region=None,
        location_id=None,
        on=None,
        known=NOBODY_KNOWN,
        methods=None,
        read=variants,
    )


def land_lines(
    lines: Sequence[tuple[UUID, int]],
    *,
    buyer_id: UUID | None,
    ship_to: str,
    region: str | None = None,
    location_id: UUID | None = None,
    on: date | None = None,
    known_vendors: frozenset[UUID] = NOBODY_KNOWN,
    methods: Mapping[UUID, str] | None = None,
    variants: Mapping[UUID, LineVariant] | None = None,
) -> LandedBasket:
    """`price_lines` with duty and the tax that cannot be reclaimed: what the goods cost until they stand in the buyer's yard."""
    facts = _facts(
        lines,
        buyer_id=buyer_id,
        ship_to=ship_to,
        region=region,
        location_id=location_id,
        on=on,
        known=known_vendors,
        methods=methods,
        read=variants,
    )
    return _landed(price_basket(facts.lines, facts.sellers, facts.terms), facts, _customs(facts))


def land_each(
    lines: Sequence[tuple[UUID, int]], *, buyer_id: UUID | None, ship_to: str, variants: Mapping[UUID, LineVariant]
) -> dict[UUID, LandedBasket]:
    """The same pairs by variant, each landed as if it were bought alone: of a choice of goods none shares its freight with another."""
    facts = _facts_of_choice(lines, buyer_id=buyer_id, ship_to=ship_to, variants=variants)
    customs = _customs(facts)
    return {line[0].variant_id: _landed(price_basket([line], facts.sellers, facts.terms), facts, customs) for line in facts.lines}


def _customs(facts: _Facts) -> Customs:
    rules, place = shipped.incoterms(), facts.terms.ship_to.country
    return Customs(
        table=duty_table(place, on=facts.terms.on),
        hs_codes={variant.variant_id: variant.hs_code for variant, _ in facts.lines},
        pays_carriage=frozenset(code for code, rule in rules.items() if rule["main_freight"] == "buyer"),
        vendor_pays_duty=frozenset(code for code, rule in rules.items() if rule["import_clearance_and_duty"] == "seller"),
    )


def _landed(basket: Basket, facts: _Facts, customs: Customs) -> LandedBasket:
    landed: dict[UUID, Landed] = {}
    parts = []
    for part in basket.parts:
        seller = facts.sellers[part.vendor_id]
        own = [
            land_line(line, part, seller=seller, category_id=facts.categories[line.variant_id], terms=facts.terms, customs=customs)
            for line in part.lines
        ]
        landed |= {line.variant_id: row for line, row in zip(part.lines, own, strict=True)}
        parts.append(land_part(own, part.currency))
    return LandedBasket(basket, landed, tuple(parts))


@at_one_moment()
def _facts(
    lines: Sequence[tuple[UUID, int]],
    *,
    buyer_id: UUID | None,
    ship_to: str,
    region: str | None,
    location_id: UUID | None,
    on: date | None,
    known: frozenset[UUID],
    methods: Mapping[UUID, str] | None,
    read: Mapping[UUID, LineVariant] | None = None,
    samples: Samples = NO_SAMPLES,
) -> _Facts:
    ids = [variant_id for variant_id, _ in lines]
    variants = catalogue.variants_for_lines(ids) if read is None else {i: read[i] for i in ids if i in read}
    wanted = [(variants[variant_id], quantity) for variant_id, quantity in lines if variant_id in variants]
    day = on or clock.now().date()
    location = buyers_location(buyer_id, location_id, ship_to)
    sellers = _sellers({variant.vendor_id for variant, _ in wanted}, known)
    prices = list_prices(variants, buyer_id=buyer_id, location_id=location.id if location else None, on=day)
    terms = Terms(
        ship_to=Place(ship_to, region_code(ship_to, region or (location.region if location else _home_region(buyer_id, ship_to)))),
        keys=keys_for(variants, buyer_id=buyer_id, ship_to=ship_to),
        buyer=_status(buyer_id, day),
        on=day,
        taxes=tax_table({seller.country for seller in sellers.values()} | {ship_to}, on=day),
        chosen=dict(methods or {}),
        tax_classes=tax_classes_of({variant.category_id for variant in variants.values()}),
        lists=prices,
        volumes=_volumes(sellers, variants),
        rates=_rates(sellers, variants, prices, day),
        samples=samples,
        offers=_offers(samples.wanted & variants.keys()),
    )
    return _Facts(wanted, sellers, terms, {variant.variant_id: variant.category_id for variant in variants.values()})


def buyers_location(buyer_id: UUID | None, location_id: UUID | None, country: str) -> Location | None:
    """The named address of the buyer, else its default one; none where it lies in another country than the goods go to."""
    if buyer_id is None:
        return None
    query = select(Location).where(Location.company_id == buyer_id, Location.removed_at.is_(None))
    query = query.where(Location.id == location_id) if location_id else query.where(Location.is_default)
    found = db.session.scalars(query.order_by(Location.id)).first()
    return found if found is not None and found.country == country else None


def _home_region(buyer_id: UUID | None, country: str) -> str | None:
    """The state that the buying company names, as long as it has no address in that country."""
    if buyer_id is None or country not in TAXED_BY_REGION:
        return None
    return db.session.scalar(select(Company.region).where(Company.id == buyer_id, Company.country == country))


def _sellers(vendor_ids: set[UUID], known_vendors: frozenset[UUID]) -> dict[UUID, Seller]:
    facts = vendors.facts_of(vendor_ids)
    return {
        fact.id: Seller(
            id=fact.id,
            name=fact.name,
            slug=fact.slug,
            country=fact.country,
            currency=fact.currency,
            can_sell=fact.can_sell,
            minimum_minor=fact.reorder_minimum_minor if fact.id in known_vendors else fact.opening_minimum_minor,
            exposure_cap_minor=fact.exposure_cap_minor,
            stock_display=fact.stock_display,
            methods=fact.methods,
            region=region_code(fact.country, fact.region) if fact.country in TAXED_BY_REGION else "",
            holiday_until=fact.holiday_until if fact.is_seen else None,
        )
        for fact in facts.values()
    }


def _status(buyer_id: UUID | None, on: date) -> BuyerStatus:
    """What the buyer is for tax on a day. Its VAT number counts only while its form is right (python-stdnum)."""
    if buyer_id is None:
        return BuyerStatus()
    row = db.session.execute(select(Company.country, Company.tax_ids).where(Company.id == buyer_id)).one_or_none()
    exemptions = tuple(Exemption(paper.jurisdiction, paper.number) for paper in accounts.exemptions_of(buyer_id, on))
    is_registered = row is not None and _is_vat_number(row.country, vat_id(row.country, row.tax_ids))
    return BuyerStatus(row.country if row is not None and is_registered else None, exemptions)


def _is_vat_number(country: str, number: str | None) -> bool:
    if number is None:
        return False
    try:
        check_tax_id(country, number)
    except TaxIDWrong:
        return False
    return True


def keys_for(variants: Mapping[UUID, LineVariant], *, buyer_id: UUID | None, ship_to: str) -> frozenset[str]:
    """What a buyer may see of these variants. Its segments are read only where some listing is open to segments."""
    is_asked = any(key.startswith("segment:") for variant in variants.values() for key in variant.visibility)
    return catalogue.keys_of(buyer_id, ship_to) | (segment_keys(buyer_id) if is_asked else frozenset())


def _volumes(sellers: Mapping[UUID, Seller], variants: Mapping[UUID, LineVariant]) -> dict[UUID, Decimal]:
    """Cubic centimetres of one base unit, read only where some method asks for the size."""
    asking = {
        seller.id
        for seller in sellers.values()
        if any(band.get("up_to_cm3") for method in seller.methods for zone in method.zones for band in zone.get("bands", ()))
    }
    wanted = [variant.variant_id for variant in variants.values() if variant.vendor_id in asking]
    if not wanted:
        return {}
    rows = db.session.execute(select(Variant.id, Variant.dims_mm).where(Variant.id.in_(wanted), Variant.dims_mm.is_not(None)))
    return {
        variant_id: Decimal(str(dims[0])) * Decimal(str(dims[1])) * Decimal(str(dims[2])) / 1_000
        for variant_id, dims in rows
        if len(dims) == 3
    }


def _offers(variant_ids: Collection[UUID]) -> dict[UUID, SampleOffer]:
    """What the vendors say of samples, read only where one is wanted."""
    if not variant_ids:
        return {}
    rows = db.session.execute(select(Variant.id, Variant.sample).where(Variant.id.in_(variant_ids), Variant.sample.is_not(None)))
    return {row.id: SampleOffer(int(row.sample["price_micro"]), bool(row.sample.get("credited"))) for row in rows}


def _rates(
    sellers: Mapping[UUID, Seller], variants: Mapping[UUID, LineVariant], prices: Mapping[UUID, Sequence[ListPrice]], on: date
) -> dict[str, Decimal]:
    """Read only where a price is agreed in another currency than the shop's: minimum and cap are compared with it."""
    is_asked = any(
        price.currency != sellers[variants[variant_id].vendor_id].currency for variant_id, found in prices.items() for price in found
    )
    return {rate.currency: rate.rate for rate in rates(on=on).values()} if is_asked else {}
