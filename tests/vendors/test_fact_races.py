"""Two hands at a change of checked facts at the same moment: one is done, the other reads why not, and nothing is half changed."""

from collections.abc import Callable

import pytest
from flask import Flask

from marketplace.accounts.models import Company
from marketplace.core.db import db, transaction
from tests.orders.at_once import acting_as, together
from tests.quality.contested import Desk, make_desk
from tests.vendors.changing import WHY, Seller, make_seller, seen, send
from vendors import queries, services
from vendors.errors import CaseChanged, ChangeClosed, ChangeWaits
from vendors.models import ChangeState, FactChange, Vendor, VendorState

pytestmark = pytest.mark.committed
ROUNDS = 4
REASON = "Late 14.2 % of 113 orders, the limit is 10 %."


@pytest.fixture
def desk(app: Flask) -> Desk:
    made = make_desk()
    db.session.commit()
    return made


def asked(name: str = "Norrvik Industri AB") -> tuple[Seller, FactChange]:
    seller = make_seller()
    with acting_as(seller.company.id), transaction():
        change = send(seller, name=name)
    return seller, change


def confirming(change: FactChange, desk: Desk) -> Callable[[], object]:
    change_id, findings, actor = change.id, seen(change), desk.decider
    return lambda: services.confirm_change(change_id, findings, revision=1, actor=actor)


def stands(seller: Seller, change: FactChange) -> tuple[ChangeState, str, str]:
    db.session.rollback()
    db.session.expire_all()
    state = db.session.get_one(FactChange, change.id).state
    return state, db.session.get_one(Vendor, seller.vendor.id).name, db.session.get_one(Company, seller.vendor.id).name


def test_two_people_ask_at_once_and_one_change_waits(app: Flask) -> None:
    for _ in range(ROUNDS):
        seller = make_seller()
        company_id = seller.company.id

        def ask(name: str, who: Seller = seller) -> Callable[[], object]:
            return lambda: send(who, name=name)

        results = together(app, [(company_id, ask("One AB")), (company_id, ask("Other AB"))])

        assert sum(isinstance(result, ChangeWaits) for result in results) == 1
        db.session.rollback()
        assert len(queries.changes_of(company_id)) == 1


def test_withdrawing_while_the_desk_confirms_leaves_one_of_both(app: Flask, desk: Desk) -> None:
    for _ in range(ROUNDS):
        seller, change = asked()
        old, change_id, actor = seller.vendor.name, change.id, seller.actor

        def withdraw(c: object = change_id, a: object = actor) -> object:
            return services.withdraw_change(c, actor=a)  # type: ignore[arg-type]

        results = together(app, [(desk.company.id, confirming(change, desk)), (seller.company.id, withdraw)])

        assert sum(isinstance(result, ChangeClosed) for result in results) == 1
        state, name, company = stands(seller, change)
        assert (state, name) in ((ChangeState.CONFIRMED, "Norrvik Industri AB"), (ChangeState.WITHDRAWN, old))
        assert company == name


def test_two_verifiers_decide_at_once_and_one_is_heard(app: Flask, desk: Desk) -> None:
    for _ in range(ROUNDS):
        seller, change = asked()
        old, change_id = seller.vendor.name, change.id

        def refuse(c: object = change_id) -> object:
            return services.refuse_change(c, {}, reason=WHY, revision=1, actor=desk.other)  # type: ignore[arg-type]

        results = together(app, [(desk.company.id, confirming(change, desk)), (desk.company.id, refuse)])

        assert sum(isinstance(result, (ChangeClosed, CaseChanged)) for result in results) == 1
        state, name, _ = stands(seller, change)
        assert (state, name) in ((ChangeState.CONFIRMED, "Norrvik Industri AB"), (ChangeState.REFUSED, old))


def test_a_suspension_at_the_same_moment_and_the_confirmation_both_hold(app: Flask, desk: Desk) -> None:
    for _ in range(ROUNDS):
        seller, change = asked()
        vendor_id = seller.vendor.id

        def suspend(v: object = vendor_id) -> object:
            return services.suspend_vendor(v, reason=REASON, actor=desk.other)  # type: ignore[arg-type]

        results = together(app, [(desk.company.id, confirming(change, desk)), (desk.company.id, suspend)])

        assert not any(isinstance(result, Exception) for result in results), results
        assert stands(seller, change)[:2] == (ChangeState.CONFIRMED, "Norrvik Industri AB")
        assert db.session.get_one(Vendor, vendor_id).state is VendorState.SUSPENDED
