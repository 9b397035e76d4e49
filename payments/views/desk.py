"""Finance at the platform's desk: the books, the provider's balance beside them, and what waits for a person."""

from dataclasses import dataclass

from flask import flash, render_template, request
from werkzeug.wrappers import Response

from marketplace.accounts.permissions import Permission
from marketplace.core.acting import Page
from marketplace.core.db import transaction
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext
from marketplace.core.web import current_actor, path_id, requires, see_other
from payments import gateway, queries, services
from payments.chart import CHART, KINDS, STRIPE_BALANCE
from payments.errors import ProviderRefused, ProviderUnknown
from payments.models import Operation
from payments.schemas import LedgerFilterInput
from payments.views.blueprint import bp
from payments.words import NO_ANSWER, OPERATIONS, WAITS_FOR

PAGE = 25


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
        movements=queries.unexplained_movements(),
        operations=[
            (operation, about, gettext(OPERATIONS[operation.kind]), _waits_for(operation))
            for operation, about in queries.parked_operations()
        ],
        refunds=queries.failed_refunds(),
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


@bp.post("/desk/ledger/operations/<operation_id>/retry")
@requires(Permission.HOLD_DECIDE)
def retry_operation(operation_id: str) -> Response:
    """Let a waiting call be tried again."""
    with transaction():
        services.retry_operation(path_id(operation_id), actor=current_actor())
    flash(gettext("The call is tried again now."), "done")
    return see_other("payments.show_ledger")


@bp.post("/desk/ledger/refunds/<refund_id>/retry")
@requires(Permission.HOLD_DECIDE)
def retry_refund(refund_id: str) -> Response:
    """Send a refund that came back once more."""
    with transaction():
        services.retry_refund(path_id(refund_id), actor=current_actor())
    flash(gettext("The refund is sent again now."), "done")
    return see_other("payments.show_ledger")
