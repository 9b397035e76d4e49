"""Every page that shows a table, with the whole catalogue and a long trade: what its server spends on each thing a reader can ask.

    python3 dev.py bench tables [--products FILE] [--lines N] [--searches N] [--standing] [--only /desk/orders,…] [--keep]

The pages are found by opening every address of the URL map as a buyer, a factory and the desk, and seeing which of them ask a
`core/tables.py: Table`. Of each: first and last page, every order, every value of every filter, words, all of them at once, the CSV.
A page runs in this process as in a web process; its time is the processor's, of this process and of the database's, because that is
what a machine that others use leaves alone. On two free cores it is the server's time.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.test import TestResponse

from bench.load import percentile
from bench.pages import chosen_world, rows
from bench.searches import fill, sum_hours
from bench.trade import FOLLOWED, Press
from marketplace.app import create_app
from marketplace.config import Settings
from marketplace.core.tables import AnySelect, Asked, Choice, Days, Stretch, Table
from search.learning.reports import REPORTS
from tests.visitor import FormReader
from tests.world import ROOT, World, wait_until

BAR_MS = 100.0
LEAST_TIMES = 40
KEPT = ROOT / "bench" / "results" / "tables.json"
STAFF = {"desk": "edda.nystrom@millgate.example", "verifier": "rosa.okafor@millgate.example", "finance": "s.brandt@millgate.example"}
WORDS = ("2026-0", "an", "zzqx nothing")
"""What is typed into a field for words: part of a number, two letters that many names hold, and what nothing holds."""
UNASKED = ("/dev/", "/static/", "/healthz", "/readyz", "/metrics", "/log-in", "/portal/payout-account/")
"""Addresses that answer something other than a page of the product, or ask the provider."""


@dataclass
class Watch:
    """What a page does: which table it asked and got, and processor time of this process and of its connections."""

    asked: list[tuple[Table, Stretch[Any]]] = field(default_factory=list)
    exported: list[tuple[Table, int]] = field(default_factory=list)
    backends: set[int] = field(default_factory=set)
    statements: int = 0
    is_looking: bool = True
    """Whether pages are only being looked for: nobody waits for all rows of a CSV then."""

    def milliseconds(self) -> float:
        """Processor time so far."""
        files = [Path(f"/proc/{pid}/schedstat") for pid in self.backends]
        served = sum(int(file.read_text(encoding="utf-8").split()[0]) for file in files if file.exists())
        return process_time() * 1000 + served / 1e6


@dataclass
class Page:
    """A page as its fitting reader sees it, and what each question costs: name of the question → milliseconds of each time."""

    path: str
    endpoint: str
    reader: str
    table: Table | None
    times: dict[str, list[float]] = field(default_factory=dict)
    statements: int = 0
    csv_rows: int = 0

    def row(self) -> dict[str, Any]:
        """One line of the answer."""
        pages = [each for name, times in self.times.items() if name != "csv" for each in times]
        slowest = max((name for name in self.times if name != "csv"), key=lambda name: median(self.times[name]))
        found: dict[str, Any] = {"page": self.path, "reader": self.reader, "questions": len(self.times), "statements": self.statements}
        found |= {"p50_ms": round(percentile(pages, 0.5), 1), "p95_ms": round(percentile(pages, 0.95), 1)}
        found |= {"slowest": slowest, "slowest_ms": round(median(self.times[slowest]), 1)}
        if "csv" in self.times:
            found |= {"csv_rows": self.csv_rows, "csv_ms": round(median(self.times["csv"]), 1)}
        return found


def watch() -> Watch:
    """See what every table is asked, and every connection that is opened."""
    seen = Watch()
    page, all_rows = Table.page, Table.rows

    def asked(table: Table, query: AnySelect, question: Asked) -> Stretch[Any]:
        found = page(table, query, question)
        seen.asked.append((table, found))
        return found

    def exported(table: Table, query: AnySelect, question: Asked, **limit: int) -> Iterator[Any]:
        n = 0
        for row in all_rows(table, query, question, **({"limit": 1} if seen.is_looking else limit)):
            n += 1
            yield row
        seen.exported.append((table, n))

    Table.page = asked  # type: ignore[method-assign,assignment]
    Table.rows = exported  # type: ignore[method-assign,assignment]

    def connected(connection: Any, _record: Any) -> None:
        seen.backends.add(connection.info.backend_pid)
        # What works beside a backend leaves no trace of its time when it ends: everything is done, and counted, by the one.
        connection.execute("SET max_parallel_workers_per_gather = 0")
        connection.commit()

    def executed(*_: Any) -> None:
        seen.statements += 1

    event.listen(Engine, "connect", connected)
    event.listen(Engine, "after_cursor_execute", executed)
    return seen


def signed_in(app: Flask, email: str, password: str) -> FlaskClient:
    """A browser of somebody who has logged in."""
    client = app.test_client()
    reader = FormReader()
    reader.feed(client.get("/log-in").text)
    fields = next(form.fields for form in reader.forms if "password" in form.fields)
    answer = client.post("/log-in", data=fields | {"email": email, "password": password})
    if answer.status_code != 303:
        raise SystemExit(f"{email} cannot log in: {answer.status_code}")
    return client


def opened(client: FlaskClient, address: str) -> TestResponse:
    """Open an address. Raises SystemExit with it where the database gave up in the middle."""
    try:
        return client.get(address)
    except SQLAlchemyError as error:
        raise SystemExit(f"{address}: {error}") from error


def people(database: str) -> dict[str, str]:
    """Reader → e-mail: the owners of the company that has bought the most and of the vendor that has sold the most, and staff."""
    query = (
        "SELECT q.email FROM vendor_orders o JOIN memberships m ON m.company_id = o.{side}_id AND '{role}' = ANY (m.roles) "
        "AND m.ended_at IS NULL JOIN people q ON q.id = m.person_id GROUP BY q.email ORDER BY count(*) DESC LIMIT 1"
    )
    (buyer,), (factory,) = (rows(database, query.format(side=s, role=r))[0] for s, r in (("buyer", "owner"), ("vendor", "vendor_owner")))
    return {"buyer": buyer, "factory": factory, **STAFF}


def readers_of(path: str) -> Sequence[str]:
    """Who may be the reader of an address, the likeliest first."""
    if path.startswith("/portal"):
        return ("factory",)
    return tuple(STAFF) if path.startswith("/desk") else ("buyer", "factory")


def found_pages(app: Flask, readers: Mapping[str, FlaskClient], seen: Watch, addresses: Sequence[str]) -> tuple[list[Page], dict[str, str]]:
    """(pages, address of its CSV by name of the table) of all addresses that somebody may open."""
    pages, sheets = [], {}
    for path in addresses:
        for reader in readers_of(path):
            seen.asked.clear()
            seen.exported.clear()
            answer = opened(readers[reader], path)
            if answer.status_code == 200:
                if seen.exported:
                    sheets[seen.exported[-1][0].name] = path
                elif answer.mimetype == "text/html" or path.endswith(".pdf"):
                    endpoint = app.url_map.bind("localhost").match(path)[0]
                    pages.append(Page(path, endpoint, reader, seen.asked[-1][0] if seen.asked else None))
                break
    return pages, sheets


def plain_addresses(app: Flask) -> list[str]:
    """Every address that can be opened and names nothing in particular."""
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and not rule.arguments]
    return sorted(rule.rule for rule in rules if not rule.rule.startswith(UNASKED))


def named_addresses(database: str) -> list[str]:
    """Pages that name something: the order with the most lines and its papers, the largest import, the desk's cases, its reports of searches."""
    order, purchase, buyer, vendor = rows(
        database,
        "SELECT o.number, p.number, o.buyer_id, o.vendor_id FROM vendor_orders o JOIN purchases p ON p.id = o.purchase_id "
        "JOIN order_lines l ON l.vendor_order_id = o.id WHERE o.funded_at IS NOT NULL "
        "AND o.buyer_id = (SELECT buyer_id FROM vendor_orders GROUP BY buyer_id ORDER BY count(*) DESC LIMIT 1) "
        "AND o.vendor_id = (SELECT vendor_id FROM vendor_orders GROUP BY vendor_id ORDER BY count(*) DESC LIMIT 1) "
        "GROUP BY o.id, p.number ORDER BY count(*) DESC LIMIT 1",
    )[0]
    person = rows(database, "SELECT person_id FROM memberships ORDER BY id LIMIT 1")[0][0]
    found = [f"/orders/{purchase}", f"/orders/{order}/documents/order.pdf", f"/portal/orders/{order}", f"/desk/orders/{order}"]
    found += [f"/portal/customers/{buyer}", f"/desk/companies/{buyer}", f"/desk/verification/{vendor}", f"/desk/people/{person}"]
    imports = f"SELECT id FROM catalogue_imports WHERE vendor_id = '{vendor}' ORDER BY created_at DESC LIMIT 1"  # noqa: S608 - an id of ours
    found += [f"/desk/search/reports/{name}{end}" for name in REPORTS for end in ("", ".csv")]
    return found + [f"/portal/products/import/{one}" for (one,) in rows(database, imports)]


def questions(page: Page, seen: Watch, client: FlaskClient) -> Iterator[tuple[str, str]]:
    """(name, query string) of everything that a reader can ask of a page."""
    yield "first page", ""
    table = page.table
    if table is None:
        return
    with client.application.test_request_context(page.path):
        choices = {each.name: [value for value, _ in each.options()] for each in table.filters if isinstance(each, Choice)}
    seen.asked.clear()
    turned = table.default.removeprefix("-") if table.default.startswith("-") else f"-{table.default}"
    client.get(f"{page.path}?{urlencode({'sort': turned})}")
    # The first cursor of the list turned round names a row one page before the end.
    if seen.asked and (cursor := seen.asked[-1][1].next):
        yield "last page", urlencode({"after": cursor})
    for key in table.sorts:
        yield from ((f"sort {way}{key}", urlencode({"sort": f"{way}{key}"})) for way in ("", "-"))
    everything = {}
    for each in table.filters:
        if isinstance(each, Choice):
            for value in choices[each.name]:
                yield f"{each.name} = {value}"[:60], urlencode({each.name: value})
            everything[each.name] = choices[each.name][0] if choices[each.name] else ""
        elif isinstance(each, Days):
            for days in (("2026-11-01", "2026-11-30"), ("2020-01-01", "2020-01-31")):
                yield f"{each.name} {days[0]}", urlencode(dict(zip(each.names, days, strict=True)))
            everything[each.names[0]] = "2025-01-01"
        else:
            for words in WORDS:
                yield f"{each.name} ~ {words}", urlencode({each.name: words})
                yield f"{each.name} ~ {words}, other order", urlencode({each.name: words, "sort": list(table.sorts)[-1]})
            everything[each.name] = WORDS[1]
    if len(everything) > 1:
        yield "all filters", urlencode(everything)


def timed(client: FlaskClient, address: str, seen: Watch, times: int) -> list[float]:
    """Milliseconds of opening an address, after once to warm up."""
    found = []
    for n in range(times + 1):
        seen.statements = 0
        began = seen.milliseconds()
        answer = opened(client, address)
        if answer.status_code != 200:
            raise SystemExit(f"{address} answers {answer.status_code}")
        if n:
            found.append(seen.milliseconds() - began)
    return found


def measure(page: Page, sheets: Mapping[str, str], client: FlaskClient, seen: Watch, times: int) -> None:
    """Ask a page everything it can be asked, and one that can be asked little so often that its 95th percentile is not its slowest."""
    asked = list(questions(page, seen, client))
    times = max(times, -(-LEAST_TIMES // len(asked)))
    for name, query in asked:
        page.times[name] = timed(client, f"{page.path}?{query}" if query else page.path, seen, times)
        if name == "first page":
            page.statements = seen.statements
    if page.table is not None and page.table.name in sheets and page.path in sheets[page.table.name]:
        seen.exported.clear()
        page.times["csv"] = timed(client, sheets[page.table.name], seen, 1)
        page.csv_rows = seen.exported[-1][1]


def filled(world: World, products: Path | None, lines: int, searches: int) -> dict[str, int]:
    """Bring the world to its size where it is not: the catalogue, the trade, the searches. Returns how much there is."""
    database = world.environment["JOBS_DATABASE_URL"]

    def count(table: str) -> int:
        return int(rows(database, "SELECT count(*) FROM " + table)[0][0])  # noqa: S608 - a name of this file

    if products is not None and count("products") < 10_000:
        world.command("catalogue", "import", str(products), "--operator")
        wait_until(lambda: count("changes") == 0, 300, "the index has followed")
    if count("order_lines") < lines:
        # What is copied is what the demo has played; a world that stands may still be at it.
        wait_until(lambda: world.running()["processes"].get("history", {}).get("state", "done") == "done", 600, "the demo has been played")
        Press(world.environment["MIGRATION_DATABASE_URL"]).run(lines)
    if count("searches") < searches:
        fill(database, searches)
    return {table: count(table) for table in ("products", "companies", *FOLLOWED, "searches", "search_acts")}


@contextmanager
def silence() -> Iterator[None]:
    """The line per request is written, and goes nowhere."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
        yield


def told(found: Sequence[dict[str, Any]], say: Callable[[str], None]) -> None:
    """The table for people, slowest first."""
    say(f"{'page':44} {'reader':8} {'stmts':>5} {'p50':>7} {'p95':>7}  {'slowest question':44} {'ms':>7} {'csv rows':>8} {'csv ms':>8}")
    for row in sorted(found, key=lambda row: -float(row["p95_ms"])):
        csv = f"{row['csv_rows']:>8} {row['csv_ms']:>8}" if "csv_ms" in row else ""
        start = f"{row['page']:44} {row['reader']:8} {row['statements']:>5} {row['p50_ms']:>7} {row['p95_ms']:>7}"
        say(f"{start}  {row['slowest'][:44]:44} {row['slowest_ms']:>7} {csv}{' ABOVE' if row['p95_ms'] > BAR_MS else ''}")


def main() -> None:
    """Measure and print one JSON object; the table goes to stderr. Ends with 1 where a page is above the bar."""
    options = argparse.ArgumentParser()
    options.add_argument("--products", type=Path)
    options.add_argument("--lines", type=int, default=50_000)
    options.add_argument("--searches", type=int, default=50_000)
    options.add_argument("--times", type=int, default=5)
    options.add_argument("--only", default="", help="addresses, with commas")
    options.add_argument("--standing", action="store_true", help="measure, and fill, the world that `dev.py up` has started")
    options.add_argument("--keep", action="store_true", help="keep the figures in bench/results")
    chosen = options.parse_args()
    only = {one for one in chosen.only.split(",") if one}
    with chosen_world(is_standing=chosen.standing, with_history=True) as world:
        size = filled(world, chosen.products, chosen.lines, chosen.searches)
        seen = watch()
        app = create_app(Settings.from_env(world.environment))
        with silence():
            sum_hours(app)
            everybody = people(world.environment["JOBS_DATABASE_URL"])
            readers = {name: signed_in(app, email, world.password) for name, email in everybody.items()}
            addresses = plain_addresses(app) + named_addresses(world.environment["JOBS_DATABASE_URL"])
            pages, sheets = found_pages(app, readers, seen, addresses)
            wanted = [page for page in pages if not only or page.path in only]
            seen.is_looking = False
            for page in wanted:
                measure(page, sheets, readers[page.reader], seen, chosen.times)
    found = [page.row() for page in wanted]
    told(found, lambda line: print(line, file=sys.stderr))
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    head = {"commit": commit, "cores": os.cpu_count(), "bar_ms": BAR_MS, "rows": size, "tables": sum(1 for page in wanted if page.table)}
    written = json.dumps(head | {"pages": found}, indent=1)
    print(written)
    if chosen.keep:
        KEPT.write_text(written + "\n", encoding="utf-8")
    if any(row["p95_ms"] > BAR_MS for row in found):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
