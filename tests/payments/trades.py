"""Random trades with things that go wrong, for the proof of money: buyers, vendors, the provider's faults, and workers."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from flask import Flask
from sqlalchemy import select, update

from marketplace.core import clock, jobs
from marketplace.core.audit import SYSTEM
from marketplace.core.db import db, transaction
from marketplace.core.errors import Conflict, Unavailable
from marketplace.core.ids import new_id
from marketplace.supervisor.simulator import Simulator
from marketplace.worker import run_job
from payments import calls, queries, services
from payments.errors import VendorNotPayable
from payments.models import Hold, HoldState, Payment, PaymentState, PayoutAccount
from payments.shares import Parts
from tests.factories.payments import AT_ONCE, DECLINED, GOOD, SECURE, control, post_event

AT_ONE_TIME = 24
CURRENCIES = ("EUR", "EUR", "EUR", "SEK", "JPY")
FAULT_PATHS = ("^/v1/transfers", "^/v1/refunds", "^/v1/checkout/sessions", "^/v1/payment_intents", "^/v1/charges", "^/v1/balance_tr")
LOST, REPEATED, TWICE = 0.2, 0.2, 0.05


@dataclass
class World:
    """What the proof runs on, and the clock that application and provider share."""

    seed: int
    random: random.Random
    tasks: Flask
    web: Flask
    simulator: Simulator
    vendor_ids: list[UUID] = field(default_factory=list)
    buyer_ids: list[UUID] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    ahead: timedelta = timedelta()
    busy: list[threading.Lock] = field(default_factory=list)
    """Held by each worker during its jobs."""

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """The task process's context, at the shared time."""
        with self.tasks.app_context(), clock.at(datetime.now(UTC) + self.ahead):
            yield

    def advance(self, by: timedelta) -> None:
        """Let time go on for both. Days never pass in the middle of a call: the provider would forget its key between two tries."""
        seconds = max(1, int(by.total_seconds()))
        with ExitStack() as stack:
            for worker in self.busy if by > timedelta(hours=1) else ():
                stack.enter_context(worker)
            control(self.simulator, "clock", {"advance": seconds})
            self.ahead += timedelta(seconds=seconds)


@dataclass
class Trade:
    """One purchase on its way."""

    payment_id: UUID
    stage: str = "open"


def open_trade(world: World) -> Trade:
    """A buyer orders from one to three vendors."""
    rng = world.random
    holds = []
    for vendor_id in rng.sample(world.vendor_ids, rng.randint(1, 3)):
        goods, freight = rng.randint(1_000, 900_000), rng.choice((0, rng.randint(1, 9_999)))
        tax, commission = goods // 4, (goods * 4 + 50) // 100
        holds.append(services.NewHold(new_id(), f"ORD-{new_id()}", vendor_id, goods, freight, tax, commission))
    with transaction():
        payment = services.open_payment(
            purchase_id=new_id(),
            purchase_number=f"PO-{new_id()}",
            buyer_id=rng.choice(world.buyer_ids),
            currency=rng.choice(CURRENCIES),
            holds=holds,
            actor=SYSTEM,
        )
    return Trade(payment.id)


def step(world: World, trade: Trade) -> None:
    """Let a trade go one step further; what the provider does not answer is tried again at the next step."""
    try:
        STEPS[trade.stage](world, trade)
    except Unavailable:
        world.counts["unanswered"] += 1
    except Conflict as refusal:
        world.counts[f"refused: {refusal.code}"] += 1


def start(world: World, trade: Trade) -> None:
    """The buyer presses Pay; some never do, and the order is closed."""
    payment = db.session.get_one(Payment, trade.payment_id)
    if world.random.random() < 0.04:
        with transaction():
            services.expire_payment(payment.purchase_id, actor=SYSTEM)
        world.counts["closed unpaid"] += 1
        trade.stage = "done"
        return
    if payment.state is PaymentState.STARTED and payment.session_expires_at and payment.session_expires_at <= clock.now():
        calls.refresh_payment(payment.id)
    with transaction():
        operation_id = services.start_payment(payment.id, buyer_id=payment.buyer_id, base_url="http://localhost", actor=SYSTEM)
    if operation_id is None or calls.perform(operation_id):
        trade.stage = "page"


def pay(world: World, trade: Trade) -> None:
    """The buyer is on the provider's page."""
    rng, payment = world.random, db.session.get_one(Payment, trade.payment_id)
    if rng.random() < 0.04 and payment.state in (PaymentState.OPEN, PaymentState.STARTED):
        with transaction():
            services.expire_payment(payment.purchase_id, actor=SYSTEM)
        world.counts["closed, then paid if the page was still open"] += 1
    card, answer = rng.choice(
        ((GOOD, None), (GOOD, None), (GOOD, None), (AT_ONCE, None), (DECLINED, None), (SECURE, True), (SECURE, False))
    )
    outcome = control(world.simulator, "pay", {"session": payment.stripe_session_id, "card": card, "authenticate": answer})["outcome"]
    world.counts[f"page: {outcome}"] += 1
    if outcome == "paid":
        trade.stage = "paid"
    elif outcome == "expired":
        trade.stage = "open" if payment.state is not PaymentState.EXPIRED else "done"


def come_back(world: World, trade: Trade) -> None:
    """Some buyers return to the shop, some close the window."""
    if world.random.random() < 0.3:
        calls.refresh_payment(trade.payment_id)
        world.counts["returned"] += 1
    trade.stage = "waits"


def wait(world: World, trade: Trade) -> None:
    """Until the money is booked."""
    if db.session.get_one(Payment, trade.payment_id).state is PaymentState.SUCCEEDED:
        held = select(Hold.id).where(Hold.payment_id == trade.payment_id, Hold.state == HoldState.FUNDED)
        # Money for a closed payment has gone straight back.
        trade.stage = "funded" if db.session.scalar(held.limit(1)) else "done"


def settle(world: World, trade: Trade) -> None:
    """Each order is accepted whole or in part, declined, credited in part, disputed, or still on its way when the proof ends."""
    for order_id in orders_of(trade):
        act = world.random.choices(("release", "refund", "dispute", "credit", "part", "leave"), (48, 16, 12, 12, 6, 6))[0]
        with transaction():
            if act == "dispute":
                services.freeze_hold(order_id, reason="damaged", actor=SYSTEM)
        if act in ("credit", "part") or (act == "dispute" and world.random.random() < 0.5):
            give(world, order_id, services.release_part if act == "part" else None)
        with transaction():
            if act == "dispute":
                services.unfreeze_hold(order_id, actor=SYSTEM)
        end = world.random.choice(("release", "release", "refund")) if act in ("dispute", "credit", "part") else act
        try:
            with transaction():
                if end == "release":
                    services.release_on_acceptance(order_id, actor=SYSTEM)
                elif end == "refund":
                    services.refund_order(order_id, reason="declined", actor=SYSTEM)
        except Conflict as refusal:  # a part was all that there was
            world.counts[f"refused: {refusal.code}"] += 1
        world.counts[act] += 1
    trade.stage = "settled"


def regret(world: World, trade: Trade) -> None:
    """Some buyers find a defect later: a part of what was released goes back, for some in several claims."""
    for order_id in orders_of(trade):
        if world.random.random() < 0.25:
            give(world, order_id, None)
            world.counts["refund after settling"] += 1
    trade.stage = "settled" if world.random.random() < 0.5 else "done"


def orders_of(trade: Trade) -> list[UUID]:
    """The vendor orders of a trade."""
    return list(db.session.scalars(select(Hold.vendor_order_id).where(Hold.payment_id == trade.payment_id).order_by(Hold.id)))


def give(world: World, order_id: UUID, release: Callable[..., None] | None) -> None:
    """A random part of what is left of an order's money goes to the buyer, or what is left of the held money to the vendor."""
    rng = world.random
    with transaction():
        (hold,) = queries.lock_holds(order_id)
        left = queries.held_parts(hold) if release else queries.parts_of(hold) - queries.refunded_parts(hold)[1]
        sums = (left.goods_minor, left.freight_minor, left.tax_minor)
        parts = Parts(*sums) if rng.random() < 0.2 else Parts(*(rng.randint(0, part) for part in sums))
        if parts.total_minor and release:
            release(order_id, parts, actor=SYSTEM)
        elif parts.total_minor and hold.funded_at:
            services.refund_part(order_id, parts, reason="claim", actor=SYSTEM)


STEPS = {"open": start, "page": pay, "paid": come_back, "waits": wait, "funded": settle, "settled": regret}


def disturb(world: World) -> None:
    """Something goes wrong, or time passes."""
    rng = world.random
    kinds = ("fault", "time", "days", "vendor", "bank", "refund", "nothing")
    what = rng.choices(kinds, (16, 16, 2, 3, 4, 3, 56))[0]
    if what == "fault":
        mode = rng.choice(("drop_after", "drop_after", "drop_before", "500", "409", "429"))
        rule = {"mode": mode, "path": rng.choice(FAULT_PATHS), "nth": rng.randint(1, 4), "times": rng.choice((1, 1, 1, 3))}
        control(world.simulator, "fault", rule | ({"store": True} if mode == "500" and rng.random() < 0.2 else {}))
    elif what in ("time", "days"):
        world.advance(timedelta(minutes=rng.randint(1, 40)) if what == "time" else timedelta(days=3))
        write_timetable()
    elif what == "vendor":
        account = db.session.get_one(PayoutAccount, rng.choice(world.vendor_ids))
        control(world.simulator, "outcome", {"account": account.stripe_account_id, "transfers": rng.choice(("restricted", "active"))})
    elif what == "bank":  # the vendor's bank takes everything: a reversal finds nothing there
        account = db.session.get_one(PayoutAccount, rng.choice(world.vendor_ids))
        control(world.simulator, "outcome", {"pay_out": account.stripe_account_id, "currency": rng.choice(CURRENCIES).lower()})
    elif what == "refund":
        control(world.simulator, "outcome", {"next_refund": "failed", "reason": "unknown", "after": rng.choice((0, 3_600))})
    world.counts[f"disturbed: {what}"] += 1


def write_timetable() -> None:
    """The scheduler's lines of this room."""
    with transaction():
        jobs.enqueue("payments.poll_open_payments")
        jobs.enqueue("payments.pull_provider_movements")


def deliver(world: World) -> None:
    """The provider's messages arrive: some never, some several times, in no order."""
    rng = world.random
    taken = control(world.simulator, "webhooks", {"take": True})["taken"]
    rng.shuffle(taken)
    client = world.web.test_client()
    for event in taken:
        if rng.random() < LOST:
            world.counts["messages lost"] += 1
            continue
        for _ in range(rng.randint(2, 4) if rng.random() < REPEATED else 1):
            assert post_event(client, event).status_code == 200
            world.counts["messages delivered"] += 1


def take_jobs() -> list[UUID]:
    """Due jobs of this room, marked as the dispatcher marks them; those of rooms above stay."""
    with transaction():
        due = (
            select(jobs.Job.id)
            .where(jobs.Job.state == jobs.JobState.QUEUED, jobs.Job.run_at <= clock.now(), jobs.Job.name.startswith("payments."))
            .order_by(jobs.Job.run_at)
            .limit(5)
            .with_for_update(skip_locked=True)
        )
        ids = list(db.session.scalars(due))
        if ids:
            db.session.execute(update(jobs.Job).where(jobs.Job.id.in_(ids)).values(state=jobs.JobState.SENT, sent_at=clock.now()))
    return ids


def work(world: World, stopping: threading.Event, number: int) -> None:
    """A worker: does jobs until it is told to stop; some are delivered twice."""
    rng = random.Random(world.seed * 100 + number)
    while not stopping.is_set():
        with world.busy[number], world.at_work():
            ids = take_jobs()
            for job_id in ids:
                run_job(world.tasks, job_id)
                if rng.random() < TWICE:
                    run_job(world.tasks, job_id)
        if not ids:
            stopping.wait(0.02)


def trade_all(world: World, number: int) -> None:
    """All trades, many at one time, while things go wrong."""
    running: list[Trade] = []
    opened = 0
    while opened < number or running:
        with world.at_work():
            while len(running) < AT_ONE_TIME and opened < number:
                try:
                    running.append(open_trade(world))
                except VendorNotPayable as refusal:  # an account is restricted just now
                    world.counts[f"refused: {refusal.code}"] += 1
                    break
                opened += 1
            for trade in world.random.sample(running, min(6, len(running))):
                step(world, trade)
        with world.at_work():
            if world.random.random() < 0.5:
                deliver(world)
            disturb(world)
            if all(trade.stage == "waits" for trade in running):
                world.advance(timedelta(minutes=2))
                write_timetable()
                time.sleep(0.1)  # the workers' turn
        running = [trade for trade in running if trade.stage != "done"]
