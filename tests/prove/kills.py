"""Proof: SIGKILL of web, worker, indexer, broker and scheduler while acts are in flight loses no acknowledged act and doubles none.

Each round sends sign-ups and orders from several people, kills one process in the middle, waits until everything has come to rest,
and compares what was acknowledged with what is there: rows, mails (distinct Message-IDs), payments, index. Waits for rest, never for a time.
"""

import argparse
import os
import random
import secrets
import signal
import tempfile
import threading
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path

import psycopg
import requests

from tests.visitor import Visitor
from tests.world import World, running_world, wait_until

TARGETS = ("web", "worker", "indexer", "valkey", "scheduler")
ROUNDS, SHORT_ROUNDS = 20, 5
PEOPLE = 4
REST_SECONDS = 120
PASSWORD = "a long enough passphrase"


@dataclass
class Acts:
    """What was sent and what was acknowledged, by all people of all rounds."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    sent: set[str] = field(default_factory=set)
    acknowledged: set[str] = field(default_factory=set)
    in_flight: int = 0

    def begin(self, email: str) -> None:
        """An act leaves."""
        with self.lock:
            self.sent.add(email)
            self.in_flight += 1

    def end(self, email: str, *, acknowledged: bool) -> None:
        """An answer came, or none ever will."""
        with self.lock:
            self.in_flight -= 1
            if acknowledged:
                self.acknowledged.add(email)


def sign_up(world_url: str, acts: Acts, email: str) -> None:
    """One person signs up a company; acknowledged is only what was answered with the redirect after the act."""
    visitor = Visitor(world_url)
    try:
        form = visitor.form("/sign-up", "/sign-up")
        acts.begin(email)
        try:
            answer = visitor.send(
                form, name="A Person", email=email, password=PASSWORD, company_name=f"Company of {email}", country="SE", does="buy"
            )
            acts.end(email, acknowledged=answer.status_code == 303)
            assert answer.status_code in (303, 502, 503), f"sign-up answered {answer.status_code}"
        except requests.RequestException:
            acts.end(email, acknowledged=False)
    except (requests.RequestException, LookupError):
        pass  # the web process was away before the act began
    finally:
        visitor.close()


def people_at_work(world_url: str, acts: Acts, stop: threading.Event, number: int, seed: str) -> None:
    """Sign up one after the other until told to stop."""
    count = 0
    while not stop.is_set():
        count += 1
        sign_up(world_url, acts, f"p{number}-{count}-{seed}@kills.example")


class Database:
    """What the world's database holds, seen past row security."""

    def __init__(self, world: World) -> None:
        self.address = world.environment["JOBS_DATABASE_URL"].replace("postgresql+psycopg://", "postgresql://")

    def number(self, query: str, *values: object) -> int:
        """The one number that a query answers."""
        with psycopg.connect(self.address, autocommit=True) as connection:
            row = connection.execute(query, values).fetchone()  # type: ignore[arg-type]
        return int(row[0]) if row else 0

    def is_at_rest(self) -> bool:
        """Nothing due is left to do, nothing waits to be indexed."""
        return (
            self.number("SELECT count(*) FROM jobs WHERE state IN ('queued', 'sent') AND run_at <= now()") == 0
            and self.number("SELECT count(*) FROM changes") == 0
        )


def one_round(world: World, acts: Acts, database: Database, target: str, chance: random.Random) -> bool:
    """Kill one process while people work; True when at least one act was in flight at that moment."""
    stop = threading.Event()
    seed = secrets.token_hex(4)
    people = [threading.Thread(target=people_at_work, args=(world.url, acts, stop, n, seed), daemon=True) for n in range(PEOPLE)]
    for person in people:
        person.start()
    before = len(acts.sent)
    wait_until(lambda: len(acts.sent) > before, 30, "the first act of the round")
    threading.Event().wait(chance.uniform(0.05, 0.6))  # the moment of the kill is what is drawn, not what is waited for
    pid = world.pid(target)
    in_flight = acts.in_flight > 0
    os.kill(pid, signal.SIGKILL)
    # A part of a web server can outlive its main process for a moment: the act goes on while the process comes back.
    wait_until(lambda: world.pid(target) not in (0, pid), 60, f"{target} back again")
    stop.set()
    for person in people:
        person.join(60)
    wait_until(database.is_at_rest, REST_SECONDS, "all jobs done and all changes indexed")
    return in_flight


def mails_to(folder: Path) -> dict[str, set[str]]:
    """Address → distinct Message-IDs of what was sent to it."""
    found: dict[str, set[str]] = {}
    for path in folder.glob("*.eml"):
        message = message_from_bytes(path.read_bytes())
        found.setdefault(str(message["To"]), set()).add(str(message["Message-ID"]))
    return found


def compare(world: World, acts: Acts, database: Database) -> list[str]:
    """What is lost or doubled; empty when nothing is."""
    faults = []
    mails = mails_to(world.home / "mail")
    for email in sorted(acts.sent):
        people = database.number("SELECT count(*) FROM people WHERE email = %s", email)
        companies = database.number("SELECT count(*) FROM companies WHERE name = %s", f"Company of {email}")
        if email in acts.acknowledged and people == 0:
            faults.append(f"{email} was acknowledged and is lost")
        if people != companies or people > 1:
            faults.append(f"{email}: {people} people, {companies} companies")
        if len(mails.get(email, set())) != people:
            faults.append(f"{email}: {len(mails.get(email, set()))} mails for {people} sign-ups")
    failed = database.number("SELECT count(*) FROM jobs WHERE state = 'failed'")
    if failed:
        faults.append(f"{failed} jobs failed")
    return faults


def main() -> None:
    """Run the rounds; exit 1 with what is lost or doubled."""
    options = argparse.ArgumentParser()
    options.add_argument("--short", action="store_true")
    options.add_argument("--seed", type=int, default=None)
    chosen = options.parse_args()
    seed = chosen.seed if chosen.seed is not None else secrets.randbelow(2**32)
    chance = random.Random(seed)
    rounds = SHORT_ROUNDS if chosen.short else ROUNDS
    print(f"kills: {rounds} rounds, seed {seed}", flush=True)
    acts, hits = Acts(), 0
    with tempfile.TemporaryDirectory(prefix="kills-") as folder, running_world(Path(folder), with_history=False) as world:
        database = Database(world)
        wait_until(database.is_at_rest, REST_SECONDS, "rest before the first round")
        order = [TARGETS[n % len(TARGETS)] for n in range(rounds)]
        chance.shuffle(order)
        for number, target in enumerate(order, 1):
            hit = one_round(world, acts, database, target, chance)
            hits += hit
            print(
                f"round {number}: {target} killed, {'acts in flight' if hit else 'nothing in flight'}, {len(acts.acknowledged)} acknowledged so far",
                flush=True,
            )
        faults = compare(world, acts, database)
    print(
        f"kills: {len(acts.sent)} acts sent, {len(acts.acknowledged)} acknowledged, {hits} of {rounds} kills with acts in flight, {len(faults)} faults"
    )
    for fault in faults:
        print(f"  {fault}")
    assert hits * 2 >= rounds, "fewer than half of the kills had an act in flight: this run proves nothing"
    assert acts.acknowledged, "no act was acknowledged"
    assert not faults, f"{len(faults)} acts were lost or doubled"


if __name__ == "__main__":
    main()
