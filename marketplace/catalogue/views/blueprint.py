"""The blueprint that the pages of this room share, and the filter by which any page shows a listing's photo or drawing."""

from flask import Blueprint, url_for

from marketplace.catalogue.drawings import drawing_file, picture_of
from marketplace.core.web import static_url

bp = Blueprint("catalogue", __name__)


@bp.app_template_filter("drawing")
def drawing(key: str | None, width: int = 160) -> str:
    """The address of what stands for a listing: `{{ line.drawing|drawing }}`, a larger photo by `|drawing(480)`."""
    picture_id = picture_of(key)
    return url_for("catalogue.show_photo", picture_id=picture_id, width=width) if picture_id else static_url(drawing_file(key))
