"""The desk's first page."""

from flask import render_template

from marketplace.accounts.permissions import Permission
from marketplace.admin import queries, words
from marketplace.admin.views.blueprint import bp
from marketplace.core.web import requires


@bp.get("/desk")
@requires(Permission.DESK_VIEW)
def show_home() -> str:
    """What needs staff, each with the page where it is done."""
    return render_template("admin/show_home.html", needs=queries.needs(), vendor_states=queries.vendor_states(), words=words)
