"""Sponsored slots: at most two, labelled, above the first page, only goods that the query finds anyway, and only for verified companies
that never bought from their vendor.

They are asked for after the list stands and take nothing from it: the order is the same with and without them.
"""

from collections.abc import Collection
from dataclasses import replace
from uuid import UUID

from marketplace.marketing import queries as marketing
from marketplace.marketing.queries import Running
from marketplace.marketing.services import LEAST_LEVEL
from search import analysis, index, queries
from search.lexical import Reading
from search.query import Found, In, Plan, Selection
from search.views.hits import Hit, hits_of
from search.views.reader import Reader
from vendors.facts import VendorFacts

SLOTS = 2
LOOKED_AT = 50


def sponsored(wish: Plan, found: Found, who: Reader, reading: Reading | None, within: Collection[UUID]) -> list[Hit]:
    """What stands above a list; `within` are the page's category and those above it. Raises: SearchUnavailable."""
    if wish.offset or not found.total or who.company_id is None:
        return []
    seen = queries.seen_vendors().facts
    places = [
        place
        for place in marketing.places_today()
        if _fits(place, frozenset(wish.words), within) and place.vendor_id in seen and _is_fit(seen[place.vendor_id])
    ]
    meets = marketing.vendors_to_meet(who.company_id, {place.vendor_id for place in places})
    by_product = {str(place.product_id): place for place in reversed(places) if place.vendor_id in meets}
    if not by_product:
        return []
    wanted = Selection("", In("product_id", frozenset(by_product)))
    clause = found.clause or (wish.clause if found.relaxed or wish.strict is None else wish.strict)
    plan = replace(wish, clause=clause, strict=None, selections=(*wish.selections, wanted), facets=(), limit=LOOKED_AT, meaning="")
    # One for each vendor, the best for the query first.
    chosen: dict[UUID, UUID] = {}
    for hit in index.find(plan).hits:
        chosen.setdefault(hit.vendor_id, hit.variant_id)
    shown = queries.shown_variants(list(chosen.values())[:SLOTS], keys=who.keys)
    hits = hits_of(shown, who, reading)
    return [_leading(hit, by_product[str(found.line.product_id)]) for hit, found in zip(hits, shown, strict=True)]


def _leading(hit: Hit, place: Running) -> Hit:
    """The hit with an address that tells which place led there."""
    return hit._replace(url=f"{hit.url}{'&' if '?' in hit.url else '?'}ad={place.id}") if hit.url else hit


def _fits(place: Running, words: frozenset[str], within: Collection[UUID]) -> bool:
    if place.category_id is not None:
        return place.category_id in within
    wanted = {token.text for token in analysis.split(place.words)}
    return bool(wanted) and wanted <= words


def _is_fit(vendor: VendorFacts) -> bool:
    return vendor.is_seen and vendor.level >= LEAST_LEVEL
