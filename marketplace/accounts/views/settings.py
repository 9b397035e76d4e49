"""What a person sets for themselves, and where they are signed in."""

from zoneinfo import available_timezones

from flask import flash, render_template, request, session

from marketplace.accounts import queries, services
from marketplace.accounts.errors import TooManyTries, WrongPassword
from marketplace.accounts.passwords import hash_password
from marketplace.accounts.schemas import ChangePasswordInput, PersonInput
from marketplace.accounts.views.blueprint import bp
from marketplace.accounts.views.members import words
from marketplace.accounts.views.proof import prove_by_password
from marketplace.core.acting import Page, viewer_here
from marketplace.core.db import transaction
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext
from marketplace.core.web import current_actor, network, see_other, signed_in


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
def show_settings() -> Page:
    """Name, language, time zone; and the companies that one belongs to."""
    viewer = viewer_here()
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
    viewer = viewer_here()
    seats = queries.seats_of(viewer.person_id)
    return render_template("accounts/show_settings.html", form=form, zones=zone_options(), seats=[(s, words(s.roles)) for s in seats])


@bp.get("/settings/security")
@signed_in
def show_security() -> str:
    """What one signs in with: address, password, second step, passkeys."""
    person_id = viewer_here().person_id
    return render_template(
        "accounts/show_security.html",
        ways=queries.ways_of(person_id),
        passkeys=queries.passkeys_of(person_id),
        app=queries.find_totp(person_id),
    )


@bp.route("/settings/password", methods=["GET", "POST"])
@signed_in
def change_password() -> Page:
    """Set another password; the present one is asked for."""
    viewer = viewer_here()
    form = Form(ChangePasswordInput, request.form if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return render_template("accounts/change_password.html", form=form), 422 if request.method == "POST" else 200
    try:
        prove_by_password(viewer.person_id, viewer.email, form.data.own_password)
    except TooManyTries as refusal:
        form.add_error("own_password", gettext(refusal.text))
        return render_template("accounts/change_password.html", form=form), 429
    except WrongPassword:
        form.add_error("own_password", gettext("This is not your password."))
        return render_template("accounts/change_password.html", form=form), 422
    password_hash = hash_password(form.data.password)
    with transaction():
        services.change_password(viewer.person_id, password_hash, session_id=viewer.session_id, actor=current_actor())
        services.forgive(viewer.email, person_id=viewer.person_id, network=network())
    flash(gettext("The new password is set. Your other sessions have ended."), "done")
    return see_other("accounts.show_security")
