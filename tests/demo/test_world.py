"""The files of the demo world, and the acts that are made of its story."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from marketplace.demo.steps import REVIEWS_OF_STORY, Act, Play, play_of_purchase, play_of_review, reason_to_wait, reason_to_wait_for_review
from marketplace.demo.world import Calendar, World

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


def test_only_purchases_with_an_open_approval_a_blanket_order_or_a_sample_wait(world: World) -> None:
    waiting = {p["key"] for p in world.story if reason_to_wait(p) is not None}

    assert waiting == {"P02", "P18", "P32", "P33", "P36", "P42"}


def test_a_purchase_from_several_vendors_is_placed_and_paid_once(world: World) -> None:
    play = played(world)["P01"]

    acts = [step.act for step in play.steps]
    assert play.vendors == ("qianzhu", "norrvik", "pallwerk")
    assert (acts[:2], acts.count(Act.PLACE), acts.count(Act.PAY)) == ([Act.PLACE, Act.PAY], 1, 1)
    assert {step.vendor for step in play.steps if step.act is Act.ACCEPT} == set(play.vendors)
    assert [step.vendor for step in play.steps if step.act is Act.REPORT] == ["qianzhu"]


def test_only_reviews_of_samples_and_of_goods_in_use_wait(world: World) -> None:
    waiting = {r["id"] for r in world.reviews if reason_to_wait_for_review(r) is not None}

    assert waiting == {"rev-003", "rev-014", "rev-059", "rev-060"}


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


def test_two_lots_leave_and_arrive_by_themselves(world: World) -> None:
    steps = [step for step in played(world)["P17"].steps if step.act in (Act.SHIP, Act.DELIVER)]

    assert [step.act for step in steps] == [Act.SHIP, Act.DELIVER, Act.SHIP, Act.DELIVER]
    assert [step.facts["lines"] for step in steps if step.act is Act.SHIP] == [[{"sku": "PW-606050-BC", "quantity": 300}]] * 2


def test_a_new_vendor_declines_what_is_above_its_cap(world: World) -> None:
    assert [step.act for step in played(world)["P20"].steps] == [Act.PLACE, Act.PAY, Act.DECLINE]


def test_a_vendor_has_less_than_three_hours_left_to_answer(world: World) -> None:
    placed = played(world)["P08"].steps[0].at

    assert timedelta(hours=2) < placed + timedelta(hours=24) - CALENDAR.began_at < timedelta(hours=3)
