"""The door's blueprint, and what happens to every request of somebody who is signed in."""

from dataclasses import replace
from uuid import UUID

from flask import Blueprint, current_app, g, redirect, request, session, url_for
from flask.sansio.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response

from marketplace.accounts import queries, services
from marketplace.accounts.errors import AddressNotConfirmed
from marketplace.core import i18n
from marketplace.core.audit import Viewer
from marketplace.core.context import this_request
from marketplace.core.db import transaction
from marketplace.core.money import CURRENCIES
from marketplace.core.web import UNSEEN, current_viewer

bp = Blueprint("accounts", __name__)
KEPT = ("lang", "quantity", "ship_to")
"""What a visitor has chosen stays when the session changes hands."""


def remember(token: str) -> None:
    """Put a session's secret into the cookie, and nothing of the session before it but the visitor's choices."""
    kept = {key: session[key] for key in KEPT if key in session}
    session.clear()
    session.update(kept)
    session["_user_id"] = token
    session["_fresh"] = True


def forget() -> None:
    """Take the secret out of the cookie."""
    kept = {key: session[key] for key in KEPT if key in session}
    session.clear()
    session.update(kept)


@bp.record_once
def _offer_choices(state: BlueprintSetupState) -> None:
    """Lists that forms offer. Globals, since macros do not see what a page's context holds."""
    state.app.jinja_env.globals.update(
        country_options=i18n.countries,
        language_options=lambda: list(i18n.LOCALES.items()),
        currency_options=lambda: [(code, code) for code in CURRENCIES],
    )


@bp.before_app_request
def look_after_session() -> Response | None:
    """Note that the session is in use, change its secret when its rights have changed, and wait for a confirmed address."""
    endpoint = this_request().request.endpoint
    viewer = None if endpoint in UNSEEN or endpoint in (None, "static") else current_viewer()
    if viewer is None:
        return None
    if viewer.wants_care:
        _care_for(viewer.session_id)
    _ship_where_chosen(viewer)
    return None if viewer.email_confirmed else _wait_for_confirmation(viewer)


def _care_for(session_id: UUID) -> None:
    care = queries.session_care(session_id)
    if care.is_to_rotate:
        with transaction():
            session["_user_id"] = services.rotate_session(session_id)
    elif care.is_to_touch:
        with transaction():
            services.touch_session(session_id)


def _ship_where_chosen(viewer: Viewer) -> None:
    country = session.get("ship_to") or viewer.ship_to_country
    if country and (country != viewer.ship_to_country or (viewer.is_buyer and not viewer.ship_to_label)):
        # What Flask-Login keeps for this request; templates read the place from it.
        g._login_user = replace(viewer, ship_to_country=country, ship_to_label=i18n.country(country))  # noqa: SLF001


def _wait_for_confirmation(viewer: Viewer) -> Response | None:
    needed = getattr(current_app.view_functions.get(request.endpoint or ""), "permissions", ())
    if needed in (("public",), ("signed_in",)) or any(viewer.can(permission) for permission in needed):
        return None
    if request.method != "POST":
        return redirect(url_for("accounts.show_unconfirmed"), 303)
    raise AddressNotConfirmed
