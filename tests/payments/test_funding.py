"""Paying on the provider's page: what is funded, what is not, and that it happens once."""

import re
from datetime import timedelta

import pytest

from marketplace.core import audit, clock
from marketplace.core.audit import SYSTEM
from marketplace.core.db import db, transaction
from payments import ledger, services
from payments.chart import FEES, HELD, STRIPE_BALANCE
from payments.errors import PaymentAlreadyMade
from payments.facts import Movement, ProviderIntent
from payments.models import HoldState, PaymentState
from tests.factories.payments import AT_ONCE, DECLINED, SECURE, control, holds_of, jobs_named, pay_page, provider_balance
from tests.payments.conftest import Shop


def test_a_card_payment_is_held_for_each_vendor_and_the_ledger_equals_the_provider(shop: Shop) -> None:
    payment, (hold,) = shop.funded()

    assert payment.state is PaymentState.SUCCEEDED
    assert hold.state is HoldState.FUNDED
    assert ledger.balance_of(HELD, "EUR", hold.id) == 127_500
    assert ledger.balance_of(FEES, "EUR") == 1_938  # 1.5 % and 0.25
    assert provider_balance(shop.provider) == {"EUR": 127_500 - 1_938} == ledger.balances_of(STRIPE_BALANCE)
    shop.check()


def test_a_declined_card_funds_nothing_and_the_buyer_is_told(shop: Shop) -> None:
    payment = shop.open()

    outcome = shop.pay(payment, card="4000000000009995")
    page = shop.client.get(f"/payments/{payment.id}/return", follow_redirects=True).get_data(as_text=True)

    assert outcome["outcome"] == "declined"
    assert "The card has not enough money on it." in page
    assert holds_of(payment)[0].state is HoldState.AWAITING_FUNDS
    assert ledger.balances_of(STRIPE_BALANCE) == {}


def test_three_d_secure_confirmed_funds_and_refused_does_not(shop: Shop) -> None:
    confirmed, refused = shop.open(), shop.open()

    shop.pay(confirmed, card=SECURE, authenticate=True)
    shop.pay(refused, card=SECURE, authenticate=False)
    shop.hear()

    assert holds_of(confirmed)[0].state is HoldState.FUNDED
    assert holds_of(refused)[0].state is HoldState.AWAITING_FUNDS
    page = shop.client.get(f"/payments/{refused.id}").get_data(as_text=True)
    assert "The card&#39;s bank did not confirm that it was you." in page
    shop.check()


def test_a_declined_card_can_be_followed_by_a_good_one_on_the_same_page(shop: Shop) -> None:
    payment = shop.open()
    shop.pay(payment, card=DECLINED)
    shop.hear()

    outcome = shop.pay(payment)
    shop.hear()

    assert outcome["outcome"] == "paid"
    assert holds_of(payment)[0].state is HoldState.FUNDED
    db.session.refresh(payment)
    assert (payment.attempt, payment.last_refusal) == (1, None)


def test_starting_twice_uses_the_open_page(shop: Shop) -> None:
    payment = shop.open()
    shop.client.post(f"/payments/{payment.id}/start")
    db.session.refresh(payment)
    first = payment.stripe_session_id

    answer = shop.client.post(f"/payments/{payment.id}/start")

    db.session.refresh(payment)
    assert answer.location == f"/payments/{payment.id}/continue"
    assert (payment.stripe_session_id, payment.attempt) == (first, 1)


def test_a_page_that_ran_out_is_followed_by_a_new_round_with_a_new_key(shop: Shop) -> None:
    payment = shop.open()
    shop.client.post(f"/payments/{payment.id}/start")
    db.session.refresh(payment)
    first = payment.stripe_session_id
    control(shop.provider, "clock", {"advance": 3_700})

    with clock.at(clock.now() + timedelta(seconds=3_700)):
        shop.client.post(f"/payments/{payment.id}/start")

    db.session.refresh(payment)
    assert payment.attempt == 2
    assert payment.stripe_session_id not in (None, first)


def test_a_page_past_its_time_that_the_provider_has_not_closed_is_not_doubled(shop: Shop) -> None:
    payment = shop.open()
    shop.client.post(f"/payments/{payment.id}/start")

    with clock.at(clock.now() + timedelta(seconds=3_700)):  # the provider's clock has not moved
        answer = shop.client.post(f"/payments/{payment.id}/start")

    assert answer.status_code == 409
    assert "just closing" in answer.get_data(as_text=True)


def test_the_way_to_pay_is_a_plain_link_and_no_form_leads_to_another_house(shop: Shop) -> None:
    payment = shop.open()

    page = shop.client.post(f"/payments/{payment.id}/start", follow_redirects=True).get_data(as_text=True)

    db.session.refresh(payment)
    assert f'href="{payment.stripe_session_url}"' in page
    assert not re.search(r'action="http', page)


def test_money_for_a_closed_payment_goes_straight_back(shop: Shop) -> None:
    payment = shop.open()
    shop.client.post(f"/payments/{payment.id}/start")
    db.session.refresh(payment)
    pay_page(shop.provider, str(payment.stripe_session_id), card=AT_ONCE)
    with transaction():
        services.expire_payment(payment.purchase_id, actor=SYSTEM)

    shop.hear()

    (hold,) = holds_of(payment)
    db.session.refresh(payment)
    assert (payment.state, hold.state) == (PaymentState.SUCCEEDED, HoldState.REFUNDED)
    assert not jobs_named("orders.mark_paid")
    assert provider_balance(shop.provider) == ledger.balances_of(STRIPE_BALANCE)
    shop.check()


def test_closing_an_unpaid_payment_closes_its_page(shop: Shop) -> None:
    payment = shop.open()
    shop.client.post(f"/payments/{payment.id}/start")
    db.session.refresh(payment)

    with transaction():
        services.expire_payment(payment.purchase_id, actor=SYSTEM)
    shop.hear()

    assert pay_page(shop.provider, str(payment.stripe_session_id))["outcome"] == "expired"
    assert holds_of(payment)[0].state is HoldState.EXPIRED
    assert shop.client.post(f"/payments/{payment.id}/start").status_code == 409


def test_a_paid_payment_cannot_be_closed(shop: Shop) -> None:
    payment, _ = shop.funded()

    with pytest.raises(PaymentAlreadyMade), transaction():
        services.expire_payment(payment.purchase_id, actor=SYSTEM)


def test_an_attempt_with_another_sum_funds_nothing_and_is_noted(shop: Shop) -> None:
    payment = shop.open()
    at = clock.now()
    movement = Movement("txn_1", "charge", "EUR", 1, 0, 1, "ch_1", at, at)
    foreign = ProviderIntent("pi_1", "succeeded", 1, 1, "EUR", str(payment.id), None, "ch_1", movement)

    with transaction():
        outcome = services.apply_intent(payment.id, foreign)

    assert outcome == "differs"
    assert holds_of(payment)[0].state is HoldState.AWAITING_FUNDS
    assert [event.act for event in audit.history_of(payment.id, company_id=shop.company.id)][-1] == "payment.differs"


@pytest.mark.parametrize(("currency", "amount"), [("JPY", 127_500), ("KWD", 127_500)])
def test_currencies_without_and_with_three_decimals_go_through_whole(shop: Shop, currency: str, amount: int) -> None:
    payment, (hold,) = shop.funded(currency=currency)
    with transaction():
        services.release_on_acceptance(hold.vendor_order_id, actor=SYSTEM)
    shop.hear()

    page = shop.client.get(f"/payments/{payment.id}").get_data(as_text=True)

    written = {"JPY": "127,500", "KWD": "127.500"}[currency]
    assert f"{currency}\u00a0{written}" in page
    assert payment.amount_minor == amount
    assert provider_balance(shop.provider) == ledger.balances_of(STRIPE_BALANCE)
    shop.check()


def test_what_is_held_says_until_when_the_provider_lets_it(shop: Shop) -> None:
    _, (hold,) = shop.funded()

    assert hold.funded_at is not None
    assert hold.hold_deadline == hold.funded_at + timedelta(days=80)
