"""Result pages: by words, by category, or by category from the database while the index is away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from flask import render_template, request

from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.attributes import Definition
from marketplace.core import i18n
from marketplace.core.i18n import gettext
from marketplace.core.web import public
from search import index, pinning, queries
from search.asking import plan_of, scene_of, strict
from search.errors import SearchUnavailable
from search.filters import Scene, attribute_facets, facets_of
from search.landing import Landing
from search.learning import rules
from search.lexical.exclusions import kept
from search.naming import ORDERS
from search.parametric import By, column_order
from search.queries import CategoryNode, Tree
from search.query import FacetCounts, Found, Plan, Sort
from search.schemas import DEEPEST_PAGE, LANDED, SearchInput
from search.views.blueprint import bp
from search.views.dear import admit_dear_page
from search.views.facets import Chip, FacetView, chips_of, unread_of, views_of
from search.views.hits import Hit, hits_of
from search.views.landed import LandedPrices
from search.views.mentioned import Mentioned, mentioned_in
from search.views.reader import Reader, reader, understood, words_asked
from search.views.relief import NOT_REREAD, Beyond, Relief, Reread, Search, beyond_of, relief_of, reread_of
from search.views.sponsored import sponsored
from search.views.suggest import remember
from search.views.trail import begin_trail, note_answer
from search.views.why import why_address

SIZE = 24
REACH = DEEPEST_PAGE * SIZE
"""How many products of a list can be leafed through."""
MAJORITY = 0.5
"""Share of the results in one category from which on its attributes are offered as filters."""


@dataclass(frozen=True, slots=True)
class ResultPage:
    """A page of results. `is_live` false: the index is away, and this comes from the database without filters."""

    who: Reader
    """Who looks, with the quantity that the words may have said."""
    hits: list[Hit]
    total: int
    vendors: int
    page: int
    facets: list[FacetView] = field(default_factory=list)
    chips: list[Chip] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    """Lines about filters of the address that nothing can pass."""
    words: str = ""
    """What is searched for, without the words that are left out."""
    kept_query: str = ""
    """The query by which this search is saved."""
    reread: Reread = NOT_REREAD
    relief: Relief | None = None
    """What is said where not every word was found."""
    mentioned: Mentioned | None = None
    """What is said where nothing is called by what was asked for."""
    beyond: Beyond | None = None
    """What is said where a hit cannot be bought at my quantity."""
    is_live: bool = True
    sponsored: list[Hit] = field(default_factory=list)
    chosen: frozenset[UUID] = frozenset()
    """What the platform has put first."""
    trail: str = ""
    """The token of this search, for what follows from it."""
    landing: Landing | None = None
    """How far the order by landed price is sure, where that was asked for."""
    table_order: tuple[str, str] | None = None
    """(as an address has it, the column's name) of an order that only the table has, where that was asked for."""

    @property
    def is_order_sure(self) -> bool:
        """Whether no hit that was not looked at may belong on this page or before it."""
        return self.landing is None or self.landing.is_sure((self.page - 1) * SIZE + len(self.hits))

    @property
    def orders(self) -> list[tuple[str, str]]:
        """(as an address has it, its name) of the orders that this list can have. Without words the first of them is the newest first."""
        newest = Sort.NEWEST.value
        named = ORDERS if self.words else {**ORDERS, Sort.RELEVANCE.value: ORDERS[newest]}
        return [(value, gettext(name)) for value, name in named.items() if self.words or value != newest]

    @property
    def price_unit(self) -> tuple[str, int] | None:
        """(unit, base units) that most prices of this page are for: what a price range is written in."""
        offers = [hit.offer for hit in self.hits if hit.offer]
        return (offers[0].display_unit, offers[0].display_factor) if offers else None


@bp.get("/search")
@public
def results() -> str:
    """Products by words and filters. While the index is away the page says so and leads to the categories."""
    wanted, who = SearchInput.read(request.args), reader()
    tree = queries.category_tree()
    remember(wanted.q)
    try:
        found = look(wanted, who, tree)
    except SearchUnavailable:
        return render_template("search/down.html", wanted=wanted, roots=tree.children(None))
    return render_template(
        "search/results.html",
        page=found,
        wanted=wanted,
        reader=found.who,
        category=None,
        trail=[],
        reach=REACH,
        kept=kept_fields(found.facets, *toolbar_fields(wanted)),
    )


def look(wanted: SearchInput, who: Reader, tree: Tree, category: CategoryNode | None = None) -> ResultPage:
    """Ask the index and read what is shown. Raises: SearchUnavailable, TooManyDearPages."""
    if wanted.landed:
        admit_dear_page()
    offered = offered_by(category, wanted, tree)
    vocabulary = index.vocabulary()
    reading, who = understood(wanted, who, vocabulary)
    scene = scene_of(wanted, ship_to=who.ship_to, quantity=who.index_quantity, category=category, offered=offered)
    facets = (*facets_of(wanted, scene), *attribute_facets(wanted, scene))
    offset = (wanted.page - 1) * SIZE
    wish = plan_of(wanted, scene, keys=who.keys, vocabulary=vocabulary, facets=facets, offset=offset, limit=SIZE)
    pins = rules.in_force().pins_of(words_asked(wanted.q, reading, who.count))
    search = Search(wanted, who, scene, vocabulary, reading, wish, chips_of(wanted, scene, tree, wish.without))
    asked, found = _answered(search, pins)
    page = min(wanted.page, last_page(found.total, SIZE, REACH))
    if page < wanted.page:
        # The list is shorter than the address thinks: its last page is shown, as of every list.
        wanted, offset = wanted.model_copy(update={"page": page}), (page - 1) * SIZE
        if found.total and not wanted.landed:
            found = replace(found, hits=pinning.find(index.find, replace(asked, facets=(), offset=offset), pins).hits)
    if not offered:
        scene, found = with_attributes(wanted, scene, found, wish, tree)
    landed = LandedPrices(who) if wanted.landed else None
    landing = landed.page(replace(asked, clause=asked.answered_by(found), offset=offset, limit=SIZE)) if landed else None
    if landing:
        found = replace(found, hits=landing.hits)
    ids = [hit.variant_id for hit in found.hits]
    shown = landed.shown(ids) if landed else queries.shown_variants(ids, keys=who.keys)
    trail = begin_trail(replace(wish, offset=offset))
    why = why_address(wanted, who, reading)
    hits = hits_of(shown, who, why, trail.marked if trail else None, landed.words(ids) if landed else None)
    if trail:
        note_answer(trail, hits, found.hits, search, found, page=wanted.page, sort=LANDED if wanted.landed else wish.sort.value)
    return ResultPage(
        who=who,
        hits=hits,
        total=found.total,
        vendors=len(found.facets["vendor"].counts),
        page=wanted.page,
        facets=views_of(found.facets, wanted, scene, tree),
        chips=search.chips,
        unread=unread_of(wanted, scene),
        words=kept(wanted.q, wish.without),
        kept_query=search.kept_query,
        reread=reread_of(search),
        relief=relief_of(search, found, hits, tree),
        mentioned=mentioned_in(search, found, hits),
        beyond=beyond_of(found, hits),
        chosen=frozenset(pins) if wish.sort is Sort.RELEVANCE else frozenset(),
        trail=trail.token if trail else "",
        landing=landing,
        table_order=_table_order(request.args.get("sort", ""), scene.offered),
        # By the page that was asked for: an advertisement stands above the beginning alone.
        sponsored=sponsored(wish, found, who, why, within=category.path if category else (), landed=landed),
    )


def _answered(search: Search, pins: Sequence[UUID]) -> tuple[Plan, Found]:
    """(what was asked, its answer). Which goods stand on a page by landed price is told apart, when it is known which words counted."""
    asked = replace(search.wish, offset=0, limit=1) if search.wanted.landed else search.wish
    found = pinning.find(index.find, asked, pins)
    if search.is_beside_the_thing(found):
        asked = strict(asked)
        found = index.find(asked)
    return asked, found


def last_page(total: int, size: int, reach: int) -> int:
    """The last page of a list of which the first `reach` can be leafed through; an empty one has a first page too."""
    return max(1, -(-min(total, reach) // size))


def offered_by(category: CategoryNode | None, wanted: SearchInput, tree: Tree) -> Sequence[Definition]:
    """Attributes to filter by, where the address already says which category it is."""
    if category is not None and category.is_leaf:
        return catalogue.asked_by_category(category.id)
    if len(wanted.cat) == 1 and wanted.cat[0] in tree.by_slug:
        return catalogue.asked_by_category(tree.by_slug[wanted.cat[0]].id)
    return ()


def with_attributes(wanted: SearchInput, scene: Scene, found: Found, wish: Plan, tree: Tree) -> tuple[Scene, Found]:
    """Where most results stand in one category, its attributes are offered and counted, in a second look without hits."""
    leaf = _leaf_of(found, wish, tree)
    offered = catalogue.asked_by_category(leaf.id) if leaf else ()
    scene = replace(scene, offered=offered)
    facets = tuple(facet for facet in attribute_facets(wanted, scene) if facet.name not in found.facets)
    if not facets:
        return scene, found
    # The second look must count what the first one found, not decide anew whether every word has to match.
    more = index.find(replace(wish, clause=wish.answered_by(found), strict=None, facets=facets, limit=0, offset=0))
    counts: Mapping[str, FacetCounts] = {**found.facets, **more.facets}
    return scene, replace(found, facets=dict(counts))


def _leaf_of(found: Found, wish: Plan, tree: Tree) -> CategoryNode | None:
    """The leaf category that at least half of the results stand in. Where goods that are only alike, or lack a word, stand beside those with
    every word, these decide: what is like a ball valve does not take away its filters.
    """
    leaf = majority_leaf(found.facets["cat"], found.total, tree)
    if leaf is None and (found.relaxed or index.compares_meaning(wish)):
        categories = tuple(facet for facet in wish.facets if facet.name == "cat")
        every = index.find(replace(strict(wish), facets=categories, limit=0, offset=0))
        leaf = majority_leaf(every.facets["cat"], every.total, tree)
    return leaf


def majority_leaf(counts: FacetCounts, total: int, tree: Tree) -> CategoryNode | None:
    """The leaf category that at least half of the results stand in."""
    for slug, number in counts.counts:
        node = tree.by_slug.get(slug)
        if node and node.is_leaf:
            return node if number >= total * MAJORITY and total else None
    return None


def from_database(category: CategoryNode, wanted: SearchInput, who: Reader) -> ResultPage:
    """A category without the index: newest first, no filters, no counts."""
    page = wanted.page
    total, ids = queries.variants_in_category(category.id, keys=who.keys, offset=(page - 1) * SIZE, limit=SIZE)
    if page > last_page(total, SIZE, REACH):
        page = last_page(total, SIZE, REACH)
        total, ids = queries.variants_in_category(category.id, keys=who.keys, offset=(page - 1) * SIZE, limit=SIZE)
    shown = queries.shown_variants(ids, keys=who.keys)
    return ResultPage(who, hits_of(shown, who), total, 0, page, is_live=False)


def _table_order(written: str, offered: Sequence[Definition]) -> tuple[str, str] | None:
    order = column_order(written, offered)
    if order is None:
        return None
    names = {By.PRICE: gettext("Unit price"), By.LEAD_TIME: gettext("Lead time"), By.MINIMUM: gettext("MOQ"), By.VENDOR: gettext("Vendor")}
    return written, names[order.by] if isinstance(order.by, By) else i18n.text(dict(order.by.name))


def toolbar_fields(wanted: SearchInput) -> tuple[str, ...]:
    """The names that the fields above a list send."""
    return ("quantity", "sort", "ship_to") if wanted.landed else ("quantity", "sort")


def kept_fields(facets: Sequence[FacetView], *own: str) -> list[tuple[str, str]]:
    """What the one form of a page carries along: all of the address that none of its fields sends, `own` ones or filters.

    A filter that the page does not offer is carried too, else the next step would take it back unasked.
    """
    sent = {"page", *own, *(name for facet in facets for name in (facet.name, *facet.range_names))}
    sent.update(option.value for facet in facets if facet.name == "facts" for option in facet.options)
    return [(name, value) for name, value in request.args.items(multi=True) if name not in sent]
