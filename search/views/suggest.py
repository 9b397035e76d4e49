"""Suggestions while somebody types: a small answer in JSON for the search field's list. Without it the form works as before."""

from typing import NamedTuple

from flask import Response, jsonify, request, session

from marketplace.core import i18n
from marketplace.core.i18n import gettext
from marketplace.core.links import page_url
from marketplace.core.recent import Kept
from marketplace.core.web import current_viewer, public
from search import index, queries
from search.errors import SearchUnavailable
from search.lexical.exclusions import signless
from search.queries import CategoryNode, SeenVendors, Tree
from search.suggesting import LONGEST, Names, corrected, fitting, kinds, mended, named, typed_plan
from search.views.blueprint import bp
from search.views.reader import Reader, reader
from vendors.facts import VendorFacts

LOOKED_AT = 20
PRODUCTS, NAMES = 5, 3
REMEMBERED = 8
SESSION_KEY = "searches"


class Suggestion(NamedTuple):
    """One line of the list. `note` tells like things apart."""

    group: str
    text: str
    note: str
    url: str | None
    lang: str | None = None


@bp.get("/search/suggest")
@public
def suggest() -> Response:
    """Own past searches, goods and codes, categories and vendors that fit what was typed so far; where none do, the same of slips mended."""
    text = request.args.get("q", "").strip()[:LONGEST]
    who, words = reader(), signless(text)
    known = [*_products(text, who), *_categories(words), *_vendors(words)] if text else []
    found = [*_past(text), *(known or _mended(text, words, who))] if text else []
    items = [one._asdict() for one in found if one.url]
    answer = jsonify(items=items, said=i18n.ngettext("%(num)s suggestion", "%(num)s suggestions", len(items)))
    answer.headers["Cache-Control"] = "private, max-age=30"
    return answer


def _mended(text: str, words: str, who: Reader) -> list[Suggestion]:
    """Nothing begins as the last word does: what it is surely a slip for, each list by its own words."""
    try:
        goods = mended(text, index.vocabulary())
    except SearchUnavailable:
        goods = None
    categories, vendors = corrected(_category_names.get()[1], words), corrected(_vendor_names.get()[1], words)
    return [
        *(_products(goods, who) if goods else ()),
        *(_categories(categories) if categories else ()),
        *(_vendors(vendors) if vendors else ()),
    ]


def remember(text: str) -> None:
    """Keep what somebody who is signed in has searched for, on their own session and nowhere else. Not a text that is longer than what can
    be kept: its beginning alone would be another search.
    """
    if not text or len(text) > LONGEST or current_viewer() is None:
        return
    before = past_searches()
    if before[:1] != [text]:
        session[SESSION_KEY] = [text, *(one for one in before if not _is_same(one, text))][:REMEMBERED]


def past_searches() -> list[str]:
    """The last searches of this session, the newest first; a visitor has none."""
    kept = session.get(SESSION_KEY)
    return [one for one in kept if isinstance(one, str)] if isinstance(kept, list) and current_viewer() is not None else []


def _is_same(text: str, other: str) -> bool:
    """Whether two searches are the same words, in whatever case."""
    return text.casefold().split() == other.casefold().split()


def _past(text: str) -> list[Suggestion]:
    found = fitting(named((one, one) for one in past_searches() if not _is_same(one, text)), text, NAMES)
    return [Suggestion(gettext("Searched before"), one, "", page_url("search.results", q=one)) for one in found]


def _products(text: str, who: Reader) -> list[Suggestion]:
    """Goods, one line for all sizes of one listing; none while the index is away, since the rest still helps."""
    try:
        wanted = typed_plan(text, vocabulary=index.vocabulary(), visibility=who.keys, vendors=queries.seen_vendors().ids, limit=LOOKED_AT)
        hits = index.engine().find(wanted).hits if wanted else ()
    except SearchUnavailable:
        return []
    firsts = list({hit.product_id: hit.variant_id for hit in reversed(hits)}.values())[::-1][:PRODUCTS]
    group = gettext("Products")
    return [
        Suggestion(
            group,
            i18n.text(one.title),
            one.sku,
            page_url("catalogue.show_product", slug=one.product_slug, variant=one.sku),
            i18n.text_lang(one.title),
        )
        for one in queries.named_variants(firsts, keys=who.keys)
    ]


def _read_categories() -> tuple[Tree, Names[CategoryNode]]:
    tree = queries.category_tree()
    return tree, named((name, node) for node in tree.by_slug.values() for name in dict.fromkeys(node.name.values()))


def _read_vendors() -> tuple[SeenVendors, Names[VendorFacts]]:
    seen = queries.seen_vendors()
    return seen, named((facts.name, facts) for facts in seen.facts.values())


# With what they were made of, so that it lives as long as its identity stands for it.
_category_names = Kept(_read_categories, lambda: id(queries.category_tree()), seconds=0)
_vendor_names = Kept(_read_vendors, lambda: id(queries.seen_vendors()), seconds=0)


def _categories(text: str) -> list[Suggestion]:
    found = kinds(_category_names.get()[1], text, 2 * NAMES)
    group = gettext("Categories")
    nodes = list({node.slug: node for node in found}.values())[:NAMES]
    return [
        Suggestion(group, i18n.text(dict(node.name)), "", page_url("search.show_category", slug=node.slug), i18n.text_lang(dict(node.name)))
        for node in nodes
    ]


def _vendors(text: str) -> list[Suggestion]:
    found = fitting(_vendor_names.get()[1], text, NAMES)
    group = gettext("Vendors")
    return [Suggestion(group, one.name, i18n.country(one.country), page_url("vendors.show_shop", slug=one.slug)) for one in found]
