"""The blueprint of this room, and the signed-in person of its pages."""

from flask import Blueprint

from marketplace.core.audit import Viewer
from marketplace.core.errors import Unauthenticated
from marketplace.core.web import current_viewer

bp = Blueprint("vendors", __name__)


def the_viewer() -> Viewer:
    """The signed-in person. Raises: Unauthenticated."""
    viewer = current_viewer()
    if viewer is None:
        raise Unauthenticated
    return viewer
