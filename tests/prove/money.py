"""Proof: after random trades with dropped answers and repeated, shuffled and lost messages, the ledger is the provider's balance to the cent.

Trades go through the real services, tasks and gateway against a real PostgreSQL and the simulator's own process: payments of one to three
orders, declined and confirmed cards, pages that run out, closed payments that are paid all the same, releases and refunds, whole and in
part, refunds of released money with reversals of transfers and vendors' debts, refunds that come back, frozen money, vendors that are
restricted for a while or whose bank has emptied their accounts. Several workers do the jobs at once, some of them twice. At the end everything
comes to rest; then only `/v1/balance` and `/v1/balance_transactions` are read, and every rule of the books must hold (decisions.md 44).
"""

import argparse
import logging
import random
import secrets
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from alembic import command
from sqlalchemy import func, select

from marketplace.app import create_app
from marketplace.config import Settings
from marketplace.core import clock, jobs
from marketplace.core.audit import SYSTEM
from marketplace.core.db import db, transaction
from marketplace.schema import migrations
from marketplace.supervisor.postgres import Postgres
from payments import ledger, services
from payments.chart import STRIPE_BALANCE
from payments.models import (
    DebtState,
    Hold,
    Operation,
    OperationState,
    Payment,
    PaymentState,
    PayoutAccount,
    ProviderMovement,
    Refund,
    RefundState,
    Release,
    ReleaseState,
    VendorDebt,
)
from payments.operations import REVERSAL
from tests.factories.accounts import make_company
from tests.factories.payments import (
    clear_faults,
    control,
    make_payable_vendor,
    provider_balance,
    provider_get,
)
from tests.payments.trades import World, deliver, trade_all, work, write_timetable
from tests.services import SECRET_KEY, WEBHOOK_SECRET, start_postgres, start_simulator

TRADES, SHORT_TRADES = 1_000, 30
WORKERS, VENDORS, BUYERS = 3, 8, 5
MOST_ROUNDS_TO_REST = 200


def come_to_rest(world: World) -> None:
    """No more faults; time goes on until nothing waits for anything."""
    clear_faults(world.simulator)
    with world.at_work():
        for account in db.session.scalars(select(PayoutAccount)):
            control(world.simulator, "outcome", {"account": account.stripe_account_id, "transfers": "active"})
    for _ in range(MOST_ROUNDS_TO_REST):
        with world.at_work():
            deliver(world)
            write_timetable()
        while True:
            with world.at_work():
                waiting, soonest = jobs_left()
            if not waiting:
                break
            time.sleep(0.02)
        with world.at_work():
            unsettled = open_things()
        if not unsettled and soonest is None:
            return
        if soonest is None:
            with world.at_work():
                retry_parked(world)
                top_up(world)
        with world.at_work():
            world.advance(soonest - clock.now() + timedelta(seconds=1) if soonest else timedelta(hours=13))
    raise AssertionError(f"no rest: {unsettled}, next job at {soonest}")


def retry_parked(world: World) -> None:
    """Finance lets calls be tried again whose result stayed unknown for too many tries: one error may be repeated for a whole day."""
    unknown = (Operation.state == OperationState.PARKED) & Operation.first_tried_at.is_not(None)
    for operation_id in db.session.scalars(select(Operation.id).where(unknown)).all():
        with transaction():
            services.retry_operation(operation_id, actor=SYSTEM)
        world.counts["retried by finance"] += 1


def top_up(world: World) -> None:
    """Finance sends what the provider lacks for refunds: fees and vendors' debts have eaten of a balance of thirty trades what they need."""
    there = provider_balance(world.simulator)
    wanted = select(Refund.currency, func.sum(Refund.amount_minor)).where(Refund.state == RefundState.PENDING).group_by(Refund.currency)
    for currency, amount in db.session.execute(wanted):
        if (lacking := int(amount) - there.get(currency, 0)) > 0:
            control(world.simulator, "outcome", {"top_up": lacking, "currency": currency.lower()})
            world.counts["topped up"] += 1


def jobs_left() -> tuple[int, datetime | None]:
    """How many jobs of this room are due or being done, and when the next later one is."""
    ours = jobs.Job.name.startswith("payments.")
    running = (jobs.Job.state == jobs.JobState.SENT) | ((jobs.Job.state == jobs.JobState.QUEUED) & (jobs.Job.run_at <= clock.now()))
    waiting = db.session.scalar(select(func.count()).select_from(jobs.Job).where(ours, running)) or 0
    later = select(func.min(jobs.Job.run_at)).where(ours, jobs.Job.state == jobs.JobState.QUEUED, jobs.Job.run_at > clock.now())
    return waiting, db.session.scalar(later)


def open_things() -> dict[str, int]:
    """What is not settled yet, by kind; kinds without any are left out."""
    questions = {
        # A reversal that an empty account refuses waits for better days; the vendor owes it until then.
        "operations": select(func.count())
        .select_from(Operation)
        .where(Operation.state.not_in([OperationState.DONE, OperationState.REJECTED]))
        .where((Operation.kind != REVERSAL) | (Operation.state != OperationState.PARKED)),
        "recalls": select(func.count()).select_from(VendorDebt).where(VendorDebt.state == DebtState.RECALLED),
        "refunds": select(func.count()).select_from(Refund).where(Refund.state.in_([RefundState.DECIDED, RefundState.PENDING])),
        "payments": select(func.count()).select_from(Payment).where(Payment.state.in_([PaymentState.STARTED, PaymentState.PROCESSING])),
        "transfers": select(func.count()).select_from(Release).where(Release.state == ReleaseState.DUE),
        "movements": select(func.count()).select_from(ProviderMovement).where(ProviderMovement.entry_id.is_(None)),
    }
    return {name: count for name, query in questions.items() if (count := db.session.scalar(query))}


def judge(world: World) -> None:
    """The ledger is the provider's balance, to the cent; every rule holds; the text of the interface was never broken."""
    movements = provider_movements(world)
    with world.at_work():
        ours = {currency: total for currency, total in ledger.balances_of(STRIPE_BALANCE).items() if total}
        assert (found := ledger.check_ledger()) == [], found
        known = set(db.session.scalars(select(ProviderMovement.id)))
        # An error that is repeated for a whole day outlasts a job; its call is then sent by the poller or by finance, and all of them came to rest.
        given_up = (jobs.Job.state == jobs.JobState.FAILED) & jobs.Job.last_error.not_like("ProviderUnknown%")
        failed = db.session.execute(select(jobs.Job.name, jobs.Job.last_error).where(given_up)).all()
        state_counts = db.session.execute(select(Hold.state, func.count()).group_by(Hold.state)).all()
        for state, count in state_counts:
            world.counts[f"hold {state.value}"] = count
        for debt_state, count in db.session.execute(select(VendorDebt.state, func.count()).group_by(VendorDebt.state)):
            world.counts[f"debt {debt_state.value}"] = count
        world.counts["debts that were netted"] = db.session.scalar(select(func.count()).where(VendorDebt.netted_minor > 0)) or 0
        world.counts["debts that were reversed"] = db.session.scalar(select(func.count()).where(VendorDebt.reversed_minor > 0)) or 0
    theirs: Counter[str] = Counter()
    for movement in movements:
        theirs[movement["currency"].upper()] += movement["net"]
    assert provider_balance(world.simulator) == {currency: total for currency, total in theirs.items() if total}
    assert ours == provider_balance(world.simulator)
    assert known == {movement["id"] for movement in movements}
    assert not failed, Counter(failed)
    violations = control(world.simulator, "violations")
    assert violations["count"] == 0, violations
    world.counts["movements"] = len(movements)
    print("ledger = provider:", ", ".join(f"{currency} {total}" for currency, total in sorted(ours.items())), "minor units")


def provider_movements(world: World) -> list[dict[str, Any]]:
    """Every balance transaction of the platform, as the provider lists them."""
    found: list[dict[str, Any]] = []
    page = provider_get(world.simulator, "/v1/balance_transactions", limit=100)
    found += page["data"]
    while page["has_more"]:
        page = provider_get(world.simulator, "/v1/balance_transactions", limit=100, starting_after=found[-1]["id"])
        found += page["data"]
    return found


def prove(folder: Path, seed: int, trades: int) -> Counter[str]:
    """Run the whole proof below a folder; returns what happened how often. Raises: AssertionError."""
    postgres = start_postgres(folder)
    simulator = start_simulator(folder, "http://127.0.0.1:9/payments/stripe/events")
    try:
        settings = settings_for(postgres, simulator.url, folder)
        command.upgrade(migrations(settings.migration_database_url), "head")
        world = World(seed, random.Random(seed), create_app(settings, doors="tasks"), create_app(settings, doors="web"), simulator)
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
        control(simulator, "webhooks", {"hold": True})
        with world.at_work():
            vendors = [make_payable_vendor() for _ in range(VENDORS)]
            world.vendor_ids = [vendor.id for vendor in vendors]
            world.buyer_ids = [make_company().id for _ in range(BUYERS)]
            db.session.commit()
        stopping = threading.Event()
        world.busy = [threading.Lock() for _ in range(WORKERS)]
        with ThreadPoolExecutor(WORKERS) as pool:
            workers = [pool.submit(work, world, stopping, number) for number in range(WORKERS)]
            try:
                trade_all(world, trades)
                come_to_rest(world)
            finally:
                stopping.set()
            for worker in workers:
                worker.result()
        judge(world)
        for app in (world.tasks, world.web):
            with app.app_context():
                db.engine.dispose()
        return world.counts
    finally:
        simulator.stop()
        postgres.stop()


def settings_for(postgres: Postgres, provider_url: str, folder: Path) -> Settings:
    """The settings of both processes."""
    return Settings(
        environment="test",
        base_url="http://localhost",
        secret_key="a secret of the proof, long enough for it",
        database_url=postgres.url("millgate_app"),
        migration_database_url=postgres.url("millgate_owner"),
        jobs_database_url=postgres.url("millgate_jobs"),
        broker_url="memory://",
        elasticsearch_url=None,
        search_path=str(folder / "index"),
        stripe_api_base=provider_url,
        stripe_secret_key=SECRET_KEY,
        stripe_webhook_secret=WEBHOOK_SECRET,
        smtp_url=f"file://{folder / 'mail'}",
        object_store_url=f"file://{folder / 'files'}",
        home=str(folder),
        trusted_proxies=0,
    )


def main() -> None:
    """`python -m tests.prove.money [--short] [--seed N] [--trades N]`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help=f"{SHORT_TRADES} trades instead of {TRADES}")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**31))
    parser.add_argument("--trades", type=int)
    options = parser.parse_args()
    trades = options.trades or (SHORT_TRADES if options.short else TRADES)
    print(f"money: seed {options.seed}, {trades} trades", flush=True)
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="money-") as folder:
        counts = prove(Path(folder), options.seed, trades)
    for name, count in sorted(counts.items()):
        print(f"  {name:<50} {count:>8}")
    print(f"money: proved in {time.perf_counter() - started:.0f} s, seed {options.seed}", file=sys.stderr)


if __name__ == "__main__":
    main()
