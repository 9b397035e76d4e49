"""Acts about roles and the like ask for the password when it was given more than 10 minutes ago (robustness.md 14)."""

from typing import Any

from marketplace.accounts import queries, services
from marketplace.accounts.errors import TooManyTries
from marketplace.accounts.passwords import is_right
from marketplace.core.db import outside, transaction
from marketplace.core.errors import Unauthenticated
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext
from marketplace.core.web import current_viewer, network


def asks_password() -> bool:
    """Whether the form must hold the field `own_password`."""
    viewer = current_viewer()
    return viewer is not None and not queries.session_care(viewer.session_id).is_fresh


def is_own_password(password: str) -> bool:
    """Whether it is the password of the one who is signed in. Raises: TooManyTries."""
    viewer = current_viewer()
    if viewer is None:
        raise Unauthenticated
    with transaction():
        services.admit_log_in(viewer.email, network=network())
    credentials = queries.find_credentials(viewer.email)
    outside()
    if credentials is None or not is_right(password, credentials.password_hash):
        return False
    with transaction():
        services.confirm_session(viewer.session_id, email=viewer.email, network=network())
    return True


def is_stepped_up(form: Form[Any]) -> bool:
    """Whether the act may go on: the password is fresh, or the form holds the right one; else the form says what is missing."""
    if not asks_password():
        return True
    if not form.data.own_password:
        form.add_error("own_password", gettext("Type your password: you gave it more than 10 minutes ago."))
        return False
    try:
        if is_own_password(form.data.own_password):
            return True
        form.add_error("own_password", gettext("This is not your password."))
    except TooManyTries as refusal:
        form.add_error("own_password", gettext(refusal.text))
    return False
