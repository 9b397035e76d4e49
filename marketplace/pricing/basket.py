"""What a basket costs, as plain values: lines, the part of each vendor, and what stands in the way of ordering."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from marketplace.core import i18n
from marketplace.core.i18n import gettext, lazy
from marketplace.pricing.freight import Freight
from marketplace.pricing.resolution import ListPrice
from marketplace.pricing.tax import is_tax_known

SAMPLE_TAKEN = "sample_taken"
TEXTS = {
    "below_minimum_quantity": lazy("The minimum order is %(minimum)s."),
    "off_increment": lazy("It is sold in steps of %(increment)s: order %(below)s or %(above)s."),
    "above_maximum": lazy("At most %(maximum)s can be ordered at once."),
    "out_of_stock": lazy("Only %(available)s are in stock."),
    "vendor_not_selling": lazy("%(vendor)s takes no orders at the moment."),
    "product_not_live": lazy("This product is not for sale any more."),
    "product_ended": lazy("The last day to order this product is over."),
    "part_not_sold": lazy("Its part %(sku)s is not on sale at the moment, so this kit cannot be ordered."),
    "not_visible": lazy("This product is not open to your company."),
    "no_price": lazy("The vendor has not stated a price."),
    "no_sample": lazy("The vendor does not offer a sample of this any more."),
    SAMPLE_TAKEN: lazy("Your company has ordered the sample of this already: there is one for each company."),
    "held_as_sample": lazy("Your cart holds the sample of this. Order the sample first, or remove it."),
    "no_freight_zone": lazy("%(vendor)s does not ship to %(country)s."),
    "too_heavy": lazy("The goods weigh %(weight)s; %(vendor)s ships at most %(limit)s to %(country)s."),
    "too_large": lazy("The goods fill %(volume)s; %(vendor)s ships at most %(volume_limit)s to %(country)s."),
    "no_weight": lazy("The weight of %(sku)s is not stated, so the freight is unknown."),
    "no_size": lazy("The size of %(sku)s is not stated, so the freight is unknown."),
    "freight_on_request": lazy("%(vendor)s sends this to %(country)s on request only: ask the factory for the freight first."),
    "only_collection": lazy("%(vendor)s does not deliver to %(country)s. You can collect the goods: choose it as the way to ship."),
    "no_tax_rate": lazy("The tax on deliveries within %(country)s is not known here."),
    "no_region": lazy("The tax depends on the state: choose a delivery address in %(country)s that names it."),
    "vendor_minimum": lazy("%(vendor)s takes orders from %(minimum)s of goods; %(missing)s is missing."),
    "exposure_cap": lazy("%(vendor)s is new here: one order can be at most %(cap)s."),
    "other_currency": lazy(
        "%(vendor)s sells in %(currency)s. A cart holds one currency, and this one holds %(cart)s: order the rest apart."
    ),
}
ON_HOLIDAY = lazy("%(vendor)s is on holiday until %(until)s and takes no orders until then.")
"""Said of `vendor_not_selling` where that is why."""
LESS_THAN_THIS = lazy("Less than this is in stock.")
"""Said of `out_of_stock` where the vendor does not show its stock."""
ONLY_ONE = lazy("Only %(available)s is in stock.")
NONE_LEFT = lazy("This is out of stock.")


@dataclass(frozen=True, slots=True)
class Problem:
    """Why something cannot be ordered as it is. `variant_id` None: it is about the vendor's whole part.

    `facts` are plain values: quantities in base units with `unit` and `display_factor`, sums in minor units with `currency`, grams.
    """

    code: str
    variant_id: UUID | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The problem in the reader's language."""
        facts = self.facts
        values: dict[str, object] = {}
        for name in ("minimum", "increment", "maximum", "below", "above", "available"):
            if name in facts and "unit" in facts:
                values[name] = i18n.quantity(facts[name], facts["unit"], display_factor=facts["display_factor"])
        for name in ("minimum", "missing", "cap"):
            if name in facts and "unit" not in facts:
                values[name] = i18n.money(facts[name], facts["currency"])
        values |= {name: f"{i18n.number(facts[name] / 1000)}{i18n.NBSP}kg" for name in ("weight", "limit") if name in facts}
        # Cubic centimetres, read in litres.
        values |= {name: f"{i18n.number(facts[name] / 1000)}{i18n.NBSP}l" for name in ("volume", "volume_limit") if name in facts}
        values |= {name: facts[name] for name in ("vendor", "sku", "currency", "cart") if name in facts}
        if "until" in facts:
            values["until"] = i18n.day(facts["until"])
        if "country" in facts:
            values["country"] = i18n.country(facts["country"])
        if self.code == "vendor_not_selling" and "until" in facts:
            return gettext(ON_HOLIDAY, **values)
        text = self._stock_text() if self.code == "out_of_stock" else TEXTS[self.code]
        return gettext(text, **values)

    def _stock_text(self) -> str:
        if "available" not in self.facts:
            return LESS_THAN_THIS
        if self.facts["available"] <= 0:
            return NONE_LEFT
        return ONLY_ONE if self.facts["available"] == self.facts["display_factor"] else TEXTS["out_of_stock"]


class PricedLine(NamedTuple):
    """A variant at a quantity. Prices are micro per `price_per` base units, sums in minor units of the vendor's currency.

    `available` is what is free now, None for goods made to order; how much of it a reader is told is the vendor's choice.
    `arrives_on` is the last day promised: the longest lead time, then the longest transit; none of what is short. `price_source` is a `resolution.Source`,
    `price_list` the list behind it, None for the public price; `public_micro` is what everybody pays at this quantity, in the shop's
    own currency. `tiers` and `next_tier` are the buyer's own.
    """

    variant_id: UUID
    product_id: UUID
    product_version: int
    product_slug: str
    product_code: str
    vendor_id: UUID
    sku: str
    title: Mapping[str, Any]
    label: str | None
    drawing: str | None
    quantity: int
    unit: str
    display_unit: str
    display_factor: int
    currency: str
    unit_price_micro: int
    price_per: int
    price_source: str
    goods_minor: int
    freight_minor: int
    tax_minor: int
    tax_rate_bp: int
    tax_reason: str
    lead_days: tuple[int, int] | None
    arrives_on: date | None
    available: int | None
    tiers: tuple[tuple[int, int], ...]
    next_tier: tuple[int, int] | None
    minimum_quantity: int
    increment: int
    maximum_quantity: int | None
    problems: tuple[Problem, ...]
    price_list: ListPrice | None = None
    public_micro: int | None = None
    public_currency: str = ""
    public_tiers: tuple[tuple[int, int], ...] = ()
    """What everybody reads, in `public_currency`."""
    list_prices: tuple[ListPrice, ...] = ()
    """All price lists of the buyer that name the variant, also those that do not count: only for its own eyes."""
    counted_quantity: int = 0
    """What the tier goes by: with the other variants of its mix group."""
    is_sample: bool = False
    sample_credit_minor: int = 0
    """What an earlier sample cost, taken off `goods_minor`."""
    credits_later_minor: int = 0
    """Of a sample: what the first order of the goods will be credited with."""

    @property
    def is_short(self) -> bool:
        """Whether the vendor has less than this: nothing is promised of it."""
        return any(problem.code == "out_of_stock" for problem in self.problems)

    @property
    def is_tax_known(self) -> bool:
        """Whether `tax_minor` is the tax, and not the nought of one that nobody knows."""
        return is_tax_known(self.tax_reason)

    @property
    def total_minor(self) -> int:
        """Goods, freight and tax of the line."""
        return self.goods_minor + self.freight_minor + self.tax_minor


class VendorPart(NamedTuple):
    """What one vendor would deliver. `problems` holds its own and those of its lines; `freight` None is unknown, never free.

    `freight`: {key, name (by language), incoterm, days [from, to], weight_g or None, kind}; `methods` are those that the buyer can
    choose from for this part, the cheapest delivery first, collection last; `method_key` is the one that counts.
    """

    vendor_id: UUID
    vendor_name: str
    vendor_slug: str
    currency: str
    lines: tuple[PricedLine, ...]
    goods_minor: int
    freight_minor: int
    tax_minor: int
    freight: Mapping[str, Any] | None
    problems: tuple[Problem, ...]
    methods: tuple[Freight, ...] = ()

    @property
    def method_key(self) -> str | None:
        """The shipping method that counts."""
        return self.freight["key"] if self.freight else None

    @property
    def is_tax_known(self) -> bool:
        """Whether the tax of every line is known."""
        return all(line.is_tax_known for line in self.lines)

    @property
    def is_whole(self) -> bool:
        """Whether freight and tax are known: only then is its total what would be paid."""
        return self.freight is not None and self.is_tax_known

    @property
    def total_minor(self) -> int:
        """Goods, freight and tax of the part, as far as they are known."""
        return self.goods_minor + self.freight_minor + self.tax_minor

    @property
    def has_goods(self) -> bool:
        """Whether there is more than samples, which no minimum binds."""
        return any(not line.is_sample for line in self.lines)

    @property
    def for_minimum_minor(self) -> int:
        """What counts for the vendor's minimum: the goods without samples, before what a sample is credited with."""
        return sum(line.goods_minor + line.sample_credit_minor for line in self.lines if not line.is_sample)

    @property
    def own_problems(self) -> tuple[Problem, ...]:
        """The problems that are not about one line."""
        return tuple(problem for problem in self.problems if problem.variant_id is None)

    @property
    def can_be_ordered(self) -> bool:
        """Whether nothing stands in the way."""
        return not self.problems


class Basket(NamedTuple):
    """All parts, vendors by name. Sums are of the parts in `currency`; a part in another one is a problem and is not in them."""

    parts: tuple[VendorPart, ...]
    currency: str
    problems: tuple[Problem, ...]

    def _sum(self, name: str) -> int:
        return sum(getattr(part, name) for part in self.parts if part.currency == self.currency)

    @property
    def goods_minor(self) -> int:
        """Goods of all parts."""
        return self._sum("goods_minor")

    @property
    def is_freight_known(self) -> bool:
        """Whether every part has a way to ship."""
        return all(part.freight is not None for part in self.parts)

    @property
    def is_tax_known(self) -> bool:
        """Whether the tax of every part is known."""
        return all(part.is_tax_known for part in self.parts)

    @property
    def is_whole(self) -> bool:
        """Whether the total is what would be paid: no freight and no tax is unknown."""
        return self.is_freight_known and self.is_tax_known

    @property
    def freight_minor(self) -> int:
        """Freight of all parts."""
        return self._sum("freight_minor")

    @property
    def tax_minor(self) -> int:
        """Tax of all parts."""
        return self._sum("tax_minor")

    @property
    def total_minor(self) -> int:
        """What would be paid, as far as it is known."""
        return self._sum("total_minor")

    @property
    def lines(self) -> tuple[PricedLine, ...]:
        """The lines of all parts."""
        return tuple(line for part in self.parts for line in part.lines)

    @property
    def can_be_ordered(self) -> bool:
        """Whether there is something, and nothing stands in the way."""
        return bool(self.parts) and not self.problems
