"""The door of this room."""

from vendors.views import applications, desk, portal, public
from vendors.views.common import bp

__all__ = ["applications", "blueprints", "desk", "portal", "public"]

blueprints = [bp]
