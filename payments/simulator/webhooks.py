"""Webhook endpoints, and the thread that delivers events to them: signed, at least once, in no promised order."""

import hashlib
import hmac
import http.client
import json
import sys
import threading
import time
from typing import Any
from urllib.parse import urlsplit

from payments.simulator import metadata, timetable
from payments.simulator.errors import invalid
from payments.simulator.simulator import LISTS, PLATFORM, Call, Route, Simulator, listing, route
from payments.simulator.store import Body, Row, new_id

DEFAULT_ENDPOINT = "we_default"
_TIMEOUT_SECONDS = 10
_LONGEST_WAIT_SECONDS = 60
_TRIES = 4_000  # with the longest wait between them about three days, as long as Stripe tries
_OK = range(200, 300)


def signature(secret: str, payload: bytes, at: int) -> str:
    """The `Stripe-Signature` header: HMAC-SHA256 of "time.payload"."""
    signed = hmac.new(secret.encode(), f"{at}.".encode() + payload, hashlib.sha256).hexdigest()
    return f"t={at},v1={signed}"


def ensure_default(simulator: Simulator) -> None:
    """The endpoint of the command line; its address and secret follow the command line at every start."""
    row = simulator.store.find(DEFAULT_ENDPOINT, "webhook_endpoint")
    url = simulator.settings.webhook_url or "http://127.0.0.1:9/held"
    if row is None:
        body = simulator.blank("webhook_endpoint", "we", url=url, enabled_events=["*"], status="enabled", metadata={})
        body.update(id=DEFAULT_ENDPOINT, api_version=None, description="from the command line", application=None)
        row = simulator.add("webhook_endpoint", body, hidden={"secret": "", "connect": None})
        simulator.store.set("webhooks", {"hold": not simulator.settings.webhook_url})
    row.body.update(url=url)
    row.body.pop("secret", None)
    row.hidden["secret"] = simulator.settings.webhook_secret
    simulator.store.save(row)


def signed(simulator: Simulator, event_id: str, endpoint: Row) -> tuple[bytes, str]:
    """Body and signature header of one delivery. The stamp is the machine's time: receivers compare it with theirs."""
    event = simulator.store.must(event_id, "event")
    payload = json.dumps(event.body, indent=2, ensure_ascii=False).encode()
    return payload, signature(endpoint.hidden["secret"], payload, int(time.time()))


class Deliveries(threading.Thread):
    """Delivers what is pending and runs the timetable, asleep while there is nothing to do."""

    def __init__(self, simulator: Simulator) -> None:
        super().__init__(name="deliveries", daemon=True)
        self._simulator = simulator
        # One delivery at a time, whoever asks for it.
        self._busy = threading.Lock()

    def run(self) -> None:
        """Until the process ends."""
        simulator = self._simulator
        while True:
            simulator.wake.clear()
            try:
                with simulator.store.act():
                    timetable.run_due(simulator)
                    held = simulator.store.setting("webhooks", {}).get("hold", False)
                delivered = not held and self.deliver_one()
            except Exception as error:  # noqa: BLE001 - the thread must outlive whatever one event does
                sys.stderr.write(f"simulator: a delivery raised {error!r}\n")
                delivered = False
                time.sleep(1)
            if not delivered:
                simulator.wake.wait(self._pause(held=held))

    def _pause(self, *, held: bool) -> float:
        with self._simulator.store.act():
            due = timetable.next_due(self._simulator)
            found = self._simulator.store.sql("SELECT MIN(next_try) FROM deliveries WHERE state = 'pending'")[0][0]
        waits = [float(_LONGEST_WAIT_SECONDS)]
        if due is not None:
            waits.append(float(due))
        if found is not None and not held:
            waits.append(found - time.time())
        return max(0.02, min(waits))

    def deliver_one(self, *, hurry: bool = False, upto: int | None = None) -> bool:
        """Deliver one pending event; False when none is due. `hurry` does not wait for the back-off."""
        simulator = self._simulator
        with self._busy:
            with simulator.store.act():
                mode = simulator.store.setting("webhooks", {})
                order = "RANDOM()" if mode.get("shuffle") else "seq"
                statement = "SELECT seq, event, endpoint, attempts FROM deliveries WHERE state = 'pending' AND next_try <= ? AND seq <= ?"
                limits = (9e12 if hurry else time.time(), upto if upto is not None else 1 << 60)
                found = simulator.store.sql(f"{statement} ORDER BY {order} LIMIT 1", limits)
                if not found:
                    return False
                seq, event_id, endpoint_id, attempts = found[0]
                endpoint = simulator.store.find(endpoint_id, "webhook_endpoint")
                if endpoint is None:
                    simulator.store.sql("UPDATE deliveries SET state = 'withheld' WHERE seq = ?", (seq,))
                    return True
                payload, header = signed(simulator, event_id, endpoint)
            status = 0
            for _ in range(max(1, mode.get("duplicate", 1))):
                status = _post(endpoint.body["url"], payload, header)
            with simulator.store.act():
                if status in _OK:
                    mark_delivered(simulator, seq, event_id)
                    # It listens again: what only waited for that need not wait any longer.
                    waiting = "UPDATE deliveries SET next_try = 0 WHERE endpoint = ? AND state = 'pending' AND attempts = 0"
                    simulator.store.sql(waiting, (endpoint_id,))
                else:
                    self._put_off(seq, endpoint_id, attempts + 1, reached=status != 0)
        return True

    def _put_off(self, seq: int, endpoint_id: str, attempts: int, *, reached: bool) -> None:
        wait = min(0.5 * 2 ** min(attempts, 10), _LONGEST_WAIT_SECONDS)
        state = "failed" if attempts >= _TRIES else "pending"
        update = "UPDATE deliveries SET attempts = ?, state = ?, next_try = ? WHERE seq = ?"
        self._simulator.store.sql(update, (attempts, state, time.time() + wait, seq))
        if not reached:  # nobody is listening there: the others wait as long
            later = "UPDATE deliveries SET next_try = MAX(next_try, ?) WHERE endpoint = ? AND state = 'pending'"
            self._simulator.store.sql(later, (time.time() + wait, endpoint_id))

    def flush(self) -> int:
        """Try everything that is pending now once, also while deliveries are held. Returns how many are still pending."""
        simulator = self._simulator
        with simulator.store.act():
            found = simulator.store.sql("SELECT COUNT(*), MAX(seq) FROM deliveries WHERE state = 'pending'")
        count, last = found[0]
        for _ in range(count):
            if not self.deliver_one(hurry=True, upto=last):
                break
        with simulator.store.act():
            return int(simulator.store.sql("SELECT COUNT(*) FROM deliveries WHERE state = 'pending'")[0][0])


def _post(url: str, payload: bytes, header: str) -> int:
    """The status of one delivery; 0 when nobody answered."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=_TIMEOUT_SECONDS)
    headers = {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": header, "User-Agent": "Stripe/1.0 (simulator)"}
    try:
        connection.request("POST", f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}", payload, headers)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def mark_delivered(simulator: Simulator, seq: int, event_id: str) -> None:
    """The endpoint has taken the event. Call inside an act."""
    simulator.store.sql("UPDATE deliveries SET state = 'delivered', attempts = attempts + 1 WHERE seq = ?", (seq,))
    event = simulator.store.find(event_id, "event")
    if event is not None:
        found = simulator.store.sql("SELECT COUNT(*) FROM deliveries WHERE event = ? AND state = 'pending'", (event_id,))
        event.body["pending_webhooks"] = found[0][0]
        simulator.store.save(event)


def create(call: Call) -> Body:
    """POST /v1/webhook_endpoints. The secret is shown only in this answer."""
    simulator, params = call.simulator, call.params
    _check(params)
    body = simulator.blank("webhook_endpoint", "we", url=params["url"], enabled_events=params["enabled_events"], status="enabled")
    body.update(api_version=params.get("api_version"), description=params.get("description"), metadata=params.get("metadata") or {})
    secret = new_id("whsec", 32)
    body.pop("secret", None)
    simulator.add("webhook_endpoint", body, hidden={"secret": secret, "connect": bool(params.get("connect", False))})
    return {**body, "secret": secret}


def _check(params: Body) -> None:
    if "url" in params and urlsplit(params["url"]).hostname not in ("127.0.0.1", "localhost", "::1"):
        raise invalid("The simulator delivers only to this machine.", code="url_invalid", param="url")


def _endpoint(call: Call) -> Row:
    return call.simulator.get("webhook_endpoint", call.path["webhook_endpoint"])


def retrieve(call: Call) -> Body:
    """GET /v1/webhook_endpoints/{webhook_endpoint}."""
    return _endpoint(call).body


def update(call: Call) -> Body:
    """POST /v1/webhook_endpoints/{webhook_endpoint}."""
    row, params = _endpoint(call), call.params
    _check(params)
    for name in ("url", "enabled_events", "description"):
        if name in params:
            row.body[name] = params[name]
    if "disabled" in params:
        row.body["status"] = "disabled" if params["disabled"] else "enabled"
    if "metadata" in params:
        row.body["metadata"] = metadata.updated(row.body["metadata"], params["metadata"])
    call.simulator.store.save(row)
    return row.body


def delete(call: Call) -> Body:
    """DELETE /v1/webhook_endpoints/{webhook_endpoint}."""
    row = _endpoint(call)
    call.simulator.store.remove(row)
    return {"id": row.id, "object": "webhook_endpoint", "deleted": True}


def list_endpoints(call: Call) -> Body:
    """GET /v1/webhook_endpoints."""
    return listing(call, "webhook_endpoint", "/v1/webhook_endpoints", account=PLATFORM)


def pending(simulator: Simulator) -> list[dict[str, Any]]:
    """Deliveries that wait, each signed as it would be sent. Call inside an act."""
    mode = simulator.store.setting("webhooks", {})
    order = "RANDOM()" if mode.get("shuffle") else "seq"
    found = simulator.store.sql(f"SELECT seq, event, endpoint, attempts FROM deliveries WHERE state = 'pending' ORDER BY {order}")  # noqa: S608
    result = []
    for seq, event_id, endpoint_id, attempts in found:
        endpoint = simulator.store.find(endpoint_id, "webhook_endpoint")
        if endpoint is None:
            continue
        payload, header = signed(simulator, event_id, endpoint)
        shown = {"delivery": seq, "event": event_id, "endpoint": endpoint_id, "attempts": attempts, "type": json.loads(payload)["type"]}
        result.append({**shown, "payload": payload.decode(), "header": header})
    return result


ROUTES: dict[str, Route] = {
    "POST /v1/webhook_endpoints": route(create, "url", "enabled_events", "description", "metadata", "connect", "api_version"),
    "GET /v1/webhook_endpoints": route(list_endpoints, *LISTS),
    "GET /v1/webhook_endpoints/{webhook_endpoint}": route(retrieve),
    "POST /v1/webhook_endpoints/{webhook_endpoint}": route(update, "url", "enabled_events", "description", "metadata", "disabled"),
    "DELETE /v1/webhook_endpoints/{webhook_endpoint}": route(delete),
}
