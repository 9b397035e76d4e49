"""Claims at the vendor's side: the list, the page of a claim, and the answers line by line."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import flash, render_template, request
from werkzeug.wrappers import Response

from marketplace.accounts.permissions import Permission
from marketplace.core.acting import Page, act_once, viewer_here
from marketplace.core.downloads import download_csv
from marketplace.core.errors import Conflict
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, lazy, money
from marketplace.core.money import plain
from marketplace.core.web import current_actor, path_id, requires, see_other
from marketplace.orders import pages, queries, services, wording
from marketplace.orders.claims import amount_minor
from marketplace.orders.claims_schemas import AnswerLineInput
from marketplace.orders.claims_wording import ANSWER_HINTS
from marketplace.orders.errors import CreditTooLargeForLine, RemedyNotPossible, TermsTooHard
from marketplace.orders.models import Claim, ClaimLine, Remedy, VendorOrder
from marketplace.orders.pages import ClaimLineView
from marketplace.orders.services.claims.agreeing import answers_for
from marketplace.orders.views.blueprint import bp
from marketplace.orders.views.claims import AT_MOST, DECIMALS, act_on_claim, send_parcel, show_claim_of, why_not
from marketplace.orders.views.sides import VENDOR
from marketplace.orders.wording import WISHES
from vendors import queries as vendors


@bp.get("/portal/claims")
@requires(Permission.VENDOR_ORDER_VIEW)
def list_vendor_claims() -> Page:
    """Claims about this vendor's orders: filtered, sorted, by key."""
    asked = queries.VENDOR_CLAIMS.read(request.args)
    found = queries.claims_of_vendor(viewer_here().company_id, asked)
    views = pages.claim_views([(row.Claim, row.VendorOrder) for row in found.rows], "vendor")
    return render_template("orders/list_vendor_claims.html", asked=asked, found=found, views=views, problem_word=wording.problem_word)


@bp.get("/portal/claims.csv")
@requires(Permission.VENDOR_ORDER_VIEW)
def export_vendor_claims() -> Response:
    """The same list as a table."""
    found = queries.export_claims_of_vendor(viewer_here().company_id, queries.VENDOR_CLAIMS.read(request.args))
    return download_csv([gettext(word) for word in CSV_HEAD], (csv_row(row) for row in found), "claims.csv")


CSV_HEAD = (
    lazy("Claim"), lazy("Order"), lazy("Buyer"), lazy("Vendor"), lazy("State"), lazy("Reported"), lazy("Answer by"), lazy("Handed over"),
    lazy("Ended"), lazy("Currency"), lazy("Value"),
)  # fmt: skip


def csv_row(row: Any) -> list[object]:
    """A claim as a row of a sheet."""
    claim, order, value = row[0], row[1], row[2]
    moments = (claim.opened_at, claim.answer_by_at, claim.handed_over_at, claim.ended_at)
    said = (at.isoformat() if at else "" for at in moments)
    names = (claim.number, order.number, order.buyer_name, order.vendor_name, gettext(wording.DECISIONS[claim.state]))
    return [*names, *said, order.currency, plain(int(value), order.currency)]


def _show(order: VendorOrder, claim: Claim, *, active: str | None = None, form: Form[AnswerLineInput] | None = None, **values: Any) -> str:
    vendor = vendors.vendor_by_id(viewer_here().company_id)
    answer = form or Form(AnswerLineInput, initial={name: vendor.address.get(name) or "" for name in ("street", "postcode", "city")})
    return show_claim_of(
        VENDOR,
        order,
        claim,
        active=active,
        answer=answer,
        form=form or values.pop("refused", None),
        hints=ANSWER_HINTS,
        answers_of=_answers,
        **values,
    )


def _answers(view: ClaimLineView) -> list[tuple[Remedy, str]]:
    """What can be answered to a line: by its kind, and a return only where the policy of the order allows it."""
    possible = [each for each in answers_for(view.line.kind) if each is not Remedy.RETURN or not view.terms.refused]
    return [(each, gettext(WISHES[each])) for each in possible]


@bp.get("/portal/orders/<number>/claims/<claim>")
@requires(Permission.VENDOR_ORDER_VIEW)
def show_vendor_claim(number: str, claim: str) -> Page:
    """A claim as the vendor sees it, with the form of an answer for each line."""
    return _show(*VENDOR.claim(number, claim))


def _act(number: str, claim: str, act: str, service: Callable[[Claim], object], done: str, **content: str) -> Page:
    return act_on_claim(VENDOR, number, claim, act, service=service, done=done, show=_show, **content)


@bp.post("/portal/orders/<number>/claims/<claim>/lines/<line_id>/answer")
@requires(Permission.VENDOR_ORDER_FULFIL)
def answer_claim_line(number: str, claim: str, line_id: str) -> Page:
    """Answer one line: replace, credit, return, or refuse with the reason."""
    order, found = VENDOR.claim(number, claim)
    form = Form(AnswerLineInput, request.form)
    amount = _amount(form, order) if form.is_valid() else None
    if form.errors:
        return _show(order, found, active=line_id, form=form), 422
    content = {"claim": claim, "line": line_id, **form.data.model_dump(mode="json")}
    try:
        act_once("answer_claim_line", content, lambda: _answer(order, found, path_id(line_id), form.data, amount))
    except Conflict as refused:
        field, message = _said(order, refused)
        form.add_error(field, message)
        order, found = VENDOR.claim(number, claim)
        return _show(order, found, active=line_id, form=form), refused.status
    flash(gettext("Answered. The buyer has been told."), "done")
    return see_other("orders.show_vendor_claim", number=number, claim=claim)


def _amount(form: Form[AnswerLineInput], order: VendorOrder) -> int | None:
    if form.data.answer is not Remedy.CREDIT or form.data.amount is None:
        return None
    minor = amount_minor(form.data.amount, order.currency)
    if minor is None:
        form.add_error("amount", gettext(DECIMALS))
    return minor


def _answer(order: VendorOrder, claim: Claim, line_id: UUID, data: AnswerLineInput, amount: int | None) -> ClaimLine:
    vendor = vendors.vendor_by_id(order.vendor_id)
    address = {"name": vendor.name, "street": data.street, "postcode": data.postcode, "city": data.city, "country": vendor.country}
    fee = None if data.restocking is None else int(data.restocking * 100)
    return services.answer_line(
        claim.id,
        line_id,
        answer=data.answer,
        text=data.text,
        amount_minor=amount,
        address=address,
        restocking_bp=fee,
        actor=current_actor(),
    )


def _said(order: VendorOrder, refused: Conflict) -> tuple[str, str]:
    """The field that a refusal belongs to, and how it is said."""
    if isinstance(refused, CreditTooLargeForLine):
        return "amount", gettext(AT_MOST, most=money(refused.limit_minor, order.currency))
    if isinstance(refused, RemedyNotPossible):
        return "answer", why_not(refused)
    if isinstance(refused, TermsTooHard):
        return "restocking", gettext(AT_MOST, most=f"{Decimal(refused.restocking_bp) / 100:f} %")
    return "form", gettext(refused.text)


@bp.post("/portal/orders/<number>/claims/<claim>/lines/<line_id>/send")
@requires(Permission.VENDOR_ORDER_FULFIL)
def send_replacement(number: str, claim: str, line_id: str) -> Page:
    """The replacement of a line is on its way."""
    done = gettext("On its way. The buyer has been told.")
    return send_parcel(VENDOR, number, claim, line_id, act="send_replacement", send=services.send_replacement, done=done, show=_show)


@bp.post("/portal/orders/<number>/claims/<claim>/lines/<line_id>/received")
@requires(Permission.VENDOR_ORDER_FULFIL)
def confirm_return(number: str, claim: str, line_id: str) -> Page:
    """The returned goods of a line have arrived: their money goes back."""
    return _act(
        number,
        claim,
        "confirm_return",
        lambda found: services.confirm_return(found.id, path_id(line_id), actor=current_actor()),
        gettext("The goods are back, and their money goes to the buyer."),
        line=line_id,
    )


@bp.post("/portal/orders/<number>/claims/<claim>/hand-over")
@requires(Permission.VENDOR_ORDER_FULFIL)
def hand_over_vendor_claim(number: str, claim: str) -> Page:
    """The vendor asks the platform to decide."""
    return _act(
        number,
        claim,
        "hand_over_claim",
        lambda found: services.hand_over_as_vendor(found.id, actor=current_actor()),
        gettext("The platform decides now. Both sides have been told."),
    )
