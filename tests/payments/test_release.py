"""Money on its way to the vendor: released once, transferred once, parked while the vendor cannot be paid."""

from datetime import timedelta

import pytest

from marketplace.core import clock
from marketplace.core.audit import SYSTEM
from marketplace.core.db import db, transaction
from payments import calls, ledger, queries, services
from payments.chart import COMMISSION, HELD, PAYABLE, STRIPE_BALANCE
from payments.errors import HoldFrozen, MoneyAlreadyReleased, MoneyNotHeld
from payments.models import Hold, HoldState, OperationState, PayoutAccountState
from tests.factories.payments import (
    control,
    holds_of,
    jobs_named,
    make_payable_vendor,
    new_hold,
    provider_balance,
    provider_get,
    transfer_of,
)
from tests.factories.vendors import make_vendor
from tests.payments.conftest import Shop
from vendors.models import Vendor


def release(hold: Hold) -> None:
    """The buyer accepts the goods."""
    with transaction():
        services.release_on_acceptance(hold.vendor_order_id, actor=SYSTEM)


def restrict(shop: Shop, hold: Hold, status: str) -> None:
    """The provider changes whether the vendor can be paid."""
    account = queries.find_payout_account(hold.vendor_id)
    assert account is not None
    control(shop.provider, "outcome", {"account": account.stripe_account_id, "transfers": status})


def transfers(shop: Shop) -> list[dict[str, object]]:
    """All transfers at the provider."""
    found: list[dict[str, object]] = provider_get(shop.provider, "/v1/transfers", limit=100)["data"]
    return found


def test_acceptance_gives_the_vendor_its_part_and_keeps_the_commission(shop: Shop) -> None:
    _, (hold,) = shop.funded()

    release(hold)

    assert ledger.balance_of(HELD, "EUR", hold.id) == 0
    assert ledger.balance_of(PAYABLE, "EUR", hold.vendor_id) == 123_500
    assert ledger.balance_of(COMMISSION, "EUR") == 4_000
    assert jobs_named("orders.email_released")
    shop.check()


def test_the_transfer_draws_on_the_charge_while_its_money_is_pending(shop: Shop) -> None:
    payment, (hold,) = shop.funded()
    release(hold)

    shop.hear()

    db.session.refresh(payment)
    (transfer,) = transfers(shop)
    assert (transfer["amount"], transfer["source_transaction"], transfer["transfer_group"]) == (
        123_500,
        payment.stripe_charge_id,
        payment.purchase_number,
    )
    assert holds_of(payment)[0].state is HoldState.PAID_OUT
    assert ledger.balance_of(PAYABLE, "EUR", hold.vendor_id) == 0
    assert provider_balance(shop.provider) == ledger.balances_of(STRIPE_BALANCE)
    shop.check()


def test_one_payment_for_three_vendors_is_released_part_by_part(shop: Shop) -> None:
    parts = [new_hold(make_payable_vendor(), goods_minor=goods, commission_minor=goods * 4 // 100) for goods in (100_00, 33_33, 7)]
    payment, holds = shop.funded(holds=parts)

    release(holds[1])
    shop.hear()
    release(holds[0])
    shop.hear()

    assert [hold.state for hold in holds_of(payment)] == [HoldState.PAID_OUT, HoldState.PAID_OUT, HoldState.FUNDED]
    assert provider_balance(shop.provider) == ledger.balances_of(STRIPE_BALANCE)
    shop.check()


def test_a_second_release_is_refused(shop: Shop) -> None:
    _, (hold,) = shop.funded()
    release(hold)

    with pytest.raises(MoneyAlreadyReleased):
        release(hold)

    assert ledger.balance_of(COMMISSION, "EUR") == 4_000


def test_unpaid_money_is_not_released(shop: Shop) -> None:
    (hold,) = holds_of(shop.open())

    with pytest.raises(MoneyNotHeld):
        release(hold)


def test_a_frozen_hold_moves_only_after_the_decision(shop: Shop) -> None:
    payment, (hold,) = shop.funded()
    with transaction():
        services.freeze_hold(hold.vendor_order_id, reason="damaged", actor=SYSTEM)
    with pytest.raises(HoldFrozen):
        release(hold)
    with pytest.raises(HoldFrozen), transaction():
        services.refund_order(hold.vendor_order_id, reason="damaged", actor=SYSTEM)

    with transaction():
        services.unfreeze_hold(hold.vendor_order_id, actor=SYSTEM)
        services.release_on_acceptance(hold.vendor_order_id, actor=SYSTEM)

    assert holds_of(payment)[0].state is HoldState.RELEASED


def test_a_vendor_restricted_between_release_and_transfer_is_paid_when_it_is_active_again(shop: Shop) -> None:
    payment, (hold,) = shop.funded()
    restrict(shop, hold, "restricted")
    release(hold)
    shop.work()  # the transfer is refused; the message about the account has not come yet

    operation = transfer_of(hold)
    assert operation is not None
    assert (operation.state, operation.attempt) == (OperationState.PARKED, 2)
    assert operation.last_error == "insufficient_capabilities_for_transfer"
    assert ledger.balance_of(PAYABLE, "EUR", hold.vendor_id) == 123_500
    shop.hear()
    assert holds_of(payment)[0].state is HoldState.RELEASED

    restrict(shop, hold, "active")
    shop.hear()

    assert holds_of(payment)[0].state is HoldState.PAID_OUT
    assert len(transfers(shop)) == 1
    shop.check()


def test_an_account_that_is_active_again_is_found_without_its_message(shop: Shop) -> None:
    payment, (hold,) = shop.funded()
    restrict(shop, hold, "restricted")
    release(hold)
    shop.hear()
    restrict(shop, hold, "active")
    control(shop.provider, "webhooks", {"take": True})  # the message is lost

    with clock.at(clock.now() + timedelta(hours=2)):
        with transaction():
            assert services.poll_payout_accounts(clock.now()) >= 1
        shop.work()
        with transaction():
            assert services.poll_payout_accounts(clock.now()) == 0

    assert holds_of(payment)[0].state is HoldState.PAID_OUT
    shop.check()


def test_a_vendor_without_an_account_has_its_money_waiting(shop: Shop) -> None:
    vendor = make_vendor()
    payment, (hold,) = shop.funded(holds=[new_hold(vendor)])
    release(hold)
    shop.hear()
    assert holds_of(payment)[0].state is HoldState.RELEASED

    calls.open_operator_payout_accounts([vendor.id])
    shop.hear()

    assert holds_of(payment)[0].state is HoldState.PAID_OUT
    shop.check()


def test_an_order_that_is_all_commission_needs_no_transfer(shop: Shop) -> None:
    part = new_hold(make_payable_vendor(), goods_minor=1_000, freight_minor=0, tax_minor=0, commission_minor=1_000)
    payment, (hold,) = shop.funded(holds=[part])

    release(hold)
    shop.hear()

    assert holds_of(payment)[0].state is HoldState.PAID_OUT
    assert transfers(shop) == []
    shop.check()


def test_the_release_time_of_the_order_is_shown_to_both_sides(shop: Shop) -> None:
    payment, (hold,) = shop.funded()
    ends = clock.now() + timedelta(days=10)

    with transaction():
        services.set_release_time(hold.vendor_order_id, ends)

    assert "until you accept, at the latest" in shop.client.get(f"/payments/{payment.id}").get_data(as_text=True)
    (sums,) = queries.vendor_money(hold.vendor_id)
    assert sums.next_release_at == ends


def test_a_restricted_account_is_told_to_the_vendors_room(shop: Shop) -> None:
    _, (hold,) = shop.funded()

    restrict(shop, hold, "restricted")
    shop.hear()

    account = queries.find_payout_account(hold.vendor_id)
    assert account is not None
    assert account.state is PayoutAccountState.RESTRICTED
    vendor = db.session.get_one(Vendor, hold.vendor_id, populate_existing=True)
    assert vendor.payout_active_at is None
