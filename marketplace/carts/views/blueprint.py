"""What the pages of the buyer's tools share: their blueprint, and where the goods go."""

from flask import Blueprint

from marketplace.core import policy
from marketplace.core.audit import Viewer

bp = Blueprint("carts", __name__)


def ship_to_of(viewer: Viewer) -> str:
    """The country that the reader buys for."""
    return viewer.ship_to_country or policy.current().platform_country
