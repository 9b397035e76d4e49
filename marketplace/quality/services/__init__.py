"""Writes of this room: counted views, and appeals of vendors against decisions about them."""

from marketplace.quality.services.appeals import assign_appeal, file_appeal, grant_appeal, uphold_appeal, withdraw_appeal
from marketplace.quality.services.papers import drop_unused_papers, keep_papers
from marketplace.quality.services.views import add_views

__all__ = [
    "add_views",
    "assign_appeal",
    "drop_unused_papers",
    "file_appeal",
    "grant_appeal",
    "keep_papers",
    "uphold_appeal",
    "withdraw_appeal",
]
