"""Where the time of a page goes, in one process and without a network: milliseconds, statements, index, templates.

    python3 dev.py bench inside [--profile] [--only search,category,product]

Runs against the world that stands (`dev.py up`), as the web process does, with the same pages as `bench pages`.
"""

import argparse
import cProfile
import json
import os
import pstats
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.engine import Engine

from bench.pages import addresses, standing
from bench.plain import app as plain
from marketplace.app import create_app
from marketplace.config import Settings
from marketplace.core.templating import PageTemplate
from search.engines.tantivy import TantivyEngine


@dataclass
class Meter:
    """Calls and seconds of one kind of work."""

    calls: int = 0
    seconds: float = 0.0

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Count what runs inside."""
        began = perf_counter()
        try:
            yield
        finally:
            self.calls += 1
            self.seconds += perf_counter() - began


def metered(meter: Meter, inner: Any) -> Any:
    """A function that counts into a meter."""

    def outer(*args: Any, **kwargs: Any) -> Any:
        with meter.counting():
            return inner(*args, **kwargs)

    return outer


def watch(app: Flask) -> dict[str, Meter]:
    """Meters on what a page waits for."""
    meters = {"statements": Meter(), "index": Meter(), "templates": Meter()}
    began: list[float] = []
    event.listen(Engine, "before_cursor_execute", lambda *_: began.append(perf_counter()))

    def executed(*_: Any) -> None:
        meters["statements"].calls += 1
        meters["statements"].seconds += perf_counter() - began.pop()

    event.listen(Engine, "after_cursor_execute", executed)
    TantivyEngine.find = metered(meters["index"], TantivyEngine.find)  # type: ignore[method-assign]
    PageTemplate.render = metered(meters["templates"], PageTemplate.render)  # type: ignore[method-assign]
    return meters


def plain_ms(seconds: float = 0.5) -> float:
    """Own processor time of a plain Flask page in this process, in milliseconds: what a busy machine makes of everything."""
    client = plain.test_client(use_cookies=False)
    rounds(client, ["/"], seconds / 5)
    began = process_time()
    n, _ = rounds(client, ["/"], seconds)
    return (process_time() - began) / n * 1000


def rounds(client: FlaskClient, paths: list[str], seconds: float) -> tuple[int, float]:
    """(pages, seconds) of asking for the addresses in turn."""
    began, n = perf_counter(), 0
    while perf_counter() - began < seconds:
        answer = client.get(paths[n % len(paths)])
        if answer.status_code != 200:
            raise SystemExit(f"{paths[n % len(paths)]} answers {answer.status_code}")
        n += 1
    return n, perf_counter() - began


def measure(client: FlaskClient, paths: list[str], meters: dict[str, Meter], seconds: float) -> dict[str, Any]:
    """What one kind of page costs, by its parts, in milliseconds a page."""
    rounds(client, paths[:50], 1.0)
    for meter in meters.values():
        meter.calls, meter.seconds = 0, 0.0
    yardstick = plain_ms()
    cpu = process_time()
    n, spent = rounds(client, paths, seconds)
    cpu = process_time() - cpu
    yardstick = (yardstick + plain_ms()) / 2
    found: dict[str, Any] = {"pages": n, "ms": round(spent / n * 1000, 2), "own_cpu_ms": round(cpu / n * 1000, 2)}
    found["times_plain"] = round(cpu / n * 1000 / yardstick, 1)
    for name, meter in meters.items():
        found[name] = {"a_page": round(meter.calls / n, 1), "ms": round(meter.seconds / n * 1000, 2)}
    return found


def profiled(client: FlaskClient, paths: list[str], seconds: float, top: int) -> None:
    """Print the functions that take the most time of their own, and with what they call."""
    profile = cProfile.Profile()
    profile.enable()
    rounds(client, paths, seconds)
    profile.disable()
    for order in ("tottime", "cumulative"):
        pstats.Stats(profile, stream=sys.stderr).strip_dirs().sort_stats(order).print_stats(top)


def main() -> None:
    """Measure and print one JSON object; profiles go to stderr."""
    options = argparse.ArgumentParser()
    options.add_argument("--profile", action="store_true")
    options.add_argument("--only", default="search,category,product")
    options.add_argument("--seconds", type=float, default=3.0)
    options.add_argument("--top", type=int, default=60)
    chosen = options.parse_args()
    variables = os.environ | standing().running()["environment"]
    app = create_app(Settings.from_env(variables))
    pages = addresses(variables["JOBS_DATABASE_URL"])
    client = app.test_client(use_cookies=False)
    meters = watch(app)
    result = {}
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):  # the line per request is written, and goes nowhere
        for name in chosen.only.split(","):
            result[name] = measure(client, pages[name], meters, chosen.seconds)
            if chosen.profile:
                profiled(client, pages[name], chosen.seconds, chosen.top)
    json.dump(result, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
