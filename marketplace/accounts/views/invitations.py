"""The link of an invitation: the seat goes to the address that was invited, whether it has an account or not."""

from flask import flash, redirect, render_template, request
from werkzeug.wrappers import Response

from marketplace.accounts import queries, services
from marketplace.accounts.devices import device_name
from marketplace.accounts.errors import LinkSpent, WrongPerson
from marketplace.accounts.models import Invitation
from marketplace.accounts.passwords import hash_password
from marketplace.accounts.permissions import ROLE_WORDS, Role
from marketplace.accounts.schemas import JoinInput
from marketplace.accounts.views.blueprint import bp
from marketplace.accounts.views.entry import enter
from marketplace.core import i18n
from marketplace.core.acting import Page
from marketplace.core.db import outside, transaction
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext
from marketplace.core.web import current_actor, current_viewer, nobody, public, see_other


@bp.route("/invitations/<token>", methods=["GET", "POST"])
@public
def accept_invitation(token: str) -> Page:
    """Take the seat: with a button when the right person is signed in, with name and password when the address is new."""
    invitation = queries.find_invitation(token)
    if invitation is None:
        return render_template("accounts/link_spent.html"), 404
    form = Form(JoinInput, request.form if request.method == "POST" else None)
    viewer = current_viewer()
    if request.method != "POST":
        return _page(invitation, form)
    try:
        if viewer is not None:
            return _take_seat(token)
        if queries.find_person_by_email(invitation.email) is not None:
            return see_other("accounts.log_in", next=f"/invitations/{token}")
        if not form.is_valid():
            return _page(invitation, form), 422
        return _join(token, form.data)
    except LinkSpent:
        return render_template("accounts/link_spent.html"), 404
    except WrongPerson as refusal:
        flash(gettext(refusal.text), "late")
        return redirect(request.path, 303)


def _take_seat(token: str) -> Response:
    viewer = current_viewer()
    if viewer is None:
        raise LinkSpent
    with transaction():
        company_id = services.accept_invitation(token, viewer.person_id, actor=current_actor())
    with transaction():
        session_token = services.switch_company(viewer.session_id, company_id, actor=current_actor())
    return enter(session_token, None)


def _join(token: str, data: JoinInput) -> Response:
    outside()
    password_hash = hash_password(data.password)
    with transaction():
        person_id = services.join_company(
            token,
            name=data.name,
            password_hash=password_hash,
            locale=i18n.locale() if i18n.locale() in i18n.LOCALES else "en",
            actor=nobody(),
        )
    with transaction():
        session_token = services.open_session(person_id, device=device_name(request.user_agent.string), actor=nobody())
    return enter(session_token, None)


def _page(invitation: Invitation, form: Form[JoinInput]) -> str:
    viewer = current_viewer()
    return render_template(
        "accounts/accept_invitation.html",
        form=form,
        email=invitation.email,
        company=queries.company_by_id(invitation.company_id).name,
        roles=[gettext(ROLE_WORDS[Role(role)]) for role in invitation.roles],
        is_right_person=viewer is not None and viewer.email == invitation.email,
        has_account=queries.find_person_by_email(invitation.email) is not None,
    )
