"""Transfers while bank details wait: on their way, lost, pushed, refunded. Source: docs/decisions/0035-changed-bank-details-wait.md"""

from datetime import timedelta

import pytest

from marketplace.core import clock
from marketplace.core.audit import SYSTEM
from marketplace.core.db import db, transaction
from payments import calls, gateway, ledger, queries, services
from payments.banks import UNSEEN, WAITS
from payments.chart import PAYABLE, STRIPE_BALANCE
from payments.errors import ProviderUnknown
from payments.models import BankState, Hold, HoldState, PayoutAccount
from tests.factories.payments import clear_faults, control, holds_of, jobs_named, provider_balance, transfer_of
from tests.payments.banking import (
    OVER,
    banks,
    change_bank,
    coming,
    confirm,
    first_number,
    waiting_because,
)
from tests.payments.conftest import Shop
from tests.payments.test_release import release, transfers
from vendors.models import Vendor


def test_a_written_transfer_that_was_not_sent_is_held_back(shop: Shop, hold: Hold) -> None:
    release(hold)
    with transaction():
        operation_id = services.prepare_transfer(queries.releases_of_hold(hold.id)[0].id)
    assert operation_id is not None

    change_bank(shop, hold.vendor_id)
    calls.refresh_payout_account(hold.vendor_id)  # noticed between the writing and the sending
    assert calls.perform(operation_id)

    assert (waiting_because(hold), transfers(shop)) == (WAITS, [])
    shop.check()


def test_a_transfer_whose_answer_was_lost_is_not_sent_again_but_booked_if_it_went(shop: Shop, hold: Hold) -> None:
    release(hold)
    with transaction():
        operation_id = services.prepare_transfer(queries.releases_of_hold(hold.id)[0].id)
    assert operation_id is not None
    control(shop.provider, "fault", {"mode": "drop_after", "path": "^/v1/transfers$", "method": "POST", "times": 3})
    with pytest.raises(ProviderUnknown):
        calls.perform(operation_id)
    clear_faults(shop.provider)
    change_bank(shop, hold.vendor_id)
    calls.refresh_payout_account(hold.vendor_id)
    with clock.at(clock.now() + timedelta(minutes=3)):
        with transaction():
            assert services.prepare_transfer(queries.releases_of_hold(hold.id)[0].id) is None
        assert waiting_because(hold) == WAITS

        shop.hear()  # `transfer.created`: it had arrived

    db.session.refresh(hold)
    assert (hold.state, len(transfers(shop))) == (HoldState.PAID_OUT, 1)
    assert provider_balance(shop.provider) == ledger.balances_of(STRIPE_BALANCE)
    shop.check()


def test_a_transfer_that_never_arrived_goes_once_after_the_wait(shop: Shop, hold: Hold) -> None:
    release(hold)
    with transaction():
        operation_id = services.prepare_transfer(queries.releases_of_hold(hold.id)[0].id)
    assert operation_id is not None
    control(shop.provider, "fault", {"mode": "drop_before", "path": "^/v1/transfers$", "method": "POST", "times": 3})
    with pytest.raises(ProviderUnknown):
        calls.perform(operation_id)
    clear_faults(shop.provider)
    change_bank(shop, hold.vendor_id)
    calls.refresh_payout_account(hold.vendor_id)
    shop.hear()
    assert transfers(shop) == []
    confirm(hold.vendor_id)

    with clock.at(clock.now() + OVER):
        shop.work()
        shop.work()

    assert len(transfers(shop)) == 1
    assert provider_balance(shop.provider) == ledger.balances_of(STRIPE_BALANCE)
    shop.check()


def test_where_the_provider_does_not_show_them_nothing_is_sent(shop: Shop, hold: Hold) -> None:
    account = db.session.get_one(PayoutAccount, hold.vendor_id)
    shown = account.stripe_account_id
    with clock.at(clock.now() + timedelta(minutes=11)):
        account.stripe_account_id = "acct_of_somebody_else"
        db.session.commit()
        release(hold)
        shop.work()
        assert (waiting_because(hold), transfers(shop)) == (UNSEEN, [])
        db.session.get_one(PayoutAccount, hold.vendor_id).stripe_account_id = shown
        db.session.commit()
    with clock.at(clock.now() + timedelta(minutes=25)):
        with transaction():
            services.poll_operations(clock.now())
        shop.work()

    assert len(transfers(shop)) == 1


def test_where_the_provider_does_not_answer_nothing_is_sent_and_it_comes_again(shop: Shop, hold: Hold) -> None:
    control(shop.provider, "fault", {"mode": "drop_before", "path": "/external_accounts$", "method": "GET", "times": 9})
    with clock.at(clock.now() + timedelta(minutes=11)):
        release(hold)
        shop.work()
        assert (waiting_because(hold), transfers(shop)) == (UNSEEN, [])
    clear_faults(shop.provider)
    with clock.at(clock.now() + timedelta(minutes=25)):
        with transaction():
            services.poll_operations(clock.now())
        shop.work()

    assert len(transfers(shop)) == 1
    shop.check()


def test_an_older_answer_ends_no_wait_and_begins_none(shop: Shop, hold: Hold) -> None:
    account = queries.find_payout_account(hold.vendor_id)
    assert account is not None
    assert account.stripe_account_id is not None
    old = gateway.retrieve_account(account.stripe_account_id)
    change_bank(shop, hold.vendor_id)
    shop.hear()
    with transaction():
        services.apply_account(hold.vendor_id, old)  # it was on its way when the change was noticed
    waiting = coming(hold.vendor_id).state
    changed = gateway.retrieve_account(account.stripe_account_id)
    change_bank(shop, hold.vendor_id, first_number(hold.vendor_id))
    shop.hear()
    with transaction():
        services.apply_account(hold.vendor_id, changed)

    assert (waiting, banks(hold.vendor_id).coming) == (BankState.WAITING, None)
    assert len(jobs_named("payments.tell_of_bank_change")) == 1


def test_finance_cannot_push_it_through(shop: Shop, hold: Hold) -> None:
    change_bank(shop, hold.vendor_id)
    shop.hear()
    release(hold)
    shop.work()
    operation = transfer_of(hold)
    assert operation is not None

    with transaction():
        services.retry_operation(operation.id, actor=SYSTEM)
    shop.work()

    assert (waiting_because(hold), transfers(shop)) == (WAITS, [])


def test_a_refund_takes_from_what_waits(shop: Shop, hold: Hold) -> None:
    change_bank(shop, hold.vendor_id)
    shop.hear()
    release(hold)
    shop.work()
    with transaction():
        (locked,) = queries.lock_holds(hold.vendor_order_id)
        parts = queries.parts_of(locked)
        services.refund_part(hold.vendor_order_id, parts, reason="claim", actor=SYSTEM)
    shop.hear()
    confirm(hold.vendor_id)
    with clock.at(clock.now() + OVER):
        shop.work()

    assert transfers(shop) == []
    assert ledger.balance_of(PAYABLE, "EUR", hold.vendor_id) == 0
    shop.check()


def test_selling_and_held_money_go_on(shop: Shop, hold: Hold) -> None:
    change_bank(shop, hold.vendor_id)
    shop.hear()

    vendor = db.session.get_one(Vendor, hold.vendor_id)
    db.session.refresh(vendor)
    assert vendor.payout_active_at is not None
    assert holds_of(queries.payment_by_id(hold.payment_id))[0].state is HoldState.FUNDED


def test_a_restricted_account_that_is_active_again_still_waits_for_its_bank(shop: Shop, hold: Hold) -> None:
    account = db.session.get_one(PayoutAccount, hold.vendor_id)
    control(shop.provider, "outcome", {"account": account.stripe_account_id, "transfers": "restricted"})
    shop.hear()
    release(hold)
    shop.work()
    change_bank(shop, hold.vendor_id)
    shop.hear()
    control(shop.provider, "outcome", {"account": account.stripe_account_id, "transfers": "active"})
    shop.hear()

    assert (waiting_because(hold), transfers(shop)) == (WAITS, [])
