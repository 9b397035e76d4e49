"""Members of the company: who, with which roles, in which unit, invited by whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response as File
from flask import flash, render_template, request
from werkzeug.wrappers import Response

from marketplace.accounts import queries, services
from marketplace.accounts.errors import AlreadyMember, LastOwner, NotYoursToGive, TooManyTries
from marketplace.accounts.permissions import ROLE_MEANINGS, ROLE_WORDS, Permission, known_roles, may_grant, roles_of_sides
from marketplace.accounts.schemas import InviteInput, PlaceInput, RolesInput
from marketplace.accounts.views.blueprint import bp
from marketplace.core.acting import Page, act_once, viewer_here
from marketplace.core.audit import Viewer
from marketplace.core.db import transaction
from marketplace.core.downloads import download_csv
from marketplace.core.errors import Forbidden, NotFound
from marketplace.core.forms import Form, FormSchema
from marketplace.core.i18n import gettext, lazy
from marketplace.core.web import current_actor, network, path_id, requires, see_other, steps_up

HEAD = (
    lazy("Name"),
    lazy("E-mail"),
    lazy("Roles"),
    lazy("Company unit"),
    lazy("Delivery address"),
    lazy("Second step"),
    lazy("Member since"),
)


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member as the page shows them."""

    id: UUID
    name: str
    email: str
    roles: str
    unit: str | None
    location: str | None
    has_app: bool
    since: datetime
    is_confirmed: bool
    is_me: bool
    can_change: bool


def words(roles: Sequence[str]) -> str:
    """Roles in the reader's language."""
    return gettext(", ").join(gettext(ROLE_WORDS[role]) for role in known_roles(roles))


def _row(found: Any, viewer: Viewer) -> MemberRow:
    can_change = viewer.can(Permission.MEMBER_EDIT) and all(may_grant(viewer.roles, role) for role in known_roles(found.roles))
    return MemberRow(
        found.id,
        found.name,
        found.email,
        words(found.roles),
        found.unit,
        found.location,
        found.has_app,
        found.since,
        found.confirmed_at is not None,
        found.person_id == viewer.person_id,
        can_change,
    )


def _member(member_id: str, viewer: Viewer) -> tuple[Any, MemberRow]:
    """The membership and how it is shown. Raises: NotFound, also for another company's."""
    membership, person = queries.member_of(path_id(member_id), company_id=viewer.company_id)
    can_change = viewer.can(Permission.MEMBER_EDIT) and all(may_grant(viewer.roles, role) for role in known_roles(membership.roles))
    row = MemberRow(
        membership.id,
        person.name,
        person.email,
        words(membership.roles),
        None,
        None,
        has_app=False,
        since=membership.created_at,
        is_confirmed=person.email_confirmed_at is not None,
        is_me=person.id == viewer.person_id,
        can_change=can_change,
    )
    return membership, row


def role_options(viewer: Viewer) -> list[tuple[str, str, str]]:
    """The roles that the viewer may give in this company: (value, word, meaning)."""
    company = queries.company_by_id(viewer.company_id)
    roles = roles_of_sides(is_buyer=company.is_buyer, is_vendor=company.is_vendor, is_operator=company.is_operator)
    return [(role.value, gettext(ROLE_WORDS[role]), gettext(ROLE_MEANINGS[role])) for role in roles if may_grant(viewer.roles, role)]


@bp.get("/company/members")
@requires(Permission.COMPANY_VIEW)
def list_members() -> str:
    """Who works for the company."""
    viewer = viewer_here()
    can_edit = viewer.can(Permission.MEMBER_EDIT)
    table = queries.members_table(viewer.company_id)
    asked = table.read(request.args)
    found = table.page(queries.listed_members(viewer.company_id), asked)
    return render_template(
        "accounts/list_members.html",
        asked=asked,
        found=found,
        members=[_row(row, viewer) for row in found.rows],
        invitations=[(i, words(i.roles)) for i in queries.open_invitations(viewer.company_id)] if can_edit else [],
        can_edit=can_edit,
    )


@bp.get("/company/members.csv")
@requires(Permission.COMPANY_VIEW)
def export_members() -> File:
    """The same members as a file."""
    viewer = viewer_here()
    table = queries.members_table(viewer.company_id)
    rows = (_row(row, viewer) for row in table.rows(queries.listed_members(viewer.company_id), table.read(request.args)))
    cells = (
        (row.name, row.email, row.roles, row.unit, row.location, gettext("On") if row.has_app else gettext("Off"), row.since.isoformat())
        for row in rows
    )
    return download_csv([gettext(word) for word in HEAD], cells, "members.csv")


@bp.route("/company/members/invite", methods=["GET", "POST"])
@requires(Permission.MEMBER_EDIT)
@steps_up
def invite_member() -> Page:
    """Offer a seat to an address."""
    viewer = viewer_here()
    form = Form(InviteInput, request.form if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _invite_page(form, viewer), 422 if request.method == "POST" else 200

    def invite() -> None:
        services.admit_mail(form.data.email, network=network())
        services.invite_member(form.data.email, form.data.roles, company_id=viewer.company_id, actor=current_actor())

    try:
        act_once("invite", form.data.model_dump(), invite)
    except AlreadyMember as refusal:
        form.add_error("email", gettext(refusal.text))
        return _invite_page(form, viewer), 409
    except NotYoursToGive as refusal:
        form.add_error("roles", gettext(refusal.text))
        return _invite_page(form, viewer), 403
    except TooManyTries as refusal:
        form.add_error("email", gettext(refusal.text))
        return _invite_page(form, viewer), 429
    flash(gettext("Invited: %(email)s. The link in the mail works for 7 days.", email=form.data.email), "done")
    return see_other("accounts.list_members")


def _invite_page(form: Form[InviteInput], viewer: Viewer) -> str:
    return render_template("accounts/invite_member.html", form=form, options=role_options(viewer))


@bp.route("/company/members/<member_id>", methods=["GET", "POST"])
@requires(Permission.MEMBER_EDIT)
@steps_up
def edit_member(member_id: str) -> Page:
    """Change what a member may do."""
    viewer = viewer_here()
    membership, row = _member(member_id, viewer)
    options = role_options(viewer)
    if request.method != "POST":
        form = Form(RolesInput, initial={"roles": membership.roles})
        return render_template("accounts/edit_member.html", form=form, member=row, options=options)
    form = Form(RolesInput, request.form)
    if not form.is_valid():
        return render_template("accounts/edit_member.html", form=form, member=row, options=options), 422
    try:
        with transaction():
            services.change_roles(membership.id, form.data.roles, company_id=viewer.company_id, actor=current_actor())
    except (LastOwner, NotYoursToGive) as refusal:
        form.add_error("roles", gettext(refusal.text))
        return render_template("accounts/edit_member.html", form=form, member=row, options=options), refusal.status
    flash(gettext("%(name)s: the new roles count from the next page on.", name=row.name), "done")
    return see_other("accounts.list_members")


@bp.route("/company/members/<member_id>/place", methods=["GET", "POST"])
@requires(Permission.COMPANY_VIEW)
def place_member(member_id: str) -> Page:
    """In which unit a member works, and where their goods go. Everybody may say it of themselves."""
    viewer = viewer_here()
    membership, row = _member(member_id, viewer)
    if not row.is_me and not viewer.can(Permission.MEMBER_EDIT):
        raise Forbidden
    initial = {"unit_id": membership.unit_id, "location_id": membership.location_id}
    form = Form(PlaceInput, request.form) if request.method == "POST" else Form(PlaceInput, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction():
                services.place_member(
                    membership.id,
                    company_id=viewer.company_id,
                    unit_id=form.data.unit_id,
                    location_id=form.data.location_id,
                    actor=current_actor(),
                )
            flash(gettext("Saved."), "done")
            return see_other("accounts.list_members")
        except NotFound:
            _name_the_gone(form, viewer)
    units, places = _units_to_choose(viewer), _places_to_choose(viewer)
    page = render_template("accounts/place_member.html", form=form, member=row, units=units, places=places)
    return page, 422 if request.method == "POST" else 200


def _units_to_choose(viewer: Viewer) -> list[tuple[str, str]]:
    return [(str(unit.id), "– " * unit.depth + unit.name) for unit in queries.units(viewer.company_id)]


def _places_to_choose(viewer: Viewer) -> list[tuple[str, str]]:
    return [(str(location.id), location.name) for location in queries.locations(viewer.company_id)]


def _name_the_gone(form: Form[PlaceInput], viewer: Viewer) -> None:
    """Beside each choice that is no longer there. Raises: NotFound, if both are: then it is the member who is gone."""
    chosen = {"unit_id": (form.data.unit_id, _units_to_choose(viewer)), "location_id": (form.data.location_id, _places_to_choose(viewer))}
    gone = [name for name, (value, options) in chosen.items() if value and str(value) not in dict(options)]
    if not gone:
        raise NotFound
    for name in gone:
        form.add_error(name, gettext("It is no longer there. Choose another one."))


@bp.route("/company/members/<member_id>/remove", methods=["GET", "POST"])
@requires(Permission.COMPANY_VIEW)
@steps_up
def remove_member(member_id: str) -> Page:
    """Take a seat away, or leave the company oneself."""
    viewer = viewer_here()
    membership, row = _member(member_id, viewer)
    form = Form(FormSchema, request.form if request.method == "POST" else None)
    if not row.is_me and not row.can_change:
        raise NotYoursToGive
    if request.method != "POST":
        return render_template("accounts/remove_member.html", form=form, member=row)
    try:
        with transaction():
            services.remove_member(membership.id, company_id=viewer.company_id, actor=current_actor())
    except LastOwner as refusal:
        form.add_error("form", gettext(refusal.text))
        return render_template("accounts/remove_member.html", form=form, member=row), 409
    flash(gettext("%(name)s is no longer a member.", name=row.name), "done")
    return see_other("accounts.log_in" if row.is_me else "accounts.list_members")


@bp.post("/company/invitations/<invitation_id>/withdraw")
@requires(Permission.MEMBER_EDIT)
def withdraw_invitation(invitation_id: str) -> Response:
    """Take an offer back."""
    with transaction():
        services.withdraw_invitation(path_id(invitation_id), company_id=viewer_here().company_id, actor=current_actor())
    flash(gettext("Withdrawn. The link in the mail is dead."), "done")
    return see_other("accounts.list_members")
