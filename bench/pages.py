"""Pages and acts as a share of a plain Flask page on the same server in the same run; absolute rates beside them.

    python3 dev.py bench pages [--products FILE] [--seconds S] [--standing] [--keep]

`--products` imports a file of JSON lines beside the demo first (`catalogue import FILE --operator`), so that lists are full.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import quote

import psycopg
import requests

from bench.load import Result, paced, request_bytes, run
from bench.processes import cpu_seconds
from marketplace.supervisor.home import Home
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
CALM_TIMES = 12
"""So many times longer than another line: a minute at 10 requests a second, since the 99th percentile of a hundred is one bad moment."""
BOUGHT = """
    SELECT v.id, v.minimum_quantity / v.display_factor, enough / v.display_factor, p.slug
    FROM variants v JOIN products p ON p.id = v.product_id JOIN vendors s ON s.id = v.vendor_id JOIN stock k ON k.variant_id = v.id
    JOIN LATERAL (
        SELECT ceil(
            10000.0 * s.opening_minimum_minor * v.price_per / min(t.unit_price_micro) / v.increment + v.minimum_quantity / v.increment
        )::bigint * v.increment FROM price_tiers t WHERE t.variant_id = v.id
    ) AS worth (enough) ON k.on_hand - k.reserved >= enough
    WHERE s.slug LIKE 'norrvik%' AND p.state = 'live' AND p.visibility = '{all}' AND v.maximum_quantity IS NULL
    ORDER BY (k.on_hand - k.reserved) / enough DESC LIMIT 20
"""
"""What is bought again and again, of which most is free: the variant, its smallest quantity, one that is worth the vendor's smallest order at
the lowest price, in display units, and the product's address; as many as there are purchases."""
UNDONE = "SELECT count(*) FROM jobs WHERE state = 'sent' OR state = 'queued' AND run_at <= now()"
KEPT = ROOT / "bench" / "results" / "pages.json"


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


def rows(database: str, query: str) -> list[tuple[str, ...]]:
    """What the world's database answers; `database` is the address for jobs, which sees all rows."""
    address = database.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(address, autocommit=True) as connection:
        return [tuple(str(cell) for cell in row) for row in connection.execute(query)]


def addresses(database: str) -> dict[str, list[str]]:
    """The paths of each kind of page. Office goods are asked for where they were imported."""
    products = rows(database, "SELECT slug FROM products WHERE state = 'live' AND visibility = '{all}' ORDER BY md5(code) LIMIT 400")
    categories = rows(
        database,
        "SELECT c.slug FROM categories c JOIN products p ON p.category_id = c.id WHERE p.state = 'live' "
        "GROUP BY c.slug ORDER BY count(*) DESC LIMIT 20",
    )
    is_full = int(rows(database, "SELECT count(*) FROM products")[0][0]) > 10_000
    asked = QUERIES + (OFFICE_QUERIES if is_full else ())
    return {
        "search": [f"/search?q={quote(query)}" for query in asked],
        "category": [f"/categories/{slug}" for (slug,) in categories],
        "product": [f"/products/{slug}" for (slug,) in products],
        "suggestion": [f"/search/suggest?q={quote(query[:typed])}" for query in asked for typed in range(1, len(query) + 1)],
    }


def row(name: str, result: Result, plain: Result) -> dict[str, object]:
    """One line of the answer."""
    wrong = {status: n for status, n in result.statuses.items() if status >= 400}
    return {
        "work": name,
        "per_second": round(result.rate, 1),
        "share_of_plain": f"1/{plain.rate / result.rate:.1f}",
        "plain_per_second": round(plain.rate, 1),
        **({"cpu_ms": round(result.cpu_ms, 2), "share_by_cpu": f"1/{result.cpu_ms / plain.cpu_ms:.1f}"} if result.cpu else {}),
        "p50_ms": round(result.percentile(0.5), 1),
        "p99_ms": round(result.percentile(0.99), 1),
        "errors": wrong,
    }


def acts(world: World, seconds: float) -> list[tuple[str, Result]]:
    """Adding to the cart, and whole purchases: a line into the cart, the checkout page, the placed order. One buyer, one act after another."""
    buyer = Visitor(world.url)
    buyer.log_in(BUYER, world.password)
    variants = rows(world.environment["JOBS_DATABASE_URL"], BOUGHT)
    form = buyer.form(f"/products/{variants[0][3]}", "/cart/lines")
    adding, placing = Result(0.0), Result(0.0)
    began = time.perf_counter()
    while time.perf_counter() - began < seconds:
        variant, quantity, _, _ = variants[len(adding.times) % len(variants)]
        timed(adding, partial(buyer.send, form, variant_id=variant, quantity=quantity, _once=""))
    adding.seconds = time.perf_counter() - began
    buyer.close()
    buyer = Visitor(world.url)  # whose cart is empty
    buyer.log_in(COLLEAGUE, world.password)
    form = buyer.form(f"/products/{variants[0][3]}", "/cart/lines")
    for variant, _, enough, _ in variants:
        buyer.send(form, variant_id=variant, quantity=enough, _once="").raise_for_status()
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


def standing() -> Home:
    """The folder of the world that `dev.py up` has started; where nothing runs, the benchmark ends with a word about it."""
    home = Home()
    if not home.running().get("ready"):
        sys.exit(f"Nothing runs in {home.folder}. Start it with `python3 dev.py up`, or name its folder by MARKETPLACE_HOME.")
    return home


@contextmanager
def chosen_world(*, is_standing: bool, with_history: bool = False) -> Iterator[World]:
    """The world that stands already (`dev.py up`), or one of its own for the time of the run; with the purchases of the demo if asked."""
    if is_standing:
        yield World(standing().folder, subprocess.Popen([sys.executable, "-c", ""]))
        return
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, running_world(Path(folder), with_history=with_history) as world:
        yield world


def measure(world: World, plain_url: str, plain_pid: int, seconds: float, *, with_acts: bool) -> tuple[Result, list[dict[str, object]]]:
    """The yardstick, taken anew before and after every line because a machine is not the same all the time, and every line."""
    yardsticks: list[Result] = []

    def plain() -> Result:
        yardsticks.append(counted([plain_pid], lambda: run(plain_url, [request_bytes(f"{plain_url}/")], seconds=seconds / 3)))
        return merged(yardsticks[-2:])

    plain()
    table = []
    pages = {
        name: [request_bytes(f"{world.url}{path}") for path in paths]
        for name, paths in addresses(world.environment["JOBS_DATABASE_URL"]).items()
    }
    for name, requests_of in pages.items():
        run(world.url, requests_of, seconds=1)
        seen = counted([world.pid("web"), world.pid("postgres")], partial(run, world.url, requests_of, seconds=seconds))
        table.append(row(name, seen, plain()))
    typed = pages.pop("suggestion")
    every = [one for group in zip(*(requests_of[:10] for requests_of in pages.values()), strict=False) for one in group]
    for name, requests_of in (("calm", every), ("calm suggestion", typed)):
        calm = paced(world.url, requests_of, seconds=seconds * CALM_TIMES, per_second=10)
        table.append(row(name, calm, plain()) | {"share_of_plain": "", "p95_ms": round(calm.percentile(0.95), 1)})
    if with_acts:
        seen_acts = acts(world, seconds)
        after = plain()
        table += [row(name, result, after) for name, result in seen_acts]
    return merged(yardsticks), table


def counted(pids: Sequence[int], measured: Callable[[], Result]) -> Result:
    """A run with the processor time of its processes and of this one, which is the client."""
    before = cpu_seconds(*pids) + time.process_time()
    result = measured()
    result.cpu = cpu_seconds(*pids) + time.process_time() - before
    return result


def merged(results: Sequence[Result]) -> Result:
    """Several runs as one."""
    whole = Result(sum(result.seconds for result in results))
    for result in results:
        whole.times += result.times
        whole.cpu += result.cpu
    return whole


def main() -> None:
    """Measure and print one JSON object."""
    options = argparse.ArgumentParser()
    options.add_argument("--products", type=Path)
    options.add_argument("--seconds", type=float, default=5.0)
    options.add_argument("--standing", action="store_true", help="measure the world that `dev.py up` has started")
    options.add_argument("--without-acts", action="store_true")
    options.add_argument("--keep", action="store_true", help="keep the figures in bench/results, of which README's table is made")
    chosen = options.parse_args()
    plain_process, plain_url = plain_server()
    try:
        with chosen_world(is_standing=chosen.standing) as world:
            if chosen.products:
                world.command("catalogue", "import", str(chosen.products), "--operator")
                database = world.environment["JOBS_DATABASE_URL"]
                wait_until(lambda: rows(database, "SELECT count(*) FROM changes") == [("0",)], 120, "the index has followed")
                # The worker follows the new suppliers' accounts at the provider for some seconds.
                wait_until(lambda: rows(database, UNDONE) == [("0",)], 120, "the worker is at rest")
            wait_until(lambda: answers(plain_url), 20, "the plain page")
            run(plain_url, [request_bytes(f"{plain_url}/")], seconds=1)
            products = int(rows(world.environment["JOBS_DATABASE_URL"], "SELECT count(*) FROM products WHERE state = 'live'")[0][0])
            plain, table = measure(world, plain_url, plain_process.pid, chosen.seconds, with_acts=not chosen.without_acts)
    finally:
        plain_process.terminate()
        plain_process.wait(10)
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    head = {"commit": commit, "cores": os.cpu_count(), "products": products, "plain_per_second": round(plain.rate, 1)}
    head["plain_cpu_ms"] = round(plain.cpu_ms, 3)
    written = json.dumps(head | {"rows": table}, indent=1)
    print(written)
    if chosen.keep:
        KEPT.parent.mkdir(exist_ok=True)
        KEPT.write_text(written + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
