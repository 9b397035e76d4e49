"""Pages and acts as a share of a plain Flask page on the same server in the same run; absolute rates beside them.

    python3 dev.py bench pages [--products FILE] [--seconds S]

`--products` imports a file of JSON lines beside the demo first (`catalogue import FILE --operator`), so that lists are full.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import quote

import psycopg
import requests

from bench.load import Result, request_bytes, run
from marketplace.supervisor.sockets import free_port
from tests.visitor import Visitor
from tests.world import ROOT, World, running_world, wait_until

QUERIES = (
    "hex bolt m8x40 a2",
    "washer m8",
    "led driver dali",
    "ball valve 1/2",
    "carton 400",
    "bearing 6204",
    "六角螺栓",
    "gland m20",
    "QZ-4017-M8X40-A2",
)
OFFICE_QUERIES = ("laptop", "toner black", "usb cable 2 m", "monitor 24", "hard drive 500 gb", "headset", "projector lamp")
BUYER, COLLEAGUE = "m.lindqvist@halden.example", "britta.falk@halden.example"
PURCHASES = 20


def plain_server() -> tuple[subprocess.Popen[bytes], str]:
    """Serve the yardstick exactly as `up` serves the product."""
    port = free_port(19500)
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", "2", "--blocking-threads", "2", "--no-access-log", "bench.plain:app"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return process, f"http://127.0.0.1:{port}"


def answers(url: str) -> bool:
    """Whether the page is there."""
    try:
        return requests.get(url, timeout=2).ok
    except requests.RequestException:
        return False


def rows(world: World, query: str) -> list[tuple[str, ...]]:
    """What the world's database answers."""
    address = world.environment["JOBS_DATABASE_URL"].replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(address, autocommit=True) as connection:
        return [tuple(str(cell) for cell in row) for row in connection.execute(query)]


def pages(world: World, *, office: bool) -> dict[str, list[bytes]]:
    """The addresses of each kind of page, as requests."""
    slugs = [
        row[0] for row in rows(world, "SELECT slug FROM products WHERE state = 'live' AND visibility = '{all}' ORDER BY code LIMIT 400")
    ]
    categories = [
        row[0]
        for row in rows(
            world,
            "SELECT c.slug FROM categories c JOIN products p ON p.category_id = c.id WHERE p.state = 'live' GROUP BY c.slug ORDER BY count(*) DESC LIMIT 20",
        )
    ]
    queries = QUERIES + (OFFICE_QUERIES if office else ())
    return {
        "search": [request_bytes(f"{world.url}/search?q={quote(q)}") for q in queries],
        "category": [request_bytes(f"{world.url}/categories/{slug}") for slug in categories],
        "product": [request_bytes(f"{world.url}/products/{slug}") for slug in slugs],
    }


def row(name: str, result: Result, plain: Result) -> dict[str, object]:
    """One line of the answer."""
    wrong = {status: n for status, n in result.statuses.items() if status >= 400}
    return {
        "work": name,
        "per_second": round(result.rate, 1),
        "share_of_plain": f"1/{plain.rate / result.rate:.1f}",
        "p50_ms": round(result.percentile(0.5), 1),
        "p99_ms": round(result.percentile(0.99), 1),
        "errors": wrong,
    }


def acts(world: World, seconds: float) -> list[tuple[str, Result]]:
    """Adding to the cart, and whole purchases: a line into the cart, the checkout page, the placed order. One buyer, one act after another."""
    buyer = Visitor(world.url)
    buyer.log_in(BUYER, world.password)
    variants = rows(
        world,
        "SELECT v.id, p.slug, v.minimum_quantity / v.display_factor FROM variants v JOIN products p ON p.id = v.product_id "
        "JOIN vendors s ON s.id = v.vendor_id JOIN stock k ON k.variant_id = v.id WHERE s.slug LIKE 'norrvik%' AND p.state = 'live' "
        "AND p.visibility = '{all}' ORDER BY k.on_hand DESC LIMIT 20",
    )
    form = buyer.form(f"/products/{variants[0][1]}", "/cart/lines")
    adding, placing = Result(0.0), Result(0.0)
    began = time.perf_counter()
    while time.perf_counter() - began < seconds:
        variant, _, quantity = variants[len(adding.times) % len(variants)]
        timed(adding, partial(buyer.send, form, variant_id=variant, quantity=quantity, _once=""))
    adding.seconds = time.perf_counter() - began
    variant, _, quantity = variants[0]
    buyer.close()
    buyer = Visitor(world.url)  # whose cart is empty
    buyer.log_in(COLLEAGUE, world.password)
    form = buyer.form(f"/products/{variants[0][1]}", "/cart/lines")
    for _number in range(PURCHASES):
        buyer.send(form, variant_id=variant, quantity=str(int(quantity) * 5), _once="")
        timed(placing, lambda: buyer.send(buyer.form("/checkout", "/checkout")))
    placing.seconds = sum(placing.times)
    buyer.close()
    return [("add to cart", adding), ("checkout page and purchase", placing)]


def timed(result: Result, act: Callable[[], requests.Response]) -> None:
    """Do an act and note how long it took and what was answered."""
    began = time.perf_counter()
    status = act().status_code
    result.times.append(time.perf_counter() - began)
    result.statuses[status] = result.statuses.get(status, 0) + 1


def main() -> None:
    """Measure and print one JSON object."""
    options = argparse.ArgumentParser()
    options.add_argument("--products", type=Path)
    options.add_argument("--seconds", type=float, default=5.0)
    chosen = options.parse_args()
    plain_process, plain_url = plain_server()
    try:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder, running_world(Path(folder), with_history=False) as world:
            if chosen.products:
                world.command("catalogue", "import", str(chosen.products), "--operator")
                wait_until(lambda: rows(world, "SELECT count(*) FROM changes") == [("0",)], 120, "the index has followed")
            wait_until(lambda: answers(plain_url), 20, "the plain page")
            run(plain_url, [request_bytes(f"{plain_url}/")], seconds=1)
            plain = run(plain_url, [request_bytes(f"{plain_url}/")], seconds=chosen.seconds)
            table = []
            for name, requests_of in pages(world, office=bool(chosen.products)).items():
                run(world.url, requests_of, seconds=1)
                table.append(row(name, run(world.url, requests_of, seconds=chosen.seconds), plain))
            table += [row(name, result, plain) for name, result in acts(world, chosen.seconds)]
    finally:
        plain_process.terminate()
        plain_process.wait(10)
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    print(json.dumps({"commit": commit, "cores": os.cpu_count(), "plain_per_second": round(plain.rate, 1), "rows": table}, indent=1))


if __name__ == "__main__":
    main()
