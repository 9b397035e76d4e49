"""The door of this room: it notices which product pages are opened, and writes the counts when the answer is already on its way.

A page costs one addition in memory. What a process has counted is written at most every few seconds, after an answer has been sent, in a
transaction of its own; a killed process loses those seconds and no more. Nothing about the reader is kept.
"""

import atexit
from collections import Counter
from datetime import date
from threading import Lock
from time import monotonic
from uuid import UUID

import structlog
from flask import Blueprint, Flask, Response, current_app
from sqlalchemy.exc import DBAPIError

from marketplace.core import clock
from marketplace.core.context import this_request
from marketplace.core.db import transaction
from marketplace.core.robots import is_robot
from marketplace.core.web import current_viewer
from marketplace.quality import services

log = structlog.get_logger()
bp = Blueprint("quality", __name__)
blueprints = [bp]

WRITE_EVERY_SECONDS = 5.0
PRODUCT_PAGE = "catalogue.show_product"
CODE_CHARS = 6


class ViewCounter:
    """What this process has counted since it last wrote."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._counted: Counter[tuple[str, date, UUID | None]] = Counter()
        self._written_at = monotonic()

    def add(self, code: str, day: date, reader: UUID | None) -> bool:
        """Count one look; True when it is time to write."""
        with self._lock:
            self._counted[code, day, reader] += 1
            return monotonic() - self._written_at >= WRITE_EVERY_SECONDS

    def take(self) -> Counter[tuple[str, date, UUID | None]]:
        """Everything counted so far; the counter begins again."""
        with self._lock:
            taken, self._counted, self._written_at = self._counted, Counter(), monotonic()
            return taken


counter = ViewCounter()


def write_views(app: Flask) -> None:
    """Write what was counted, in a transaction of its own. When the database is away the counts of these seconds are lost, and said."""
    counted = counter.take()
    if not counted:
        return
    try:
        with app.app_context(), transaction():
            services.add_views(counted)
    except DBAPIError as error:
        log.warning("views_lost", views=counted.total(), error=type(error).__name__)


@bp.after_app_request
def _count(response: Response) -> Response:
    asked = this_request().request
    if asked.endpoint != PRODUCT_PAGE or asked.method != "GET" or response.status_code != 200:
        return response
    viewer = current_viewer()
    if is_robot() or (viewer is not None and viewer.is_staff):
        return response
    code = str((asked.view_args or {}).get("slug", ""))[-CODE_CHARS:]
    is_time = counter.add(code, clock.now().date(), viewer.company_id if viewer is not None and viewer.is_vendor else None)
    if is_time and not current_app.testing:  # tests write by hand, so that none of them depends on how long the others took
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - outlives the request
        response.call_on_close(lambda: write_views(app))
    return response


@bp.record_once
def _write_at_the_end(state: object) -> None:
    app: Flask = state.app  # type: ignore[attr-defined]
    if not app.testing:
        atexit.register(write_views, app)
