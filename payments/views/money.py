"""Where money is, as tables: the vendor's orders, statement and refunds; the buyer's payments and refunds. Each as CSV too."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from flask import render_template, request
from werkzeug.wrappers import Response

from marketplace.accounts.permissions import Permission
from marketplace.core import clock
from marketplace.core.acting import viewer_here
from marketplace.core.downloads import download_csv
from marketplace.core.i18n import gettext, lazy
from marketplace.core.money import plain
from marketplace.core.web import requires
from payments import queries
from payments.models import Hold, HoldState, Refund
from payments.queries import KIND_WORDS
from payments.views.blueprint import bp
from payments.words import FROZEN, PAYMENT, REFUND, VENDOR_HOLD, Word

MONEY_HEAD = (
    lazy("Order"), lazy("Currency"), lazy("Gross"), lazy("Fee"), lazy("Net"), lazy("Held"), lazy("Refunded"), lazy("State"),
    lazy("Paid by the buyer"), lazy("Release date"), lazy("Released"), lazy("Paid out"),
)  # fmt: skip
STATEMENT_HEAD = (lazy("When"), lazy("Kind"), lazy("Order"), lazy("Currency"), lazy("Sum"))
REFUND_HEAD = (lazy("Decided"), lazy("Order"), lazy("Reason"), lazy("Currency"), lazy("Sum"), lazy("State"), lazy("Paid"))
PAYMENT_HEAD = (
    lazy("Purchase order"), lazy("Placed"), lazy("State"), lazy("Currency"), lazy("Sum"), lazy("Held"), lazy("Released"), lazy("Refunded"),
)  # fmt: skip


def _csv(name: str, head: tuple[str, ...], rows: Iterable[Sequence[object]]) -> Response:
    return download_csv([gettext(word) for word in head], rows, f"{name}-{clock.now():%Y-%m-%d}.csv")


def _at(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


def vendor_word(hold: Hold) -> Word:
    """Where an order's money stands, as its vendor reads it."""
    return FROZEN if hold.frozen_at is not None else VENDOR_HOLD[hold.state]


@bp.get("/portal/money")
@requires(Permission.VENDOR_MONEY_VIEW)
def show_vendor_money() -> str:
    """Gross, fee and net of each order, what is held until when, payable, paid out and owed, each sum with the way to its rows."""
    vendor_id = viewer_here().company_id
    asked = queries.VENDOR_MONEY.read(request.args)
    found = queries.vendor_holds(vendor_id, asked)
    return render_template(
        "payments/show_vendor_money.html",
        asked=asked,
        found=found,
        words={hold.id: vendor_word(hold) for hold in found.rows},
        sums=queries.vendor_money(vendor_id),
        banks=queries.find_banks(vendor_id),
        debts=queries.open_debts(vendor_id),
    )


@bp.get("/portal/money.csv")
@requires(Permission.VENDOR_MONEY_VIEW)
def export_vendor_money() -> Response:
    """The same orders as a sheet."""
    found = queries.export_vendor_holds(viewer_here().company_id, queries.VENDOR_MONEY.read(request.args))
    return _csv("money", MONEY_HEAD, (_money_row(hold) for hold in found))


def _money_row(hold: Hold) -> list[object]:
    sums = (hold.amount_minor, hold.kept_commission_minor, hold.net_minor, hold.held_minor, hold.returned_minor)
    release_at = hold.release_at if hold.state is HoldState.FUNDED else None
    moments = (hold.funded_at, release_at, hold.released_at, hold.paid_out_at)
    return [
        hold.order_number,
        hold.currency,
        *(plain(minor, hold.currency) for minor in sums),
        gettext(vendor_word(hold).text),
        *(_at(moment) for moment in moments),
    ]


@bp.get("/portal/money/statement")
@requires(Permission.VENDOR_MONEY_VIEW)
def show_statement() -> str:
    """Every movement of a period, from its opening to its closing balance."""
    vendor_id = viewer_here().company_id
    asked = queries.STATEMENT.read(request.args)
    return render_template(
        "payments/show_statement.html",
        asked=asked,
        found=queries.statement_lines(vendor_id, asked),
        periods=queries.periods(vendor_id, asked),
        kinds=KIND_WORDS,
    )


@bp.get("/portal/money/statement.csv")
@requires(Permission.VENDOR_MONEY_VIEW)
def export_statement() -> Response:
    """The same movements as a sheet."""
    found = queries.export_statement_lines(viewer_here().company_id, queries.STATEMENT.read(request.args))
    rows = (
        [_at(line.at), gettext(KIND_WORDS[line.kind]), line.order_number, line.currency, plain(line.amount_minor, line.currency)]
        for line in found
    )
    return _csv("statement", STATEMENT_HEAD, rows)


@bp.get("/portal/money/refunds")
@requires(Permission.VENDOR_MONEY_VIEW)
def list_vendor_refunds() -> str:
    """What went back to buyers of this vendor, why, and where that money is."""
    asked = queries.VENDOR_REFUNDS.read(request.args)
    found = queries.vendor_refunds(viewer_here().company_id, asked)
    return render_template("payments/list_vendor_refunds.html", asked=asked, found=found, words=REFUND)


@bp.get("/portal/money/refunds.csv")
@requires(Permission.VENDOR_MONEY_VIEW)
def export_vendor_refunds() -> Response:
    """The same refunds as a sheet."""
    found = queries.export_vendor_refunds(viewer_here().company_id, queries.VENDOR_REFUNDS.read(request.args))
    return _csv("refunds", REFUND_HEAD, (_refund_row(row.Refund, row.order_number) for row in found))


def _refund_row(refund: Refund, order_number: str) -> list[object]:
    word = gettext(REFUND[refund.state].text)
    sum_ = plain(refund.amount_minor, refund.currency)
    return [_at(refund.decided_at), order_number, gettext(refund.reason), refund.currency, sum_, word, _at(refund.settled_at)]


@bp.get("/payments")
@requires(Permission.PAYMENT_VIEW)
def list_payments() -> str:
    """What the company has paid or still owes, and where that money is now."""
    asked = queries.PAYMENTS.read(request.args)
    found = queries.buyer_payments(viewer_here().company_id, asked)
    return render_template("payments/list_payments.html", asked=asked, found=found, words=PAYMENT)


@bp.get("/payments.csv")
@requires(Permission.PAYMENT_VIEW)
def export_payments() -> Response:
    """The same payments as a sheet."""
    found = queries.export_buyer_payments(viewer_here().company_id, queries.PAYMENTS.read(request.args))
    rows = (
        [
            row.Payment.purchase_number,
            _at(row.Payment.created_at),
            gettext(PAYMENT[row.Payment.state].text),
            row.Payment.currency,
            *(
                plain(int(minor), row.Payment.currency)
                for minor in (row.Payment.amount_minor, row.held_minor, row.released_minor, row.returned_minor)
            ),
        ]
        for row in found
    )
    return _csv("payments", PAYMENT_HEAD, rows)


@bp.get("/payments/refunds")
@requires(Permission.PAYMENT_VIEW)
def list_refunds() -> str:
    """What comes back to the company, why, and where that money is."""
    asked = queries.REFUNDS.read(request.args)
    return render_template(
        "payments/list_refunds.html", asked=asked, found=queries.buyer_refunds(viewer_here().company_id, asked), words=REFUND
    )


@bp.get("/payments/refunds.csv")
@requires(Permission.PAYMENT_VIEW)
def export_refunds() -> Response:
    """The same refunds as a sheet."""
    found = queries.export_buyer_refunds(viewer_here().company_id, queries.REFUNDS.read(request.args))
    return _csv("refunds", REFUND_HEAD, (_refund_row(row.Refund, row.order_number) for row in found))
