"""Reads of the catalogue. What is public says so; a vendor's own listings are scoped to the vendor."""

from marketplace.catalogue.queries.categories import (
    asked_by_categories,
    asked_by_category,
    category_by_slug,
    category_trail,
    definitions_by_code,
    leaf_categories,
    leaf_category,
)
from marketplace.catalogue.queries.desk import CheckRow, checks, count_checks, product_to_check
from marketplace.catalogue.queries.lines import LineVariant, variants_for_lines
from marketplace.catalogue.queries.pages import ProductPage, Sibling, VariantView, product_page, same_items
from marketplace.catalogue.queries.products import (
    OwnProduct,
    Page,
    ProductRow,
    lock_product,
    own_product,
    product_counts,
    product_rows,
    stock_of_product,
    version_content,
)
from marketplace.catalogue.visibility import keys_of

__all__ = [
    "CheckRow",
    "LineVariant",
    "OwnProduct",
    "Page",
    "ProductPage",
    "ProductRow",
    "Sibling",
    "VariantView",
    "asked_by_categories",
    "asked_by_category",
    "category_by_slug",
    "category_trail",
    "checks",
    "count_checks",
    "definitions_by_code",
    "keys_of",
    "leaf_categories",
    "leaf_category",
    "lock_product",
    "own_product",
    "product_counts",
    "product_page",
    "product_rows",
    "product_to_check",
    "same_items",
    "stock_of_product",
    "variants_for_lines",
    "version_content",
]
