"""What a reader has ticked to compare: a cookie of its own, which the script of a result page writes at once (docs/decisions/0042)."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import Response, request

from marketplace.core import policy
from marketplace.core.ids import parse_id
from search.views.blueprint import bp

COOKIE = "compare"
"""Ids with a dot between them, as `app.js` reads and writes them."""
MOST = 50
"""Variants that are kept, those that wait for a place included."""
DAYS = 30


@dataclass(frozen=True, slots=True)
class Ticks:
    """What is ticked, how many of it stand side by side, and how many can be kept."""

    kept: tuple[UUID, ...]
    limit: int
    most: int


@bp.app_template_global()
def ticks_to_compare() -> Ticks:
    """What a list of results and its tray are drawn with."""
    return Ticks(kept_ticks(), policy.current().compare_limit, MOST)


def kept_ticks() -> tuple[UUID, ...]:
    """The variants that this browser keeps, the first ticked first. A cookie is anybody's text: what is no id is not there."""
    found = (parse_id(each) for each in request.cookies.get(COOKIE, "").split(".")[:MOST])
    return tuple(dict.fromkeys(each for each in found if each is not None))


def keep_ticks(response: Response, variant_ids: Sequence[UUID]) -> Response:
    """Let an answer carry what is kept from now on, where that is something else than before."""
    if tuple(variant_ids) != kept_ticks():
        written = ".".join(map(str, variant_ids))
        response.set_cookie(COOKIE, written, max_age=DAYS * 86_400 if written else 0, samesite="Lax", secure=request.is_secure)
    return response
