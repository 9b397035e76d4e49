"""A refund after the release: taken back before the transfer, by its reversal, or out of the vendor's next releases. J19–J22."""

import pytest

from marketplace.core import clock, jobs
from marketplace.core.audit import SYSTEM
from marketplace.core.db import db, transaction
from payments import ledger, queries, services
from payments.chart import COMMISSION, COMMISSION_BACK, PAYABLE, STRIPE_BALANCE, VENDOR_DEBT
from payments.errors import MoreThanHeld
from payments.models import (
    DebtState,
    Hold,
    HoldState,
    OperationState,
    Refund,
    RefundState,
    Release,
    ReleaseState,
    StatementKind,
    StatementLine,
    VendorDebt,
)
from payments.operations import REVERSAL
from payments.shares import Parts
from tests.factories.payments import (
    AT_ONCE,
    clear_faults,
    control,
    deliver_events,
    holds_of,
    make_payable_vendor,
    new_hold,
    provider_balance,
    provider_get,
    transfer_of,
)
from tests.payments.conftest import Shop
from vendors.models import Vendor

WHOLE = Parts(100_000, 2_000, 25_500)
HALF = Parts(50_000, 1_000, 12_750)


def released(shop: Shop) -> Hold:
    """A hold whose money became the vendor's, its transfer not yet sent; there is more money on the provider's balance."""
    payment = shop.open()
    shop.pay(payment, card=AT_ONCE)
    shop.pay(shop.open(), card=AT_ONCE)
    shop.hear()
    hold = holds_of(payment)[0]
    release(hold)
    return hold


def transferred(shop: Shop) -> Hold:
    """The same, and its transfer is made."""
    hold = released(shop)
    shop.hear()
    return hold


def release(hold: Hold) -> None:
    """The goods are accepted."""
    with transaction():
        services.release_on_acceptance(hold.vendor_order_id, actor=SYSTEM)


def refund(hold: Hold, parts: Parts = WHOLE) -> None:
    """A claim is granted."""
    with transaction():
        services.refund_part(hold.vendor_order_id, parts, reason="CLM-2026-000001", actor=SYSTEM)


def refunds(hold: Hold) -> list[Refund]:
    """The refunds of a hold."""
    return list(db.session.query(Refund).filter(Refund.hold_id == hold.id).order_by(Refund.id).populate_existing())


def debts(hold: Hold) -> list[VendorDebt]:
    """What its vendor owes for it."""
    return list(db.session.query(VendorDebt).filter(VendorDebt.hold_id == hold.id).order_by(VendorDebt.id).populate_existing())


def the_release(hold: Hold) -> Release:
    """The one released part of a hold."""
    return db.session.query(Release).filter(Release.hold_id == hold.id).populate_existing().one()


def empty_account(shop: Shop, hold: Hold) -> None:
    """The vendor's bank has taken everything from its account at the provider."""
    account = queries.find_payout_account(hold.vendor_id)
    assert account is not None
    control(shop.provider, "clock", {"advance": 5 * 86_400})
    control(shop.provider, "outcome", {"pay_out": account.stripe_account_id, "currency": "eur"})


def agree(shop: Shop) -> None:
    """The books add up, and they are the provider's balance."""
    assert provider_balance(shop.provider) == ledger.balances_of(STRIPE_BALANCE)
    shop.check()


class TestBeforeTheTransfer:
    def test_released_money_is_taken_back_with_its_commission(self, shop: Shop) -> None:
        hold = released(shop)

        refund(hold)

        assert ledger.balance_of(PAYABLE, "EUR", hold.vendor_id) == 0
        assert (ledger.balance_of(COMMISSION, "EUR"), ledger.balance_of(COMMISSION_BACK, "EUR")) == (4_000, 4_000)
        shop.hear()
        assert refunds(hold)[0].state is RefundState.SUCCEEDED
        assert provider_get(shop.provider, "/v1/transfers")["data"] == []
        assert the_release(hold).state is ReleaseState.PAID_OUT
        assert debts(hold) == []
        agree(shop)

    def test_only_the_rest_is_transferred(self, shop: Shop) -> None:
        hold = released(shop)

        refund(hold, HALF)
        shop.hear()

        assert [each["amount"] for each in provider_get(shop.provider, "/v1/transfers")["data"]] == [61_750]
        agree(shop)

    def test_a_transfer_that_is_written_but_not_sent_is_written_afresh(self, shop: Shop) -> None:
        hold = released(shop)
        with transaction():
            operation_id = services.prepare_transfer(the_release(hold).id)
        assert operation_id is not None

        refund(hold, HALF)

        waiting = queries.operation_by_id(operation_id)
        db.session.refresh(waiting)
        assert (waiting.state, waiting.last_error) == (OperationState.PARKED, "changed")
        shop.hear()
        assert [each["amount"] for each in provider_get(shop.provider, "/v1/transfers")["data"]] == [61_750]
        agree(shop)

    def test_a_transfer_whose_answer_is_unknown_is_reversed_once_it_is_known(self, shop: Shop) -> None:
        hold = released(shop)
        control(shop.provider, "fault", {"mode": "drop_after", "path": "^/v1/transfers", "nth": 1, "times": 3})
        shop.work()

        refund(hold, HALF)

        assert debts(hold)[0].state is DebtState.RECALLED
        shop.work()
        assert refunds(hold)[0].state is RefundState.DECIDED  # first the reversal, then the refund
        clear_faults(shop.provider)
        shop.hear()
        with clock.at(clock.now() + jobs.TIME_LIMIT):
            shop.hear()
        assert debts(hold)[0].state is DebtState.SETTLED
        assert refunds(hold)[0].state is RefundState.SUCCEEDED
        agree(shop)


class TestAfterTheTransfer:
    def test_the_transfer_is_reversed_and_then_the_buyer_is_refunded(self, shop: Shop) -> None:
        hold = transferred(shop)

        refund(hold)

        assert ledger.balance_of(VENDOR_DEBT, "EUR", hold.vendor_id) == 123_500
        shop.hear()
        (transfer,) = provider_get(shop.provider, "/v1/transfers")["data"]
        assert (transfer["amount_reversed"], transfer["reversed"]) == (123_500, True)
        assert refunds(hold)[0].state is RefundState.SUCCEEDED
        assert debts(hold)[0].state is DebtState.SETTLED
        assert ledger.balance_of(VENDOR_DEBT, "EUR", hold.vendor_id) == 0
        hold = queries.lock_hold(hold.id)
        assert (hold.state, hold.taken_back_minor, hold.kept_commission_minor) == (HoldState.PAID_OUT, 127_500, 0)
        agree(shop)

    def test_two_parts_come_back_one_after_the_other_and_never_more_than_the_transfer(self, shop: Shop) -> None:
        hold = transferred(shop)

        refund(hold, HALF)
        shop.hear()
        refund(hold, HALF)
        shop.hear()
        with pytest.raises(MoreThanHeld):
            refund(hold, Parts(1))

        (transfer,) = provider_get(shop.provider, "/v1/transfers")["data"]
        assert transfer["amount_reversed"] == 123_500
        agree(shop)

    def test_two_refunds_at_once_share_one_transfer(self, shop: Shop) -> None:
        hold = transferred(shop)

        refund(hold, HALF)
        refund(hold, HALF)
        shop.hear()

        assert [debt.reversed_minor for debt in debts(hold)] == [61_750, 61_750]
        agree(shop)

    def test_an_empty_account_leaves_a_debt_and_the_buyer_is_refunded_all_the_same(self, shop: Shop) -> None:
        hold = transferred(shop)
        empty_account(shop, hold)

        refund(hold)
        shop.hear()

        (debt,) = debts(hold)
        assert (debt.state, debt.open_minor) == (DebtState.OWED, 123_500)
        assert refunds(hold)[0].state is RefundState.SUCCEEDED
        operation = queries.find_operation(REVERSAL, debt.id)
        assert operation is not None
        assert (operation.state, operation.last_error, operation.attempt) == (OperationState.PARKED, "balance_insufficient", 2)
        agree(shop)

    def test_a_debt_is_taken_out_of_the_next_releases_until_it_is_settled(self, shop: Shop) -> None:
        vendor = make_payable_vendor()
        first, second, third = (shop.open(holds=[new_hold(vendor)]) for _ in range(3))
        for payment in (first, second, third):
            shop.pay(payment, card=AT_ONCE)
        shop.pay(shop.open(), card=AT_ONCE)
        shop.hear()
        old = holds_of(first)[0]
        release(old)
        shop.hear()
        empty_account(shop, old)
        refund(old)
        shop.hear()

        release(holds_of(second)[0])
        shop.hear()

        assert ledger.balance_of(VENDOR_DEBT, "EUR", vendor.id) == 0
        assert the_release(holds_of(second)[0]).netted_minor == 123_500
        assert holds_of(second)[0].state is HoldState.PAID_OUT
        release(holds_of(third)[0])
        shop.hear()
        amounts = sorted(each["amount"] for each in provider_get(shop.provider, "/v1/transfers")["data"])
        assert amounts == [123_500, 123_500]
        assert debts(old)[0].state is DebtState.SETTLED
        operation = queries.find_operation(REVERSAL, debts(old)[0].id)
        assert operation is not None
        assert operation.state is OperationState.REJECTED
        agree(shop)

    def test_a_refused_reversal_is_tried_again_for_what_is_still_owed(self, shop: Shop) -> None:
        hold = transferred(shop)
        other = shop.open(holds=[new_hold(vendor_of(hold), goods_minor=10_000, freight_minor=0, tax_minor=0, commission_minor=0)])
        shop.pay(other, card=AT_ONCE)
        shop.hear()
        empty_account(shop, hold)
        refund(hold, HALF)
        shop.hear()
        release(holds_of(other)[0])
        shop.hear()
        (debt,) = debts(hold)
        operation = queries.find_operation(REVERSAL, debt.id)
        assert operation is not None
        assert (debt.state, debt.open_minor) == (DebtState.OWED, 51_750)

        with transaction():
            services.retry_operation(operation.id, actor=SYSTEM)
        shop.work()

        db.session.refresh(operation)
        assert (operation.request["amount"], operation.attempt, operation.state) == (51_750, 3, OperationState.PARKED)
        assert debts(hold)[0].state is DebtState.OWED
        agree(shop)

    def test_a_lost_answer_reverses_once(self, shop: Shop) -> None:
        hold = transferred(shop)
        control(shop.provider, "fault", {"mode": "drop_after", "path": "^/v1/transfers/.*/reversals", "nth": 1, "times": 3})

        refund(hold)
        shop.work()
        clear_faults(shop.provider)
        shop.hear()  # the message about the reversal finds its call

        (transfer,) = provider_get(shop.provider, "/v1/transfers")["data"]
        reversals = provider_get(shop.provider, f"/v1/transfers/{transfer['id']}/reversals")["data"]
        assert [each["amount"] for each in reversals] == [123_500]
        assert debts(hold)[0].state is DebtState.SETTLED
        agree(shop)

    def test_a_movement_alone_finds_its_reversal(self, shop: Shop) -> None:
        hold = transferred(shop)
        control(shop.provider, "fault", {"mode": "drop_after", "path": "^/v1/transfers/.*/reversals", "nth": 1, "times": 3})
        refund(hold)
        shop.work()
        clear_faults(shop.provider)
        control(shop.provider, "webhooks", {"take": True})  # every message is lost

        with transaction():
            jobs.enqueue("payments.pull_provider_movements")
        shop.work()

        assert debts(hold)[0].state is DebtState.SETTLED
        agree(shop)

    def test_a_repeated_message_changes_nothing(self, shop: Shop) -> None:
        hold = transferred(shop)
        refund(hold)
        shop.hear()

        control(shop.provider, "webhooks", {"replay": "all"})
        deliver_events(shop.client, shop.provider)
        shop.hear()

        assert debts(hold)[0].reversed_minor == 123_500
        agree(shop)


def vendor_of(hold: Hold) -> Vendor:
    """The vendor of a hold."""
    return db.session.get_one(Vendor, hold.vendor_id)


def test_the_statement_tells_every_movement_and_ends_at_what_is_due(shop: Shop) -> None:
    hold = transferred(shop)
    refund(hold, HALF)
    shop.hear()

    lines = db.session.query(StatementLine).filter(StatementLine.vendor_id == hold.vendor_id).order_by(StatementLine.id).all()

    kinds = StatementKind
    assert [(line.kind, line.amount_minor) for line in lines] == [
        (kinds.RELEASE, 127_500),
        (kinds.FEE, -4_000),
        (kinds.TRANSFER, -123_500),
        (kinds.REFUND, -63_750),
        (kinds.FEE_BACK, 2_000),
        (kinds.REVERSAL, 61_750),
    ]
    assert sum(line.amount_minor for line in lines) == 0


def test_held_money_goes_back_before_released_money(shop: Shop) -> None:
    payment = shop.open()
    shop.pay(payment, card=AT_ONCE)
    shop.pay(shop.open(), card=AT_ONCE)
    shop.hear()
    hold = holds_of(payment)[0]
    with transaction():
        services.release_part(hold.vendor_order_id, Parts(80_000), actor=SYSTEM)
    shop.hear()

    refund(hold, Parts(50_000))
    shop.hear()

    (given,) = refunds(hold)
    assert (given.held_minor, given.amount_minor) == (20_000, 50_000)
    hold = queries.lock_hold(hold.id)
    assert (hold.taken_back_minor, hold.held_minor) == (30_000, 27_500)
    assert hold.commission_waived_minor + hold.commission_back_minor == 2_000
    agree(shop)


def test_a_transfer_that_waits_lets_a_refund_take_from_it(shop: Shop) -> None:
    hold = released(shop)
    account = queries.find_payout_account(hold.vendor_id)
    assert account is not None
    control(shop.provider, "outcome", {"account": account.stripe_account_id, "transfers": "restricted"})
    shop.hear()
    waiting = transfer_of(hold)
    assert waiting is not None
    assert waiting.state is OperationState.PARKED

    refund(hold)
    shop.hear()

    assert refunds(hold)[0].state is RefundState.SUCCEEDED
    assert debts(hold) == []
    agree(shop)
