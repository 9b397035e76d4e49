"""Checkout Sessions: a sum to pay on the provider's page, once, within its time."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from payments.simulator import balance, cards, events, payments
from payments.simulator.errors import StripeError, check_address, invalid, refused
from payments.simulator.simulator import DAY, LISTS, Call, Route, Simulator, listing, route
from payments.simulator.store import Body, Row, new_id

SHORTEST, LONGEST = 1_800, DAY


@dataclass(frozen=True)
class Submission:
    """What the buyer typed on the page. `number` may hold spaces, `expiry` is `MM / YY`."""

    number: str
    expiry: str
    cvc: str
    name: str
    email: str


@dataclass(frozen=True)
class Outcome:
    """What came of it: `paid`, `declined`, `requires_action` (go to `address`), `expired`; `paid` also when it was paid before."""

    kind: str
    message: str = ""
    address: str | None = None


def create(call: Call) -> Body:
    """POST /v1/checkout/sessions, mode `payment`, prices given in place."""
    simulator, params = call.simulator, call.params
    if params.get("mode", "payment") != "payment":
        raise invalid("The simulator knows only Checkout Sessions in mode `payment`.", param="mode")
    if params.get("ui_mode", "hosted_page") != "hosted_page":
        raise invalid("The simulator knows only Checkout Sessions with ui_mode `hosted_page`.", param="ui_mode")
    if not params.get("success_url"):
        raise invalid("Missing required param: success_url.", code="parameter_missing", param="success_url")
    for name in ("success_url", "cancel_url"):
        check_address(params.get(name), name)
    allowed = params.get("allowed_payment_method_types")
    if allowed is not None and "card" not in allowed:
        raise invalid("The simulator knows only the payment method `card`.", param="allowed_payment_method_types")
    items, currency, total = _items(simulator, params.get("line_items") or [])
    payments.check_amount(total, currency, "line_items")
    now = simulator.clock.now()
    expires = params.get("expires_at", now + LONGEST)
    # Stripe's own clock has run on since the caller computed the bound, so a minute of grace is given at either end.
    if not now + SHORTEST - 60 <= expires <= now + LONGEST + 60:
        raise invalid("The `expires_at` timestamp must be at least 30 minutes and less than 24 hours from Checkout Session creation.", param="expires_at")  # fmt: skip
    body = simulator.blank("checkout.session", "cs_test")
    body.update(
        id=new_id("cs_test", 58),
        allowed_payment_method_types=allowed,
        amount_subtotal=total,
        amount_total=total,
        automatic_tax={"enabled": False, "liability": None, "provider": None, "status": None},
        cancel_url=params.get("cancel_url"),
        client_reference_id=params.get("client_reference_id"),
        currency=currency,
        customer_email=params.get("customer_email"),
        expires_at=expires,
        locale=params.get("locale"),
        metadata=params.get("metadata") or {},
        mode="payment",
        payment_method_types=["card"],
        payment_status="unpaid",
        status="open",
        submit_type=params.get("submit_type"),
        success_url=params["success_url"],
        total_details={"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        ui_mode="hosted_page",
    )
    body.pop("redirect_on_completion", None)  # only for the embedded forms
    body["url"] = f"{simulator.settings.public_url}/pay/{body['id']}"
    simulator.add("checkout.session", body, hidden={"items": items, "intent": params.get("payment_intent_data") or {}})
    balance.plan(simulator, expires, "session", body["id"])
    return body


def _items(simulator: Simulator, given: list[Body]) -> tuple[list[Body], str, int]:
    """Line items as Stripe shows them, their one currency and their sum in minor units."""
    if not given:
        raise invalid("Missing required param: line_items.", code="parameter_missing", param="line_items")
    if len(given) > 100:
        raise invalid("Mode `payment` takes at most 100 line items.", param="line_items")
    items, currencies, total = [], set(), 0
    for at, line in enumerate(given):
        price, param = line.get("price_data"), f"line_items[{at}]"
        if price is None or "product_data" not in price:
            raise invalid(f"Missing required param: {param}[price_data][product_data].", code="parameter_missing", param=param)
        if "quantity" not in line or "unit_amount" not in price:
            name = "quantity" if "quantity" not in line else "price_data[unit_amount]"
            raise invalid(f"Missing required param: {param}[{name}].", code="parameter_missing", param=f"{param}[{name}]")
        if line["quantity"] < 1 or price["unit_amount"] < 0:
            raise invalid("Quantities must be at least 1 and unit amounts at least 0.", code="parameter_invalid_integer", param=param)
        amount, currency = price["unit_amount"] * line["quantity"], price["currency"].lower()
        currencies.add(currency)
        total += amount
        unit = {"unit_amount": price["unit_amount"], "unit_amount_decimal": str(price["unit_amount"])}
        made = simulator.blank("price", "price", active=False, billing_scheme="per_unit", currency=currency, product=new_id("prod", 14))
        made.update(type="one_time", tax_behavior=price.get("tax_behavior", "unspecified"), **unit)
        item = simulator.blank("item", "li", amount_subtotal=amount, amount_total=amount, currency=currency, quantity=line["quantity"])
        items.append({**item, "description": price["product_data"]["name"], "price": made})
    if len(currencies) > 1:
        raise invalid("All line items of a Checkout Session must have the same currency.", param="line_items")
    return items, currencies.pop(), total


def retrieve(call: Call) -> Body:
    """GET /v1/checkout/sessions/{session}."""
    return _session(call).body


def _session(call: Call) -> Row:
    return call.simulator.get("checkout.session", call.path["session"], param="session")


def list_sessions(call: Call) -> Body:
    """GET /v1/checkout/sessions."""
    filters = {name: call.params.get(name) for name in ("payment_intent", "status")}
    return listing(call, "checkout.session", "/v1/checkout/sessions", **filters)


def line_items(row: Row) -> Body:
    """What is being paid, as a list object; shown only on request."""
    return {"object": "list", "data": row.hidden["items"], "has_more": False, "url": f"/v1/checkout/sessions/{row.id}/line_items"}


def list_items(call: Call) -> Body:
    """GET /v1/checkout/sessions/{session}/line_items: all of them at once, whatever the limit."""
    return line_items(_session(call))


def expire_session(call: Call) -> Body:
    """POST /v1/checkout/sessions/{session}/expire."""
    row = _session(call)
    if row.body["status"] != "open":
        raise refused(f"Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of `{row.body['status']}`.")  # fmt: skip
    expire(call.simulator, row, reason=call.reason)
    return row.body


def expire(simulator: Simulator, row: Row, *, reason: Body | None = None) -> None:
    """Close the page; a PaymentIntent that a failed try left behind is cancelled with it."""
    if row.body["payment_intent"] is not None:
        payments.cancel(simulator, simulator.get("payment_intent", row.body["payment_intent"]), "expired", reason=reason)
    row.body.update(status="expired", url=None)
    simulator.store.save(row)
    events.emit(simulator, "checkout.session.expired", row.body, reason=reason)


def pay(simulator: Simulator, row: Row, submission: Submission) -> Outcome:
    """The buyer has pressed Pay. Pays at most once, however often it is pressed."""
    if row.body["status"] != "open":
        return Outcome("paid" if row.body["status"] == "complete" else "expired")
    problem = _mistake(submission, simulator.clock.now())
    if problem:
        return Outcome("declined", problem)
    try:
        used = cards.card(submission.number)
    except StripeError as error:
        return Outcome("declined", error.message)
    intent = _intent(simulator, row)
    blank = simulator.blank("payment_method", "pm")
    month, year = _expiry(submission.expiry) or (1, 1)
    method = cards.payment_method(blank, used, expiry=(month, year), name=submission.name or None, email=submission.email or None)
    simulator.add("payment_method", method)
    row.hidden["buyer"] = {"name": submission.name or None, "email": submission.email or row.body["customer_email"]}
    simulator.store.save(row)
    refusal = payments.attempt(simulator, intent, used, method, return_url=row.body["success_url"], reason=None)
    if refusal is not None:
        return Outcome("declined", refusal.message)
    if intent.body["status"] == "requires_action":
        return Outcome("requires_action", address=intent.body["next_action"]["redirect_to_url"]["url"])
    _complete(simulator, row)
    return Outcome("paid")


def _intent(simulator: Simulator, row: Row) -> Row:
    """The session's PaymentIntent; it is made at the first submission."""
    if row.body["payment_intent"] is not None:
        return simulator.get("payment_intent", row.body["payment_intent"])
    fields = {**row.hidden["intent"], "amount": row.body["amount_total"], "currency": row.body["currency"]}
    intent = payments.open_intent(simulator, fields, reason=None, hidden={"session": row.id})
    row.body["payment_intent"] = intent.id
    simulator.store.save(row)
    return intent


def authenticate(simulator: Simulator, intent: Row, *, passed: bool) -> Outcome:
    """The buyer has answered the 3-D Secure page of a session's payment."""
    row = simulator.get("checkout.session", intent.hidden["session"])
    if row.body["status"] != "open":
        return Outcome("paid" if row.body["status"] == "complete" else "expired")
    refusal = payments.authenticate(simulator, intent, passed=passed)
    if intent.body["status"] == "succeeded":
        _complete(simulator, row)
        return Outcome("paid")
    return Outcome("declined", refusal.message if refusal else "")


def _complete(simulator: Simulator, row: Row) -> None:
    buyer = row.hidden["buyer"]
    details = simulator.validation.blank("payment_pages_checkout_session_customer_details")
    details.update(name=buyer["name"], email=buyer["email"], tax_exempt="none", tax_ids=[])
    row.body.update(status="complete", payment_status="paid", url=None, customer_details=details)
    simulator.store.save(row)
    events.emit(simulator, "checkout.session.completed", row.body)


def success_address(row: Row) -> str:
    """Where the buyer goes after paying, with the session's id put in."""
    return str(row.body["success_url"]).replace("{CHECKOUT_SESSION_ID}", row.id)


def _expiry(text: str) -> tuple[int, int] | None:
    found = re.fullmatch(r"\s*(0?[1-9]|1[0-2])\s*/?\s*(?:20)?(\d{2})\s*", text)
    return (int(found[1]), 2000 + int(found[2])) if found else None


def _mistake(submission: Submission, now: int) -> str:
    """What is wrong with the fields before any bank is asked, or nothing."""
    expiry, today = _expiry(submission.expiry), datetime.fromtimestamp(now, UTC)
    if not submission.number.strip():
        return "Enter the card number."
    if expiry is None:
        return "Enter the card's expiry date as MM / YY."
    if (expiry[1], expiry[0]) < (today.year, today.month):
        return "The card's expiry date is in the past."
    if not re.fullmatch(r"\d{3,4}", submission.cvc.strip()):
        return "Enter the card's security code: three or four digits."
    return ""


_LINES = tuple(f"line_items.{name}" for name in ("quantity", "price_data.currency", "price_data.unit_amount", "price_data.tax_behavior"))
_PRODUCT = ("line_items.price_data.product_data.name", "line_items.price_data.product_data.description")
_INTENT = tuple(
    f"payment_intent_data.{name}" for name in ("description", "metadata", "receipt_email", "statement_descriptor_suffix", "transfer_group")
)
_OWN = (
    "cancel_url", "client_reference_id", "customer_email", "expires_at", "locale", "metadata", "mode", "allowed_payment_method_types", "submit_type",
    "success_url", "ui_mode",
)  # fmt: skip
ROUTES: dict[str, Route] = {
    "POST /v1/checkout/sessions": route(create, *_OWN, *_LINES, *_PRODUCT, *_INTENT),
    "GET /v1/checkout/sessions": route(list_sessions, *LISTS, "created", "payment_intent", "status"),
    "GET /v1/checkout/sessions/{session}": route(retrieve),
    "GET /v1/checkout/sessions/{session}/line_items": route(list_items, "limit"),
    "POST /v1/checkout/sessions/{session}/expire": route(expire_session),
}
