"""For doors: what they answer, who acts, and one act of a form once (decisions.md 8)."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import request
from werkzeug.wrappers import Response

from marketplace.core import once
from marketplace.core.audit import Viewer
from marketplace.core.db import transaction
from marketplace.core.errors import Unauthenticated
from marketplace.core.web import current_viewer, once_key

Page = str | Response | tuple[str, int] | tuple[str, int, dict[str, str]]
"""What a view answers: a page, with its status where that is not 200 and headers of its own, or a redirect or a file."""


def viewer_here() -> Viewer:
    """The signed-in reader of a route that is not public. Raises: Unauthenticated."""
    viewer = current_viewer()
    if viewer is None:
        raise Unauthenticated
    return viewer


def act_once(name: str, content: Mapping[str, Any], act: Callable[[], object]) -> None:
    """One act of a form, all or nothing; the same form sent again by the same person changes nothing.

    `name` is the act's within its room. Raises: Unauthenticated, UsedOtherwise, and whatever `act` raises.
    """

    def unanswered() -> Mapping[str, Any]:
        act()
        return {}

    answer_once(name, content, unanswered)


def answer_once(name: str, content: Mapping[str, Any], act: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
    """The same for an act whose page needs what came of it: a form that is sent again gets the first answer.

    `act` answers what JSON can hold. Raises: as `act_once`.
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
