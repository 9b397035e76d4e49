"""The parametric table beside the list: the same search and the same filters, attributes in columns that sort."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import Response, render_template, request

from marketplace.catalogue.attributes import Definition
from marketplace.catalogue.models import AttributeKind
from marketplace.core import i18n
from marketplace.core.downloads import download_csv
from marketplace.core.errors import NotFound
from marketplace.core.i18n import gettext, lazy
from marketplace.core.links import url_with_query
from marketplace.core.web import public
from search import index, queries
from search.asking import plan_of, scene_of, strict
from search.documents import OPEN
from search.errors import SearchUnavailable
from search.filters import Scene, attribute_facets, facets_of
from search.landing import Landing
from search.lexical.exclusions import kept
from search.naming import value_words
from search.parametric import By, ColumnOrder, Stored, by_attribute, column_order, columns_of
from search.queries import CategoryNode, Tree
from search.query import Filter, Found, FoundVariant, LeadTimeAtMost, Plan, PriceBetween, Selection, Sort
from search.schemas import LANDED, SearchInput
from search.views.blueprint import bp
from search.views.cells import days_words
from search.views.dear import admit_dear_page
from search.views.facets import Chip, FacetView, chips_of, unread_of, views_of
from search.views.hits import Hit, Mark, hits_of
from search.views.landed import LandedPrices
from search.views.mentioned import Mentioned, mentioned_in
from search.views.reader import Reader, reader, understood
from search.views.relief import Beyond, Relief, Reread, Search, beyond_of, relief_of, reread_of
from search.views.results import kept_fields, last_page, offered_by, with_attributes
from search.views.trail import begin_trail, note_answer

SIZE = 50
REACH = 10_000
"""How many products of a table can be leafed through; a search server answers no deeper."""
SURE = lazy("Place is sure")
"""What a sheet by landed price says of each row: a line of its own about the order would be sorted and summed with the goods."""
MOST = 2_000
"""Matches that are sorted by an attribute, or written to a sheet, at most."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A value as it is read; None is unknown."""

    text: str | None
    is_number: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One variant: what every hit has, then its attributes in the order of the columns. What a head says is not said in its cells."""

    hit: Hit
    cells: tuple[Cell, ...]

    @property
    def at(self) -> str | None:
        """The quantity that the price is for: mine, or the minimum where that is more, `1,000 pcs`; None without a price."""
        offer, price = self.hit.offer, self.hit.price
        if offer is None or price is None:
            return None
        is_mine = offer.total_minor is not None
        return i18n.quantity(offer.quantity, offer.display_unit, display_factor=offer.display_factor) if is_mine else price.least

    @property
    def price(self) -> str | None:
        """The unit price in a sheet, as a comparison writes it: `≈ 0.0514 EUR/pc (USD 0.0600, your price)`; None without a price."""
        price = self.hit.price
        if price is None:
            return None
        notes = [note for note in (price.own, gettext("your price") if price.is_mine else None) if note]
        said = f"{price.figure} {price.unit}"
        about, note = "≈ " if price.is_about else "", f" ({', '.join(notes)})" if notes else ""
        return f"{about}{said}{note}"

    @property
    def landed(self) -> str | None:
        """The landed price of one unit in a sheet: `≈ 0.0514 EUR/pc`; None while it is unknown, or the table is not ordered by it."""
        landed = self.hit.landed
        if landed is None or landed.figure is None:
            return None
        return f"{'≈ ' if landed.is_about else ''}{landed.figure} {landed.unit}"

    @property
    def minimum(self) -> str | None:
        """`1,000 pcs`; None without a price."""
        return self.hit.price.least if self.hit.price else None

    @property
    def lead(self) -> str | None:
        """`2 to 4 days`, or that there is less than my quantity; None where the vendor does not say."""
        return gettext("Not enough in stock") if self.hit.is_short else days_words(self.hit.days)


@dataclass(frozen=True, slots=True)
class TablePage:
    """A page of the table. `sort` is the column in use as heads write it; only the engine's own orders go on above `MOST` matches."""

    rows: list[Row]
    columns: list[Definition]
    total: int
    page: int
    sort: str
    can_sort: bool
    facets: list[FacetView]
    chips: list[Chip]
    unread: list[str]
    """Lines about filters of the address that nothing can pass."""
    words: str
    """What is searched for, without the words that are left out."""
    kept_query: str
    """The query by which this search is saved."""
    reread: Reread
    relief: Relief | None
    """What is said where not every word was found."""
    mentioned: Mentioned | None
    beyond: Beyond | None
    """What is said where a row cannot be bought at my quantity."""
    landing: Landing | None
    """How far the order by landed price is sure, where that was asked for."""
    trail: str
    """The token of this search, for what follows from it."""

    @property
    def is_order_sure(self) -> bool:
        """Whether no row that was not looked at may belong on this page or before it."""
        return self.landing is None or self.landing.is_sure((self.page - 1) * SIZE + len(self.rows))

    @property
    def is_mixed(self) -> bool:
        """Whether the prices of this page are for several quantities, so that each has to say its own."""
        return len({row.at for row in self.rows if row.at}) > 1

    @property
    def price_unit(self) -> tuple[str, int] | None:
        """(unit, base units) of the first price, which the filters are written in."""
        offers = [row.hit.offer for row in self.rows if row.hit.offer]
        return (offers[0].display_unit, offers[0].display_factor) if offers else None


@dataclass(frozen=True, slots=True)
class Asked:
    """A search with its answer, before anything is read of the hits."""

    search: Search
    scene: Scene
    wish: Plan
    found: Found
    offered: Sequence[Definition]
    landed: LandedPrices | None
    """Where landed prices are read, if the table is ordered by them."""

    @property
    def wanted(self) -> SearchInput:
        """What the address asks for."""
        return self.search.wanted

    @property
    def who(self) -> Reader:
        """Who looks."""
        return self.search.who

    @property
    def order(self) -> ColumnOrder | None:
        """The column to sort by, where only a table has its order."""
        return column_order(request.args.get("sort", ""), self.offered) if self.found.total <= MOST else None

    @property
    def sort(self) -> str:
        """The order in use, as an address names it."""
        return request.args.get("sort", "") if self.order else LANDED if self.wanted.landed else self.wanted.sort.value

    def places(self, offset: int, limit: int) -> tuple[Sequence[FoundVariant], Landing | None]:
        """These places of the list in the order of the page, and how far an order by landed price is sure."""
        if self.landed:
            plan = replace(self.wish, clause=self.wish.answered_by(self.found), facets=(), offset=offset, limit=limit)
            landing = self.landed.page(plan)
            return landing.hits, landing
        if self.order is None:
            return self._some(self.wish, offset, limit), None
        return self._ordered(self.order)[offset : offset + limit], None

    def _ordered(self, order: ColumnOrder) -> list[FoundVariant]:
        """Every match, ordered by a column."""
        if order.by in (By.PRICE, By.LEAD_TIME):
            return self._falling(Sort(order.by))
        hits = self._some(self.wish, 0, MOST)
        if order.definition:
            by_id = {hit.variant_id: hit for hit in hits}
            ids = by_attribute(list(by_id), queries.attributes_of(by_id), order.definition, falls=order.falls)
            return [by_id[variant_id] for variant_id in ids]
        if order.by is By.MINIMUM:
            hits.sort(key=lambda hit: hit.minimum, reverse=order.falls)
        else:
            facts = self.scene.vendors.facts
            hits.sort(key=lambda hit: facts[hit.vendor_id].name.casefold() if hit.vendor_id in facts else "", reverse=order.falls)
        return hits

    def _falling(self, sort: Sort) -> list[FoundVariant]:
        """Every match by price or lead time, the highest first. What has none stands last this way, too."""
        hits = self._some(replace(self.wish, sort=sort), 0, MOST)
        quantity = self.wish.quantity
        there: Filter = PriceBetween(quantity) if sort is Sort.PRICE else LeadTimeAtMost(quantity, OPEN)
        known = index.find(replace(self.wish, facets=(), limit=0, selections=(*self.wish.selections, Selection("", there)))).total
        return hits[:known][::-1] + hits[known:]

    @staticmethod
    def _some(plan: Plan, offset: int, limit: int) -> list[FoundVariant]:
        return list(index.find(replace(plan, facets=(), offset=offset, limit=limit)).hits)

    def rows(self, places: Sequence[FoundVariant], mark: Mark | None = None) -> tuple[list[Definition], list[Row]]:
        """(columns, rows) of these places, those that the reader may still see; `mark` adds to the address of each."""
        ids = [hit.variant_id for hit in places]
        shown = self.landed.shown(ids) if self.landed else queries.shown_variants(ids, keys=self.who.keys)
        hits = hits_of(shown, self.who, mark=mark, landed=self.landed.words(ids) if self.landed else None)
        stored = queries.attributes_of([hit.variant_id for hit in hits])
        sorted_by = self.order.definition if self.order else None
        used = frozenset({*self.wanted.attributes, *self.wanted.bounds, *([sorted_by.code] if sorted_by else [])})
        columns = columns_of(self.offered, list(stored.values()), used)
        return columns, [Row(hit, tuple(cell_of(column, stored[hit.variant_id]) for column in columns)) for hit in hits]


@bp.get("/search/table")
@public
def show_table() -> str:
    """The results of a search as a table of attributes."""
    return _page(None)


@bp.get("/categories/<slug>/table")
@public
def show_category_table(slug: str) -> str:
    """A category as a table of attributes."""
    return _page(_category(slug))


@bp.get("/search/table.csv")
@public
def export_table() -> Response:
    """The whole table, 2,000 rows at most."""
    return _sheet(None)


@bp.get("/categories/<slug>/table.csv")
@public
def export_category_table(slug: str) -> Response:
    """A category's whole table, 2,000 rows at most."""
    return _sheet(_category(slug))


def _category(slug: str) -> CategoryNode:
    found = queries.category_tree().by_slug.get(slug)
    if found is None:
        raise NotFound
    return found


def ask(category: CategoryNode | None, tree: Tree) -> Asked:
    """Ask the index for counts only. Raises: SearchUnavailable."""
    wanted, who = SearchInput.read(request.args), reader()
    offered, vocabulary = offered_by(category, wanted, tree), index.vocabulary()
    reading, who = understood(wanted, who, vocabulary)
    scene = scene_of(wanted, ship_to=who.ship_to, quantity=who.index_quantity, category=category, offered=offered)
    facets = (*facets_of(wanted, scene), *attribute_facets(wanted, scene))
    wish = plan_of(wanted, scene, keys=who.keys, vocabulary=vocabulary, facets=facets, limit=1)
    search = Search(wanted, who, scene, vocabulary, reading, wish, chips_of(wanted, scene, tree, wish.without))
    found = index.find(wish)
    if search.is_beside_the_thing(found):
        wish = strict(wish)
        found = index.find(wish)
    if not offered:
        scene, found = with_attributes(wanted, scene, found, wish, tree)
        offered = scene.offered
    return Asked(search, scene, wish, found, offered, LandedPrices(who) if wanted.landed else None)


def _page(category: CategoryNode | None) -> str:
    tree = queries.category_tree()
    if request.args.get("sort") == LANDED:
        admit_dear_page()
    try:
        asked = ask(category, tree)
        page = min(asked.wanted.page, last_page(asked.found.total, SIZE, REACH))
        places, landing = asked.places((page - 1) * SIZE, SIZE)
        trail = begin_trail(replace(asked.wish, offset=(page - 1) * SIZE))
        columns, rows = asked.rows(places, trail.marked if trail else None)
        # Of an empty table the list says what is in the way.
        hits = [row.hit for row in rows]
        relief = relief_of(asked.search, asked.found, hits, tree) if hits else None
        mentioned = mentioned_in(asked.search, asked.found, hits)
    except SearchUnavailable:
        return render_template("search/down.html", wanted=SearchInput.read(request.args), roots=tree.children(None))
    if trail:
        note_answer(trail, hits, places, asked.search, asked.found, page=page, sort=asked.sort)
    wanted, who = asked.wanted, asked.who
    shown = TablePage(
        rows=rows,
        columns=columns,
        total=asked.found.total,
        page=page,
        sort=asked.sort,
        can_sort=asked.found.total <= MOST,
        facets=views_of(asked.found.facets, wanted, asked.scene, tree),
        chips=list(asked.search.chips),
        unread=unread_of(wanted, asked.scene),
        words=kept(wanted.q, asked.wish.without),
        kept_query=asked.search.kept_query,
        reread=reread_of(asked.search),
        relief=relief,
        mentioned=mentioned,
        beyond=beyond_of(asked.found, hits),
        landing=landing,
        trail=trail.token if trail else "",
    )
    at = {"slug": category.slug} if category else {}
    return render_template(
        "search/parametric.html",
        page=shown,
        wanted=wanted,
        reader=who,
        category=category,
        kept=kept_fields(shown.facets, "quantity", *(["ship_to"] if wanted.landed else [])),
        size=SIZE,
        reach=REACH,
        most=MOST,
        sure=SURE,
        # Its pages have another length.
        list_url=url_with_query("search.show_category" if category else "search.results", drop=("page",), **at),
        csv_url=url_with_query("search.export_category_table" if category else "search.export_table", **at),
    )


def cell_of(column: Definition, stored: Stored) -> Cell:
    """A value under its column, whose head has the unit."""
    is_number = column.kind is AttributeKind.NUMBER
    if column.code not in stored:
        return Cell(None, is_number)
    value = stored[column.code]["v"]
    if is_number:
        return Cell(i18n.number(value), is_number)
    return Cell(value_words(column, str(value).lower() if isinstance(value, bool) else str(value)), is_number)


def column_title(column: Definition) -> str:
    """The name of a column with its unit."""
    name = i18n.text(dict(column.name))
    return f"{name}, {column.unit}" if column.unit else name


def _sheet(category: CategoryNode | None) -> Response:
    admit_dear_page()
    asked = ask(category, queries.category_tree())
    places, landing = asked.places(0, MOST)
    columns, rows = asked.rows(places)
    sure = frozenset(hit.variant_id for hit in places[: landing.final]) if landing else frozenset()
    unknown, yes, no = gettext("Unknown"), gettext("Yes"), gettext("No")
    head = [
        gettext("SKU"),
        gettext("Product"),
        gettext("Vendor"),
        gettext("Country"),
        gettext("Unit price"),
        gettext("At quantity"),
        *([gettext("Landed in %(country)s", country=i18n.country(asked.who.ship_to)), gettext(SURE)] if asked.landed else []),
        gettext("MOQ"),
        gettext("Lead time"),
    ]
    lines = [
        [
            row.hit.sku,
            row.hit.title,
            row.hit.vendor.name,
            row.hit.vendor.country,
            row.price or unknown,
            row.at or unknown,
            *([row.landed or unknown, yes if row.hit.variant_id in sure else no] if asked.landed else []),
            row.minimum or unknown,
            row.lead or unknown,
            *(unknown if cell.text is None else cell.text for cell in row.cells),
        ]
        for row in rows
    ]
    return download_csv([*head, *map(column_title, columns)], lines, "products.csv")
