"""The door of pricing: price lists and segments in the portal, the operator's tables at the desk."""

from marketplace.pricing.views import buyers, desk, lists, preview, prices, segments
from marketplace.pricing.views.blueprint import bp

blueprints = [bp]

__all__ = ["blueprints", "buyers", "desk", "lists", "preview", "prices", "segments"]
