"""The blueprint that the pages of this room share, and the filter by which any page shows a listing's drawing."""

from flask import Blueprint

from marketplace.catalogue.drawings import drawing_file
from marketplace.core.web import static_url

bp = Blueprint("catalogue", __name__)


@bp.app_template_filter("drawing")
def drawing(name: str | None) -> str:
    """The address of a listing's drawing: `{{ product.drawing|drawing }}`."""
    return static_url(drawing_file(name))
