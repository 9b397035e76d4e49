"""Events: what happened, kept for lists and handed to the webhook endpoints."""

import random

from payments.simulator.errors import missing
from payments.simulator.overlay import API_VERSION
from payments.simulator.simulator import LISTS, PLATFORM, Call, Route, Simulator, listing, route
from payments.simulator.store import Body, Row


def emit(
    simulator: Simulator,
    kind: str,
    subject: Body,
    *,
    reason: Body | None = None,
    previous: Body | None = None,
    account: str = PLATFORM,
) -> Row:
    """Write the event and one delivery for each endpoint that listens. `account` is the connected account it happened on."""
    problems = simulator.validation.object_problems(subject["object"], subject)
    if problems:
        simulator.violation("event", kind, problems)
    data: Body = {"object": subject}
    if previous is not None:
        data["previous_attributes"] = previous
    request = reason or {"id": None, "idempotency_key": None}
    body = simulator.blank("event", "evt", api_version=API_VERSION, data=data, request=request, type=kind, pending_webhooks=0)
    if account != PLATFORM:
        body["account"] = account
    row = simulator.add("event", body, account=account)
    mode = simulator.store.setting("webhooks", {})
    for endpoint in _listeners(simulator, kind, account):
        lost = random.random() < mode.get("withhold", 0)  # noqa: S311 - a fault, not a secret
        state = "withheld" if lost else "pending"
        values = (row.id, endpoint.id, state)
        simulator.store.sql("INSERT INTO deliveries (event, endpoint, state, attempts, next_try) VALUES (?, ?, ?, 0, 0)", values)
        body["pending_webhooks"] += 1
    simulator.store.save(row)
    simulator.wake.set()
    return row


def _listeners(simulator: Simulator, kind: str, account: str) -> list[Row]:
    rows, _ = simulator.store.page("webhook_endpoint", PLATFORM, where={}, created={}, limit=100, after=None, before=None)
    connected = account != PLATFORM
    return [
        row
        for row in rows
        if row.body["status"] == "enabled"
        and ("*" in row.body["enabled_events"] or kind in row.body["enabled_events"])
        and row.hidden["connect"] in (None, connected)
    ]


def list_events(call: Call) -> Body:
    """GET /v1/events: by type or types, and by whether every endpoint has taken the event."""
    params, simulator = call.params, call.simulator
    kinds = [params["type"]] if "type" in params else params.get("types")
    if kinds is None and "delivery_success" not in params:
        return listing(call, "event", "/v1/events")
    # These filters look beyond the event's own fields, so pages are walked until one is full.
    wanted, limit = params.get("delivery_success"), params.get("limit", 10)
    found: list[Body] = []
    call.params = {**params, "limit": 100}
    while True:
        page = listing(call, "event", "/v1/events")
        for body in page["data"]:
            if (kinds is None or body["type"] in kinds) and (wanted is None or _delivered(simulator, body["id"]) == wanted):
                found.append(body)
                if len(found) > limit:
                    return {**page, "data": found[:limit], "has_more": True}
        if not page["has_more"] or "ending_before" in params:
            return {**page, "data": found, "has_more": False}
        call.params["starting_after"] = page["data"][-1]["id"]


def _delivered(simulator: Simulator, event_id: str) -> bool:
    return not simulator.store.sql("SELECT 1 FROM deliveries WHERE event = ? AND state <> 'delivered'", (event_id,))


def retrieve(call: Call) -> Body:
    """GET /v1/events/{id}."""
    row = call.simulator.store.find(call.path["id"], "event", account=call.account)
    if row is None:
        raise missing("event", call.path["id"])
    return row.body


ROUTES: dict[str, Route] = {
    "GET /v1/events": route(list_events, *LISTS, "created", "type", "types", "delivery_success"),
    "GET /v1/events/{id}": route(retrieve),
}
