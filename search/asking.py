"""An address into a plan, for whoever asks: the result page, its counts, and saved searches when nobody looks."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.attributes import Definition
from search import plan, queries
from search.filters import Scene, selections_of
from search.lexical.exclusions import with_categories
from search.queries import CategoryNode
from search.query import Facet, Plan, Sort, Vocabulary
from search.schemas import SearchInput


def scene_of(
    wanted: SearchInput, *, ship_to: str, quantity: int | None, category: CategoryNode | None = None, offered: Sequence[Definition] = ()
) -> Scene:
    """What the filters of an address depend on today. `quantity` is in the index's unit."""
    named = catalogue.definitions_by_code({*wanted.attributes, *wanted.bounds})
    slug = category.slug if category else None
    return Scene(queries.seen_vendors(), ship_to, quantity, slug, offered, named, queries.judged())


def plan_of(
    wanted: SearchInput,
    scene: Scene,
    *,
    keys: Iterable[str],
    vocabulary: Vocabulary,
    facets: Iterable[Facet] = (),
    offset: int = 0,
    limit: int = plan.PAGE,
) -> Plan:
    """The plan of an address for a reader with these visibility keys. `wanted.every`: only what has every word."""
    wish = plan.build(
        wanted.q,
        vocabulary=vocabulary,
        visibility=keys,
        vendors=scene.vendors.ids,
        selections=selections_of(wanted, scene),
        facets=facets,
        sort=wanted.sort,
        rated=scene.judged.by_score if wanted.sort is Sort.RATING else (),
        quantity=scene.quantity,
        offset=offset,
        limit=limit,
        correct=not wanted.exact,
    )
    if wish.without:
        named = [(node.slug, [str(name) for name in node.name.values()]) for node in queries.category_tree().by_id.values()]
        wish = replace(wish, without=tuple(with_categories(exclusion, named) for exclusion in wish.without))
    return strict(wish) if wanted.every else wish


def strict(wish: Plan) -> Plan:
    """The same search with every word required: likeness of meaning, which asks for no word, is left out."""
    return replace(wish, clause=wish.strict or wish.clause, strict=None, enough=0, meaning="", meaning_weight=0.0)
