"""What a result page must count, told from the rows of the database alone: every rule written out once more, the slow and plain way.

Shares no code with `search/documents.py`, the engines or `search/queries/rows.py`; of the rooms below only rates and levels are asked.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Any
from uuid import UUID

from sqlalchemy import text

from marketplace.core.db import db
from marketplace.pricing.queries import rates
from marketplace.quality import queries as quality
from reviews import queries as reviews
from search.schemas import SearchInput
from vendors import queries as vendors

VARIANTS = """
    SELECT v.id, v.product_id, v.vendor_id, p.category_id, v.brand, v.minimum_quantity AS minimum, v.price_per, v.display_factor AS factor,
           v.lead_time, v.supply, v.capacity_month, v.back_order_on, v.sample IS NOT NULL AS has_sample, p.visibility, p.currency, p.attributes || v.attributes AS attributes
      FROM variants v JOIN products p ON p.id = v.product_id JOIN vendors s ON s.id = p.vendor_id
     WHERE v.is_active AND p.state = 'live' AND s.state IN ('approved', 'recheck_due')
       AND v.id NOT IN (SELECT k.kit_id FROM kit_parts k JOIN variants v ON v.id = k.part_id JOIN products p ON p.id = v.product_id
                         WHERE NOT (v.is_active AND p.state = 'live'))
"""
STOCK = """
    SELECT s.variant_id, s.on_hand - s.reserved AS free
      FROM stock s JOIN places p ON p.id = s.place_id WHERE p.is_default
"""
CERTIFICATES = """
    SELECT vendor_id, scheme FROM certificates
     WHERE checked_at IS NOT NULL AND refused_at IS NULL AND withdrawn_at IS NULL
       AND valid_from <= :today AND (valid_until IS NULL OR valid_until >= :today)
"""
ZONES = """
    SELECT m.vendor_id, country FROM shipping_methods m, jsonb_array_elements(m.zones) zone,
           jsonb_array_elements_text(zone -> 'countries') country WHERE m.kind = 'table'
"""
TEXT_LIMIT = 80
"""Longer texts of attributes are no choice."""
MOMENT = re.compile(r"\d{4}(-\d\d){2}.\d\d(:\d\d){2}.*", re.ASCII)
"""And neither are these."""
LEAD_STEPS, ON_TIME_STEPS, RATING_STEPS = (2, 7, 14, 30), (95, 90, 80), ("4.5", "4", "3.5", "3")
EDGES = tuple(map(Fraction, ("0.1", "0.5", "1", "5", "10", "50", "100", "500", "1000", "5000")))


@dataclass
class Goods:
    """One variant with all that can be asked of it."""

    id: UUID
    vendor_id: UUID
    visibility: frozenset[str]
    categories: tuple[str, ...]
    brand: str | None
    minimum: int
    factor: int
    tiers: list[tuple[int, Fraction]]
    """(from base units, platform's currency for one display unit, to the nine decimals that prices are compared with)."""
    lead_time: list[tuple[int | None, int | None]]
    free: int | None
    """What can be taken, in base units; None for what is made to order."""
    waits: int | None
    """Days until more comes, where the vendor takes orders for it."""
    capacity: int | None
    """What is made of it in a month, in base units."""
    has_sample: bool
    attributes: dict[str, Any]
    level: int = 0
    country: str = ""
    schemes: frozenset[str] = frozenset()
    ships_to: frozenset[str] = frozenset()
    terms: frozenset[str] = frozenset()
    share: Fraction | None = None
    rating: Fraction | None = None

    def base(self, quantity: Fraction) -> int:
        """Whole base units that make at least so many display units."""
        return max(1, ceil(quantity * self.factor))

    def price(self, quantity: Fraction | None) -> Fraction | None:
        """The price of the best tier that is reached; of the first one where nobody said how many."""
        if quantity is None:
            return self.tiers[0][1] if self.tiers else None
        reached = [price for start, price in self.tiers if start <= self.base(quantity)]
        return reached[-1] if reached else None

    def days(self, quantity: Fraction | None) -> int | None:
        """Days at most for the quantity, or for the smallest order where that is more."""
        wanted = self._bought(quantity)
        days = next((days for up_to, days in self.lead_time if up_to is None or wanted <= up_to), None)
        if days is not None and self.free is None and self.capacity:
            return days + 30 * ((wanted - 1) // self.capacity)
        if days is None or self.free is None or wanted <= self.free:
            return days
        return None if self.waits is None else days + self.waits

    def is_there(self, quantity: Fraction | None) -> bool:
        """Whether so much of it, or the smallest order, lies in stock."""
        return self.free is not None and self.free >= self._bought(quantity)

    def _bought(self, quantity: Fraction | None) -> int:
        return self.minimum if quantity is None else max(self.minimum, self.base(quantity))


def read_goods(today: date) -> dict[UUID, Goods]:
    """Everything that may be sold today, by id."""
    ask = db.session.execute
    tree = {row.id: (row.slug, row.parent_id) for row in ask(text("SELECT id, slug, parent_id FROM categories"))}
    rate = {currency: Fraction(found.rate) for currency, found in rates().items()}
    free = {row.variant_id: row.free for row in ask(text(STOCK))}
    tiers: dict[UUID, list[tuple[int, int]]] = {}
    for row in ask(text("SELECT variant_id, from_quantity, unit_price_micro FROM price_tiers ORDER BY from_quantity")):
        tiers.setdefault(row.variant_id, []).append((row.from_quantity, row.unit_price_micro))
    parts: dict[UUID, list[tuple[UUID, int, str]]] = {}
    for row in ask(text("SELECT k.kit_id, k.part_id, k.quantity, v.supply FROM kit_parts k JOIN variants v ON v.id = k.part_id")):
        parts.setdefault(row.kit_id, []).append((row.part_id, row.quantity, row.supply))
    schemes, ships = _pairs(CERTIFICATES, today=today), _pairs(ZONES)
    shops = {row.id: row for row in ask(text("SELECT id, country, terms FROM vendors"))}
    rows = ask(text(VARIANTS)).all()
    shares = quality.on_time_of({row.vendor_id for row in rows})
    scores = reviews.score_of_products(list({row.product_id for row in rows}))
    levels = {vendor_id: facts.level for vendor_id, facts in vendors.facts_fresh({row.vendor_id for row in rows}).items()}
    found: dict[UUID, Goods] = {}
    for row in rows:
        share, score = shares[row.vendor_id], scores[row.product_id].value
        found[row.id] = Goods(
            id=row.id,
            vendor_id=row.vendor_id,
            visibility=frozenset(row.visibility),
            categories=tuple(_slugs(row.category_id, tree)),
            brand=" ".join((row.brand or "").split()) or None,
            minimum=row.minimum,
            factor=row.factor,
            tiers=[(start, _price(micro, row, rate[row.currency])) for start, micro in tiers.get(row.id, []) if row.currency in rate],
            lead_time=[(up_to, days_from if days_to is None else days_to) for up_to, days_from, days_to in _bands(row.lead_time)],
            free=_free(row.id, free, parts) if row.supply == "stock" else None,
            waits=max(0, (row.back_order_on - today).days) if row.back_order_on else None,
            capacity=row.capacity_month,
            has_sample=row.has_sample,
            attributes={code: _plain(entry["v"]) for code, entry in row.attributes.items()},
            level=levels[row.vendor_id],
            country=shops[row.vendor_id].country,
            schemes=frozenset(schemes.get(row.vendor_id, ())),
            ships_to=frozenset(ships.get(row.vendor_id, ())),
            terms=frozenset(shops[row.vendor_id].terms),
            share=Fraction(share.met, share.n) if share.n >= 10 else None,
            rating=None if score is None else Fraction(str(round(score, 1))),
        )
    return found


def _plain(value: Any) -> Any:
    """Text by its words: the spaces between them make no other value."""
    return " ".join(value.split()) if isinstance(value, str) else value


def _price(micro: int, row: Any, rate: Fraction) -> Fraction:
    exact = Fraction(micro) * row.factor * rate / row.price_per
    return Fraction(floor(exact * 1000 + Fraction(1, 2)), 1000 * 1_000_000)


def _bands(lead_time: list[list[int | None]]) -> list[list[int | None]]:
    return sorted(lead_time, key=lambda band: (band[0] is None, band[0] or 0))


def _slugs(category_id: UUID | None, tree: dict[UUID, tuple[str, UUID | None]]) -> Iterable[str]:
    while category_id is not None:
        slug, category_id = tree[category_id]
        yield slug


def _free(variant_id: UUID, free: dict[UUID, int], parts: dict[UUID, list[tuple[UUID, int, str]]]) -> int:
    """What can be taken; of a kit as many as its scarcest part allows."""
    if variant_id not in parts:
        return free.get(variant_id, 0)
    return min((free.get(part, 0) // number for part, number, supply in parts[variant_id] if supply == "stock"), default=0)


def _pairs(query: str, **values: object) -> dict[UUID, set[str]]:
    found: dict[UUID, set[str]] = {}
    for key, value in db.session.execute(text(query), values):
        found.setdefault(key, set()).add(value)
    return found


@dataclass
class Expected:
    """What a page must say."""

    total: int
    counts: dict[str, Counter[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Asker:
    """Who asks, from where, for how many."""

    keys: frozenset[str]
    ship_to: str
    quantity: Fraction | None
    category: str | None = None


def expect(goods: Collection[Goods], wanted: SearchInput, who: Asker, attributes: frozenset[str]) -> Expected:
    """Total and counts of a page over these goods; `attributes` are the codes of those that are counted."""
    seen = [one for one in goods if one.visibility & who.keys and (who.category is None or who.category in one.categories)]
    facets = [
        "cat", "maker", "vendor", "level", "country", "cert", "ships", "terms", "ontime", "stock", "sample", "lead", "price", "rating",
        *(["moq"] if who.quantity is not None else []), *(f"a.{code}" for code in attributes),
    ]  # fmt: skip
    asked = {*facets, *(f"a.{code}" for code in {*wanted.attributes, *wanted.bounds})}
    expected = Expected(0, {name: Counter() for name in facets})
    for one in seen:
        failing = {name for name in asked if not _fits(one, name, wanted, who)}
        expected.total += not failing
        # A facet counts with everything that is chosen in the others.
        for name in facets if not failing else failing.intersection(facets) if len(failing) == 1 else ():
            expected.counts[name].update(_values(one, name, who))
    return expected


def _fits(one: Goods, facet: str, wanted: SearchInput, who: Asker) -> bool:
    """Whether goods pass what is chosen in one facet."""
    if facet == "price":
        price = one.price(who.quantity)
        bands = [band for band in map(str, wanted.price) if band in BANDS]
        low, high = (Fraction(end) if end else None for end in (wanted.price_from, wanted.price_to))
        is_range = _is_range(low, high)
        is_in = is_range and price is not None and (low is None or price >= low) and (high is None or price <= high)
        return not (bands or is_range) or is_in or bool(set(bands) & set(_bands_of(price)))
    if facet == "moq":
        return not wanted.moq or who.quantity is None or one.base(who.quantity) >= one.minimum
    if facet.startswith("a."):
        return _fits_attribute(one.attributes.get(facet[2:]), facet[2:], wanted)
    chosen = {
        "cat": set(wanted.cat), "maker": set(wanted.maker), "level": set(map(str, wanted.level)), "country": set(wanted.country),
        "cert": set(wanted.cert), "terms": set(wanted.terms), "ontime": set(wanted.ontime) & set(map(str, ON_TIME_STEPS)),
        "rating": set(wanted.rating) & set(RATING_STEPS), "lead": {str(days) for days in wanted.lead if days in LEAD_STEPS},
        "ships": {"1"} if wanted.ships else set(), "stock": {"1"} if wanted.stock else set(), "sample": {"1"} if wanted.sample else set(),
        "vendor": set(),
    }[facet]  # fmt: skip
    return not chosen or bool(chosen & set(_values(one, facet, who)))


def _is_range(low: Fraction | Decimal | None, high: Fraction | Decimal | None) -> bool:
    """Whether a range says anything; one that stands the wrong way round does not."""
    return (low is not None or high is not None) and (low is None or high is None or low <= high)


def _fits_attribute(value: Any, code: str, wanted: SearchInput) -> bool:
    values, ends = wanted.attributes.get(code, ()), wanted.bounds.get(code, ("", ""))
    low, high = (Decimal(end) if end else None for end in ends)
    if not values and not _is_range(low, high):
        return True
    if isinstance(value, bool):
        return str(value).lower() in values
    if isinstance(value, int | float):
        # As they are written: the float 12.7 is a little less than the Decimal 12.7, and who asks from 12.7 wants it.
        number = Decimal(str(value))
        is_in = (low is None or number >= low) and (high is None or number <= high)
        return (_is_range(low, high) and is_in) or any(float(one) == value for one in values)
    return is_choice(value) and value in values


def is_choice(value: object) -> bool:
    """Whether a text of an attribute can be ticked."""
    return isinstance(value, str) and len(value) <= TEXT_LIMIT and not MOMENT.fullmatch(value)


BANDS = {
    f"{'' if low is None else float(low):g}-{'' if high is None else float(high):g}" if low is not None and high is not None
    else f"-{float(high):g}" if high is not None else f"{float(low or 0):g}-": (low, high)
    for low, high in zip([None, *EDGES], [*EDGES, None], strict=True)
}  # fmt: skip


def _bands_of(price: Fraction | None) -> list[str]:
    if price is None:
        return []
    return [name for name, (low, high) in BANDS.items() if (low is None or price >= low) and (high is None or price < high)]


def _values(one: Goods, facet: str, who: Asker) -> Iterable[str]:
    """What goods count as in a facet."""
    if facet.startswith("a."):
        value = one.attributes.get(facet[2:])
        if isinstance(value, bool):
            return [str(value).lower()]
        if isinstance(value, int | float):
            digits = f"{Decimal(str(value)):f}"
            return [digits.rstrip("0").rstrip(".") if "." in digits else digits]
        return [str(value)] if is_choice(value) else []
    days = one.days(who.quantity)
    match facet:
        case "cat":
            return one.categories
        case "maker":
            return [one.brand] if one.brand else []
        case "vendor":
            return [str(one.vendor_id)]
        case "level":
            return [str(one.level)]
        case "country":
            return [one.country]
        case "cert":
            return one.schemes
        case "ships":
            return ["1"] if one.ships_to & {who.ship_to, "*"} else []
        case "terms":
            return one.terms
        case "ontime":
            return [str(step) for step in ON_TIME_STEPS if one.share is not None and one.share * 100 >= step]
        case "rating":
            return [step for step in RATING_STEPS if one.rating is not None and one.rating >= Fraction(step)]
        case "stock":
            return ["1"] if one.is_there(who.quantity) else ["0"] if who.quantity is None else []
        case "sample":
            return ["1" if one.has_sample else "0"]
        case "lead":
            return [str(step) for step in LEAD_STEPS if days is not None and days <= step]
        case "price":
            return _bands_of(one.price(who.quantity))
        case "moq":
            return ["1"] if who.quantity is not None and one.base(who.quantity) >= one.minimum else []
    raise ValueError(facet)
