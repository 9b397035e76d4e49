"""Answers kept under their idempotency key. Source: docs.stripe.com/api/idempotent_requests, docs.stripe.com/api-v2-overview."""

import hashlib
import json
import threading
from dataclasses import dataclass
from typing import Any

from payments.simulator.errors import StripeError
from payments.simulator.simulator import DAY, Simulator

# v1 forgets a key after 24 hours, v2 after 30 days.
_KEPT = {1: DAY, 2: 30 * DAY}
_LONGEST_KEY = 255


@dataclass(frozen=True)
class Kept:
    """An answer that was given before."""

    status: int
    body: str
    request_id: str


def fingerprint(method: str, path: str, parameters: dict[str, Any]) -> str:
    """What must be the same for a repeated key."""
    return hashlib.sha256(json.dumps([method, path, parameters], sort_keys=True).encode()).hexdigest()


def find(simulator: Simulator, scope: str, key: str, mark: str) -> Kept | None:
    """The answer kept for the key. Raises StripeError 400 `idempotency_error` when the parameters are others."""
    version = 2 if scope.startswith("2") else 1
    oldest = simulator.clock.now() - _KEPT[version]
    statement = "SELECT fingerprint, status, body, request_id FROM keys WHERE scope = ? AND key = ? AND created > ?"
    found = simulator.store.sql(statement, (scope, key, oldest))
    if not found:
        return None
    if found[0][0] != mark:
        message = (
            "Keys for idempotent requests can only be used with the same parameters they were first used with. "
            f"Try using a key other than '{key}' if you meant to execute a different request."
        )
        raise StripeError(400, message, kind="idempotency_error", code="idempotency_error" if version == 2 else None)
    return Kept(*found[0][1:])


def keep(simulator: Simulator, scope: str, key: str, mark: str, kept: Kept) -> None:
    """Remember an answer, and forget those that are too old."""
    now = simulator.clock.now()
    values = (scope, key, mark, kept.status, kept.body, kept.request_id, now)
    statement = "INSERT OR REPLACE INTO keys (scope, key, fingerprint, status, body, request_id, created) VALUES (?, ?, ?, ?, ?, ?, ?)"
    simulator.store.sql(statement, values)
    simulator.store.sql("DELETE FROM keys WHERE scope LIKE '1%' AND created <= ?", (now - _KEPT[1],))


class InFlight:
    """Keys of requests that are being answered right now."""

    def __init__(self) -> None:
        self._keys: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def enter(self, scope: str, key: str) -> None:
        """Take the key. Raises StripeError 409 while another request holds it, 400 when it is too long."""
        if len(key) > _LONGEST_KEY:
            raise StripeError(
                400, "Idempotency keys must be at most 255 characters.", code="parameter_invalid_string", param="Idempotency-Key"
            )
        with self._lock:
            if (scope, key) in self._keys:
                message = (
                    "There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, "
                    "and the other request is still going through)."
                )
                raise StripeError(409, message, kind="idempotency_error", code="idempotency_key_in_use", should_retry=True)
            self._keys.add((scope, key))

    def leave(self, scope: str, key: str) -> None:
        """Give the key back."""
        with self._lock:
            self._keys.discard((scope, key))
