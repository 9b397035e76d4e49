"""A basket priced from plain facts (pure). Sums of lines, parts and basket agree to the minor unit, always."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple
from uuid import UUID

from marketplace.catalogue.queries import LineVariant
from marketplace.core.money import MAX_MINOR, allocate, divide_half_up, exponent, line_total_minor, share_bp
from marketplace.core.regions import TAXED_BY_REGION
from marketplace.pricing.basket import SAMPLE_TAKEN, Basket, PricedLine, Problem, VendorPart
from marketplace.pricing.freight import Freight, Load, NoFreight, Shipping, ship
from marketplace.pricing.resolution import ListPrice, Resolved, Source, resolve
from marketplace.pricing.samples import NO_SAMPLES, SampleOffer, Samples, as_sample, credited_now
from marketplace.pricing.tax import STANDARD, BuyerStatus, Place, RateTable, Tax, tax_on
from marketplace.pricing.tiers import next_tier, tier_at
from vendors.facts import Method
from vendors.models import ShippingKind


class Seller(NamedTuple):
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
    region: str = ""
    """Of its own address, where parts of its country tax by themselves."""
    holiday_until: date | None = None
    """The last day of the holiday for which it does not sell."""

    @property
    def place(self) -> Place:
        """Where it is for tax."""
        return Place(self.country, self.region)


@dataclass(frozen=True, slots=True)
class Terms:
    """Who buys, where it goes and when: the same for the whole basket.

    `chosen` names shipping methods by vendor; `tax_classes` are by category; `rates` are what one unit of a currency is worth in the
    platform's, only ever used to compare a sum in another currency with a vendor's minimum or cap.
    """

    ship_to: Place
    keys: frozenset[str]
    buyer: BuyerStatus
    on: date
    taxes: RateTable
    chosen: Mapping[UUID, str] = field(default_factory=dict)
    tax_classes: Mapping[UUID, str] = field(default_factory=dict)
    lists: Mapping[UUID, Sequence[ListPrice]] = field(default_factory=dict)
    """By variant: the price lists of this buyer."""
    volumes: Mapping[UUID, Decimal] = field(default_factory=dict)
    """By variant: cubic centimetres of one base unit; absent is not known."""
    rates: Mapping[str, Decimal] = field(default_factory=dict)
    samples: Samples = NO_SAMPLES
    offers: Mapping[UUID, SampleOffer] = field(default_factory=dict)
    """Of the wanted samples, by variant; absent is not offered."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A variant at a quantity, with the price that counts for it. `counted` is the quantity that its tier goes by."""

    variant: LineVariant
    quantity: int
    counted: int
    price: Resolved
    is_sample: bool = False

    @property
    def weight_g(self) -> Decimal | None:
        """Of the whole quantity."""
        return None if self.variant.weight_g is None else self.variant.weight_g * self.quantity


def price_basket(lines: Sequence[tuple[LineVariant, int]], sellers: Mapping[UUID, Seller], terms: Terms) -> Basket:
    """Price (variant, quantity in base units) pairs. The basket's currency is that of the first line's price.

    A vendor whose lines are priced in two currencies has two parts; one of them is a problem, since a cart holds one currency.
    """
    by_part: dict[tuple[UUID, str], list[Wish]] = {}
    currency = ""
    counted = _counted([line for line in lines if line[0].variant_id not in terms.samples.wanted])
    for variant, quantity in lines:
        wish = _wish(variant, quantity, counted, terms)
        currency = currency or wish.price.currency
        by_part.setdefault((variant.vendor_id, wish.price.currency), []).append(wish)
    parts = [_price_part(sellers[vendor_id], own, terms, currency) for (vendor_id, _), own in by_part.items()]
    parts.sort(key=lambda part: (part.vendor_name.casefold(), str(part.vendor_id), part.currency))
    return Basket(tuple(parts), currency, tuple(problem for part in parts for problem in part.problems))


def _wish(variant: LineVariant, quantity: int, counted: Mapping[tuple[UUID, str | None], int], terms: Terms) -> Wish:
    if variant.variant_id in terms.samples.wanted:
        sample = as_sample(variant, terms.offers.get(variant.variant_id))
        return Wish(sample, quantity, quantity, Resolved(Source.SAMPLE, variant.currency, sample.tiers), is_sample=True)
    together = counted.get((variant.vendor_id, variant.mix_group), quantity)
    price = resolve(terms.lists.get(variant.variant_id, ()), variant.tiers, variant.currency, together)
    return Wish(variant, quantity, together, price)


def _counted(lines: Iterable[tuple[LineVariant, int]]) -> dict[tuple[UUID, str | None], int]:
    """The quantities of mix groups: their variants count together for the tier (product.md §3)."""
    sums: dict[tuple[UUID, str | None], int] = {}
    for variant, quantity in lines:
        if variant.mix_group is not None:
            group = (variant.vendor_id, variant.mix_group)
            sums[group] = sums.get(group, 0) + quantity
    return sums


def _price_part(seller: Seller, wishes: Sequence[Wish], terms: Terms, currency: str) -> VendorPart:
    own_currency = wishes[0].price.currency
    full = [_goods_minor(wish) for wish in wishes]
    goods = [sum_minor - _credit(wish, sum_minor, terms) for wish, sum_minor in zip(wishes, full, strict=True)]
    weights = [wish.weight_g for wish in wishes]
    load = Load(_total(weights), _total(_volumes(wishes, terms)), sum(goods), own_currency)
    chosen = terms.chosen.get(seller.id)
    shipping = ship(seller.methods, terms.ship_to.country, load, own_currency=seller.currency, chosen=chosen)
    freight = shipping.freight
    freight_minor = freight.price_minor if isinstance(freight, Freight) else 0
    shares = _shares(freight_minor, weights, goods)
    priced = [
        _price_line(wish, goods_minor, share, credit_minor=full_minor - goods_minor, seller=seller, freight=freight, terms=terms)
        for wish, full_minor, goods_minor, share in zip(wishes, full, goods, shares, strict=True)
    ]
    goods_minor, tax_minor = sum(goods), sum(line.tax_minor for line in priced)
    own = [
        *_freight_problems(seller, wishes, shipping, load, terms),
        *_tax_problems(priced, terms),
        *_minimum_problem(seller, terms, own_currency, [minor for minor, wish in zip(full, wishes, strict=True) if not wish.is_sample]),
        *_cap_problem(seller, terms, own_currency, total_minor=goods_minor + freight_minor + tax_minor),
    ]
    if own_currency != currency:
        own.append(Problem("other_currency", facts={"vendor": seller.name, "currency": own_currency, "cart": currency}))
    return VendorPart(
        vendor_id=seller.id,
        vendor_name=seller.name,
        vendor_slug=seller.slug,
        currency=own_currency,
        lines=tuple(priced),
        goods_minor=goods_minor,
        freight_minor=freight_minor,
        tax_minor=tax_minor,
        freight=freight.as_stored() if isinstance(freight, Freight) else None,
        problems=(*own, *(problem for line in priced for problem in line.problems)),
        methods=shipping.options,
    )


def _goods_minor(wish: Wish) -> int:
    tier = tier_at(wish.price.tiers, wish.counted)
    total = line_total_minor(wish.quantity, tier[1] if tier else 0, price_per=wish.variant.price_per, currency=wish.price.currency)
    return min(total, MAX_MINOR)


def _credit(wish: Wish, goods_minor: int, terms: Terms) -> int:
    credit = None if wish.is_sample else terms.samples.credits.get(wish.variant.variant_id)
    return credited_now(goods_minor, wish.price.currency, credit)


def _volumes(wishes: Sequence[Wish], terms: Terms) -> list[Decimal | None]:
    one = [terms.volumes.get(wish.variant.variant_id) for wish in wishes]
    return [None if volume is None else volume * wish.quantity for volume, wish in zip(one, wishes, strict=True)]


def _total(weights: Iterable[Decimal | None]) -> Decimal | None:
    known = list(weights)
    return None if any(weight is None for weight in known) else sum((w for w in known if w is not None), Decimal(0))


def _shares(freight_minor: int, weights: Sequence[Decimal | None], goods: Sequence[int]) -> list[int]:
    """The freight split over lines by weight; by goods where a weight is unknown or nothing weighs anything; else evenly."""
    grams = [0 if weight is None else int(weight * 1_000) for weight in weights]
    if None in weights or not any(grams):
        grams = list(goods)
    return allocate(freight_minor, grams if any(grams) else [1] * len(grams))


def _price_line(
    wish: Wish, goods_minor: int, freight_minor: int, *, credit_minor: int, seller: Seller, freight: Freight | NoFreight, terms: Terms
) -> PricedLine:
    variant, quantity = wish.variant, wish.quantity
    offer = terms.offers.get(variant.variant_id) if wish.is_sample else None
    tier = tier_at(wish.price.tiers, wish.counted)
    public = tier_at(variant.tiers, wish.counted)
    tax = _tax(variant, seller, freight, terms)
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
        currency=wish.price.currency,
        unit_price_micro=tier[1] if tier else 0,
        price_per=variant.price_per,
        price_source=wish.price.source.value,
        goods_minor=goods_minor,
        freight_minor=freight_minor,
        # Tax is rounded once per line (product.md §4), on goods and the line's share of the freight.
        tax_minor=share_bp(goods_minor + freight_minor, tax.rate_bp or 0),
        tax_rate_bp=tax.rate_bp or 0,
        tax_reason=tax.reason,
        lead_days=lead,
        arrives_on=terms.on + timedelta(days=lead[1] + transit[1]) if lead and transit else None,
        available=variant.available,
        tiers=wish.price.tiers,
        next_tier=next_tier(wish.price.tiers, wish.counted),
        counted_quantity=wish.counted,
        minimum_quantity=variant.rule.minimum,
        increment=variant.rule.increment,
        maximum_quantity=variant.rule.maximum,
        problems=tuple(_line_problems(wish, seller, terms)),
        price_list=wish.price.price,
        public_micro=public[1] if public else None,
        public_currency=variant.currency,
        public_tiers=variant.tiers,
        list_prices=tuple(terms.lists.get(variant.variant_id, ())),
        is_sample=wish.is_sample,
        sample_credit_minor=credit_minor,
        credits_later_minor=goods_minor if offer is not None and offer.is_credited else 0,
    )


def _tax(variant: LineVariant, seller: Seller, freight: Freight | NoFreight, terms: Terms) -> Tax:
    ship_to = terms.ship_to
    is_fetched = isinstance(freight, Freight) and freight.method.kind is ShippingKind.COLLECTION
    if is_fetched and ship_to.country == seller.country and ship_to.country in TAXED_BY_REGION:
        ship_to = seller.place  # a sales tax is owed where the buyer takes the goods
    return tax_on(
        seller.place, ship_to, tax_class=terms.tax_classes.get(variant.category_id, STANDARD), buyer=terms.buyer, table=terms.taxes
    )


def _line_problems(wish: Wish, seller: Seller, terms: Terms) -> Iterable[Problem]:
    variant, quantity = wish.variant, wish.quantity
    if not variant.is_listed:
        yield Problem("product_not_live", variant.variant_id)
        return
    if not variant.is_visible_to(terms.keys):
        yield Problem("not_visible", variant.variant_id)
        return
    if variant.is_ended(terms.on):
        yield Problem("product_ended", variant.variant_id)
    if variant.missing_part is not None:
        yield Problem("part_not_sold", variant.variant_id, {"sku": variant.missing_part})
    if not wish.price.tiers:
        yield Problem("no_sample" if wish.is_sample else "no_price", variant.variant_id)
    if wish.is_sample and variant.variant_id in terms.samples.taken:
        yield Problem(SAMPLE_TAKEN, variant.variant_id)
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
    if variant.is_short(quantity):
        told = {"available": variant.available} if seller.stock_display == "exact" else {}
        yield Problem("out_of_stock", variant.variant_id, measure | told)


def _freight_problems(seller: Seller, wishes: Sequence[Wish], shipping: Shipping, load: Load, terms: Terms) -> Iterable[Problem]:
    if not seller.can_sell:
        until = {"until": seller.holiday_until} if seller.holiday_until else {}
        yield Problem("vendor_not_selling", facts={"vendor": seller.name} | until)
    freight = shipping.freight
    if isinstance(freight, Freight):
        return
    facts: dict[str, object] = {"vendor": seller.name, "country": terms.ship_to.country}
    if freight.code in ("no_weight", "no_size"):
        sizes = terms.volumes if freight.code == "no_size" else None
        for wish in wishes:
            if (wish.variant.weight_g is None) if sizes is None else (wish.variant.variant_id not in sizes):
                yield Problem(freight.code, wish.variant.variant_id, {"sku": wish.variant.sku})
    elif freight.code == "too_heavy":
        yield Problem(freight.code, facts=facts | {"weight": float(load.weight_g or 0), "limit": freight.limit})
    elif freight.code == "too_large":
        yield Problem(freight.code, facts=facts | {"volume": float(load.volume_cm3 or 0), "volume_limit": freight.limit})
    else:
        yield Problem(freight.code, facts=facts)


def _tax_problems(lines: Iterable[PricedLine], terms: Terms) -> Iterable[Problem]:
    codes = {line.tax_reason.partition(":")[0] for line in lines}
    if "no_region" in codes:
        yield Problem("no_region", facts={"country": terms.ship_to.country})
    elif "unknown" in codes:
        yield Problem("no_tax_rate", facts={"country": terms.ship_to.country})


def _minimum_problem(seller: Seller, terms: Terms, currency: str, goods: Sequence[int]) -> Iterable[Problem]:
    """The vendor's minimum, in its own currency, and shown in that of the price. `goods` are those of lines that are no samples."""
    minimum = _in_currency(seller.minimum_minor, seller.currency, currency, terms.rates)
    if goods and minimum is not None and sum(goods) < minimum:
        facts = {"vendor": seller.name, "minimum": minimum, "missing": minimum - sum(goods), "currency": currency}
        yield Problem("vendor_minimum", facts=facts)


def _cap_problem(seller: Seller, terms: Terms, currency: str, *, total_minor: int) -> Iterable[Problem]:
    """The cap of a vendor while it is new, in its own currency, and shown in that of the price."""
    if seller.exposure_cap_minor is not None:
        cap = _in_currency(seller.exposure_cap_minor, seller.currency, currency, terms.rates)
        if cap is None or total_minor > cap:
            shown = (cap, currency) if cap is not None else (seller.exposure_cap_minor, seller.currency)
            yield Problem("exposure_cap", facts={"vendor": seller.name, "cap": shown[0], "currency": shown[1]})


def _in_currency(minor: int, currency: str, to: str, rates: Mapping[str, Decimal]) -> int | None:
    """A bound in another currency by the indicative rates; None when one is missing."""
    if currency == to or minor == 0:
        return minor
    if currency not in rates or to not in rates:
        return None
    exact = Fraction(minor) * Fraction(rates[currency]) / Fraction(rates[to]) * Fraction(10) ** (exponent(to) - exponent(currency))
    return divide_half_up(exact.numerator, exact.denominator)
