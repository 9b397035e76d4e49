"""The vendor's side: the account that its money goes to, and where its money is."""

from datetime import datetime

from flask import Response as FlaskResponse
from flask import current_app, flash, render_template, request
from werkzeug.wrappers import Response

from marketplace.accounts.permissions import Permission
from marketplace.core import clock
from marketplace.core.audit import Viewer
from marketplace.core.db import transaction
from marketplace.core.errors import Unauthenticated
from marketplace.core.i18n import amount, gettext, lazy
from marketplace.core.ids import parse_id
from marketplace.core.sheets import write_csv
from marketplace.core.web import current_actor, current_viewer, requires, see_other
from payments import calls, gateway, queries, services
from payments.errors import NoPayoutAccount, OperationBusy, ProviderRefused, ProviderUnknown
from payments.models import HoldState
from payments.queries import VendorMoneyLine
from payments.views.blueprint import bp
from payments.words import FROZEN, PAYOUT_ACCOUNT, VENDOR_HOLD, Word

PAGE = 50
UNKNOWN = lazy("The payment provider does not answer at the moment. Try again in a minute.")
HEAD = (
    lazy("Order"), lazy("Currency"), lazy("Gross"), lazy("Fee"), lazy("Net"), lazy("State"), lazy("Paid by the buyer"), lazy("Release date"),
    lazy("Released"), lazy("Paid out"),
)  # fmt: skip


def _vendor() -> Viewer:
    viewer = current_viewer()
    if viewer is None:
        raise Unauthenticated
    return viewer


@bp.get("/portal/payout-account")
@requires(Permission.PAYOUT_EDIT)
def show_payout_account() -> str:
    """Whether the provider can pay this vendor, and what is missing."""
    account = queries.find_payout_account(_vendor().company_id)
    word = PAYOUT_ACCOUNT[account.state] if account else None
    return render_template("payments/show_payout_account.html", account=account, word=word)


@bp.post("/portal/payout-account/start")
@requires(Permission.PAYOUT_EDIT)
def start_payout_account() -> Response:
    """Open the account at the provider, once, and go on to its form."""
    with transaction():
        operation_id = services.open_payout_account(_vendor().company_id, actor=current_actor())
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
def continue_payout_account() -> str | Response:
    """A fresh link to the provider's form: it is good once and for a few minutes."""
    account = queries.find_payout_account(_vendor().company_id)
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
        calls.refresh_payout_account(_vendor().company_id)
    except (ProviderUnknown, ProviderRefused):
        flash(gettext(UNKNOWN), "need")
    return see_other("payments.show_payout_account")


@bp.get("/portal/money")
@requires(Permission.VENDOR_MONEY_VIEW)
def show_vendor_money() -> str:
    """Gross, fee and net of each order, what is held until when, payable and paid out, to the cent."""
    vendor_id = _vendor().company_id
    lines = queries.vendor_money_lines(vendor_id, limit=PAGE + 1, after=parse_id(request.args.get("after", "")))
    following = str(lines[PAGE - 1].hold_id) if len(lines) > PAGE else None
    return render_template(
        "payments/show_vendor_money.html",
        lines=[(line, _word(line)) for line in lines[:PAGE]],
        sums=queries.vendor_money(vendor_id),
        following=following,
        is_first=not request.args.get("after"),
    )


def _word(line: VendorMoneyLine) -> Word:
    return FROZEN if line.is_frozen else VENDOR_HOLD[line.state]


@bp.get("/portal/money.csv")
@requires(Permission.VENDOR_MONEY_VIEW)
def export_vendor_money() -> FlaskResponse:
    """The same as a sheet, all orders."""
    rows = [
        (
            line.order_number,
            line.currency,
            *(
                amount(value, line.currency).replace(",", "").replace("−", "-")
                for value in (line.gross_minor, line.fee_minor, line.net_minor)
            ),
            gettext(_word(line).text),
            *(at.isoformat() if at else "" for at in (line.funded_at, _held_until(line), line.released_at, line.paid_out_at)),
        )
        for line in queries.vendor_money_lines(_vendor().company_id)
    ]
    body = write_csv([gettext(name) for name in HEAD], rows)
    name = f"money-{clock.now():%Y-%m-%d}.csv"
    return FlaskResponse(body, mimetype="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _held_until(line: VendorMoneyLine) -> datetime | None:
    return line.release_at if line.state is HoldState.FUNDED else None
