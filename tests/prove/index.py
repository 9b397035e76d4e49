"""Proof: whatever happens to the indexer, in the end the index is the database.

Random changes of prices, stock and state by the services of the rooms, some products marked again and again, while the indexer is
killed (SIGKILL) at random moments, and while the whole index is built anew and swapped; searches go on and are always answered. When
nothing waits any more, ids and versions must agree, and random result pages must count what the rows of the database say. Exit 1 with
what differs.
"""

import argparse
import os
import random
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import requests
from flask import Flask
from sqlalchemy import select

from marketplace.app import create_app
from marketplace.catalogue import services as catalogue
from marketplace.catalogue.drafts import draft_of
from marketplace.catalogue.models import Product, ProductState, Stock, Variant
from marketplace.catalogue.queries.products import lock_product, version_content
from marketplace.catalogue.services.products import save_version
from marketplace.config import Settings
from marketplace.core import changes, clock
from marketplace.core.audit import Actor
from marketplace.core.db import db, outside, transaction
from marketplace.core.errors import MarketplaceError
from search import index, queries, rebuilding
from tests.search.brute import read_goods
from tests.search.random_pages import Draw, wrong_on
from tests.world import ROOT, World, running_world, wait_until

ROUNDS, SHORT_ROUNDS = 40, 4
ACTS = 30
PAGES = 60
REST_SECONDS = 120


@dataclass
class Searcher(threading.Thread):
    """Somebody who goes on searching; every answer must be a page."""

    url: str
    answers: int = 0
    faults: list[str] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        """Until the end."""
        while not self.stopping.wait(0.2):
            answer = requests.get(f"{self.url}/search/table?q=bolt", timeout=30)
            self.answers += 1
            if answer.status_code != 200 or 'scope="row"' not in answer.text:
                self.faults.append(f"answer {self.answers}: {answer.status_code}")


class Changer:
    """Changes listings as vendors do, each in a transaction of its own."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._variants = db.session.execute(
            select(Variant.id, Variant.product_id, Variant.vendor_id).where(Variant.is_active).order_by(Variant.id)
        ).all()
        outside()
        self.made = self.refused = 0

    def act(self) -> None:
        """One random change; what a rule refuses counts apart."""
        variant_id, product_id, vendor_id = self._chance.choice(self._variants)
        actor = Actor(company_id=vendor_id, name="Proof")
        kind = self._chance.choice((self._price, self._stock, self._state, self._again))
        try:
            with transaction():
                kind(variant_id, product_id, actor)
            self.made += 1
        except MarketplaceError:
            self.refused += 1

    def _price(self, _variant_id: UUID, product_id: UUID, actor: Actor) -> None:
        product = lock_product(product_id, vendor_id=actor.company_id)
        content = version_content(product.id, product.version)
        step = self._chance.randrange(1, 5_000) * 100
        variants = [v | {"tiers": [[start, micro + step] for start, micro in v["tiers"]]} for v in content["variants"]]
        save_version(product, draft_of(content | {"variants": variants}), actor=actor)

    def _stock(self, variant_id: UUID, _product_id: UUID, actor: Actor) -> None:
        reserved = db.session.scalar(select(Stock.reserved).where(Stock.variant_id == variant_id).limit(1)) or 0
        catalogue.count_stock(variant_id, reserved + self._chance.choice((0, 700)), actor=actor)

    def _state(self, _variant_id: UUID, product_id: UUID, actor: Actor) -> None:
        is_live = db.session.get_one(Product, product_id).state is ProductState.LIVE
        (catalogue.pause_product if is_live else catalogue.resume_product)(product_id, actor=actor)

    def _again(self, _variant_id: UUID, product_id: UUID, _actor: Actor) -> None:
        """The same thing said twice, and something said that has not changed."""
        changes.mark("product", [product_id])
        changes.mark("product", [product_id])


def kill_indexer(world: World) -> bool:
    """SIGKILL, if it runs. The supervisor starts it again."""
    pid = world.pid("indexer")
    if not pid:
        return False
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def play(world: World, chance: random.Random, rounds: int) -> tuple[Changer, int, int]:
    """(who changed, kills, kills with changes waiting) after all rounds."""
    changer, kills, in_flight = Changer(chance), 0, 0
    for number in range(rounds):
        rebuild = None
        if number % 4 == 1:
            command = [sys.executable, "-m", "marketplace", "search", "rebuild"]
            rebuild = subprocess.Popen(command, env=world.environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        moment = chance.randrange(ACTS)
        for step in range(ACTS):
            changer.act()
            if step == moment:
                time.sleep(chance.random() * 0.4)  # into another part of what the indexer does
                waiting = changes.waiting()
                outside()
                if kill_indexer(world):
                    kills += 1
                    in_flight += waiting > 0
        if rebuild is not None:
            _, complaint = rebuild.communicate(timeout=REST_SECONDS)
            if rebuild.returncode:
                raise RuntimeError(f"rebuild ended with {rebuild.returncode}: {complaint.decode()[-600:]}")
    return changer, kills, in_flight


def differences(chance: random.Random, pages: int) -> list[str]:
    """What index and database say otherwise, once nothing waits."""
    found = rebuilding.drift(dict(index.engine().all_versions()), queries.standings())
    wrong = [f"{name}: {len(ids)}" for name, ids in (("missing", found.missing), ("behind", found.behind), ("ahead", found.ahead)) if ids]
    wrong += [f"surplus: {len(found.surplus)}"] if found.surplus else []
    goods = read_goods(clock.now().date())
    draw = Draw(chance, goods)
    return wrong + [said for _, said in (wrong_on(index.engine(), draw.page(), goods) for _ in range(pages)) if said]


def prove(app: Flask, world: World, seed: int, rounds: int) -> list[str]:
    """Change, kill, rebuild, wait for rest, compare."""
    chance = random.Random(seed)
    searcher = Searcher(world.url)
    searcher.start()
    with app.app_context():
        changer, kills, in_flight = play(world, chance, rounds)

        def rests() -> bool:
            waiting = changes.waiting()
            outside()
            return not waiting and bool(world.pid("indexer"))

        wait_until(rests, REST_SECONDS, "an indexer with nothing left to do")
        searcher.stopping.set()
        searcher.join()
        wrong = differences(chance, PAGES) + searcher.faults[:5]
    print(
        f"index: {changer.made:,} changes ({changer.refused:,} refused), {kills} kills, {in_flight} of them with changes waiting, "
        f"{searcher.answers:,} searches meanwhile, {len(wrong)} wrong, seed {seed}",
        flush=True,
    )
    if kills and in_flight * 2 < kills:
        wrong.append("fewer than half of the kills met changes in flight: the run proves too little")
    return wrong


def main() -> None:
    """Run the rounds on a world of its own, or on one that runs already."""
    options = argparse.ArgumentParser()
    options.add_argument("--short", action="store_true")
    options.add_argument("--seed", type=int, default=None)
    options.add_argument("--rounds", type=int, default=None)
    chosen = options.parse_args()
    seed = chosen.seed if chosen.seed is not None else secrets.randbelow(2**31)
    rounds = chosen.rounds or (SHORT_ROUNDS if chosen.short else ROUNDS)
    print(f"index: {rounds} rounds, seed {seed}", flush=True)
    with (
        tempfile.TemporaryDirectory(prefix="index-") as folder,
        running_world(Path(folder) / "world", with_history=False) as world,
    ):
        wrong = prove(create_app(Settings.from_env(world.environment), doors="cli"), world, seed, rounds)
    for line in wrong:
        print(f"  {line[:800]}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
