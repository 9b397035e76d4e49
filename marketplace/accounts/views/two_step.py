"""The second factor of a person: turned on by a code of the app, codes for a sheet of paper, turned off."""

from flask import Response, flash, render_template, request, session

from marketplace.accounts import queries, services, totp
from marketplace.accounts.errors import TooManyTries, WrongCode
from marketplace.accounts.schemas import AppCodeInput
from marketplace.accounts.views.blueprint import bp
from marketplace.accounts.views.entry import WAIT
from marketplace.accounts.views.proof import secret_key
from marketplace.core import clock
from marketplace.core.acting import Page, viewer_here
from marketplace.core.db import transaction
from marketplace.core.errors import NotFound
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext
from marketplace.core.ids import token_hash
from marketplace.core.web import current_actor, network, see_other, signed_in, steps_up

SETUP = "app_setup"
"""Where the session keeps the sealed secret while the app is set up: a page that is loaded again shows the same picture."""


def _setup_secret() -> str | None:
    seal = session.get(SETUP)
    return totp.opened_setup(seal, secret_key=secret_key(), person_id=viewer_here().person_id) if isinstance(seal, str) else None


@bp.route("/settings/two-step", methods=["GET", "POST"])
@signed_in
@steps_up
def set_up_app() -> Page:
    """Take up an app; the code that it shows proves that it holds the secret. Answers with the codes for paper, once."""
    secret = _setup_secret()
    if request.method != "POST":
        if secret is None:
            secret = totp.new_secret()
            session[SETUP] = totp.sealed(secret, secret_key=secret_key(), person_id=viewer_here().person_id)
        return _page(Form(AppCodeInput), secret)
    if secret is None:
        flash(gettext("The picture was open for too long, or the app is set up already. Look here how it stands."), "need")
        return see_other("accounts.show_security")
    form = Form(AppCodeInput, request.form)
    if not form.is_valid():
        return _page(form, secret), 422
    viewer, codes = viewer_here(), totp.new_recovery_codes()
    step = totp.matching_step(secret, form.data.code, clock.now())
    try:
        with transaction():
            services.admit_code(viewer.person_id, network=network())
        if step is None:
            raise WrongCode
        with transaction():
            services.turn_on_app(
                viewer.person_id,
                sealed_secret=totp.sealed(secret, secret_key=secret_key(), person_id=viewer.person_id),
                step=step,
                code_hashes=[token_hash(totp.plain(code)) for code in codes],
                actor=current_actor(),
            )
            services.forgive(viewer.email, person_id=viewer.person_id, network=network())
    except TooManyTries as refusal:
        form.add_error("code", gettext(refusal.text))
        return _page(form, secret), 429, WAIT
    except WrongCode:
        form.add_error("code", gettext("This is not the code that the app shows now. Check that the clock of the device is right."))
        return _page(form, secret), 422
    session.pop(SETUP, None)
    return _sheet(codes)


def _page(form: Form[AppCodeInput], secret: str) -> str:
    is_on = queries.ways_of(viewer_here().person_id).has_app
    return render_template("accounts/set_up_app.html", form=form, secret=totp.grouped(secret), is_on=is_on)


def _sheet(codes: list[str]) -> str:
    return render_template("accounts/show_recovery_codes.html", codes=codes, made_at=clock.now())


@bp.get("/settings/two-step/picture.svg")
@signed_in
@steps_up
def show_app_picture() -> Response:
    """The secret that is being set up, for the camera of the app."""
    secret = _setup_secret()
    if secret is None:
        raise NotFound
    return Response(totp.picture(totp.setup_address(secret, viewer_here().email)), mimetype="image/svg+xml")


@bp.post("/settings/two-step/off")
@signed_in
@steps_up
def turn_off_app() -> Page:
    """The password alone opens the account again."""
    with transaction():
        services.turn_off_app(viewer_here().person_id, actor=current_actor())
    flash(gettext("The second step is off. The password alone opens your account."), "need")
    return see_other("accounts.show_security")


@bp.post("/settings/two-step/codes")
@signed_in
@steps_up
def renew_recovery_codes() -> Page:
    """Another sheet of codes; the earlier one is dead. Shown once."""
    viewer = viewer_here()
    if not queries.ways_of(viewer.person_id).has_app:
        flash(gettext("Turn the second step on first: its codes come with it."), "need")
        return see_other("accounts.show_security")
    codes = totp.new_recovery_codes()
    with transaction():
        services.renew_recovery_codes(viewer.person_id, [token_hash(totp.plain(code)) for code in codes], actor=current_actor())
    return _sheet(codes)
