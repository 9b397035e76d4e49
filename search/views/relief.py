"""What a result page says where it finds little or nothing: which words are left out, which filters are in the way, and where to go on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from urllib.parse import parse_qsl
from uuid import UUID

from flask import request
from werkzeug.datastructures import MultiDict

from marketplace.accounts.permissions import Permission
from marketplace.core import i18n
from marketplace.core.i18n import gettext
from marketplace.core.links import page_url, query_string, url_for
from marketplace.core.web import current_viewer
from search import asking, index, queries, relaxing
from search.asking import plan_of
from search.filters import Scene
from search.keeping import KeptByIdentity
from search.lexical import Reading
from search.lexical.exclusions import kept, meant_out, signless, word_of
from search.plan import FEW
from search.queries import CategoryNode, Tree
from search.query import AllOf, Clause, Correction, Found, Nothing, OneOf, Plan, Vocabulary
from search.relaxing import Part
from search.schemas import SearchInput
from search.views.facets import Chip
from search.views.hits import Hit, hits_of
from search.views.reader import Reader, words_asked

WAYS = 3
MOST_FILTERS = 12
MOST_TOLD_APART = 8
"""Words of a query that each hit is asked about."""
FROM_CATEGORY = 6
LANGUAGES = ("en", "zh-Hans")


_among = KeptByIdentity[Clause](most=512)
"""A word among the goods of a page: the index answers a clause once, which it knows by its identity."""


@dataclass(frozen=True, slots=True)
class Way:
    """An address that finds more: what it is called, and how many products it finds. `without` are the words that it leaves out,
    `word` is one that it leaves out no longer.
    """

    label: str
    url: str
    n: int
    without: tuple[str, ...] = ()
    word: str = ""


@dataclass(frozen=True, slots=True)
class Reread:
    """How words were read where that is not as they were written, for `_reading.html`; a count that they said is the reader's."""

    correction: Correction | None = None
    meant: Way | None = None
    """What may have been meant instead of a word that hardly any listing has."""
    vouched: Way | None = None
    """Goods of the vendors who have the standards that the words ask of vendors (ISO 9001)."""
    without: Way | None = None
    """The same search without goods that have what it says "without" of."""
    needless: tuple[str, ...] = ()
    """Words to leave out that no goods have."""
    price: str = ""
    """A price that the words name and that is no filter: the address has one, or its currency no rate."""


NOT_REREAD = Reread()


@dataclass(frozen=True, slots=True)
class Beyond:
    """How many matches my quantity cannot buy, and how many it can."""

    n: int
    within: int


def beyond_of(found: Found, hits: Sequence[Hit]) -> Beyond | None:
    """What is said of minimums: where a hit of the page is sold in larger quantities only, and nobody has filtered by that yet."""
    minimums = found.facets.get("moq")
    if minimums is None or not any(hit.offer and hit.offer.total_minor is None for hit in hits):
        return None
    within = minimums.counts[0][1]
    return Beyond(found.total - within, within)


@dataclass(frozen=True, slots=True)
class Relief:
    """Everything that is offered beside a short or empty list."""

    exact: int
    """Products that have every word and pass every filter."""
    strict_url: str
    absent: tuple[str, ...] = ()
    """Words that no product of this page has."""
    unknown: tuple[str, ...] = ()
    """Words that no product that the reader may see has."""
    is_alike: bool = False
    """What is listed beside the goods with every word has none of them, and means much the same."""
    lacks: Mapping[UUID, tuple[str, ...]] = field(default_factory=dict)
    """Variant → the words that it does not have."""
    shorter: Sequence[Way] = ()
    filters: Sequence[Way] = ()
    """One filter less each."""
    unfiltered: Way | None = None
    categories: Sequence[Way] = ()
    nearest: str = ""
    """Name of the category that `hits` are from: none of them has the words."""
    hits: Sequence[Hit] = ()
    ask_url: str | None = None


@dataclass(frozen=True)
class Search:
    """What the page has asked. Without slots, since the words of it are asked for once and kept."""

    wanted: SearchInput
    who: Reader
    scene: Scene
    vocabulary: Vocabulary
    reading: Reading | None
    wish: Plan
    chips: list[Chip]

    @property
    def words(self) -> str:
        """What is searched for, without the words that are left out."""
        return kept(self.wanted.q, self.wish.without)

    @property
    def words_asked(self) -> str:
        """The words of the address without the count that was read as a quantity; what is left out stays among them."""
        return words_asked(self.wanted.q, self.reading, self.who.count)

    @property
    def kept_query(self) -> str:
        """The query of this page for whoever keeps the search: it names the quantity that the words said, and the words do not."""
        return query_string({"q": self.words_asked, **self._said} if self.who.count else {}, ("page", "lang"))

    def url_of(self, text: str, **more: str | list[str]) -> str:
        """The address of the same search for other words: what is left out stays out, and a quantity that the words said is kept."""
        words = " ".join([text, *(one.written for one in self.wish.without)])
        return "?" + query_string({"q": words, **more, **self._said}, ("page", "lang", "exact"))

    @property
    def _said(self) -> dict[str, str]:
        return {"quantity": self.who.quantity_sent} if self.who.count else {}

    def count(self, address: str) -> int:
        """How many products this page would find at another address."""
        wanted = SearchInput.read(MultiDict(parse_qsl(address.removeprefix("?"))))
        # One hit is asked for, since likeness of meaning counts only where there are some.
        other = plan_of(wanted, self.scene, keys=self.who.keys, vocabulary=self.vocabulary, limit=1)
        return index.find(other).total

    @cached_property
    def parts(self) -> list[Part]:
        """The words of the query. One that only hidden goods have is as unknown as one that none has: the difference would tell of them."""
        if not self.words:
            return []
        if self.reading and self.reading.is_code:
            return [] if self._finds(self.wish.clause) else [Part(self.words, Nothing())]
        # Signs alone are no words: the text is then what no product has.
        parts = relaxing.parts_of(self.wanted.q, self.vocabulary, correct=not self.wanted.exact) or (Part(self.words, Nothing()),)
        return [part if part.is_known and self._finds(part.clause) else replace(part, clause=Nothing()) for part in parts]

    def is_beside_the_thing(self, found: Found) -> bool:
        """Whether goods with some of the words are no answer, but of its size or colour alone: no product that the reader may see has a word
        for the thing, and none is compared by its meaning.
        """
        if not found.relaxed or index.compares_meaning(self.wish):
            return False
        things = [part for part in self.parts if part.is_thing]
        return bool(things) and not any(part.is_known for part in things)

    @property
    def ask_url(self) -> str | None:
        """The form in which factories are asked for what was not found; what was searched for stands in it. Visitors are led to it by
        logging in; None for those whose role may not ask.
        """
        viewer, wanted = current_viewer(), self.wanted
        if not wanted.q or (viewer is not None and not viewer.can(Permission.CART_EDIT)):
            return None
        category = wanted.cat[0] if wanted.cat else None
        return page_url("search.make_wish", words=self.words_asked, quantity=self.who.quantity_words or None, category=category)

    def unknown(self, parts: Sequence[Part]) -> tuple[str, ...]:
        """The words that no product has which the reader may see; where that is all of them, the text as it was typed."""
        unknown = tuple(part.text for part in parts if not part.is_known)
        return (self.words,) if unknown and len(unknown) == len(parts) else unknown

    def _finds(self, clause: Clause) -> bool:
        asked = replace(self.wish, clause=clause, strict=None, enough=0, selections=(), facets=(), meaning="", meaning_weight=0.0)
        return index.find(replace(asked, offset=0, limit=0)).total > 0

    def has(self, part: Part, ids: frozenset[UUID]) -> frozenset[UUID]:
        """Which of some variants have one of the words, by any of its names."""
        if not part.is_known or not ids:
            return frozenset()
        clause = _among.of((part.clause,), lambda: AllOf((part.clause, OneOf(ids))), ids)
        asked = replace(self.wish, clause=clause, strict=None, enough=0, selections=(), facets=())
        # One more than there can be: a page with room left is not counted.
        found = index.find(replace(asked, meaning="", meaning_weight=0.0, offset=0, limit=len(ids) + 1))
        return frozenset(hit.variant_id for hit in found.hits)


def relief_of(search: Search, found: Found, hits: Sequence[Hit], tree: Tree) -> Relief | None:
    """What to say beside the list; None where every word was found. Raises: SearchUnavailable."""
    wanted = search.wanted
    by_words = found.total - found.alike
    is_relaxed = wanted.q and (found.relaxed or isinstance(search.wish.clause, Nothing) or (found.alike and by_words < FEW))
    if found.total and not is_relaxed:
        return None
    strict_url = "?" + query_string({"every": "1"}, ("page", "lang"))
    parts = search.parts
    exact = 0 if wanted.every or not wanted.q else index.find(asking.strict(replace(search.wish, facets=(), offset=0, limit=0))).total
    relief = Relief(
        exact=exact,
        strict_url=strict_url,
        unknown=search.unknown(parts),
        ask_url=search.ask_url,
    )
    if hits:
        lacks = _lacks(search, parts, frozenset(hit.variant_id for hit in hits))
        absent = tuple(part.text for part in parts if all(part.text in lacks[hit.variant_id] for hit in hits))
        is_alike = bool(found.alike) and all(len(lacks[hit.variant_id]) in (0, len(parts)) for hit in hits)
        relief = replace(relief, lacks=lacks, absent=absent, is_alike=is_alike)
    if not exact:
        relief = replace(relief, filters=_fewer_filters(search, every=bool(hits)), shorter=_shorter(search, parts))
        if search.chips and not hits:
            relief = replace(relief, unfiltered=_unfiltered(search))
    if not hits and wanted.q:
        relief = _with_nearest(relief, search, tree)
    return relief


def reread_of(search: Search) -> Reread:
    """How the words of a search were read."""
    needless = tuple(word_of(one) for one in search.wish.without if isinstance(one.clause, Nothing))
    budget = search.reading.budget if search.reading else None
    return Reread(
        search.wish.correction, _meant_by(search), _vouched_by(search), _without(search), needless, budget.written if budget else ""
    )


def _meant_by(search: Search) -> Way | None:
    """None where nothing is found by that either."""
    meant = search.reading.meant if search.reading else ""
    if not meant:
        return None
    url = search.url_of(meant)
    n = search.count(url)
    return Way(meant, url, n) if n else None


def _vouched_by(search: Search) -> Way | None:
    papers = search.reading.papers if search.reading else ()
    if not papers or not search.reading:
        return None
    schemes = [*search.wanted.cert, *(paper for paper in papers if paper not in search.wanted.cert)]
    url = search.url_of(search.reading.text, cert=schemes)
    return Way(gettext(", ").join(papers), url, search.count(url))


def _without(search: Search) -> Way | None:
    """None where that would leave nothing, or everything."""
    signed = meant_out(search.reading.text) if search.reading else ""
    if not signed:
        return None
    url = search.url_of(signed)
    n = search.count(url)
    return Way(signed, url, n) if 0 < n < search.count(search.url_of(signless(signed))) else None


def _lacks(search: Search, parts: Sequence[Part], ids: frozenset[UUID]) -> dict[UUID, tuple[str, ...]]:
    having = [(part.text, search.has(part, ids)) for part in parts[:MOST_TOLD_APART]]
    return {variant_id: tuple(text for text, those in having if variant_id not in those) for variant_id in ids}


def _fewer_filters(search: Search, *, every: bool) -> list[Way]:
    """Each filter taken back alone. `every`: beside a list of goods that lack words, only what has them all is worth a filter."""
    ways = []
    for chip in search.chips[:MOST_FILTERS]:
        url = f"{chip.url}&every=1" if every and not search.wanted.every else chip.url
        n = search.count(url)
        if n or not every:
            ways.append(Way(chip.label, url, n, word=chip.word))
    return sorted(ways, key=lambda way: -way.n)


def _unfiltered(search: Search) -> Way | None:
    known = {"q": search.words or None, "every": "1" if search.wanted.every else None, "exact": "1" if search.wanted.exact else None}
    url = "?" + query_string(known, tuple(request.args))
    n = search.count(url)
    return Way("", url, n) if n else None


def _shorter(search: Search, parts: Sequence[Part]) -> list[Way]:
    """The ways with the fewest words left out that find anything, the same filters in force."""
    found: list[Way] = []
    for text, without in relaxing.shorter(parts):
        url = search.url_of(text, every="1")
        n = search.count(url)
        if n:
            found.append(Way(text, url, n, without))
        if len(found) == WAYS:
            break
    return found


def _with_nearest(relief: Relief, search: Search, tree: Tree) -> Relief:
    """Categories whose names are like the words, and some goods of the nearest leaf: those of a branch may be anything."""
    nodes = _alike(search, tree)
    ways = [Way(i18n.text(dict(node.name)), url_for("search.show_category", slug=node.slug), 0) for node in nodes]
    relief = replace(relief, categories=ways)
    leaf = next((node for node in nodes if node.is_leaf), None)
    if not leaf or relief.shorter or search.chips:
        return relief
    _, ids = queries.variants_in_category(leaf.id, keys=search.who.keys, offset=0, limit=FROM_CATEGORY)
    return replace(relief, nearest=i18n.text(dict(leaf.name)), hits=hits_of(queries.shown_variants(ids, keys=search.who.keys), search.who))


def _alike(search: Search, tree: Tree) -> list[CategoryNode]:
    names = [(node.name[language], node) for node in tree.by_id.values() for language in LANGUAGES if node.name.get(language)]
    return relaxing.nearest(names, search.words, WAYS)
