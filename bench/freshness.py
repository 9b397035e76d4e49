"""How soon a committed change is seen: price, stock, state, suspension and certificate, from the commit until every web process shows it.

    python3 dev.py bench freshness [--rounds N] [--home FOLDER]

Changes are made by the services of the rooms, in a process of their own. After each one the table page of the product is asked over new
connections, which the web processes share; seen is the end of the first right answer after which no wrong one came (`STREAK` in a row).
`--home` measures on a world that runs already. Prints p50, p99 and the slowest of each kind, and keeps nothing.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen
from urllib.parse import quote
from uuid import UUID

import requests
from sqlalchemy import func, select

from bench.load import percentile
from marketplace.app import create_app
from marketplace.catalogue import services as catalogue
from marketplace.catalogue.drafts import draft_of
from marketplace.catalogue.models import Product, Stock, Variant
from marketplace.catalogue.queries.products import lock_product, version_content
from marketplace.catalogue.services.products import save_version
from marketplace.config import Settings
from marketplace.core import clock
from marketplace.core.audit import Actor
from marketplace.core.db import db, outside, transaction
from tests.world import World, running_world
from vendors import services as vendors
from vendors.models import Vendor

ROUNDS = 20
STREAK = 12
"""Right answers in a row over new connections: one of two processes is missed in 1 of 4,000 cases."""
LIMIT_SECONDS = 20.0
SKU, SCHEME = "NV-8040-A2", "Bench 1"
LEVELS = (900_000, 20_000)
"""Unit prices, micro, in turn: a band of prices holds one of them."""


def shows(page: str, sku: str) -> bool:
    """Whether a page of the table has a row of this product; its other links are no rows."""
    return f">{sku}</a>" in page


@dataclass
class Stage:
    """The product that changes, and who may change it."""

    url: str
    variant_id: UUID
    product_id: UUID
    vendor_id: UUID
    actor: Actor
    staff: Actor
    certificate_id: UUID | None = None
    taken: dict[str, list[float]] = field(default_factory=dict)

    def is_seen(self, filters: str) -> bool:
        """Whether a page with these filters shows the product. A connection of its own each time."""
        address = f"{self.url}/search/table?q={quote(SKU)}&exact=1&every=1&{filters}"
        answer = requests.get(address, timeout=10, headers={"Connection": "close"})
        answer.raise_for_status()
        return shows(answer.text, SKU)

    def measure(self, kind: str, act: Callable[[], object], filters: str, *, seen: bool) -> None:
        """Make a change in one transaction and wait until nobody shows the state before it."""
        with transaction():
            act()
        began = time.monotonic()
        outside()
        streak, first = 0, 0.0
        while streak < STREAK:
            is_right = self.is_seen(filters) is seen
            now = time.monotonic()
            first = now if is_right and not streak else first
            streak = streak + 1 if is_right else 0
            if now - began > LIMIT_SECONDS:
                raise TimeoutError(f"{kind}: not seen within {LIMIT_SECONDS:.0f} s")
        self.taken.setdefault(kind, []).append(first - began)

    def set_price(self, micro: int) -> None:
        """One tier at this price, as a new version of the listing."""
        product = lock_product(self.product_id, vendor_id=self.vendor_id)
        content = version_content(product.id, product.version)
        variants = [variant | {"tiers": [[tier[0], micro] for tier in variant["tiers"][:1]]} for variant in content["variants"]]
        save_version(product, draft_of(content | {"variants": variants}), actor=self.actor)

    def count_free(self, free: int) -> None:
        """So many lie there beyond what is promised."""
        reserved = db.session.scalar(select(func.sum(Stock.reserved)).where(Stock.variant_id == self.variant_id)) or 0
        catalogue.count_stock(self.variant_id, int(reserved) + free, actor=self.actor)

    def record_certificate(self) -> None:
        """A checked certificate of a scheme that nobody else has."""
        made = vendors.record_certificate(
            self.vendor_id, scheme=SCHEME, number="B-1", issuer="Bench", scope=None, valid_from=clock.now().date(), valid_until=None,
            checked_by="Bench", actor=self.staff,
        )  # fmt: skip
        self.certificate_id = made.id

    def withdraw_certificate(self) -> None:
        """The vendor takes it back."""
        if self.certificate_id:
            vendors.withdraw_certificate(self.certificate_id, vendor_id=self.vendor_id, actor=self.actor)

    def round(self, number: int) -> None:
        """Each kind of change once there and back."""
        price = LEVELS[number % 2]
        self.measure("price", lambda: self.set_price(price), f"price={'-0.1' if price < 100_000 else '0.5-1'}", seen=True)
        self.measure("stock", lambda: self.count_free(0), "stock=1", seen=False)
        self.measure("stock", lambda: self.count_free(4_000), "stock=1", seen=True)
        self.measure("state", lambda: catalogue.pause_product(self.product_id, actor=self.actor), "", seen=False)
        self.measure("state", lambda: catalogue.resume_product(self.product_id, actor=self.actor), "", seen=True)
        self.measure("suspension", lambda: vendors.suspend_vendor(self.vendor_id, reason="bench", actor=self.staff), "", seen=False)
        self.measure("suspension", lambda: vendors.lift_suspension(self.vendor_id, reason="bench", actor=self.staff), "", seen=True)
        scheme = f"cert={quote(SCHEME)}"
        self.measure("certificate", self.record_certificate, scheme, seen=True)
        self.measure("certificate", self.withdraw_certificate, scheme, seen=False)


def figures(taken: dict[str, list[float]]) -> dict[str, dict[str, float]]:
    """Milliseconds by kind of change."""
    kinds = taken | {"all": [one for ones in taken.values() for one in ones]}
    return {
        kind: {
            "changes": len(ones),
            "p50_ms": round(percentile(ones, 0.5) * 1000),
            "p99_ms": round(percentile(ones, 0.99) * 1000),
            "slowest_ms": round(max(ones) * 1000),
        }
        for kind, ones in kinds.items()
    }


def main() -> None:
    """Measure and print. Exit 1 where p99 of all changes is above a second."""
    options = argparse.ArgumentParser()
    options.add_argument("--rounds", type=int, default=ROUNDS)
    options.add_argument("--home", type=Path, default=None)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="freshness-") as folder:
        running: AbstractContextManager[World] = (
            nullcontext(World(chosen.home, Popen(["true"]))) if chosen.home else running_world(Path(folder) / "world", with_history=False)
        )
        with running as world:
            app = create_app(Settings.from_env(world.environment), doors="cli")
            with app.app_context():
                variant = db.session.scalars(select(Variant).where(Variant.sku == SKU)).one()
                product = db.session.get_one(Product, variant.product_id)
                vendor = db.session.get_one(Vendor, product.vendor_id)
                owner = Actor(company_id=vendor.id, name="Bench")
                stage = Stage(world.url, variant.id, product.id, vendor.id, owner, Actor(name="Bench", is_staff=True))
                outside()
                for _ in range(STREAK):
                    stage.is_seen("")  # every process has its words and rates by then
                stage.round(1)  # the indexer of a world that has just opened may still be on its way
                stage.taken.clear()
                for number in range(chosen.rounds):
                    stage.round(number)
    found = figures(stage.taken)
    print(json.dumps(found, indent=1))
    sys.exit(1 if found["all"]["p99_ms"] > 1000 else 0)


if __name__ == "__main__":
    main()
