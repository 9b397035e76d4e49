"""PaymentIntents and their charges: an attempt with a card succeeds, is declined, or asks for 3-D Secure."""

from payments.simulator import balance, cards, events, metadata
from payments.simulator.balance import exponent
from payments.simulator.errors import StripeError, invalid, missing, refused
from payments.simulator.simulator import LISTS, Call, Route, Simulator, listing, route
from payments.simulator.store import Body, Row, new_id

# Smallest charges that are not 0.50 of the major unit, in minor units. Source: docs.stripe.com/currencies
_SMALLEST = {
    "aed": 200, "bgn": 100, "czk": 1500, "dkk": 250, "gbp": 30, "hkd": 400, "huf": 17500, "jpy": 50, "mxn": 1000, "myr": 200, "nok": 300,
    "pln": 200, "ron": 200, "sek": 300, "thb": 1000,
}  # fmt: skip
_LARGEST = 99_999_999
_OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")
_REFUSED_TYPES = "The payment_method_types parameter is no longer supported. Use dynamic payment methods, allowed_payment_method_types or excluded_payment_method_types."  # fmt: skip


def check_amount(amount: int, currency: str, param: str = "amount") -> None:
    """Stripe's bounds for one payment. Raises StripeError 400 `amount_too_small` or `amount_too_large`."""
    if amount < 1:
        raise invalid(f"This value must be greater than or equal to 1 (it currently is '{amount}').", code="parameter_invalid_integer", param=param)  # fmt: skip
    smallest = _SMALLEST.get(currency, 50 * 10 ** exponent(currency) // 100)
    if amount < smallest:
        raise invalid(f"Amount must be at least {smallest} in the smallest unit of {currency}.", code="amount_too_small", param=param)
    if amount > _LARGEST:
        raise invalid(f"Amount must be no more than {_LARGEST} in the smallest unit of {currency}.", code="amount_too_large", param=param)


def create_intent(call: Call) -> Body:
    """POST /v1/payment_intents."""
    simulator, params = call.simulator, call.params
    check_amount(params["amount"], params["currency"].lower())
    row = open_intent(simulator, params, reason=call.reason)
    if "payment_method" in params:
        _method(call, row)
        row.body["status"] = "requires_confirmation"
        simulator.store.save(row)
    if params.get("confirm"):
        return _confirm(call, row)
    return row.body


def open_intent(simulator: Simulator, params: Body, *, reason: Body | None, hidden: Body | None = None) -> Row:
    """A PaymentIntent without a payment method yet."""
    body = simulator.blank(
        "payment_intent",
        "pi",
        amount=params["amount"],
        amount_capturable=0,
        amount_received=0,
        capture_method="automatic",
        confirmation_method="automatic",
        currency=params["currency"].lower(),
        description=params.get("description"),
        allowed_payment_method_types=params.get("allowed_payment_method_types"),
        metadata=dict(params.get("metadata") or {}),
        payment_method_types=["card"],
        receipt_email=params.get("receipt_email"),
        statement_descriptor_suffix=params.get("statement_descriptor_suffix"),
        status="requires_payment_method",
        transfer_group=params.get("transfer_group"),
    )
    if params.get("automatic_payment_methods", {}).get("enabled", hidden is None):
        redirects = params.get("automatic_payment_methods", {}).get("allow_redirects", "always")
        body["automatic_payment_methods"] = {"enabled": True, "allow_redirects": redirects}
    body["client_secret"] = f"{body['id']}_secret_{new_id('s')[2:]}"
    row = simulator.add("payment_intent", body, hidden={"session": None, "card": None, **(hidden or {})})
    events.emit(simulator, "payment_intent.created", row.body, reason=reason)
    return row


def update_intent(call: Call) -> Body:
    """POST /v1/payment_intents/{intent}, as long as it is not finished: sum, words, group, metadata (metadata always)."""
    row = call.simulator.get("payment_intent", call.path["intent"], param="intent")
    if row.body["status"] not in _OPEN and set(call.params) - {"metadata", "description", "expand"}:
        raise _unexpected(row, "updated")
    if "amount" in call.params:
        check_amount(call.params["amount"], row.body["currency"])
    for name in ("amount", "description", "transfer_group"):
        if name in call.params:
            row.body[name] = call.params[name] or None
    if "metadata" in call.params:
        row.body["metadata"] = metadata.updated(row.body["metadata"], call.params["metadata"])
    call.simulator.store.save(row)
    return row.body


def _method(call: Call, row: Row) -> None:
    """Put the named test card on the intent."""
    named = call.params["payment_method"]
    if named not in cards.NAMED:
        raise missing("PaymentMethod", named, "payment_method", status=400)
    simulator = call.simulator
    used = cards.card(cards.NAMED[named])
    blank = simulator.blank("payment_method", "pm")
    method = cards.payment_method(blank, used, expiry=cards.default_expiry(simulator.clock.now()), name=None, email=None)
    simulator.add("payment_method", method)
    row.body["payment_method"] = method["id"]
    row.hidden["card"] = used.number


def confirm_intent(call: Call) -> Body:
    """POST /v1/payment_intents/{intent}/confirm."""
    row = call.simulator.get("payment_intent", call.path["intent"], param="intent")
    if row.body["status"] not in _OPEN:
        raise _unexpected(row, "confirmed")
    if "payment_method" in call.params:
        _method(call, row)
    if row.hidden["card"] is None:
        message = "You cannot confirm this PaymentIntent because it's missing a payment method."
        raise refused(message, code="payment_intent_unexpected_state")
    return _confirm(call, row)


def _confirm(call: Call, row: Row) -> Body:
    simulator = call.simulator
    method = simulator.get("payment_method", row.body["payment_method"])
    refusal = attempt(
        simulator, row, cards.card(row.hidden["card"]), method.body, return_url=call.params.get("return_url"), reason=call.reason
    )
    if refusal is not None:
        raise refusal
    if call.params.get("off_session") and row.body["status"] == "requires_action":
        reason = ("authentication_required", "authentication_required", "Your card was declined. This transaction requires authentication.")
        raise fail(simulator, row, method.body, reason, reason=call.reason)
    return row.body


def attempt(
    simulator: Simulator, row: Row, used: cards.Card, method: Body, *, return_url: str | None, reason: Body | None
) -> StripeError | None:
    """Try to pay. The intent is then `succeeded` or `requires_action`; a decline is returned, after it was recorded."""
    row.body["payment_method"] = method["id"]
    row.hidden["card"] = used.number
    if used.declined is not None:
        return fail(simulator, row, method, used.declined, reason=reason)
    if used.secure:
        address = f"{simulator.settings.public_url}/authenticate/{row.id}/{row.body['client_secret'].rsplit('_', 1)[1]}"
        row.body["status"] = "requires_action"
        row.body["next_action"] = {"type": "redirect_to_url", "redirect_to_url": {"url": address, "return_url": return_url}}
        simulator.store.save(row)
        events.emit(simulator, "payment_intent.requires_action", row.body, reason=reason)
        return None
    succeed(simulator, row, method, authenticated=False, reason=reason)
    return None


def succeed(simulator: Simulator, row: Row, method: Body, *, authenticated: bool, reason: Body | None) -> None:
    """The money has come in: a paid charge, its balance transaction with the fee inside, and the events."""
    body, now = row.body, simulator.clock.now()
    charge = _charge(simulator, row, method, authenticated=authenticated)
    charge.update(status="succeeded", paid=True, captured=True, amount_captured=body["amount"])
    charge["outcome"] = _outcome("authorized", "approved_by_network", None, "Payment complete.")
    fee = balance.processing_fee(body["amount"], body["currency"])
    at = now if cards.CARDS[row.hidden["card"]].at_once else balance.card_available_on(now)
    transaction = balance.book(
        simulator, "charge", body["amount"], body["currency"], charge["id"], fee=fee, available_on=at, description=body["description"]
    )
    charge["balance_transaction"] = transaction["id"]
    simulator.add("charge", charge, hidden={"transferred": 0, "available_on": at})
    body.update(status="succeeded", amount_received=body["amount"], latest_charge=charge["id"], next_action=None, last_payment_error=None)
    simulator.store.save(row)
    events.emit(simulator, "charge.succeeded", charge, reason=reason)
    events.emit(simulator, "payment_intent.succeeded", body, reason=reason)


def fail(
    simulator: Simulator, row: Row, method: Body, why: tuple[str, str | None, str], *, reason: Body | None, charged: bool = True
) -> StripeError:
    """Record a failed try and return Stripe's error for it; the intent waits for another payment method."""
    code, decline_code, message = why
    error: Body = {"type": "card_error", "code": code, "message": message, "payment_method": method}
    if decline_code:
        error["decline_code"] = decline_code
    if charged:
        charge = _charge(simulator, row, method, authenticated=False)
        charge.update(status="failed", failure_code=code, failure_message=message)
        charge["outcome"] = _outcome(
            "issuer_declined", "declined_by_network", decline_code or code, "The bank did not return any further details."
        )
        simulator.add("charge", charge, hidden={"transferred": 0, "available_on": 0})
        row.body["latest_charge"] = error["charge"] = charge["id"]
        events.emit(simulator, "charge.failed", charge, reason=reason)
    row.body.update(status="requires_payment_method", payment_method=None, next_action=None, last_payment_error=error)
    row.hidden["card"] = None
    simulator.store.save(row)
    events.emit(simulator, "payment_intent.payment_failed", row.body, reason=reason)
    extra = {"payment_intent": row.body, "payment_method": method, **({"charge": error["charge"]} if charged else {})}
    return cards.declined(why, **extra)


def authenticate(simulator: Simulator, row: Row, *, passed: bool) -> StripeError | None:
    """The buyer has answered the 3-D Secure page. A second answer changes nothing."""
    if row.body["status"] != "requires_action":
        return None
    method = simulator.get("payment_method", row.body["payment_method"]).body
    if passed:
        succeed(simulator, row, method, authenticated=True, reason=None)
        return None
    message = "We are unable to authenticate your payment method. Please choose a different payment method and try again."
    return fail(simulator, row, method, ("payment_intent_authentication_failure", None, message), reason=None, charged=False)


def _charge(simulator: Simulator, row: Row, method: Body, *, authenticated: bool) -> Body:
    intent = row.body
    return simulator.blank(
        "charge",
        "ch",
        amount=intent["amount"],
        billing_details=method["billing_details"],
        currency=intent["currency"],
        description=intent["description"],
        metadata=dict(intent["metadata"]),
        payment_intent=intent["id"],
        payment_method=method["id"],
        payment_method_details=cards.charge_details(method["card"], authenticated=authenticated),
        receipt_email=intent["receipt_email"],
        refunded=False,
        transfer_group=intent["transfer_group"],
    )


def _outcome(kind: str, network_status: str, reason: str | None, message: str) -> Body:
    same = {"advice_code": None, "network_advice_code": None, "network_decline_code": None, "risk_level": "normal", "risk_score": 20}
    return {**same, "network_status": network_status, "reason": reason, "seller_message": message, "type": kind}


def cancel_intent(call: Call) -> Body:
    """POST /v1/payment_intents/{intent}/cancel. One that Checkout made is cancelled by expiring its session."""
    row = call.simulator.get("payment_intent", call.path["intent"], param="intent")
    if row.hidden["session"] is not None:
        message = (
            "You cannot cancel PaymentIntents created by Checkout unless they are in requires_capture. Expire the Checkout Session instead."
        )
        raise refused(message, code="payment_intent_unexpected_state")
    if row.body["status"] not in _OPEN:
        raise _unexpected(row, "canceled")
    cancel(call.simulator, row, call.params.get("cancellation_reason"), reason=call.reason)
    return row.body


def cancel(simulator: Simulator, row: Row, why: str | None, *, reason: Body | None) -> None:
    """Nothing more can be paid with this intent."""
    row.body.update(status="canceled", canceled_at=simulator.clock.now(), cancellation_reason=why, next_action=None)
    simulator.store.save(row)
    events.emit(simulator, "payment_intent.canceled", row.body, reason=reason)


def _unexpected(row: Row, verb: str) -> StripeError:
    message = f"This PaymentIntent could not be {verb} because it has a status of {row.body['status']}."
    return StripeError(400, message, code="payment_intent_unexpected_state", executed=True, extra={"payment_intent": row.body})


def retrieve_intent(call: Call) -> Body:
    """GET /v1/payment_intents/{intent}."""
    return call.simulator.get("payment_intent", call.path["intent"], param="intent").body


def list_intents(call: Call) -> Body:
    """GET /v1/payment_intents."""
    return listing(call, "payment_intent", "/v1/payment_intents")


def retrieve_charge(call: Call) -> Body:
    """GET /v1/charges/{charge}; with `Stripe-Account`, what a transfer made on the supplier's side (`py_…`)."""
    return call.simulator.get("charge", call.path["charge"], account=call.account).body


def list_charges(call: Call) -> Body:
    """GET /v1/charges."""
    filters = {name: call.params.get(name) for name in ("payment_intent", "transfer_group")}
    return listing(call, "charge", "/v1/charges", **filters)


def refuse_types(params: Body) -> None:
    """`payment_method_types` is gone since 2026-09-30.endive. Source: its changelog."""
    if "payment_method_types" in params:
        raise invalid(_REFUSED_TYPES, code="payment_method_types_no_longer_supported", param="payment_method_types")


_COMMON = ("amount", "currency", "description", "metadata", "transfer_group", "receipt_email", "statement_descriptor_suffix")
_METHODS = ("payment_method", "allowed_payment_method_types", "automatic_payment_methods")
ROUTES: dict[str, Route] = {
    "POST /v1/payment_intents": route(create_intent, *_COMMON, *_METHODS, "confirm", "off_session", "return_url"),
    "GET /v1/payment_intents": route(list_intents, *LISTS, "created"),
    "GET /v1/payment_intents/{intent}": route(retrieve_intent, "client_secret"),
    "POST /v1/payment_intents/{intent}": route(update_intent, "amount", "description", "metadata", "transfer_group"),
    "POST /v1/payment_intents/{intent}/confirm": route(confirm_intent, "payment_method", "off_session", "return_url"),
    "POST /v1/payment_intents/{intent}/cancel": route(cancel_intent, "cancellation_reason"),
    "GET /v1/charges": route(list_charges, *LISTS, "created", "payment_intent", "transfer_group"),
    "GET /v1/charges/{charge}": route(retrieve_charge),
}
