"""The door of this room."""

from marketplace.accounts.views import company, entry, files, invitations, members, settings
from marketplace.accounts.views.blueprint import bp

__all__ = ["blueprints", "company", "entry", "files", "invitations", "members", "settings"]

blueprints = [bp]
