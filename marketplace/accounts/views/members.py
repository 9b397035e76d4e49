"""Members of the company: who, with which roles, invited by whom."""

from dataclasses import dataclass
from uuid import UUID

from flask import flash, render_template, request
from werkzeug.wrappers import Response

from marketplace.accounts import queries, services
from marketplace.accounts.errors import AlreadyMember, LastOwner, NotYoursToGive, TooManyTries
from marketplace.accounts.models import Membership, Person
from marketplace.accounts.permissions import ROLE_MEANINGS, ROLE_WORDS, Permission, known_roles, may_grant, roles_of_sides
from marketplace.accounts.schemas import InviteInput, RolesInput, StepUpInput
from marketplace.accounts.views.blueprint import bp
from marketplace.accounts.views.entry import Answer
from marketplace.accounts.views.step_up import asks_password, is_stepped_up
from marketplace.core import once
from marketplace.core.audit import Viewer
from marketplace.core.db import transaction
from marketplace.core.errors import Unauthenticated
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext
from marketplace.core.web import current_actor, current_viewer, network, once_key, path_id, requires, see_other


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member as the page shows them."""

    id: UUID
    name: str
    email: str
    roles: str
    is_confirmed: bool
    is_me: bool
    can_change: bool


def the_viewer() -> Viewer:
    """The signed-in person. Raises: Unauthenticated."""
    viewer = current_viewer()
    if viewer is None:
        raise Unauthenticated
    return viewer


def words(roles: list[str]) -> str:
    """Roles in the reader's language."""
    return ", ".join(gettext(ROLE_WORDS[role]) for role in known_roles(roles))


def _row(membership: Membership, person: Person, viewer: Viewer) -> MemberRow:
    can_change = viewer.can(Permission.MEMBER_EDIT) and all(may_grant(viewer.roles, role) for role in known_roles(membership.roles))
    return MemberRow(
        membership.id,
        person.name,
        person.email,
        words(membership.roles),
        person.email_confirmed_at is not None,
        person.id == viewer.person_id,
        can_change,
    )


def role_options(viewer: Viewer) -> list[tuple[str, str, str]]:
    """The roles that the viewer may give in this company: (value, word, meaning)."""
    company = queries.company_by_id(viewer.company_id)
    roles = roles_of_sides(is_buyer=company.is_buyer, is_vendor=company.is_vendor, is_operator=company.is_operator)
    return [(role.value, gettext(ROLE_WORDS[role]), gettext(ROLE_MEANINGS[role])) for role in roles if may_grant(viewer.roles, role)]


@bp.get("/company/members")
@requires(Permission.COMPANY_VIEW)
def list_members() -> str:
    """Who works for the company."""
    return _list(Form(InviteInput))


@bp.post("/company/members")
@requires(Permission.MEMBER_EDIT)
def invite_member() -> Answer:
    """Offer a seat to an address."""
    form = Form(InviteInput, request.form)
    if not form.is_valid() or not is_stepped_up(form):
        return _list(form), 422
    viewer = the_viewer()
    try:
        with transaction():
            if once.claim("accounts.invite", once_key(), form.data.model_dump(exclude={"own_password"})) is None:
                services.admit_mail(form.data.email, network=network())
                services.invite_member(form.data.email, form.data.roles, company_id=viewer.company_id, actor=current_actor())
    except AlreadyMember as refusal:
        form.add_error("email", gettext(refusal.text))
        return _list(form), 409
    except NotYoursToGive as refusal:
        form.add_error("roles", gettext(refusal.text))
        return _list(form), 403
    except TooManyTries as refusal:
        form.add_error("email", gettext(refusal.text))
        return _list(form), 429
    flash(gettext("Invited: %(email)s. The link in the mail works for 7 days.", email=form.data.email), "done")
    return see_other("accounts.list_members")


def _list(form: Form[InviteInput]) -> str:
    viewer = the_viewer()
    can_edit = viewer.can(Permission.MEMBER_EDIT)
    return render_template(
        "accounts/list_members.html",
        form=form,
        members=[_row(m, p, viewer) for m, p in queries.members_of(viewer.company_id)],
        invitations=[(i, words(i.roles)) for i in queries.open_invitations(viewer.company_id)] if can_edit else [],
        options=role_options(viewer) if can_edit else [],
        can_edit=can_edit,
        asks_password=can_edit and asks_password(),
    )


@bp.route("/company/members/<member_id>", methods=["GET", "POST"])
@requires(Permission.MEMBER_EDIT)
def edit_member(member_id: str) -> Answer:
    """Change what a member may do."""
    viewer = the_viewer()
    membership, person = queries.member_of(path_id(member_id), company_id=viewer.company_id)
    row = _row(membership, person, viewer)
    options = role_options(viewer)
    if request.method != "POST":
        form = Form(RolesInput, initial={"roles": membership.roles})
        return render_template("accounts/edit_member.html", form=form, member=row, options=options, asks_password=asks_password())
    form = Form(RolesInput, request.form)
    if not form.is_valid() or not is_stepped_up(form):
        return render_template("accounts/edit_member.html", form=form, member=row, options=options, asks_password=asks_password()), 422
    try:
        with transaction():
            services.change_roles(membership.id, form.data.roles, company_id=viewer.company_id, actor=current_actor())
    except (LastOwner, NotYoursToGive) as refusal:
        form.add_error("roles", gettext(refusal.text))
        page = render_template("accounts/edit_member.html", form=form, member=row, options=options, asks_password=asks_password())
        return page, refusal.status
    flash(gettext("%(name)s: the new roles count from the next page on.", name=row.name), "done")
    return see_other("accounts.list_members")


@bp.route("/company/members/<member_id>/remove", methods=["GET", "POST"])
@requires(Permission.COMPANY_VIEW)
def remove_member(member_id: str) -> Answer:
    """Take a seat away, or leave the company oneself."""
    viewer = the_viewer()
    membership, person = queries.member_of(path_id(member_id), company_id=viewer.company_id)
    row = _row(membership, person, viewer)
    form = Form(StepUpInput, request.form if request.method == "POST" else None)
    if not row.is_me and not row.can_change:
        raise NotYoursToGive
    if request.method != "POST" or not form.is_valid() or not is_stepped_up(form):
        page = render_template("accounts/remove_member.html", form=form, member=row, asks_password=asks_password())
        return page, 422 if request.method == "POST" else 200
    try:
        with transaction():
            services.remove_member(membership.id, company_id=viewer.company_id, actor=current_actor())
    except LastOwner as refusal:
        form.add_error("form", gettext(refusal.text))
        return render_template("accounts/remove_member.html", form=form, member=row, asks_password=False), 409
    flash(gettext("%(name)s is no longer a member.", name=row.name), "done")
    return see_other("accounts.log_in" if row.is_me else "accounts.list_members")


@bp.post("/company/invitations/<invitation_id>/withdraw")
@requires(Permission.MEMBER_EDIT)
def withdraw_invitation(invitation_id: str) -> Response:
    """Take an offer back."""
    with transaction():
        services.withdraw_invitation(path_id(invitation_id), company_id=the_viewer().company_id, actor=current_actor())
    flash(gettext("Withdrawn. The link in the mail is dead."), "done")
    return see_other("accounts.list_members")
