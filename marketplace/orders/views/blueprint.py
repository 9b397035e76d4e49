"""The blueprint that the modules of this door share."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint

from marketplace.orders import wording

bp = Blueprint("orders", __name__)


@bp.app_template_filter("driver_words")
def driver_words(place: Mapping[str, Any]) -> list[str]:
    """What a carrier must know of the address of a purchase, for any page that shows it."""
    return wording.driver_words(place)
