"""The files of the demo world, and the acts that are made of its story."""

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from marketplace.demo.steps import (
    REVIEWS_OF_STORY,
    Act,
    Part,
    Play,
    play_of_purchase,
    play_of_review,
    reason_to_wait,
    reason_to_wait_for_review,
)
from marketplace.demo.talks import CLAIMS
from marketplace.demo.world import Calendar, World

README = Path(__file__).parents[2] / "README.md"
CALENDAR = Calendar(datetime(2026, 11, 25, 9, 30, tzinfo=UTC))


@pytest.fixture(scope="module")
def world() -> World:
    return World()


def played(world: World) -> dict[str, Play]:
    reviews = {review["id"]: review for review in world.reviews}
    return {
        p["key"]: play_of_purchase(p, CALENDAR, reviews.get(REVIEWS_OF_STORY.get(p["key"], "")))
        for p in world.story
        if reason_to_wait(p) is None
    }


def test_the_world_is_whole(world: World) -> None:
    products = list(world.products())

    assert len(products) == 1301
    assert sum(len(product["variants"]) for product in products) == 2193
    assert len(world.companies["vendors"]) == 20
    assert len(world.companies["buyers"]) == 5
    assert (len(world.story), len(world.reviews)) == (42, 135)


def said_to_wait() -> dict[str, str]:
    """Key → the function that is missing, from the one place where people read what the demo does not play."""
    table = README.read_text(encoding="utf-8").partition("| what waits | for |")[2].partition("\n\n")[0]
    rows = [line.strip("| ").split(" | ") for line in table.splitlines()[2:]]
    return {key: reason for names, reason in rows for key in re.findall(r"P\d\d|rev-\d{3}", names)}


def test_what_the_readme_says_waits_does_and_all_else_of_the_story_plays(world: World) -> None:
    purchases = {p["key"] for p in world.story if reason_to_wait(p) is not None}
    reviews = {r["id"] for r in world.reviews if reason_to_wait_for_review(r) is not None}

    assert purchases == {"P02", "P18", "P32", "P33", "P42"}
    assert reviews == {"rev-003", "rev-014"}
    assert said_to_wait().keys() == purchases | reviews
    assert len(played(world)) + len(purchases) == 42


def test_a_purchase_from_several_vendors_is_placed_and_paid_once(world: World) -> None:
    play = played(world)["P01"]

    acts = [step.act for step in play.steps]
    assert play.vendors == ("qianzhu", "norrvik", "pallwerk")
    assert (acts[:2], acts.count(Act.PLACE), acts.count(Act.PAY)) == ([Act.PLACE, Act.PAY], 1, 1)
    assert {step.vendor for step in play.steps if step.act is Act.ACCEPT} == set(play.vendors)
    assert [step.vendor for step in play.steps if step.act is Act.REPORT] == ["qianzhu"]


def test_a_sample_is_one_of_a_kind(world: World) -> None:
    (review,) = (r for r in world.reviews if r["id"] == "rev-060")

    assert played(world)["P36"].parts == (Part("lumenor", (("LU-60-24-D2", 1),), goods_minor=0, is_sample=True),)
    assert play_of_review(review, CALENDAR).parts == (Part("lumenor", (("LU-C40-700-D2", 1),), is_sample=True),)


def test_acts_are_in_order_and_none_lies_in_the_future(world: World) -> None:
    plays = [*played(world).values(), *(play_of_review(r, CALENDAR) for r in world.reviews if reason_to_wait_for_review(r) is None)]

    for play in plays:
        assert all(a.at < b.at for a, b in pairwise(play.steps)), play.key
        assert play.steps[-1].at <= CALENDAR.began_at, play.key


def test_an_unpaid_purchase_is_not_paid(world: World) -> None:
    assert [step.act for step in played(world)["P35"].steps] == [Act.PLACE]


def test_a_refund_after_acceptance_takes_back_what_was_released(world: World) -> None:
    acts = [step.act for step in played(world)["P28"].steps]

    assert acts[-4:] == [Act.ACCEPT_GOODS, Act.REVIEW, Act.REPORT, Act.REFUND]


def test_what_is_claimed_is_what_the_files_say(world: World) -> None:
    filed = {p["key"]: claim for p in world.story for order in p["vendor_orders"] for claim in order["claims"]}

    assert filed.keys() == CLAIMS.keys() - {"P16"}  # a refund of 4 % there, which is a claim on eight of 200
    for key, claim in filed.items():
        told = CLAIMS[key]
        assert (told.sku, told.quantity, told.day) == (claim["sku"], claim["quantity"], claim["opened_day"])


def test_a_vendor_answers_before_the_platform_is_asked(world: World) -> None:
    acts = {key: [step.act for step in played(world)[key].steps] for key in ("P14", "P16", "P22", "P25")}

    assert acts["P14"][-3:] == [Act.REPORT, Act.ANSWER, Act.TAKE]
    assert acts["P16"][-4:] == [Act.REPORT, Act.ANSWER, Act.TAKE, Act.ACCEPT_GOODS]
    assert acts["P22"][-3:] == [Act.REPORT, Act.ANSWER, Act.HAND_OVER]
    assert acts["P25"][-2:] == [Act.DELIVER, Act.REPORT]


def test_a_vendor_changes_its_bank_details_after_the_delivery(world: World) -> None:
    assert [step.act for step in played(world)["P39"].steps][-2:] == [Act.DELIVER, Act.CHANGE_BANK]


def test_two_lots_leave_and_arrive_by_themselves(world: World) -> None:
    steps = [step for step in played(world)["P17"].steps if step.act in (Act.SHIP, Act.DELIVER)]

    assert [step.act for step in steps] == [Act.SHIP, Act.DELIVER, Act.SHIP, Act.DELIVER]
    assert [step.facts["lines"] for step in steps if step.act is Act.SHIP] == [[{"sku": "PW-606050-BC", "quantity": 300}]] * 2


def test_a_new_vendor_declines_what_is_above_its_cap(world: World) -> None:
    steps = played(world)["P20"].steps

    assert [step.act for step in steps] == [Act.PLACE, Act.PAY, Act.DECLINE]
    assert steps[-1].facts["reason"] == "The sum is above what a new vendor may hold at a time."  # words, no code


def test_a_vendor_has_less_than_three_hours_left_to_answer(world: World) -> None:
    placed = played(world)["P08"].steps[0].at

    assert timedelta(hours=2) < placed + timedelta(hours=24) - CALENDAR.began_at < timedelta(hours=3)
