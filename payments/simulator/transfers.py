"""Transfers to connected accounts and their reversals."""

from payments.simulator import balance, events, metadata
from payments.simulator.accounts import transfers_capability
from payments.simulator.errors import StripeError, invalid, missing, refused
from payments.simulator.simulator import LISTS, PLATFORM, Call, Route, Simulator, listing, route
from payments.simulator.store import Body, Row, new_id

_SHORT = (
    "You have insufficient available funds in your Stripe account. Try adding funds directly to your available balance by creating Charges "
    "using the 4000000000000077 test card."
)
_EMBEDDED = 10


def create(call: Call) -> Body:
    """POST /v1/transfers: from the available balance, or from one charge and then as late as its money is available."""
    simulator, params = call.simulator, call.params
    if "amount" not in params:
        raise invalid("Missing required param: amount.", code="parameter_missing", param="amount")
    amount, currency = params["amount"], params["currency"].lower()
    if amount < 1:
        raise invalid("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    destination = _destination(simulator, params["destination"])
    now = simulator.clock.now()
    group, at = params.get("transfer_group"), now
    if "source_transaction" in params:
        charge = _draw(simulator, params["source_transaction"], amount, currency)
        group = group or charge.body["transfer_group"] or f"group_{charge.body['payment_intent']}"
        at = max(now, charge.hidden["available_on"])
    elif balance.available(simulator, PLATFORM, currency) < amount:
        raise refused(_SHORT, code="balance_insufficient")
    transfer_id = new_id("tr")
    out = balance.book(simulator, "transfer", -amount, currency, transfer_id, available_on=at, description=params.get("description"))
    received = _receive(simulator, destination, transfer_id, amount=amount, currency=currency, at=at)
    body = simulator.blank(
        "transfer",
        "tr",
        amount=amount,
        balance_transaction=out["id"],
        currency=currency,
        description=params.get("description"),
        destination=destination.id,
        destination_payment=received,
        metadata=params.get("metadata") or {},
        source_transaction=params.get("source_transaction"),
        source_type="card",
        transfer_group=group,
    )
    reversals = {"object": "list", "data": [], "has_more": False, "url": f"/v1/transfers/{transfer_id}/reversals"}
    body.update(id=transfer_id, reversals=reversals)
    simulator.add("transfer", body, hidden={"available_on": at})
    events.emit(simulator, "transfer.created", body, reason=call.reason)
    return body


def _destination(simulator: Simulator, account_id: str) -> Row:
    row = simulator.store.find(account_id, "v2.core.account")
    if row is None:
        raise missing("destination", account_id, "destination", status=400)
    capability = transfers_capability(row.body)
    if capability is None or capability["status"] != "active":
        message = "Your destination account needs to have at least one of the following capabilities enabled: transfers, crypto_transfers, legacy_payments"
        raise refused(message, code="insufficient_capabilities_for_transfer")
    return row


def _draw(simulator: Simulator, charge_id: str, amount: int, currency: str) -> Row:
    """Take the amount out of what may still be transferred of a charge: all transfers together never exceed the charge."""
    charge = simulator.store.find(charge_id, "charge", account=PLATFORM)
    if charge is None:
        raise missing("charge", charge_id, "source_transaction", status=400)
    if charge.body["status"] != "succeeded":
        raise refused(f"Charge {charge_id} did not succeed and cannot be a source_transaction.", param="source_transaction")
    if charge.body["currency"] != currency:
        message = "The currency of source_transaction's balance transaction must be the same as the transfer currency."
        raise refused(message, code="transfer_source_balance_parameters_mismatch", param="currency")
    left = charge.body["amount"] - charge.hidden["transferred"]
    if amount > left:
        message = f"The transfer amount ({amount}) exceeds what is left of the source charge ({left})."
        raise refused(message, param="amount")
    charge.hidden["transferred"] += amount
    simulator.store.save(charge)
    return charge


def _receive(simulator: Simulator, destination: Row, transfer_id: str, *, amount: int, currency: str, at: int) -> str:
    """The payment that the transfer is on the supplier's side."""
    payment = simulator.blank("charge", "py", amount=amount, amount_captured=amount, captured=True, currency=currency, paid=True)
    payment.update(status="succeeded", source_transfer=transfer_id)
    booked = balance.book(simulator, "payment", amount, currency, payment["id"], account=destination.id, available_on=at, category="charge")
    payment["balance_transaction"] = booked["id"]
    simulator.add("charge", payment, account=destination.id, hidden={"transferred": 0, "available_on": at})
    return str(payment["id"])


def _transfer(call: Call, name: str) -> Row:
    return call.simulator.get("transfer", call.path[name], param="transfer")


def retrieve(call: Call) -> Body:
    """GET /v1/transfers/{transfer}."""
    return _transfer(call, "transfer").body


def update(call: Call) -> Body:
    """POST /v1/transfers/{transfer}: description and metadata only."""
    row = _transfer(call, "transfer")
    if "description" in call.params:
        row.body["description"] = call.params["description"]
    if "metadata" in call.params:
        row.body["metadata"] = metadata.updated(row.body["metadata"], call.params["metadata"])
    call.simulator.store.save(row)
    events.emit(call.simulator, "transfer.updated", row.body, reason=call.reason)
    return row.body


def list_transfers(call: Call) -> Body:
    """GET /v1/transfers."""
    filters = {name: call.params.get(name) for name in ("destination", "transfer_group")}
    return listing(call, "transfer", "/v1/transfers", **filters)


def reverse(call: Call) -> Body:
    """POST /v1/transfers/{id}/reversals: take back what the destination's balance still covers.

    While the transferred money is itself pending there, it is the pending money that goes back.
    """
    simulator, params, row = call.simulator, call.params, _transfer(call, "id")
    left = row.body["amount"] - row.body["amount_reversed"]
    amount, currency, now = params.get("amount", left), row.body["currency"], simulator.clock.now()
    if left == 0:
        raise refused(f"Transfer {row.id} has already been reversed.", param="id")
    if amount < 1:
        raise invalid("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    if amount > left:
        raise refused(f"Reversal amount ({amount}) is greater than the unreversed amount of the transfer ({left}).", param="amount")
    at = row.hidden["available_on"]
    if at <= now and balance.available(simulator, row.body["destination"], currency) < amount:
        raise _uncovered(row)
    at = max(at, now)
    body = simulator.blank(
        "transfer_reversal", "trr", amount=amount, currency=currency, transfer=row.id, metadata=params.get("metadata") or {}
    )
    back = balance.book(
        simulator, "transfer_refund", amount, currency, body["id"], available_on=at, category="transfer_reversal", description=params.get("description")
    )  # fmt: skip
    refund_id = new_id("pyr")
    balance.book(
        simulator, "payment_refund", -amount, currency, refund_id, account=row.body["destination"], available_on=at, category="refund"
    )
    body["balance_transaction"] = back["id"]
    simulator.add("transfer_reversal", body)
    row.body["amount_reversed"] += amount
    row.body["reversed"] = row.body["amount_reversed"] == row.body["amount"]
    shown = row.body["reversals"]
    shown["data"] = [body, *shown["data"]]
    shown["has_more"] = len(shown["data"]) > _EMBEDDED
    shown["data"] = shown["data"][:_EMBEDDED]
    simulator.store.save(row)
    _give_back(simulator, row, amount)
    events.emit(simulator, "transfer.reversed", row.body, reason=call.reason)
    return body


def _uncovered(row: Row) -> StripeError:
    message = f"The balance of account {row.body['destination']} does not cover the reversal."
    return refused(message, code="balance_insufficient")


def _give_back(simulator: Simulator, row: Row, amount: int) -> None:
    """A reversed part of a charge may be transferred again (inferred: Stripe does not say)."""
    if row.body["source_transaction"] is not None:
        charge = simulator.get("charge", row.body["source_transaction"])
        charge.hidden["transferred"] -= amount
        simulator.store.save(charge)


def list_reversals(call: Call) -> Body:
    """GET /v1/transfers/{id}/reversals."""
    row = _transfer(call, "id")
    return listing(call, "transfer_reversal", f"/v1/transfers/{row.id}/reversals", transfer=row.id)


def retrieve_reversal(call: Call) -> Body:
    """GET /v1/transfers/{transfer}/reversals/{id}."""
    _transfer(call, "transfer")
    row = call.simulator.get("transfer_reversal", call.path["id"])
    if row.body["transfer"] != call.path["transfer"]:
        raise missing("transfer_reversal", row.id)
    return row.body


_FIELDS = ("amount", "currency", "description", "destination", "metadata", "source_transaction", "transfer_group")
ROUTES: dict[str, Route] = {
    "POST /v1/transfers": route(create, *_FIELDS),
    "GET /v1/transfers": route(list_transfers, *LISTS, "created", "destination", "transfer_group"),
    "GET /v1/transfers/{transfer}": route(retrieve),
    "POST /v1/transfers/{transfer}": route(update, "description", "metadata"),
    "POST /v1/transfers/{id}/reversals": route(reverse, "amount", "description", "metadata"),
    "GET /v1/transfers/{id}/reversals": route(list_reversals, *LISTS),
    "GET /v1/transfers/{transfer}/reversals/{id}": route(retrieve_reversal),
}
