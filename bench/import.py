"""How fast a file of listings gets in, until all of it is searchable, beside a plain COPY of the same rows.

    python3 dev.py bench import --file FILE [--limit ROWS]

FILE is what `catalogue import --operator` takes. Starts a database and an index of its own in a temporary folder and prints JSON.
Two yardsticks of the same run: a COPY of the file's lines into one column of JSON, and a COPY of the products, variants, tiers, versions
and stock that the import made into tables without keys and indexes. A COPY takes half a second, in which a machine that others use may be
twice as fast as in the next: the lines are copied before the import and after it, and the share is that of the middle one. CPU seconds stand
beside the others: on a busy machine they say more.
"""

import argparse
import gzip
import json
import multiprocessing
import os
import subprocess
import tempfile
import time
from itertools import islice
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import psycopg
from alembic import command
from psycopg import sql

from marketplace.app import create_app
from marketplace.catalogue import cli
from marketplace.catalogue.listings import Refused
from marketplace.config import Settings
from marketplace.core import changes
from marketplace.core.db import outside
from marketplace.schema import migrations
from marketplace.supervisor.postgres import Postgres
from search.cli.indexer import run_indexer
from search.index import engine

ROOT = Path(__file__).parent.parent
RESULTS = Path(__file__).parent / "results"
TABLES = ("products", "variants", "price_tiers", "product_versions", "stock")
NOWHERE = "http://127.0.0.1:1"
FOLLOWER_STARTS = 6.0
"""Seconds that the indexer's process gets to start, which are not counted: in a real house it runs already."""
LOOKED_EVERY = 0.01
COPIES = 5
"""Of the lines before the import, and again after it; of the tables after it."""


def settings_of(folder: Path, postgres: Postgres) -> Settings:
    """A process that talks to this database and to nobody else."""
    return Settings(
        environment="test",
        base_url="http://localhost",
        secret_key="a secret of the benchmark, long enough",  # noqa: S106
        database_url=postgres.url("millgate_jobs"),
        migration_database_url=postgres.url("millgate_owner"),
        jobs_database_url=postgres.url("millgate_jobs"),
        broker_url="memory://",
        elasticsearch_url=None,
        search_path=str(folder / "index"),
        stripe_api_base=NOWHERE,
        stripe_secret_key="sk_test_bench",  # noqa: S106
        stripe_webhook_secret="whsec_bench",  # noqa: S106
        smtp_url=f"file://{folder / 'mail'}",
        object_store_url=f"file://{folder}",
        home=str(folder),
        trusted_proxies=0,
    )


def unpacked(file: Path, rows: int | None, folder: Path) -> Path:
    """The file, or its first rows, as plain lines: the yardstick has them unpacked, too."""
    opener: Any = gzip.open if file.suffix == ".gz" else open
    with opener(file, "rb") as source, (folder / "lines.jsonl").open("wb") as out:
        out.writelines(islice(source, rows))
    return folder / "lines.jsonl"


def server_cpu(pid: int) -> float:
    """CPU seconds of the database server and its processes, also of those that have ended."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            number, _, rest = stat.read_text().partition(" (")
        except OSError:
            continue  # it has just ended
        fields = rest.rpartition(") ")[2].split()
        if int(number) == pid:
            ticks += sum(int(field) for field in fields[11:15])
        elif int(fields[1]) == pid:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def index(settings: Settings) -> None:
    """The indexer as it runs in a house: a process of its own, until it is terminated."""
    run_indexer(create_app(settings, doors="cli"), settings.jobs_database_url)


def process_cpu(pid: int) -> float:
    """CPU seconds of a running process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def is_searchable(rows: int) -> bool:
    """Whether the index knows of every change, as the database says: a mark goes when it is in the index."""
    waiting = changes.waiting()
    outside()
    return not waiting and engine().count() >= rows


def measure_import(settings: Settings, file: Path, server_pid: int) -> dict[str, Any]:
    """Import the file while the indexer follows; seconds and rates of both."""
    refused: list[Refused] = []
    load = os.getloadavg()[0]
    follower = multiprocessing.get_context("spawn").Process(target=index, args=(settings,))
    follower.start()
    time.sleep(FOLLOWER_STARTS)
    cli.stand_back()  # as the command does
    try:
        indexer_cpu = -process_cpu(int(follower.pid or 0))
        began, cpu, server = perf_counter(), time.process_time(), server_cpu(server_pid)
        summary = cli.import_rows_for_operator(file, refused.append)[0].summary()
        outside()
        imported, cpu = perf_counter(), time.process_time() - cpu
        while not is_searchable(int(summary["made"])):
            time.sleep(LOOKED_EVERY)
        searchable, server = perf_counter(), server_cpu(server_pid) - server
        indexer_cpu += process_cpu(int(follower.pid or 0))
    finally:
        follower.terminate()
        follower.join()
    again = cli.import_rows_for_operator(file, refused.append)[0].summary()
    waiting = changes.waiting()
    outside()
    rows = int(summary["rows"])
    return {
        **summary,
        "seconds": round(imported - began, 2),
        "cpu_seconds": {"importer": round(cpu, 2), "indexer": round(indexer_cpu, 2), "server": round(server, 2)},
        "load": [round(load, 1), round(os.getloadavg()[0], 1)],
        "rows_per_second": round(rows / (imported - began)),
        "seconds_until_searchable": round(searchable - began, 2),
        "rows_per_second_until_searchable": round(rows / (searchable - began)),
        "documents": engine().count(),
        "waiting": waiting,
        "again": {name: again[name] for name in ("made", "changed", "unchanged", "seconds")},
    }


def copied(connection: psycopg.Connection, table: str, blocks: list[bytes]) -> float:
    """Seconds to COPY these blocks into a table."""
    began = perf_counter()
    with connection.cursor() as cursor, cursor.copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(table))) as target:
        for block in blocks:
            target.write(block)
    connection.commit()
    return perf_counter() - began


def measure_lines(postgres: Postgres, server_pid: int, file: Path) -> tuple[list[float], float]:
    """Seconds of each COPY of the lines, and the CPU seconds of the server for one of them."""
    with file.open("rb") as source:
        lines = [b"".join(line.replace(b"\\", b"\\\\") for line in source)]
    with owner(postgres) as connection:
        connection.execute("CREATE TABLE plain_lines (line jsonb)")
        connection.commit()
        cpu = server_cpu(server_pid)
        seconds = [copied(connection, "plain_lines", lines) for _ in range(COPIES)]
        cpu = (server_cpu(server_pid) - cpu) / COPIES
        connection.execute("DROP TABLE plain_lines")
    return seconds, cpu


def measure_tables(postgres: Postgres) -> list[float]:
    """Seconds of each COPY of the rows that the import made."""
    with owner(postgres) as connection:
        contents = {}
        for table in TABLES:
            with connection.cursor() as cursor, cursor.copy(f"COPY {table} TO STDOUT") as rows:
                contents[table] = [bytes(block) for block in rows]
            connection.execute(f"CREATE TABLE plain_{table} AS TABLE {table} WITH NO DATA")
        connection.commit()
        return [sum(copied(connection, f"plain_{table}", blocks) for table, blocks in contents.items()) for _ in range(COPIES)]


def owner(postgres: Postgres) -> psycopg.Connection:
    """A connection that may make tables."""
    return psycopg.connect(host=str(postgres.sockets), port=5432, user="millgate_owner", dbname="millgate")


def share(searchable: float, copies: list[float], rows: int) -> dict[str, Any]:
    """What a yardstick says: the middle one of its COPYs and the quickest, and what the import is of either."""
    return {
        "seconds": round(median(copies), 2),
        "quickest": round(min(copies), 2),
        "rows_per_second": round(rows / median(copies)),
        "share": f"1/{searchable / median(copies):.1f}",
        "share_of_quickest": f"1/{searchable / min(copies):.1f}",
    }


def main() -> None:
    """Run it and print JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--file", type=Path, required=True)
    parser.add_argument("--limit", type=int)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="millgate-bench-") as name:
        folder = Path(name)
        file = unpacked(chosen.file, chosen.limit, folder)
        postgres = Postgres(folder / "postgres", folder / "postgres.log", durable=True)
        server_pid = postgres.start().pid
        try:
            settings = settings_of(folder, postgres)
            command.upgrade(migrations(settings.migration_database_url), "head")
            before, _ = measure_lines(postgres, server_pid, file)
            with create_app(settings, doors="cli").app_context():
                result = measure_import(settings, file, server_pid)
            after, lines_cpu = measure_lines(postgres, server_pid, file)
            tables = measure_tables(postgres)
        finally:
            postgres.stop()
    rows, seconds = result["rows"], result["seconds_until_searchable"]
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    result = {"commit": commit, "cores": os.cpu_count()} | result
    result["copy_of_lines"] = share(seconds, before + after, rows) | {"server_cpu_seconds": round(lines_cpu, 2)}
    result["copy_of_tables"] = share(seconds, tables, rows)
    text = json.dumps(result, indent=1)
    print(text)
    if RESULTS.is_dir():
        (RESULTS / "import.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
