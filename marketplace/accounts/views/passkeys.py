"""The passkeys of a person: made on a device, named, removed."""

from flask import flash, render_template, request
from werkzeug.wrappers import Response

from marketplace.accounts import passkeys, queries, services
from marketplace.accounts.devices import device_name
from marketplace.accounts.errors import PasskeyRefused, TooManyPasskeys
from marketplace.accounts.schemas import NameInput, NewPasskeyInput
from marketplace.accounts.views.blueprint import bp
from marketplace.accounts.views.proof import new_challenge, site, spend_challenge, take_challenge
from marketplace.core.acting import Page, viewer_here
from marketplace.core.db import transaction
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext
from marketplace.core.web import current_actor, path_id, see_other, signed_in, steps_up


@bp.route("/settings/passkeys/new", methods=["GET", "POST"])
@signed_in
@steps_up
def add_passkey() -> Page:
    """Make a passkey on this device, or on one that the browser reaches."""
    if request.method != "POST":
        return _page(Form(NewPasskeyInput, initial={"name": device_name(request.user_agent.string)}))
    form = Form(NewPasskeyInput, request.form)
    if not form.is_valid():
        return _page(form), 422
    try:
        challenge = take_challenge("new_passkey")
        made = passkeys.made_passkey(site(), challenge, form.data.passkey)
        with transaction():
            spend_challenge(challenge)
            services.add_passkey(viewer_here().person_id, made, name=form.data.name, actor=current_actor())
    except (PasskeyRefused, TooManyPasskeys) as refusal:
        form.add_error("form", gettext(refusal.text))
        return _page(form), refusal.status
    flash(gettext("The passkey %(name)s opens your account from now on.", name=form.data.name), "done")
    return see_other("accounts.show_security")


def _page(form: Form[NewPasskeyInput]) -> str:
    viewer = viewer_here()
    if "passkey" in form.messages:
        form.add_error("form", gettext("Nothing came from the device. Press the button and follow the browser."))
        del form.messages["passkey"]
    known = [passkey.credential_id for passkey in queries.passkeys_of(viewer.person_id)]
    options = passkeys.creation_options(
        site(), new_challenge("new_passkey"), person_id=viewer.person_id, email=viewer.email, name=viewer.person_name, known=known
    )
    return render_template("accounts/add_passkey.html", form=form, passkey_options=options, passkey_origin=site().origins[0])


@bp.route("/settings/passkeys/<passkey_id>", methods=["GET", "POST"])
@signed_in
def rename_passkey(passkey_id: str) -> Page:
    """Call a passkey by another name."""
    person_id = viewer_here().person_id
    passkey = queries.passkey_of(path_id(passkey_id), person_id=person_id)
    name = passkey.name
    form = Form(NameInput, request.form if request.method == "POST" else None, initial={"name": name})
    if request.method != "POST" or not form.is_valid():
        page = render_template("accounts/rename_passkey.html", form=form, passkey_id=passkey.id, name=name)
        return page, 422 if request.method == "POST" else 200
    with transaction():
        services.rename_passkey(passkey.id, form.data.name, person_id=person_id)
    flash(gettext("Saved."), "done")
    return see_other("accounts.show_security")


@bp.post("/settings/passkeys/<passkey_id>/remove")
@signed_in
@steps_up
def remove_passkey(passkey_id: str) -> Response:
    """The passkey opens nothing any more."""
    with transaction():
        services.remove_passkey(path_id(passkey_id), person_id=viewer_here().person_id, actor=current_actor())
    flash(gettext("Removed. Delete it on the device, too: it opens nothing any more."), "done")
    return see_other("accounts.show_security")
