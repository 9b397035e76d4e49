"""Claims at the platform's desk: what waits for a decision, all claims, and the decision about the money."""

from uuid import UUID

from flask import flash, render_template, request
from werkzeug.wrappers import Response

from marketplace.accounts import queries as accounts
from marketplace.accounts.permissions import Permission
from marketplace.core import policy
from marketplace.core.acting import Page, act_once, viewer_here
from marketplace.core.db import db
from marketplace.core.downloads import download_csv
from marketplace.core.errors import Conflict
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, instant, money
from marketplace.core.web import current_actor, requires, see_other
from marketplace.orders import pages, queries, services, wording
from marketplace.orders.claims import amount_minor
from marketplace.orders.claims_schemas import Decision, DecisionInput
from marketplace.orders.errors import CreditTooLargeForClaim
from marketplace.orders.models import Claim, ClaimState, VendorOrder
from marketplace.orders.views.blueprint import bp
from marketplace.orders.views.claims import AT_MOST, DECIMALS
from marketplace.orders.views.claims_vendor import CSV_HEAD, csv_row
from marketplace.orders.wording import WISHES
from payments import queries as payments

RULINGS = {Decision.RELEASE: ClaimState.RELEASED, Decision.SPLIT: ClaimState.SPLIT, Decision.REFUND: ClaimState.REFUNDED}


@bp.get("/desk/problems")
@requires(Permission.HOLD_DECIDE)
def list_claims() -> Page:
    """What was handed over and waits for a decision, by its deadline; below it all claims."""
    asked = queries.DESK_CLAIMS.read(request.args)
    is_start = not asked.is_filtered and not asked.after and not asked.before
    found = queries.claims_at_desk(asked)
    return render_template(
        "orders/list_claims.html",
        asked=asked,
        found=found,
        views=pages.claim_views([(row.Claim, row.VendorOrder) for row in found.rows], "staff"),
        waiting=pages.claim_views(queries.claims_to_decide(), "staff") if is_start else [],
        problem_word=wording.problem_word,
        me=viewer_here().person_id,
        others=_other_judges(viewer_here().person_id),
    )


def _other_judges(person_id: UUID | None) -> list[str]:
    """Who of the platform may decide about money besides a person, by name."""
    able = accounts.people_to_write_to(viewer_here().company_id, Permission.HOLD_DECIDE)
    return [person.name for person in able if person.id != person_id]


@bp.get("/desk/problems.csv")
@requires(Permission.HOLD_DECIDE)
def export_claims() -> Response:
    """All claims as a table."""
    found = queries.export_claims_at_desk(queries.DESK_CLAIMS.read(request.args))
    return download_csv([gettext(word) for word in CSV_HEAD], (csv_row(row) for row in found), "problems.csv")


@bp.get("/desk/problems/<number>")
@requires(Permission.HOLD_DECIDE)
def show_claim(number: str) -> Page:
    """One claim with both sides, its order, its money and its history."""
    return _show(queries.claim_by_number(number), Form(DecisionInput))


def _show(claim: Claim, form: Form[DecisionInput]) -> str:
    order = queries.order_by_id(claim.vendor_order_id)
    hold = payments.any_hold_of_vendor_order(order.id)
    (view,) = pages.claim_views([(claim, order)], "staff")
    viewer = viewer_here()
    return render_template(
        "orders/show_claim.html",
        claim=claim,
        claim_view=view,
        order=order,
        purchase=queries.purchase_by_id(order.purchase_id),
        view=pages.order_views([order], "staff", viewer.time_zone)[0],
        hold=hold,
        left_minor=hold.amount_minor - hold.returned_minor,
        money=pages.money_view([hold], [order], order.currency),
        events=pages.story_of_order(order, company_id=None),
        form=form,
        problem_word=wording.problem_word,
        appeals=queries.appeals_of(claim.id),
        appeal_days=policy.current().claim_appeal_days,
        is_own_ruling=claim.is_appealed and claim.decided_by == viewer.person_id,
        others=_other_judges(claim.decided_by),
        wish_words={remedy: gettext(word) for remedy, word in WISHES.items()},
    )


@bp.post("/desk/problems/<number>")
@requires(Permission.HOLD_DECIDE)
def decide_claim(number: str) -> Page:
    """Release, refund whole, or split, with a reason that both sides read."""
    claim = queries.claim_by_number(number)
    order = queries.order_by_id(claim.vendor_order_id)
    form = Form(DecisionInput, request.form)
    amount = _amount(form, order) if form.is_valid() else None
    if form.errors:
        return _show(claim, form), 422
    content = {"claim": number, **form.data.model_dump(mode="json")}
    ruling = RULINGS[form.data.decision]
    try:
        act_once(
            "decide_claim",
            content,
            lambda: services.rule_on_claim(number, ruling=ruling, amount_minor=amount, reason=form.data.reason, actor=current_actor()),
        )
    except CreditTooLargeForClaim as refused:
        form.add_error("amount", gettext(AT_MOST, most=money(refused.limit_minor, order.currency)))
        return _show(queries.claim_by_number(number), form), refused.status
    except Conflict as refused:
        form.add_error("form", gettext(refused.text))
        return _show(queries.claim_by_number(number), form), refused.status
    db.session.expire_all()  # what was read before the act is old
    flash(_done(queries.claim_by_number(number), order), "done")
    return see_other("orders.list_claims")


def _amount(form: Form[DecisionInput], order: VendorOrder) -> int | None:
    if form.data.decision is not Decision.SPLIT or form.data.amount is None:
        return None
    minor = amount_minor(form.data.amount, order.currency)
    if minor is None:
        form.add_error("amount", gettext(DECIMALS))
    return minor


def _done(claim: Claim, order: VendorOrder) -> str:
    names = {"number": claim.number, "vendor": order.vendor_name, "buyer": order.buyer_name}
    if claim.ruling is ClaimState.RELEASED:
        said = gettext("%(number)s is decided for %(vendor)s: nothing more goes back.", **names)
    elif claim.ruling is ClaimState.SPLIT:
        said = gettext(
            "%(number)s is decided: %(sum)s goes back to %(buyer)s.", sum=money(claim.ruling_minor or 0, order.currency), **names
        )
    else:
        said = gettext("%(number)s is decided: all that is left goes back to %(buyer)s.", **names)
    if claim.appeal_by_at is None:
        return said
    return f"{said} {gettext('It is carried out on %(at)s unless a side appeals.', at=instant(claim.appeal_by_at))}"
