"""The seeded demo: what stands there, that a second run does nothing, that a killed run goes on, that production refuses."""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select, table, text, update

from marketplace.accounts.models import Company, Location, Membership, Person
from marketplace.accounts.passwords import is_right
from marketplace.accounts.permissions import Permission, permissions_of
from marketplace.accounts.queries import members_of, units
from marketplace.catalogue.models import Item, Product, ProductState, Stock, Variant
from marketplace.core import clock, files
from marketplace.core.audit import AuditEvent
from marketplace.core.db import db
from marketplace.core.files import FileAccess, StoredFile
from marketplace.core.ids import new_id
from marketplace.demo import papers
from marketplace.demo.cast import Cast
from marketplace.demo.cli import calendar
from marketplace.demo.history import play_suspended
from marketplace.demo.progress import LOGINS, PASSWORD, write_progress
from marketplace.demo.steps import play_of_review
from marketplace.demo.world import World
from marketplace.orders.models import (
    ChangeRequest,
    ChangeState,
    Claim,
    ClaimLine,
    ClaimLineState,
    ClaimState,
    LinePromise,
    OrderLine,
    Purchase,
    Shipment,
    VendorOrderState,
)
from marketplace.worker import run_job
from payments.models import Hold, HoldState, Refund
from reviews.models import Review, ReviewReply
from tests.demo.plays import order_of, orders_of, player, story
from vendors.certificates import Standing, standing
from vendors.models import Certificate, Vendor, VendorState
from vendors.queries import facts_fresh

pytestmark = pytest.mark.usefixtures("context")


def row_counts() -> dict[str, int]:
    """How many rows each table holds."""
    names = db.session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'")).all()
    return {name: db.session.scalar(select(func.count()).select_from(table(name))) or 0 for name in names}


def counted(column: object) -> dict[object, int]:
    return dict(db.session.execute(select(column, func.count()).group_by(column)).all())  # type: ignore[call-overload]


def test_companies_people_and_products_are_all_there() -> None:
    assert db.session.scalar(select(func.count()).select_from(Company)) == 37
    # The one that is suspended today is let in by the history, which plays its past.
    assert counted(Vendor.state) == {VendorState.APPROVED: 18, VendorState.DATA_NEEDED: 1, VendorState.UNDER_REVIEW: 1}
    assert counted(Product.state) == {
        ProductState.LIVE: 1282,
        ProductState.CHECKING: 12,
        ProductState.PAUSED: 3,
        ProductState.REFUSED: 2,
        ProductState.DRAFT: 2,
    }
    assert db.session.scalar(select(func.count()).select_from(Variant)) == 2193


def test_companies_are_found_whatever_they_are_called_by_now(seeded: Flask) -> None:
    before = Cast.find(World())
    renamed = [before.companies[key] for key in ("qianzhu", "halden", "borrelind")]
    newcomer = before.members[before.companies["halden"]][0].person_id
    db.session.add(Membership(id=new_id(), company_id=renamed[0], person_id=newcomer, roles=["viewer"], created_at=clock.now()))
    db.session.execute(update(Company).where(Company.id.in_(renamed)).values(name=func.concat("Renamed ", Company.name)))

    found = Cast.find(World()).companies
    db.session.rollback()

    assert found == before.companies


def test_what_was_never_on_sale_says_no_day_of_sale(seeded: Flask) -> None:
    unseen = select(Product.published_at).where(Product.state.in_([ProductState.CHECKING, ProductState.DRAFT, ProductState.REFUSED]))

    assert set(db.session.scalars(unseen)) == {None}


def test_items_link_the_same_thing_of_several_vendors() -> None:
    vendors = func.count(Variant.vendor_id.distinct())
    shared = select(Item.id).join(Variant, Variant.item_id == Item.id).group_by(Item.id).having(vendors > 1)

    assert len(db.session.scalars(shared).all()) > 50


def test_every_approved_vendor_that_is_not_on_holiday_can_sell() -> None:
    approved = db.session.scalars(select(Vendor.id).where(Vendor.state == VendorState.APPROVED)).all()
    facts = facts_fresh(approved)

    closed = {fact.name for fact in facts.values() if not fact.can_sell}
    assert closed == {"Vestamira Têxteis Lda"}
    assert max(fact.level for fact in facts.values()) == 3


def test_the_log_ins_open_what_the_tour_needs() -> None:
    needed = [Permission.ORDER_PLACE, Permission.VENDOR_ORDER_FULFIL, Permission.VENDOR_VERIFY, Permission.HOLD_DECIDE]

    for (_, email, _), permission in zip(LOGINS, needed, strict=True):
        person = db.session.scalars(select(Person).where(Person.email == email)).one()
        roles = db.session.scalars(select(Membership.roles).where(Membership.person_id == person.id)).one()
        assert is_right(PASSWORD, person.password_hash)
        assert person.email_confirmed_at is not None
        assert permission in permissions_of(frozenset(roles))


def test_the_log_ins_lie_where_people_find_them(seeded: Flask, command: Callable[..., Result]) -> None:
    written = (Path(seeded.config["SETTINGS"].home) / "logins.txt").read_text(encoding="utf-8")
    printed = command("logins").output

    assert PASSWORD in written
    assert all(email in written and email in printed for _, email, _ in LOGINS)


def test_a_second_run_does_nothing(command: Callable[..., Result]) -> None:
    before = row_counts()
    db.session.remove()

    answer = command("seed", "--companies")

    assert answer.exit_code == 0, answer.output
    assert row_counts() == before


def test_production_refuses_the_demo(seeded: Flask, command: Callable[..., Result]) -> None:
    seeded.config["PRODUCTION"] = True
    try:
        answer = command("seed", "--companies")
    finally:
        seeded.config["PRODUCTION"] = False

    assert answer.exit_code != 0
    assert "refused in production" in answer.output


class Killed(Exception):
    """Stands for the end of the process."""


def test_a_purchase_is_played_at_its_own_time_to_its_present_state(seeded: Flask) -> None:
    player(seeded, lambda job_id: run_job(seeded, job_id)).play(story("P04"))

    order = order_of("P04")
    days = (clock.now() - order.placed_at).days
    hold = db.session.scalars(select(Hold).where(Hold.vendor_order_id == order.id)).one()
    assert order.state is VendorOrderState.ACCEPTED_BY_BUYER
    assert 40 <= days <= 41
    assert hold.state is HoldState.PAID_OUT
    assert hold.paid_out_at is not None
    assert 28 <= (clock.now() - hold.paid_out_at).days <= 29
    assert order.goods_minor == 45986


def test_a_sample_is_ordered_free_of_charge_and_judged_as_one(seeded: Flask) -> None:
    world = World()
    review = next(r for r in world.reviews if r["id"] == "rev-060")
    playing = player(seeded, lambda job_id: run_job(seeded, job_id))
    playing.play(story("P36"))
    playing.play(play_of_review(review, calendar()))

    order = order_of("P36")
    line = db.session.scalars(select(OrderLine).where(OrderLine.vendor_order_id == order.id)).one()
    written = select(Review.label).join(OrderLine, OrderLine.id == Review.order_line_id)
    labels = db.session.scalars(written.where(OrderLine.vendor_order_id == order_of("rev-060").id)).all()
    assert (order.state, line.quantity, line.is_sample, order.goods_minor) == (VendorOrderState.DELIVERED, 1, True, 0)
    assert order.freight_minor > 0  # what is held for it
    assert labels == ["verified_sample"]


def test_every_certificate_has_a_paper_that_says_it_is_an_example() -> None:
    found = db.session.execute(select(Certificate, StoredFile).join(StoredFile, StoredFile.id == Certificate.file_id)).all()

    assert len(found) == db.session.scalar(select(func.count()).select_from(Certificate)) == 45
    for certificate, stored in found:
        assert hashlib.sha256(files.read(stored)).hexdigest() == stored.sha256
        is_shown = certificate.checked_at is not None and standing(certificate, clock.now().date()) is Standing.VALID
        assert stored.access is (FileAccess.PUBLIC if is_shown else FileAccess.COMPANY)
    assert "EXAMPLE" in papers.NOTE


def test_accepted_quotes_stand_in_as_contract_lists(seeded: Flask) -> None:
    playing = player(seeded, lambda job_id: run_job(seeded, job_id))

    playing.play(story("P01"))
    playing.play(story("P24"))

    parts = orders_of("P01")
    assert {vendor: order.state for vendor, order in parts.items()} == {
        "qianzhu": VendorOrderState.DELIVERED,
        "norrvik": VendorOrderState.IN_PRODUCTION,
        "pallwerk": VendorOrderState.ACCEPTED_BY_BUYER,
    }
    assert {order.currency for order in parts.values()} == {"EUR"}
    assert [parts[vendor].goods_minor for vendor in ("qianzhu", "norrvik", "pallwerk")] == [2_052_000, 375_000, 91_896]
    sources = select(OrderLine.price_source).where(OrderLine.vendor_order_id == parts["qianzhu"].id)
    assert set(db.session.scalars(sources)) == {"contract"}
    assert order_of("P24").goods_minor == 861_432


def test_a_promise_was_moved_with_both_signatures_and_one_waits(seeded: Flask) -> None:
    playing = player(seeded, lambda job_id: run_job(seeded, job_id))
    playing.play(story("P01"))
    playing.play(story("P09"))

    moved, asked = orders_of("P01")["norrvik"], order_of("P09")
    changes = {change.vendor_order_id: change for change in db.session.scalars(select(ChangeRequest))}
    promises = db.session.scalars(
        select(LinePromise.promised_on).join(OrderLine, OrderLine.id == LinePromise.line_id).where(OrderLine.vendor_order_id == moved.id)
    ).all()
    assert changes[moved.id].state is ChangeState.ACCEPTED
    assert promises == [calendar().day(1)]
    assert (changes[asked.id].state, changes[asked.id].proposed_by) == (ChangeState.OPEN, "buyer")


@pytest.mark.parametrize(
    ("key", "state", "line_state", "credited_minor"),
    [
        ("P14", ClaimState.OPEN, ClaimLineState.REPLACING, 0),
        ("P16", ClaimState.SETTLED, ClaimLineState.SETTLED, 6808),  # 4 % of the goods, 1,702.00
        ("P22", ClaimState.OPEN, ClaimLineState.ANSWERED, 0),
    ],
)
def test_claims_are_answered(seeded: Flask, key: str, state: ClaimState, line_state: ClaimLineState, credited_minor: int) -> None:
    player(seeded, lambda job_id: run_job(seeded, job_id)).play(story(key))

    order = order_of(key)
    claim, line = db.session.execute(
        select(Claim, ClaimLine).join(ClaimLine, ClaimLine.claim_id == Claim.id).where(Claim.vendor_order_id == order.id)
    ).one()
    assert (claim.state, line.state, line.credited_goods_minor) == (state, line_state, credited_minor)
    assert (claim.handed_over_at is not None) == (key == "P22")


def test_a_purchase_that_nobody_delivers_is_fetched_and_may_end_unpaid(seeded: Flask) -> None:
    player(seeded, lambda job_id: run_job(seeded, job_id)).play(story("P35"))

    order = order_of("P35")
    assert (order.state, order.freight["kind"], order.freight_minor) == (VendorOrderState.CANCELLED, "collection", 0)
    hold = db.session.scalars(select(Hold.state).where(Hold.vendor_order_id == order.id)).one()
    assert hold is HoldState.EXPIRED


def test_a_sale_within_the_states_has_the_tax_of_the_buyers_state(seeded: Flask) -> None:
    world = World()
    review = next(r for r in world.reviews if r["id"] == "rev-124")
    player(seeded, lambda job_id: run_job(seeded, job_id)).play(play_of_review(review, calendar()))

    order = order_of("rev-124")
    taxed = db.session.execute(select(OrderLine.tax_reason, OrderLine.tax_rate_bp).where(OrderLine.vendor_order_id == order.id)).all()
    assert set(taxed) == {("sales_tax:US-WI", 500)}
    assert order.tax_minor > 0


def test_a_refund_withdraws_the_mark_of_its_review(seeded: Flask) -> None:
    player(seeded, lambda job_id: run_job(seeded, job_id)).play(story("P28"))

    order = order_of("P28")
    review = db.session.scalars(select(Review).where(Review.vendor_id == order.vendor_id)).one()
    assert db.session.scalars(select(Claim.state).where(Claim.vendor_order_id == order.id)).one() is ClaimState.REFUNDED
    assert review.proof_withdrawn_at is not None
    refund, hold = db.session.execute(
        select(Refund, Hold).join(Hold, Hold.id == Refund.hold_id).where(Hold.vendor_order_id == order.id)
    ).one()
    assert refund.held_minor == 0
    assert refund.amount_minor == hold.taken_back_minor  # all of it had been released


def test_buyers_have_departments_and_hours_at_their_docks(seeded: Flask) -> None:
    halden = db.session.scalars(select(Company).where(Company.name == "Halden Rail Systems AB")).one()

    plant = db.session.scalars(select(Location).where(Location.company_id == halden.id, Location.name == "Gothenburg plant")).one()
    paths = [unit.path for unit in units(halden.id)]

    assert plant.dock_hours == {day: ["07:00", "15:30"] for day in ("mon", "tue", "wed", "thu", "fri")}
    assert plant.dock == "Dock 4, tail lift needed"
    assert ("Track fittings", "Plant maintenance") in [tuple(path) for path in paths]
    assert all(member.unit_id for member, _ in members_of(halden.id))


def test_two_lots_are_two_shipments(seeded: Flask) -> None:
    player(seeded, lambda job_id: run_job(seeded, job_id)).play(story("P17"))

    order = order_of("P17")
    shipments = db.session.scalars(select(Shipment).where(Shipment.vendor_order_id == order.id)).all()
    assert order.state is VendorOrderState.DELIVERED
    assert len(shipments) == 2
    assert all(shipment.delivered_at for shipment in shipments)


def test_a_killed_run_goes_on_and_makes_nothing_twice(seeded: Flask) -> None:
    world = World()
    review = next(r for r in world.reviews if r["reply"] and r["label"] == "verified_order" and r["vendor"] == "norrvik")
    play = play_of_review(review, calendar())
    before = db.session.scalar(select(func.count()).select_from(Purchase)) or 0
    done: list[UUID] = []

    def die_at_the_second(job_id: UUID) -> None:
        if done:
            raise Killed
        done.append(job_id)
        run_job(seeded, job_id)

    with pytest.raises(Killed):
        player(seeded, die_at_the_second).play(play)
    db.session.remove()
    again = player(seeded, lambda job_id: run_job(seeded, job_id))
    assert again.is_begun(play.key)
    again.play(play)
    again.play(play)

    order = order_of(play.key)
    assert order.state in (VendorOrderState.ACCEPTED_BY_BUYER, VendorOrderState.CLOSED)
    assert db.session.scalar(select(func.count()).select_from(Purchase)) == before + 1
    written = db.session.scalars(select(Review).where(Review.vendor_id == order.vendor_id)).one()
    assert db.session.get(ReviewReply, written.id) is not None
    assert again.is_played(play.key)


def test_what_the_files_say_lies_on_the_shelf_still_lies_there(seeded: Flask) -> None:
    wanted = {v["sku"]: v["stock"] for p in World().products() if p["vendor"] == "norrvik" for v in p["variants"] if v["supply"] == "stock"}
    rows = db.session.execute(
        select(Variant.sku, Stock.on_hand - Stock.reserved).join(Stock, Stock.variant_id == Variant.id).where(Variant.sku.in_(wanted))
    )

    assert dict(rows.all()) == wanted


def test_the_suspended_vendor_is_suspended_once_after_its_past(seeded: Flask) -> None:
    playing = player(seeded, lambda job_id: run_job(seeded, job_id))
    world = World()
    row = next(row for row in world.companies["vendors"] if row["onboarding_state"] == VendorState.SUSPENDED)
    waiting: list[str] = []

    play_suspended(row, [story("P37")], playing, waiting)
    play_suspended(row, [story("P37")], playing, waiting)

    vendor_id = playing.cast.companies[row["key"]]
    decisions = ["vendor.admitted", "vendor.suspended", "vendor.suspension_lifted"]
    told = select(AuditEvent.act).where(AuditEvent.subject_id == vendor_id, AuditEvent.act.in_(decisions)).order_by(AuditEvent.at)
    vendor = db.session.get_one(Vendor, vendor_id)
    states = set(db.session.scalars(select(Product.state).where(Product.vendor_id == vendor_id)))
    assert waiting == []
    assert db.session.scalars(told).all() == ["vendor.admitted", "vendor.suspended"]
    assert vendor.state is VendorState.SUSPENDED
    assert vendor.suspended_at is not None
    assert abs(vendor.suspended_at - calendar().instant(-6)) < timedelta(minutes=1)
    assert states == {ProductState.PAUSED}
    assert order_of("P37").state is VendorOrderState.CANCELLED


def test_progress_is_written_whole(tmp_path: Path) -> None:
    write_progress(str(tmp_path), done=3, total=7, waiting=["P01 needs an open approval"])

    assert json.loads((tmp_path / "seeding.json").read_text(encoding="utf-8")) == {
        "done": 3,
        "total": 7,
        "waiting": ["P01 needs an open approval"],
    }
