"""The blueprint that the pages of this room share, and the filter by which any page shows a listing's photo or drawing."""

from flask import Blueprint

from marketplace.catalogue.drawings import drawing_url

bp = Blueprint("catalogue", __name__)


@bp.app_template_filter("drawing")
def drawing(key: str | None, width: int = 160) -> str:
    """The address of what stands for a listing: `{{ line.drawing|drawing }}`, a larger photo by `|drawing(480)`."""
    return drawing_url(key, width)
