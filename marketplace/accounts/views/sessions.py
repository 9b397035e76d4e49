"""Where a person is signed in, and how a session is ended from elsewhere."""

from flask import flash, render_template
from werkzeug.wrappers import Response

from marketplace.accounts import queries, services
from marketplace.accounts.views.blueprint import bp, forget
from marketplace.core.acting import viewer_here
from marketplace.core.db import transaction
from marketplace.core.i18n import gettext
from marketplace.core.web import current_actor, path_id, see_other, signed_in


@bp.get("/settings/sessions")
@signed_in
def list_sessions() -> str:
    """Every open session: device, network, when it was last used."""
    viewer = viewer_here()
    return render_template("accounts/list_sessions.html", sessions=queries.sessions_of(viewer.person_id), session_id=viewer.session_id)


@bp.post("/settings/sessions/<session_id>/end")
@signed_in
def end_session(session_id: str) -> Response:
    """End one session; it stops at its next request."""
    wanted = path_id(session_id)
    with transaction():
        services.end_session(wanted, actor=current_actor())
    if wanted == viewer_here().session_id:
        forget()
        return see_other("accounts.log_in")
    flash(gettext("Ended."), "done")
    return see_other("accounts.list_sessions")


@bp.post("/settings/sessions/end-others")
@signed_in
def end_other_sessions() -> Response:
    """End all sessions but this one."""
    with transaction():
        services.end_other_sessions(viewer_here().session_id, actor=current_actor())
    flash(gettext("Ended. Only this session is open."), "done")
    return see_other("accounts.list_sessions")
