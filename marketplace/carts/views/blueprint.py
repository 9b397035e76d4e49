"""What the pages of the buyer's tools share: who reads, where the goods go, and one act once."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint
from werkzeug.wrappers import Response

from marketplace.core import once, policy
from marketplace.core.audit import Viewer
from marketplace.core.db import transaction
from marketplace.core.errors import Unauthenticated
from marketplace.core.web import current_viewer, once_key

bp = Blueprint("carts", __name__)
Page = str | tuple[str, int] | Response


def reader() -> Viewer:
    """The signed-in reader. Raises: Unauthenticated."""
    viewer = current_viewer()
    if viewer is None:
        raise Unauthenticated
    return viewer


def ship_to_of(viewer: Viewer) -> str:
    """The country that the reader buys for."""
    return viewer.ship_to_country or policy.current().platform_country


def act_once(name: str, content: Mapping[str, Any], act: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
    """One act of a form, all or nothing; the same form sent again gets the first answer and changes nothing."""
    viewer = reader()
    scope, key = f"carts.{name}:{viewer.company_id}:{viewer.person_id}", once_key()
    with transaction():
        answered = once.claim(scope, key, dict(content))
        if answered is not None:
            return answered
        answer = act()
        once.answer(scope, key, dict(answer))
    return answer
