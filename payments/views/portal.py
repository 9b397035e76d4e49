"""The vendor's side: the account that its money goes to."""

from flask import current_app, flash, render_template
from werkzeug.wrappers import Response

from marketplace.accounts.permissions import Permission
from marketplace.accounts.telling import told
from marketplace.core.acting import Page, viewer_here
from marketplace.core.db import transaction
from marketplace.core.i18n import gettext, lazy
from marketplace.core.web import current_actor, requires, see_other, steps_up
from payments import calls, gateway, queries, services
from payments.errors import NoPayoutAccount, OperationBusy, ProviderRefused, ProviderUnknown
from payments.views.blueprint import bp
from payments.words import PAYOUT_ACCOUNT

UNKNOWN = lazy("The payment provider does not answer at the moment. Try again in a minute.")


@bp.get("/portal/payout-account")
@requires(Permission.PAYOUT_EDIT)
def show_payout_account() -> str:
    """Whether the provider can pay this vendor, and what is missing."""
    banks = queries.find_banks(viewer_here().company_id)
    account = banks.account if banks else None
    word = PAYOUT_ACCOUNT[account.state] if account else None
    reason = told(account.status_code) if account and account.status_code else None
    return render_template(
        "payments/show_payout_account.html", account=account, word=word, reason=reason, banks=banks, written=services.written_bank
    )


@bp.post("/portal/payout-account/stop")
@requires(Permission.PAYOUT_EDIT)
def stop_payouts() -> Response:
    """One press: nothing is paid out from now on, and the desk is alarmed. Asks for no new proof: it takes nothing from anybody."""
    with transaction():
        services.stop_payouts(viewer_here().company_id, actor=current_actor())
    flash(gettext("Payouts are stopped. We call you at the number that we have on record."), "done")
    return see_other("payments.show_payout_account")


@bp.post("/portal/payout-account/start")
@requires(Permission.PAYOUT_EDIT)
@steps_up
def start_payout_account() -> Response:
    """Open the account at the provider, once, and go on to its form."""
    with transaction():
        operation_id = services.open_payout_account(viewer_here().company_id, actor=current_actor())
    try:
        if operation_id is not None and not calls.perform(operation_id):
            flash(gettext("The payment provider refused to open the account. Write to us."), "late")
            return see_other("payments.show_payout_account")
    except (OperationBusy, ProviderUnknown):
        flash(gettext(UNKNOWN), "late")
        return see_other("payments.show_payout_account")
    return see_other("payments.continue_payout_account")


@bp.get("/portal/payout-account/continue")
@requires(Permission.PAYOUT_EDIT)
@steps_up
def continue_payout_account() -> Page:
    """A fresh link to the provider's form: it is good once and for a few minutes."""
    account = queries.find_payout_account(viewer_here().company_id)
    if account is None or account.stripe_account_id is None:
        raise NoPayoutAccount
    base = f"{current_app.config['BASE_URL'].rstrip('/')}/portal/payout-account"
    try:
        link = gateway.create_account_link(account.stripe_account_id, return_url=f"{base}/return", refresh_url=f"{base}/continue")
    except (ProviderUnknown, ProviderRefused):
        flash(gettext(UNKNOWN), "late")
        return see_other("payments.show_payout_account")
    return render_template("payments/continue_payout_account.html", link=link)


@bp.get("/portal/payout-account/return")
@requires(Permission.PAYOUT_EDIT)
def return_from_onboarding() -> Response:
    """Back from the provider's form: ask it how the account stands, and show that."""
    try:
        calls.refresh_payout_account(viewer_here().company_id)
    except (ProviderUnknown, ProviderRefused):
        flash(gettext(UNKNOWN), "need")
    return see_other("payments.show_payout_account")
