"""Changed bank details wait: 72 hours and a verifier's check, both, before anything is transferred (product.md §9)."""

import random
from datetime import timedelta

import pytest

from marketplace.core import audit, clock, policy
from marketplace.core.audit import SYSTEM, Actor
from marketplace.core.db import db, transaction
from marketplace.core.policy import PolicySetting
from payments import calls, ledger, queries, services
from payments.banks import BECAUSE_OF_BANK, REFUSED, STOPPED, UNKNOWN, WAITS, fingerprint_of
from payments.chart import PAYABLE, STRIPE_BALANCE
from payments.errors import BankChangeClosed, NoBankDetails, PayoutsNotStopped, PayoutsStopped
from payments.facts import BankAccount
from payments.models import BankState, Hold, HoldState, ReleaseState
from payments.services.bank_details import notice_bank
from payments.words import WAITS_FOR
from tests.factories.payments import control, jobs_named, post_event, provider_balance
from tests.payments.banking import (
    HOUR,
    HOW,
    OTHER,
    OVER,
    SPARE,
    VERIFIER,
    WHY,
    banks,
    change_bank,
    coming,
    confirm,
    first_number,
    waiting_because,
)
from tests.payments.conftest import Shop
from tests.payments.test_release import release, transfers


def test_the_first_details_are_in_force_at_once(hold: Hold) -> None:
    found = banks(hold.vendor_id)

    assert found.in_force is not None
    assert (found.coming, found.why_stopped, found.in_force.waits_until) == (None, None, None)
    assert set(found.in_force.accounts[0]) == {"bank_name", "last_four", "country", "currency", "fingerprint"}
    assert jobs_named("payments.tell_of_bank_change") == []


def test_a_message_is_noticed_and_the_change_waits_72_hours(shop: Shop, hold: Hold) -> None:
    before = clock.now()
    change_bank(shop, hold.vendor_id)
    shop.hear()

    details = coming(hold.vendor_id)
    assert (details.state, details.accounts[0]["last_four"]) == (BankState.WAITING, SPARE[-4:])
    assert details.waits_until is not None
    assert timedelta(hours=72) <= details.waits_until - before < timedelta(hours=72, minutes=5)


def test_the_operator_sets_how_long(shop: Shop, hold: Hold) -> None:
    db.session.add(PolicySetting(key="bank_change_hours", value={"value": 100}, changed_at=clock.now(), changed_by=None))
    db.session.commit()
    policy.forget()

    change_bank(shop, hold.vendor_id)
    shop.hear()
    policy.forget()

    details = coming(hold.vendor_id)
    assert details.waits_until == details.noticed_at + timedelta(hours=100)


def test_a_lost_message_is_made_up_for_by_the_hourly_look(shop: Shop, hold: Hold) -> None:
    change_bank(shop, hold.vendor_id)
    control(shop.provider, "webhooks", {"take": True})  # all of them are lost

    with clock.at(clock.now() + HOUR), transaction():
        services.poll_payout_accounts(clock.now())
    with clock.at(clock.now() + HOUR):
        shop.work()

    assert coming(hold.vendor_id).state is BankState.WAITING


def test_a_lost_message_is_made_up_for_before_the_next_transfer(shop: Shop, hold: Hold) -> None:
    change_bank(shop, hold.vendor_id)
    control(shop.provider, "webhooks", {"take": True})

    with clock.at(clock.now() + timedelta(minutes=11)):
        release(hold)
        shop.work()

    assert waiting_because(hold) == WAITS
    assert transfers(shop) == []


@pytest.mark.parametrize("seed", range(4))
def test_messages_in_any_order_and_number_are_one_change(shop: Shop, hold: Hold, seed: int) -> None:
    change_bank(shop, hold.vendor_id)
    events = control(shop.provider, "webhooks", {"take": True})["taken"]
    assert {"account.external_account.created", "account.external_account.deleted"} <= {event["type"] for event in events}
    several = events * 3
    random.Random(seed).shuffle(several)

    for event in several:
        post_event(shop.client, event)
    shop.work()
    calls.refresh_payout_account(hold.vendor_id)

    assert [row.state for row in queries.bank_history(hold.vendor_id)] == [BankState.WAITING, BankState.IN_FORCE]
    assert len(jobs_named("payments.tell_of_bank_change")) == 1


def test_nothing_is_sent_before_both_and_it_goes_on_by_itself_after_them(shop: Shop, hold: Hold) -> None:
    change_bank(shop, hold.vendor_id)
    shop.hear()
    release(hold)
    shop.work()
    assert waiting_because(hold) == WAITS
    assert ledger.balance_of(PAYABLE, "EUR", hold.vendor_id) == 123_500

    confirm(hold.vendor_id)
    shop.work()
    assert (waiting_because(hold), transfers(shop)) == (WAITS, [])

    with clock.at(clock.now() + OVER):
        shop.work()

    (transfer,) = transfers(shop)
    assert transfer["amount"] == 123_500
    db.session.refresh(hold)
    assert (hold.state, ledger.balance_of(PAYABLE, "EUR", hold.vendor_id)) == (HoldState.PAID_OUT, 0)
    assert provider_balance(shop.provider) == ledger.balances_of(STRIPE_BALANCE)
    shop.check()


def test_the_time_alone_is_not_enough(shop: Shop, hold: Hold) -> None:
    change_bank(shop, hold.vendor_id)
    shop.hear()
    release(hold)

    with clock.at(clock.now() + OVER):
        shop.work()
        assert (waiting_because(hold), transfers(shop)) == (WAITS, [])

        confirm(hold.vendor_id)
        shop.work()

    assert len(transfers(shop)) == 1
    shop.check()


def test_what_was_paid_out_keeps_the_details_of_its_day(shop: Shop, hold: Hold) -> None:
    release(hold)
    shop.hear()
    first = banks(hold.vendor_id).in_force
    assert first is not None
    change_bank(shop, hold.vendor_id)
    shop.hear()
    confirm(hold.vendor_id)
    with clock.at(clock.now() + OVER):
        shop.work()

    (paid,) = queries.releases_of_hold(hold.id)
    assert (paid.state, paid.bank_details_id) == (ReleaseState.PAID_OUT, first.id)
    assert banks(hold.vendor_id).in_force is not first
    lines = [event for event in audit.history_of(hold.id, company_id=hold.vendor_id) if event.act == "transfer.sent"]
    assert [line.after["bank"] for line in lines] == [services.written_bank(first)]
    assert "transfer.sent" not in {event.act for event in audit.history_of(hold.id, company_id=hold.buyer_id)}


def test_back_at_the_old_details_nothing_waits(shop: Shop, hold: Hold) -> None:
    change_bank(shop, hold.vendor_id)
    shop.hear()
    release(hold)
    shop.work()

    change_bank(shop, hold.vendor_id, first_number(hold.vendor_id))
    shop.hear()

    assert (banks(hold.vendor_id).coming, len(transfers(shop))) == (None, 1)
    assert len(jobs_named("payments.tell_of_bank_change")) == 1
    shop.check()


def test_a_second_change_begins_anew(shop: Shop, hold: Hold) -> None:
    change_bank(shop, hold.vendor_id)
    shop.hear()
    first = coming(hold.vendor_id)
    confirm(hold.vendor_id)

    with clock.at(clock.now() + timedelta(hours=50)):
        change_bank(shop, hold.vendor_id, OTHER)
        shop.hear()
    second = coming(hold.vendor_id)
    with clock.at(clock.now() + OVER):
        release(hold)
        shop.work()

    assert (second.id != first.id, second.checked_at) == (True, None)
    assert second.waits_until == second.noticed_at + timedelta(hours=72)
    assert (waiting_because(hold), transfers(shop)) == (WAITS, [])
    with pytest.raises(BankChangeClosed), transaction():  # the page showed the first
        services.confirm_bank(hold.vendor_id, first.id, how_checked=HOW, actor=VERIFIER)
    assert len(jobs_named("payments.tell_of_bank_change")) == 2


def test_refused_details_stop_transfers_until_they_change_again(shop: Shop, hold: Hold) -> None:
    change_bank(shop, hold.vendor_id)
    shop.hear()
    with transaction():
        services.refuse_bank(hold.vendor_id, coming(hold.vendor_id).id, reason=WHY, actor=VERIFIER)
    release(hold)
    with clock.at(clock.now() + OVER):
        shop.hear()
        assert (waiting_because(hold), transfers(shop)) == (REFUSED, [])
        with pytest.raises(BankChangeClosed), transaction():
            services.confirm_bank(hold.vendor_id, coming(hold.vendor_id).id, how_checked=HOW, actor=VERIFIER)

        change_bank(shop, hold.vendor_id, first_number(hold.vendor_id))
        shop.hear()

    assert len(transfers(shop)) == 1
    shop.check()


def test_the_vendor_stops_everything_and_only_a_verifier_lets_it_go_on(shop: Shop, hold: Hold) -> None:
    with transaction():
        services.stop_payouts(hold.vendor_id, actor=Actor(name="Anna Lind"))
    with transaction():
        services.stop_payouts(hold.vendor_id, actor=Actor(name="Anna Lind"))
    release(hold)
    shop.hear()
    assert (waiting_because(hold), transfers(shop)) == (STOPPED, [])
    assert len(jobs_named("payments.tell_desk_of_stop")) == 1

    with transaction():
        services.lift_stop(hold.vendor_id, how_checked=HOW, actor=VERIFIER)
    shop.hear()

    assert len(transfers(shop)) == 1
    with pytest.raises(PayoutsNotStopped), transaction():
        services.lift_stop(hold.vendor_id, how_checked=HOW, actor=VERIFIER)


def test_while_it_is_stopped_nothing_is_confirmed_or_comes_into_force(shop: Shop, hold: Hold) -> None:
    change_bank(shop, hold.vendor_id)
    shop.hear()
    confirm(hold.vendor_id)
    with transaction():
        services.stop_payouts(hold.vendor_id, actor=Actor(name="Anna Lind"))

    with clock.at(clock.now() + OVER):
        shop.work()
        assert banks(hold.vendor_id).coming is not None
        change_bank(shop, hold.vendor_id, OTHER)
        shop.hear()
        with pytest.raises(PayoutsStopped), transaction():
            services.confirm_bank(hold.vendor_id, coming(hold.vendor_id).id, how_checked=HOW, actor=VERIFIER)


def test_a_lifted_stop_lets_ripe_details_come_into_force(shop: Shop, hold: Hold) -> None:
    change_bank(shop, hold.vendor_id)
    shop.hear()
    confirm(hold.vendor_id)
    with transaction():
        services.stop_payouts(hold.vendor_id, actor=Actor(name="Anna Lind"))
    release(hold)

    with clock.at(clock.now() + OVER):
        shop.work()
        with transaction():
            services.lift_stop(hold.vendor_id, how_checked=HOW, actor=VERIFIER)
        shop.work()

    found = banks(hold.vendor_id)
    assert found.in_force is not None
    assert (found.coming, found.in_force.accounts[0]["last_four"]) == (None, SPARE[-4:])
    assert len(transfers(shop)) == 1


def test_removed_details_stop_transfers_and_cannot_be_confirmed(shop: Shop, hold: Hold) -> None:
    with transaction():
        notice_bank(queries.lock_payout_account(hold.vendor_id), (), asked_at=clock.now())
    release(hold)
    with transaction():
        services.prepare_transfer(queries.releases_of_hold(hold.id)[0].id)

    assert waiting_because(hold) == WAITS
    with pytest.raises(NoBankDetails), transaction():
        services.confirm_bank(hold.vendor_id, coming(hold.vendor_id).id, how_checked=HOW, actor=VERIFIER)


def test_without_any_details_nothing_is_sent(shop: Shop, hold: Hold) -> None:
    known = banks(hold.vendor_id).in_force
    assert known is not None
    known.state, known.ended_at = BankState.ENDED, clock.now()  # as before the first look
    db.session.commit()
    release(hold)

    with transaction():
        assert services.prepare_transfer(queries.releases_of_hold(hold.id)[0].id) is None
    assert waiting_because(hold) == UNKNOWN
    calls.refresh_payout_account(hold.vendor_id)
    shop.work()

    assert len(transfers(shop)) == 1


def test_every_act_stands_in_the_vendors_history_and_how_it_was_checked_does_not(shop: Shop, hold: Hold) -> None:
    change_bank(shop, hold.vendor_id)
    shop.hear()
    confirm(hold.vendor_id)
    with clock.at(clock.now() + OVER):
        shop.work()

    seen = [event.act for event in audit.history_of(hold.vendor_id, company_id=hold.vendor_id)]
    everything = [event.act for event in audit.history_of(hold.vendor_id, company_id=None)]
    acts = ["bank_first", "bank_changed", "bank_confirmed", "bank_in_force"]
    assert [act.removeprefix("payout_account.") for act in seen if ".bank_" in act] == acts
    assert "payout_account.bank_checked" in everything


def test_every_reason_is_told_in_words() -> None:
    assert WAITS_FOR.keys() >= BECAUSE_OF_BANK


def test_another_name_of_the_same_account_is_no_change() -> None:
    one = BankAccount("NORDEA", "3000", "SE", "EUR", "abc")
    other = BankAccount("SEB", "1111", "SE", "SEK", "def")

    assert fingerprint_of([one, other]) == fingerprint_of([other, BankAccount("Nordea Bank Abp", "3000", "SE", "EUR", "abc")])
    assert fingerprint_of([one]) != fingerprint_of([one, other])
    assert fingerprint_of([]) == ""


def test_only_money_underway_is_looked_at_each_hour(shop: Shop, hold: Hold) -> None:
    with clock.at(clock.now() + HOUR), transaction():
        assert services.poll_payout_accounts(clock.now()) == 1
    with transaction():
        services.refund_order(hold.vendor_order_id, reason="declined", actor=SYSTEM)
    with clock.at(clock.now() + 3 * HOUR), transaction():
        assert services.poll_payout_accounts(clock.now()) == 0
