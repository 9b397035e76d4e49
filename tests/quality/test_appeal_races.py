"""Two at the same moment: one answer to an appeal, one appeal for a decision."""

import pytest
from flask import Flask

from marketplace.accounts.permissions import Role
from marketplace.core.db import transaction
from marketplace.quality import queries, services
from marketplace.quality.errors import AppealClosed, AppealedAlready
from marketplace.quality.models import AppealState, DecisionKind, VendorAppeal
from tests.factories.accounts import actor_of, make_member
from tests.orders.at_once import acting_as, together
from tests.quality.contested import ANSWER, SAID, make_contest, make_desk, state_of
from vendors.models import VendorState

pytestmark = pytest.mark.committed


def test_of_two_who_answer_one_is_first(app: Flask) -> None:
    with transaction():
        desk = make_desk()
        third = actor_of(make_member(desk.company, (Role.PLATFORM_VERIFIER,)), desk.company)
        contest = make_contest(DecisionKind.SUSPENDED, desk)
        appeal_id = services.file_appeal(contest.decision_id, said=SAID, file_ids=(), actor=contest.actor).id
        second = desk.other

    results = together(
        app,
        [
            (None, lambda: services.grant_appeal(appeal_id, reason=ANSWER, actor=second)),
            (None, lambda: services.uphold_appeal(appeal_id, reason=ANSWER, actor=third)),
        ],
    )

    assert sorted(type(result).__name__ for result in results) == sorted([VendorAppeal.__name__, AppealClosed.__name__])
    with acting_as(None):
        stands = queries.appeal_by_id(appeal_id).state
        vendor = state_of(contest)
    assert (stands, vendor) in {(AppealState.GRANTED, VendorState.APPROVED), (AppealState.UPHELD, VendorState.SUSPENDED)}


def test_of_two_appeals_of_one_decision_one_is_filed(app: Flask) -> None:
    with transaction():
        contest = make_contest(DecisionKind.PRODUCT_REFUSED, make_desk())
        owner, vendor_id = contest.actor, contest.vendor.id

    def file() -> VendorAppeal:
        return services.file_appeal(contest.decision_id, said=SAID, file_ids=(), actor=owner)

    results = together(app, [(vendor_id, file), (vendor_id, file)])

    assert sorted(type(result).__name__ for result in results) == sorted([VendorAppeal.__name__, AppealedAlready.__name__])
    with acting_as(None):
        assert len(queries.appeals_of(vendor_id)) == 1
