"""Faults on request: answers that get lost, servers that fail, limits that are reached. Kept in memory: a restart heals."""

import re
import threading
from dataclasses import dataclass, field
from typing import Any

MODES = ("drop_before", "drop_after", "500", "409", "429", "delay")


@dataclass
class Fault:
    """One rule: from the `nth` request that matches, `times` times (None: for ever).

    `store`: a 500 is kept under the idempotency key, as Stripe does when the endpoint had begun. `should_retry`: the header's value.
    """

    mode: str
    path: re.Pattern[str]
    method: str | None = None
    nth: int = 1
    times: int | None = 1
    delay_ms: int = 0
    store: bool = False
    should_retry: bool | None = None
    seen: int = 0
    fired: int = 0

    def shown(self) -> dict[str, Any]:
        """The rule as JSON."""
        return {**self.__dict__, "path": self.path.pattern}


@dataclass
class Faults:
    """The rules in force."""

    rules: list[Fault] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, given: dict[str, Any]) -> Fault:
        """A rule from the control page. Raises ValueError with what is wrong."""
        known = {"mode", "path", "method", "nth", "times", "delay_ms", "store", "should_retry"}
        if unknown := set(given) - known:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        if str(given.get("mode")) not in MODES:
            raise ValueError(f"mode must be one of {', '.join(MODES)}")
        try:
            path = re.compile(given.get("path", ""))
        except re.error as error:
            raise ValueError(f"path: {error}") from error
        method = given.get("method")
        fault = Fault(**{**given, "mode": str(given["mode"]), "path": path, "method": method.upper() if method else None})
        with self._lock:
            self.rules.append(fault)
        return fault

    def strike(self, method: str, path: str) -> Fault | None:
        """The fault that befalls this request, counted."""
        with self._lock:
            for rule in self.rules:
                if (rule.method and rule.method != method) or not rule.path.search(path):
                    continue
                if rule.times is not None and rule.fired >= rule.times:
                    continue
                rule.seen += 1
                if rule.seen >= rule.nth:
                    rule.fired += 1
                    return rule
        return None

    def clear(self) -> None:
        """No faults."""
        with self._lock:
            self.rules.clear()
