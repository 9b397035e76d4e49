"""The blueprint that the modules of this door share, and how each of them acts."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint

from marketplace.core import once
from marketplace.core.audit import Viewer
from marketplace.core.db import transaction
from marketplace.core.errors import Unauthenticated
from marketplace.core.web import current_viewer, once_key

bp = Blueprint("orders", __name__)


def reader() -> Viewer:
    """The viewer of a route that is not public. Raises: Unauthenticated."""
    viewer = current_viewer()
    if viewer is None:
        raise Unauthenticated
    return viewer


def act_once(act: str, content: dict[str, Any], service: Callable[[], object]) -> None:
    """One act in one transaction; the same form sent again is the same act (decisions.md 8)."""
    scope, key = f"orders.{act}:{reader().company_id}", once_key()
    with transaction():
        if once.claim(scope, key, content) is None:
            service()
            once.answer(scope, key, content)
