"""Commands of the operator: is the whole world well, and when was it backed up?"""

import json
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import click

from marketplace.admin.queries import duties as standings
from marketplace.admin.queries import recovery
from marketplace.core import changes, clock, duties, files, jobs
from marketplace.core.db import outside, transaction
from marketplace.core.duties import Duty
from marketplace.core.errors import MarketplaceError, NotFound
from payments import gateway, ledger
from payments import services as payments
from payments.chart import STRIPE_BALANCE
from search import index, lag, queries, rebuilding

NAMED = 20
"""Ids named of each kind of fault; the numbers are complete."""


@click.group("recovery")
def group() -> None:
    """Backups, and whether a world is whole."""


@group.command("note-backup")
@click.option("--ended-at", required=True, type=datetime.fromisoformat, help="When it was complete, with its zone.")
@click.option("--size-bytes", type=int, default=0)
def note_backup(*, ended_at: datetime, size_bytes: int) -> None:
    """Say that a base backup was taken, for the status page. `dev.py backup` does; so should the cron line of any other tool."""
    if ended_at.tzinfo is None or ended_at > clock.now():
        raise click.BadParameter("is an instant in the past with its zone, as 2026-11-26T02:10:00+00:00", param_hint="--ended-at")
    with transaction():
        duties.note(Duty.BACKUP, {"ended_at": ended_at.isoformat(), "size_bytes": size_bytes})


@group.command("check")
def check() -> None:
    """Look at the whole world, as after a restore: the books, the provider, the files, the index. Exit code 1 when something is wrong.

    What the provider moved and nobody here has heard of is stored, and explained by jobs as soon as a worker runs; until then it is
    counted as waiting, and is no fault as long as it accounts for the whole difference between the provider's balance and ours.
    """
    faults: list[str] = []
    # The books first: what is only now fetched from the provider is not late yet.
    facts = {"ledger": _ledger(faults), "provider": _provider(faults), "files": _files(faults), "index": _index(faults)}
    with transaction():
        duties.note(Duty.RECOVERY_CHECK, {**facts, "faults": faults})
    click.echo(json.dumps({"faults": faults, **facts}, ensure_ascii=False))
    sys.exit(1 if faults else 0)


@group.command("status")
@click.option("--lag-limit", type=float, default=lag.LIMIT_SECONDS, help="Seconds to wait until a change is in the index.")
def status(*, lag_limit: float) -> None:
    """Print when each regular duty was last done and whether it is late, one line each, how far the log's archive is behind, and how
    long a change takes into the index, which is tried.
    """
    now = clock.now()
    for each in standings.standings():
        stands = f"{each.state.value}, {each.at:%Y-%m-%d %H:%M} UTC ({_age(now - each.at)} ago)" if each.at else "not done yet"
        figures = ", ".join(f"{name} {number:,}" for name, number in each.figures.items())
        click.echo(f"{each.name + ':':<10} {stands}{': ' if figures else ''}{figures}")
    log = standings.archiving()
    outside()
    if log is None:
        click.echo("log:       none: a lost disk costs everything since the last backup (dev.py backup begins one)")
    elif log.archived_at:
        click.echo(f"log:       {'goes on' if log.is_followed else 'FAILS'}, last piece {_age(now - log.archived_at)} ago")
    else:
        click.echo(f"log:       {'goes on' if log.is_followed else 'NOT FOLLOWED'}, {log.behind_bytes or 0:,} bytes behind")
    taken = lag.measured(limit=lag_limit)
    click.echo(f"lag:       a change is in the index after {taken:.1f} s" if taken is not None else f"lag:       MORE THAN {lag_limit:g} s")


def _age(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h" if minutes < 2880 else f"{minutes // 1440} days"


def _provider(faults: list[str]) -> Mapping[str, Any]:
    """Fetch what the provider has moved, and compare its balance with ours."""
    last = jobs.last_done_at("payments.pull_provider_movements")
    try:
        listed = gateway.list_movements(last - payments.OVERLAP if last else None)
        theirs = gateway.balances()
    except MarketplaceError as refusal:
        faults.append(f"the provider does not answer: {refusal.code}")
        return {}
    new = 0
    for start in range(0, len(listed), payments.MOVEMENTS_AT_ONCE):
        with transaction():
            new += payments.store_movements(listed[start : start + payments.MOVEMENTS_AT_ONCE])
    ours, movements = ledger.balances_of(STRIPE_BALANCE), recovery.movements()
    outside()
    differences = {currency: theirs.get(currency, 0) - ours.get(currency, 0) for currency in sorted({*theirs, *ours})}
    unexplained = {c: d - movements.waiting_minor.get(c, 0) for c, d in differences.items() if d != movements.waiting_minor.get(c, 0)}
    if unexplained:
        faults.append(f"the provider's balance differs from ours by more than what waits to be explained: {unexplained} (minor units)")
    if movements.in_suspense:
        faults.append(f"{movements.in_suspense} movements at the provider belong to nothing here: a person must decide (desk, ledger)")
    return {
        "listed": len(listed),
        "new": new,
        "waiting": movements.waiting,
        "in_suspense": movements.in_suspense,
        "differences": differences,
    }


def _ledger(faults: list[str]) -> Mapping[str, Any]:
    """Whether the books add up."""
    violations = ledger.check_ledger()
    outside()
    faults += [f"ledger: {v.rule}: {v.subject} is {v.actual}, should be {v.expected}" for v in violations[:NAMED]]
    return {"violations": len(violations)}


def _files(faults: list[str]) -> Mapping[str, Any]:
    """Whether every row's file is there with the bytes that were stored."""
    seen = 0
    wrong: list[str] = []
    for lot in recovery.stored_files():
        outside()
        for stored in lot:
            seen += 1
            try:
                whole = recovery.is_whole(stored, files.read(stored))
            except NotFound:
                whole = False
            except MarketplaceError as refusal:
                faults.append(f"the object store does not answer: {refusal.code}")
                return {"files": seen}
            if not whole:
                wrong.append(str(stored.id))
    if wrong:
        faults.append(f"{len(wrong)} of {seen} files are missing or changed: {', '.join(wrong[:NAMED])}")
    return {"files": seen, "wrong": len(wrong)}


def _index(faults: list[str]) -> Mapping[str, Any]:
    """Whether the index holds what the database says, but for changes that wait to be indexed."""
    try:
        indexed = dict(index.engine().all_versions())
    except MarketplaceError as refusal:
        faults.append(f"the index does not answer: {refusal.code}")
        return {}
    found, waiting = rebuilding.drift(indexed, queries.standings()), changes.waiting()
    outside()
    if found.count and not waiting:
        faults.append(f"{found.count} documents of the index differ from the database")
    return {"documents": len(indexed), "differ": found.count, "waiting": waiting}
