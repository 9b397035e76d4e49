"""The blueprint that the modules of this door share, and how each of them acts."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, make_response, request
from werkzeug.wrappers import Response

from marketplace.core import once
from marketplace.core.audit import Viewer
from marketplace.core.db import transaction
from marketplace.core.errors import Unauthenticated
from marketplace.core.sheets import write_csv
from marketplace.core.web import current_viewer, once_key

bp = Blueprint("orders", __name__)


def reader() -> Viewer:
    """The viewer of a route that is not public. Raises: Unauthenticated."""
    viewer = current_viewer()
    if viewer is None:
        raise Unauthenticated
    return viewer


def search_words() -> str:
    """What the reader looks for in a list: at most 100 characters that the database can hold."""
    return request.args.get("q", "").strip()[:100].replace("\0", "").encode("utf-8", "ignore").decode()


def act_once(act: str, content: dict[str, Any], service: Callable[[], object]) -> None:
    """One act in one transaction; the same form sent again is the same act (decisions.md 8)."""
    scope, key = f"orders.{act}:{reader().company_id}", once_key()
    with transaction():
        if once.claim(scope, key, content) is None:
            service()
            once.answer(scope, key, content)


def csv_file(name: str, head: list[str], rows: list[list[object]]) -> Response:
    """A table as a download."""
    response = make_response(write_csv(head, rows))
    response.mimetype = "text/csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
