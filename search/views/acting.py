"""What the forms of this room share: who acts, and one act once."""

from collections.abc import Callable, Mapping
from typing import Any

from werkzeug.wrappers import Response

from marketplace.core import once
from marketplace.core.audit import Viewer
from marketplace.core.db import transaction
from marketplace.core.errors import Unauthenticated
from marketplace.core.web import current_viewer, once_key

Page = str | tuple[str, int] | Response


def viewer_here() -> Viewer:
    """The signed-in reader. Raises: Unauthenticated."""
    viewer = current_viewer()
    if viewer is None:
        raise Unauthenticated
    return viewer


def act_once(name: str, content: Mapping[str, Any], act: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
    """One act of a form, all or nothing; the same form sent again gets the first answer and changes nothing."""
    viewer = viewer_here()
    scope, key = f"search.{name}:{viewer.company_id}:{viewer.person_id}", once_key()
    with transaction():
        answered = once.claim(scope, key, dict(content))
        if answered is not None:
            return answered
        answer = act()
        once.answer(scope, key, dict(answer))
    return answer
