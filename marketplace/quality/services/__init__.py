"""Writes of this room: counted views, and appeals of vendors against decisions about them."""

from marketplace.quality.services.appeals import assign_appeal, file_appeal, grant_appeal, uphold_appeal, withdraw_appeal
from marketplace.quality.services.views import add_views

__all__ = ["add_views", "assign_appeal", "file_appeal", "grant_appeal", "uphold_appeal", "withdraw_appeal"]
