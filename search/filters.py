"""What a result page filters by and counts, as selections and facets of a plan (pure)."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise

from marketplace.catalogue.attributes import Definition
from marketplace.catalogue.models import AttributeKind
from search.documents import OPEN, attribute_key
from search.engines.facets import number_name
from search.keeping import KeptByIdentity
from search.queries import NOBODY, PRICE_SCALE, Judged, SeenVendors
from search.query import (
    AttributeBetween,
    AttributeIn,
    Between,
    Either,
    Facet,
    FacetKind,
    Filter,
    In,
    LeadTimeAtMost,
    PriceBetween,
    Selection,
)
from search.ranges import attribute_range, price_range
from search.schemas import LEAD_DAYS, SearchInput
from vendors.facts import VendorFacts

VENDOR_LIMIT = 9_000
"""Vendors counted in one facet: so many that seven such facets stay below Elasticsearch's default limit of 65,536 buckets an answer."""
CATEGORY_LIMIT = 500
VALUE_LIMIT = 60
ATTRIBUTE_FACETS = 10
MICRO = 1_000_000
PRICE_EDGES = tuple(Decimal(edge) for edge in ("0.1", "0.5", "1", "5", "10", "50", "100", "500", "1000", "5000"))
"""Where the bands of prices meet, in the platform's currency for one display unit."""
ON_TIME = (95, 90, 80)
"""Percent of orders on time, at least."""
RATINGS = ("4.5", "4", "3.5", "3")
"""Scores of products, at least."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What filters depend on besides the address: who may sell, where goods go, how many, and the attributes that are offered."""

    vendors: SeenVendors
    ship_to: str
    quantity: int | None = None
    """My quantity in the index's unit."""
    category: str | None = None
    """Slug of the category page that this is."""
    offered: Sequence[Definition] = ()
    """Attributes of the category that the results belong to, in its order."""
    known: Mapping[str, Definition] | None = None
    """Definitions of the attributes that the address names."""
    judged: Judged = NOBODY
    """What orders and reviews say of vendors and products."""


def selections_of(wanted: SearchInput, scene: Scene) -> tuple[Selection, ...]:
    """The filters of an address, each with the facet that it belongs to. The category of the page itself belongs to none."""
    found: list[Selection] = []
    if scene.category:
        found.append(Selection("", In("categories", frozenset([scene.category]))))
    if wanted.cat:
        found.append(Selection("cat", In("categories", frozenset(wanted.cat))))
    if wanted.maker:
        found.append(Selection("maker", In("maker", frozenset(wanted.maker))))
    found += _vendor_selections(wanted, scene)
    if wanted.stock:
        found.append(Selection("stock", _in_stock(scene)))
    if wanted.sample:
        found.append(Selection("sample", Between("sample", 1, 1)))
    if wanted.moq and scene.quantity is not None:
        found.append(Selection("moq", Between("minimum", None, scene.quantity)))
    prices = _prices(wanted, scene)
    if prices:
        found.append(Selection("price", prices[0] if len(prices) == 1 else Either(tuple(prices))))
    least = [step for step in RATINGS if step in wanted.rating]
    if least:
        found.append(Selection("rating", In("product_id", scene.judged.rated(min(map(float, least))))))
    days = [day for day in wanted.lead if day in LEAD_DAYS]
    if days:
        found.append(Selection("lead", LeadTimeAtMost(scene.quantity, max(days))))
    known = scene.known or {}
    for code in sorted({*wanted.attributes, *wanted.bounds} & set(known)):
        if (asked := _attribute_filter(known[code], wanted)) is not None:
            found.append(Selection(f"a.{code}", asked))
    return tuple(found)


def _in_stock(scene: Scene) -> Filter:
    return Between("in_stock", 1, 1) if scene.quantity is None else Between("available", scene.quantity)


def price_bands() -> list[tuple[str, Decimal | None, Decimal | None]]:
    """(name in an address, from, below) of the bands of prices: `-0.1`, `0.1-0.5`, … `5000-`."""
    ends: list[Decimal | None] = [None, *PRICE_EDGES, None]
    return [(f"{'' if low is None else low}-{'' if high is None else high}", low, high) for low, high in pairwise(ends)]


def _prices(wanted: SearchInput, scene: Scene) -> list[Filter]:
    """The bands that are ticked, and the range that is written beside them."""
    found: list[Filter] = [
        PriceBetween(scene.quantity, price_bound(low), price_bound(high)) for name, low, high in price_bands() if name in wanted.price
    ]
    asked = price_range(wanted)
    if asked.is_set:
        low, high = price_bound(asked.low), price_bound(asked.high)
        # The upper bound belongs to the range: whoever writes 0.05 wants what costs 0.05.
        found.append(PriceBetween(scene.quantity, low, None if high is None else high + 1))
    return found


def price_bound(price: Decimal | None) -> int | None:
    """A price of one display unit in the platform's currency, as the index counts."""
    return None if price is None else min(int(price * MICRO * PRICE_SCALE), OPEN - 1)


def _attribute_filter(definition: Definition, wanted: SearchInput) -> Filter | None:
    """What is asked of an attribute; None where nothing of it can be read."""
    code, key = definition.code, attribute_key(definition.code)
    values = wanted.attributes.get(code, ())
    if definition.kind is not AttributeKind.NUMBER:
        return AttributeIn(key, frozenset(values)) if values else None
    low, high, _ = asked = attribute_range(wanted, definition)
    bounds = AttributeBetween(key, None if low is None else float(low), None if high is None else float(high))
    exact = [AttributeBetween(key, number, number) for value in values if (number := number_of(value)) is not None]
    if asked.is_set:
        return Either((bounds, *exact)) if exact else bounds
    return Either(tuple(exact)) if exact else None


def read_values(definition: Definition, values: Sequence[str]) -> tuple[str, ...]:
    """Of the values that an address has for an attribute those that it can have: a number attribute has numbers only."""
    return tuple(value for value in values if definition.kind is not AttributeKind.NUMBER or number_of(value) is not None)


def number_of(written: str) -> float | None:
    """A number as an address has it; None for what is none, and for one that no product can have."""
    try:
        number = float(written)
    except ValueError:
        return None
    return number if abs(number) < 10**15 else None


VENDOR_FACETS = ("level", "country", "cert", "ships", "terms", "ontime")


def holds(facet: str, scene: Scene) -> Callable[[VendorFacts], Sequence[str]]:
    """The values of a vendor in one of the facets that are joined live: `3`, `SE`, `ISO 9001`, `1`, `net30`, `95` and `90`."""
    readers: dict[str, Callable[[VendorFacts], Sequence[str]]] = {
        "level": lambda facts: (str(facts.level),),
        "country": lambda facts: (facts.country,),
        "cert": lambda facts: tuple(dict.fromkeys(scheme for scheme, _ in facts.certificates)),
        "ships": lambda facts: ("1",) if facts.ships_to_country(scene.ship_to) else (),
        "terms": lambda facts: tuple(dict.fromkeys(facts.terms)),
        "ontime": lambda facts: _on_time(scene.judged.on_time.get(facts.id)),
    }
    return readers[facet]


def _on_time(share: float | None) -> Sequence[str]:
    return () if share is None else [str(least) for least in ON_TIME if share * 100 >= least - 1e-9]


def _vendor_selections(wanted: SearchInput, scene: Scene) -> list[Selection]:
    asked: dict[str, set[str]] = {
        "level": {str(level) for level in wanted.level},
        "country": set(wanted.country),
        "cert": set(wanted.cert),
        "ships": {"1"} if wanted.ships else set(),
        "terms": set(wanted.terms),
        "ontime": set(wanted.ontime) & set(map(str, ON_TIME)),
    }
    found = []
    for facet, values in asked.items():
        if values:
            read = holds(facet, scene)
            ids = scene.vendors.having(lambda facts, read=read, values=values: bool(values.intersection(read(facts))))  # type: ignore[misc]
            found.append(Selection(facet, In("vendor_id", frozenset(map(str, ids)))))
    return found


PRICE_BOUNDS = tuple(price_bound(edge) or 0 for edge in PRICE_EDGES)
BY_VENDOR = tuple(Facet(name, FacetKind.KEYWORD, "vendor_id", size=VENDOR_LIMIT, in_order=False) for name in ("vendor", *VENDOR_FACETS))
SAMPLE = Facet("sample", FacetKind.KEYWORD, "sample")
_rating_facets = KeptByIdentity[Facet](4)


def facets_of(wanted: SearchInput, scene: Scene) -> tuple[Facet, ...]:
    """Everything that a result page counts besides attributes. What is ticked is counted however rare it is."""
    return (
        Facet("cat", FacetKind.KEYWORD, "categories", size=CATEGORY_LIMIT, options=_ticked("categories", wanted.cat)),
        Facet("maker", FacetKind.KEYWORD, "maker", size=VALUE_LIMIT, options=_ticked("maker", wanted.maker)),
        *BY_VENDOR,
        # Of many pieces one in stock is no help.
        Facet("stock", FacetKind.KEYWORD, "in_stock")
        if scene.quantity is None
        else Facet("stock", FacetKind.HOLDS, options=(("1", _in_stock(scene)),)),
        SAMPLE,
        Facet("lead", FacetKind.LEAD_TIME, quantity=scene.quantity, edges=LEAD_DAYS),
        Facet("price", FacetKind.PRICE, quantity=scene.quantity, edges=PRICE_BOUNDS),
        _rating_facets.of((scene.judged,), lambda: _ratings(scene.judged)),
        *((Facet("moq", FacetKind.AT_MOST, "minimum", edges=(scene.quantity,)),) if scene.quantity is not None else ()),
    )


def _ticked(field: str, values: Sequence[str]) -> tuple[tuple[str, Filter], ...]:
    return tuple((value, In(field, frozenset([value]))) for value in values)


def _ratings(judged: Judged) -> Facet:
    """Only steps that a product has reached: each one is a pass of its own."""
    best = max(judged.ratings.values(), default=0.0)
    steps = [step for step in RATINGS if float(step) <= best]
    return Facet("rating", FacetKind.HOLDS, options=tuple((step, In("product_id", judged.rated(float(step)))) for step in steps))


def attributes_shown(scene: Scene) -> list[Definition]:
    """The attributes to filter by: ten at most of those that the category offers, and whatever the address names, so that a filter in use
    never takes itself away.
    """
    offered = [definition for definition in scene.offered if definition.is_facet]
    named = scene.known or {}
    shown = {one.code for one in offered[:ATTRIBUTE_FACETS]} | set(list(named)[:ATTRIBUTE_FACETS])
    own = {one.code for one in offered}
    return [one for one in (*offered, *(named[code] for code in named if code not in own)) if one.code in shown]


def attribute_facets(wanted: SearchInput, scene: Scene) -> tuple[Facet, ...]:
    """Counts of the attributes to filter by. What is ticked is counted however rare it is."""
    facets = []
    for definition in attributes_shown(scene):
        kind = FacetKind.NUMBER if definition.kind is AttributeKind.NUMBER else FacetKind.ATTRIBUTE
        key, ticked = attribute_key(definition.code), ticked_names(definition, wanted)
        options = tuple((name, _has(definition, key, name)) for name in ticked)
        facets.append(Facet(f"a.{definition.code}", kind, key, size=VALUE_LIMIT, options=options))
    return tuple(facets)


def _has(definition: Definition, key: str, name: str) -> Filter:
    if definition.kind is not AttributeKind.NUMBER:
        return AttributeIn(key, frozenset([name]))
    return AttributeBetween(key, float(name), float(name))


def ticked_names(definition: Definition, wanted: SearchInput) -> tuple[str, ...]:
    """The values of an attribute that an address ticks, as its facet names them: `40.0` is the box `40`."""
    values = wanted.attributes.get(definition.code, ())
    if definition.kind is not AttributeKind.NUMBER:
        return values
    return tuple(dict.fromkeys(number_name(number) for value in values if (number := number_of(value)) is not None))


SUMS_KEPT = 512
Row = tuple[tuple[str, str], ...]
"""(facet, value) for each value that a vendor has."""


@dataclass(slots=True)
class Rows:
    """What is true of vendors, each read when it is met first. Many vendors are alike: their rows stand here once, by number."""

    places: dict[str, int] = field(default_factory=dict)
    """Vendor, by its id as the index writes it → the number of its row."""
    rows: dict[Row, int] = field(default_factory=dict)

    def learn(self, vendor_id: str, scene: Scene) -> int:
        """Read a vendor's facts; returns the number of its row."""
        facts = scene.vendors.by_text.get(vendor_id)
        row = tuple((facet, value) for facet in VENDOR_FACETS for value in holds(facet, scene)(facts)) if facts else ()
        place = self.places[vendor_id] = self.rows.setdefault(row, len(self.rows))
        return place


_rows: dict[Hashable, tuple[Rows, Scene]] = {}
_sums: dict[Hashable, tuple[dict[str, dict[str, int]], Sequence[tuple[str, int]], Rows]] = {}
"""Rows by the facts that they were read from, and sums by the counts of an index state and the rows; both by identity, with what they
were made of, so that it lives."""


def vendor_counts(counts: Sequence[tuple[str, int]], facet: str, scene: Scene) -> dict[str, int]:
    """Counts by vendor turned into counts by what is true of the vendors."""
    rows = _rows_of(scene)
    key = (id(counts), id(rows))
    kept = _sums.get(key)
    if kept is None:
        if len(_sums) >= SUMS_KEPT:
            _sums.clear()
        kept = _sums[key] = (_sums_of(counts, rows, scene), counts, rows)
    return kept[0][facet]


def _rows_of(scene: Scene) -> Rows:
    key = (id(scene.vendors), id(scene.judged), scene.ship_to)
    kept = _rows.get(key)
    if kept is None:
        if len(_rows) >= SUMS_KEPT:
            _rows.clear()
        kept = _rows[key] = (Rows(), scene)
    return kept[0]


def _sums_of(counts: Sequence[tuple[str, int]], rows: Rows, scene: Scene) -> dict[str, dict[str, int]]:
    """For every facet at once: vendors of one row are added up first, since a large catalogue has thousands of vendors and few rows."""
    places = rows.places
    by_row: dict[int, int] = {}
    for vendor_id, number in counts:
        place = places.get(vendor_id)
        if place is None:
            place = rows.learn(vendor_id, scene)
        by_row[place] = by_row.get(place, 0) + number
    sums: dict[str, dict[str, int]] = {facet: {} for facet in VENDOR_FACETS}
    for row, place in rows.rows.items():
        number = by_row.get(place, 0)
        if number:
            for facet, value in row:
                sums[facet][value] = sums[facet].get(value, 0) + number
    return sums
