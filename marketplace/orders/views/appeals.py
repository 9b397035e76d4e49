"""Appeals against a ruling: once for each side, from the page of the claim."""

from collections.abc import Callable

from flask import flash, request

from marketplace.accounts.permissions import Permission
from marketplace.core.acting import Page, act_once
from marketplace.core.errors import Conflict
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext
from marketplace.core.web import current_actor, requires, see_other
from marketplace.orders import services
from marketplace.orders.models import Claim
from marketplace.orders.schemas import ReasonInput
from marketplace.orders.views.blueprint import bp
from marketplace.orders.views.claims import show_claim_of
from marketplace.orders.views.sides import BUYER, VENDOR, Side


def _appeal(side: Side, number: str, claim: str, appeal: Callable[..., object]) -> Page:
    order, found = side.claim(number, claim)
    form = Form(ReasonInput, request.form)
    if not form.is_valid():
        return show_claim_of(side, order, found, form=form, appeal=form), 422
    reason = form.data.reason
    try:
        act_once(f"appeal.{side.name}", {"claim": claim, "reason": reason}, lambda: appeal(found.id, reason=reason, actor=current_actor()))
    except Conflict as refused:
        return show_claim_of(side, *side.claim(number, claim), refusal=gettext(refused.text)), refused.status
    flash(gettext("Appealed. Another person decides, and both sides have been told."), "held")
    return see_other(f"orders.show_{side.name}_claim", number=number, claim=claim)


@bp.post("/orders/<number>/claims/<claim>/appeal")
@requires(Permission.ORDER_ACCEPT_GOODS)
def appeal_as_buyer(number: str, claim: str) -> Page:
    """The buyer appeals against the ruling."""
    return _appeal(BUYER, number, claim, services.appeal_as_buyer)


@bp.post("/portal/orders/<number>/claims/<claim>/appeal")
@requires(Permission.VENDOR_ORDER_FULFIL)
def appeal_as_vendor(number: str, claim: str) -> Page:
    """The vendor appeals against the ruling."""
    return _appeal(VENDOR, number, claim, services.appeal_as_vendor)


def _accept(side: Side, number: str, claim: str, accept: Callable[..., Claim]) -> Page:
    _, found = side.claim(number, claim)
    try:
        act_once(f"accept_ruling.{side.name}", {"claim": claim}, lambda: accept(found.id, actor=current_actor()))
    except Conflict as refused:
        return show_claim_of(side, *side.claim(number, claim), refusal=gettext(refused.text)), refused.status
    flash(
        gettext("Accepted. The decision is carried out now.")
        if found.is_accepted
        else gettext("Accepted. The decision is carried out when the other side accepts it too, or its time to appeal is over."),
        "done",
    )
    return see_other(f"orders.show_{side.name}_claim", number=number, claim=claim)


@bp.post("/orders/<number>/claims/<claim>/accept-ruling")
@requires(Permission.ORDER_ACCEPT_GOODS)
def accept_ruling_as_buyer(number: str, claim: str) -> Page:
    """The buyer gives up its appeal."""
    return _accept(BUYER, number, claim, services.accept_ruling_as_buyer)


@bp.post("/portal/orders/<number>/claims/<claim>/accept-ruling")
@requires(Permission.VENDOR_ORDER_FULFIL)
def accept_ruling_as_vendor(number: str, claim: str) -> Page:
    """The vendor gives up its appeal."""
    return _accept(VENDOR, number, claim, services.accept_ruling_as_vendor)
