"""Appeals of decisions: who may file one and when, who answers it, and what a granted one undoes."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from marketplace.accounts.permissions import Permission, Role, permissions_of
from marketplace.catalogue import services as catalogue
from marketplace.catalogue.models import ProductState
from marketplace.core import audit, clock
from marketplace.core.audit import SYSTEM, AuditEvent
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.quality import queries, services
from marketplace.quality.errors import AppealClosed, AppealedAlready, AppealTooLate, DecisionOver, OwnDecision
from marketplace.quality.models import AppealState, DecisionKind, VendorAppeal
from tests.factories.accounts import actor_of, make_member
from tests.quality.contested import ANSWER, REASON, SAID, STATEMENT, Contest, Desk, ask_for_change, make_contest, make_desk, state_of
from vendors import services as vendors
from vendors.deadlines import after_desk_days
from vendors.errors import ReasonNeeded, TakenByColleague
from vendors.models import VendorState

KINDS = list(DecisionKind)
GRANTED = {
    DecisionKind.APPLICATION_REFUSED: VendorState.UNDER_REVIEW,
    DecisionKind.SUSPENDED: VendorState.APPROVED,
    DecisionKind.PRODUCT_REFUSED: ProductState.CHECKING,
    DecisionKind.PRODUCT_TAKEN_DOWN: ProductState.LIVE,
    DecisionKind.CHANGE_REFUSED: ProductState.LIVE,
}
REFUSED = {
    DecisionKind.APPLICATION_REFUSED: VendorState.REFUSED,
    DecisionKind.SUSPENDED: VendorState.SUSPENDED,
    DecisionKind.PRODUCT_REFUSED: ProductState.REFUSED,
    DecisionKind.PRODUCT_TAKEN_DOWN: ProductState.REFUSED,
    DecisionKind.CHANGE_REFUSED: ProductState.LIVE,
}
REASONS = {
    DecisionKind.PRODUCT_REFUSED: ["DUPLICATE"],
    DecisionKind.CHANGE_REFUSED: ["DUPLICATE"],
    DecisionKind.PRODUCT_TAKEN_DOWN: ["DUPLICATE", STATEMENT.words],
}
every_kind = pytest.mark.parametrize("kind", KINDS, ids=[kind.value for kind in KINDS])


@pytest.fixture
def verifiers(app: Flask) -> Desk:
    return make_desk()


def filed(contest: Contest) -> VendorAppeal:
    return services.file_appeal(contest.decision_id, said=SAID, file_ids=(), actor=contest.actor)


@every_kind
def test_the_decision_is_kept_as_it_stood(verifiers: Desk, kind: DecisionKind) -> None:
    contest = make_contest(kind, verifiers)

    appeal = filed(contest)

    reasons = REASONS.get(kind, [REASON])
    assert (appeal.kind, appeal.state, appeal.decision_reasons) == (kind, AppealState.OPEN, reasons)
    assert (appeal.decision_by, appeal.decision_by_name) == (verifiers.first.id, verifiers.first.name)
    assert (appeal.said, appeal.filed_by, appeal.product_id) == (SAID, contest.owner.id, contest.product.id if contest.product else None)
    assert state_of(contest) is REFUSED[kind]


def test_an_answer_is_due_in_five_days_of_the_desk(verifiers: Desk) -> None:
    with clock.at(datetime(2026, 11, 27, 9, 30, tzinfo=UTC)):  # a Friday, 10:30 by the clock of the desk
        appeal = filed(make_contest(DecisionKind.SUSPENDED, verifiers))

    assert appeal.due_at - appeal.filed_at == timedelta(days=7)  # the same hour, a weekend later


def test_what_comes_at_night_counts_from_the_next_morning() -> None:
    assert after_desk_days(datetime(2026, 11, 27, 22, tzinfo=UTC), 5, "UTC") == datetime(2026, 12, 4, 17, tzinfo=UTC)


@every_kind
def test_each_decision_is_appealed_against_once(verifiers: Desk, kind: DecisionKind) -> None:
    contest = make_contest(kind, verifiers)
    appeal = filed(contest)
    with pytest.raises(AppealedAlready):
        filed(contest)

    services.withdraw_appeal(appeal.id, actor=contest.actor)

    assert appeal.state is AppealState.WITHDRAWN
    with pytest.raises(AppealedAlready):
        filed(contest)


def test_a_new_decision_is_appealed_against_anew(verifiers: Desk) -> None:
    contest = make_contest(DecisionKind.SUSPENDED, verifiers)
    first = filed(contest)
    services.grant_appeal(first.id, reason=ANSWER, actor=verifiers.other)
    vendors.suspend_vendor(contest.vendor.id, reason=REASON, actor=verifiers.other)
    standing = queries.standing_of_vendor(contest.vendor)
    assert standing is not None
    assert standing.appeal is None

    again = services.file_appeal(standing.decision.decision_id, said=SAID, file_ids=(), actor=contest.actor)

    assert [each.id for each in queries.appeals_of(contest.vendor.id)] == [again.id, first.id]


@every_kind
def test_a_stranger_cannot_appeal(verifiers: Desk, kind: DecisionKind) -> None:
    contest, other = make_contest(kind, verifiers), make_contest(DecisionKind.SUSPENDED, verifiers)

    with pytest.raises(NotFound):
        services.file_appeal(contest.decision_id, said=SAID, file_ids=(), actor=other.actor)
    with pytest.raises(NotFound):
        services.file_appeal(uuid4(), said=SAID, file_ids=(), actor=contest.actor)
    appeal = filed(contest)
    with pytest.raises(NotFound):
        services.withdraw_appeal(appeal.id, actor=other.actor)
    with pytest.raises(NotFound):
        queries.appeal_of(appeal.id, vendor_id=other.vendor.id)
    assert appeal.state is AppealState.OPEN


def test_another_line_of_the_log_is_no_decision(verifiers: Desk) -> None:
    contest = make_contest(DecisionKind.SUSPENDED, verifiers)
    audit.record(verifiers.decider, "vendor.level_checked", "vendor", contest.vendor.id, companies=(contest.vendor.id,))
    db.session.flush()
    line = db.session.scalars(select(AuditEvent).where(AuditEvent.act == "vendor.level_checked")).one()

    with pytest.raises(NotFound):
        services.file_appeal(line.id, said=SAID, file_ids=(), actor=contest.actor)


@every_kind
def test_what_is_no_longer_in_force_is_not_appealed_against(verifiers: Desk, kind: DecisionKind) -> None:
    contest = make_contest(kind, verifiers)
    undo(contest, verifiers)

    with pytest.raises(DecisionOver):
        filed(contest)


def undo(contest: Contest, verifiers: Desk) -> None:
    """The decision ends without an appeal."""
    if contest.product is not None and contest.kind is DecisionKind.PRODUCT_TAKEN_DOWN:
        catalogue.undo_takedown(contest.product.id, reason="It was another product.", actor=verifiers.other)
    elif contest.product is not None and contest.kind is DecisionKind.CHANGE_REFUSED:
        ask_for_change(contest.product, contest.actor, title="Another title of the same bolt")
    elif contest.product is not None:
        catalogue.check_again(contest.product.id, actor=verifiers.other)
    elif contest.kind is DecisionKind.SUSPENDED:
        vendors.lift_suspension(contest.vendor.id, reason="All is well again.", actor=verifiers.other)
    else:
        vendors.reopen_application(contest.vendor.id, actor=verifiers.other)


def test_after_six_months_it_is_too_late(verifiers: Desk) -> None:
    contest = make_contest(DecisionKind.SUSPENDED, verifiers)

    with clock.at(clock.now() + timedelta(days=183, minutes=1)), pytest.raises(AppealTooLate):
        filed(contest)
    with clock.at(clock.now() + timedelta(days=182)):
        assert filed(contest).state is AppealState.OPEN


def test_nothing_is_filed_and_nothing_answered_without_words(verifiers: Desk) -> None:
    contest = make_contest(DecisionKind.SUSPENDED, verifiers)
    with pytest.raises(ReasonNeeded):
        services.file_appeal(contest.decision_id, said="  ", file_ids=(), actor=contest.actor)
    appeal = filed(contest)

    for answer in (services.grant_appeal, services.uphold_appeal):
        with pytest.raises(ReasonNeeded):
            answer(appeal.id, reason=" ", actor=verifiers.other)
    assert appeal.state is AppealState.OPEN


def test_the_owner_and_the_manager_of_a_shop_may_appeal() -> None:
    may = {role for role in Role if Permission.DECISION_APPEAL in permissions_of(frozenset({role}))}

    assert may == {Role.VENDOR_OWNER, Role.VENDOR_MANAGER}


@every_kind
def test_whoever_took_the_decision_does_not_answer(verifiers: Desk, kind: DecisionKind) -> None:
    contest = make_contest(kind, verifiers)
    appeal = filed(contest)

    for answer in (services.grant_appeal, services.uphold_appeal):
        with pytest.raises(OwnDecision):
            answer(appeal.id, reason=ANSWER, actor=verifiers.decider)
        with pytest.raises(OwnDecision):
            answer(appeal.id, reason=ANSWER, actor=SYSTEM)

    assert (appeal.state, state_of(contest)) == (AppealState.OPEN, REFUSED[kind])


def test_the_database_refuses_an_answer_of_whoever_decided(verifiers: Desk) -> None:
    appeal = filed(make_contest(DecisionKind.SUSPENDED, verifiers))
    db.session.flush()
    answered = {"state": AppealState.UPHELD, "decided_by": verifiers.first.id, "answer": ANSWER, "closed_at": clock.now()}

    with pytest.raises(IntegrityError, match="four_eyes"), db.session.begin_nested():
        db.session.execute(update(VendorAppeal).where(VendorAppeal.id == appeal.id).values(answered))


@every_kind
def test_a_decision_that_stands_changes_nothing(verifiers: Desk, kind: DecisionKind) -> None:
    contest = make_contest(kind, verifiers)
    appeal = filed(contest)

    services.uphold_appeal(appeal.id, reason=ANSWER, actor=verifiers.other)

    assert (appeal.state, appeal.answer, appeal.decided_by) == (AppealState.UPHELD, ANSWER, verifiers.second.id)
    assert state_of(contest) is REFUSED[kind]


@every_kind
def test_a_granted_appeal_undoes_the_decision(verifiers: Desk, kind: DecisionKind) -> None:
    contest = make_contest(kind, verifiers)
    appeal = filed(contest)

    services.grant_appeal(appeal.id, reason=ANSWER, actor=verifiers.other)

    assert (appeal.state, appeal.answer, appeal.decided_by) == (AppealState.GRANTED, ANSWER, verifiers.second.id)
    assert state_of(contest) is GRANTED[kind]
    acts = [event.act for event in audit.history_of(contest.vendor.id, company_id=contest.vendor.id)]
    assert {"vendor.appeal_filed", "vendor.appeal_granted"} <= set(acts)


def test_an_application_that_is_looked_at_again_has_a_new_deadline(verifiers: Desk) -> None:
    contest = make_contest(DecisionKind.APPLICATION_REFUSED, verifiers)

    services.grant_appeal(filed(contest).id, reason=ANSWER, actor=verifiers.other)

    assert contest.vendor.answer_due_at is not None
    assert contest.vendor.answer_due_at > clock.now()
    assert contest.vendor.state_reason is None


@every_kind
def test_a_decision_that_has_ended_meanwhile_is_not_undone_twice(verifiers: Desk, kind: DecisionKind) -> None:
    contest = make_contest(kind, verifiers)
    appeal = filed(contest)
    undo(contest, verifiers)
    before = state_of(contest)

    services.grant_appeal(appeal.id, reason=ANSWER, actor=verifiers.other)

    assert (appeal.state, state_of(contest)) == (AppealState.GRANTED, before)


def test_a_later_suspension_is_not_lifted_by_the_appeal_of_an_earlier_one(verifiers: Desk) -> None:
    contest = make_contest(DecisionKind.SUSPENDED, verifiers)
    appeal = filed(contest)
    undo(contest, verifiers)
    vendors.suspend_vendor(contest.vendor.id, reason="Another one: goods of another maker were sold.", actor=verifiers.decider)

    services.grant_appeal(appeal.id, reason=ANSWER, actor=verifiers.other)

    assert state_of(contest) is VendorState.SUSPENDED


def test_what_is_closed_stays_as_it_is(verifiers: Desk) -> None:
    contest = make_contest(DecisionKind.SUSPENDED, verifiers)
    appeal = filed(contest)
    services.uphold_appeal(appeal.id, reason=ANSWER, actor=verifiers.other)

    with pytest.raises(AppealClosed):
        services.grant_appeal(appeal.id, reason="Another thought about the same.", actor=verifiers.other)
    with pytest.raises(AppealClosed):
        services.withdraw_appeal(appeal.id, actor=contest.actor)

    assert (appeal.state, appeal.answer, state_of(contest)) == (AppealState.UPHELD, ANSWER, VendorState.SUSPENDED)


def test_an_appeal_is_taken_by_one_who_may_answer_it(verifiers: Desk) -> None:
    appeal = filed(make_contest(DecisionKind.SUSPENDED, verifiers))
    with pytest.raises(OwnDecision):
        services.assign_appeal(appeal.id, to=verifiers.first.id, seen=None, to_name="x", actor=verifiers.decider)
    services.assign_appeal(appeal.id, to=verifiers.second.id, seen=None, to_name="y", actor=verifiers.other)
    third = make_member(verifiers.company, (Role.PLATFORM_VERIFIER,))

    with pytest.raises(TakenByColleague):
        services.assign_appeal(appeal.id, to=third.id, seen=None, to_name="z", actor=actor_of(third, verifiers.company))

    assert appeal.assigned_to == verifiers.second.id


def test_everything_is_counted_without_names(verifiers: Desk) -> None:
    before = queries.decision_figures()
    assert before.is_empty
    assert before.median_days is None
    with clock.at(clock.now() - timedelta(days=400)):  # too long ago to count
        services.uphold_appeal(filed(make_contest(DecisionKind.SUSPENDED, verifiers)).id, reason=ANSWER, actor=verifiers.other)
    began = clock.now() - timedelta(days=30)
    answers = {DecisionKind.SUSPENDED: (services.grant_appeal, 2), DecisionKind.PRODUCT_REFUSED: (services.uphold_appeal, 4)}
    for kind, (answer, days) in answers.items():
        with clock.at(began):
            appeal = filed(make_contest(kind, verifiers))
        with clock.at(began + timedelta(days=days)):
            answer(appeal.id, reason=ANSWER, actor=verifiers.other)
    filed(make_contest(DecisionKind.APPLICATION_REFUSED, verifiers))
    make_contest(DecisionKind.PRODUCT_REFUSED, verifiers)
    make_contest(DecisionKind.PRODUCT_TAKEN_DOWN, verifiers)
    make_contest(DecisionKind.CHANGE_REFUSED, verifiers)
    db.session.flush()

    figures = queries.decision_figures()

    assert (figures.applications_refused, figures.suspensions, figures.products_refused) == (1, 1, 2)
    assert (figures.products_taken_down, figures.changes_refused) == (1, 1)
    assert (figures.filed, figures.granted, figures.upheld, figures.withdrawn, figures.open) == (3, 1, 1, 0, 1)
    assert figures.median_days == pytest.approx(3.0)
