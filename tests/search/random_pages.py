"""Random result pages: drawn by a seed from what is for sale, asked as pages ask, and compared with `brute.py`."""

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from werkzeug.datastructures import MultiDict

from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.attributes import Definition
from marketplace.catalogue.models import AttributeKind
from search import plan, queries
from search.asking import plan_of, scene_of
from search.engines.port import Engine
from search.filters import VENDOR_FACETS, Scene, attribute_facets, facets_of, price_bands, vendor_counts
from search.query import FacetCounts, FacetKind, Found, Plan
from search.schemas import SearchInput
from search.views.facets import views_of
from tests.search.brute import Asker, Expected, Goods, expect

WORDS = (
    "bolt",
    "valve",
    "cable",
    "bearing",
    "m8",
    "stainless",
    "pump",
    "glove",
    "led",
    "steel",
    "防割手套",
    "24 v",
    "screw m8 a2",
    "bolt -stainless",
)
COUNTRIES = ("SE", "DE", "CN", "US", "FR", "JP", "BR")
QUANTITIES = ("1", "2.5", "5", "0.75", "100", "333", "500", "1000", "5000", "25000", "100000")


@dataclass
class Drawn:
    """One random page."""

    args: "MultiDict[str, str]"
    who: Asker
    offered: Sequence[Definition]


class Draw:
    """Draws pages by a seed from what the world has."""

    def __init__(self, chance: random.Random, goods: Mapping[UUID, Goods]) -> None:
        self._chance = chance
        self._goods = list(goods.values())
        self._tree = queries.category_tree()
        self._choices = {
            "maker": sorted({one.brand for one in self._goods if one.brand}),
            "country": sorted({one.country for one in self._goods}),
            "cert": sorted({scheme for one in self._goods for scheme in one.schemes}),
            "terms": sorted({term for one in self._goods for term in one.terms}),
            "level": [str(level) for level in range(5)],
            "ontime": ["95", "90", "80", "70"],
            "rating": ["4.5", "4", "3.5", "3", "2"],
            "lead": ["2", "7", "14", "30", "9"],
            "price": [name for name, _, _ in price_bands()],
            "cat": sorted({slug for one in self._goods for slug in one.categories}),
        }
        self._keys = sorted(
            {"registered", *(f"country:{code}" for code in COUNTRIES), *(key for one in self._goods for key in one.visibility)} - {"all"}
        )

    def page(self) -> Drawn:
        """An address, who opens it, and the attributes that it offers. Most of what is chosen is true of one of the goods."""
        chance = self._chance
        anchor = chance.choice(self._goods)
        args: MultiDict[str, str] = MultiDict()
        category = chance.choice(anchor.categories) if chance.random() < 0.5 else None
        if category is None and chance.random() < 0.3:
            args["q"] = chance.choice(WORDS)
        for name in chance.sample(sorted(self._choices), chance.choice((0, 1, 1, 2, 3))):
            for value in self._some(name, anchor):
                args.add(name, value)
        for name in ("ships", "stock", "sample", "moq"):
            if chance.random() < 0.1:
                args[name] = "1"
        for name in ("price_from", "price_to"):
            if chance.random() < 0.1:
                args[name] = str(round(chance.choice((0.1, 1, 10, 100)) * chance.random(), 2))
        leaf = anchor.categories[0]
        if category != leaf and chance.random() < 0.5 and not args.getlist("cat"):
            args.add("cat", leaf)
        offered = catalogue.asked_by_category(self._tree.by_slug[leaf].id)
        facets = [definition for definition in offered if definition.is_facet]
        for definition in chance.sample(facets, min(len(facets), chance.choice((0, 0, 1, 2)))):
            self._add_attribute(args, definition, anchor)
        keys = frozenset(["all", *chance.sample(self._keys, chance.randint(0, 2))])
        quantity = None if chance.random() < 0.3 else Fraction(chance.choice(QUANTITIES))
        return Drawn(args, Asker(keys, chance.choice(COUNTRIES), quantity, category), offered)

    def _some(self, name: str, anchor: Goods) -> list[str]:
        """Some values of a facet, mostly with one that is true of the anchor."""
        chance = self._chance
        values = chance.sample(self._choices[name], min(len(self._choices[name]), chance.randint(1, 2)))
        own: list[str] = {
            "maker": [anchor.brand or "none"], "country": [anchor.country], "cert": sorted(anchor.schemes), "terms": sorted(anchor.terms),
            "level": [str(anchor.level)], "cat": list(anchor.categories),
        }.get(name, [])  # fmt: skip
        return [*values, chance.choice(own)] if own and chance.random() < 0.8 else values

    def _add_attribute(self, args: "MultiDict[str, str]", definition: Definition, anchor: Goods) -> None:
        chance, code, leaf = self._chance, definition.code, anchor.categories[0]
        values = sorted({one.attributes[code] for one in self._goods if leaf in one.categories and code in one.attributes}, key=str)
        if not values:
            return
        own = anchor.attributes.get(code, chance.choice(values))
        if definition.kind is AttributeKind.NUMBER and chance.random() < 0.5:
            low, high = sorted((float(own), float(chance.choice(values))))
            for end, value in chance.choice(
                ((("from", low),), (("to", high),), (("from", low), ("to", high)), (("from", low), ("to", high)))
            ):
                args[f"a.{code}.{end}"] = str(Decimal(str(value)))
            if chance.random() < 0.3:
                return
        for value in [own, *chance.sample(values, min(len(values), chance.randint(0, 2)))]:
            args.add(f"a.{code}", str(value).lower() if isinstance(value, bool) else str(value))


def ask(engine: Engine, drawn: Drawn, goods: Mapping[UUID, Goods]) -> tuple[Found, Scene, Plan, list[Goods]]:
    """The page as the pages ask for it, and the goods that its words match."""
    wanted, who = SearchInput.read(drawn.args), drawn.who
    quantity = None if who.quantity is None else max(1, int(who.quantity * queries.QUANTITY_SCALE))
    category = queries.category_tree().by_slug[who.category] if who.category else None
    scene = scene_of(wanted, ship_to=who.ship_to, quantity=quantity, category=category, offered=drawn.offered)
    facets = (*facets_of(wanted, scene), *attribute_facets(wanted, scene))
    wish = plan_of(wanted, scene, keys=who.keys, vocabulary=engine.vocabulary(), facets=facets, limit=0)
    found = engine.find(wish)
    matching = list(goods.values())
    if wanted.q:
        clause = wish.clause if found.relaxed or wish.strict is None else wish.strict
        every = engine.find(replace(wish, clause=clause, strict=None, selections=(), facets=(), limit=plan.DEEPEST))
        matching = [goods[hit.variant_id] for hit in every.hits if hit.variant_id in goods]
    return found, scene, wish, matching


def differences(found: Found, scene: Scene, wish: Plan, expected: Expected) -> Iterator[str]:
    """What the page says and what it must say, where they differ."""
    if found.total != expected.total:
        yield f"total {found.total}, must be {expected.total}"
    for facet in wish.facets:
        counts = found.facets[facet.name]
        must = expected.counts[facet.name]
        said = _said(facet.name, counts, scene)
        if facet.name in VENDOR_FACETS or facet.kind in (FacetKind.PRICE, FacetKind.LEAD_TIME, FacetKind.AT_MOST, FacetKind.HOLDS):
            must = Counter({value: n for value, n in must.items() if n})
            if +Counter(said) != must:
                yield f"{facet.name}: {_apart(said, must)}"
        else:
            # Of more values than a facet holds it must say the most frequent, and beside them what is ticked.
            frequent = dict(counts.counts[: facet.size])
            left_out = max((n for value, n in must.items() if value not in frequent), default=0)
            ticked = {name for name, _ in facet.options if must[name] and name not in frequent}
            if len(frequent) != min(facet.size, len(must)) or any(must[value] != n for value, n in said.items()):
                yield f"{facet.name}: {_apart(said, must)}"
            elif said.keys() != frequent.keys() | ticked:
                yield f"{facet.name}: beside the most frequent {said.keys() - frequent.keys()}, must be {ticked}"
            elif left_out > min(frequent.values(), default=0):
                yield f"{facet.name}: a value with {left_out} is left out"
        if facet.kind is FacetKind.NUMBER and must:
            ends = (min(map(float, must)), max(map(float, must)))
            if (counts.low, counts.high) != ends:
                yield f"{facet.name}: from {counts.low} to {counts.high}, must be {ends}"


def wrong_boxes(found: Found, scene: Scene, wanted: SearchInput, expected: Expected) -> Iterator[str]:
    """Ticked boxes of the page whose number is not that of brute force."""
    for view in views_of(found.facets, wanted, scene, queries.category_tree()):
        for option in view.options if view.name in expected.counts else ():
            must = expected.counts[view.name][option.value]
            if option.is_chosen and option.n != must:
                yield f"the box {view.name}={option.value} says {option.n}, must be {must}"


def _said(name: str, counts: FacetCounts, scene: Scene) -> dict[str, int]:
    if name in VENDOR_FACETS:
        return vendor_counts(counts.counts, name, scene)
    if name == "price":
        return {band: n for (band, _, _), (_, n) in zip(price_bands(), counts.counts, strict=True)}
    if name == "moq":
        return {"1": counts.counts[0][1]}
    return dict(counts.counts)


def _apart(said: dict[str, int], must: Counter[str]) -> str:
    wrong = [
        f"{value} {said.get(value, 0)}, must be {must[value]}" for value in sorted({*said, *must}) if said.get(value, 0) != must[value]
    ]
    return "; ".join(wrong[:5])


def wrong_on(engine: Engine, drawn: Drawn, goods: Mapping[UUID, Goods]) -> tuple[int, str]:
    """(matches that there must be, what an engine says otherwise than brute force: empty where nothing)."""
    found, scene, wish, matching = ask(engine, drawn, goods)
    counted = frozenset(facet.name[2:] for facet in wish.facets if facet.name.startswith("a."))
    expected = expect(matching, SearchInput.read(drawn.args), drawn.who, counted)
    apart = " | ".join([*differences(found, scene, wish, expected), *wrong_boxes(found, scene, SearchInput.read(drawn.args), expected)])
    return expected.total, f"{engine.name}: {drawn.args.to_dict(flat=False)} {drawn.who}: {apart}" if apart else ""
