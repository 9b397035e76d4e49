"""The desk's first page."""

from flask import render_template

from marketplace.accounts import queries as accounts
from marketplace.accounts.permissions import Permission
from marketplace.admin import queries, words
from marketplace.admin.views.blueprint import bp
from marketplace.core.acting import viewer_here
from marketplace.core.waiting import count
from marketplace.core.web import requires
from marketplace.orders import queries as orders


@bp.get("/desk")
@requires(Permission.DESK_VIEW)
def show_home() -> str:
    """What needs staff, each with the page where it is done."""
    viewer = viewer_here()
    own_appealed = count(orders.queue_of_own_appealed(viewer.person_id))
    able = accounts.people_to_write_to(viewer.company_id, Permission.HOLD_DECIDE) if own_appealed else []
    return render_template(
        "admin/show_home.html",
        needs=queries.needs(),
        own_appealed=own_appealed,
        other_judges=[person.name for person in able if person.id != viewer.person_id],
        vendor_states=queries.vendor_states(),
        words=words,
    )
