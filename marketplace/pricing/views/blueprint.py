"""The blueprint that the pages of this room share, who asks, and acts that count once."""

from collections.abc import Callable, Mapping
from uuid import UUID

from flask import Blueprint

from marketplace.core import once
from marketplace.core.db import transaction
from marketplace.core.errors import Unauthenticated
from marketplace.core.web import current_viewer, once_key

bp = Blueprint("pricing", __name__)
Page = str | tuple[str, int]


def vendor_id() -> UUID:
    """The company that acts: its own price lists are meant. Raises: Unauthenticated."""
    viewer = current_viewer()
    if viewer is None:
        raise Unauthenticated
    return viewer.company_id


def act_once(name: str, content: Mapping[str, object], act: Callable[[], str | None]) -> str | None:
    """Do an act of a form exactly once; the same form sent again gets the first answer, such as the id of what was made."""
    scope, key = f"pricing.{name}:{vendor_id()}", once_key()
    with transaction():
        answer = once.claim(scope, key, {field: str(value) for field, value in content.items()})
        if answer is None:
            answer = {"made": act()}
            once.answer(scope, key, answer)
    made = answer.get("made")
    return str(made) if made is not None else None
