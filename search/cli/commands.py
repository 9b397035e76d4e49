"""Commands of the operator: build the index anew, and measure how well it answers."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from threading import Event
from uuid import UUID

import click
import psycopg
from flask import current_app

from marketplace.catalogue.importing.files import Unreadable, read_rows
from marketplace.catalogue.visibility import EVERYONE
from marketplace.core import changes, duties
from marketplace.core.db import outside, transaction
from marketplace.core.duties import Duty
from search import copies, index, judging, night, ordering, plan, queries, rebuilding, services
from search.cli.encoding import Keeper, encode, tell
from search.cli.indexer import BATCH, DatabaseTruth
from search.engines.port import Engine
from search.errors import SearchUnavailable
from search.learning import rules
from search.semantic.vectors import Meanings

LOOKED_AT = 50
"""Hits read of each judged query: condensed figures skip what nobody judged."""

PATIENCE_SECONDS = 30.0
REBUILD_LOCK = 820_175
"""The number of PostgreSQL's advisory lock; migrations have the one before."""


@click.group("search")
def group() -> None:
    """The search index."""


ENGINE = click.option(
    "--engine", "engine_name", type=click.Choice(["tantivy", "elasticsearch"]), help="Default: the one that the pages use."
)


@group.command("rebuild")
@ENGINE
def rebuild(*, engine_name: str | None) -> None:
    """Build the index anew beside the live one, and swap. Searches and changes go on meanwhile.

    The indexer keeps the one engine that the pages use; another one stays as it is built here, for comparing them.
    """
    engine = _engine(engine_name)
    with _the_only_rebuild():
        fresh = queries.unversioned_products()
        outside()
        for start in range(0, len(fresh), BATCH):
            with transaction():
                services.raise_versions(fresh[start : start + BATCH])
        behind = rebuilding.rebuild(engine, DatabaseTruth(), report=tell)
    with transaction():
        changes.mark("product", queries.products_of(behind))
    click.echo(json.dumps({"documents": engine.count(), "marked": len(behind)}))


@contextmanager
def _the_only_rebuild() -> Iterator[None]:
    """Two at once would delete each other's index. Raises: ClickException while another one runs, on whatever machine."""
    address = current_app.config["SETTINGS"].jobs_database_url.replace("postgresql+psycopg://", "postgresql://")
    # On a connection of its own, which ends with the process whatever becomes of that, and the lock with it.
    with psycopg.connect(address, autocommit=True) as connection:
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", (REBUILD_LOCK,)).fetchone()
        if row != (True,):
            raise click.ClickException("another `search rebuild` is at work: wait for its end")
        yield


group.add_command(encode)


@group.command("check")
@click.option("--repair", is_flag=True, help="Ask the indexer to mend what differs now, as it does each day.")
def check(*, repair: bool) -> None:
    """Compare ids and versions in database and index, and print how many differ.

    `differ` is the sum of the four after it; `waiting` are changes that the indexer has not come to yet, which may explain them. Nothing
    is changed, unless to `--repair` is asked for: then the indexer, the one writer of the embedded index, compares and mends next. Without
    a running indexer that waits until one is started.
    """
    if repair:
        with transaction():
            changes.mark(night.CHECK, [duties.SUBJECTS[Duty.INDEX_CHECK]])
    indexed = dict(index.engine().all_versions())
    standings, waiting = queries.standings(), changes.waiting()
    outside()
    found = rebuilding.drift(indexed, standings)
    parts = {"missing": found.missing, "behind": found.behind, "ahead": found.ahead, "surplus": found.surplus}
    counts = {name: len(ids) for name, ids in parts.items()}
    click.echo(json.dumps({"variants": len(standings), "differ": found.count, **counts, "waiting": waiting}))


@group.command("judge")
@click.argument("judgements", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@ENGINE
@click.option("--lexical", is_flag=True, help="Words only. Without the extra `semantic` there is nothing else.")
@click.option("--vendors-of", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Only vendors named in this product file.")
@click.option("--rows", is_flag=True, help="Also every query.")
@click.option("--plain", is_flag=True, help="By relevance alone: neither facts about vendors nor variety.")
def judge(*, judgements: Path, engine_name: str | None, lexical: bool, vendors_of: Path | None, rows: bool, plain: bool) -> None:
    """Run every query of a judgement file as the page would, and print how well it did. SKU = product_id."""
    try:
        judged = judging.read_judgements(judgements)
        vendors = _vendors_of(vendors_of) if vendors_of else _imported_vendors()
    except Unreadable as fault:
        raise click.ClickException(str(fault)) from fault
    outside()
    engine = _engine(engine_name)
    if not _has_goods(engine):
        hint = f"`search rebuild --engine {engine.name}` builds its index"
        raise click.ClickException(f"{engine.name} does not answer, or has no goods: {hint}")
    meanings = None if lexical else _meanings()
    results, variety = [], []
    for judgement in judged:
        rules.in_force()
        wanted = plan.build(judgement.query, vocabulary=engine.vocabulary(), visibility=[EVERYONE], vendors=vendors, limit=LOOKED_AT)
        trust = None if plain else queries.ranking().trust_for(wanted, engine.vocabulary())
        found = ordering.find(engine, wanted, meanings, trust).hits
        hits = [hit.variant_id for hit in found]
        skus = queries.skus_of(hits)
        outside()
        result = judging.judge(judgement, [skus[hit] for hit in hits if hit in skus])
        if result:
            results.append(result)
            variety.append(len({hit.vendor_id for hit in found[: judging.TOP]}))
    if not results:
        raise click.ClickException("no query of the file has anything relevant")
    answer: dict[str, object] = {
        **judging.summary(results),
        "vendors_at_10": round(fmean(variety), 2),
        "engine": engine.name,
        "lexical": meanings is None or meanings.current() is None,
    }
    if rows:
        answer["queries"] = [
            {"query": r.query, "ndcg_completed": round(r.completed, 4), "judged_at_10": r.judged_share, "skus": list(r.skus)}
            for r in results
        ]
    click.echo(json.dumps(answer, ensure_ascii=False))


def _engine(name: str | None) -> Engine:
    settings = current_app.config["SETTINGS"]
    if name == "elasticsearch":
        if not settings.elasticsearch_url:
            raise click.ClickException("ELASTICSEARCH_URL is not set")
        # A command may wait longer than a page.
        return index.connect(settings, query_seconds=PATIENCE_SECONDS)
    if name == "tantivy":
        if not settings.search_path:
            raise click.ClickException("SEARCH_PATH is not set")
        return index.connect(replace(settings, elasticsearch_url=None))
    return index.engine()


def _has_goods(engine: Engine) -> bool:
    try:
        return engine.count() > 0
    except SearchUnavailable:
        return False


def _meanings() -> Meanings | None:
    """What all goods mean, made now as far as the indexer has not come to it; None without the extra `semantic`."""
    folder = copies.folder_of(current_app.config["SETTINGS"])
    if folder is None:
        return None
    Keeper(folder, Event(), threads=2).catch_up(tell)
    return Meanings(folder, waits=True)


def _vendors_of(path: Path) -> frozenset[UUID]:
    """Ids of the vendors named `supplier` in a file of products, packed or not. Raises: Unreadable."""
    names = {str(row.values["supplier"]).casefold() for row in read_rows(path) if row.values and "supplier" in row.values}
    if not names:
        raise Unreadable(f"{path.name} names no supplier")
    return queries.seen_vendors().having(lambda facts: facts.name.casefold() in names)


def _imported_vendors() -> frozenset[UUID]:
    """The vendors that the operator's import made; without any, all that are seen."""
    made = queries.vendors_of_operator_import()
    return (queries.seen_vendors().ids & made) or queries.seen_vendors().ids
