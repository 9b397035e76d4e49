"""Figures of how it runs, for Prometheus (robustness.md 22). What happens is counted where it happens; queues are read when asked.

Several web processes count together: where `PROMETHEUS_MULTIPROC_DIR` names a folder, the library keeps each process's counters there.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from time import perf_counter

from prometheus_client import CollectorRegistry, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

Gauges = Mapping[str, tuple[str, Mapping[str, float]]]
"""Name → (help, value by `of` label; '' for the only one)."""

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0)
_own = CollectorRegistry()
_requests = Histogram(
    "millgate_request_seconds", "Time to answer, by endpoint and status.", ("endpoint", "method", "status"), buckets=SECONDS, registry=_own
)
_outside = Histogram(
    "millgate_outside_seconds", "Calls to other systems, by outcome.", ("system", "outcome"), buckets=SECONDS, registry=_own
)


def observe_request(endpoint: str | None, method: str, status: int, seconds: float) -> None:
    """Count an answer. An address that is none counts as one endpoint: a stranger must not be able to make names."""
    _counted_as(endpoint or "none", method if method in ("GET", "POST", "HEAD") else "other", status).observe(seconds)


@lru_cache(maxsize=4096)
def _counted_as(endpoint: str, method: str, status: int) -> Histogram:
    # The library looks it up behind a lock, label by label, and finds the same each time.
    return _requests.labels(endpoint, method, str(status))


@contextmanager
def outside_call(system: str) -> Iterator[None]:
    """Count a call to another system: `ok`, or the name of the fault."""
    began = perf_counter()
    outcome = "ok"
    try:
        yield
    except Exception as error:
        outcome = type(error).__name__
        raise
    finally:
        _outside.labels(system, outcome).observe(perf_counter() - began)


def exposition(gauges: Gauges, *, shared_folder: str | None) -> bytes:
    """Everything in Prometheus' text format; `shared_folder` is where several processes count together."""
    registry = CollectorRegistry()
    for name, (text, values) in gauges.items():
        gauge = Gauge(name, text, ("of",), registry=registry)
        for of, value in values.items():
            gauge.labels(of).set(value)
    counted = _own
    if shared_folder:
        counted = CollectorRegistry()
        MultiProcessCollector(counted, path=shared_folder)
    return bytes(generate_latest(counted) + generate_latest(registry))
