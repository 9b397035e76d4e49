"""Finance at the platform's desk: the books, the provider's balance beside them, and what waits for a person."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request
from werkzeug.wrappers import Response

from marketplace.accounts.permissions import Permission
from marketplace.core import clock
from marketplace.core.acting import Page
from marketplace.core.db import transaction
from marketplace.core.downloads import download_csv
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, lazy
from marketplace.core.links import url_for
from marketplace.core.money import plain
from marketplace.core.web import current_actor, own_path, path_id, requires, see_other
from payments import gateway, queries, services
from payments.chart import CHART, KINDS, STRIPE_BALANCE
from payments.errors import ProviderRefused, ProviderUnknown
from payments.models import Operation
from payments.schemas import LedgerFilterInput
from payments.views.blueprint import bp
from payments.words import NO_ANSWER, OPERATIONS, WAITS_FOR

PAGE = 25
OLDEST = 10
"""Waiting calls, and unexplained movements, that stand on the ledger's page; all of them are a list of their own."""
OPERATIONS_HEAD = (
    lazy("Call"), lazy("Number of the call"), lazy("About"), lazy("Vendor"), lazy("Currency"), lazy("Sum"), lazy("Written"), lazy("Tries"),
    lazy("Waits for"),
)  # fmt: skip

MOVEMENTS_HEAD = (
    lazy("Movement"), lazy("Source"), lazy("Kind"), lazy("When"), lazy("Currency"), lazy("Amount"), lazy("Fee"), lazy("Net"), lazy("State"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ProviderLine:
    """The provider's balance beside ours, in minor units; None while the provider does not answer."""

    currency: str
    ours_minor: int
    theirs_minor: int | None

    @property
    def difference_minor(self) -> int | None:
        """Theirs less ours."""
        return None if self.theirs_minor is None else self.theirs_minor - self.ours_minor


@bp.get("/desk/ledger")
@requires(Permission.LEDGER_VIEW)
def show_ledger() -> Page:
    """Balances, the provider's balance, unmatched movements, waiting calls, and the entries by account or order."""
    form = Form(LedgerFilterInput, request.args)
    is_valid = form.is_valid()
    wanted = form.data if is_valid else LedgerFilterInput()
    references = queries.references_of(wanted.reference) if wanted.reference else None
    found = queries.entries(references=references, code=wanted.code or None, limit=PAGE + 1, before=wanted.before, after=wanted.after)
    # Walking back, the one too many stands in front; walking on, at the end.
    entries = found[-PAGE:] if wanted.before else found[:PAGE]
    has_more = len(found) > PAGE
    balances = queries.balance_lines()
    page = render_template(
        "payments/show_ledger.html",
        form=form,
        chart=CHART,
        used={line.code for line in balances},
        kinds=KINDS,
        balances=balances,
        provider=_provider_lines({line.currency: line.balance_minor for line in balances if line.code == STRIPE_BALANCE}),
        movements=queries.UNEXPLAINED.page(queries.unexplained_movements(), queries.UNEXPLAINED.read({})).rows[:OLDEST],
        movements_count=queries.count_unexplained_movements(),
        operations=_views(queries.PARKED.page(queries.parked_operations(), queries.PARKED.read({})).rows[:OLDEST]),
        operations_count=queries.count_parked_operations(),
        refunds=queries.failed_refunds(),
        refunds_count=queries.count_failed_refunds(),
        check=queries.last_check(),
        entries=entries,
        previous=entries[0].id if entries and (wanted.after or (wanted.before and has_more)) else None,
        following=entries[-1].id if entries and (wanted.before or has_more) else None,
    )
    return page if is_valid else (page, 422)


def _provider_lines(ours: dict[str, int]) -> list[ProviderLine]:
    try:
        theirs = gateway.balances()
    except (ProviderUnknown, ProviderRefused):
        return [ProviderLine(currency, ours[currency], None) for currency in sorted(ours)]
    return [ProviderLine(currency, ours.get(currency, 0), theirs.get(currency, 0)) for currency in sorted({*ours, *theirs})]


def _waits_for(operation: Operation) -> str:
    if operation.first_tried_at is not None and operation.last_error not in WAITS_FOR:
        return gettext(NO_ANSWER)
    error = operation.last_error or ""
    return gettext(WAITS_FOR[error]) if error in WAITS_FOR else gettext("Refused by the provider: %(code)s.", code=error)


@dataclass(frozen=True, slots=True)
class WaitingCall:
    """A waiting call as it is shown; the sum in minor units, None for a call that moves none."""

    operation: Operation
    about: str
    vendor_name: str
    name: str
    waits_for: str
    amount_minor: int | None
    currency: str


def _views(rows: Iterable[Any]) -> Iterator[WaitingCall]:
    for row in rows:
        operation: Operation = row.Operation
        name = gettext(OPERATIONS[operation.kind])
        amount = operation.request.get("amount") if row.currency else None
        yield WaitingCall(operation, row.about, row.vendor_name, name, _waits_for(operation), amount, row.currency)


@bp.get("/desk/ledger/operations")
@requires(Permission.LEDGER_VIEW)
def list_operations() -> str:
    """Every call to the provider that waits, the oldest first, and what each waits for."""
    asked = queries.PARKED.read(request.args)
    found = queries.PARKED.page(queries.parked_operations(), asked)
    return render_template("payments/list_operations.html", asked=asked, found=found, rows=list(_views(found.rows)))


@bp.get("/desk/ledger/operations.csv")
@requires(Permission.LEDGER_VIEW)
def export_operations() -> Response:
    """The same calls as a sheet."""
    found = _views(queries.PARKED.rows(queries.parked_operations(), queries.PARKED.read(request.args)))
    rows = (
        (
            call.name,
            str(call.operation.id),
            call.about,
            call.vendor_name,
            call.currency,
            plain(call.amount_minor, call.currency) if call.amount_minor is not None else "",
            call.operation.created_at.isoformat(),
            call.operation.tries,
            call.waits_for,
        )
        for call in found
    )
    return download_csv([gettext(word) for word in OPERATIONS_HEAD], rows, f"waiting-calls-{clock.now():%Y-%m-%d}.csv")


@bp.get("/desk/ledger/movements")
@requires(Permission.LEDGER_VIEW)
def list_movements() -> str:
    """Every movement at the provider that nothing of ours explains, the newest first."""
    asked = queries.UNEXPLAINED.read(request.args)
    return render_template(
        "payments/list_movements.html", asked=asked, found=queries.UNEXPLAINED.page(queries.unexplained_movements(), asked)
    )


@bp.get("/desk/ledger/movements.csv")
@requires(Permission.LEDGER_VIEW)
def export_movements() -> Response:
    """The same movements as a sheet."""
    rows = (
        (
            movement.id, movement.source_id or "", movement.type, movement.created_at.isoformat(), movement.currency,
            plain(movement.amount_minor, movement.currency), plain(movement.fee_minor, movement.currency),
            plain(movement.net_minor, movement.currency), gettext("In suspense") if movement.is_unexplained else gettext("Being looked up"),
        )
        for movement in queries.UNEXPLAINED.rows(queries.unexplained_movements(), queries.UNEXPLAINED.read(request.args))
    )  # fmt: skip
    return download_csv([gettext(word) for word in MOVEMENTS_HEAD], rows, f"unexplained-movements-{clock.now():%Y-%m-%d}.csv")


@bp.post("/desk/ledger/operations/<operation_id>/retry")
@requires(Permission.HOLD_DECIDE)
def retry_operation(operation_id: str) -> Response:
    """Let a waiting call be tried again."""
    with transaction():
        services.retry_operation(path_id(operation_id), actor=current_actor())
    flash(gettext("The call is tried again now."), "done")
    return redirect(own_path(request.form.get("next"), url_for("payments.show_ledger")), 303)


@bp.post("/desk/ledger/refunds/<refund_id>/retry")
@requires(Permission.HOLD_DECIDE)
def retry_refund(refund_id: str) -> Response:
    """Send a refund that came back once more."""
    with transaction():
        services.retry_refund(path_id(refund_id), actor=current_actor())
    flash(gettext("The refund is sent again now."), "done")
    return see_other("payments.show_ledger")
