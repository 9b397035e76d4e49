"""Landed prices of offers: what one unit costs, for the list that `search.landing` orders and for the comparison alike, and the words in
which a hit tells its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple
from uuid import UUID

from marketplace.core import clock, i18n
from marketplace.core.i18n import gettext
from marketplace.core.money import exponent
from marketplace.pricing import queries as pricing
from marketplace.pricing.basket import PricedLine
from marketplace.pricing.landed import Landed
from marketplace.pricing.queries import Rate
from search import index, landing, queries
from search.landing import Cost, Landing, looked_by
from search.queries import ShownVariant
from search.query import Plan
from search.views.hits import LandedWords
from search.views.reader import Reader

MICRO = 1_000_000


def unit_cost(line: PricedLine, landed: Landed, quantity: int) -> Fraction | None:
    """What one display unit costs, landed, when `quantity` base units are bought alone, in the currency of its price; None is unknown.

    The goods count at their exact price: a sum in cents says little of a hundred washers, and would not always rise with the price.
    """
    micro = _micro_at(line.tiers, quantity)
    if micro is None or landed.total_minor is None or landed.goods.amount_minor is None:
        return None
    beside = Fraction(landed.total_minor - landed.goods.amount_minor, 10 ** exponent(line.currency) * quantity)
    return (Fraction(micro, line.price_per * MICRO) + beside) * line.display_factor


def rate_between(currency: str, other: str, rates: Mapping[str, Rate]) -> Fraction | None:
    """How much of another currency one unit of this is worth; None without a rate."""
    known, own = rates.get(currency), rates.get(other)
    return None if known is None or own is None else Fraction(known.rate) / Fraction(own.rate)


def unit_price_words(cost: Fraction) -> str:
    """The price of one display unit, four decimals."""
    return i18n.unit_price(round(cost * MICRO), 1, "")


class Offered(NamedTuple):
    """A variant at what would be bought of it, landed alone, and what one unit of it costs."""

    found: ShownVariant
    quantity: int
    line: PricedLine
    landed: Landed
    cost: Cost
    is_stepped: bool
    """More or less is bought than was asked for, since the offer has steps and a largest order."""


class LandedPrices:
    """What offers cost one reader, landed, each of them alone; what was read stays known."""

    def __init__(self, who: Reader) -> None:
        self._who, self._rates = who, pricing.rates()
        self._offered: dict[UUID, Offered] = {}

    def page(self, plan: Plan) -> Landing:
        """The page of a plan by landed price: `plan` orders by price, and its clause is decided. Raises: SearchUnavailable."""
        return landing.find(index.find, replace(plan, strict=None, meaning=""), self._own_vendors(), self.costs)

    def shown(self, ids: Iterable[UUID]) -> list[ShownVariant]:
        """Variants in this order, those that the reader may still see."""
        return [offered.found for offered in self._known(ids)]

    def words(self, ids: Iterable[UUID]) -> dict[UUID, LandedWords]:
        """What each of them says of its landed price."""
        return {offered.line.variant_id: self._words(offered) for offered in self._known(ids)}

    def costs(self, ids: Sequence[UUID]) -> dict[UUID, Cost]:
        """What variants cost, those that the reader may see: by the code of the comparison; a handful of statements for all."""
        if not ids:
            return {}
        who = self._who
        shown = {found.line.variant_id: found for found in queries.shown_variants(ids, keys=who.keys)}
        lines = {variant_id: found.line for variant_id, found in shown.items()}
        asked = {variant_id: who.base_quantity(line.rule.minimum, line.display_factor) for variant_id, line in lines.items()}
        # What is below the smallest order cannot be bought so, and nothing else is proposed.
        bought = {
            variant_id: wanted if wanted < lines[variant_id].rule.minimum else lines[variant_id].rule.nearest_up(wanted)
            for variant_id, wanted in asked.items()
        }
        landed = pricing.land_each(list(bought.items()), buyer_id=who.company_id, ship_to=who.ship_to, variants=lines)
        for variant_id, quantity in bought.items():
            line, own, found = landed[variant_id].basket.lines[0], landed[variant_id].lines[variant_id], shown[variant_id]
            cost = self._cost(found, quantity, line, own)
            self._offered[variant_id] = Offered(found, quantity, line, own, cost, quantity != asked[variant_id])
        return {variant_id: self._offered[variant_id].cost for variant_id in lines}

    def _known(self, ids: Iterable[UUID]) -> list[Offered]:
        """Behind the hits that were looked at no cost is known yet, and of an advertisement neither: it is read now."""
        listed = list(ids)
        self.costs([variant_id for variant_id in listed if variant_id not in self._offered])
        return [self._offered[variant_id] for variant_id in listed if variant_id in self._offered]

    def _own_vendors(self) -> frozenset[UUID]:
        who = self._who
        if who.company_id is None:
            return frozenset()
        location = pricing.buyers_location(who.company_id, None, who.ship_to)
        return pricing.vendors_with_lists(who.company_id, location_id=location.id if location else None, on=clock.now().date())

    def _cost(self, found: ShownVariant, quantity: int, line: PricedLine, landed: Landed) -> Cost:
        public = self._compared(_unit(self._looked_by(found), found.line.price_per, line), found.line.currency)
        if quantity < found.line.rule.minimum:
            return Cost(public, None, None)
        goods = self._compared(_unit(_micro_at(line.tiers, quantity), line.price_per, line), line.currency)
        return Cost(public, goods, self._compared(unit_cost(line, landed, quantity), line.currency))

    def _looked_by(self, found: ShownVariant) -> int | None:
        """The public price that the engine orders an offer by."""
        line, wanted = found.line, looked_by(self._who.index_quantity)
        if wanted is None:
            return _micro_at(line.tiers, line.rule.minimum)
        return _micro_at(line.tiers, -(-wanted * line.display_factor // queries.QUANTITY_SCALE))

    def _compared(self, amount: Fraction | None, currency: str) -> Fraction | None:
        """An amount in the platform's currency; None without a rate."""
        rate = rate_between(currency, self._who.currency, self._rates)
        return None if amount is None or rate is None else amount * rate

    def _words(self, offered: Offered) -> LandedWords:
        line, landed, cost = offered.found.line, offered.landed, offered.cost
        currency, amount = landed.currency, i18n.amount
        heading = gettext("Landed in %(country)s", country=i18n.country(self._who.ship_to))
        unit = f"{self._who.currency}/{i18n.unit_name(line.display_unit, plural=False)}"
        if offered.quantity < line.rule.minimum:
            minimum = i18n.quantity(line.rule.minimum, line.display_unit, display_factor=line.display_factor)
            return LandedWords(heading, None, unit, False, gettext("Only from %(quantity)s", quantity=minimum))
        if not offered.line.tiers:
            return LandedWords(heading, None, unit, False, gettext("Not stated"))
        if landed.total_minor is None:
            names = (gettext("Goods"), gettext("Freight"), gettext("Duty"), gettext("Tax"))
            unknown = {name: part.text for name, part in zip(names, landed.parts, strict=True) if part.amount_minor is None}
            return LandedWords(heading, None, unit, False, gettext("; ").join(dict.fromkeys(unknown.values())), lacks=tuple(unknown))
        note = gettext(
            "%(total)s incl. freight %(freight)s, duty %(duty)s, tax %(tax)s",
            total=i18n.money(landed.total_minor, currency),
            freight=amount(landed.freight.amount_minor or 0, currency),
            duty=amount(landed.duty.amount_minor or 0, currency),
            tax=amount(landed.tax.amount_minor or 0, currency),
        )
        bought = None
        if offered.is_stepped:
            quantity = i18n.quantity(offered.quantity, line.display_unit, display_factor=line.display_factor)
            bought = gettext("when you buy %(quantity)s", quantity=quantity)
        if cost.landed is None:
            return LandedWords(heading, None, unit, False, gettext("%(sum)s, without a rate to compare by", sum=note), bought)
        return LandedWords(heading, unit_price_words(cost.landed), unit, currency != self._who.currency, note, bought)


def _unit(micro: int | None, price_per: int, line: PricedLine) -> Fraction | None:
    """A price as one display unit costs it."""
    return None if micro is None else Fraction(micro * line.display_factor, price_per * MICRO)


def _micro_at(tiers: Sequence[tuple[int, int]], quantity: int) -> int | None:
    """The price that a quantity has; None below the first tier."""
    return next((micro for start, micro in reversed(tiers) if start <= quantity), None)
