"""Plays purchases of the demo through the rooms' services, each act at its own moment, and the platform's clockwork in between.

It is a door: it opens the transactions and reaches the simulator between them. Every act is claimed once, so that a run that was
killed goes on where it stood. The jobs that the acts write are kept back and done here, at the story's time; what lies in the future
at the end is handed to the dispatcher.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select

from marketplace.accounts.permissions import Permission
from marketplace.carts import queries as carts
from marketplace.carts import services as cart_services
from marketplace.carts.schemas import MethodInput
from marketplace.catalogue import services as catalogue
from marketplace.catalogue.models import Stock, Supply, Variant
from marketplace.core import clock, jobs, once
from marketplace.core.audit import Actor
from marketplace.core.db import db, outside, transaction
from marketplace.core.errors import MarketplaceError
from marketplace.core.ids import new_id
from marketplace.core.jobs import KEPT_BACK, Job, JobState
from marketplace.demo.acts import ACTS, Scene, Waits
from marketplace.demo.cast import Cast
from marketplace.demo.progress import SCOPE
from marketplace.demo.simulator import SimulatorControl, SimulatorRefused
from marketplace.demo.steps import Act, Part, Play, Step
from marketplace.demo.world import Calendar, World
from marketplace.orders import queries as orders
from marketplace.orders import services as order_services
from marketplace.orders.schemas import PlaceOrderInput
from marketplace.pricing.basket import Basket, VendorPart
from payments import calls, gateway
from payments import queries as payments
from payments import services as payment_services
from payments.models import PaymentState
from vendors import queries as vendor_queries
from vendors.models import ShippingKind

MAIL_DAYS = 2
"""Mails of acts that are older than this are not sent: nobody wants a hundred letters about the past."""
NEW_IBAN = "PL61109010140000071219812874"
"""What the vendor of P39 writes into the provider's form; an example of the standard's."""


@dataclass(frozen=True, slots=True)
class _Deal:
    """A purchase being played; `orders` by the key of their vendor."""

    purchase_id: UUID
    orders: dict[str, UUID]
    buyer: Actor


class Player:
    """Plays one purchase after another. `run_job` does a job as the worker would; `base_url` is where the provider leads back to."""

    def __init__(
        self,
        world: World,
        cast: Cast,
        calendar: Calendar,
        *,
        simulator: SimulatorControl,
        run_job: Callable[[UUID], None],
        base_url: str,
    ) -> None:
        self.cast = cast
        self.calendar = calendar
        self.simulator = simulator
        self.run_job = run_job
        self.base_url = base_url
        self._location_names = {
            buyer["key"]: {place["key"]: place["name"] for place in buyer["locations"]} for buyer in world.companies["buyers"]
        }

    def play(self, play: Play) -> None:
        """Play a purchase to its present state; one that was played is left alone. Raises: Waits."""
        if self.is_played(play.key):
            return
        deal: _Deal | None = None
        # Facts are kept for a second of the wall; here a second may lie between two months.
        for vendor in play.vendors:
            vendor_queries.forget(self.cast.companies[vendor])
        for number, step in enumerate(play.steps):
            with self._at(step.at):
                self.run_due(step.at)
                try:
                    if deal is None:
                        deal = self._place(play)
                    else:
                        self._act(play, f"{play.key}:{number}", step, deal)
                except MarketplaceError as refusal:
                    raise Waits(f"{step.act.value}: {type(refusal).__name__} {_facts(refusal)}".strip()) from refusal
                except SimulatorRefused as refusal:
                    raise Waits(f"{step.act.value}: {refusal}") from refusal
        self.catch_up()
        with transaction():
            once.claim(SCOPE, f"{play.key}:played", {})

    @contextmanager
    def _at(self, instant: datetime) -> Iterator[None]:
        with clock.at(instant), jobs.kept_back():
            yield

    def is_played(self, key: str) -> bool:
        """Whether an earlier run has played this to its end."""
        return self._is_claimed(f"{key}:played")

    def is_begun(self, key: str) -> bool:
        """Whether an earlier run has begun this and did not come to its end."""
        return self._is_claimed(f"{key}:0") and not self.is_played(key)

    def _is_claimed(self, key: str) -> bool:
        found = once.answer_of(SCOPE, key)
        outside()
        return found is not None

    # -- the clockwork ------------------------------------------------------------------------------------------------------------

    def run_due(self, until: datetime) -> None:
        """Do what the platform does by itself until an instant, each job at its own moment. Mails of the past stay where they are."""
        while True:
            with clock.at(until):
                due = jobs.kept_due(unless=self._is_old_mail)
            outside()
            if not due:
                return
            self._run(due[0])

    def catch_up(self) -> None:
        """The same until today; what is due later is the dispatcher's."""
        self.run_due(self.calendar.began_at)
        self.hand_over()

    def hand_over(self) -> None:
        """Give the dispatcher what is still to be done, without the mails of the past."""
        with transaction():
            jobs.finish_kept(self._is_old_mail)
            jobs.hand_over()

    @property
    def _is_old_mail(self) -> ColumnElement[bool]:
        return Job.name.contains("email") & (Job.run_at < self.calendar.began_at - timedelta(days=MAIL_DAYS) + KEPT_BACK)

    def _run(self, job: Job) -> None:
        job_id, name, instant = job.id, job.name, job.run_at - KEPT_BACK
        with self._at(instant):
            if name.startswith("payments."):
                with self.simulator.at(instant):
                    self.run_job(job_id)
            else:
                self.run_job(job_id)
        job = db.session.get_one(Job, job_id, populate_existing=True)
        state, error = job.state, job.last_error
        outside()
        if state is JobState.FAILED:
            raise Waits(f"the job {name} was given up: {error}")

    # -- the acts -----------------------------------------------------------------------------------------------------------------

    def _place(self, play: Play) -> _Deal:
        """Fill the buyer's cart and check out, or find what an earlier run has placed."""
        company_id = self.cast.companies[play.buyer]
        buyer = self.cast.actor(company_id, Permission.ORDER_PLACE, name=play.person)
        location_id, country = self._location(play, company_id)
        with transaction():
            placed = once.claim(SCOPE, f"{play.key}:0", {})
            if placed is None:
                with _cart_aside(buyer):
                    placed = self._check_out(play, buyer, location_id, country)
                once.answer(SCOPE, f"{play.key}:0", placed)
        orders_of = {vendor: UUID(order_id) for vendor, order_id in placed["orders"].items()}
        return _Deal(UUID(placed["purchase_id"]), orders_of, buyer)

    def _location(self, play: Play, company_id: UUID) -> tuple[UUID, str]:
        places = self.cast.locations[company_id]
        name = self._location_names.get(play.buyer, {}).get(play.location or "")
        return places[name] if name in places else next(iter(places.values()))

    def _check_out(self, play: Play, buyer: Actor, location_id: UUID, country: str) -> dict[str, Any]:
        for part in play.parts:
            self._fill_cart(part, buyer, country)
        cart = carts.find_open_cart(_id(buyer.company_id), _id(buyer.person_id))
        if cart is None:
            raise Waits("the cart is empty")
        held = carts.cart_lines(cart.id)
        lines = [(line.variant_id, line.quantity) for line in held]
        price = partial(
            orders.price_cart,
            lines,
            buyer_id=_id(buyer.company_id),
            ship_to=country,
            location_id=location_id,
            samples=carts.samples_in(held),
        )
        basket = price()
        fetched = {self.cast.companies[part.vendor] for part in play.parts if part.is_fetched}
        chosen = {part.vendor_id: key for part in basket.parts if (key := _collection(part, is_wanted=part.vendor_id in fetched))}
        if chosen:
            basket = price(methods=chosen)
        self._compare(play, basket)
        order = PlaceOrderInput(
            location_id=location_id,
            cart_id=cart.id,
            cart_version=cart.updated_at,
            methods=[MethodInput(vendor_id=vendor_id, key=key) for vendor_id, key in chosen.items()],
            total_minor=basket.total_minor,
            currency=basket.currency,
        )
        purchase = order_services.place_order(order, actor=buyer)
        keys = {self.cast.companies[vendor]: vendor for vendor in play.vendors}
        placed = orders.orders_of_purchase(purchase.id, buyer_id=purchase.buyer_id)
        return {"purchase_id": str(purchase.id), "orders": {keys[row.vendor_id]: str(row.id) for row in placed}}

    def _fill_cart(self, part: Part, buyer: Actor, country: str) -> None:
        vendor_id = self.cast.companies[part.vendor]
        wanted = select(Variant).where(Variant.vendor_id == vendor_id, Variant.sku.in_([sku for sku, _ in part.lines]))
        variants = {variant.sku: variant for variant in db.session.scalars(wanted)}
        for sku, quantity in part.lines:
            variant = variants[sku]
            self._receive(variant, quantity)
            if part.is_sample:
                cart_services.add_sample(variant.id, ship_to=country, actor=buyer)
            else:
                shown = Decimal(quantity) / variant.display_factor
                cart_services.add_line(variant.id, quantity=shown, ship_to=country, actor=buyer)

    def _compare(self, play: Play, basket: Basket) -> None:
        """The goods cost what the story says. Raises: Waits."""
        costs = {part.vendor_id: part.goods_minor for part in basket.parts}
        for part in play.parts:
            found = costs.get(self.cast.companies[part.vendor])
            if part.goods_minor is not None and found != part.goods_minor:
                raise Waits(f"the goods of {part.vendor} cost {found}, the story says {part.goods_minor}")

    def _receive(self, variant: Variant, quantity: int) -> None:
        """Put the goods of the order on the shelf first: what the files say lies there is what is left today."""
        if variant.supply is not Supply.STOCK:
            return
        on_hand = db.session.scalar(select(Stock.on_hand).where(Stock.variant_id == variant.id)) or 0
        keeper = self.cast.actor(variant.vendor_id, Permission.PRODUCT_EDIT)
        catalogue.count_stock(variant.id, on_hand + quantity, actor=keeper)

    def _act(self, play: Play, key: str, step: Step, deal: _Deal) -> None:
        if step.act is Act.PAY:
            self._pay(deal, step.at)
            return
        if step.act is Act.CHANGE_BANK:
            self._change_bank(self.cast.companies[step.vendor], step.at)
            return
        with transaction():
            if once.claim(SCOPE, key, {}) is None:
                ACTS[step.act](Scene(self.cast, play, step, deal.orders[step.vendor], deal.buyer))

    def _change_bank(self, vendor_id: UUID, at: datetime) -> None:
        """Once more, it is the same number and no further change."""
        account = payments.find_payout_account(vendor_id)
        if account is None or account.stripe_account_id is None:
            raise SimulatorRefused("the vendor has no account")
        with self.simulator.at(at):
            gateway.onboard_at_simulator(account.stripe_account_id, iban=NEW_IBAN)
            calls.refresh_payout_account(vendor_id)

    def _pay(self, deal: _Deal, at: datetime) -> None:
        buyer_id = _id(deal.buyer.company_id)
        payer = self.cast.actor(buyer_id, Permission.PAYMENT_START, name=deal.buyer.name)
        payment = payments.payment_of_purchase(deal.purchase_id, buyer_id)
        payment_id, state = payment.id, payment.state
        if state is PaymentState.SUCCEEDED:
            outside()
            return
        with self.simulator.at(at):
            with transaction():
                operation_id = payment_services.start_payment(payment_id, buyer_id=buyer_id, base_url=self.base_url, actor=payer)
            if operation_id is not None and not calls.perform(operation_id):
                raise SimulatorRefused("the payment page was refused")
            session_id = payments.payment_by_id(payment_id).stripe_session_id
            outside()
            if session_id is None:
                raise SimulatorRefused("there is no payment page")
            if state is PaymentState.STARTED:
                # Left behind by a run that was killed: it may have been paid.
                calls.refresh_payment(payment_id)
            if payments.payment_by_id(payment_id).state is not PaymentState.SUCCEEDED:
                self.simulator.pay(session_id)
                calls.refresh_payment(payment_id)


@contextmanager
def _cart_aside(buyer: Actor) -> Iterator[None]:
    """Whoever looks round the demo meanwhile may have filled this person's cart: the story buys from one of its own.

    Theirs is not open for the length of the transaction, which nobody else sees, and then stands as it was left, version and all.
    """
    theirs = carts.find_open_cart(_id(buyer.company_id), _id(buyer.person_id))
    if theirs is not None:
        theirs.purchase_id, theirs.ordered_at = new_id(), clock.now()
        db.session.flush()
    yield
    if theirs is not None:
        db.session.flush()
        theirs.purchase_id, theirs.ordered_at = None, None


def _id(value: UUID | None) -> UUID:
    if value is None:
        raise TypeError("an actor of the demo has a person and a company")
    return value


def _collection(part: VendorPart, *, is_wanted: bool) -> str | None:
    """The way to fetch the goods, where the story says so or nobody delivers them."""
    if part.freight is not None and not is_wanted:
        return None
    return next((option.method.key for option in part.methods if option.method.kind is ShippingKind.COLLECTION), None)


def _facts(refusal: MarketplaceError) -> str:
    problems = getattr(refusal, "problems", None)
    if problems:
        return ", ".join(sorted({getattr(problem, "code", str(problem)) for problem in problems}))
    return str(refusal)
