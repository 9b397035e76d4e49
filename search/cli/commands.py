"""Commands of the operator: build the index anew, and measure how well it answers."""

import gzip
import json
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from uuid import UUID

import click
from elasticsearch import Elasticsearch
from flask import current_app

from marketplace.catalogue.visibility import EVERYONE
from marketplace.core import changes
from marketplace.core.db import outside, transaction
from search import index, judging, ordering, plan, queries, rebuilding, services
from search.cli.encoding import encode
from search.cli.indexer import BATCH, DatabaseTruth
from search.engines.elasticsearch import ElasticsearchEngine
from search.engines.port import Engine

LOOKED_AT = 50
"""Hits read of each judged query: condensed figures skip what nobody judged."""


@click.group("search")
def group() -> None:
    """The search index."""


@group.command("rebuild")
def rebuild() -> None:
    """Build the index anew beside the live one, and swap. Searches and changes go on meanwhile."""
    fresh = queries.unversioned_products()
    outside()
    for start in range(0, len(fresh), BATCH):
        with transaction():
            services.raise_versions(fresh[start : start + BATCH])
    behind = rebuilding.rebuild(index.engine(), DatabaseTruth(), report=_report)
    with transaction():
        changes.mark("product", queries.products_of(behind))
    click.echo(json.dumps({"documents": index.engine().count(), "marked": len(behind)}))


group.add_command(encode)


def _report(done: int, total: int) -> None:
    click.echo(f"{done:,} of {total:,}", err=True)


@group.command("check")
def check() -> None:
    """Compare ids and versions in database and index, and print how many differ; nothing is changed.

    `differ` is the sum of the four after it; `waiting` are changes that the indexer has not come to yet, which may explain them.
    """
    indexed = dict(index.engine().all_versions())
    standings, waiting = queries.standings(), changes.waiting()
    outside()
    found = rebuilding.drift(indexed, standings)
    parts = {"missing": found.missing, "behind": found.behind, "ahead": found.ahead, "surplus": found.surplus}
    counts = {name: len(ids) for name, ids in parts.items()}
    click.echo(json.dumps({"variants": len(standings), "differ": found.count, **counts, "waiting": waiting}))


@group.command("judge")
@click.argument("judgements", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--engine", "engine_name", type=click.Choice(["tantivy", "elasticsearch"]), help="Default: the one that the pages use.")
@click.option("--lexical", is_flag=True, help="Words only. Without the extra `semantic` there is nothing else.")
@click.option("--vendors-of", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Only vendors named in this product file.")
@click.option("--rows", is_flag=True, help="Also every query.")
@click.option("--plain", is_flag=True, help="By relevance alone: neither facts about vendors nor variety.")
def judge(*, judgements: Path, engine_name: str | None, lexical: bool, vendors_of: Path | None, rows: bool, plain: bool) -> None:
    """Run every query of a judgement file as the page would, and print how well it did. SKU = product_id."""
    vendors = _vendors_of(vendors_of) if vendors_of else _imported_vendors()
    outside()
    engine = _engine(engine_name)
    meanings = None if lexical else index.meanings_of(current_app.config["SETTINGS"], waits=True)
    results, variety = [], []
    for judgement in judging.read_judgements(judgements):
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
        return ElasticsearchEngine(Elasticsearch(settings.elasticsearch_url), before=outside)
    if name == "tantivy":
        if not settings.search_path:
            raise click.ClickException("SEARCH_PATH is not set")
        return index.connect(replace(settings, elasticsearch_url=None))
    return index.engine()


def _vendors_of(path: Path) -> frozenset[UUID]:
    """Ids of the vendors named `supplier` in a file of JSON lines, packed or not."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        names = {str(json.loads(line)["supplier"]).casefold() for line in lines if line.strip()}
    return queries.seen_vendors().having(lambda facts: facts.name.casefold() in names)


def _imported_vendors() -> frozenset[UUID]:
    """The vendors that the operator's import made; without any, all that are seen."""
    made = queries.vendors_of_operator_import()
    return (queries.seen_vendors().ids & made) or queries.seen_vendors().ids
