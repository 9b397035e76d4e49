"""A change of checked facts by the services: sent, answered, withdrawn, confirmed, refused; what it writes and whom it tells."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from marketplace.accounts.models import Company
from marketplace.core import audit, clock
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.waiting import count
from tests.accounts.mailbox import letters_to, text_of
from tests.factories.accounts import actor_of, make_member
from tests.factories.orders import make_order
from tests.quality.contested import Desk, make_desk
from tests.vendors.changing import AGREES, MOVED, NEW_NUMBER, OLD_NUMBER, WHY, Seller, make_seller, seen, send
from vendors import queries, services
from vendors.errors import (
    CaseChanged,
    ChangeClosed,
    ChangePapersMissing,
    ChangeWaits,
    FactsNotChecked,
    HoldsTooLate,
    NothingChanged,
    OwnChange,
    PointsOpen,
    ReasonNeeded,
    TakenByColleague,
)
from vendors.models import ChangeReason, ChangeState, FactChange, RequirementState, Vendor, VendorState
from vendors.services import Finding

RunJobs = Callable[[], int]


@pytest.fixture
def desk(app: Flask) -> Desk:
    return make_desk()


@pytest.fixture
def seller(app: Flask) -> Seller:
    return make_seller(name="Norrvik Fasteners AB")


def fresh(seller: Seller) -> tuple[Vendor, Company]:
    db.session.flush()
    db.session.expire_all()
    return db.session.get_one(Vendor, seller.vendor.id), db.session.get_one(Company, seller.vendor.id)


def confirm(change: FactChange, actor: Actor) -> FactChange:
    return services.confirm_change(change.id, seen(change, **AGREES), revision=change.revision, actor=actor)


def test_a_change_waits_and_everything_reads_as_before(seller: Seller) -> None:
    change = send(seller, name="Norrvik Industri AB", owners="Ingrid Norr")

    vendor, company = fresh(seller)
    assert (vendor.name, company.name, vendor.owners) == ("Norrvik Fasteners AB", "Norrvik Fasteners AB", "Ingrid Norr, Sven Vik")
    assert change.state is ChangeState.WAITING
    assert change.before == {"name": "Norrvik Fasteners AB", "owners": "Ingrid Norr, Sven Vik"}
    assert change.after == {"name": "Norrvik Industri AB", "owners": "Ingrid Norr"}
    assert set(change.files) == {"registry", "owners"}
    assert change.due_at is not None
    assert timedelta(days=4) <= change.due_at - clock.now() <= timedelta(days=12)
    assert count(queries.queue_of_fact_changes()) == 1
    assert queries.facts_fresh([vendor.id])[vendor.id].can_sell


@pytest.mark.parametrize("state", [VendorState.DATA_NEEDED, VendorState.UNDER_REVIEW, VendorState.REFUSED])
def test_what_was_not_checked_is_changed_in_the_application(app: Flask, state: VendorState) -> None:
    seller = make_seller(state=state)
    with pytest.raises(FactsNotChecked):
        send(seller, name="Another AB")


@pytest.mark.parametrize(
    ("changes", "kinds"),
    [
        ({"name": "Norrvik Industri AB"}, ["registry"]),
        ({"local_name": "诺维克"}, ["registry"]),
        ({"registry_number": "556100-0001"}, ["registry"]),
        ({"address": MOVED}, ["registry"]),
        ({"owners": "Ingrid Norr"}, ["owners"]),
        ({"tax_id": NEW_NUMBER, "replaces": OLD_NUMBER}, ["tax_id"]),
        ({"name": "Norrvik Industri AB", "owners": "Ingrid Norr"}, ["registry", "owners"]),
    ],
)
def test_each_fact_needs_its_paper(seller: Seller, changes: dict[str, Any], kinds: list[str]) -> None:
    with pytest.raises(ChangePapersMissing) as refused:
        services.send_change(
            seller.vendor.id,
            seller.wanted(**changes),
            reason=ChangeReason.MERGER,
            holds_from=clock.now().date(),
            note=None,
            files={},
            actor=seller.actor,
        )
    assert refused.value.facts["kinds"] == kinds
    assert queries.open_change(seller.vendor.id) is None


def test_nothing_new_a_far_day_and_a_second_change_are_refused(seller: Seller) -> None:
    with pytest.raises(NothingChanged):
        send(seller, seller.wanted(tax_id=OLD_NUMBER, replaces=OLD_NUMBER))
    with pytest.raises(HoldsTooLate):
        send(seller, name="Norrvik Industri AB", holds_from=clock.now().date() + timedelta(days=91))
    send(seller, name="Norrvik Industri AB", holds_from=clock.now().date() - timedelta(days=400))
    with pytest.raises(ChangeWaits):
        send(seller, name="Norrvik Steel AB")


def test_confirming_writes_shop_company_checklist_and_history(seller: Seller, desk: Desk) -> None:
    wanted: dict[str, Any] = {"name": "Norrvik Industri AB", "local_name": "诺维克工业", "registry_number": "556100-0001", "address": MOVED}
    change = send(seller, **wanted, owners="Ingrid Norr", tax_id=NEW_NUMBER, replaces=OLD_NUMBER)

    confirm(change, desk.decider)

    vendor, company = fresh(seller)
    assert (vendor.name, vendor.registry_number, vendor.address, vendor.owners) == (
        "Norrvik Industri AB",
        "556100-0001",
        MOVED,
        "Ingrid Norr",
    )
    assert (company.name, company.local_name) == ("Norrvik Industri AB", "诺维克工业")
    (number,) = company.tax_ids
    assert (number["value"], number["checked_how"]) == (NEW_NUMBER["value"], "Bolagsverket")
    lines = queries.requirements_of(vendor.id)
    assert {kind: lines[kind].value for kind in ("registry", "address", "owners", "tax_id")} == {
        "registry": "556100-0001",
        "address": "Hamngatan 1, 601 81, Norrköping, SE",
        "owners": "Ingrid Norr",
        "tax_id": NEW_NUMBER["display"],
    }
    assert {str(lines[kind].file_id) for kind in ("registry", "address")} == {change.files["registry"]}
    assert all(lines[kind].state is RequirementState.PASSED for kind in ("registry", "address", "owners", "tax_id"))
    assert lines["owners"].decided_by == desk.first.id
    assert lines["agreement"].file_id is None
    event = next(e for e in audit.history_of(vendor.id, company_id=vendor.id) if e.act == "vendor.facts_changed")
    assert (event.before["name"], event.after["name"]) == ("Norrvik Fasteners AB", "Norrvik Industri AB")
    assert (event.before["tax_id"], event.after["address"]) == (OLD_NUMBER["display"], "Hamngatan 1, 601 81, Norrköping, SE")
    # What search, lists and carts show of a vendor is read from these.
    assert queries.facts_of([vendor.id])[vendor.id].name == "Norrvik Industri AB"


def test_only_what_was_asked_changes(seller: Seller, desk: Desk) -> None:
    before = {kind: (line.value, line.file_id, line.decided_by) for kind, line in queries.requirements_of(seller.vendor.id).items()}
    confirm(send(seller, owners="Ingrid Norr"), desk.decider)

    after = {kind: (line.value, line.file_id, line.decided_by) for kind, line in queries.requirements_of(seller.vendor.id).items()}
    assert {kind for kind in after if after[kind] != before[kind]} == {"owners"}
    assert fresh(seller)[1].tax_ids == [OLD_NUMBER]


def test_confirming_needs_every_point_of_the_lines_that_change(seller: Seller, desk: Desk) -> None:
    change = send(seller, address=MOVED)
    with pytest.raises(PointsOpen) as refused:
        services.confirm_change(change.id, {"registry": seen(change)["registry"]}, revision=change.revision, actor=desk.decider)
    assert refused.value.facts["kind"] == "address"
    db.session.rollback()


def test_what_was_seen_is_kept_until_the_decision(seller: Seller, desk: Desk) -> None:
    change = send(seller, name="Norrvik Industri AB")
    first = change.revision
    services.save_change_findings(change.id, seen(change), revision=first, actor=desk.decider)
    with pytest.raises(CaseChanged):
        services.confirm_change(change.id, {}, revision=first, actor=desk.other)

    services.confirm_change(change.id, {}, revision=change.revision, actor=desk.other)

    assert fresh(seller)[0].name == "Norrvik Industri AB"
    assert change.decided_by == desk.second.id


def test_a_day_ahead_is_waited_for(seller: Seller, desk: Desk, run_jobs: RunJobs) -> None:
    change = send(seller, name="Norrvik Industri AB", holds_from=clock.now().date() + timedelta(days=10))
    confirm(change, desk.decider)
    db.session.commit()
    run_jobs()

    assert change.state is ChangeState.COMING
    assert fresh(seller)[0].name == "Norrvik Fasteners AB"
    with pytest.raises(ChangeWaits):
        send(seller, owners="Ingrid Norr")
    # Of its own calendar a vendor may be a day ahead of ours.
    with clock.at(clock.now() + timedelta(days=8)):
        services.bring_change_into_force(change.id)
        assert fresh(seller)[0].name == "Norrvik Fasteners AB"
    with clock.at(clock.now() + timedelta(days=11)):
        run_jobs()
        services.bring_change_into_force(change.id)  # a second time changes nothing
    assert fresh(seller)[0].name == "Norrvik Industri AB"
    assert db.session.get_one(FactChange, change.id).state is ChangeState.CONFIRMED


def test_a_confirmed_change_is_withdrawn_before_its_day(seller: Seller, desk: Desk) -> None:
    change = send(seller, name="Norrvik Industri AB", holds_from=clock.now().date() + timedelta(days=10))
    confirm(change, desk.decider)
    services.withdraw_change(change.id, actor=seller.actor)
    with clock.at(clock.now() + timedelta(days=11)):
        services.bring_change_into_force(change.id)
    assert fresh(seller)[0].name == "Norrvik Fasteners AB"


def test_asking_for_more_stops_the_clock_and_is_answered_with_the_papers_that_are_there(seller: Seller, desk: Desk) -> None:
    change = send(seller, name="Norrvik Industri AB", owners="Ingrid Norr")
    with pytest.raises(ReasonNeeded):
        services.ask_about_change(change.id, {}, reason=" ", revision=change.revision, actor=desk.decider)
    services.ask_about_change(change.id, seen(change), reason=WHY, revision=change.revision, actor=desk.decider)
    assert (change.state, change.due_at, change.said) == (ChangeState.DATA_NEEDED, None, WHY)
    with pytest.raises(ChangeClosed):
        services.refuse_change(change.id, {}, reason=WHY, revision=change.revision, actor=desk.decider)

    again = services.send_change(
        seller.vendor.id,
        seller.wanted(name="Norrvik Industri AB"),
        reason=ChangeReason.LEGAL_FORM,
        holds_from=clock.now().date(),
        note=None,
        files={},
        actor=seller.actor,
    )

    assert again.id == change.id
    assert (again.state, again.after, set(again.files), again.findings) == (
        ChangeState.WAITING,
        {"name": "Norrvik Industri AB"},
        {"registry"},
        {},
    )


def test_refusing_leaves_everything_and_another_can_be_sent(seller: Seller, desk: Desk) -> None:
    change = send(seller, name="Norrvik Industri AB")
    services.refuse_change(change.id, {}, reason=WHY, revision=change.revision, actor=desk.decider)

    assert fresh(seller)[0].name == "Norrvik Fasteners AB"
    assert (change.state, change.said) == (ChangeState.REFUSED, WHY)
    assert send(seller, name="Norrvik Industri AB").id != change.id


def test_whoever_asked_does_not_decide(seller: Seller, desk: Desk) -> None:
    change = send(seller, name="Norrvik Industri AB")
    own = actor_of(seller.owner, desk.company)
    with pytest.raises(OwnChange):
        confirm(change, own)
    with pytest.raises(OwnChange):
        services.assign_change(change.id, to=seller.owner.id, seen=None, to_name="", actor=own)
    services.assign_change(change.id, to=desk.first.id, seen=None, to_name="Rosa", actor=desk.decider)
    with pytest.raises(TakenByColleague):
        services.assign_change(change.id, to=desk.second.id, seen=None, to_name="", actor=desk.other)


def test_only_the_vendor_withdraws_its_change(seller: Seller, desk: Desk) -> None:
    change, stranger = send(seller, name="Norrvik Industri AB"), make_seller()
    with pytest.raises(NotFound):
        services.withdraw_change(change.id, actor=stranger.actor)
    services.withdraw_change(change.id, actor=seller.actor)
    with pytest.raises(ChangeClosed):
        services.withdraw_change(change.id, actor=seller.actor)
    with pytest.raises(ChangeClosed):
        confirm(change, desk.decider)


def test_a_vendor_that_is_suspended_meanwhile_is_still_called_as_the_register_says(seller: Seller, desk: Desk) -> None:
    change = send(seller, name="Norrvik Industri AB")
    services.suspend_vendor(seller.vendor.id, reason="Late 14.2 % of 113 orders, the limit is 10 %.", actor=desk.other)

    confirm(change, desk.decider)

    vendor, _ = fresh(seller)
    assert (vendor.name, vendor.state) == ("Norrvik Industri AB", VendorState.SUSPENDED)


def test_a_check_of_the_identity_that_runs_keeps_its_other_lines(seller: Seller, desk: Desk) -> None:
    change = send(seller, name="Norrvik Industri AB")
    vendor, _ = fresh(seller)
    vendor.state = VendorState.RECHECK_DUE
    lines = queries.requirements_of(vendor.id)
    for line in lines.values():
        line.state, line.value = RequirementState.PROVIDED, f"2026-{line.kind}"
    db.session.flush()

    confirm(change, desk.decider)

    lines = queries.requirements_of(vendor.id)
    assert lines["registry"].state is RequirementState.PASSED
    assert (lines["agreement"].state, lines["agreement"].value) == (RequirementState.PROVIDED, "2026-agreement")
    assert fresh(seller)[0].state is VendorState.RECHECK_DUE


def test_the_vendor_and_each_buyer_with_an_open_order_are_told_once(app: Flask, desk: Desk, run_jobs: RunJobs) -> None:
    trade, _ = make_order()
    vendor = trade.vendors[0]
    company = db.session.get_one(Company, vendor.id)
    seller = Seller(vendor, company, make_member(company))
    old = vendor.name
    change = send(seller, name="Norrvik Industri AB", owners="Ingrid Norr")
    confirm(change, desk.decider)
    db.session.commit()
    run_jobs()
    run_jobs()

    (to_buyer,) = [letter for letter in letters_to(app, trade.person.email) if "is now called" in str(letter["Subject"])]
    assert str(to_buyer["Subject"]) == f"{old} is now called Norrvik Industri AB"
    said = text_of(to_buyer)
    assert "stay valid" in said
    assert "Ingrid" not in said
    (to_vendor,) = [letter for letter in letters_to(app, seller.owner.email) if "in force" in str(letter["Subject"])]
    assert f"Legal name: {old} → Norrvik Industri AB" in text_of(to_vendor)


def test_buyers_are_not_told_of_owners(app: Flask, desk: Desk, run_jobs: RunJobs) -> None:
    trade, _ = make_order()
    company = db.session.get_one(Company, trade.vendors[0].id)
    seller = Seller(trade.vendors[0], company, make_member(company))
    before = len(letters_to(app, trade.person.email))
    db.session.commit()
    run_jobs()
    before = len(letters_to(app, trade.person.email))
    confirm(send(seller, owners="Ingrid Norr"), desk.decider)
    db.session.commit()
    run_jobs()
    assert len(letters_to(app, trade.person.email)) == before


@pytest.mark.parametrize(("act", "said"), [("ask", "needs more before it can decide"), ("refuse", "has refused the change")])
def test_the_vendor_reads_why(app: Flask, seller: Seller, desk: Desk, run_jobs: RunJobs, act: str, said: str) -> None:
    change = send(seller, name="Norrvik Industri AB")
    decide = services.ask_about_change if act == "ask" else services.refuse_change
    decide(change.id, {"registry": Finding(None)}, reason=WHY, revision=change.revision, actor=desk.decider)
    db.session.commit()
    run_jobs()

    (letter,) = letters_to(app, seller.owner.email)
    assert said in text_of(letter)
    assert WHY in text_of(letter)
