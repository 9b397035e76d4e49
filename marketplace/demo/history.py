"""Plays the history: the story's purchases, then the reviews with purchases of their own; afterwards what vendors ask of buyers."""

from collections.abc import Callable
from uuid import UUID

import structlog
from sqlalchemy import select

from marketplace.accounts.permissions import Permission
from marketplace.catalogue import services as catalogue
from marketplace.catalogue.models import Product, ProductState
from marketplace.core import clock, files, jobs, once
from marketplace.core.db import db, outside, transaction
from marketplace.demo.acts import Waits
from marketplace.demo.admission import SUSPENDED_DAY, admit, admitted_on, suspend
from marketplace.demo.appeals import SECOND_VERIFIER, play_answered, play_open, play_taken_down
from marketplace.demo.cast import Cast
from marketplace.demo.changes import ask_for_new_name
from marketplace.demo.player import Player
from marketplace.demo.prices import PriceSeeder
from marketplace.demo.progress import SCOPE, write_progress
from marketplace.demo.steps import (
    REVIEWS_OF_STORY,
    Act,
    Play,
    play_of_purchase,
    play_of_review,
    reason_to_wait,
    reason_to_wait_for_review,
)
from marketplace.demo.world import Row, World
from vendors import queries as vendor_queries
from vendors import services as vendors
from vendors.models import VendorState

log = structlog.get_logger()
MINUTES_TO_SALE = 60
"""How long after its admission a vendor that is suspended today puts its listings on sale."""


def play_all(world: World, player: Player, *, home: str, say: Callable[[str], None]) -> list[str]:
    """Play everything that can be played, and return what waits with its reason. What was played before is left alone."""
    waiting = [f"{p['key']} {reason}" for p in world.story if (reason := reason_to_wait(p))]
    waiting += [f"{r['id']} {reason}" for r in world.reviews if (reason := reason_to_wait_for_review(r))]
    plays = _plays(world, player)
    total = len(plays)
    write_progress(home, done=0, total=total, waiting=waiting)
    suspended = {row["key"]: row for row in world.companies["vendors"] if row["onboarding_state"] == VendorState.SUSPENDED}
    # What a killed run has begun comes first: the jobs that it kept back are its own, and due before those of any other.
    plays.sort(key=lambda play: not player.is_begun(play.key))
    if suspended.keys().isdisjoint(plays[0].vendors) and player.is_begun(plays[0].key):
        _play(plays[0], player, waiting)
    for key, row in suspended.items():
        play_suspended(row, [play for play in plays if key in play.vendors], player, waiting)
    rest = [play for play in plays if suspended.keys().isdisjoint(play.vendors)]
    # One purchase is played after another: what the vendor was paid for earlier ones would wait for its changed bank details.
    rest.sort(key=lambda play: any(step.act is Act.CHANGE_BANK for step in play.steps))
    for done, play in enumerate(rest, start=total - len(rest) + 1):
        _play(play, player, waiting)
        write_progress(home, done=done, total=total, waiting=waiting)
        if done % 25 == 0:
            say(f"{done} of {total} purchases")
    with transaction():
        if once.claim(SCOPE, "terms", {}) is None:
            for row in world.companies["vendors"]:
                _set_terms(row, player.cast)
            PriceSeeder(world, player.cast, player.calendar).fill_segments()
    _play_appeals(world, player)
    _play_change(world, player)
    write_progress(home, done=total, total=total, waiting=waiting)
    return waiting


def _play_appeals(world: World, player: Player) -> None:
    """What the platform has decided about vendors beside their states, and what they have said against it, once."""
    with jobs.kept_back(), transaction():
        if once.claim(SCOPE, "appeals", {}) is None:
            play_answered(player.cast.companies["canmu"], player.cast, player.calendar)
            for row in world.companies["vendors"]:
                if row["onboarding_state"] == VendorState.SUSPENDED:
                    play_open(player.cast.companies[row["key"]], player.cast, player.calendar)
        if once.claim(SCOPE, "takedowns", {}) is None:
            play_taken_down(player.cast, player.calendar)
    player.catch_up()


def _play_change(world: World, player: Player) -> None:
    """What a vendor wants changed of its checked facts, once: the row of its paper first, then the bytes."""
    asked = None
    with transaction():
        if once.claim(SCOPE, "changes", {}) is None:
            asked = ask_for_new_name(world, player.cast, player.calendar)
    if asked is not None:
        outside()
        files.store(*asked)


def _plays(world: World, player: Player) -> list[Play]:
    """The story first, since it holds what the tour shows; inside each part the earliest first, so that numbers rise with time."""
    by_id = {review["id"]: review for review in world.reviews}
    told = [p for p in world.story if reason_to_wait(p) is None]
    story = [play_of_purchase(p, player.calendar, by_id.get(REVIEWS_OF_STORY.get(p["key"], ""))) for p in told]
    own = [r for r in world.reviews if reason_to_wait_for_review(r) is None and r["id"] not in REVIEWS_OF_STORY.values()]
    reviews = [play_of_review(r, player.calendar) for r in own]
    return [*sorted(story, key=_begin), *sorted(reviews, key=_begin)]


def _begin(play: Play) -> tuple[object, str]:
    return play.steps[0].at, play.key


def _play(play: Play, player: Player, waiting: list[str]) -> None:
    try:
        player.play(play)
    except Waits as reason:
        line = f"{play.key} {reason}"
        if line not in waiting:
            waiting.append(line)
        log.info("demo_waits", play=play.key, reason=str(reason))
        # What it has left behind goes the way of every other job, so that nothing hangs.
        player.hand_over()


def play_suspended(row: Row, plays: list[Play], player: Player, waiting: list[str]) -> None:
    """The past of a vendor that is suspended today: let in on its day, its own purchases, then the suspension.

    The vendor's state says where a run that was killed stood.
    """
    vendor_id = player.cast.companies[row["key"]]
    state = vendor_queries.vendor_by_id(vendor_id).state
    outside()
    if state is VendorState.SUSPENDED:
        return
    verifier = player.cast.actor(player.cast.operator_id, Permission.VENDOR_VERIFY, name=SECOND_VERIFIER, is_staff=True)
    keeper = player.cast.actor(vendor_id, Permission.PRODUCT_EDIT)
    if state is VendorState.DATA_NEEDED:
        with jobs.kept_back(), transaction():
            admit(row, vendor_id, player.calendar, verifier)
            with clock.at(player.calendar.instant(admitted_on(row), MINUTES_TO_SALE)):
                for product_id in _products(vendor_id, ProductState.PAUSED):
                    catalogue.resume_product(product_id, actor=keeper)
    for play in plays:
        _play(play, player, waiting)
    with jobs.kept_back(), transaction():
        suspend(row, vendor_id, player.calendar, verifier)
        with clock.at(player.calendar.instant(SUSPENDED_DAY)):
            for product_id in _products(vendor_id, ProductState.LIVE):
                catalogue.pause_product(product_id, actor=keeper)
    player.catch_up()


def _products(vendor_id: UUID, state: ProductState) -> list[UUID]:
    return list(db.session.scalars(select(Product.id).where(Product.vendor_id == vendor_id, Product.state == state).order_by(Product.id)))


def _set_terms(row: Row, cast: Cast) -> None:
    """What a vendor asks of buyers from now on: the history was played without it."""
    vendor_id = cast.companies[row["key"]]
    vendor = vendor_queries.vendor_by_id(vendor_id)
    vendors.edit_shop(
        vendor_id,
        about=vendor.about,
        languages=vendor.languages,
        founded=vendor.founded,
        staff=vendor.staff,
        phone=vendor.phone,
        email=vendor.email,
        website=vendor.website,
        hours=vendor.hours,
        returns=vendor.returns,
        opening_minimum_minor=row["opening_minimum_minor"],
        reorder_minimum_minor=row["reorder_minimum_minor"],
        inspection_days=vendor.inspection_days,
        stock_display=vendor.stock_display,
        holiday_from=vendor.holiday_from,
        holiday_until=vendor.holiday_until,
        actor=cast.actor(vendor_id, Permission.SHOP_EDIT),
    )
    if row["exposure_cap"]:
        cap_minor = row["exposure_cap"]["max_minor_each"]
        staff = cast.actor(cast.operator_id, Permission.VENDOR_VERIFY, is_staff=True)
        vendors.cap_exposure(vendor_id, cap_minor=cap_minor, actor=staff)
