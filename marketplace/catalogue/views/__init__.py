"""Pages of the catalogue: a product for its buyers, listings for their vendor, checks and the category tree for the desk."""

from marketplace.catalogue.views import (
    bulk,
    categories,
    category_attributes,
    desk,
    documents,
    exports,
    imports,
    pictures,
    portal,
    product,
    states,
    stock,
    versions,
)
from marketplace.catalogue.views.blueprint import bp

blueprints = [bp]

__all__ = [
    "blueprints",
    "bulk",
    "categories",
    "category_attributes",
    "desk",
    "documents",
    "exports",
    "imports",
    "pictures",
    "portal",
    "product",
    "states",
    "stock",
    "versions",
]
