"""Money on its way back to the buyer: whole, once, and never said to be there before it is."""

import pytest

from marketplace.core.audit import SYSTEM
from marketplace.core.db import db, transaction
from payments import calls, ledger, queries, services
from payments.chart import COMMISSION, FEES, HELD, REFUNDS_PAYABLE, STRIPE_BALANCE
from payments.errors import MoneyNotHeld
from payments.models import Hold, HoldState, Refund, RefundState
from tests.factories.accounts import log_in, make_operator
from tests.factories.payments import AT_ONCE, control, holds_of, jobs_named, make_payable_vendor, new_hold, provider_balance, provider_get
from tests.payments.conftest import Shop


def refund(hold: Hold) -> None:
    """The order is declined."""
    with transaction():
        services.refund_order(hold.vendor_order_id, reason="declined", actor=SYSTEM)


def refund_of(hold: Hold) -> Refund:
    """The one refund of a hold, as it stands."""
    return db.session.query(Refund).filter(Refund.hold_id == hold.id).populate_existing().one()


def paid_at_once(shop: Shop) -> Hold:
    """A hold whose money is available, so that a refund is paid at once."""
    payment = shop.open()
    shop.pay(payment, card=AT_ONCE)
    payment_two = shop.open()  # more money on the balance: the provider keeps its fee of a refunded charge
    shop.pay(payment_two, card=AT_ONCE)
    shop.hear()
    return holds_of(payment)[0]


def test_a_declined_order_is_refunded_whole_and_only_the_providers_fee_is_lost(shop: Shop) -> None:
    hold = paid_at_once(shop)

    refund(hold)
    shop.hear()

    assert refund_of(hold).state is RefundState.SUCCEEDED
    assert ledger.balance_of(HELD, "EUR", hold.id) == 0
    assert ledger.balance_of(REFUNDS_PAYABLE, "EUR", refund_of(hold).id) == 0
    assert (ledger.balance_of(COMMISSION, "EUR"), ledger.balance_of(FEES, "EUR")) == (0, 2 * 1_938)
    assert provider_balance(shop.provider) == ledger.balances_of(STRIPE_BALANCE)
    assert jobs_named("orders.email_refunded")
    shop.check()


def test_a_refund_that_waits_for_money_is_not_shown_as_refunded(shop: Shop) -> None:
    payment, (hold,) = shop.funded()  # the charge's money is pending, nothing is available

    refund(hold)
    shop.hear()

    assert refund_of(hold).state is RefundState.PENDING
    page = shop.client.get(f"/payments/{payment.id}").get_data(as_text=True)
    assert "Refund on its way" in page
    assert not jobs_named("orders.email_refunded")
    shop.check()


def test_a_waiting_refund_is_paid_once_the_money_is_available(shop: Shop) -> None:
    payment, (hold,) = shop.funded()
    shop.funded()
    refund(hold)
    shop.hear()

    control(shop.provider, "clock", {"advance": 3 * 86_400})
    shop.hear()

    assert refund_of(hold).state is RefundState.SUCCEEDED
    assert ">Refunded<" in shop.client.get(f"/payments/{payment.id}").get_data(as_text=True)
    assert provider_balance(shop.provider) == ledger.balances_of(STRIPE_BALANCE)
    shop.check()


def test_a_refund_that_fails_later_stands_open_again_and_finance_can_send_it_once_more(shop: Shop) -> None:
    hold = paid_at_once(shop)
    refund(hold)
    shop.hear()
    first = refund_of(hold).stripe_refund_id

    control(shop.provider, "outcome", {"refund": first, "reason": "expired_or_canceled_card"})
    shop.hear()

    assert (refund_of(hold).state, refund_of(hold).failure) == (RefundState.FAILED, "expired_or_canceled_card")
    assert ledger.balance_of(REFUNDS_PAYABLE, "EUR", refund_of(hold).id) == hold.amount_minor
    assert provider_balance(shop.provider) == ledger.balances_of(STRIPE_BALANCE)
    shop.check()

    operator, staff = make_operator()
    log_in(shop.client, staff, operator)
    page = shop.client.get("/desk/ledger").get_data(as_text=True)
    assert "Refunds that came back" in page
    shop.client.post(f"/desk/ledger/refunds/{refund_of(hold).id}/retry")
    shop.hear()

    assert refund_of(hold).state is RefundState.SUCCEEDED
    assert refund_of(hold).stripe_refund_id != first
    assert provider_balance(shop.provider) == ledger.balances_of(STRIPE_BALANCE)
    shop.check()


def test_what_is_heard_late_of_a_refund_that_came_back_does_not_stop_the_one_that_is_sent_again(shop: Shop) -> None:
    hold = paid_at_once(shop)
    refund(hold)
    shop.hear()
    first = refund_of(hold).stripe_refund_id or ""
    control(shop.provider, "outcome", {"refund": first, "reason": "unknown"})
    shop.hear()

    with transaction():
        services.retry_refund(refund_of(hold).id, actor=SYSTEM)
    assert calls.refresh_refund(first) == "of an earlier try"
    assert refund_of(hold).state is RefundState.DECIDED
    shop.hear()

    assert (refund_of(hold).state, refund_of(hold).stripe_refund_id == first) == (RefundState.SUCCEEDED, False)
    shop.check()


def test_a_refund_that_fails_at_once_is_booked_out_and_in(shop: Shop) -> None:
    hold = paid_at_once(shop)
    control(shop.provider, "outcome", {"next_refund": "failed"})

    refund(hold)
    shop.hear()

    assert refund_of(hold).state is RefundState.FAILED
    assert provider_balance(shop.provider) == ledger.balances_of(STRIPE_BALANCE)
    shop.check()


def test_more_than_what_is_held_is_never_refunded(shop: Shop) -> None:
    hold = paid_at_once(shop)
    refund(hold)

    with pytest.raises(MoneyNotHeld):
        refund(hold)

    shop.hear()
    assert len(provider_get(shop.provider, "/v1/refunds")["data"]) == 1


def test_the_whole_money_of_an_order_goes_back_once_also_after_its_release(shop: Shop) -> None:
    payment, (hold,) = shop.funded()
    with transaction():
        services.release_on_acceptance(hold.vendor_order_id, actor=SYSTEM)

    refund(hold)
    refund(hold)

    back = holds_of(payment)[0]
    assert (back.returned_minor, back.kept_commission_minor) == (back.amount_minor, 0)
    assert refund_of(hold).amount_minor == back.amount_minor


def test_one_vendors_refund_leaves_the_others_part_held(shop: Shop) -> None:
    parts = [new_hold(make_payable_vendor()), new_hold(make_payable_vendor(), goods_minor=70_001)]
    payment, holds = shop.funded(holds=parts)

    refund(holds[1])
    shop.hear()

    assert [hold.state for hold in holds_of(payment)] == [HoldState.FUNDED, HoldState.REFUNDED]
    assert ledger.balance_of(HELD, "EUR", holds[0].id) == holds[0].amount_minor
    operation = queries.find_operation("re", refund_of(holds[1]).id)
    assert operation is not None
    assert operation.request["amount"] == holds[1].amount_minor
    shop.check()
