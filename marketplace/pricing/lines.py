"""A basket priced from plain facts (pure). Sums of lines, parts and basket agree to the minor unit, always."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from marketplace.catalogue.models import Supply
from marketplace.catalogue.queries import LineVariant
from marketplace.core.money import MAX_MINOR, allocate, line_total_minor, share_bp
from marketplace.pricing.basket import Basket, PricedLine, Problem, VendorPart
from marketplace.pricing.freight import Freight, Method, NoFreight, freight_for
from marketplace.pricing.tax import Tax, tax_on
from marketplace.pricing.tiers import next_tier, tier_at


@dataclass(frozen=True, slots=True)
class Seller:
    """What pricing needs to know of a vendor; sums in minor units of its currency."""

    id: UUID
    name: str
    slug: str
    country: str
    currency: str
    can_sell: bool
    minimum_minor: int
    """The opening minimum, or the reorder minimum of a vendor that the buyer has ordered from."""
    exposure_cap_minor: int | None
    stock_display: str
    methods: Sequence[Method]


@dataclass(frozen=True, slots=True)
class Terms:
    """Who buys, where it goes and when: the same for the whole basket."""

    ship_to: str
    keys: frozenset[str]
    vat_country: str | None
    on: date
    standard_bp: Mapping[str, int]


def price_basket(lines: Sequence[tuple[LineVariant, int]], sellers: Mapping[UUID, Seller], terms: Terms) -> Basket:
    """Price (variant, quantity in base units) pairs. The basket's currency is that of the first line's vendor."""
    by_vendor: dict[UUID, list[tuple[LineVariant, int]]] = {}
    for variant, quantity in lines:
        by_vendor.setdefault(variant.vendor_id, []).append((variant, quantity))
    currency = sellers[lines[0][0].vendor_id].currency if lines else ""
    parts = [_price_part(sellers[vendor_id], own, terms, currency) for vendor_id, own in by_vendor.items()]
    parts.sort(key=lambda part: (part.vendor_name.casefold(), str(part.vendor_id)))
    return Basket(tuple(parts), currency, tuple(problem for part in parts for problem in part.problems))


def _price_part(seller: Seller, lines: Sequence[tuple[LineVariant, int]], terms: Terms, currency: str) -> VendorPart:
    tax = tax_on(seller.country, terms.ship_to, vat_country=terms.vat_country, standard_bp=terms.standard_bp)
    weights = [None if v.weight_g is None else v.weight_g * quantity for v, quantity in lines]
    freight = freight_for(seller.methods, terms.ship_to, _total(weights))
    priced = [_price_line(variant, quantity, seller=seller, tax=tax, freight=freight, terms=terms) for variant, quantity in lines]
    freight_minor = freight.price_minor if isinstance(freight, Freight) else 0
    shares = _shares(freight_minor, weights, [line.goods_minor for line in priced])
    rate = tax.rate_bp or 0
    # Tax is rounded once per line (product.md §4), on goods and the line's share of the freight.
    priced = [
        replace(line, freight_minor=share, tax_minor=share_bp(line.goods_minor + share, rate))
        for line, share in zip(priced, shares, strict=True)
    ]
    goods_minor = sum(line.goods_minor for line in priced)
    tax_minor = sum(line.tax_minor for line in priced)
    own = list(
        _part_problems(
            seller,
            lines,
            freight=freight,
            tax=tax,
            terms=terms,
            goods_minor=goods_minor,
            total_minor=goods_minor + freight_minor + tax_minor,
        )
    )
    if seller.currency != currency:
        own.append(Problem("other_currency", facts={"vendor": seller.name, "currency": seller.currency, "cart": currency}))
    return VendorPart(
        vendor_id=seller.id,
        vendor_name=seller.name,
        vendor_slug=seller.slug,
        currency=seller.currency,
        lines=tuple(priced),
        goods_minor=goods_minor,
        freight_minor=freight_minor,
        tax_minor=tax_minor,
        freight=freight.as_stored() if isinstance(freight, Freight) else None,
        problems=(*own, *(problem for line in priced for problem in line.problems)),
    )


def _total(weights: Iterable[Decimal | None]) -> Decimal | None:
    known = list(weights)
    return None if any(weight is None for weight in known) else sum((w for w in known if w is not None), Decimal(0))


def _shares(freight_minor: int, weights: Sequence[Decimal | None], goods: Sequence[int]) -> list[int]:
    """The freight split over lines by weight; by goods where a weight is unknown or nothing weighs anything; else evenly."""
    grams = [0 if weight is None else int(weight * 1_000) for weight in weights]
    if None in weights or not any(grams):
        grams = list(goods)
    return allocate(freight_minor, grams if any(grams) else [1] * len(grams))


def _price_line(variant: LineVariant, quantity: int, *, seller: Seller, tax: Tax, freight: Freight | NoFreight, terms: Terms) -> PricedLine:
    tier = tier_at(variant.tiers, quantity)
    micro = tier[1] if tier else 0
    goods = line_total_minor(quantity, micro, price_per=variant.price_per, currency=seller.currency)
    lead = variant.lead_days(quantity)
    transit = freight.days if isinstance(freight, Freight) else None
    return PricedLine(
        variant_id=variant.variant_id,
        product_id=variant.product_id,
        product_version=variant.product_version,
        product_slug=variant.product_slug,
        product_code=variant.product_code,
        vendor_id=variant.vendor_id,
        sku=variant.sku,
        title=variant.title,
        label=variant.label,
        drawing=variant.drawing,
        quantity=quantity,
        unit=variant.unit,
        display_unit=variant.display_unit,
        display_factor=variant.display_factor,
        currency=seller.currency,
        unit_price_micro=micro,
        price_per=variant.price_per,
        price_source="public_tier",
        goods_minor=min(goods, MAX_MINOR),
        freight_minor=0,
        tax_minor=0,
        tax_rate_bp=tax.rate_bp or 0,
        tax_reason=tax.reason,
        lead_days=lead,
        arrives_on=terms.on + timedelta(days=lead[1] + transit[1]) if lead and transit else None,
        available=variant.available,
        tiers=variant.tiers,
        next_tier=next_tier(variant.tiers, quantity),
        minimum_quantity=variant.rule.minimum,
        increment=variant.rule.increment,
        maximum_quantity=variant.rule.maximum,
        problems=tuple(_line_problems(variant, quantity, seller, terms)),
    )


def _line_problems(variant: LineVariant, quantity: int, seller: Seller, terms: Terms) -> Iterable[Problem]:
    if not variant.is_listed:
        yield Problem("product_not_live", variant.variant_id)
        return
    if not variant.is_visible_to(terms.keys):
        yield Problem("not_visible", variant.variant_id)
        return
    if not variant.tiers:
        yield Problem("no_price", variant.variant_id)
    measure = {"unit": variant.display_unit, "display_factor": variant.display_factor}
    rule = variant.rule
    code = rule.problem(quantity)
    if code == "below_minimum_quantity":
        yield Problem(code, variant.variant_id, measure | {"minimum": rule.minimum})
    elif code == "above_maximum":
        yield Problem(code, variant.variant_id, measure | {"maximum": rule.greatest})
    elif code == "off_increment":
        above = rule.nearest_up(quantity)
        below = rule.nearest_down(quantity) or above
        yield Problem(code, variant.variant_id, measure | {"increment": rule.increment, "below": below, "above": above})
    if variant.supply is Supply.STOCK and variant.available is not None and variant.available < quantity:
        told = {"available": variant.available} if seller.stock_display == "exact" else {}
        yield Problem("out_of_stock", variant.variant_id, measure | told)


def _part_problems(
    seller: Seller,
    lines: Sequence[tuple[LineVariant, int]],
    *,
    freight: Freight | NoFreight,
    tax: Tax,
    terms: Terms,
    goods_minor: int,
    total_minor: int,
) -> Iterable[Problem]:
    if not seller.can_sell:
        yield Problem("vendor_not_selling", facts={"vendor": seller.name})
    if isinstance(freight, NoFreight):
        facts: dict[str, object] = {"vendor": seller.name, "country": terms.ship_to}
        if freight.code == "no_weight":
            for variant, _ in lines:
                if variant.weight_g is None:
                    yield Problem("no_weight", variant.variant_id, {"sku": variant.sku})
        elif freight.code == "too_heavy":
            weight = sum((v.weight_g or Decimal(0)) * quantity for v, quantity in lines)
            yield Problem("too_heavy", facts=facts | {"weight": float(weight), "limit": freight.limit_g})
        else:
            yield Problem(freight.code, facts=facts)
    if tax.rate_bp is None:
        yield Problem("no_tax_rate", facts={"country": terms.ship_to})
    if goods_minor < seller.minimum_minor:
        missing = seller.minimum_minor - goods_minor
        facts = {"vendor": seller.name, "minimum": seller.minimum_minor, "missing": missing, "currency": seller.currency}
        yield Problem("vendor_minimum", facts=facts)
    if seller.exposure_cap_minor is not None and total_minor > seller.exposure_cap_minor:
        yield Problem("exposure_cap", facts={"vendor": seller.name, "cap": seller.exposure_cap_minor, "currency": seller.currency})
