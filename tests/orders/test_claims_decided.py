"""What the platform decides about a claim: before and after the release, whole and in part, once."""

import pytest

from marketplace.core.audit import SYSTEM
from marketplace.core.db import transaction
from marketplace.orders import queries, services
from marketplace.orders.errors import CreditTooLargeForClaim, ProblemIsDecided
from marketplace.orders.models import ClaimState, Settlement, VendorOrder, VendorOrderState
from payments.models import HoldState
from tests.factories.accounts import actor_of, make_operator
from tests.factories.orders import Trade, claimed, fresh, hold_of, make_order, report
from tests.orders.clockwork import mails

S = VendorOrderState
pytestmark = pytest.mark.usefixtures("app")


def disputed(state: VendorOrderState = S.DELIVERED, **fields: object) -> tuple[Trade, VendorOrder, str]:
    """An order with a claim."""
    trade, order = make_order(state)
    return trade, order, report(trade, order, **fields).number


def split(number: str, amount_minor: int) -> None:
    """Finance decides for a part each way."""
    with transaction():
        services.split_after_problem(number, amount_minor=amount_minor, reason="Half of them are usable.", actor=SYSTEM)


def test_finance_releases_the_whole_sum() -> None:
    _, order, number = disputed()

    with transaction():
        services.release_after_problem(number, reason="The photos show transport wear only.", actor=SYSTEM)

    assert (fresh(order).state, fresh(order).accepted_by) == (S.ACCEPTED_BY_BUYER, "platform")
    assert hold_of(order).released_minor == order.total_minor
    assert queries.claim_by_number(number).state is ClaimState.RELEASED


def test_finance_refunds_the_whole_sum() -> None:
    _, order, number = disputed()

    with transaction():
        services.refund_after_problem(number, reason="Forty of a hundred are bent.", actor=SYSTEM)

    assert fresh(order).state is S.CANCELLED
    assert hold_of(order).refunded_minor == order.total_minor
    claim = queries.claim_by_number(number)
    assert (claim.state, claim.decision_reason) == (ClaimState.REFUNDED, "Forty of a hundred are bent.")
    (line,) = queries.lines_of_claims([claim.id])[claim.id]
    assert line.settlement is Settlement.DECIDED


def test_a_part_each_way_splits_the_hold() -> None:
    _, order, number = disputed(quantity=50)

    split(number, 1_234)

    hold = hold_of(order)
    assert (hold.state, hold.refunded_minor, hold.released_minor) == (HoldState.SPLIT, 1_234, order.total_minor - 1_234)
    assert fresh(order).state is S.ACCEPTED_BY_BUYER
    assert queries.claim_by_number(number).state is ClaimState.SPLIT


@pytest.mark.parametrize("amount_minor", [0, 10**9])
def test_a_part_is_between_nothing_and_the_disputed_lines(amount_minor: int) -> None:
    _, order, number = disputed(quantity=50)

    with pytest.raises(CreditTooLargeForClaim):
        split(number, amount_minor)

    assert hold_of(order).refunded_minor == 0
    assert queries.claim_by_number(number).is_open


def test_a_part_is_spread_over_the_lines_by_their_value_and_loses_no_cent() -> None:
    trade, order = make_order(S.DELIVERED)
    lines = [claimed(order, quantity=10), claimed(order, quantity=20), claimed(order, quantity=3)]
    with transaction():
        claim = services.report_problem(order.id, lines=lines, actor=trade.actor)

    split(claim.number, 997)

    credited = [line.credited_minor for line in queries.lines_of_claims([claim.id])[claim.id]]
    assert sum(credited) == 997
    assert credited == [302, 604, 91]


def test_after_acceptance_a_refund_takes_released_money_back() -> None:
    _, order, number = disputed(S.ACCEPTED_BY_BUYER)

    with transaction():
        services.refund_after_problem(number, reason="They are another alloy.", actor=SYSTEM)

    assert fresh(order).state is S.ACCEPTED_BY_BUYER
    hold = hold_of(order)
    assert (hold.taken_back_minor, hold.kept_commission_minor) == (order.total_minor, 0)


def test_after_acceptance_a_decision_for_the_vendor_changes_nothing() -> None:
    _, order, number = disputed(S.ACCEPTED_BY_BUYER)

    with transaction():
        services.release_after_problem(number, reason="Within tolerance.", actor=SYSTEM)

    assert hold_of(order).returned_minor == 0
    assert queries.claim_by_number(number).state is ClaimState.RELEASED


def test_a_problem_is_decided_once() -> None:
    _, order, number = disputed()
    with transaction():
        services.release_after_problem(number, reason="In order.", actor=SYSTEM)

    with pytest.raises(ProblemIsDecided), transaction():
        services.refund_after_problem(number, reason="Not in order.", actor=SYSTEM)
    with pytest.raises(ProblemIsDecided):
        split(number, 1)

    assert hold_of(order).returned_minor == 0


def test_one_decision_leaves_another_claim_open_and_the_money_frozen() -> None:
    trade, order = make_order(S.DELIVERED)
    first, second = report(trade, order, quantity=10), report(trade, order, quantity=10)

    with transaction():
        services.release_after_problem(first.number, reason="In order.", actor=SYSTEM)

    assert fresh(order).state is S.DELIVERED
    assert hold_of(order).frozen_at is not None
    with transaction():
        services.release_after_problem(second.number, reason="In order.", actor=SYSTEM)
    assert hold_of(order).state is HoldState.RELEASED


def test_a_whole_refund_decides_every_other_claim_on_the_order() -> None:
    trade, order = make_order(S.DELIVERED)
    first, second = report(trade, order, quantity=10), report(trade, order, quantity=10)

    with transaction():
        services.refund_after_problem(first.number, reason="All are bent.", actor=SYSTEM)

    assert queries.claim_by_number(second.number).state is ClaimState.REFUNDED
    assert hold_of(order).refunded_minor == order.total_minor


def test_ending_the_order_decides_its_claims() -> None:
    _, order, number = disputed()
    company, staff = make_operator()

    with transaction():
        services.cancel_by_platform(order.id, reason="Suspended for fraud.", actor=actor_of(staff, company))

    assert queries.claim_by_number(number).state is ClaimState.REFUNDED


def test_both_sides_hear_of_a_decision() -> None:
    _, _, number = disputed()
    told = mails("email_claim")

    split(number, 100)

    assert mails("email_claim") == told + 2
