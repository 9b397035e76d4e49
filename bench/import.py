"""How fast a file of listings gets in, until all of it is searchable, beside a plain COPY of the same rows.

    python3 dev.py bench import --file FILE [--limit ROWS]

FILE is what `catalogue import --operator` takes. Starts a database and an index of its own in a temporary folder and prints JSON.
The plain COPY writes the products, variants, tiers, versions and stock that the import made into tables without keys and indexes.
"""

import argparse
import gzip
import json
import multiprocessing
import os
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Any

import psycopg
from alembic import command
from sqlalchemy.exc import DBAPIError

from marketplace.__main__ import migrations
from marketplace.app import create_app
from marketplace.catalogue import cli
from marketplace.catalogue.listings import Refused
from marketplace.config import Settings
from marketplace.core import changes
from marketplace.core.db import begin_again, outside
from marketplace.supervisor.postgres import Postgres
from search.cli.indexer import Indexer
from search.index import engine

TABLES = ("products", "variants", "price_tiers", "product_versions", "stock")
NOWHERE = "http://127.0.0.1:1"
FOLLOWER_STARTS = 6.0
"""Seconds that the indexer's process gets to start, which are not counted: in a real house it runs already."""


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


def cut(file: Path, rows: int | None, folder: Path) -> Path:
    """The file, or a copy of its first rows."""
    if rows is None:
        return file
    opener: Any = gzip.open if file.suffix == ".gz" else open
    with opener(file, "rb") as source, (folder / "part.jsonl").open("wb") as out:
        out.writelines(islice(source, rows))
    return folder / "part.jsonl"


def index_until_told(settings: Settings, stop: Any) -> None:
    """The indexer, as it runs beside an import: its own process, draining until it is told to stop and nothing waits."""
    with create_app(settings, doors="cli").app_context():
        indexer = Indexer(engine())
        while True:
            is_last = stop.is_set()
            try:
                while indexer.drain():
                    pass
            except DBAPIError:  # a busy machine: the real process begins again, too
                begin_again()
                continue
            if is_last:
                return
            stop.wait(0.2)


def measure_import(settings: Settings, file: Path) -> dict[str, Any]:
    """Import the file while the indexer follows; seconds and rates of both."""
    refused: list[Refused] = []
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    follower = context.Process(target=index_until_told, args=(settings, stop))
    follower.start()
    time.sleep(FOLLOWER_STARTS)
    began, cpu = perf_counter(), time.process_time()
    summary = cli.import_rows_for_operator(file, refused.append)[0].summary()
    outside()
    imported, cpu = perf_counter(), time.process_time() - cpu
    stop.set()
    follower.join()
    searchable = perf_counter()
    again = cli.import_rows_for_operator(file, refused.append)[0].summary()
    waiting = changes.waiting()
    outside()
    rows = int(summary["rows"])
    return {
        **summary,
        "seconds": round(imported - began, 2),
        "cpu_seconds": round(cpu, 2),
        "rows_per_second": round(rows / (imported - began)),
        "seconds_until_searchable": round(searchable - began, 2),
        "rows_per_second_until_searchable": round(rows / (searchable - began)),
        "documents": engine().count(),
        "waiting": waiting,
        "again": {name: again[name] for name in ("made", "changed", "unchanged", "seconds")},
    }


def measure_copy(postgres: Postgres) -> float:
    """Seconds to COPY the same rows into tables without keys, indexes and checks."""
    seconds = 0.0
    with psycopg.connect(host=str(postgres.sockets), port=5432, user="millgate_owner", dbname="millgate") as connection:
        for table in TABLES:
            with connection.cursor() as cursor:
                with cursor.copy(f"COPY {table} TO STDOUT") as source:
                    content = [bytes(block) for block in source]
                cursor.execute(f"CREATE TABLE plain_{table} AS TABLE {table} WITH NO DATA")
                began = perf_counter()
                with cursor.copy(f"COPY plain_{table} FROM STDIN") as target:
                    for block in content:
                        target.write(block)
                connection.commit()
                seconds += perf_counter() - began
    return seconds


def main() -> None:
    """Run it and print JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--file", type=Path, required=True)
    parser.add_argument("--limit", type=int)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="millgate-bench-") as name:
        folder = Path(name)
        postgres = Postgres(folder / "postgres", folder / "postgres.log", durable=True)
        postgres.start()
        try:
            settings = settings_of(folder, postgres)
            command.upgrade(migrations(settings.migration_database_url), "head")
            with create_app(settings, doors="cli").app_context():
                result = measure_import(settings, cut(chosen.file, chosen.limit, folder))
            plain = measure_copy(postgres)
        finally:
            postgres.stop()
    result["plain_copy_seconds"] = round(plain, 2)
    result["times_plain_copy"] = round(result["seconds"] / plain, 1)
    result["cores"] = os.cpu_count()
    json.dump(result, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
