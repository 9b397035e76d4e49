"""Who works in the shop: names, roles, department. Members are changed on the pages of the company."""

from flask import render_template

from marketplace.accounts import queries as accounts
from marketplace.accounts.permissions import ROLE_MEANINGS, ROLE_WORDS, VENDOR_ROLES, Permission, known_roles
from marketplace.core.acting import viewer_here
from marketplace.core.i18n import gettext
from marketplace.core.web import requires
from vendors.views.blueprint import bp


@bp.get("/portal/team")
@requires(Permission.PORTAL_VIEW)
def show_team() -> str:
    """The members of the company that have a role in the shop."""
    company_id = viewer_here().company_id
    units = {row.id: " › ".join(row.path) for row in accounts.units(company_id)}
    team = []
    for membership, person in accounts.members_of(company_id):
        roles = [role for role in known_roles(membership.roles) if role in VENDOR_ROLES]
        if roles:
            said = [(gettext(ROLE_WORDS[role]), gettext(ROLE_MEANINGS[role])) for role in roles]
            team.append({"person": person, "roles": said, "unit": units.get(membership.unit_id) if membership.unit_id else None})
    return render_template("vendors/show_team.html", team=team)
