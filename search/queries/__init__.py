"""What the index and the result pages read of the rooms below. Public facts only, except where a function says otherwise."""

from search.queries.days import changed_by_days
from search.queries.judged import NOBODY, Judged, forget_judged, judged
from search.queries.known import Known
from search.queries.rows import (
    PRICE_SCALE,
    QUANTITY_SCALE,
    misjudged_products,
    products_for_index,
    products_of,
    scaled,
    standings,
    unversioned_products,
    with_kits,
)
from search.queries.shown import (
    KNOWN_STATES,
    NamedVariant,
    ShownVariant,
    attributes_of,
    codes_of,
    named_variants,
    shown_variants,
    skus_of,
    variants_in_category,
    variants_with_skus,
    withheld_variants,
)
from search.queries.texts import VariantText, count_listed, index_state, texts_after, vector_digests, vector_state, vectors_of
from search.queries.told import Told, told_of
from search.queries.tree import CategoryNode, Tree, category_tree, standing_category, standing_slugs
from search.queries.trust import Ranking, forget_ranking, ranking
from search.queries.vendors import SeenVendors, forget_vendors, seen_vendors, vendors_of_operator_import

__all__ = [
    "KNOWN_STATES",
    "NOBODY",
    "PRICE_SCALE",
    "QUANTITY_SCALE",
    "CategoryNode",
    "Judged",
    "Known",
    "NamedVariant",
    "Ranking",
    "SeenVendors",
    "ShownVariant",
    "Told",
    "Tree",
    "VariantText",
    "attributes_of",
    "category_tree",
    "changed_by_days",
    "codes_of",
    "count_listed",
    "forget_judged",
    "forget_ranking",
    "forget_vendors",
    "index_state",
    "judged",
    "misjudged_products",
    "named_variants",
    "products_for_index",
    "products_of",
    "ranking",
    "scaled",
    "seen_vendors",
    "shown_variants",
    "skus_of",
    "standing_category",
    "standing_slugs",
    "standings",
    "texts_after",
    "told_of",
    "unversioned_products",
    "variants_in_category",
    "variants_with_skus",
    "vector_digests",
    "vector_state",
    "vectors_of",
    "vendors_of_operator_import",
    "with_kits",
    "withheld_variants",
]
