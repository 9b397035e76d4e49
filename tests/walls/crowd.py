"""A crowd of buyers with carts, and how many of them act in the same moment: each request on a thread and a connection of its own."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select

from marketplace.accounts.models import Company, Person
from marketplace.accounts.permissions import Role
from marketplace.carts.models import Cart, CartLine
from marketplace.catalogue.models import Variant
from marketplace.core import clock
from marketplace.core import db as database
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.ids import new_id
from marketplace.orders.schemas import PlaceOrderInput
from tests.factories.accounts import actor_of, make_company, make_location, make_member, make_session
from tests.factories.catalogue import make_category, make_product, only_variant
from tests.factories.vendors import make_vendor
from tests.walls.people import cookie_of
from tests.walls.trade import checkout_fields
from vendors.models import Vendor


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the crowd."""

    actor: Actor
    cookie: str
    location_id: UUID


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one request of a race came to; a fault that the application let rise has status 500."""

    status: int
    location: str = ""
    text: str = ""
    fault: str = ""


@dataclass
class Crowd:
    """Buyers, a vendor, and the application that they all ask."""

    app: Flask
    vendor: Vendor
    seller: Member
    members: list[Member] = field(default_factory=list)

    @classmethod
    def gather(cls, app: Flask, number: int) -> "Crowd":
        """Make so many buyer companies, each with one signed-in person. The caller stands in an application context."""
        database.as_staff.set(True)
        database.begin_again()
        vendor = make_vendor()
        company = db.session.get_one(Company, vendor.id)
        person = make_member(company, [Role.VENDOR_OWNER])
        crowd = cls(app, vendor, Member(actor_of(person, company), cookie_of(app, make_session(person, company)), vendor.id))
        for each in range(number):
            buyer = make_company(with_location=False)
            location = make_location(buyer)
            member = make_member(buyer, [Role.OWNER], person=_person(each, person.password_hash))
            crowd.members.append(Member(actor_of(member, buyer), cookie_of(app, make_session(member, buyer)), location.id))
        db.session.commit()
        return crowd

    def stocked(self, units: int) -> Variant:
        """A product of the vendor with so many units."""
        variant = only_variant(make_product(self.vendor, category=make_category(), stock=units, price_micro=2_000_000))
        db.session.commit()
        return variant

    def fill_carts(self, variant: Variant, members: Sequence[Member]) -> list[dict[str, Any]]:
        """Put one unit into the open cart of each, alone; returns what each one's checkout would send."""
        now = clock.now()
        for member in members:
            cart = db.session.scalar(
                select(Cart).where(
                    Cart.company_id == member.actor.company_id, Cart.person_id == member.actor.person_id, Cart.purchase_id.is_(None)
                )
            )
            if cart is None:
                cart = Cart(id=new_id(), company_id=member.actor.company_id, person_id=member.actor.person_id, created_at=now)
                cart.purchase_id, cart.ordered_at = None, None
                db.session.add(cart)
            cart.updated_at = now
            db.session.flush()  # lines point to it
            db.session.execute(delete(CartLine).where(CartLine.cart_id == cart.id))
            line = CartLine(id=new_id(), cart_id=cart.id, variant_id=variant.id, quantity=1, shown_price_micro=2_000_000)
            line.shown_at = line.added_at = now
            db.session.add(line)
        db.session.commit()
        sample = checkout_fields(members[0].actor, members[0].location_id)
        return [_fields(sample, member) for member in members]

    def post(self, member: Member, path: str, body: Mapping[str, Any]) -> Outcome:
        """One request of one browser. To be called on a thread that has no application context: the request opens its own."""
        client = FlaskClient(self.app, self.app.response_class, use_cookies=False)
        try:
            answer = client.post(path, data=dict(body), headers={"Cookie": member.cookie})
            return Outcome(answer.status_code, answer.headers.get("Location", ""), answer.get_data(as_text=True))
        except Exception as error:  # noqa: BLE001 - a fault is an outcome that the race reports
            return Outcome(500, fault=f"{type(error).__name__}: {error}")


def _person(number: int, password_hash: str) -> Person:
    """Somebody with a password that is hashed already: hashing hundreds takes longer than the race."""
    now = clock.now()
    person = Person(id=new_id(), email=f"crowd{number}-{new_id().hex[-8:]}@crowd.example", name="A Buyer", password_hash=password_hash)
    person.locale, person.time_zone, person.email_confirmed_at, person.disabled_at, person.created_at = "en", "UTC", now, None, now
    db.session.add(person)
    db.session.flush()  # a seat points to it
    return person


def _fields(sample: PlaceOrderInput, member: Member) -> dict[str, Any]:
    assert member.actor.company_id is not None
    assert member.actor.person_id is not None
    cart = db.session.scalars(
        select(Cart).where(Cart.company_id == member.actor.company_id, Cart.person_id == member.actor.person_id, Cart.purchase_id.is_(None))
    ).one()
    values = sample.model_dump(mode="json", exclude_none=True)
    return values | {"location_id": str(member.location_id), "cart_id": str(cart.id), "cart_version": cart.updated_at.isoformat()}


def at_once(calls: Sequence[Callable[[], Outcome]], *, threads: int = 50) -> list[Outcome]:
    """Call all, on as many threads at the same moment; more calls than threads follow one after the other."""
    lanes = [list(range(start, len(calls), threads)) for start in range(min(threads, len(calls)))]
    outcomes: list[Outcome | None] = [None] * len(calls)
    together = threading.Barrier(len(lanes))

    def run(lane: list[int]) -> None:
        together.wait()
        for number in lane:
            outcomes[number] = calls[number]()

    workers = [threading.Thread(target=run, args=(lane,)) for lane in lanes]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return [outcome for outcome in outcomes if outcome is not None]
