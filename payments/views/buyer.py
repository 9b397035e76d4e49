"""The buyer's payment: what is owed, the way to the provider's page and back."""

from datetime import timedelta

from flask import current_app, flash, render_template
from werkzeug.wrappers import Response

from marketplace.accounts.permissions import Permission
from marketplace.core import clock, once, policy
from marketplace.core.acting import Page, viewer_here
from marketplace.core.db import transaction
from marketplace.core.i18n import gettext, lazy
from marketplace.core.web import current_actor, once_key, path_id, requires, see_other
from payments import calls, queries, services
from payments.errors import OperationBusy, ProviderRefused, ProviderUnknown
from payments.models import Payment, PaymentState
from payments.statements import statement
from payments.views.blueprint import bp
from payments.words import PAYMENT, REFUSALS, REFUSED

NO_PAGE = lazy("The payment provider refused to make a page for this. Nothing was charged. Write to us.")


def _payment(payment_id: str) -> Payment:
    return queries.payment_of(path_id(payment_id), buyer_id=viewer_here().company_id)


@bp.get("/payments/<payment_id>")
@requires(Permission.PAYMENT_VIEW)
def show_payment(payment_id: str) -> str:
    """What is owed or held for whom and until when, and the button that starts the payment."""
    payment = _payment(payment_id)
    said = statement(queries.holds_with_vendors(payment.id), queries.refunds_of_payment(payment.id, buyer_id=payment.buyer_id))
    refusal = gettext(REFUSALS.get(payment.last_refusal, REFUSED)) if payment.last_refusal else None
    return render_template(
        "payments/show_payment.html",
        payment=payment,
        statement=said,
        word=PAYMENT[payment.state],
        refusal=refusal,
        has_page=_has_page(payment),
        closes_at=payment.created_at + timedelta(days=policy.current().unpaid_cancel_days),
    )


def _has_page(payment: Payment) -> bool:
    """Whether the buyer can pay on the provider's page now."""
    until = payment.session_expires_at
    is_open = payment.state is PaymentState.STARTED and payment.stripe_session_url is not None
    return is_open and until is not None and until > clock.now()


@bp.post("/payments/<payment_id>/start")
@requires(Permission.PAYMENT_START)
def start_payment(payment_id: str) -> Response:
    """Have the provider make its page, or find the one that is open; a double click makes one."""
    payment = _payment(payment_id)
    try:
        if payment.state is PaymentState.STARTED and not _has_page(payment):
            # Only the provider knows whether the last page was paid before its time was over.
            calls.refresh_payment(payment.id)
        with transaction():
            operation_id = None
            if once.claim("payments.start", once_key(), {"payment": payment_id}) is None:
                base_url = current_app.config["BASE_URL"]
                operation_id = services.start_payment(payment.id, buyer_id=payment.buyer_id, base_url=base_url, actor=current_actor())
        if operation_id is not None and not calls.perform(operation_id):
            flash(gettext(NO_PAGE), "late")
            return see_other("payments.show_payment", payment_id=payment_id)
    except OperationBusy:
        pass  # the first click is making the page just now
    except ProviderUnknown as error:
        flash(gettext(error.text), "late")
        return see_other("payments.show_payment", payment_id=payment_id)
    return see_other("payments.continue_payment", payment_id=payment_id)


@bp.get("/payments/<payment_id>/continue")
@requires(Permission.PAYMENT_START)
def continue_payment(payment_id: str) -> Page:
    """The sum and a plain link to the provider's page: a form may not lead to another house."""
    payment = _payment(payment_id)
    if payment.state not in (PaymentState.OPEN, PaymentState.STARTED):
        return see_other("payments.show_payment", payment_id=payment_id)
    return render_template("payments/continue_payment.html", payment=payment, has_page=_has_page(payment))


@bp.get("/payments/<payment_id>/return")
@requires(Permission.PAYMENT_START, Permission.PAYMENT_VIEW)
def return_from_provider(payment_id: str) -> Response:
    """Back from the provider's page: ask it what happened, so that a lost message never matters, and show that."""
    payment = _payment(payment_id)
    try:
        calls.refresh_payment(payment.id)
    except (ProviderUnknown, ProviderRefused):
        flash(gettext("The payment provider does not answer, so what you see may be a little old."), "need")
    return see_other("payments.show_payment", payment_id=payment_id)
