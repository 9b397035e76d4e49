"""The blueprint that the pages of this room share, and the filters by which any page shows a listing's drawing and a variant's label."""

from flask import Blueprint

from marketplace.catalogue import titles
from marketplace.catalogue.drawings import drawing_url

bp = Blueprint("catalogue", __name__)


@bp.app_template_filter("drawing")
def drawing(key: str | None, width: int = 160) -> str:
    """The address of what stands for a listing: `{{ line.drawing|drawing }}`, a larger photo by `|drawing(480)`."""
    return drawing_url(key, width)


@bp.app_template_filter("beside")
def beside(label: str | None, title: str) -> str:
    """What a variant's label adds to its title: `{{ line.label|beside(line.title|text) }}`."""
    return titles.beside(label, title)
