"""The one client of the payment provider. Only doors call it, outside `transaction()`; services get what it read as `facts`.

Every function ends the read transaction first. Errors are sorted in two: a definite refusal, after which the same key stays refused,
and everything else, after which the call may or may not have happened. Source: payments.md §1.1, §4.6.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

import requests
import stripe
from flask import current_app, has_request_context
from stripe import RequestsClient, StripeClient

from marketplace.core import clock, metrics
from marketplace.core.breaker import Breaker
from marketplace.core.db import outside
from marketplace.core.i18n import gettext
from payments import answers
from payments.errors import IdempotencyBroken, NotSimulated, ProviderRefused, ProviderUnknown
from payments.facts import (
    Movement,
    ProviderAccount,
    ProviderIntent,
    ProviderRefund,
    ProviderReversal,
    ProviderSession,
    ProviderTransfer,
)
from payments.operations import Claim

PAUSE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a call may take. After `failures` in a row the provider is left alone for `PAUSE_SECONDS`; 0 is never."""

    connect_seconds: float
    read_seconds: float
    retries: int
    failures: int


# The library's own default of 80 s is too long while somebody waits; without the number of retries it would make none.
# Each job comes again with growing pauses of its own.
IN_JOB = Patience(connect_seconds=5, read_seconds=30, retries=2, failures=0)
# A page has few threads, and a call under the same key may be made again: it waits shorter, and soon not at all.
IN_PAGE = Patience(connect_seconds=5, read_seconds=8, retries=1, failures=3)
# What a page can be shown without: a slow answer to it says nothing about calls that are waited for longer.
GLANCE = Patience(connect_seconds=1, read_seconds=1, retries=0, failures=1)
SETTLED = {"expand": ["balance_transaction"]}
PAID = "latest_charge.balance_transaction"
BOTH_WAYS = {"expand": ["balance_transaction", "failure_balance_transaction"]}
WITH_RECIPIENT = {"include": ["configuration.recipient"]}
PAGE = 100


@lru_cache(maxsize=8)
def _client(key: str, base: str, patience: Patience) -> StripeClient:
    http = RequestsClient(timeout=(patience.connect_seconds, patience.read_seconds))
    return StripeClient(key, max_network_retries=patience.retries, base_addresses={"api": base}, http_client=http)


def _breaker(patience: Patience) -> Breaker | None:
    """This process's breaker of calls of one patience; jobs have none."""
    if not patience.failures:
        return None
    kept: dict[Patience, Breaker] = current_app.extensions.setdefault("payments.breakers", {})
    return kept.setdefault(patience, Breaker(limit=patience.failures, pause=PAUSE_SECONDS, clock=time.monotonic))


@contextmanager
def _provider(in_page: Patience | None = None) -> Iterator[Any]:
    """The client, with its errors sorted. Raises: ProviderRefused, ProviderUnknown, IdempotencyBroken."""
    outside()
    settings = current_app.config["SETTINGS"]
    patience = (in_page or IN_PAGE) if has_request_context() else IN_JOB
    breaker = _breaker(patience)
    if breaker and breaker.is_open:
        raise ProviderUnknown("left alone for a while")
    try:
        with metrics.outside_call("stripe"):
            yield _client(settings.stripe_secret_key, settings.stripe_api_base, patience)
        if breaker:
            breaker.succeeded()
    except stripe.StripeError as error:
        status = error.http_status or 0
        if isinstance(error, stripe.IdempotencyError) and status == 400:
            raise IdempotencyBroken from error
        # 401 is our configuration, 409 and 429 ask to come again: none of them says that the call was refused for what it is.
        if 400 <= status < 500 and status not in (401, 408, 409, 429) and not isinstance(error, stripe.RateLimitError):
            if breaker:
                breaker.succeeded()  # a definite no is an answer
            raise ProviderRefused(error.code or type(error).__name__) from error
        if breaker:
            breaker.failed()
        raise ProviderUnknown(f"{type(error).__name__} {status}") from error


def send(claim: Claim) -> Any:
    """Make the call of an operation under its key; what comes back depends on its kind.

    `cs`, `cse` → ProviderSession, `tr` → ProviderTransfer, `trr` → ProviderReversal, `re` → ProviderRefund, `acct` → ProviderAccount.
    """
    with _provider() as client:
        return SENDERS[claim.kind](client, dict(claim.request), {"idempotency_key": claim.key})


def find(claim: Claim) -> Any:
    """Look an operation's object up by what it carries, since its key may be forgotten after 24 hours; None when it was never made."""
    with _provider() as client:
        return FINDERS[claim.kind](client, claim)


def retrieve_session(session_id: str) -> ProviderSession:
    """A payment page with its attempt and the money behind it."""
    with _provider() as client:
        return answers.session_of(client.v1.checkout.sessions.retrieve(session_id, {"expand": [f"payment_intent.{PAID}"]}).to_dict())


def retrieve_intent_of(charge_id: str) -> ProviderIntent | None:
    """The attempt that a charge belongs to; None for a charge that no attempt made."""
    with _provider() as client:
        charge = client.v1.charges.retrieve(charge_id).to_dict()
        if not charge.get("payment_intent"):
            return None
        return answers.intent_of(client.v1.payment_intents.retrieve(charge["payment_intent"], {"expand": [PAID]}).to_dict())


def retrieve_intent(intent_id: str) -> ProviderIntent:
    """An attempt to pay with the money behind it."""
    with _provider() as client:
        return answers.intent_of(client.v1.payment_intents.retrieve(intent_id, {"expand": [PAID]}).to_dict())


def retrieve_transfer(transfer_id: str) -> ProviderTransfer:
    """A transfer with its movement."""
    with _provider() as client:
        return answers.transfer_of(client.v1.transfers.retrieve(transfer_id, SETTLED).to_dict())


def reversals_of(transfer_id: str) -> list[ProviderReversal]:
    """Everything that came back of a transfer, with its movements."""
    with _provider() as client:
        return [answers.reversal_of(each) for each in _list_reversals(client, transfer_id)]


def transfer_of_reversal(movement_id: str) -> str | None:
    """The transfer whose reversal is behind a movement; None when it is no reversal."""
    with _provider() as client:
        source = client.v1.balance_transactions.retrieve(movement_id, {"expand": ["source"]}).to_dict().get("source")
    return source["transfer"] if isinstance(source, dict) and source.get("object") == "transfer_reversal" else None


def retrieve_refund(refund_id: str) -> ProviderRefund:
    """A refund with its movements."""
    with _provider() as client:
        return answers.refund_of(client.v1.refunds.retrieve(refund_id, BOTH_WAYS).to_dict())


def retrieve_account(account_id: str) -> ProviderAccount:
    """A vendor's account with the state of its capability to be paid, and the bank accounts behind it."""
    asked_at = clock.now()
    with _provider() as client:
        account = answers.account_of(client.v2.core.accounts.retrieve(account_id, WITH_RECIPIENT).to_dict())
        found = client.v1.accounts.external_accounts.list(account_id, {"limit": PAGE}).auto_paging_iter()
        return replace(account, banks=answers.banks_of([each.to_dict() for each in found]), asked_at=asked_at)


def create_account_link(account_id: str, *, return_url: str, refresh_url: str) -> str:
    """The address of the provider's onboarding page, good once and for minutes. It moves nothing, so it has no operation."""
    details = {"return_url": return_url, "refresh_url": refresh_url}
    use = {"type": "account_onboarding", "account_onboarding": details}
    with _provider() as client:
        return str(client.v2.core.account_links.create({"account": account_id, "use_case": use}).url)


def list_movements(since: datetime | None) -> list[Movement]:
    """The platform's balance transactions made since an instant, oldest first."""
    params: dict[str, Any] = {"limit": PAGE}
    if since is not None:
        params["created"] = {"gte": int(since.timestamp())}
    with _provider() as client:
        found = [answers.movement_of(each.to_dict()) for each in client.v1.balance_transactions.list(params).auto_paging_iter()]
    return found[::-1]


def balances() -> dict[str, int]:
    """Currency → everything on the platform's balance: available, pending and reserved. A page does not wait long for it."""
    totals: dict[str, int] = {}
    with _provider(in_page=GLANCE) as client:
        balance = client.v1.balance.retrieve().to_dict()
    for part in ("available", "pending", "connect_reserved"):
        for sum_ in balance.get(part) or []:
            currency = sum_["currency"].upper()
            totals[currency] = totals.get(currency, 0) + sum_["amount"]
    return totals


def why_not_ready() -> str | None:
    """Why nothing can be paid at the moment; None where the provider answers a glance."""
    try:
        balances()
    except ProviderUnknown:
        return gettext("the provider does not answer")
    except ProviderRefused as refused:
        return gettext("the provider refuses: %(reason)s", reason=refused.reason)
    return None


def onboard_at_simulator(account_id: str, *, iban: str | None = None) -> None:
    """Let the simulator take an account's form as filled in, with another bank account if one is given.

    Raises: NotSimulated where the provider is real.
    """
    if not current_app.config["SIMULATED_PAYMENTS"]:
        raise NotSimulated
    outside()
    base = current_app.config["SETTINGS"].stripe_api_base
    try:
        form = {"account": account_id} | ({"iban": iban} if iban else {})
        answer = requests.post(f"{base}/_sim/onboard", json=form, timeout=(IN_JOB.connect_seconds, IN_JOB.read_seconds))
    except requests.RequestException as error:
        raise ProviderUnknown(type(error).__name__) from error
    if answer.status_code != 200:
        raise ProviderRefused(str(answer.status_code))


def _expire(client: Any, request: dict[str, Any], options: dict[str, Any]) -> ProviderSession:
    return answers.session_of(client.v1.checkout.sessions.expire(request["session"], {}, options).to_dict())


def _reverse(client: Any, request: dict[str, Any], options: dict[str, Any]) -> ProviderReversal:
    given = {name: value for name, value in request.items() if name != "transfer"}
    return answers.reversal_of(client.v1.transfers.reversals.create(request["transfer"], {**given, **SETTLED}, options).to_dict())


SENDERS: dict[str, Callable[[Any, dict[str, Any], Any], Any]] = {
    "cs": lambda client, request, options: answers.session_of(client.v1.checkout.sessions.create(request, options).to_dict()),
    "cse": _expire,
    "tr": lambda client, request, options: answers.transfer_of(client.v1.transfers.create({**request, **SETTLED}, options).to_dict()),
    "trr": _reverse,
    "re": lambda client, request, options: answers.refund_of(client.v1.refunds.create({**request, **BOTH_WAYS}, options).to_dict()),
    "acct": lambda client, request, options: answers.account_of(
        client.v2.core.accounts.create({**request, **WITH_RECIPIENT}, options).to_dict()
    ),
}


def _is_of(found: Any, claim: Claim) -> bool:
    return bool(found.metadata) and found.metadata.to_dict().get("op") == str(claim.operation_id)


def _find_transfer(client: Any, claim: Claim) -> ProviderTransfer | None:
    params = {"transfer_group": claim.request["transfer_group"], "limit": PAGE, "expand": ["data.balance_transaction"]}
    found = (each for each in client.v1.transfers.list(params).auto_paging_iter() if _is_of(each, claim))
    return next((answers.transfer_of(each.to_dict()) for each in found), None)


def _list_reversals(client: Any, transfer_id: str) -> Iterator[dict[str, Any]]:
    params = {"limit": PAGE, "expand": ["data.balance_transaction"]}
    yield from (each.to_dict() for each in client.v1.transfers.reversals.list(transfer_id, params).auto_paging_iter())


def _find_reversal(client: Any, claim: Claim) -> ProviderReversal | None:
    found = (answers.reversal_of(each) for each in _list_reversals(client, claim.request["transfer"]))
    return next((each for each in found if each.operation_id == str(claim.operation_id)), None)


def _find_refund(client: Any, claim: Claim) -> ProviderRefund | None:
    expand = ["data.balance_transaction", "data.failure_balance_transaction"]
    params = {"payment_intent": claim.request["payment_intent"], "limit": PAGE, "expand": expand}
    found = (each for each in client.v1.refunds.list(params).auto_paging_iter() if _is_of(each, claim))
    return next((answers.refund_of(each.to_dict()) for each in found), None)


def _find_expired(client: Any, claim: Claim) -> ProviderSession | None:
    session = answers.session_of(client.v1.checkout.sessions.retrieve(claim.request["session"]).to_dict())
    return None if session.status == "open" else session


def _find_account(client: Any, claim: Claim) -> ProviderAccount | None:
    found = (each for each in client.v2.core.accounts.list({"limit": PAGE}).auto_paging_iter() if _is_of(each, claim))
    account = next(found, None)
    return answers.account_of(client.v2.core.accounts.retrieve(account.id, WITH_RECIPIENT).to_dict()) if account else None


FINDERS: dict[str, Callable[[Any, Claim], Any]] = {
    "cse": _find_expired,
    "tr": _find_transfer,
    "trr": _find_reversal,
    "re": _find_refund,
    "acct": _find_account,
}
