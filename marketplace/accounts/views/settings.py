"""What a person sets for themselves, and where they are signed in."""

from zoneinfo import available_timezones

from flask import flash, render_template, request, session
from werkzeug.wrappers import Response

from marketplace.accounts import queries, services
from marketplace.accounts.errors import TooManyTries
from marketplace.accounts.passwords import hash_password
from marketplace.accounts.schemas import ChangePasswordInput, PersonInput
from marketplace.accounts.views.blueprint import bp, forget
from marketplace.accounts.views.entry import Answer
from marketplace.accounts.views.members import the_viewer
from marketplace.accounts.views.step_up import is_own_password
from marketplace.core.db import transaction
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext
from marketplace.core.web import current_actor, path_id, see_other, signed_in


def zone_options() -> list[tuple[str, list[tuple[str, str]]]]:
    """All zones, grouped by the part of the world that their name begins with."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for name in sorted(available_timezones()):
        area, _, place = name.partition("/")
        if place and area not in ("Etc", "SystemV", "US", "posix", "right"):
            groups.setdefault(area, []).append((name, place.replace("_", " ")))
    return [("UTC", [("UTC", "UTC")]), *groups.items()]


@bp.route("/settings", methods=["GET", "POST"])
@signed_in
def show_settings() -> Answer:
    """Name, language, time zone; and the open sessions."""
    viewer = the_viewer()
    if request.method != "POST":
        initial = {"name": viewer.person_name, "language": viewer.locale, "time_zone": viewer.time_zone}
        return _settings(Form(PersonInput, initial=initial))
    form = Form(PersonInput, request.form)
    if not form.is_valid():
        return _settings(form), 422
    with transaction():
        services.edit_person(viewer.person_id, **form.data.model_dump(), actor=current_actor())
    # The language that was chosen here wins over one that was chosen on a page before.
    session.pop("lang", None)
    flash(gettext("Saved."), "done")
    return see_other("accounts.show_settings")


def _settings(form: Form[PersonInput]) -> str:
    viewer = the_viewer()
    return render_template(
        "accounts/show_settings.html",
        form=form,
        zones=zone_options(),
        sessions=queries.sessions_of(viewer.person_id),
        session_id=viewer.session_id,
    )


@bp.route("/settings/password", methods=["GET", "POST"])
@signed_in
def change_password() -> Answer:
    """Set another password; the present one is asked for."""
    viewer = the_viewer()
    form = Form(ChangePasswordInput, request.form if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return render_template("accounts/change_password.html", form=form), 422 if request.method == "POST" else 200
    try:
        is_right = is_own_password(form.data.own_password)
    except TooManyTries as refusal:
        form.add_error("own_password", gettext(refusal.text))
        return render_template("accounts/change_password.html", form=form), 429
    if not is_right:
        form.add_error("own_password", gettext("This is not your password."))
        return render_template("accounts/change_password.html", form=form), 422
    password_hash = hash_password(form.data.password)
    with transaction():
        services.change_password(viewer.person_id, password_hash, session_id=viewer.session_id, actor=current_actor())
    flash(gettext("The new password is set. Your other sessions have ended."), "done")
    return see_other("accounts.show_settings")


@bp.post("/settings/sessions/<session_id>/end")
@signed_in
def end_session(session_id: str) -> Response:
    """End one session; it stops at its next request."""
    wanted = path_id(session_id)
    with transaction():
        services.end_session(wanted, actor=current_actor())
    if wanted == the_viewer().session_id:
        forget()
        return see_other("accounts.log_in")
    flash(gettext("Ended."), "done")
    return see_other("accounts.show_settings")


@bp.post("/settings/sessions/end-others")
@signed_in
def end_other_sessions() -> Response:
    """End all sessions but this one."""
    with transaction():
        services.end_other_sessions(the_viewer().session_id, actor=current_actor())
    flash(gettext("Ended. Only this session is open."), "done")
    return see_other("accounts.show_settings")
