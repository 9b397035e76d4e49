"""Proof: SIGKILL of web, worker, indexer, broker and scheduler while acts are in flight loses no acknowledged act and doubles none.

Each round sends orders from several people, kills one process as an order leaves, and waits until everything has come to rest. At the
end what was acknowledged is compared with what is there: purchases, mails (distinct Message-IDs), promised stock, index. It waits for
rest, never for a time.
"""

import argparse
import json
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
PEOPLE = ("m.lindqvist@halden.example", "britta.falk@halden.example")
REST_SECONDS = 120
GOODS = (("NV-8040-A2", "100"), ("NV-933-6X30-88Z", "250"), ("NV-933-6X25-88Z", "250"))
"""SKU and smallest quantity, ordered in turn: together their stock is enough for more than 100 rounds."""


@dataclass
class Acts:
    """What was sent and what was acknowledged, by all people of all rounds; an act is known by the buyer's own reference."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    sent: set[str] = field(default_factory=set)
    acknowledged: set[str] = field(default_factory=set)
    unexpected: list[str] = field(default_factory=list)
    in_flight: int = 0

    def begin(self, reference: str) -> None:
        """An act leaves."""
        with self.lock:
            self.sent.add(reference)
            self.in_flight += 1

    def end(self, reference: str, answer: requests.Response | None) -> None:
        """An answer came, or none ever will. Acknowledged is only what was answered with the redirect to the payment."""
        with self.lock:
            self.in_flight -= 1
            if answer is not None and answer.status_code in (303, 302) and "/payments/" in answer.headers["Location"]:
                self.acknowledged.add(reference)
            elif answer is not None and answer.status_code not in (409, 502, 503):
                self.unexpected.append(f"{reference} was answered with {answer.status_code}")


class Buyer:
    """A person of the demo who orders the same few screws again and again."""

    def __init__(self, world: World, email: str) -> None:
        self.visitor = Visitor(world.url)
        self.visitor.log_in(email, world.password)
        self.lines = [f"{self._page_of(sku)}&quantity={quantity}" for sku, quantity in GOODS]

    def _page_of(self, sku: str) -> str:
        found = self.visitor.get(f"/search?q={sku}").text
        return found[found.index("/products/") :].split('"')[0]

    def order(self, acts: Acts, reference: str, turn: int) -> None:
        """One line into the cart, the checkout, the placed order. What breaks before the order is sent is no act."""
        try:
            self.visitor.send(self.visitor.form(self.lines[turn % len(self.lines)], "/cart/lines"))
            form = self.visitor.form("/checkout", "/checkout")
        except (requests.RequestException, LookupError):
            return
        acts.begin(reference)
        try:
            acts.end(reference, self.visitor.send(form, buyer_reference=reference))
        except requests.RequestException:
            acts.end(reference, None)


def at_work(buyer: Buyer, acts: Acts, stop: threading.Event, prefix: str) -> None:
    """Order one after the other until told to stop."""
    count = 0
    while not stop.is_set():
        count += 1
        buyer.order(acts, f"{prefix}-{count}", count)


class Database:
    """What the world's database holds, seen past row security."""

    def __init__(self, world: World) -> None:
        self.address = world.environment["JOBS_DATABASE_URL"].replace("postgresql+psycopg://", "postgresql://")

    def number(self, query: str, *values: object) -> int:
        """The one number that a query answers."""
        with psycopg.connect(self.address, autocommit=True) as connection:
            row = connection.execute(query, values).fetchone()
        return int(row[0]) if row else 0

    def rows(self, query: str) -> list[tuple[str, str]]:
        """Pairs of text that a query answers."""
        with psycopg.connect(self.address, autocommit=True) as connection:
            return [(str(one), str(other)) for one, other in connection.execute(query)]

    def is_at_rest(self) -> bool:
        """Nothing due is left to do, nothing waits to be indexed."""
        return (
            self.number("SELECT count(*) FROM jobs WHERE state IN ('queued', 'sent') AND run_at <= now()") == 0
            and self.number("SELECT count(*) FROM changes") == 0
        )


def one_round(world: World, buyers: list[Buyer], acts: Acts, database: Database, target: str, chance: random.Random) -> bool:
    """Kill one process while people work; True when at least one act was in flight at that moment."""
    stop = threading.Event()
    seed = secrets.token_hex(4)
    people = [threading.Thread(target=at_work, args=(buyer, acts, stop, f"{seed}-{n}"), daemon=True) for n, buyer in enumerate(buyers)]
    for person in people:
        person.start()
    wanted = len(acts.sent) + chance.randint(2, 6)  # the moment of the kill is drawn: as that order leaves
    wait_until(lambda: len(acts.sent) >= wanted and acts.in_flight > 0, 60, "orders on their way", every=0.001)
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


def mails_about(folder: Path, words: set[str]) -> dict[str, set[str]]:
    """Purchase number → distinct Message-IDs of the mails that say it was placed."""
    found: dict[str, set[str]] = {word: set() for word in words}
    for path in folder.glob("*.eml"):
        message = message_from_bytes(path.read_bytes())
        number = str(message["Subject"]).split(" ")[0]
        if number in found and "placed" in str(message["Subject"]):
            found[number].add(str(message["Message-ID"]))
    return found


def compare(world: World, acts: Acts, database: Database) -> list[str]:
    """What is lost or doubled; empty when nothing is."""
    faults = list(acts.unexpected)
    numbers: dict[str, list[str]] = {reference: [] for reference in acts.sent}
    for number, reference in database.rows("SELECT number, buyer_reference FROM purchases WHERE buyer_reference IS NOT NULL"):
        numbers.setdefault(reference, []).append(number)
    for reference in sorted(acts.sent):
        if reference in acts.acknowledged and not numbers[reference]:
            faults.append(f"{reference} was acknowledged and is lost")
        if len(numbers[reference]) > 1:
            faults.append(f"{reference} was placed {len(numbers[reference])} times")
    placed = {found[0] for found in numbers.values() if found}
    for number, mails in mails_about(world.home / "mail", placed).items():
        if len(mails) != 1:
            faults.append(f"{number} has {len(mails)} mails that say it was placed")
    promised = database.number("SELECT coalesce(sum(quantity), 0) FROM stock_reservations WHERE state = 'open'")
    if promised != database.number("SELECT coalesce(sum(reserved), 0) FROM stock"):
        faults.append("promised stock and its reservations differ")
    failed = database.number("SELECT count(*) FROM jobs WHERE state = 'failed'")
    if failed:
        faults.append(f"{failed} jobs failed")
    index = json.loads(world.command("search", "check"))
    if index["differ"]:
        faults.append(f"{index['differ']} of {index['variants']} documents differ from the database")
    return faults


def main() -> None:
    """Run the rounds; exit 1 with what is lost or doubled."""
    options = argparse.ArgumentParser()
    options.add_argument("--short", action="store_true")
    options.add_argument("--seed", type=int, default=None)
    options.add_argument("--rounds", type=int, default=None)
    chosen = options.parse_args()
    seed = chosen.seed if chosen.seed is not None else secrets.randbelow(2**32)
    chance = random.Random(seed)
    rounds = chosen.rounds if chosen.rounds is not None else SHORT_ROUNDS if chosen.short else ROUNDS
    print(f"kills: {rounds} rounds, seed {seed}", flush=True)
    acts, hits = Acts(), 0
    with tempfile.TemporaryDirectory(prefix="kills-") as folder, running_world(Path(folder), with_history=False) as world:
        database = Database(world)
        buyers = [Buyer(world, email) for email in PEOPLE]
        wait_until(database.is_at_rest, REST_SECONDS, "rest before the first round")
        order = [TARGETS[n % len(TARGETS)] for n in range(rounds)]
        chance.shuffle(order)
        for number, target in enumerate(order, 1):
            hit = one_round(world, buyers, acts, database, target, chance)
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
