"""The log-in's second step for those whose second factor is on, and the log-in by passkey, which needs no password."""

from uuid import UUID

from flask import render_template, request, session

from marketplace.accounts import passkeys, queries, services
from marketplace.accounts.devices import device_name
from marketplace.accounts.errors import NoCompany, PasskeyRefused, ShutOut, TooManyTries, WrongCode
from marketplace.accounts.models import Person
from marketplace.accounts.schemas import PasskeyInput, SecondStepInput
from marketplace.accounts.views.blueprint import bp
from marketplace.accounts.views.entry import PENDING, WAIT, enter, log_in_page, why_not
from marketplace.accounts.views.proof import new_challenge, prove_by_code, prove_by_passkey, site
from marketplace.core import clock
from marketplace.core.acting import Page
from marketplace.core.db import transaction
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext
from marketplace.core.ids import parse_id, token_hash
from marketplace.core.web import nobody, own_path, public, see_other

PENDING_SECONDS = 600


def _pending() -> Person | None:
    """Who has given the right password on this browser within 10 minutes; a password that was changed since begins anew."""
    try:
        written, seal, since = session[PENDING]
        person_id = parse_id(written)
        is_young = 0 <= clock.now().timestamp() - since < PENDING_SECONDS
    except (KeyError, TypeError, ValueError):
        return None
    credentials = queries.find_credentials_of(person_id) if person_id and is_young else None
    if credentials is None or token_hash(credentials.password_hash) != seal:
        return None
    return queries.person_by_id(credentials.person_id)


@bp.route("/log-in/second-step", methods=["GET", "POST"])
@public
def give_second_step() -> Page:
    """The code of the app, one of the sheet, or a passkey; without the password before it, back to the log-in."""
    person = _pending()
    target = own_path(request.values.get("next"), "")
    if person is None:
        return see_other("accounts.log_in", next=target or None)
    if request.method != "POST":
        return _page(Form(SecondStepInput), person, target)
    form = Form(SecondStepInput, request.form)
    if form.is_valid():
        try:
            way = _given_way(form.data, person.id)
            return enter(_open(person.id, way), target)
        except TooManyTries as refusal:
            form.add_error("code", gettext(refusal.text))
            return _page(form, person, target), 429, WAIT
        except (WrongCode, PasskeyRefused, NoCompany) as refusal:
            form.add_error("code", why_not(refusal))
    return _page(form, person, target), 422


def _given_way(data: SecondStepInput, person_id: UUID) -> str:
    if data.passkey:
        prove_by_passkey(data.passkey, "second_step", person_id=person_id)
        return "passkey"
    return prove_by_code(person_id, data.code or "", actor=nobody())


def _open(person_id: UUID, way: str) -> str:
    with transaction():
        return services.open_session(person_id, device=device_name(request.user_agent.string), actor=nobody(), way=way)


def _page(form: Form[SecondStepInput], person: Person, target: str) -> str:
    known = [passkey.credential_id for passkey in queries.passkeys_of(person.id)]
    options = passkeys.request_options(site(), new_challenge("second_step"), known=known) if known else ""
    return render_template(
        "accounts/give_second_step.html",
        form=form,
        email=person.email,
        target=target,
        passkey_options=options,
        passkey_origin=site().origins[0],
    )


@bp.post("/log-in/passkey")
@public
def log_in_with_passkey() -> Page:
    """The passkey says who it is, and that its owner unlocked it: password and second factor in one."""
    target = own_path(request.form.get("next"), "")
    form = Form(PasskeyInput, request.form)
    if form.is_valid():
        try:
            person_id = prove_by_passkey(form.data.passkey, "log_in")
            return enter(_open(person_id, "passkey"), target)
        except TooManyTries as refusal:
            form.add_error("form", gettext(refusal.text))
            return log_in_page(form, target), 429, WAIT
        except (PasskeyRefused, ShutOut, NoCompany) as refusal:
            form.add_error("form", why_not(refusal))
    else:
        form.messages = {"form": gettext(PasskeyRefused.message)}
    return log_in_page(form, target), 422
