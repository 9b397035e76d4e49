"""Refunds to the buyer: from the available balance, else pending until it covers them; some fail afterwards."""

from payments.simulator import balance, events, metadata
from payments.simulator.errors import invalid, missing, refused
from payments.simulator.simulator import LISTS, PLATFORM, Call, Route, Simulator, listing, route
from payments.simulator.store import Body, Row

FAILURE_REASONS = ("lost_or_stolen_card", "expired_or_canceled_card", "charge_for_pending_refund_disputed", "insufficient_funds", "declined", "merchant_request", "unknown")  # fmt: skip


def create(call: Call) -> Body:
    """POST /v1/refunds of a charge or of a PaymentIntent, whole or in part."""
    simulator, params = call.simulator, call.params
    charge = _charge(simulator, params)
    left = charge.body["amount"] - charge.body["amount_refunded"]
    if charge.body["refunded"]:
        raise refused(f"Charge {charge.id} has already been refunded.", code="charge_already_refunded")
    amount, currency = params.get("amount", left), charge.body["currency"]
    if amount < 1:
        raise invalid("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    if amount > left:
        raise refused(f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", param="amount")
    body = simulator.blank("refund", "re", amount=amount, charge=charge.id, currency=currency, payment_intent=charge.body["payment_intent"])
    body.update(metadata=params.get("metadata") or {}, reason=params.get("reason"), status="pending", pending_reason="insufficient_funds")
    body["destination_details"] = {"type": "card", "card": {"reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund"}}  # fmt: skip
    row = simulator.add("refund", body)
    _take(simulator, row)
    charge.body["amount_refunded"] += amount
    charge.body["refunded"] = charge.body["amount_refunded"] == charge.body["amount"]
    simulator.store.save(charge)
    _foretold(simulator, row)
    events.emit(simulator, "refund.created", row.body, reason=call.reason)
    events.emit(simulator, "charge.refunded", charge.body, reason=call.reason)
    return row.body


def _charge(simulator: Simulator, params: Body) -> Row:
    if ("charge" in params) == ("payment_intent" in params):
        code = "parameters_exclusive" if "charge" in params else "parameter_missing"
        raise invalid("One of the following params should be provided for this request: payment_intent or charge.", code=code)
    if "charge" in params:
        charge = simulator.store.find(params["charge"], "charge", account=PLATFORM)
        if charge is None:
            raise missing("charge", params["charge"], "charge", status=404)
    else:
        intent = simulator.store.find(params["payment_intent"], "payment_intent")
        if intent is None:
            raise missing("payment_intent", params["payment_intent"], "payment_intent", status=404)
        charge = simulator.store.find(intent.body["latest_charge"] or "", "charge")
    if charge is None or charge.body["status"] != "succeeded":
        name = params.get("payment_intent") or params["charge"]
        raise refused(f"{name} does not have a successful charge to refund.", code="charge_not_refundable")
    return charge


def _take(simulator: Simulator, row: Row) -> bool:
    """Pay the refund out of the available balance if it covers it."""
    body = row.body
    if balance.available(simulator, PLATFORM, body["currency"]) < body["amount"]:
        return False
    booked = balance.book(simulator, "refund", -body["amount"], body["currency"], row.id)
    body.update(status="succeeded", balance_transaction=booked["id"])
    body.pop("pending_reason", None)
    simulator.store.save(row)
    return True


def _foretold(simulator: Simulator, row: Row) -> None:
    """What the control pages said about the next refund."""
    wanted = simulator.store.setting("next_refund", None)
    if wanted is not None:
        simulator.store.set("next_refund", None)
        row.hidden["failure_reason"] = wanted["reason"]
        simulator.store.save(row)
        balance.plan(simulator, simulator.clock.now() + wanted["after"], "refund_failure", row.id)


def settle(simulator: Simulator) -> None:
    """Pay pending refunds, oldest first, as far as the balance reaches."""
    statement = "SELECT id FROM objects WHERE kind = 'refund' AND json_extract(body, '$.status') = 'pending' ORDER BY seq"
    for (refund_id,) in simulator.store.sql(statement):
        row = simulator.store.must(refund_id)
        if _take(simulator, row):
            _say(simulator, row)


def fail(simulator: Simulator, row: Row, why: str) -> None:
    """The bank gave the money back: it is on our balance again, and the charge counts as not refunded (inferred)."""
    body = row.body
    if body["status"] not in ("pending", "succeeded"):
        return
    if body["status"] == "succeeded":
        booked = balance.book(simulator, "refund_failure", body["amount"], body["currency"], row.id)
        body["failure_balance_transaction"] = booked["id"]
    body.update(status="failed", failure_reason=why)
    body.pop("pending_reason", None)
    simulator.store.save(row)
    charge = simulator.get("charge", body["charge"])
    charge.body["amount_refunded"] -= body["amount"]
    charge.body["refunded"] = False
    simulator.store.save(charge)
    _say(simulator, row)
    events.emit(simulator, "refund.failed", body)


def _say(simulator: Simulator, row: Row) -> None:
    events.emit(simulator, "refund.updated", row.body)
    events.emit(simulator, "charge.refund.updated", row.body)


def retrieve(call: Call) -> Body:
    """GET /v1/refunds/{refund}."""
    return call.simulator.get("refund", call.path["refund"]).body


def update(call: Call) -> Body:
    """POST /v1/refunds/{refund}: metadata only."""
    row = call.simulator.get("refund", call.path["refund"])
    if "metadata" in call.params:
        row.body["metadata"] = metadata.updated(row.body["metadata"], call.params["metadata"])
    call.simulator.store.save(row)
    return row.body


def list_refunds(call: Call) -> Body:
    """GET /v1/refunds."""
    return listing(call, "refund", "/v1/refunds", charge=call.params.get("charge"), payment_intent=call.params.get("payment_intent"))


def of_charge(simulator: Simulator, charge: Row) -> Body:
    """The newest refunds of a charge as a list object, for `expand[]=refunds`."""
    rows, more = simulator.store.page("refund", PLATFORM, where={"charge": charge.id}, created={}, limit=10, after=None, before=None)
    return {"object": "list", "data": [row.body for row in rows], "has_more": more, "url": f"/v1/charges/{charge.id}/refunds"}


ROUTES: dict[str, Route] = {
    "POST /v1/refunds": route(create, "amount", "charge", "payment_intent", "reason", "metadata"),
    "GET /v1/refunds": route(list_refunds, *LISTS, "created", "charge", "payment_intent"),
    "GET /v1/refunds/{refund}": route(retrieve),
    "POST /v1/refunds/{refund}": route(update, "metadata"),
}
