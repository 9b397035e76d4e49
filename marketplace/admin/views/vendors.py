"""The desk's list of vendors."""

from flask import render_template

from marketplace.accounts.permissions import Permission
from marketplace.admin import queries, words
from marketplace.admin.views.blueprint import asked, bp
from marketplace.core.ids import parse_id
from marketplace.core.web import requires
from vendors import queries as vendors
from vendors.models import VendorState


@bp.get("/desk/vendors")
@requires(Permission.DESK_VIEW)
def list_vendors() -> str:
    """All vendors in any state, by name."""
    state = {each.value: each for each in VendorState}.get(asked("state"))
    typed = asked("words")
    rows, following = queries.vendors(state=state, words=typed, after=parse_id(asked("after")))
    ids = [vendor.id for vendor in rows]
    return render_template(
        "admin/list_vendors.html",
        vendors=rows,
        facts=vendors.facts_of(ids),
        orders=queries.order_counts(ids),
        next=str(following) if following else None,
        state=state,
        typed=typed,
        words=words,
        states=list(VendorState),
    )
