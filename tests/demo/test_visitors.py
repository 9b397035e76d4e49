"""The demo beside those who look round in it: their carts, the search desk, and a production that must never see it."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import func, select

from marketplace.accounts.permissions import Permission
from marketplace.app import refuse_demo
from marketplace.carts import services as carts
from marketplace.carts.models import Cart
from marketplace.carts.queries import cart_lines
from marketplace.catalogue.models import Variant
from marketplace.config import SettingsError
from marketplace.core.db import db, transaction
from marketplace.demo.searching import PINNED, PLACES, SYNONYMS, search_around
from marketplace.marketing.models import SponsoredPlace
from marketplace.worker import run_job
from search.learning.models import Pin
from search.learning.rules import active_synonyms
from tests.demo.plays import orders_of, player, story


@pytest.fixture(autouse=True)
def context(seeded: Flask) -> Iterator[None]:
    """Each test reads in a context of its own."""
    with seeded.app_context():
        yield
        db.session.remove()


def test_a_cart_that_somebody_fills_meanwhile_stands_as_it_was(seeded: Flask) -> None:
    play = story("P05")
    playing = player(seeded, lambda job_id: run_job(seeded, job_id))
    buyer = playing.cast.actor(playing.cast.companies[play.buyer], Permission.ORDER_PLACE, name=play.person)
    variant = db.session.scalars(select(Variant).where(Variant.sku == "NV-8040-A2")).one()
    with transaction():
        filled = carts.add_line(variant.id, quantity=Decimal(2_000), ship_to="SE", actor=buyer)
        cart_id, version = filled.id, filled.updated_at

    playing.play(play)

    assert set(orders_of("P05")) == set(play.vendors)
    cart = db.session.get_one(Cart, cart_id, populate_existing=True)
    assert (cart.purchase_id, cart.updated_at) == (None, version)
    assert [line.variant_id for line in cart_lines(cart_id)] == [variant.id]


def test_the_search_desk_has_rules_and_places_of_the_operators(seeded: Flask) -> None:
    active = db.session.scalar(select(func.count()).select_from(SponsoredPlace).where(SponsoredPlace.ended_at.is_(None)))

    assert active == len(PLACES)
    assert len(active_synonyms()) == len(SYNONYMS)
    assert db.session.scalar(select(Pin.words)) == PINNED[0]


def test_pages_that_do_not_answer_are_not_searched() -> None:
    assert not search_around("http://127.0.0.1:9")


def test_a_production_start_refuses_a_database_with_the_demo_in_it(seeded: Flask) -> None:
    with pytest.raises(SettingsError, match="demo"):
        refuse_demo(seeded)
