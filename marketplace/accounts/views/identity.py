"""Step-up: some acts ask again who acts, when that was proved more than 10 minutes ago (robustness.md 14).

The guard `core.web.steps_up` calls `ask_identity`. Before a form is shown, it leads to this page and back. When a form was open for
too long, the page carries what was sent and sends it on with the proof, so that nothing typed is lost.
"""

from collections.abc import Sequence
from urllib.parse import urlsplit

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.sansio.blueprints import BlueprintSetupState

from marketplace.accounts import passkeys, queries, services
from marketplace.accounts.errors import IdentityNotProved, PasskeyRefused, TooManyTries, WrongCode, WrongPassword
from marketplace.accounts.schemas import IdentityInput
from marketplace.accounts.views.blueprint import bp
from marketplace.accounts.views.entry import WAIT
from marketplace.accounts.views.proof import new_challenge, prove_by_code, prove_by_passkey, prove_by_password, site
from marketplace.core.acting import Page, viewer_here
from marketplace.core.audit import Viewer
from marketplace.core.db import transaction
from marketplace.core.faults import wants_problem
from marketplace.core.forms import Form, printable
from marketplace.core.i18n import gettext
from marketplace.core.web import current_actor, current_viewer, network, own_path, signed_in

PREFIX = "identity_"
BACK = "identity_back"
NOT_KEPT = frozenset({"csrf_token"})


@bp.record_once
def _guard(state: BlueprintSetupState) -> None:
    state.app.extensions["step_up"] = ask_identity


def ask_identity() -> object | None:
    """The page that asks who acts, or the way to it; None when that is known well enough, and the act goes on."""
    viewer = current_viewer()
    if viewer is None or queries.is_fresh(viewer):
        return None
    if request.method != "POST":
        return redirect(url_for("accounts.confirm_identity", next=request.full_path.rstrip("?")), 303)
    if wants_problem():
        raise IdentityNotProved
    is_answer = any(name.startswith(PREFIX) for name in request.form)
    form = Form(IdentityInput, request.form if is_answer else None)
    if is_answer and _is_proved(form, viewer):
        return None
    sent = _sent()
    page = _page(
        form,
        viewer,
        action=request.full_path.rstrip("?"),
        kept=sent,
        is_typed=any(name != "_once" for name, _value in sent),
        lost=_files(),
    )
    return _refused(page, form) if is_answer else make_response(page, 403)


@bp.route("/confirm-identity", methods=["GET", "POST"])
@signed_in
def confirm_identity() -> Page:
    """Prove once more who you are, and go on to `next`."""
    viewer = viewer_here()
    target = own_path(request.values.get("next"), "/settings")
    action = url_for("accounts.confirm_identity")
    kept = [("next", target)]
    if request.method != "POST":
        if queries.is_fresh(viewer):
            return redirect(target, 303)
        return _page(Form(IdentityInput), viewer, action=action, kept=kept)
    form = Form(IdentityInput, request.form)
    if _is_proved(form, viewer):
        return redirect(target, 303)
    return _refused(_page(form, viewer, action=action, kept=kept), form)


def _way_back() -> str:
    """The page of this house from which it was asked, so that a person who does not go on gets back to it.

    Back at a form that was sent, the question would come again: from there it leads to the start.
    """
    if BACK in request.form:
        return own_path(request.form[BACK], "/")
    parts = urlsplit(request.referrer or "")
    if parts.netloc != request.host or parts.path == request.path:
        return "/"
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _is_proved(form: Form[IdentityInput], viewer: Viewer) -> bool:
    """Whether the form holds a proof; else it says what is missing. With a second factor, the password alone is none."""
    if not form.is_valid():
        return False
    data, has_app = form.data, queries.ways_of(viewer.person_id).has_app
    try:
        if data.identity_passkey:
            prove_by_passkey(data.identity_passkey, "step_up", person_id=viewer.person_id)
        elif has_app and data.identity_code:
            prove_by_code(viewer.person_id, data.identity_code, actor=current_actor())
        elif has_app:
            form.add_error("identity_code", gettext("Type the code that your app shows."))
        elif data.identity_password:
            prove_by_password(viewer.person_id, viewer.email, data.identity_password)
        else:
            form.add_error("identity_password", gettext("Type your password."))
    except WrongPassword:
        form.add_error("identity_password", gettext("This is not your password."))
    except (WrongCode, PasskeyRefused) as refusal:
        form.add_error("identity_code" if has_app else "form", gettext(refusal.text))
    except TooManyTries as refusal:
        form.add_error("form", gettext(refusal.text))
    if form.errors:
        return False
    with transaction():
        services.confirm_session(viewer.session_id, person_id=viewer.person_id, email=viewer.email, network=network())
    return True


def _refused(page: str, form: Form[IdentityInput]) -> Response:
    is_too_many = form.error("form") == gettext(TooManyTries.message)
    return make_response(page, 429 if is_too_many else 422, WAIT if is_too_many else {})


def _sent() -> list[tuple[str, str]]:
    """What the form held, to be sent on."""
    return [
        (name, printable(value)) for name, value in request.form.items(multi=True) if not name.startswith(PREFIX) and name not in NOT_KEPT
    ]


def _files() -> list[str]:
    return [sent.filename for sent in request.files.values() if sent.filename]


def _page(
    form: Form[IdentityInput],
    viewer: Viewer,
    *,
    action: str,
    kept: Sequence[tuple[str, str]],
    is_typed: bool = False,
    lost: Sequence[str] = (),
) -> str:
    ways = queries.ways_of(viewer.person_id)
    options = ""
    if ways.passkeys:
        known = [passkey.credential_id for passkey in queries.passkeys_of(viewer.person_id)]
        options = passkeys.request_options(site(), new_challenge("step_up"), known=known)
    return render_template(
        "accounts/confirm_identity.html",
        form=form,
        action=action,
        kept=kept,
        back=_way_back(),
        is_typed=is_typed,
        lost=lost,
        ways=ways,
        passkey_options=options,
        passkey_origin=site().origins[0],
    )
