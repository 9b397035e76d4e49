"""What the index and the result pages read of the rooms below. Public facts only, except where a function says otherwise."""

from search.queries.rows import PRICE_SCALE, QUANTITY_SCALE, products_for_index, products_of, scaled, standings, unversioned_products
from search.queries.shown import ShownVariant, attributes_of, shown_variants, skus_of, variants_in_category
from search.queries.tree import CategoryNode, Tree, category_tree
from search.queries.vendors import SeenVendors, forget_vendors, seen_vendors, vendors_of_operator_import

__all__ = [
    "PRICE_SCALE",
    "QUANTITY_SCALE",
    "CategoryNode",
    "SeenVendors",
    "ShownVariant",
    "Tree",
    "attributes_of",
    "category_tree",
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
    "vendors_of_operator_import",
]
