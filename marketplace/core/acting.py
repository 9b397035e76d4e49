"""For doors: who acts, and one act of a form once (decisions.md 8)."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import request

from marketplace.core import once
from marketplace.core.audit import Viewer
from marketplace.core.db import transaction
from marketplace.core.errors import Unauthenticated
from marketplace.core.web import current_viewer, once_key


def viewer_here() -> Viewer:
    """The signed-in reader. Raises: Unauthenticated."""
    viewer = current_viewer()
    if viewer is None:
        raise Unauthenticated
    return viewer


def act_once(name: str, content: Mapping[str, Any], act: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
    """One act of a form, all or nothing; the same form sent again by the same person gets the first answer and changes nothing.

    `name` is the act's within its room. Raises: Unauthenticated, UsedOtherwise, and whatever `act` raises.
    """
    viewer = viewer_here()
    scope, key = f"{request.blueprint}.{name}:{viewer.company_id}:{viewer.person_id}", once_key()
    with transaction():
        answered = once.claim(scope, key, dict(content))
        if answered is not None:
            return answered
        answer = act()
        once.answer(scope, key, dict(answer))
    return answer
