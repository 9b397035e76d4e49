"""Purchases of the story, played in a test and looked up again."""

from collections.abc import Callable
from uuid import UUID

from flask import Flask

from marketplace.core import once
from marketplace.core.db import db
from marketplace.demo.cast import Cast
from marketplace.demo.cli import calendar
from marketplace.demo.player import Player
from marketplace.demo.simulator import SimulatorControl
from marketplace.demo.steps import REVIEWS_OF_STORY, Play, play_of_purchase
from marketplace.demo.world import World
from marketplace.orders.models import VendorOrder


def player(app: Flask, do_job: Callable[[UUID], None]) -> Player:
    world = World()
    simulator = SimulatorControl(app.config["SETTINGS"].stripe_api_base)
    return Player(world, Cast.find(world), calendar(), simulator=simulator, run_job=do_job, base_url="http://localhost")


def story(key: str) -> Play:
    world = World()
    reviews = {review["id"]: review for review in world.reviews}
    purchase = next(p for p in world.story if p["key"] == key)
    return play_of_purchase(purchase, calendar(), reviews.get(REVIEWS_OF_STORY.get(key, "")))


def orders_of(key: str) -> dict[str, VendorOrder]:
    placed = once.answer_of("demo", f"{key}:0")
    assert placed is not None
    return {
        vendor: db.session.get_one(VendorOrder, UUID(order_id), populate_existing=True) for vendor, order_id in placed["orders"].items()
    }


def order_of(key: str) -> VendorOrder:
    (order,) = orders_of(key).values()
    return order
