"""Proof: what may happen once happens once. Buyers, vendors and desks act in the same moment, each on a connection of its own.

The last unit is sold once to fifty buyers; a hundred units to five hundred buyers are a hundred orders; one cart is one purchase
however often its button is pressed; two who answer the same question at once get one answer. Afterwards stock, orders and ledger
must agree. Exit 1 with what does not (robustness.md 5, 6).
"""

import argparse
import random
import secrets
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text

from marketplace.catalogue.models import Stock, Variant
from marketplace.core import db as database
from marketplace.core.db import db, transaction
from marketplace.orders import queries as orders
from marketplace.orders import services
from marketplace.orders.models import OrderLine, Purchase, VendorOrder
from marketplace.orders.schemas import PlaceOrderInput
from marketplace.supervisor.processes import log_end
from payments.ledger import check_ledger
from payments.models import Hold
from tests.factories.orders import make_tax_rate
from tests.walls.crowd import Crowd, Member, Outcome, at_once
from tests.walls.standing import standing_app
from tests.walls.trade import pay

ROUNDS, SHORT_ROUNDS = 1_000, 3
BUYERS = 50
MANY_UNITS, MANY_BUYERS = 100, 500
CONNECTIONS = 12
"""As many as a web process holds; more requests at once wait for one."""
SHORT_UNITS, SHORT_BUYERS = 20, 100
PAIRS, SHORT_PAIRS = 30, 2


@dataclass
class Run:
    """What was raced and what was wrong."""

    crowd: Crowd
    chance: random.Random
    made: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def check(self, what: str, *, holds: bool, said: object) -> None:
        """Note a rule that does not hold."""
        if not holds:
            self.wrong.append(f"{what}: {said}")
            print(f"  wrong: {self.wrong[-1]}", flush=True)  # a long run says at once what it has found

    def no_faults(self, what: str, outcomes: list[Outcome]) -> None:
        """Who loses a race is refused; nobody meets a fault of ours."""
        faults = Counter(outcome.fault or outcome.status for outcome in outcomes if outcome.status >= 500)
        self.check(what, holds=not faults, said=f"faults: {dict(faults)}")


def placed(outcomes: list[Outcome]) -> int:
    """How many got a purchase."""
    return sum(outcome.status == 303 and outcome.location.startswith("/payments/") for outcome in outcomes)


def sell_out(run: Run, *, units: int, buyers: int, name: str, threads: int = BUYERS) -> float:
    """So many units, more buyers, one moment. Returns the seconds that it took."""
    members = run.crowd.members[:buyers]
    variant = run.crowd.stocked(units)
    forms = run.crowd.fill_carts(variant, members)
    order = list(range(len(members)))
    run.chance.shuffle(order)
    database.begin_again()
    begun = time.monotonic()
    outcomes = at_once([_checkout(run.crowd, members[n], forms[n]) for n in order], threads=threads)
    seconds = time.monotonic() - begun
    run.made[name] += 1
    run.no_faults(name, outcomes)
    sold = db.session.scalar(select(func.count()).select_from(OrderLine).where(OrderLine.variant_id == variant.id))
    stock = stock_of(variant)
    run.check(name, holds=placed(outcomes) == units, said=f"{placed(outcomes)} orders were acknowledged, {units} units were there")
    run.check(name, holds=sold == units, said=f"{sold} lines were written for {units} units")
    run.check(name, holds=stock == (units, units), said=f"stock says (on hand, promised) {stock}")
    refused = [outcome for outcome in outcomes if outcome.status == 409]
    run.check(name, holds=len(refused) == buyers - units, said=f"{Counter(outcome.status for outcome in outcomes)}")
    db.session.rollback()
    return seconds


def _checkout(crowd: Crowd, member: Member, form: dict[str, Any]) -> Callable[[], Outcome]:
    return lambda: crowd.post(member, "/checkout", form)


def stock_of(variant: Variant) -> tuple[int, int]:
    """(on hand, promised), read afresh."""
    row = db.session.scalars(select(Stock).where(Stock.variant_id == variant.id).execution_options(populate_existing=True)).one()
    return row.on_hand, row.reserved


def double_click(run: Run) -> None:
    """The same cart from the same form, and from several tabs: one purchase, and everybody is led to it."""
    member = run.crowd.members[0]
    for name, forms in (("double click", 1), ("several tabs", 8)):
        variant = run.crowd.stocked(100)
        [form] = run.crowd.fill_carts(variant, [member])
        tokens = [secrets.token_urlsafe(18) for _ in range(forms)]
        before = purchases_of(member)
        database.begin_again()
        outcomes = at_once([_checkout(run.crowd, member, form | {"_once": tokens[n % forms]}) for n in range(8)])
        run.made[name] += 1
        run.no_faults(name, outcomes)
        made = purchases_of(member) - before
        run.check(name, holds=made == 1, said=f"{made} purchases were made")
        run.check(name, holds=stock_of(variant) == (100, 1), said=f"stock says {stock_of(variant)}")
        leads = {outcome.location for outcome in outcomes if outcome.status == 303 and outcome.location.startswith("/payments/")}
        run.check(name, holds=len(leads) == 1, said=f"led to {leads}: {Counter(outcome.status for outcome in outcomes)}")
        db.session.rollback()


def purchases_of(member: Member) -> int:
    """How many purchases a buyer has."""
    return db.session.scalar(select(func.count()).select_from(Purchase).where(Purchase.buyer_id == member.actor.company_id)) or 0


def paid_order(run: Run, *, step: str) -> VendorOrder:
    """A paid order of the first buyer, at `placed`, `delivered` or with a reported problem."""
    member, seller = run.crowd.members[0], run.crowd.seller.actor
    variant = run.crowd.stocked(10)
    [form] = run.crowd.fill_carts(variant, [member])
    with transaction():
        purchase = services.place_order(PlaceOrderInput(**form), actor=member.actor)
    with transaction():
        pay(purchase)
        services.mark_paid(purchase.id)
    [order] = orders.orders_of_purchase(purchase.id, buyer_id=purchase.buyer_id)
    if step != "placed":
        for act in (
            lambda: services.accept_order(order.id, actor=seller),
            lambda: services.mark_ready(order.id, actor=seller),
            lambda: services.ship_order(order.id, carrier="DSV", tracking=None, actor=seller),
            lambda: services.deliver_with_proof(order.id, signed_by="M. Lind", actor=seller),
        ):
            with transaction():
                act()
    return order


def two_answers(run: Run) -> None:
    """The buyer cancels while the vendor accepts or declines, or claims the same goods several times: one of them wins."""
    buyer, seller = run.crowd.members[0], run.crowd.seller
    races: dict[str, tuple[str, list[tuple[Member, str, dict[str, str]]]]] = {
        "cancel or accept": ("placed", [(buyer, "/orders/{}/cancel", {}), (seller, "/portal/orders/{}/accept", {})]),
        "cancel or decline": ("placed", [(buyer, "/orders/{}/cancel", {}), (seller, "/portal/orders/{}/decline", {"reason": "Sold out."})]),
        "accept twice": ("placed", [(seller, "/portal/orders/{}/accept", {})] * 4),
        "accept the goods twice": ("delivered", [(buyer, "/orders/{}/accept", {})] * 4),
        "report twice": ("delivered", [(buyer, "/orders/{}/problem", CLAIMED)] * 4),
    }
    for name, (step, acts) in races.items():
        order = paid_order(run, step=step)
        number, order_id = order.number, order.id
        database.begin_again()
        line = {"lines-0-line_id": str(orders.line_ids([order_id])[0])}
        database.begin_again()
        outcomes = at_once(
            [_act(run.crowd, who, path.format(number), body | line if body is CLAIMED else body) for who, path, body in acts]
        )
        run.made[name] += 1
        run.no_faults(name, outcomes)
        done = [outcome for outcome in outcomes if outcome.status == 303]
        run.check(name, holds=len(done) == 1, said=f"{len(done)} of {len(acts)} were done: {[outcome.status for outcome in outcomes]}")
        agree(run, name, order_id)


CLAIMED = {
    "lines-0-kind": "damaged",
    "lines-0-quantity": "1",
    "lines-0-text": "Two boxes came open and wet.",
    "lines-0-wish": "credit",
}
"""All the goods of an order, so that a second claim finds nothing left."""


def _act(crowd: Crowd, member: Member, path: str, body: dict[str, str]) -> Callable[[], Outcome]:
    return lambda: crowd.post(member, path, body)


MONEY_OF = {
    "accepted": {"funded"},
    "cancelled": {"refunded"},
    "declined": {"refunded"},
    "accepted_by_buyer": {"released", "paid_out"},
    "delivered": {"funded"},
}
"""Order state → where its money may stand."""


def agree(run: Run, name: str, order_id: UUID) -> None:
    """Order and money tell the same story."""
    db.session.rollback()
    order, hold = db.session.execute(
        select(VendorOrder, Hold).join(Hold, Hold.vendor_order_id == VendorOrder.id).where(VendorOrder.id == order_id)
    ).one()
    db.session.refresh(order)
    db.session.refresh(hold)
    run.check(name, holds=hold.state.value in MONEY_OF[order.state.value], said=f"the order is {order.state}, its money {hold.state}")
    db.session.rollback()


def books(run: Run) -> None:
    """Stock is the sum of its movements and promises, and the ledger adds up."""
    wrong = db.session.execute(
        text(
            "SELECT s.variant_id, s.reserved, coalesce(r.promised, 0), s.on_hand, coalesce(m.on_hand, 0), coalesce(m.reserved, 0) FROM stock s"
            " LEFT JOIN (SELECT variant_id, sum(quantity) AS promised FROM stock_reservations WHERE state = 'open' GROUP BY 1) r USING (variant_id)"
            " LEFT JOIN (SELECT variant_id, sum(on_hand_change) AS on_hand, sum(reserved_change) AS reserved FROM stock_movements GROUP BY 1) m"
            " USING (variant_id)"
            " WHERE s.reserved <> coalesce(r.promised, 0) OR s.on_hand <> coalesce(m.on_hand, 0) OR s.reserved <> coalesce(m.reserved, 0)"
        )
    ).all()
    run.check("stock", holds=not wrong, said=f"(variant, promised, its promises, on hand, its movements …) {wrong[:3]}")
    run.check("ledger", holds=check_ledger() == [], said=check_ledger())
    db.session.rollback()


def race(run: Run, *, short: bool, rounds: int) -> None:
    """All of them."""
    units, buyers = (SHORT_UNITS, SHORT_BUYERS) if short else (MANY_UNITS, MANY_BUYERS)
    seconds = sell_out(run, units=units, buyers=buyers, name="many units", threads=CONNECTIONS)
    print(f"  {units} units to {buyers} buyers: {seconds:.1f} s", flush=True)
    for number in range(1, rounds + 1):
        sell_out(run, units=1, buyers=min(BUYERS, len(run.crowd.members)), name="last unit")
        if number % 100 == 0:
            print(f"  the last unit, round {number}: {len(run.wrong)} wrong", flush=True)
    for _ in range(SHORT_PAIRS if short else PAIRS):
        double_click(run)
        two_answers(run)
    books(run)


def main() -> None:
    """Run the races; exit 1 with what did not hold."""
    options = argparse.ArgumentParser()
    options.add_argument("--short", action="store_true")
    options.add_argument("--seed", type=int, default=None)
    options.add_argument("--rounds", type=int, default=None, help="of the last unit")
    chosen = options.parse_args()
    seed = chosen.seed if chosen.seed is not None else secrets.randbelow(2**31)
    rounds = chosen.rounds if chosen.rounds is not None else SHORT_ROUNDS if chosen.short else ROUNDS
    print(f"races: {rounds} rounds of {BUYERS} buyers on the last unit, seed {seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="races-") as folder, standing_app(Path(folder)) as app, app.app_context():
        database.as_staff.set(True)
        database.begin_again()
        make_tax_rate("SE")
        db.session.commit()
        run = Run(Crowd.gather(app, SHORT_BUYERS if chosen.short else MANY_BUYERS), random.Random(seed))
        race(run, short=chosen.short, rounds=rounds)
        if run.wrong:
            print(f"the end of the database's log:\n{log_end(Path(folder) / 'postgres.log', lines=40)}", flush=True)
    print(f"races: {dict(run.made)}, {len(run.wrong)} wrong, seed {seed}")
    for line, number in Counter(run.wrong).most_common(40):
        print(f"  {number} × {line[:400]}")
    sys.exit(1 if run.wrong else 0)


if __name__ == "__main__":
    main()
