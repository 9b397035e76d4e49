"""Pages of the catalogue: a product for its buyers, listings for their vendor, checks for the desk."""

from marketplace.catalogue.views import desk, portal, product, states
from marketplace.catalogue.views.blueprint import bp

blueprints = [bp]

__all__ = ["blueprints", "desk", "portal", "product", "states"]
