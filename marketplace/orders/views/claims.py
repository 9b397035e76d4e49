"""Claims at the buyer's side: the form with a row for each line, the page of a claim, and what the buyer does there."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import flash, render_template, request

from marketplace.accounts.permissions import Permission
from marketplace.core import clock
from marketplace.core.acting import Page, act_once, viewer_here
from marketplace.core.db import db
from marketplace.core.errors import Conflict
from marketplace.core.files import StoredFile
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, lazy, money
from marketplace.core.web import current_actor, path_id, requires, see_other, takes_files
from marketplace.orders import pages, quantities, queries, services, wording
from marketplace.orders.claims import amount_minor
from marketplace.orders.claims_schemas import ClaimInput, ClaimLineInput, ParcelInput
from marketplace.orders.claims_wording import wish_options
from marketplace.orders.errors import CreditTooLargeForLine, LineRefusal, QuantityTooLarge, RemedyNotPossible, WrongLines
from marketplace.orders.models import Claim, ClaimState, OrderLine, Remedy, VendorOrder
from marketplace.orders.schemas import ReasonInput
from marketplace.orders.services import ClaimedLine
from marketplace.orders.views import rows
from marketplace.orders.views.blueprint import bp
from marketplace.orders.views.photos import MAX_PHOTOS, photos_of, token_of
from marketplace.orders.views.sides import BUYER, Side
from marketplace.orders.wording import WISHES
from payments import queries as payments

DECIMALS = lazy("This has more decimals than the currency.")
AT_MOST = lazy("At most %(most)s.")
BUYER_WISHES = (Remedy.REPLACE, Remedy.CREDIT, Remedy.RETURN)
Photos = Mapping[UUID, Sequence[StoredFile]]
NO_PHOTOS: Photos = {}
STAND_INS = {"quantity": "1", "text": "-" * 10}
"""For fields of a row that are refused: the others are judged all the same."""


def _lines(order: VendorOrder) -> list[OrderLine]:
    """The lines of an order of which something has left: others cannot be claimed."""
    return [line for line in queries.lines_of_orders([order.id])[order.id] if line.shipped_quantity]


@bp.get("/orders/<number>/problem")
@requires(Permission.ORDER_ACCEPT_GOODS)
def show_problem_form(number: str) -> Page:
    """Ask what is wrong with which lines of a vendor order."""
    order = BUYER.order(number)
    lines = _lines(order)
    return _ask(order, Form(ClaimInput, initial=rows.initial(lines, {"quantity": lambda line: quantities.written(_usual(line), line)})))


def _usual(line: OrderLine) -> int:
    return line.delivered_quantity or line.shipped_quantity


def _ask(order: VendorOrder, form: Form[ClaimInput], photos: Photos = NO_PHOTOS) -> str:
    """The form; `photos` are those that it has kept from before, which stand there ticked. What was reported already is named."""
    lines = _lines(order)
    claimed = queries.claimed_quantities([line.id for line in lines])
    return render_template(
        "orders/report_problem.html",
        order=order,
        purchase=queries.purchase_by_id(order.purchase_id),
        form=form,
        rows=rows.prefixes(form, lines),
        kinds=wording.problem_options(),
        wishes=wish_options(BUYER_WISHES),
        most=MAX_PHOTOS,
        kept={line_id: [(token_of(photo), photo) for photo in of_line] for line_id, of_line in photos.items()},
        is_released=order.accepted_by_buyer_at is not None,
        held_minor=payments.hold_of_vendor_order(order.id, buyer_id=order.buyer_id).held_minor,
        labels=_labels(form, lines),
        claims=[each for each in queries.claims_of_orders([order.id]).get(order.id, []) if each.state is not ClaimState.WITHDRAWN],
        claimed={line.id: claimed.get((line.id, False), 0) for line in lines},
    )


def _labels(form: Form[ClaimInput], lines: Sequence[OrderLine]) -> dict[str, str]:
    """What each field is called in the summary of errors."""
    names = {
        "kind": gettext("What is wrong"),
        "quantity": gettext("How much of it"),
        "text": gettext("Describe it"),
        "wish": gettext("What you wish"),
        "amount": gettext("Amount of the credit"),
        "photos": gettext("Photos"),
    }
    return {f"{prefix}-{name}": f"{line.sku}: {word}" for prefix, line in rows.prefixes(form, lines) for name, word in names.items()}


@bp.post("/orders/<number>/problem")
@requires(Permission.ORDER_ACCEPT_GOODS)
@takes_files(MAX_PHOTOS)
def report_problem(number: str) -> Page:
    """Something is wrong with lines of a vendor order: what is held of its money is frozen, and the vendor has to answer."""
    order = BUYER.order(number)
    lines = _lines(order)
    form = Form(ClaimInput, request.form)
    said = _read(form, order, lines)
    photos = {line.id: photos_of(form, f"{prefix}-photos", order.buyer_id) for prefix, line in rows.prefixes(form, lines)}
    if not form.errors and not said:
        form.add_error("form", gettext("Say for one line at least what is wrong."))
    if form.errors:
        _say(form, lines, order, services.line_refusals(order, lines, said))
        return _ask(BUYER.order(number), form, photos), 422
    kept = {line_id: [photo.id for photo in of_line] for line_id, of_line in photos.items()}
    content = {"order": number, **form.data.model_dump(mode="json")}
    number_of: list[str] = []
    try:
        act_once("report_problem", content, lambda: number_of.append(_report(order.id, said, kept)))
    except (QuantityTooLarge, CreditTooLargeForLine, RemedyNotPossible, WrongLines) as refused:
        _say(form, lines, order, refused.refusals if isinstance(refused, WrongLines) else [refused])
        return _ask(BUYER.order(number), form, photos), refused.status
    except Conflict as refused:
        form.add_error("form", gettext(refused.text))
        return _ask(BUYER.order(number), form, photos), refused.status
    if not number_of:  # the same form once more: the first one has opened the claim
        return BUYER.back(order)
    flash(gettext("Reported. The vendor has been told and has to answer each line."), "held")
    return see_other("orders.show_buyer_claim", number=number, claim=number_of[0])


def _report(order_id: UUID, said: Sequence[ClaimedLine], kept: dict[UUID, list[UUID]]) -> str:
    with_photos = [
        ClaimedLine(
            line_id=line.line_id,
            kind=line.kind,
            quantity=line.quantity,
            text=line.text,
            wish=line.wish,
            asked_minor=line.asked_minor,
            photos=[db.session.get_one(StoredFile, file_id) for file_id in kept.get(line.line_id, ())],
        )
        for line in said
    ]
    return services.report_problem(order_id, lines=with_photos, actor=current_actor()).number


def _read(form: Form[ClaimInput], order: VendorOrder, lines: Sequence[OrderLine]) -> list[ClaimedLine]:
    """The rows with a problem, in base units and minor units; what is wrong is said beside its field.

    A quantity that cannot be read stands as 0: its row is judged with the others, though the form is refused already.
    """
    typed = form.data.lines if form.is_valid() else form.readable_rows("lines", ClaimLineInput, STAND_INS)
    by_id = {line.id: line for line in lines}
    wanted = [row for row in typed if row.kind is not None and (row.line_id in by_id or not form.errors)]
    found, wrong = quantities.read(((row.line_id, row.quantity) for row in wanted), by_id)
    for line_id, message in wrong.items():
        rows.say(form, lines, line_id, "quantity", message)
    unread = {line.id for prefix, line in rows.prefixes(form, lines) if form.error(f"{prefix}-quantity")}
    said = []
    for row in wanted:
        asked = _amount(form, lines, order, row)
        if row.kind is not None:
            quantity = 0 if row.line_id in unread else found[row.line_id]
            said.append(ClaimedLine(row.line_id, row.kind, quantity, row.text or "", row.wish, asked))
    return said


def _amount(form: Form[ClaimInput], lines: Sequence[OrderLine], order: VendorOrder, row: ClaimLineInput) -> int | None:
    if row.amount is None or row.wish is not Remedy.CREDIT:
        return None
    minor = amount_minor(row.amount, order.currency)
    if minor is None:
        rows.say(form, lines, row.line_id, "amount", gettext(DECIMALS))
    return minor


def _say(form: Form[ClaimInput], lines: Sequence[OrderLine], order: VendorOrder, refusals: Sequence[LineRefusal]) -> None:
    """Put each refusal beside its field; what is said there already came first, and stays."""
    for refused in refusals:
        field, message = _told(refused, order)
        place = next((prefix for prefix, line in rows.prefixes(form, lines) if line.id == refused.line_id), None)
        if form.error(f"{place}-{field}") is None:
            rows.say(form, lines, refused.line_id, field, message)


def _told(refused: LineRefusal, order: VendorOrder) -> tuple[str, str]:
    """(field, message) of what stands against a line."""
    if isinstance(refused, QuantityTooLarge):
        return "quantity", quantities.too_large(refused)
    if isinstance(refused, CreditTooLargeForLine):
        return "amount", gettext(AT_MOST, most=money(refused.limit_minor, order.currency))
    return "wish", why_not(refused)


def why_not(refused: RemedyNotPossible) -> str:
    """Why a remedy is not possible, in the reader's language."""
    return gettext(refused.why, **refused.values) if refused.why else gettext(refused.text)


def show_claim_of(side: Side, order: VendorOrder, claim: Claim, *, active: str | None = None, **values: Any) -> str:
    """The page of a claim in a side's frame. One line at a time has its form: `active`, else the first that needs this reader."""
    (view,) = pages.claim_views([(claim, order)], side.name)
    needing = [str(each.line.id) for each in view.lines if each.needs(side.name)]
    wanted = active or request.args.get("line", "")
    return render_template(
        "orders/show_side_claim.html",
        side=side,
        view=view,
        claim=claim,
        order=order,
        purchase=queries.purchase_by_id(order.purchase_id),
        active=wanted if any(str(each.line.id) == wanted for each in view.lines) else next(iter(needing), None),
        problem_word=wording.problem_word,
        wish_words={remedy: gettext(word) for remedy, word in WISHES.items()},
        events=pages.story_of_order(order, company_id=viewer_here().company_id),
        appeals=queries.appeals_of(claim.id),
        can_appeal=claim.is_open and claim.appeal_by_at is not None and claim.appeal_by_at > clock.now(),
        can_accept_ruling=claim.can_accept(side.name, clock.now()),
        has_accepted=claim.buyer_accepted_at if side is BUYER else claim.vendor_accepted_at,
        **{"refusal": None, "form": None, "parcel": Form(ParcelInput), "appeal": Form(ReasonInput), **values},
    )


@bp.get("/orders/<number>/claims/<claim>")
@requires(Permission.ORDER_VIEW)
def show_buyer_claim(number: str, claim: str) -> Page:
    """A claim as the buyer sees it: what the vendor answers, and what can be done now."""
    return _show(*BUYER.claim(number, claim))


Show = Callable[..., str]
"""The page of a claim for one side: `(order, claim, **values)`."""


def act_on_claim(
    side: Side, number: str, claim: str, act: str, *, service: Callable[[Claim], object], done: str, show: Show, **content: str
) -> Page:
    """Do one act on a claim as one side; a refusal is said on its page."""
    _, found = side.claim(number, claim)
    try:
        act_once(act, {"claim": claim, **content}, lambda: service(found))
    except Conflict as refused:
        return show(*side.claim(number, claim), refusal=gettext(refused.text)), refused.status
    flash(done, "done")
    return see_other(f"orders.show_{side.name}_claim", number=number, claim=claim)


def send_parcel(side: Side, number: str, claim: str, line_id: str, *, act: str, send: Callable[..., object], done: str, show: Show) -> Page:
    """Goods of a line are on their way, a replacement or a return; a carrier that is missing is said beside its field."""
    form = Form(ParcelInput, request.form)
    if not form.is_valid():
        return show(*side.claim(number, claim), active=line_id, parcel=form, refused=form), 422
    carrier, tracking = form.data.carrier, form.data.tracking
    return act_on_claim(
        side,
        number,
        claim,
        act,
        service=lambda found: send(found.id, path_id(line_id), carrier=carrier, tracking=tracking, actor=current_actor()),
        done=done,
        show=show,
        line=line_id,
        carrier=carrier,
        tracking=tracking or "",
    )


def _show(order: VendorOrder, claim: Claim, **values: Any) -> str:
    return show_claim_of(BUYER, order, claim, form=values.pop("refused", None), **values)


def _act(number: str, claim: str, act: str, service: Callable[[Claim], object], done: str, **content: str) -> Page:
    return act_on_claim(BUYER, number, claim, act, service=service, done=done, show=_show, **content)


@bp.post("/orders/<number>/claims/<claim>/lines/<line_id>/accept")
@requires(Permission.ORDER_ACCEPT_GOODS)
def accept_answer(number: str, claim: str, line_id: str) -> Page:
    """The buyer takes the vendor's answer to a line."""
    return _act(
        number,
        claim,
        "accept_answer",
        lambda found: services.accept_answer(found.id, path_id(line_id), actor=current_actor()),
        gettext("Accepted. What follows from it stands below."),
        line=line_id,
    )


@bp.post("/orders/<number>/claims/<claim>/lines/<line_id>/withdraw")
@requires(Permission.ORDER_ACCEPT_GOODS)
def withdraw_claim_line(number: str, claim: str, line_id: str) -> Page:
    """The buyer takes a line of the claim back."""
    return _act(
        number,
        claim,
        "withdraw_claim_line",
        lambda found: services.withdraw_line(found.id, path_id(line_id), actor=current_actor()),
        gettext("Withdrawn."),
        line=line_id,
    )


@bp.post("/orders/<number>/claims/<claim>/lines/<line_id>/received")
@requires(Permission.ORDER_ACCEPT_GOODS)
def confirm_replacement(number: str, claim: str, line_id: str) -> Page:
    """The replacement has arrived."""
    return _act(
        number,
        claim,
        "confirm_replacement",
        lambda found: services.confirm_replacement(found.id, path_id(line_id), actor=current_actor()),
        gettext("The replacement has arrived: this line is settled."),
        line=line_id,
    )


@bp.post("/orders/<number>/claims/<claim>/lines/<line_id>/send-back")
@requires(Permission.ORDER_ACCEPT_GOODS)
def send_return(number: str, claim: str, line_id: str) -> Page:
    """The goods of a line are on their way back."""
    done = gettext("On their way back. The refund follows when the vendor has them.")
    return send_parcel(BUYER, number, claim, line_id, act="send_return", send=services.send_return, done=done, show=_show)


@bp.post("/orders/<number>/claims/<claim>/hand-over")
@requires(Permission.ORDER_ACCEPT_GOODS)
def hand_over_claim(number: str, claim: str) -> Page:
    """The buyer asks the platform to decide."""
    return _act(
        number,
        claim,
        "hand_over_claim",
        lambda found: services.hand_over_as_buyer(found.id, actor=current_actor()),
        gettext("The platform decides now. Both sides have been told."),
    )
