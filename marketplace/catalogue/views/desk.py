"""The desk's look at submitted listings."""

from uuid import UUID

from flask import flash, render_template, request
from werkzeug.wrappers import Response

from marketplace.accounts.permissions import Permission
from marketplace.catalogue import attributes, queries, services
from marketplace.catalogue.drafts import draft_of
from marketplace.catalogue.errors import EditedMeanwhile, ProductRefused
from marketplace.catalogue.models import ProductState
from marketplace.catalogue.reasons import REASONS
from marketplace.catalogue.schemas import DecisionInput
from marketplace.catalogue.views.blueprint import bp
from marketplace.catalogue.wording import STATES
from marketplace.core.db import transaction
from marketplace.core.errors import InvalidMove
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext
from marketplace.core.web import current_actor, path_id, requires, see_other


@bp.get("/desk/products")
@requires(Permission.VENDOR_VERIFY)
def list_checks() -> str:
    """The listings that wait for an answer."""
    return render_template("catalogue/list_checks.html", rows=queries.checks(), total=queries.count_checks())


@bp.get("/desk/products/<product_id>")
@requires(Permission.VENDOR_VERIFY)
def show_check(product_id: str) -> str:
    """One listing, whole."""
    return _page(path_id(product_id), Form(DecisionInput))


@bp.post("/desk/products/<product_id>")
@requires(Permission.VENDOR_VERIFY)
def decide_product(product_id: str) -> Response | tuple[str, int]:
    """Accept a listing, or turn it down with reasons."""
    key = path_id(product_id)
    form = Form(DecisionInput, request.form)
    if not form.is_valid():
        return _page(key, form), 422
    data = form.data
    try:
        with transaction():
            if data.decision == "accept":
                services.accept_product(key, version=data.version, actor=current_actor())
            else:
                services.refuse_product(key, data.reasons, version=data.version, actor=current_actor())
    except ProductRefused as refused:
        form.add_error("reasons", refused.faults[0].words())
        return _page(key, form), 422
    except EditedMeanwhile as late:
        form.add_error("form", gettext("The vendor has saved version %(n)s since. Look at it again.", n=late.version))
        return _page(key, form), late.status
    except InvalidMove as late:
        form.add_error("form", gettext("Somebody else has answered, or the vendor has taken it back."))
        return _page(key, form), late.status
    flash(gettext("Accepted: it is live.") if data.decision == "accept" else gettext("Refused, with reasons."), "done")
    return see_other("catalogue.list_checks")


def _page(product_id: UUID, form: Form[DecisionInput]) -> str:
    row = queries.product_to_check(product_id)
    draft = draft_of(row.content)
    definitions = queries.definitions_by_code(draft.codes_used)
    values = [
        (definitions[code], attributes.shown(definitions[code], stored))
        for code, stored in sorted(draft.attributes.items())
        if code in definitions
    ]
    return render_template(
        "catalogue/show_check.html",
        row=row,
        draft=draft,
        values=values,
        form=form,
        state=STATES[row.state],
        waits=row.state is ProductState.CHECKING,
        reasons=[(code, gettext(words)) for code, words in REASONS.items()],
    )
