"""From a request to an answer: who asks, what is asked, is it allowed by the text, was it asked before."""

import base64
import json
import re
import sys
import time
import traceback
from dataclasses import dataclass, field
from typing import Any

from payments.simulator import (
    accounts,
    balance,
    banks,
    checkout,
    events,
    expansion,
    idempotency,
    metadata,
    payments,
    refunds,
    timetable,
    transfers,
    webhooks,
)
from payments.simulator.errors import StripeError
from payments.simulator.faults import Fault, Faults
from payments.simulator.forms import coerce, decode, dotted
from payments.simulator.overlay import ACCEPTED_VERSIONS, API_VERSION
from payments.simulator.simulator import Call, Route, Simulator
from payments.simulator.store import new_id
from payments.simulator.validation import refusal

ROUTES: dict[str, Route] = {
    **accounts.ROUTES,
    **balance.ROUTES,
    **banks.ROUTES,
    **checkout.ROUTES,
    **events.ROUTES,
    **payments.ROUTES,
    **refunds.ROUTES,
    **transfers.ROUTES,
    **webhooks.ROUTES,
}


@dataclass(frozen=True)
class Request:
    """What came in. Header names are lower case."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Answer:
    """What goes out; `lost` means that the connection is closed instead."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    lost: bool = False


LOST = Answer(0, b"", lost=True)


class API:
    """Stripe's interface, v1 and v2."""

    def __init__(self, simulator: Simulator, faults: Faults) -> None:
        self._simulator, self._faults = simulator, faults
        self._in_flight = idempotency.InFlight()
        self._paths = [(_pattern(name.split(" ", 1)[1]), name) for name in sorted(ROUTES, key=_braces)]
        known = sorted(simulator.validation.text.known, key=_braces)
        self._known = [(_pattern(name.split(" ", 1)[1]), name) for name in known]

    def answer(self, request: Request) -> Answer:
        """The answer to one request; never raises."""
        request_id = new_id("req", 14)
        version = 2 if request.path.startswith("/v2/") else 1
        fault = self._faults.strike(request.method, request.path)
        try:
            if fault is not None and fault.mode == "drop_before":
                return LOST
            status, body, headers = self._answer(request, request_id, version, fault)
        except StripeError as error:
            status, headers = error.status, _retry_header(error)
            body = json.dumps(error.body(version=version))
        except Exception:  # noqa: BLE001 - a bug of ours must look like one and be found by the test run
            status, headers = 500, {"Stripe-Should-Retry": "false"}
            body = json.dumps(StripeError(500, "The simulator failed.", kind="api_error").body(version=version))
            self._crashed(request)
        if fault is not None and fault.mode == "drop_after":
            return LOST
        same = {"Request-Id": request_id, "Stripe-Version": request.headers.get("stripe-version", API_VERSION)}
        return Answer(status, body.encode(), {"Content-Type": "application/json", **same, **headers})

    def _crashed(self, request: Request) -> None:
        sys.stderr.write(traceback.format_exc())
        with self._simulator.store.act():
            problem = {"kind": "crash", "message": traceback.format_exc(limit=-3)}
            self._simulator.violation("crash", f"{request.method} {request.path}", [problem])

    def _answer(self, request: Request, request_id: str, version: int, fault: Fault | None) -> tuple[int, str, dict[str, str]]:
        self._authorise(request)
        operation, path = self._route(request)
        if fault is not None and fault.mode in ("409", "429", "500") and not fault.store:
            raise _struck(fault)
        parameters = self._parameters(request, operation, version)
        account = self._account(request)
        key = request.headers.get("idempotency-key") if request.method == "POST" or (version == 2 and request.method == "DELETE") else None
        call = Call(self._simulator, operation, path, parameters, account, request_id, key)
        if key is None:
            return self._run(call, request, None, fault)
        # The key is taken before a delay begins, so that a second request with it meets the first one.
        scope = f"{version} {account}"
        self._in_flight.enter(scope, key)
        try:
            status, body, headers = self._run(call, request, scope, fault)
        finally:
            self._in_flight.leave(scope, key)
        return status, body, {"Idempotency-Key": key, **headers}

    def _authorise(self, request: Request) -> None:
        """Only the one secret key is good, as bearer token or as the name of basic authentication."""
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        given = value.strip()
        if scheme.lower() == "basic":
            try:
                given = base64.b64decode(given).decode().split(":", 1)[0]
            except ValueError:
                given = ""
        if not given:
            message = "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth."
            raise StripeError(401, message)
        if given != self._simulator.settings.secret_key:
            hidden = f"{given[:8]}{'*' * max(0, len(given) - 12)}{given[-4:]}"
            raise StripeError(401, f"Invalid API Key provided: {hidden}")
        version = request.headers.get("stripe-version", API_VERSION)
        if version not in ACCEPTED_VERSIONS:
            raise StripeError(400, f"Invalid Stripe API version: {version}. The simulator speaks {', '.join(ACCEPTED_VERSIONS)}.")

    def _route(self, request: Request) -> tuple[str, dict[str, str]]:
        for pattern, name in self._paths:
            if name.startswith(f"{request.method} ") and (found := pattern.fullmatch(request.path)):
                return name, found.groupdict()
        for pattern, name in self._known:
            if name.startswith(f"{request.method} ") and pattern.fullmatch(request.path):
                message = f"Stripe has this endpoint, the simulator does not: {name}"
                with self._simulator.store.act():
                    self._simulator.violation("not simulated", name, [{"kind": "endpoint", "message": message}])
                raise StripeError(501, message, kind="api_error", should_retry=False)
        raise StripeError(404, f"Unrecognized request URL ({request.method}: {request.path}).", code=None)

    def _parameters(self, request: Request, operation: str, version: int) -> dict[str, Any]:
        """The parameters as values, checked. A request that the text does not allow is remembered as a violation."""
        validation, simulator = self._simulator.validation, self._simulator
        if version == 2 and request.method == "POST":
            try:
                raw = json.loads(request.body or b"{}")
            except ValueError as error:
                raise StripeError(400, "The request body is not JSON.", code="invalid_json") from error
        else:
            raw = decode(request.query if request.method in ("GET", "DELETE") else request.body.decode("utf-8", "replace"))
        parameters: dict[str, Any] = coerce(raw, validation.text.operations[operation].parameters)
        if operation.startswith(("POST /v1/payment_intents", "POST /v1/checkout/sessions")):
            payments.refuse_types(parameters)
        problems = validation.parameter_problems(operation, parameters)
        if problems:
            with simulator.store.act():
                simulator.violation("request", operation, problems)
            raise refusal(problems[0])
        metadata.check(parameters)
        if parameters and (ignored := ROUTES[operation].ignored(dotted(parameters))):
            message = f"Stripe has this parameter, the simulator does not: {', '.join(ignored)}"
            with simulator.store.act():
                simulator.violation("not simulated", operation, [{"kind": "parameter", "message": message}])
            raise StripeError(400, message, code="parameter_not_simulated", param=ignored[0])
        return parameters

    def _account(self, request: Request) -> str:
        """The connected account that the request is made for, or the platform."""
        account = request.headers.get("stripe-account") or request.headers.get("stripe-context") or ""
        if not account:
            return ""
        with self._simulator.store.act():
            known = self._simulator.store.find(account, "v2.core.account") is not None
            own = account == accounts.platform_id(self._simulator)
        if own:
            return ""
        if not known:
            message = f"The provided key does not have access to account '{account}' (or that account does not exist)."
            raise StripeError(403, message, code="account_invalid")
        return account

    def _run(self, call: Call, request: Request, scope: str | None, fault: Fault | None) -> tuple[int, str, dict[str, str]]:
        """Execute, check the answer and keep it under its key, all in one act."""
        simulator, key = self._simulator, call.idempotency_key
        if fault is not None and fault.delay_ms:
            time.sleep(fault.delay_ms / 1000)
        with simulator.store.act():
            timetable.run_due(simulator)
            mark = idempotency.fingerprint(request.method, request.path, call.params)
            if scope is not None and key is not None and (kept := idempotency.find(simulator, scope, key, mark)) is not None:
                return kept.status, kept.body, {"Idempotent-Replayed": "true", "Original-Request": kept.request_id}
            status, body, error = self._execute(call, fault)
            text = json.dumps(body)
            keeps = error is None or (error.executed and (scope or "").startswith("1"))
            if scope is not None and key is not None and keeps:
                idempotency.keep(simulator, scope, key, mark, idempotency.Kept(status, text, call.request_id))
        return status, text, _retry_header(error) if error else {}

    def _execute(self, call: Call, fault: Fault | None) -> tuple[int, dict[str, Any], StripeError | None]:
        simulator, version = self._simulator, 2 if call.operation.split(" ")[1].startswith("/v2/") else 1
        refused: StripeError | None = None
        body: dict[str, Any] = {}
        try:
            with simulator.store.attempt():
                try:
                    if fault is not None and fault.mode in ("409", "429", "500"):
                        raise _struck(fault)
                    body = ROUTES[call.operation].handler(call)
                    expansion.expand(simulator, body, call.params.get("expand", []))
                except StripeError as error:
                    if not error.keeps_writes:
                        raise
                    refused = error
        except StripeError as error:
            refused = error
        if refused is None:
            problems = simulator.validation.answer_problems(call.operation, body)
        else:
            body = refused.body(version=version)
            problems = simulator.validation.object_problems("error", body) if version == 1 else []
        if problems:
            simulator.violation("answer", call.operation, problems)
        return (refused.status if refused else 200), body, refused


def _struck(fault: Fault) -> StripeError:
    message, kind, code = {
        "409": ("Another request is being processed for this object.", "invalid_request_error", "lock_timeout"),
        "429": ("Too many requests hit the API too quickly.", "invalid_request_error", "rate_limit"),
        "500": ("An unknown error occurred.", "api_error", None),
    }[fault.mode]
    return StripeError(int(fault.mode), message, kind=kind, code=code, executed=fault.store, should_retry=fault.should_retry)


def _retry_header(error: StripeError) -> dict[str, str]:
    if error.should_retry is not None:
        return {"Stripe-Should-Retry": "true" if error.should_retry else "false"}
    return {"Stripe-Should-Retry": "false"} if error.status in (400, 402, 403, 404) else {}


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path)))


def _braces(name: str) -> tuple[int, str]:
    return name.count("{"), name
