"""Pages of the catalogue: a product for its buyers, listings for their vendor, checks for the desk."""

from marketplace.catalogue.views import bulk, desk, documents, exports, imports, pictures, portal, product, states, stock, versions
from marketplace.catalogue.views.blueprint import bp

blueprints = [bp]

__all__ = ["blueprints", "bulk", "desk", "documents", "exports", "imports", "pictures", "portal", "product", "states", "stock", "versions"]
