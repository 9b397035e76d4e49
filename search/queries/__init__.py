"""What the index and the result pages read of the rooms below. Public facts only, except where a function says otherwise."""

from search.queries.rows import PRICE_SCALE, QUANTITY_SCALE, Known, products_for_index, products_of, scaled, standings, unversioned_products
from search.queries.shown import (
    ShownVariant,
    attributes_of,
    codes_of,
    shown_variants,
    skus_of,
    variants_in_category,
    variants_with_skus,
)
from search.queries.tree import CategoryNode, Tree, category_tree
from search.queries.vendors import SeenVendors, forget_vendors, seen_vendors, vendors_of_operator_import

__all__ = [
    "PRICE_SCALE",
    "QUANTITY_SCALE",
    "CategoryNode",
    "Known",
    "SeenVendors",
    "ShownVariant",
    "Tree",
    "attributes_of",
    "category_tree",
    "codes_of",
    "forget_vendors",
    "products_for_index",
    "products_of",
    "scaled",
    "seen_vendors",
    "shown_variants",
    "skus_of",
    "standings",
    "unversioned_products",
    "variants_in_category",
    "variants_with_skus",
    "vendors_of_operator_import",
]
