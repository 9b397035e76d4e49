"""What stands around the price on a product's page: photos, films, documents, what a kit holds, substitutes, who verified the vendor."""

from typing import Any

from marketplace.accounts.permissions import Permission
from marketplace.catalogue import queries
from marketplace.catalogue.documents import ACCESS, KINDS, LANGUAGES
from marketplace.catalogue.queries import LineVariant, ProductPage, VariantView
from marketplace.catalogue.videos import host_of
from marketplace.catalogue.views.reader import company_of
from marketplace.catalogue.wording import RELATIONS
from marketplace.core import clock
from marketplace.core.audit import Viewer
from vendors import queries as vendors
from vendors.requirements import METHODS


def around(
    page: ProductPage, variant: VariantView, facts: LineVariant, *, viewer: Viewer | None, keys: frozenset[str], quantity: int
) -> dict[str, Any]:
    """Values of the template. What a listing does not have is not asked for."""
    today = clock.now().date()
    documents = queries.documents_of(page.id, vendor_id=page.vendor_id, company_id=company_of(viewer)) if page.has_documents else []
    return {
        "pictures": queries.shown_pictures(page.id) if page.has_pictures else [],
        "films": [(link, host_of(link)) for link in page.videos],
        "documents": documents,
        "can_ask": viewer is not None and viewer.can(Permission.ORDER_PLACE) and viewer.company_id != page.vendor_id,
        "kind_words": KINDS,
        "language_words": LANGUAGES,
        "access_words": ACCESS,
        "today": today,
        "kit_parts": queries.parts_of(variant.id, keys=keys) if variant.is_kit else [],
        "substitutes": queries.substitutes_named(page.vendor_id, list(variant.substitutes), keys=keys) if variant.substitutes else [],
        "relations": RELATIONS,
        "verified": vendors.verification_of(page.vendor_id),
        "methods": METHODS,
        "is_ended": facts.is_ended(today),
        "back_ordered": max(0, quantity - facts.available) if facts.takes_back_orders and facts.available is not None else 0,
        "months": facts.months_of_capacity(quantity),
    }
