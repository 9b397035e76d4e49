"""Landed prices of hits: the costs that `search.landing` orders by, and the words in which a hit tells its own."""

from collections.abc import Sequence
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
from search import index, landing, queries
from search.landing import Cost
from search.queries import ShownVariant
from search.query import Plan
from search.views.hits import LandedWords
from search.views.reader import Reader

MICRO = 1_000_000
UNKNOWN = Cost(None, None, None)


class Offered(NamedTuple):
    """A variant at the reader's quantity, landed alone, and what one unit of it costs."""

    found: ShownVariant
    quantity: int
    line: PricedLine
    landed: Landed
    cost: Cost


class LandedPage:
    """The page of a plan by landed price for one reader: what was read for the order serves the hits, too.

    `plan` orders by price and its clause is decided. Raises: SearchUnavailable.
    """

    def __init__(self, plan: Plan, who: Reader) -> None:
        self._who, self._rates = who, pricing.rates()
        self._offered: dict[UUID, Offered] = {}
        self.landing = landing.find(index.find, replace(plan, strict=None, meaning=""), self._own_vendors(), self._costs)
        ids = [hit.variant_id for hit in self.landing.hits]
        # Behind the hits that were looked at no cost is known yet.
        self._costs([variant_id for variant_id in ids if variant_id not in self._offered])
        self._page = [self._offered[variant_id] for variant_id in ids if variant_id in self._offered]

    @property
    def shown(self) -> list[ShownVariant]:
        """The variants of the page, those that the reader may still see."""
        return [offered.found for offered in self._page]

    @property
    def words(self) -> dict[UUID, LandedWords]:
        """What each of them says of its landed price."""
        return {offered.line.variant_id: self._words(offered) for offered in self._page}

    def _costs(self, ids: Sequence[UUID]) -> dict[UUID, Cost]:
        """What variants cost, those that the reader may see: by the code of the comparison, each alone; a handful of statements for all."""
        if not ids:
            return {}
        who = self._who
        shown = {found.line.variant_id: found for found in queries.shown_variants(ids, keys=who.keys)}
        lines = {variant_id: found.line for variant_id, found in shown.items()}
        wanted = [(variant_id, who.base_quantity(line.rule.minimum, line.display_factor)) for variant_id, line in lines.items()]
        landed = pricing.land_each(wanted, buyer_id=who.company_id, ship_to=who.ship_to, variants=lines)
        for variant_id, quantity in wanted:
            line, own = landed[variant_id].basket.lines[0], landed[variant_id].lines[variant_id]
            self._offered[variant_id] = Offered(shown[variant_id], quantity, line, own, self._cost(shown[variant_id], quantity, line, own))
        return {variant_id: self._offered[variant_id].cost for variant_id in lines}

    def _own_vendors(self) -> frozenset[UUID]:
        who = self._who
        if who.company_id is None:
            return frozenset()
        location = pricing.buyers_location(who.company_id, None, who.ship_to)
        return pricing.vendors_with_lists(who.company_id, location_id=location.id if location else None, on=clock.now().date())

    def _cost(self, found: ShownVariant, quantity: int, line: PricedLine, landed: Landed) -> Cost:
        if quantity < found.line.rule.minimum:
            return UNKNOWN  # it cannot be bought so
        public = self._unit(_micro_at(found.line.tiers, quantity), line, found.line.currency)
        goods = self._unit(_micro_at(line.tiers, quantity), line, line.currency)
        total, rate = landed.total_minor, self._rate(line.currency)
        if goods is None or total is None or rate is None or landed.goods.amount_minor is None:
            return Cost(public, goods, None)
        # The goods at their exact price: a sum in cents says little of a hundred washers, and would not always rise with the price.
        beside = Fraction(total - landed.goods.amount_minor, 10 ** exponent(line.currency)) * line.display_factor / quantity
        return Cost(public, goods, goods + beside * rate)

    def _unit(self, micro: int | None, line: PricedLine, currency: str) -> Fraction | None:
        """A price of the platform's currency for one display unit."""
        rate = self._rate(currency)
        return None if micro is None or rate is None else Fraction(micro * line.display_factor, line.price_per * MICRO) * rate

    def _rate(self, currency: str) -> Fraction | None:
        known, own = self._rates.get(currency), self._rates.get(self._who.currency)
        return None if known is None or own is None else Fraction(known.rate) / Fraction(own.rate)

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
            unknown = dict.fromkeys(part.text for part in landed.parts if part.amount_minor is None)
            return LandedWords(heading, None, unit, False, "; ".join(unknown))
        note = gettext(
            "%(total)s incl. freight %(freight)s, duty %(duty)s, tax %(tax)s",
            total=i18n.money(landed.total_minor, currency),
            freight=amount(landed.freight.amount_minor or 0, currency),
            duty=amount(landed.duty.amount_minor or 0, currency),
            tax=amount(landed.tax.amount_minor or 0, currency),
        )
        if cost.landed is None:
            return LandedWords(heading, None, unit, False, gettext("%(sum)s, without a rate to compare by", sum=note))
        return LandedWords(
            heading, i18n.unit_price(round(cost.landed * MICRO), 1, self._who.currency), unit, currency != self._who.currency, note
        )


def _micro_at(tiers: Sequence[tuple[int, int]], quantity: int) -> int | None:
    """The price that a quantity has; None below the first tier."""
    return next((micro for start, micro in reversed(tiers) if start <= quantity), None)
