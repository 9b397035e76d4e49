"""Sponsored slots: at most two, labelled, above the first page, only goods that the query finds anyway, and only for verified companies
that never bought from their vendor.

They are asked for after the list stands and take nothing from it: the order is the same with and without them.
"""

from collections.abc import Collection
from uuid import UUID

from flask import current_app

from marketplace.core import clock
from marketplace.marketing import queries as marketing
from marketplace.marketing.clicks import PLACE, mark_of
from marketplace.marketing.queries import Running
from marketplace.marketing.services import LEAST_LEVEL
from search import index, placing, queries
from search.query import Found, Plan
from search.views.hits import Hit, hits_of
from search.views.landed import LandedPrices
from search.views.reader import Reader
from vendors.facts import VendorFacts

SLOTS = 2
LOOKED_AT = 50


def sponsored(
    wish: Plan, found: Found, who: Reader, why: str | None, *, within: Collection[UUID], landed: LandedPrices | None
) -> list[Hit]:
    """What stands above a list; `why` is as for its hits, `within` are the page's category and those above it, `landed` is where a list by
    landed price reads them.

    Raises: SearchUnavailable.
    """
    if wish.offset or not found.total or who.company_id is None:
        return []
    seen = queries.seen_vendors().facts
    places = [
        place
        for place in marketing.places_today()
        if _fits(place, frozenset(wish.words), within) and place.vendor_id in seen and _is_fit(seen[place.vendor_id])
    ]
    meets = marketing.vendors_to_meet(who.company_id, {place.vendor_id for place in places})
    by_product = {place.product_id: place for place in reversed(places) if place.vendor_id in meets}
    if not by_product:
        return []
    # One for each vendor, the best for the query first.
    chosen: dict[UUID, UUID] = {}
    for hit in placing.among(index.find, wish, found, by_product, limit=LOOKED_AT).hits:
        chosen.setdefault(hit.vendor_id, hit.variant_id)
    ids = list(chosen.values())[:SLOTS]
    shown = landed.shown(ids) if landed else queries.shown_variants(ids, keys=who.keys)
    hits = hits_of(shown, who, why, landed=landed.words(ids) if landed else None)
    return [_leading(hit, by_product[found.line.product_id], who.company_id) for hit, found in zip(hits, shown, strict=True)]


def _leading(hit: Hit, place: Running, company_id: UUID) -> Hit:
    """The hit with an address that tells which place led there, and to whom it was shown."""
    mark = mark_of(place.id, company_id, clock.now().date(), str(current_app.config["SECRET_KEY"]))
    return hit._replace(url=f"{hit.url}{'&' if '?' in hit.url else '?'}{PLACE}={mark}") if hit.url else hit


def _fits(place: Running, words: frozenset[str], within: Collection[UUID]) -> bool:
    if place.category_id is not None:
        return place.category_id in within
    wanted = placing.words_of(place.words)
    return bool(wanted) and wanted <= words


def _is_fit(vendor: VendorFacts) -> bool:
    return vendor.is_seen and vendor.level >= LEAST_LEVEL
