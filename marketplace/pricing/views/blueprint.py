"""The blueprint that the pages of this room share, and who asks."""

from uuid import UUID

from flask import Blueprint

from marketplace.core.acting import viewer_here

bp = Blueprint("pricing", __name__)


def vendor_id() -> UUID:
    """The company that acts: its own price lists are meant. Raises: Unauthenticated."""
    return viewer_here().company_id
